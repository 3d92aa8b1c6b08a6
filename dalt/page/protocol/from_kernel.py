"""What the kernel says."""

# No postponed annotations: a string hides `NotRequired` from `TypedDict`.
from typing import Literal, NotRequired, TypedDict

from dalt.page.protocol.values import Kind, LabelSaid, Region


class ClassSaid(TypedDict):
    """A class, with the names that it had before."""

    name: str
    description: str
    key: str
    colour: str
    group: str | None
    formerly: list[str]


class EstimateSaid(TypedDict):
    """A mean of `n` with its interval."""

    value: float
    low: float
    high: float
    n: int


class StandingSaid(TypedDict):
    """Where the project stands."""

    n_samples: int
    n_labelled: int
    n_skipped: int
    snapshot: int | None
    accuracy: EstimateSaid | None
    state: str
    message: str
    quicker: Literal["single", "verify"] | None
    proposals: EstimateSaid | None
    submits_proposals: bool
    n_learned: int | None
    to_check: int | None
    suggesters: list[str]
    preparing: int | None


class Ranked(TypedDict):
    """A suggestion: classes by their places in the list of the setup, the likeliest first.

    `suggesters` are the sources beside the model that it comes from.  `condition` says how it is
    shown, if not in the usual way: not at all, only by emphasis in the list of all classes, or
    only in order above it.
    """

    snapshot: int | None
    classes: list[int]
    probabilities: list[float]
    suggesters: NotRequired[list[str]]
    condition: NotRequired[Literal["none", "emphasis", "order"]]


class ProposedRegion(TypedDict):
    """A region that is likely to be marked."""

    region: Region
    probability: float


class Proposed(TypedDict, total=False):
    """Where parts are marked: what is likely to be, and whether Enter submits it."""

    proposals: list[ProposedRegion]
    submits_proposals: bool


class Newest(Ranked, Proposed):
    """What the newest snapshot says of a sample."""


class Shown(TypedDict):
    """The raw content of a sample; of one that cannot be read, or of a list, only the first two."""

    kind: Kind
    buffer: int | None
    mime: NotRequired[str]
    text: NotRequired[str]
    rows: NotRequired[list[tuple[str, str]]]
    width: NotRequired[int]
    height: NotRequired[int]
    reduced: NotRequired[bool]


class Answered(TypedDict):
    """What a sample was answered as before."""

    label: LabelSaid | None


class Noticed(TypedDict):
    """What the annotator has noted of a sample."""

    flagged: bool
    comment: str


class SampleSaid(Proposed):
    """A sample to answer; `trouble` says why it cannot be read.

    `details` are columns of its row, with their values.  `turn` is its place among the samples and
    pages that chance has put into an order; without one it comes before them.
    """

    id: str
    suggestion: Ranked
    trouble: str | None
    display: Shown
    size: NotRequired[tuple[int, int]]
    answered: NotRequired[Answered]
    before: NotRequired[Answered]
    note: NotRequired[Noticed]
    details: NotRequired[list[tuple[str, str]]]
    turn: NotRequired[int]


class PageSaid(TypedDict):
    """A page to verify: `said` has what is not of its class, `turn` is as for a sample."""

    id: str
    label: str
    samples: list[SampleSaid]
    said: dict[str, str | None]
    turn: NotRequired[int]


class Small(TypedDict):
    """A thumbnail."""

    kind: Kind
    text: str
    buffer: int | None
    mime: NotRequired[str]


class Setup(TypedDict):
    """The task; said again whenever it changes.

    `by_page`: annotators may choose to verify samples by the page.  `by_turns`: chance decides
    that, sample by sample.  `hides_some`: for some samples nothing is suggested, by chance.
    `read_only`: samples can be looked at, and nothing that is answered can be recorded.
    """

    type: Literal["setup"]
    project: str
    annotator: str
    session: str
    title: str
    guideline: str
    classes: list[ClassSaid]
    multi_label: bool
    blind: bool
    by_page: bool
    by_turns: bool
    hides_some: bool
    read_only: bool
    language: str
    heartbeat: float
    acknowledged: int
    newest: int
    standing: StandingSaid
    task: Literal["classes", "spans", "boxes", "polygons", "points"]
    login: bool
    keys: dict[str, str]
    new_classes: bool
    remap_keys: bool
    owner: bool
    adjudicates: bool


class Ending(TypedDict):
    """Whether there is nothing to give now, whether for good, and why.

    `elsewhere`: this annotator has samples open in another window.
    """

    nothing: bool
    elsewhere: bool
    done: bool
    skipped: bool
    no_samples: bool


class Samples(Ending):
    """Samples to answer."""

    type: Literal["samples"]
    samples: list[SampleSaid]


class PagesSaid(Ending):
    """Pages to verify."""

    type: Literal["pages"]
    pages: list[PageSaid]


class Taken(TypedDict):
    """The samples of these pages are given singly now."""

    type: Literal["taken"]
    page_ids: list[str]


