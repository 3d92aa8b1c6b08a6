"""Outcomes of looking for the sample that an item names."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from dalt.core.errors import shown

NO_SAMPLE = "is no sample of this project; see project.samples()"
SEVERAL = "samples of this project; see project.samples()"
CARRIED = f"holds a picture or sound that {NO_SAMPLE}"
_LONGEST = 200  # characters of a name in a sentence


class Match(NamedTuple):
    """The sample that an item names."""

    sample_id: str
    position: int


Outcome = Match | str | None
"""A sample; or the reason why an item names none for sure; or None while it is not known."""


def only(matches: Iterable[Match], name: str) -> Outcome:
    """The one sample that a name means, or the refusal if it can mean several.

    Examples
    --------
    >>> only([Match("f00d", 0)], "a.png"), only([], "a.png")
    (Match(sample_id='f00d', position=0), None)
    >>> only([Match("f00d", 0), Match("beef", 1)], "a.png")
    "'a.png' is 2 samples of this project; see project.samples()"
    """
    each = list(dict.fromkeys(matches))
    if len(each) > 1:
        said = shown(name, _LONGEST)
        return f"{said} is {len(each):,} {SEVERAL}"
    return each[0] if each else None


def unknown(name: str | None) -> str:
    """The reason where a name means no sample."""
    return f"{shown(name, _LONGEST)} {NO_SAMPLE}"


def gone(name: str, sample_id: str) -> str:
    """The reason where a name means a sample that was removed.

    Examples
    --------
    >>> gone("a.png", "f00d")
    "'a.png' was removed from this project; project.restore(['f00d']) brings it back"
    """
    restore = f"project.restore([{shown(sample_id, _LONGEST)}])"
    return f"{shown(name, _LONGEST)} was removed from this project; {restore} brings it back"
