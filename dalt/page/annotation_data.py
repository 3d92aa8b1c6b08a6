"""Labels as ipyannotations' widgets have them in ``.data``, and back, exactly.

A format belongs to one sample on screen.  It turns data that it wrote itself back into exactly the
same label, so a proposal that nobody touched is recorded without rounding.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from numbers import Integral
from typing import Any, Protocol

from dalt.core.errors import BadInput, shown
from dalt.core.records import Region, Shape

Spans = list[tuple[int, int, str]]
DECIMALS = 2
"""Coordinates in pictures are rounded to a hundredth of a pixel, as on DALT's page."""
_PLACES = {"box": "xyxy", "polygon": "points", "point": "coordinates"}
_EXAMPLES = {
    "box": "{'type': 'box', 'label': 'cat', 'xyxy': (2, 3, 20, 30)}",
    "polygon": "{'type': 'polygon', 'label': 'cat', 'points': [(2, 3), (20, 3), (20, 30)]}",
    "point": "{'type': 'point', 'label': 'cat', 'coordinates': (2, 3)}",
}
_STAND_INS = {ord("<"): "\u2039", ord(">"): "\u203a", 0: "\ufffd"}
_REFERENCE = re.compile("&(?=[A-Za-z0-9#])")


class DataFormat(Protocol):
    """How the label of one sample stands in a widget's ``.data``."""

    def write(self, label: Any) -> Any:
        """A label as the widget takes it."""

    def read(self, data: Any) -> Any:
        """The widget's answer, as a label.

        Raises
        ------
        BadInput
            If the data is no valid label; the message says what to do.
        """


class ClassData:
    """A class, or in a multi-label project a list of them.

    Parameters
    ----------
    multi : bool

    Examples
    --------
    >>> ClassData(multi=True).write(("cat", "dog"))
    ['cat', 'dog']
    """

    def __init__(self, multi: bool) -> None:
        self._multi = multi

    def write(self, label: Any) -> Any:
        """A label as the widget takes it; no label is "" or an empty list."""
        return list(label or ()) if self._multi else label or ""

    def read(self, data: Any) -> Any:
        """A str, or a list of str; the session checks later whether the classes exist."""
        if self._multi:
            if isinstance(data, str) or not isinstance(data, Sequence):
                raise BadInput(
                    f"The widget submitted {shown(data)}; a multi-label project takes a list of "
                    "classes, [] for none."
                )
            return list(data)
        if not isinstance(data, str):
            raise BadInput(f"The widget submitted {shown(data)}; this project takes one class.")
        return data


class PictureData:
    """Boxes, polygons or points in a picture, as a list of dicts.

    Parameters
    ----------
    shape : {"box", "polygon", "point"}
    scale : (float, float)
        Pixels of the shown picture per pixel of the raw picture, in x and y.

    Examples
    --------
    >>> boxes = PictureData("box", scale=(10, 10))
    >>> boxes.write([Region("box", "cat", ((0.5, 1.0), (2.0, 3.0)))])
    [{'type': 'box', 'label': 'cat', 'xyxy': (5.0, 10.0, 20.0, 30.0)}]
    >>> boxes.read([{"type": "box", "label": "dog", "xyxy": (1, 2, 7, 8)}])[0].points
    ((0.1, 0.2), (0.7, 0.8))
    """

    def __init__(self, shape: Shape, scale: tuple[float, float] = (1.0, 1.0)) -> None:
        self._shape = shape
        self._scale = scale
        self._written: dict[object, Region] = {}

    def write(self, label: Sequence[Region]) -> list[dict[str, Any]]:
        """Regions as the widget takes them, in pixels of the picture that it shows."""
        data = [self._annotation(region) for region in label]
        self._written = {_frozen(each): region for each, region in zip(data, label, strict=True)}
        return data

    def read(self, data: Any) -> list[Region]:
        """The regions, in pixels of the raw picture."""
        if isinstance(data, str | Mapping) or not isinstance(data, Sequence):
            raise self._misfit(data)
        return [self._region(each) for each in data]

    def _annotation(self, region: Region) -> dict[str, Any]:
        points = [self._scaled(point) for point in region.points]
        places: Any = points
        if self._shape == "box":
            places = (*points[0], *points[1])
        elif self._shape == "point":
            places = points[0]
        return {"type": self._shape, "label": region.label, _PLACES[self._shape]: places}

    def _scaled(self, point: tuple[float, float]) -> tuple[float, float]:
        (x, y), (along, down) = point, self._scale
        return x * along, y * down

    def _region(self, data: Any) -> Region:
        try:
            known = self._written.get(_frozen(data))
            if known is not None:
                return known
            kind, label, places = data["type"], data["label"], data[_PLACES[self._shape]]
            points = self._points(places)
        except (KeyError, TypeError, ValueError, IndexError):
            raise self._misfit(data) from None
        if kind != self._shape:
            raise self._misfit(data)
        if not isinstance(label, str):
            raise BadInput(
                f"A {self._shape} has no class: remove it, choose a class, mark it again and "
                "submit."
            )
        return self._checked(label, points)

    def _points(self, places: Any) -> tuple[tuple[float, float], ...]:
        """Points in the raw picture, as `Region` has them."""
        along, down = self._scale
        if self._shape == "box":
            left, top, right, bottom = map(float, places)
            pairs = [(min(left, right), min(top, bottom)), (max(left, right), max(top, bottom))]
        elif self._shape == "point":
            x, y = map(float, places)
            pairs = [(x, y)]
        else:
            pairs = [(float(x), float(y)) for x, y in places]
            if len(pairs) > 1 and pairs[0] == pairs[-1]:
                pairs = pairs[:-1]  # a closed polygon ends where it begins
        return tuple((round(x / along, DECIMALS), round(y / down, DECIMALS)) for x, y in pairs)

    def _checked(self, label: str, points: tuple[tuple[float, float], ...]) -> Region:
        if self._shape == "box" and (points[0][0] == points[1][0] or points[0][1] == points[1][1]):
            raise BadInput(
                f"A box of {shown(label)} has no area: remove it (Undo), and submit again."
            )
        if self._shape == "polygon" and len(set(points)) < 3:
            raise BadInput(
                f"A polygon of {shown(label)} has fewer than three corners: remove it (Undo), and "
                "submit again."
            )
        return Region(self._shape, label, points)

    def _misfit(self, data: Any) -> BadInput:
        return BadInput(
            f"The widget submitted {shown(data, 100)}; this project takes a list with "
            f"{_EXAMPLES[self._shape]} for each {self._shape}."
        )


