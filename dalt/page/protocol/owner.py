"""What the owner's page and its kernel say to each other, beside what the labeling page says too.

`owner_figures` has the figures, and each other section a module of its own; `FROM_OWNER` and
`ToOwner` name all messages.
"""

# No postponed annotations: a string hides `NotRequired` from `TypedDict`.
from typing import Any, Literal, TypedDict, get_args

from dalt.page.protocol import by_type
from dalt.page.protocol.from_kernel import (
    ClassSaid,
    Disputes,
    Failed,
    HeartbeatSaid,
    Noted,
    Refused,
    Unadjudicated,
)
from dalt.page.protocol.from_page import (
    Adjudicate,
    AskDisputes,
    Bye,
    Confirm,
    Heartbeat,
    Ready,
    UndoAdjudicate,
)
from dalt.page.protocol.owner_editing import EditingFromOwner, EditingToOwner
from dalt.page.protocol.owner_figures import FiguresFromOwner, FiguresToOwner


class OwnerSetup(TypedDict):
    """The project; said again whenever its task changes."""

    type: Literal["owner_setup"]
    project: str
    annotator: str
    session: str
    title: str
    guideline: str
    classes: list[ClassSaid]
    multi_label: bool
    task: Literal["classes", "spans", "boxes", "polygons", "points"]
    language: str
    keys: dict[str, str]
    heartbeat: float
    newest: int
    login: bool


class OwnerBusy(TypedDict):
    """A section is computing, or is done with it."""

    type: Literal["owner_busy"]
    section: str
    busy: bool


class OwnerTrouble(TypedDict):
    """Why a section has nothing to show, or None once it has again."""

    type: Literal["owner_trouble"]
    section: str
    message: str | None


FromOwner = (
    Ready
    | Heartbeat
    | Bye
    | AskDisputes
    | Adjudicate
    | UndoAdjudicate
    | Confirm
    | FiguresFromOwner
    | EditingFromOwner
)
ToOwner = (
    OwnerSetup
    | OwnerBusy
    | OwnerTrouble
    | HeartbeatSaid
    | Noted
    | Refused
    | Failed
    | Disputes
    | Unadjudicated
    | FiguresToOwner
    | EditingToOwner
)
FROM_OWNER: dict[str, Any] = by_type(get_args(FromOwner))
"""Messages of the owner's page by their types."""
