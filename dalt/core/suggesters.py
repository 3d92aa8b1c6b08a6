"""Records of sources of suggestions beside the model, and of what they say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

SuggesterKind = Literal["file", "live"]
"""Votes were given once, or come from a function that is asked about every sample."""
Vote = Mapping[str, float] | None
"""From classes to probabilities, which sum to 1 at most; None says nothing."""


@dataclass(frozen=True, slots=True)
class SuggesterRecord:
    """A source of suggestions, as the store knows it.

    Attributes
    ----------
    suggester_id : int
    name : str
        Its name in the project.
    kind : {"file", "live"}
    version : str
        Hash of what decides its votes.
    trouble : str
        What it could not do, as a sentence; empty if all is well.
    created_at : datetime
    removed_at : datetime or None
    """

    suggester_id: int
    name: str
    kind: SuggesterKind
    version: str
    trouble: str
    created_at: datetime
    removed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class VoteRecord:
    """What a source said of a sample.

    Attributes
    ----------
    vote_id, suggester_id : int
    position : int
        Of the sample.
    content : Vote
        By the names that the classes had then.
    knew : bool
        It may have known a label of the sample, so the vote does not say how good it is.
    """

    vote_id: int
    suggester_id: int
    position: int
    content: Vote
    knew: bool


@dataclass(frozen=True, slots=True)
class Voted:
    """What became of votes that were given.

    Attributes
    ----------
    new, replaced, unchanged : int
        Votes on samples without one, on samples with another, and those that held already.
    """

    new: int = 0
    replaced: int = 0
    unchanged: int = 0

    def __add__(self, other: Voted) -> Voted:
        """Sum up two parts."""
        return Voted(
            self.new + other.new,
            self.replaced + other.replaced,
            self.unchanged + other.unchanged,
        )
