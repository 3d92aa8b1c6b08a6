"""What other programs drew on pictures, as labels of a project with boxes, polygons or points."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from dalt.core.errors import shown
from dalt.core.records import ClassSet
from dalt.data.exchange.items import Imported, Item, Unusable

Points = Sequence[Sequence[float]]
NAMED_AT_MOST = 5
"""Reasons that one sentence has."""
_LARGEST = 1e15
"""No number of a picture is so large, and sums and squares of smaller ones are finite."""
TURNED = "is a turned box: boxes here are upright, and a project of polygons takes it"


class Unfit(ValueError):
    """What is drawn does not fit; the message is the second half of a sentence."""


@dataclass(frozen=True, slots=True)
class Point:
    """A point that was drawn, with its own name if it is a part of a skeleton."""

    x: float
    y: float
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Drawn:
    """One object of a picture, in all the shapes that a file has for it, in checked numbers.

    Attributes
    ----------
    where : str
        For people: "annotation 3".
    label : str
    box : points, optional
        Two or more corners of an upright box, in any order.
    polygons : sequence of points
        The parts of one object.
    points : sequence of Point, optional
        An empty sequence means that none of its points can be seen; None that it has none.
    shares : bool
        Whether all numbers are shares of the picture's sides.
    no_box, no_polygon : str
        Why it is no box, or no polygon, if it is drawn as something else.
    """

    where: str
    label: str
    box: Points | None = None
    polygons: Sequence[Points] = ()
    points: Sequence[Point] | None = None
    shares: bool = False
    no_box: str = ""
    no_polygon: str = ""


@dataclass(frozen=True, slots=True)
class Broken:
    """An object of a picture that makes no sense: "annotation 3", "has no category"."""

    where: str
    why: str


def settled(item: Imported, objects: Iterable[Drawn | Broken], classes: ClassSet) -> Item:
    """Return an item with the label that the objects of its picture make in a project.

    In a project of boxes an object counts by its box, or by the box around its polygons; in a
    project of polygons by its polygons, each a region; in one of points by its points.  In a
    project of classes the picture has the classes of its objects.  A picture of which nothing can
    be taken is unusable: it must not look like one with nothing on it.

    Parameters
    ----------
    item : Imported
        What the file says of the picture; its label is not looked at.
    objects : iterable of Drawn or Broken
    classes : ClassSet

    Examples
    --------
    >>> cat = Drawn("object 1", "cat", box=((10, 20), (4, 5)))
    >>> settled(Imported("Line 1", None), [cat], ClassSet(("cat",), shape="box")).label
    [{'shape': 'box', 'label': 'cat', 'points': [[4, 5], [10, 20]]}]
    """
    taken: list[Any] = []
    left_out = list(item.left_out)
    for each in objects:
        try:
            if isinstance(each, Broken):
                raise Unfit(each.why)
            regions = _taken(each, classes)
            taken += regions
            if classes.shape == "polygon" and (flat := len(each.polygons) - len(regions)):
                left_out.append(
                    f"{each.where} has {flat} of {len(each.polygons)} parts without size"
                )
        except Unfit as why:
            left_out.append(f"{each.where} {why}")
    if left_out and not taken:
        return Unusable(item.where, f"has nothing that can be imported: {listed(left_out)}")
    if classes.shape:
        return replace(item, label=taken, left_out=tuple(left_out))
    names = list(dict.fromkeys(taken))
    if classes.multi:
        return replace(item, label=names, left_out=tuple(left_out))
    if len(names) == 1:
        return replace(item, label=names[0], left_out=tuple(left_out))
    return Unusable(item.where, _not_one(names))


def listed(reasons: Sequence[str]) -> str:
    """Name the first reasons, and how many there are."""
    more = len(reasons) - NAMED_AT_MOST
    said = "; ".join(reasons[:NAMED_AT_MOST])
    return f"{said}; and {more} more" if more > 0 else said


def number(value: Any) -> float:
    """A finite number, also if it is written as text; whole ones as int.

    Raises
    ------
    Unfit
        If it is none.
    """
    kind = type(value)
    if (kind is int or kind is float) and abs(value) < _LARGEST:
        return value
    try:
        found = float(value)
        if isinstance(value, bool) or not abs(found) < _LARGEST:
            raise ValueError
    except (TypeError, ValueError, OverflowError):
        raise Unfit(f"has {shown(value)} where a number has to be") from None
    return found


def class_name(value: Any) -> str:
    """The name of a class, which may be a number in JSON.

    Raises
    ------
    Unfit
        If there is none.

    Examples
    --------
    >>> class_name(" cat "), class_name(3), class_name(3.0)
    ('cat', '3', '3')
    """
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    name = str(value).strip() if isinstance(value, str | int | float) else ""
    if not name or isinstance(value, bool):
        raise Unfit("has no class")
    return name


def pairs(flat: Sequence[Any]) -> list[list[float]]:
    """Points from x, y, x, y, ….

    Raises
    ------
    Unfit
        If a number is missing or is none.
    """
    if len(flat) % 2:
        raise Unfit(f"has {len(flat)} numbers, which are no pairs of x and y")
    values = [number(each) for each in flat]
    return [[x, y] for x, y in zip(values[::2], values[1::2], strict=True)]


def turned_corners(
    x: float, y: float, width: float, height: float, angle: float
) -> list[tuple[float, float]]:
    """Corners of a box that is turned about its middle, clockwise by an angle in radians."""
    cos, sin = math.cos(angle), math.sin(angle)
    return [
        (round(x + dx * cos - dy * sin, 6), round(y + dx * sin + dy * cos, 6))
        for dx, dy in (
            (-width / 2, -height / 2),
            (width / 2, -height / 2),
            (width / 2, height / 2),
            (-width / 2, height / 2),
        )
    ]


def _not_one(names: Sequence[str]) -> str:
    if not names:
        return "has no class"
    some = ", ".join(shown(name) for name in names[:NAMED_AT_MOST])
    return f"has {len(names)} classes ({some}), and a sample has one class in this project"


def _taken(drawn: Drawn, classes: ClassSet) -> list[Any]:
    label = class_name(drawn.label)
    if classes.shape is None:
        return [label]
    if classes.shape == "box":
        return [_region(drawn, "box", label, _corners(drawn))]
    if classes.shape == "polygon":
        return [_region(drawn, "polygon", label, each) for each in _polygons(drawn)]
    if classes.shape == "point":
        if drawn.points is None:
            raise Unfit("has no points, and this project marks points")
        return _points(drawn, label, classes)
    raise Unfit("is a part of a picture, and this project marks parts of texts")


def _region(drawn: Drawn, shape: str, label: str, points: Points) -> dict[str, Any]:
    region = {"shape": shape, "label": label, "points": [list(each) for each in points]}
    return region | {"shares": True} if drawn.shares else region


def _corners(drawn: Drawn) -> list[list[float]]:
    if drawn.no_box:
        raise Unfit(drawn.no_box)
    given = drawn.box or [each for part in drawn.polygons for each in part]
    if not given:
        raise Unfit("has no box, and this project marks boxes")
    xs, ys = zip(*given, strict=True)
    if min(xs) == max(xs) or min(ys) == max(ys):
        raise Unfit("is a box of no size")
    return [[min(xs), min(ys)], [max(xs), max(ys)]]


def _polygons(drawn: Drawn) -> list[Points]:
    if drawn.no_polygon:
        raise Unfit(drawn.no_polygon)
    if not drawn.polygons:
        raise Unfit("has no polygon, and this project marks polygons")
    parts: list[Points] = [part for part in drawn.polygons if _has_size(part)]
    if not parts:
        raise Unfit("is a polygon of no size")
    return parts


def _has_size(part: Points) -> bool:
    """Whether a polygon has three different points, which are not all below or beside one."""
    different: list[Sequence[float]] = []
    for point in part:
        if point not in different:
            different.append(point)
            if len(different) == 3:
                break
    xs, ys = [x for x, _ in part], [y for _, y in part]
    return len(different) == 3 and min(xs) < max(xs) and min(ys) < max(ys)


def _points(drawn: Drawn, label: str, classes: ClassSet) -> list[dict[str, Any]]:
    """Points of a skeleton have their own names if those are the classes of the project."""
    known = {*classes.names, *classes.former}
    given = drawn.points or ()
    named = [each.name in known for each in given if each.name]
    own = bool(named) and (all(named) or (label not in known and any(named)))
    return [
        _region(drawn, "point", (own and each.name) or label, [[each.x, each.y]]) for each in given
    ]
