"""The figures of the owner's page."""

# No postponed annotations: a string hides `NotRequired` from `TypedDict`.
from typing import Literal, NotRequired, TypedDict

from dalt.page.protocol.from_kernel import CurvePoint, DisputeEntry, EstimateSaid, Small
from dalt.page.protocol.from_page import FromAnyPage
from dalt.page.protocol.values import LabelSaid


class OwnerProgress(TypedDict):
    """How far the project is; `trained` is whether there is a model."""

    type: Literal["owner_progress"]
    n_samples: int
    n_labelled: int
    n_skipped: int
    n_gold: int
    n_adjudicated: int
    accuracy: EstimateSaid | None
    counts: list[tuple[str, int]]
    curve: list[CurvePoint]
    seconds_per_label: EstimateSaid | None
    left: int
    trained: bool
    state: str
    message: str


class PersonSaid(TypedDict):
    """What one annotator did."""

    annotator: str
    labels: int
    skips: int
    seconds: EstimateSaid | None
    agreement: EstimateSaid | None
    gold: EstimateSaid | None
    last_seen: str | None


class OwnerPeople(TypedDict):
    """All who answered, by name."""

    type: Literal["owner_people"]
    people: list[PersonSaid]


class AgreementSaid(TypedDict):
    """How far two annotators agree, or all; `value` is None where it is undefined."""

    annotators: list[str]
    value: EstimateSaid | None
    percent: float | None
    n: int


class OwnerAgreement(TypedDict):
    """Krippendorff's alpha of all, Cohen's kappa of every two; alpha of blind labels alone."""

    type: Literal["owner_agreement"]
    comparable: bool
    alpha: AgreementSaid | None
    blind: AgreementSaid | None
    pairs: list[AgreementSaid]
    annotators: list[str]


class ConfusionSaid(TypedDict):
    """Counts of what an annotator said (columns) by the consensus (rows)."""

    annotator: str
    counts: list[list[int]]


class OwnerConfusion(TypedDict):
    """What each annotator mistakes for what, of the most frequent classes."""

    type: Literal["owner_confusion"]
    comparable: bool
    classes: list[str]
    n_classes: int
    people: list[ConfusionSaid]


class SaidOf(TypedDict):
    """A label, and who gave it."""

    label: LabelSaid
    annotators: list[str]


class DisputedEntry(TypedDict):
    """A sample that annotators disagree on, with the consensus."""

    sample_id: str
    label: LabelSaid
    probability: float
    said: list[SaidOf]
    small: NotRequired[Small]


class OwnerDisputed(TypedDict):
    """The least certain of `n` disputed samples."""

    type: Literal["owner_disputed"]
    comparable: bool
    entries: list[DisputedEntry]
    n: int


class DoubtfulEntry(TypedDict):
    """A label that the model finds unlikely."""

    event_id: int
    sample_id: str
    annotator: str
    label: LabelSaid
    suggested: LabelSaid
    probability: float | None
    small: NotRequired[Small]


class OwnerDoubtful(TypedDict):
    """The worst of `n` doubtful labels, of those that were judged."""

    type: Literal["owner_doubtful"]
    comparable: bool
    entries: list[DoubtfulEntry]
    n: int
    judged: int


class HelpAccuracy(TypedDict):
    """How accuracy compares, with and without suggestions; bounds are of the difference."""

    source: Literal["gold", "audit"]
    verdict: Literal["unchanged", "higher", "not lower", "slightly lower", "lower", "unclear"]
    treated: float
    control: float
    low: float
    high: float
    margin: float


class HelpSaid(TypedDict):
    """What suggestions do to the time for a sample; shares of time saved."""

    verdict: Literal["saves", "costs", "none"]
    saved: float
    low: float
    high: float
    claim: Literal["these", "general"]
    annotators: int
    accuracy: HelpAccuracy | None


class StudySaid(TypedDict):
    """A running study: what it compares, and how many of its planned labels there are."""

    number: int
    conditions: list[str]
    labelled: int
    planned: int


class OwnerHelp(TypedDict):
    """Whether suggestions help; `said` is None until there is enough to say.

    `conditions` are what is compared, and with what: "suggestions" and "none" outside of studies.
    `treated` and `control` are how many samples that chance assigned to either were labelled, and
    `needed` how many of each it takes.  `hides` says whether chance hides suggestions.
    """

    type: Literal["owner_help"]
    said: HelpSaid | None
    conditions: list[str]
    treated: int
    control: int
    needed: int
    hides: bool
    study: StudySaid | None


class FinishSaid(TypedDict):
    """A certified finish: whether its promise holds, and how far the audit is.

    `state` is that of the newest attempt; `holds` whether a certificate is in force, perhaps an
    earlier one.  `about` is None where the promise cannot be kept at the present error rate.
    """

    state: Literal["running", "holds", "ended"]
    holds: bool
    max_error: float
    confidence: float
    error_bound: float | None
    model: int
    remaining: int
    checked: int
    wrong: int
    least: int
    about: int | None
    why: str


class OwnerFinish(TypedDict):
    """Where the certified finish stands; `said` is None if nobody has asked for one."""

    type: Literal["owner_finish"]
    said: FinishSaid | None


class OwnerOpened(TypedDict):
    """A sample to decide now; None if it cannot be."""

    type: Literal["owner_opened"]
    entry: DisputeEntry | None


class SearchSaid(TypedDict):
    """Whether a search for a better head runs, and what the last one found."""

    type: Literal["owner_search"]
    running: bool
    said: str


class OwnerReview(FromAnyPage):
    """Judge the labels again."""

    type: Literal["owner_review"]


class OwnerOpen(FromAnyPage):
    """Decide a sample, disputed or not."""

    type: Literal["owner_open"]
    sample_id: str


class OwnerSearch(FromAnyPage):
    """Start a search for a better head, or stop the one that runs."""

    type: Literal["owner_search"]
    run: bool


FiguresFromOwner = OwnerReview | OwnerOpen | OwnerSearch
FiguresToOwner = (
    OwnerProgress
    | OwnerPeople
    | OwnerAgreement
    | OwnerConfusion
    | OwnerDisputed
    | OwnerDoubtful
    | OwnerHelp
    | OwnerFinish
    | OwnerOpened
    | SearchSaid
)
