"""Records of samples, assignments, answers, snapshots and progress."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

import numpy as np

from dalt.core import summaries
from dalt.core.base import DrawKind, EventKind, Floats, Kind, Mode, Positions, TrainerState
from dalt.core.suggestions import LabelValue, Suggestion
from dalt.core.timing import Timing


@dataclass(frozen=True, slots=True)
class Sample:
    """One raw item of the pool.

    Attributes
    ----------
    id : str
        Hash of the content; equal content has the same id.
    kind : {"image", "text", "table", "audio"}
    source : str
        The file's path (relative to the folder that holds the project if it is below that,
        else absolute), or the row it came from.
    position : int
        Row of the sample in the embeddings, counted from 0 in the order of adding;
        -1 before it is in a store.
    location : mapping
        Where the content is; only ``sources`` reads it.
    """

    id: str
    kind: Kind
    source: str
    position: int = -1
    location: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rejection:
    """Raw data that was left out, and why."""

    source: str
    reason: str

    def __str__(self) -> str:
        return f"{self.source}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Shared:
    """Raw data with the content of a sample that came from another place.

    Attributes
    ----------
    sample_id, source : str
    first : str
        Where the sample came from before.
    """

    sample_id: str
    source: str
    first: str

    def __str__(self) -> str:
        return f"{self.source} has the content of {self.first}"


class Added(list[str | None]):
    """The ids of samples in input order, with what was left out and why.

    For a list, column or array it has an id for each entry, None for what was left out, so it can
    become a column beside the input.  For a folder it has the ids of what was added.

    Attributes
    ----------
    ids : list of str
        Without what was left out.
    rejected : tuple of Rejection
    new : int
        How many were not in the pool before.
    restored : int
        How many had been removed from the project, and are in it again.
    relocated : int
        How many were known, are gone from where they were, and are now referred to at this place.
    seconds : float
        How long it took; 0 if not measured.
    shared : tuple of Shared
        What has the content of another: it is one sample with several sources.
    moved : int
        How many samples of the pool came from other places only.
    what : str
        What was given, in the singular: "file", "text" ….
    """

    def __init__(
        self,
        ids: Iterable[str | None] = (),
        rejected: Iterable[Rejection] = (),
        new: int = 0,
        seconds: float = 0.0,
        shared: Iterable[Shared] = (),
        moved: int = 0,
        what: str = "file",
        restored: int = 0,
        relocated: int = 0,
    ) -> None:
        super().__init__(ids)
        self.restored = restored
        self.relocated = relocated
        self.rejected = tuple(rejected)
        self.new = new
        self.seconds = seconds
        self.shared = tuple(shared)
        self.moved = moved
        self.what = what

    def __repr__(self) -> str:
        """The ids if they are few, else a summary; the list itself has all of them."""
        if len(self) <= summaries.FEW and not self.rejected and not self.shared:
            return super().__repr__()
        return summaries.as_text(f"{self.sentence}{summaries.took(self.seconds)}.", self.details)

    def _repr_html_(self) -> str:
        """A summary, for a cell of a notebook."""
        return summaries.as_html(f"{self.sentence}{summaries.took(self.seconds)}.", self.details)

    @property
    def sentence(self) -> str:
        """What happened, without a full stop: how many are new, known, back or left out."""
        found, n_shared = self.ids, len(self.shared)
        changed = self.new + self.restored + self.relocated
        known = len(set(found)) - changed - self.moved
        return summaries.of_added(
            new=self.new,
            known=known,
            shared=n_shared,
            twice=len(found) - changed - known - n_shared,
            left_out=len(self.rejected),
            what=self.what,
            restored=self.restored,
            relocated=self.relocated,
        )

    @property
    def details(self) -> list[str]:
        """The first of what was left out, and why, and of what has the content of another."""
        return [*summaries.reasons(self.reasons), *self.copies()]

    @property
    def reasons(self) -> list[str]:
        """What was left out, and why: files by their paths, others as "text 3"."""
        return [f"{self._noun}{each}" for each in self.rejected]

    @property
    def _noun(self) -> str:
        return "" if self.what == "file" else f"{self.what} "

    def copies(self, all: str = ".shared") -> list[str]:
        """The first of what has the content of another, and where `all` of them are."""
        named = self._noun
        said = [
            f"{named}{each.source} has the content of {named}{each.first}"
            for each in self.shared[: summaries.FEW]
        ]
        return [*said, *summaries.reasons(self.shared, all)[summaries.FEW :]]

    @property
    def ids(self) -> list[str]:
        """The ids without what was left out."""
        return [sample_id for sample_id in self if sample_id is not None]


@dataclass(frozen=True, slots=True)
class Display:
    """Content of one sample for the page; text is never markup."""

    kind: Kind
    mime: str = ""
    data: bytes = b""
    text: str = ""
    rows: tuple[tuple[str, str], ...] = ()
    width: int = 0
    height: int = 0
    reduced: bool = False  # the full content has more


@dataclass(frozen=True, slots=True)
class Lease:
    """A sample held for one annotator until a time."""

    sample_id: str
    annotator: str
    session: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Draw:
    """How a sample was drawn.

    Attributes
    ----------
    kind : {"uniform", "strategy", "weighted", "verify", "gold", "audit"}
        "audit": uniformly, but only from what a frozen model would label.
    probability : float in (0, 1]
        The chance that this sample was drawn, over both ways of drawing; an unbiased
        estimate divides by it.  Where the strategy draws at random ("weighted"), both ways
        are random, and it is the chance within its own way, given all earlier draws.  A page
        to verify takes the most confident samples for certain (1) and the others never: no
        weight makes those events speak for the pool.
    n_candidates : int
        How many samples it was drawn from; for a page, the free and confident enough
        ones of its class just before it was leased.
    """

    kind: DrawKind
    probability: float
    n_candidates: int


@dataclass(frozen=True, slots=True)
class Assignment:
    """One sample given to one annotator, with what the model suggests for it.

    `draw` is None only for a sample that is open again after an undo and was first answered
    without a lease.  `answered` is the annotator's own answer that holds, if the sample was
    opened again to change it.  `before` is an answer that an undo took back, so nobody has to
    draw its regions, or set its classes, again.
    """

    sample: Sample
    suggestion: Suggestion
    lease: Lease
    draw: Draw | None
    answered: Label | None = None
    before: Label | None = None


@dataclass(frozen=True, slots=True)
class VerifyPage:
    """Samples that the model puts in one class, most confident first, to verify together.

    `corrections` are those of a page that is open again after an undo: by sample id the
    other class of a sample, None if it was skipped.
    """

    label: str
    assignments: tuple[Assignment, ...]
    corrections: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Undone:
    """What an undo took back: open again and leased, and the page if it was one."""

    assignments: tuple[Assignment, ...]
    page: VerifyPage | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """A person's answer to one sample, before it is recorded as an event."""

    kind: Literal["label", "skip"]
    sample_id: str
    label: LabelValue | None
    annotator: str
    session: str
    key: str
    draw: Draw | None = None
    suggested: LabelValue | None = None
    probability: float | None = None
    snapshot: int | None = None
    mode: Mode = "single"
    shown_at: datetime | None = None
    active_seconds: float | None = None
    batch: str | None = None
    timing: Timing | None = None
    arm: str | None = None
    suggesters: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Label:
    """One recorded event; events are only ever appended.

    `suggested`, `probability` and `snapshot` were on screen before the answer; where a page hid
    the suggestion, the last two are those of the hidden one.  `arm` is the condition that chance
    assigned, None where chance decided nothing; `mode` and `suggested` have what was really
    shown.  `supersedes` is the event that this one replaces or takes back.  Times are UTC;
    `active_seconds` counts the time the sample was in view, and `timing` has what else a page
    measured.  Events of one `batch` were recorded together, as a page, and are taken back together.
    `suggesters` are the sources, by name, that the suggestion on screen came from beside the model.
    """

    event_id: int
    kind: EventKind
    sample_id: str
    label: LabelValue | None
    annotator: str
    session: str
    created_at: datetime
    source: str
    draw: str | None = None
    suggested: LabelValue | None = None
    probability: float | None = None
    snapshot: int | None = None
    mode: str | None = None
    shown_at: datetime | None = None
    active_seconds: float | None = None
    supersedes: int | None = None
    inclusion_probability: float | None = None
    n_candidates: int | None = None
    key: str = ""
    batch: str | None = None
    timing: Timing | None = None
    arm: str | None = None
    suggesters: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LabelSet:
    """The labels a head learns from.

    Attributes
    ----------
    positions : ndarray of shape (n_labels,), int64
        Rows of the pool, ascending.
    targets : ndarray of shape (n_labels, n_classes), float32
        Share of the annotators' answers for each class; rows sum to 1, unless `multi`.
    cursor : int
        The newest event that it includes.
    multi : bool
        A sample can have several classes, or none: each target is its own share in [0, 1],
        and so is each probability that a head gives.
    """

    positions: Positions
    targets: Floats
    cursor: int
    multi: bool = False

    def within(self, n_samples: int) -> LabelSet:
        """Labels of the first samples; the others wait until their samples are embedded."""
        n = int(np.searchsorted(self.positions, n_samples))
        return replace(self, positions=self.positions[:n], targets=self.targets[:n])