class Ack(TypedDict):
    """An answer, or a page (`kind`), is committed; `page` is who had sent it."""

    type: Literal["ack"]
    key: str
    kind: str
    newest: int
    acknowledged: int
    page: str | None
    sample_id: NotRequired[str]
    page_id: NotRequired[str | None]


class UndoneSaid(TypedDict):
    """What was taken back, with what of it the page has not on screen."""

    type: Literal["undone"]
    key: str
    sample_ids: list[str]
    page_id: str | None
    acknowledged: int
    samples: list[SampleSaid]
    reopened: PageSaid | None
    newest: NotRequired[int]


class Redone(TypedDict):
    """What was answered again."""

    type: Literal["redone"]
    key: str
    sample_ids: list[str]
    paged: bool
    acknowledged: int
    newest: NotRequired[int]


class Refresh(TypedDict):
    """What the newest snapshot says, by sample."""

    type: Literal["refresh"]
    suggestions: dict[str, Newest]
    standing: StandingSaid


class Noted(TypedDict):
    """What answers nothing and must not get lost has arrived."""

    type: Literal["noted"]
    key: str
    newest: NotRequired[int]


class NotOpened(TypedDict):
    """Nothing could be opened again."""

    type: Literal["not_opened"]


class Opened(TypedDict):
    """Samples to answer now, before all others."""

    type: Literal["opened"]
    samples: list[SampleSaid]


class HeartbeatSaid(TypedDict):
    """The kernel is there."""

    type: Literal["heartbeat"]


class Refused(TypedDict):
    """What is not recorded, and would not be if it were sent again."""

    type: Literal["refused"]
    key: str | None
    message: str


class Failed(TypedDict):
    """What went wrong; without a key it is not about an answer."""

    type: Literal["failed"]
    key: str | None
    message: str


class HistoryEntry(TypedDict):
    """One of the last answers."""

    event_id: int
    sample_id: str
    label: LabelSaid | None
    mode: str | None
    flagged: bool
    small: NotRequired[Small]


class HistorySaid(TypedDict):
    """The last answers, the newest first."""

    type: Literal["history"]
    entries: list[HistoryEntry]
    more: bool


class Reviewing(TypedDict):
    """The review is under way."""

    type: Literal["reviewing"]


class ReviewEntry(TypedDict):
    """A label that the model disagrees with."""

    event_id: int
    sample_id: str
    label: LabelSaid
    suggested: LabelSaid
    probability: float | None
    small: NotRequired[Small]


class ReviewSaid(TypedDict):
    """The doubtful ones of the labels that were judged."""

    type: Literal["review"]
    entries: list[ReviewEntry]
    n: int
    judged: int
    trouble: str | None


class RankedRegion(Ranked):
    """What a region is likely to be."""

    type: Literal["ranked_region"]
    ask: int


class CurvePoint(TypedDict):
    """The accuracy at a number of labels."""

    n_labels: int
    accuracy: EstimateSaid


class ProgressSaid(TypedDict):
    """How often each class was given, the learning curve, the time a label takes, what is left."""

    type: Literal["progress"]
    counts: list[tuple[str, int]]
    curve: list[CurvePoint]
    seconds_per_label: EstimateSaid | None
    left: int


class Full(TypedDict):
    """The whole of a sample."""

    type: Literal["full"]
    sample_id: str
    mime: str
    text: str


Examples = TypedDict(
    "Examples", {"type": Literal["examples"], "class": str, "examples": list[Small]}
)
"""Samples of a class."""


class ClassRefused(TypedDict):
    """Why a class is not added."""

    type: Literal["class_refused"]
    message: str


class ClassAdded(TypedDict):
    """A class is added."""

    type: Literal["class_added"]
    name: str


class KeyRefused(TypedDict):
    """Why a key is not changed."""

    type: Literal["key_refused"]
    message: str


KeyChanged = TypedDict("KeyChanged", {"type": Literal["key_changed"], "class": str, "action": str})
"""A key is changed: of a class, or of an action."""


class AnswerSaid(TypedDict):
    """What an annotator said."""

    annotator: str
    label: LabelSaid


class DisputeEntry(TypedDict):
    """A sample that annotators disagree on."""

    sample: SampleSaid
    answers: list[AnswerSaid]


class Disputes(TypedDict):
    """What is to be decided next, of `n`."""

    type: Literal["disputes"]
    entries: list[DisputeEntry]
    n: int
    trouble: str | None


class Unadjudicated(TypedDict):
    """The decision that was taken back."""

    type: Literal["unadjudicated"]
    entries: list[DisputeEntry]


FromKernel = (
    Setup
    | Samples
    | PagesSaid
    | Taken
    | Ack
    | UndoneSaid
    | Redone
    | Refresh
    | Noted
    | NotOpened
    | Opened
    | HeartbeatSaid
    | Refused
    | Failed
    | HistorySaid
    | Reviewing
    | ReviewSaid
    | RankedRegion
    | ProgressSaid
    | Full
    | Examples
    | ClassRefused
    | ClassAdded
    | KeyRefused
    | KeyChanged
    | Disputes
    | Unadjudicated
)
