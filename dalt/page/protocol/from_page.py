"""What the page says."""

# No postponed annotations: a string hides `NotRequired` from `TypedDict`.
from typing import Literal, NotRequired, TypedDict

from dalt.page.protocol.values import LabelSaid, Region, Seen


class FromAnyPage(TypedDict):
    """What every message of a page may have: the page's number, and what orders answers."""

    page: NotRequired[str]
    seq: NotRequired[int]
    made_at: NotRequired[float]
    aside: NotRequired[bool]


class Ready(FromAnyPage):
    """The page is there, or is there again; `former` is the sitting that it follows.

    `screen` is how many pixels of the screen the longer side of a picture may take.
    """

    type: Literal["ready"]
    screen: NotRequired[int]
    held: NotRequired[list[str]]
    former: NotRequired[str | None]


class More(FromAnyPage):
    """It wants samples beside those that it holds."""

    type: Literal["more"]
    held: NotRequired[list[str]]


class Measured(TypedDict):
    """What was measured from the moment in which something came on screen to its answer.

    In milliseconds of a clock that nobody sets; `wall_ms` is the whole by the computer's own, which
    people set and which goes on while it sleeps.
    """

    paint_ms: NotRequired[float | None]
    first_key_ms: NotRequired[float | None]
    commit_ms: NotRequired[float | None]
    hidden_ms: NotRequired[float | None]
    idle_ms: NotRequired[float | None]
    wall_ms: NotRequired[float | None]
    n_keys: NotRequired[float | None]
    n_clicks: NotRequired[float | None]


class Answer(FromAnyPage):
    """A sample is answered; a label of None is a skip."""

    type: Literal["answer"]
    key: str
    sample_id: str
    label: LabelSaid | None
    suggestion: NotRequired[Seen | None]
    proposed: NotRequired[list[Region] | None]
    shown_at: NotRequired[str | None]
    active_ms: NotRequired[float | None]
    timing: NotRequired[Measured | None]
    mode: NotRequired[Literal["single"]]


class Verified(TypedDict):
    """What one sample of a page was confirmed to be."""

    sample_id: str
    label: str | None
    suggestion: NotRequired[Seen | None]


class Verify(FromAnyPage):
    """A page is confirmed."""

    type: Literal["verify"]
    key: str
    samples: list[Verified]
    page_id: NotRequired[str | None]
    shown_at: NotRequired[str | None]
    active_ms: NotRequired[float | None]
    timing: NotRequired[Measured | None]


class Undo(FromAnyPage):
    """Take back the last answer up to an event, of these samples as the page expects."""

    type: Literal["undo"]
    key: str
    sample_id: NotRequired[str | None]
    page_id: NotRequired[str | None]
    label: NotRequired[str]
    sample_ids: NotRequired[list[str]]
    up_to: NotRequired[int | None]


class Redo(FromAnyPage):
    """Answer again what was taken back last."""

    type: Literal["redo"]
    key: str
    sample_ids: NotRequired[list[str]]
    up_to: NotRequired[int | None]


class Heartbeat(FromAnyPage):
    """Whether the kernel is there: it says the same."""

    type: Literal["heartbeat"]


class Bye(FromAnyPage):
    """The page goes away."""

    type: Literal["bye"]


class Switched(FromAnyPage):
    """It labels one at a time now, or in the grid."""

    type: Literal["mode"]
    mode: Literal["single", "verify"]


class Pages(FromAnyPage):
    """It wants pages to verify, of at most `size` samples, beside those that it holds."""

    type: Literal["pages"]
    size: int
    held: NotRequired[list[str]]


class AskHistory(FromAnyPage):
    """The newest answers; of those that are known no thumbnails."""

    type: Literal["history"]
    limit: NotRequired[int]
    known: NotRequired[list[str]]


class Reopen(FromAnyPage):
    """Open a sample again that was answered."""

    type: Literal["reopen"]
    sample_id: str


class OpenSkipped(FromAnyPage):
    """Open again what was skipped."""

    type: Literal["open_skipped"]


class Keep(FromAnyPage):
    """Leave the answer of a sample that was opened again."""

    type: Literal["keep"]
    sample_id: str


class Flag(FromAnyPage):
    """What the annotator notes of a sample."""

    type: Literal["note"]
    key: str
    sample_id: str
    flagged: bool
    comment: str


class AskReview(FromAnyPage):
    """The labels that the model disagrees with."""

    type: Literal["review"]
    known: NotRequired[list[str]]


class OpenReview(FromAnyPage):
    """Open some of them again."""

    type: Literal["open_review"]
    sample_ids: list[str]


class Confirm(FromAnyPage):
    """A label is right, whatever the model says."""

    type: Literal["confirm"]
    key: str
    event_id: int


class RankRegion(FromAnyPage):
    """What is a region likely to be?  `ask` is said again in the reply."""

    type: Literal["rank_region"]
    sample_id: str
    region: Region
    ask: int


class AskProgress(FromAnyPage):
    """How far it is."""

    type: Literal["progress"]


class AskFull(FromAnyPage):
    """The whole of what was shown reduced."""

    type: Literal["full"]
    sample_id: str


AskExamples = TypedDict(
    "AskExamples", {"type": Literal["examples"], "class": str, "page": NotRequired[str]}
)
"""Samples that are labelled as a class."""


class AddClass(FromAnyPage):
    """A new class."""

    type: Literal["add_class"]
    name: str


ChangeKey = TypedDict(
    "ChangeKey",
    {
        "type": Literal["change_key"],
        "key": str,
        "action": NotRequired[str],
        "class": NotRequired[str],
        "page": NotRequired[str],
    },
)
"""Another key for an action, or for a class."""


class AskDisputes(FromAnyPage):
    """What is to be decided next, but for what the page holds, has decided or has put off."""

    type: Literal["disputes"]
    decided: NotRequired[list[str]]
    leave_out: NotRequired[list[str]]


class Adjudicate(FromAnyPage):
    """A decision of the owner."""

    type: Literal["adjudicate"]
    key: str
    sample_id: str
    label: str | list[str]


class UndoAdjudicate(FromAnyPage):
    """Take back the last one."""

    type: Literal["undo_adjudicate"]
    key: str
    up_to: NotRequired[int | None]


FromPage = (
    Ready
    | More
    | Answer
    | Verify
    | Undo
    | Redo
    | Heartbeat
    | Bye
    | Switched
    | Pages
    | AskHistory
    | Reopen
    | OpenSkipped
    | Keep
    | Flag
    | AskReview
    | OpenReview
    | Confirm
    | RankRegion
    | AskProgress
    | AskFull
    | AskExamples
    | AddClass
    | ChangeKey
    | AskDisputes
    | Adjudicate
    | UndoAdjudicate
)