@dataclass(frozen=True, slots=True)
class SnapshotRecord:
    """A snapshot's permanent record in the store; its arrays are in a file."""

    version: int
    parent: int | None
    cursor: int
    seed: int
    hash: str
    encoder: str
    head: str
    created_at: datetime
    n_labels: int
    metrics: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Estimate:
    """A share with its interval, and the number of samples behind it."""

    value: float
    low: float
    high: float
    n: int


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """How often suggestions were right at a number of labels."""

    n_labels: int
    accuracy: Estimate


@dataclass(frozen=True, slots=True)
class Outlook:
    """A project's progress as one annotator sees it.

    Attributes
    ----------
    counts : tuple of (str, int)
        How often each class is given now, in the order of the classes.
    curve : tuple of CurvePoint
    seconds_per_label : Estimate or None
        From this annotator's newest labels; None while there are fewer than ten.
    left : int
        Samples that nobody has labelled.
    """

    counts: tuple[tuple[str, int], ...]
    curve: tuple[CurvePoint, ...]
    seconds_per_label: Estimate | None
    left: int


@dataclass(frozen=True, slots=True)
class Standing:
    """A project's state, as the page's progress line shows it."""

    n_samples: int
    n_labelled: int
    n_skipped: int
    snapshot: int | None
    accuracy: Estimate | None
    state: TrainerState
    message: str = ""
    quicker: Mode | None = None
    """The mode in which labels should take less time; None while that is unknown."""
    proposals: Estimate | None = None
    """How often people kept the newest 50 proposed regions, with a 90 % interval."""
    submits_proposals: bool = False
    """Whether that is often enough for Enter to submit proposals unchanged."""
    n_learned: int | None = None
    """How many labels the newest snapshot has learned; None before the first."""
    to_check: int | None = None
    """The least number of samples that an audit still asks for; None if no audit runs."""
    suggesters: tuple[str, ...] = ()
    """Names of the sources that suggest beside the model."""
    preparing: int | None = None
    """How far the first suggestions are, in percent; None if nobody prepares them."""
