"""The page's JavaScript and style sheets, each joined into the one that anywidget sends."""

from __future__ import annotations

import re
from pathlib import Path

_STATIC = Path(__file__).parents[1] / "static"
_SCRIPTS = (
    "english",
    "korean",
    "dom",
    "names",
    "text",
    "focus",
    "clock",
    "keys",
    "outbox",
    "line",
    "content",
    "timeline",
    "renumber",
    "comeback",
    "engine",
    "trouble",
    "picture",
    "prose",
    "rows",
    "spectrum",
    "sound",
    "sample",
    "message",
    "search",
    "strip",
    "several",
    "offsets",
    "marklist",
    "drag",
    "marks",
    "spans",
    "geometry",
    "places",
    "pen",
    "overlay",
    "annotator",
    "regions",
    "classes",
    "foot",
    "help",
    "more",
    "head",
    "tile",
    "verify",
    "thumbnails",
    "history",
    "guide",
    "review",
    "notes",
    "remembered",
    "coach",
    "examples",
    "guideline",
    "language",
    "person",
    "progress",
    "highlight",
    "zoom",
    "viewing",
    "swipe",
    "closeup",
    "adjudication",
    "addons",
    "keyboard",
    "page",
)
"""In this order: a module stands behind those that it is made of."""
_STYLES = (
    "page",
    "head",
    "sample",
    "picture",
    "prose",
    "rows",
    "sound",
    "choices",
    "help",
    "coach",
    "guideline",
    "viewing",
    "place",
    "verify",
    "closeup",
    "several",
    "history",
    "review",
    "notes",
    "spans",
    "regions",
    "progress",
    "classes",
    "adjudication",
    "narrow",
)


def script() -> str:
    """Our plain ES modules as one module."""
    source = "\n".join(next(_STATIC.rglob(f"{name}.js")).read_text(encoding="utf-8") for name in _SCRIPTS)
    source = re.sub(r"^import .*\n", "", source, flags=re.MULTILINE)
    return re.sub(r"^export (?!default)", "", source, flags=re.MULTILINE)


def style() -> str:
    """Our style sheets as one."""
    return "\n".join((_STATIC / "styles" / f"{name}.css").read_text("utf-8") for name in _STYLES)
