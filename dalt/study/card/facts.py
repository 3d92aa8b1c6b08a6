"""The contents of a card, as values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from dalt.core.audits import Certificate
from dalt.core.records import Estimate


@dataclass(frozen=True, slots=True)
class Mark:
    """What the labels were when the card was made; `dalt card --check` compares it.

    Attributes
    ----------
    n_events : int
    events : str
        Hash of the log (`dalt.study.card.event_hash`), in hex.
    labels : str
        Hash of the labels that hold, in hex.
    """

    n_events: int
    events: str
    labels: str


@dataclass(frozen=True, slots=True)
class ClassFacts:
    """One class; `n_labels` counts labels, or regions, that hold, `n_agreed` samples."""

    name: str
    description: str
    formerly: tuple[str, ...]
    n_labels: int
    n_agreed: int


@dataclass(frozen=True, slots=True)
class PersonFacts:
    """One annotator; `seconds` is all time spent on labels and skips, where it was measured."""

    name: str
    n_labels: int
    n_skips: int
    seconds: float
    pace: Estimate | None
    agreement: Estimate | None
    gold: Estimate | None


@dataclass(frozen=True, slots=True)
class Measured:
    """A measured figure; `estimate` is None where there is nothing to measure it by."""

    what: str
    estimate: Estimate | None
    how: str


@dataclass(frozen=True, slots=True)
class Task:
    """The task, as in ``project.toml``."""

    name: str
    kind: str | None
    task: str
    multi_label: bool
    guideline: str
    strategy: str
    uniform_share: float
    blind_share: float
    gold_share: float
    annotations_per_sample: int


@dataclass(frozen=True, slots=True)
class Pool:
    """The samples: how many, and how many are labelled, removed and decided; where from."""

    n_samples: int
    n_labelled: int
    n_removed: int
    n_gold: int
    n_adjudicated: int
    origins: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Log:
    """Figures from the log of events.

    Attributes
    ----------
    draws : tuple of (str, int)
        Labels and skips by how their sample was drawn.
    n_blind : int
        Labels that were given without a suggestion in a blind mode.
    n_suggested : int
        Labels with a suggestion on screen.
    first, last : datetime or None
        When the first and the last label was given or imported, in UTC.
    """

    draws: tuple[tuple[str, int], ...]
    n_answers: int
    n_imported: int
    n_undone: int
    n_blind: int
    n_suggested: int
    first: datetime | None
    last: datetime | None


@dataclass(frozen=True, slots=True)
class Facts:
    """All that a card tells.

    Attributes
    ----------
    named : bool
        Whether annotators are called by their own names.
    human, model : tuple of Measured
        Estimated errors of labels by people, and of a model's suggestions.
    certificate : Certificate or None
        The one in force, whose model labels what people have not labelled.
    studies : tuple of str
        Hashes of the registered randomised studies.
    versions : tuple of (str, str)
    """

    task: Task
    pool: Pool
    classes: tuple[ClassFacts, ...]
    people: tuple[PersonFacts, ...]
    named: bool
    agreement: tuple[Measured, ...]
    human: tuple[Measured, ...]
    model: tuple[Measured, ...]
    certificate: Certificate | None
    log: Log
    studies: tuple[str, ...]
    versions: tuple[tuple[str, str], ...]
    mark: Mark

    @property
    def n_labels(self) -> int:
        """Labels that hold, of all annotators."""
        return sum(each.n_labels for each in self.people)
