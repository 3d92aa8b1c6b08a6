"""All parts of the page."""

from __future__ import annotations

from collections.abc import Callable

from dalt.page.adjudication import Adjudication
from dalt.page.classlist import ClassDesk
from dalt.page.closeup import Closer
from dalt.page.history import History
from dalt.page.marking import MarkingPart
from dalt.page.notes import Notes
from dalt.page.part import Desk, Part
from dalt.page.person import PersonPart
from dalt.page.progress import ProgressPart
from dalt.page.review import Review
from dalt.page.undoing import UndoingPart
from dalt.page.verifying import VerifyingPart

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
