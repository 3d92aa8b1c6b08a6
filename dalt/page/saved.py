"""What a saved notebook shows in the place of a widget: a picture of it, beside the widget itself.

A front end draws a widget anew where the output that holds it is updated, so the picture is an
output of its own, below the widget's.  It hides while the widget is on screen, and a front end
that has no widgets, or has lost this one, shows it.
"""

from __future__ import annotations

import html
import os
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from IPython.display import publish_display_data

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
MOST = 60_000
"""Characters of a picture's HTML."""


class Saved:
    """The picture that is saved with a notebook, and brought up to date until the end.

    Parameters
    ----------
    draw : callable
        Returns HTML and the same as plain text; it may be called from any thread.  What it
        raises leaves the picture as it was.

    Attributes
    ----------
    name : str
        The class that a style hides the picture by; empty where nothing is saved.
    """

    def __init__(self, draw: Callable[[], tuple[str, str]]) -> None:
        self.name = "" if in_voila() else f"dalt-saved-{uuid.uuid4().hex[:12]}"
        self._draw = draw
        self._told: dict[str, str] = {}
        self._shown = False

    @property
    def style(self) -> str:
        """Hides the picture while the widget that has this style is on screen."""
        return f"<style>.{self.name} {{ display: none !important; }}</style>" if self.name else ""

    def bundle(self) -> dict[str, str]:
        """Draw the picture for a front end that shows one of several kinds of output."""
        try:
            drawn, plain = self._draw()
        except Exception:  # what it shows is gone
            return self._told
        self._told = {
            "text/html": f'<div class="{self.name} {_WAITING}">{_HIDING % self.name}{drawn}</div>',
            "text/plain": plain,
        }
        return self._told

    def show(self, widget: Mapping[str, Any]) -> None:
        """Show a widget in a cell, and the picture below it."""
        view = {WIDGET_VIEW: widget[WIDGET_VIEW], "text/html": "", "text/plain": ""}
        _publish(view)
        _publish(self.bundle(), transient={"display_id": self.name})
        self._shown = True

    def update(self) -> None:
        """Draw it anew where a cell shows it; the widget's own output stays untouched."""
        if not self._shown:
            return
        former = self._told
        if self.bundle() != former:
            _publish(self._told, transient={"display_id": self.name}, update=True)


class Pictured:
    """A widget that a saved notebook shows a picture of; its class sets ``_saved``."""

    _saved: Saved

    def _ipython_display_(self, **kwargs: Any) -> None:
        """Show it in a cell, and its picture; where nothing is saved, IPython shows it as ever."""
        if not self._saved.name:
            raise NotImplementedError
        self._saved.show(self._widget_view())

    def _widget_view(self) -> Mapping[str, Any]:
        raise NotImplementedError


def pictured(shown: Any, saved: Saved) -> Any:
    """Put the picture beside a widget into one output, for front ends that update none."""
    bundle = shown[0] if isinstance(shown, tuple) else shown
    if bundle is not None and saved.name:
        bundle.update(saved.bundle())
    return shown


def _publish(bundle: Mapping[str, Any], **how: Any) -> None:
    publish_display_data(bundle, **how)  # type: ignore[no-untyped-call]


def with_text(shown: Any, text: str) -> Any:
    """Show a text, not a class name, in the place of a widget that cannot be shown."""
    if shown is not None:
        shown[0]["text/plain"] = text
    return shown


def in_voila() -> bool:
    """Whether Voilà runs this kernel: it saves no notebook."""
    return os.environ.get("SERVER_SOFTWARE", "").startswith("voila/")


def said(sentence: str, heading: str = "") -> tuple[str, str]:
    """Draw a sentence, escaped."""
    head = f"<strong>{html.escape(heading)}</strong><br>" if heading else ""
    drawn = f'<div class="dalt-saved-card">{STYLE}{head}{html.escape(sentence)}</div>'
    return drawn, f"{heading}\n{sentence}".strip()


# In JupyterLab the picture waits until the widget had time to come: it would flash otherwise.
# Where the widget is gone for good, JupyterLab's error stands above; the picture says more.
_WAITING = "dalt-saved"
_HIDING = (
    "<style>.jp-NotebookPanel .dalt-saved { animation: dalt-saved 0s 1.5s both; } "
    "@keyframes dalt-saved { from { max-height: 0; overflow: hidden; visibility: hidden; } } "
    ".jp-OutputArea-child:has(+ .jp-OutputArea-child .%s) > "
    ".jp-OutputArea-output.jupyter-widgets { display: none; }</style>"
)
STYLE = """<style>
.dalt-saved-card { --ground: #fff; --text: #1b2430; --muted: #55606e; --line: #d5dbe3;
  --accent: #2457d6; box-sizing: border-box; max-width: 720px; margin: 4px 0; padding: 14px 18px;
  color: var(--text); background: var(--ground); border: 1px solid var(--line);
  border-radius: 12px; font: 400 14px/1.45 system-ui, -apple-system, "Segoe UI", Roboto,
  "Noto Sans", "Noto Sans CJK KR", sans-serif; overflow-wrap: anywhere; }
:is([data-jp-theme-light="false"], .vscode-dark) .dalt-saved-card { --ground: #14171c;
  --text: #e8ecf2; --muted: #a3aebb; --line: #323a45; --accent: #8fb2ff; }
.dalt-saved-card * { box-sizing: border-box; }
.dalt-saved-card p { margin: 2px 0 8px !important; }
.dalt-saved-card .dalt-saved-title { font-size: 17px; font-weight: 600; }
.dalt-saved-card .dalt-saved-muted { color: var(--muted); font-size: 13px; }
.dalt-saved-card table { width: 100%; margin: 8px 0 !important; border: 0;
  border-collapse: collapse; table-layout: auto; color: inherit; font-size: 13px; }
.dalt-saved-card :is(tr, td, th) { border: 0 !important; background: none !important; }
.dalt-saved-card :is(td, th) { padding: 2px 12px 2px 0 !important; text-align: left !important;
  vertical-align: middle; width: 1%; min-width: 4em; max-width: 220px; white-space: normal; }
.dalt-saved-card .dalt-saved-number { text-align: right !important;
  font-variant-numeric: tabular-nums; white-space: nowrap; }
.dalt-saved-card .dalt-saved-share { width: 98% !important; }
.dalt-saved-card .dalt-saved-bar { height: 10px; min-width: 2px; border-radius: 3px;
  background: var(--accent); }
.dalt-saved-card .dalt-saved-tiles { display: flex; flex-wrap: wrap; gap: 8px; margin: 8px 0; }
.dalt-saved-card .dalt-saved-tile { width: 76px; font-size: 12px; text-align: center; }
.dalt-saved-card .dalt-saved-small { display: flex; align-items: center; justify-content: center;
  width: 76px; height: 64px; padding: 2px; overflow: hidden; border: 1px solid var(--line);
  border-radius: 8px; font-size: 10px; line-height: 1.25; color: var(--muted); }
.dalt-saved-card .dalt-saved-small img { max-width: 100%; max-height: 100%; margin: 0;
  width: auto; height: 100%; object-fit: contain; }
</style>"""
