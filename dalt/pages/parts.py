"""All that the page is extended by."""

from __future__ import annotations

from collections.abc import Callable

from dalt.pages.classlist import ClassDesk
from dalt.pages.closer import Closer
from dalt.pages.history import History
from dalt.pages.marking import MarkingPart
from dalt.pages.notes import Notes
from dalt.pages.part import Desk, Part
from dalt.pages.progress import ProgressPart
from dalt.pages.review import Review

PARTS: tuple[Callable[[Desk], Part], ...] = (
    History,
    Notes,
    Review,
    MarkingPart,
    ProgressPart,
    Closer,
    ClassDesk,
)
"""Each has messages of its own."""
