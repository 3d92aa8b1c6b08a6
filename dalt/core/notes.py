"""What people say of samples and labels beside labeling them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from dalt.core.suggestions import LabelValue, Suggestion

if TYPE_CHECKING:
    from dalt.core.labels import Label


@dataclass(frozen=True, slots=True)
class Note:
    """What an annotator noted of a sample; each new one takes the place of the one before.

    Attributes
    ----------
    note_id : int
        Notes are numbered in the order in which they were written.
    sample_id, annotator, session : str
    created_at : datetime
        UTC.
    flagged : bool
        Somebody should have a look at the sample.
    comment : str
        Plain text, maybe empty.
    key : str
        Idempotency key.
    """

    note_id: int
    sample_id: str
    annotator: str
    session: str
    created_at: datetime
    flagged: bool
    comment: str
    key: str = ""

    @property
    def empty(self) -> bool:
        """Whether it takes back the one before and says nothing else."""
        return not self.flagged and not self.comment


@dataclass(frozen=True, slots=True)
class Judged:
    """A label beside what a model says that never saw it: it learned from other samples.

    Attributes
    ----------
    label : Label
        The event whose label holds, by the present names of the classes.
    suggestion : Suggestion
        Out of sample, so the label had no part in it.
    quality : float in [0, 1]
        How likely the label is (`dalt.labeling.quality.accuracy.label_quality`); low ones are to be
        looked at.
    disagrees : bool
        The model is sure of another class: as sure as it usually is of that class
        (`dalt.labeling.quality.accuracy.disagreements`), or by a margin of more than a half.
    """

    label: Label
    suggestion: Suggestion
    quality: float
    disagrees: bool

    def suggested(self, multi: bool) -> LabelValue | None:
        """What the model would have answered."""
        return self.suggestion.likely if multi else self.suggestion.top
