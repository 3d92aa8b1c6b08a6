"""A model's suggestion for a sample, and the values of labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from dalt.core.regions import Region


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Classes ranked by probability, and the snapshot they come from.

    Attributes
    ----------
    classes : tuple of str
    probabilities : tuple of float
    snapshot : int or None
    suggesters : tuple of str
        Names of the sources beside the model that said something of the sample.

    Examples
    --------
    >>> Suggestion(("cat", "dog"), (0.75, 0.25), snapshot=3).top
    'cat'
    >>> Suggestion().top is None
    True
    """

    classes: tuple[str, ...] = ()
    probabilities: tuple[float, ...] = ()
    snapshot: int | None = None
    suggesters: tuple[str, ...] = ()

    @property
    def top(self) -> str | None:
        """The likeliest class, or None before the first snapshot."""
        return self.classes[0] if self.classes else None

    @property
    def likely(self) -> tuple[str, ...]:
        """The classes that are likelier than not, as a multi-label answer."""
        ranked = zip(self.classes, self.probabilities, strict=True)
        return tuple(name for name, share in ranked if share >= 0.5)

    @property
    def top_probability(self) -> float | None:
        """The probability of `top`, or None before the first snapshot."""
        return self.probabilities[0] if self.probabilities else None


LabelValue = str | tuple[str, ...] | tuple[Region, ...]
"""A label's value: a class; (multi-label) classes in their order, maybe none; or regions."""
Task = Literal["classes", "boxes", "polygons", "points", "spans"]
