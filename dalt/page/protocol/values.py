"""What messages of the page and of the kernel have in common."""

# No postponed annotations: a string hides `NotRequired` from `TypedDict`.
from typing import Literal, NotRequired, TypedDict

Point = tuple[float, float]
Kind = Literal["image", "text", "table", "audio"]


class Region(TypedDict):
    """A span has `start` and `end` in code points, every other shape `points` in pixels."""

    shape: Literal["span", "box", "polygon", "point"]
    label: str
    points: NotRequired[list[Point]]
    start: NotRequired[int]
    end: NotRequired[int]


LabelSaid = str | list[str | Region]
"""One class, or several, or what is marked."""


class Seen(TypedDict):
    """The suggestion that was on screen: names of classes, the likeliest first."""

    snapshot: int | None
    classes: list[str]
    probabilities: list[float]
    suggesters: NotRequired[list[str]]
