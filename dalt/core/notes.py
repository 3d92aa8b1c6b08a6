"""Notes about samples, and judgements of labels."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from dalt.core.suggestions import LabelValue, Suggestion

if TYPE_CHECKING:
    from dalt.core.labels import Label


@dataclass(frozen=True, slots=True)
class Note:
    """An annotator's note about a sample; a new one replaces the one before.

    Attributes
    ----------
    note_id : int
        Notes are numbered in the order of writing.
    sample_id, annotator, session : str
    created_at : datetime
        UTC.
    flagged : bool
        Somebody should look at the sample.
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
        """Whether it only takes back the note before."""
        return not self.flagged and not self.comment


@dataclass(frozen=True, slots=True)
class Judged:
    """A label beside the suggestion of a model that learned from other samples only.

    Attributes
    ----------
    label : Label
        The event whose label holds, by the present names of the classes.
    suggestion : Suggestion
        Out of sample: the label had no part in it.
    quality : float in [0, 1]
        How likely the label is (`dalt.labeling.quality.accuracy.label_quality`); look at low ones
        first.
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
