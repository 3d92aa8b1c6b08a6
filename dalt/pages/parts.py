"""All that the page is extended by."""

from __future__ import annotations

from collections.abc import Callable

from dalt.pages.adjudication import Adjudication
from dalt.pages.classlist import ClassDesk
from dalt.pages.closer import Closer
from dalt.pages.history import History
from dalt.pages.marking import MarkingPart
from dalt.pages.notes import Notes
from dalt.pages.part import Desk, Part
from dalt.pages.person import PersonPart
from dalt.pages.progress import ProgressPart
from dalt.pages.review import Review
from dalt.pages.undoing import UndoingPart
from dalt.pages.verifying import VerifyingPart

PARTS: tuple[Callable[[Desk], Part], ...] = (
    VerifyingPart,
    UndoingPart,
    History,
    Notes,
    PersonPart,
    Review,
    MarkingPart,
    ProgressPart,
    Closer,
    ClassDesk,
    Adjudication,
)
"""Each has messages of its own."""
