"""A part of a sample that has a class of its own."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from operator import lt
from typing import Any, Literal

from dalt.core.errors import BadInput, shown

Shape = Literal["box", "polygon", "point", "span"]
_NEEDS = (
    "A span has 0 <= start < end, a box its upper left and lower right corner, a point one "
    "point, a polygon three or more."
)


@dataclass(frozen=True, slots=True)
class Region:
    """A part of a picture or a text, and its class.

    Attributes
    ----------
    shape : {"box", "polygon", "point", "span"}
    label : str
    points : tuple of (float, float)
        x and y in pixels of the raw picture, from its upper left corner: two corners of
        a box (upper left, lower right), one point, or three and more of a polygon.
    start, end : int
        Of a span: characters (code points) of the text, `end` not included.

    Examples
    --------
    >>> box = Region("box", "cat", points=((2, 3), (20, 30)))
    >>> Region.from_json(box.to_json()) == box
    True
    >>> Region("span", "person", start=4, end=9).to_json()
    {'shape': 'span', 'label': 'person', 'start': 4, 'end': 9}
    """

    shape: Shape
    label: str
    points: tuple[tuple[float, float], ...] = ()
    start: int = 0
    end: int = 0

    def __post_init__(self) -> None:
        numbers = [value for point in self.points for value in point]
        if not all(isinstance(value, int | float) and math.isfinite(value) for value in numbers):
            raise BadInput(
                f"The points of a region are pairs of numbers, not {shown(self.points, 200)}."
            )
        fits = {
            "span": not self.points and 0 <= self.start < self.end,
            "point": len(self.points) == 1,
            "box": len(self.points) == 2 and all(map(lt, *self.points)),
            "polygon": len(self.points) >= 3,
        }
        if not fits.get(self.shape, False):
            raise BadInput(f"This is not a {self.shape}: {shown(self.to_json(), 200)}. {_NEEDS}")

    def cut_to(self, width: int, height: int) -> Region:
        """Return the region cut at the borders of a picture, which a hand overshoots a little.

        Parameters
        ----------
        width, height : int
            Of the picture, in pixels.

        Raises
        ------
        BadInput
            If it is outside, or reaches out by more than a twentieth of the picture.

        Examples
        --------
        >>> Region("box", "cat", points=((-1, 3), (20, 30))).cut_to(40, 30).points
        ((0.0, 3.0), (20.0, 30.0))
        """
        slack_x, slack_y = max(2.0, width / 20), max(2.0, height / 20)
        for x, y in self.points:
            if not (-slack_x <= x <= width + slack_x and -slack_y <= y <= height + slack_y):
                raise BadInput(
                    f"The {self.shape} {self.to_json()['points']} lies outside its picture of "
                    f"{width} × {height} pixels."
                )
        cut = tuple(
            (min(max(float(x), 0.0), float(width)), min(max(float(y), 0.0), float(height)))
            for x, y in self.points
        )
        return replace(self, points=cut)

    def to_json(self) -> dict[str, Any]:
        """Its form in the store, in messages and in files."""
        said: dict[str, Any] = {"shape": self.shape, "label": self.label}
        if self.shape == "span":
            return said | {"start": self.start, "end": self.end}
        return said | {"points": [list(point) for point in self.points]}

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> Region:
        """Read what `to_json` wrote."""
        points = tuple((float(x), float(y)) for x, y in said.get("points", ()))
        return cls(said["shape"], said["label"], points, said.get("start", 0), said.get("end", 0))


@dataclass(frozen=True, slots=True)
class Proposal:
    """A region that the model proposes, and how likely it is right."""

    region: Region
    probability: float