class SpanData:
    """Spans of a text, as a list of (start, end, class).

    Parameters
    ----------
    text : str
    in_utf16 : bool
        Whether start and end count UTF-16 code units, as a browser does, and not code points.

    Examples
    --------
    >>> spans = SpanData("😀 Ada", in_utf16=True)
    >>> spans.write([Region("span", "person", start=2, end=5)])
    [(3, 6, 'person')]
    >>> spans.read([[3, 6, "person"]])[0].start
    2
    """

    def __init__(self, text: str, in_utf16: bool = False) -> None:
        self._text = text
        self._in_utf16 = in_utf16

    def write(self, label: Sequence[Region]) -> Spans:
        """Spans as the widget takes them."""
        return [(self._out(each.start), self._out(each.end), each.label) for each in label]

    def read(self, data: Any) -> list[Region]:
        """Spans in code points, sorted by place, without repetitions."""
        try:
            if isinstance(data, str | Mapping):
                raise TypeError(data)
            spans = {self._span(start, end, label) for start, end, label in data}
        except (TypeError, ValueError):
            raise BadInput(
                f"The widget submitted {shown(data, 100)}; this project takes a list of "
                "(start, end, class), in characters of the text."
            ) from None
        return sorted(spans, key=lambda span: (span.start, span.end, span.label))

    def _span(self, start: object, end: object, label: object) -> Region:
        if not (isinstance(start, Integral) and isinstance(end, Integral)):
            raise TypeError(start, end)
        if not isinstance(label, str):
            raise TypeError(label)
        first, last = self._in(int(start)), self._in(int(end))
        if not 0 <= first < last <= len(self._text):
            raise BadInput(
                f"A span of {shown(label)} from {first} to {last} is not in this text of "
                f"{len(self._text)} characters: remove it, and submit again."
            )
        return Region("span", label, start=first, end=last)

    def _out(self, offset: int) -> int:
        return n_units(self._text[:offset]) if self._in_utf16 else offset

    def _in(self, offset: int) -> int:
        return in_code_points(self._text, offset) if self._in_utf16 else offset


def overlapping(spans: Sequence[Region]) -> tuple[Region, Region] | None:
    """The first two spans, sorted by place, that share a character.

    Examples
    --------
    >>> overlapping([Region("span", "a", start=0, end=4), Region("span", "b", start=4, end=6)])
    """
    ordered = sorted(spans, key=lambda span: (span.start, span.end))
    for one, other in pairwise(ordered):
        if other.start < one.end:
            return one, other
    return None


def n_units(text: str) -> int:
    """The number of UTF-16 code units in a text: its length in a browser.

    Examples
    --------
    >>> n_units("a😀")
    3
    """
    return len(text) + sum(character > "\uffff" for character in text)


def in_code_points(text: str, units: int) -> int:
    """An offset in UTF-16 code units, converted to code points.

    Inside a character it becomes that of the character's end; beyond the text it stays beyond.

    Examples
    --------
    >>> in_code_points("a😀b", 3)
    2
    """
    if units < 0:
        return units
    passed = 0
    for at, character in enumerate(text):
        if passed >= units:
            return at
        passed += 1 + (character > "\uffff")
    return len(text) + max(0, units - passed)


def without_markup(text: str) -> str:
    """A text for a widget that reads it as HTML.

    ``<``, ``>`` and an ``&`` that would begin a character reference become characters that look
    like them.  Characters that a browser would drop become ones that it keeps: all offsets stay.

    Examples
    --------
    >>> shown = without_markup("<b>")
    >>> len(shown), "<" in shown
    (3, False)
    """
    # A browser makes one line break of a carriage return, with or without a line feed.
    joined = re.sub("\r(?=\n)", "\u200b", text).replace("\r", "\n")
    return _REFERENCE.sub("\uff06", joined).translate(_STAND_INS)


def _frozen(value: Any) -> object:
    """A hashable copy of an annotation; lists, tuples and arrays of the same numbers are equal."""
    if isinstance(value, Mapping):
        return frozenset((key, _frozen(each)) for key, each in value.items())
    if isinstance(value, str) or not hasattr(value, "__iter__"):
        return value
    return tuple(map(_frozen, value))
