"""The classes of a task, and how answers name them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from dalt.core.errors import BadInput, UnknownClass, shown
from dalt.core.regions import Region, Shape

if TYPE_CHECKING:
    from dalt.core.labels import Label
from dalt.core.suggestions import LabelValue, Suggestion

FARTHEST = 1e9
"""No picture has so many pixels a side; with numbers far larger, sums and areas overflow."""


@dataclass(frozen=True, slots=True)
class ClassSpec:
    """One class of the task.

    Attributes
    ----------
    name : str
    key : str
        One character; empty where all are taken.
    colour : str
        As in CSS: "#0072b2".
    description : str
        The guideline of this class.
    formerly : tuple of str
        Former names that labels may still have.
    group : str
        Its heading in the list of classes; empty for none.
    """

    name: str
    key: str = ""
    colour: str = ""
    description: str = ""
    formerly: tuple[str, ...] = ()
    group: str = ""


@dataclass(frozen=True, slots=True)
class ClassSet:
    """The classes of a task, for code that reads labels.

    Attributes
    ----------
    names : tuple of str
        The present names, in order.
    former : mapping of str to str
        From a former name that labels may still have to the present one.
    multi : bool
        Whether a sample can have several classes, or none.
    shape : str or None
        Shape of the regions that are marked; None where classes are of whole samples.

    Examples
    --------
    >>> pets = ClassSet(("Cat", "dog"), {"cat": "Cat"}, multi=True)
    >>> pets.present(("dog", "cat"))
    ('Cat', 'dog')
    """

    names: tuple[str, ...]
    former: Mapping[str, str] = field(default_factory=dict)
    multi: bool = False
    shape: Shape | None = None

    def present(self, label: LabelValue) -> LabelValue:
        """Return the present meaning of a label of any time.

        A name that is no longer a class stays as it is, after the others.  In a multi-label
        project the result is a tuple in the order of the classes.
        """
        if self.shape:
            return self.regions(label)
        if isinstance(label, str) and not self.multi:
            return self.former.get(label, label)
        given = (label,) if isinstance(label, str) else _names(label)
        found = dict.fromkeys(self.former.get(name, name) for name in given)
        known = tuple(name for name in self.names if name in found)
        return known + tuple(name for name in found if name not in self.names)

    def regions(self, label: LabelValue | None) -> tuple[Region, ...]:
        """The regions of a label of any time, with present names."""
        return tuple(
            replace(each, label=self.former.get(each.label, each.label))
            for each in (label if isinstance(label, tuple) else ())
            if isinstance(each, Region)
        )

    def named(self, label: LabelValue) -> tuple[str, ...]:
        """The classes that a label names, by present names; of regions each once."""
        now = self.present(label)
        return (now,) if isinstance(now, str) else _names(now)

    def read(self, event: Label) -> Label:
        """The event with present names; what is stored stays as it was."""
        return replace(
            event,
            label=None if event.label is None else self.present(event.label),
            suggested=None if event.suggested is None else self.present(event.suggested),
        )

    def of_suggestion(self, suggestion: Suggestion) -> Suggestion:
        """A suggestion with present names, without removed classes."""
        if all(name in self.names for name in suggestion.classes):
            return suggestion
        ranked: dict[str, float] = {}
        for name, share in zip(suggestion.classes, suggestion.probabilities, strict=True):
            now = self.former.get(name, name)
            if now in self.names:
                ranked[now] = max(share, ranked.get(now, 0.0))
        found = replace(suggestion, classes=tuple(ranked), probabilities=tuple(ranked.values()))
        return found if ranked else replace(found, suggesters=())

    def checked(self, label: object) -> LabelValue:
        """Return an answer as it is recorded; a former name counts as its present one.

        Raises
        ------
        UnknownClass
            If it names no class of the project.
        BadInput
            If it names several classes in a project where a sample has one.
        """
        if self.shape:
            return self._checked_regions(label)
        several = isinstance(label, Sequence) and not isinstance(label, str | bytes)
        if several and not self.multi:
            raise BadInput(
                f"A sample has one class in this project, not the list {shown(label)}; a project "
                "made with multi_label=True takes lists."
            )
        given: Sequence[object] = label if several else (label,)  # type: ignore[assignment]
        for name in given:
            if not isinstance(name, str) or self.former.get(name, name) not in self.names:
                raise UnknownClass(name, self.names)
        names = [str(name) for name in given]
        return self.present(tuple(names) if self.multi else names[0])

    def _checked_regions(self, label: object) -> tuple[Region, ...]:
        if isinstance(label, str) or not isinstance(label, Sequence):
            raise BadInput(f"This project marks regions: a list of Region, not {shown(label)}.")
        regions = [each if isinstance(each, Region) else _region(each) for each in label]
        for region in regions:
            if region.shape != self.shape:
                raise BadInput(f"This project marks regions of shape {self.shape}, not {region}.")
            if any(abs(value) > FARTHEST for point in region.points for value in point):
                raise BadInput(
                    f"The {region.shape} {shown(region.to_json()['points'], 120)} lies in no "
                    "picture: its points are pixels."
                )
            known = isinstance(region.label, str)  # files can hold anything
            if not known or self.former.get(region.label, region.label) not in self.names:
                raise UnknownClass(region.label, self.names)
        return self.regions(tuple(regions))


def _region(said: object) -> Region:
    try:
        return Region.from_json(said)  # type: ignore[arg-type]
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
        raise BadInput(
            f"This project marks regions: a list of Region, not {shown(said)}."
        ) from None


def _names(label: Sequence[str] | Sequence[Region]) -> tuple[str, ...]:
    """The classes in a list of names or regions, each once."""
    return tuple(dict.fromkeys(each.label if isinstance(each, Region) else each for each in label))
