"""Consensus of several annotators on a sample, and decisions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from dalt.core.suggestions import LabelValue

if TYPE_CHECKING:
    from dalt.core.labels import Label, Sample

DecisionKind = Literal["gold", "adjudicate"]
ConsensusSource = Literal["consensus", "adjudicated", "gold"]


@dataclass(frozen=True, slots=True)
class Decision:
    """A label that holds, whatever annotators answer.

    Attributes
    ----------
    sample_id : str
    kind : {"gold", "adjudicate"}
        A known answer, by which annotators are measured; or what somebody decided where
        annotators disagreed.
    label : LabelValue
    annotator : str
        Who decided.
    created_at : datetime
        UTC.
    event_id : int
    """

    sample_id: str
    kind: DecisionKind
    label: LabelValue
    annotator: str
    created_at: datetime
    event_id: int


@dataclass(frozen=True, slots=True)
class Consensus:
    """The combined answer of all annotators to one sample.

    Attributes
    ----------
    sample_id : str
    label : LabelValue
        The likeliest, or what was decided.
    probability : float in [0, 1]
        That it is true, by how far annotators agree elsewhere; 1 if it was decided.
    n : int
        Annotators who labelled it.
    agreement : float in [0, 1] or None
        Share of them who gave this label; None if nobody labelled it.
    source : {"consensus", "adjudicated", "gold"}
    probabilities : mapping of str to float
        Of each class, by the annotators' answers, decided or not.  Where a sample has
        several classes each stands for itself.
    disputed : bool
        Annotators gave different labels.
    """

    sample_id: str
    label: LabelValue
    probability: float
    n: int
    agreement: float | None
    source: ConsensusSource
    probabilities: Mapping[str, float]
    disputed: bool


@dataclass(frozen=True, slots=True)
class Dispute:
    """A sample that somebody should decide, with its answers.

    Attributes
    ----------
    sample : Sample
    answers : tuple of Label
        One of each annotator who labelled it, in the order of labeling.
    consensus : Consensus
    """

    sample: Sample
    answers: tuple[Label, ...]
    consensus: Consensus
