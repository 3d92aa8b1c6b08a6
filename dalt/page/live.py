"""The newest labels as a table below the page, which follows by itself."""

from __future__ import annotations

import html
import logging
import threading
import time
import weakref
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets

from dalt.core.errors import BadInput, shown
from dalt.core.records import Closed, DaltError, Label, LabelValue, utc_now
from dalt.page.cells import NOTHING, escaped, in_words
from dalt.page.saved import STYLE, Pictured, Saved, pictured

if TYPE_CHECKING:
    import pandas as pd

SECONDS = 1.0
"""Seconds between two looks."""
SELDOM = 10.0
"""Seconds at least between two pictures for the saved notebook."""
MOST_ROWS = 1_000
CLASSES = 8
TEXT = 40
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class LabelsNow:
    """What the table shows.

    Attributes
    ----------
    title : str
        The project's name.
    events : sequence of Label
        The newest first.
    sources : mapping of str to str
        Where samples came from, by id.
    given : mapping of str to int
        How often each class is given.
    n_labels, n_labelled, n_samples : int
        Labels, samples that have one, and all samples.
    """

    title: str
    events: Sequence[Label]
    sources: Mapping[str, str]
    given: Mapping[str, int]
    n_labels: int
    n_labelled: int
    n_samples: int


class LiveLabels(Pictured, widgets.HTML):  # type: ignore[misc]
    """A table of the newest labels; ``project.live()`` makes it, and a cell shows it.

    It looks for new labels each second, whoever made them, and ends with its project.

    Parameters
    ----------
    look : callable
        Takes how many labels; returns `LabelsNow`, or None if nothing has changed.
    frame : callable
        Returns all labels.
    rows : int
    """

    _closed = True  # until it is fully made

    def __init__(
        self,
        look: Callable[[int], LabelsNow | None],
        frame: Callable[[], pd.DataFrame],
        rows: int = 20,
    ) -> None:
        if not 1 <= rows <= MOST_ROWS:
            raise BadInput(f"rows={shown(rows)}: the table shows 1 to {MOST_ROWS:,} labels.")
        self._look = look
        self._frame = frame
        self._rows = rows
        self._now = look(rows)
        self._saved = Saved(self._draw)
        self._ended = threading.Event()
        super().__init__()
        self._show()
        self._closed = False
        follower = threading.Thread(
            target=_follow, args=(weakref.ref(self), self._ended), name="live", daemon=True
        )
        follower.start()

    @property
    def frame(self) -> pd.DataFrame:
        """All labels now, as `Project.labels` returns them."""
        return self._frame()

    def look(self) -> bool:
        """Look for new labels now, and return whether the table has changed."""
        now = self._look(self._rows)
        if now is None or self._closed:
            return False
        self._now = now
        self._show()
        return True

    def settle(self) -> None:
        """Look a last time, and close: the project is closed."""
        if self._closed:
            return
        self.look()
        self.close()

    def close(self) -> None:
        """Follow no more, and show in a saved notebook what was there."""
        if self._closed:
            return
        self._closed = True
        self._ended.set()
        self.keep()
        super().close()

    def keep(self) -> None:
        """Bring up to date what a saved notebook shows."""
        self._saved.update()

    def __repr__(self) -> str:
        """For terminals."""
        return f"{type(self).__name__}({self._now.title if self._now else ''!r})"

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        return pictured(super()._repr_mimebundle_(**kwargs), self._saved)

    def _widget_view(self) -> Mapping[str, Any]:
        view: Mapping[str, Any] = super()._repr_mimebundle_()
        return view

    def _show(self) -> None:
        if self._now is not None:
            self.value = self._saved.style + table(self._now)

    def _draw(self) -> tuple[str, str]:
        now = self._now
        if now is None:
            return "", ""
        when = f"As of {utc_now():%d %B %Y, %H:%M} UTC."
        return table(now, when), f"{now.title}: {_counts(now)}"


def _follow(table: weakref.ref[LiveLabels], ended: threading.Event) -> None:
    """Look each second until the table is closed or forgotten, or its project closed."""
    kept, changed, troubled = time.monotonic(), False, False
    while not ended.wait(SECONDS):
        live = table()
        if live is None:
            return
        try:
            changed |= live.look()
            troubled = False
            if changed and time.monotonic() - kept >= SELDOM:
                kept, changed = time.monotonic(), False
                live.keep()
        except Closed:
            live.close()
            return
        except (DaltError, OSError) as error:  # the database may be back soon
            if not troubled:
                _log.warning("The table of labels is not up to date: %s", error)
            troubled = True
        del live


def table(now: LabelsNow, foot: str = "") -> str:
    """The labels as an HTML table; texts are escaped and cut."""
    head = "".join(f"<th>{name}</th>" for name in ("Label", "Suggested", "By", "Sample", "UTC"))
    rows = "".join(_row(event, now.sources) for event in now.events)
    body = (
        f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
        if rows
        else '<p class="dalt-saved-muted">No labels yet.</p>'
    )
    below = f'<p class="dalt-saved-muted">{html.escape(foot)}</p>' if foot else ""
    return (
        f'<div class="dalt-saved-card dalt-live">{STYLE}'
        f'<div class="dalt-saved-title" dir="auto">{escaped(now.title, 200)}</div>'
        f"<p>{html.escape(_counts(now))}</p>"
        f'<p class="dalt-saved-muted" dir="auto">{escaped(_given(now.given), 400)}</p>'
        f"{body}{below}</div>"
    )


def _row(event: Label, sources: Mapping[str, str]) -> str:
    cells = (
        escaped(in_words(event.label), TEXT),
        escaped(_suggested(event.suggested, event.probability), TEXT),
        escaped(event.annotator or NOTHING, TEXT),
        escaped(sources.get(event.sample_id) or NOTHING, TEXT, end=True),
        f"{event.created_at:%d %b %H:%M:%S}".lstrip("0"),
    )
    return "<tr>" + "".join(f'<td dir="auto">{cell}</td>' for cell in cells) + "</tr>"


def _suggested(label: LabelValue | None, probability: float | None) -> str:
    if label is None:
        return NOTHING
    known = probability is not None and probability == probability
    return in_words(label) + (f" {probability:.0%}" if known else "")


def _counts(now: LabelsNow) -> str:
    labels = "1 label" if now.n_labels == 1 else f"{now.n_labels:,} labels"
    return f"{now.n_labelled:,} of {now.n_samples:,} samples labelled · {labels}"


def _given(given: Mapping[str, int]) -> str:
    """How often each class is given, those given most first."""
    most = sorted((name for name in given if given[name]), key=lambda name: -given[name])
    told = [f"{name}: {given[name]:,}" for name in most[:CLASSES]]
    more = len(most) - CLASSES
    return " · ".join([*told, *([f"{more:,} more classes"] if more > 0 else [])])
