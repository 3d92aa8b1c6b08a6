"""Boxes of Hugging Face datasets, which do not say whether they are corners or sizes."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Literal

Way = Literal["size", "corners", "centre"]
"""x, y, width, height as in COCO; x1, y1, x2, y2 as in VOC; centre and size as in YOLO."""

LOOKED_AT = 1_000
"""Pictures with boxes from which the way is found out."""
OVER = 1.05
"""By how much boxes may reach out of a picture: hands overshoot."""
BOXES = ("bbox", "bboxes", "box", "boxes")
DRAWN = (*BOXES, "segmentation", "keypoints")
CATEGORIES = (
    "category", "categories", "category_id", "category_ids", "label", "labels", "class", "classes",
    "class_id", "class_label", "name",
)  # fmt: skip
_NAMED = (  # left, top, then right and bottom, or width and height
    ("xmin", "ymin", "xmax", "ymax", True), ("x_min", "y_min", "x_max", "y_max", True),
    ("x1", "y1", "x2", "y2", True), ("left", "top", "right", "bottom", True),
    ("x", "y", "width", "height", False), ("x", "y", "w", "h", False),
    ("left", "top", "width", "height", False),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Object:
    """An object of a picture, as the dataset has it.

    Attributes
    ----------
    box, category : object
        None where it has none.
    key : str
        The field of the category.
    fields : mapping
        All that it has: ``segmentation``, ``keypoints`` …
    """

    box: Any
    category: Any
    key: str
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BoxWay:
    """How the numbers of boxes are meant; `shares` if they are shares of the picture's sides."""

    way: Way = "size"
    shares: bool = False


def objects_of(said: Any) -> list[Object] | None:
    """The objects of a row, from a list of fields or from fields of lists; None if they are none.

    Examples
    --------
    >>> [found] = objects_of({"bbox": [[1, 2, 3, 4]], "category": [0]})
    >>> found.box, found.category, found.key
    ([1, 2, 3, 4], 0, 'category')
    >>> [found] = objects_of([{"box": [1, 2, 3, 4], "label": "cat"}])
    >>> found.box, found.category, found.key
    ([1, 2, 3, 4], 'cat', 'label')
    """
    if isinstance(said, Mapping):
        key = _first(said, CATEGORIES)
        categories = said[key] if key else None
        if not isinstance(categories, list) or not any(said.get(name) for name in DRAWN):
            return [] if categories == [] else None
        lists = {name: each for name, each in said.items() if isinstance(each, list)}
        if any(len(lists.get(name, categories)) != len(categories) for name in DRAWN):
            return None
        whole = {name: each for name, each in lists.items() if len(each) == len(categories)}
        return [
            _object({name: each[place] for name, each in whole.items()}, str(key))
            for place in range(len(categories))
        ]
    if not isinstance(said, list):
        return None
    keys = [_first(each, CATEGORIES) if isinstance(each, Mapping) else None for each in said]
    if any(key is None for key in keys):
        return None
    return [_object(each, str(key)) for each, key in zip(said, keys, strict=True)]


def _object(said: Mapping[str, Any], key: str) -> Object:
    box = _first(said, BOXES)
    named = any(all(name in said for name in names) for *names, _ in _NAMED)
    return Object(said[box] if box else said if named else None, said[key], key, said)


def _first(said: Mapping[str, Any], names: Iterable[str]) -> str | None:
    return next((name for name in names if said.get(name) is not None), None)


def corners_of(box: Any, how: BoxWay) -> list[list[float]] | None:
    """Upper left and lower right corner; None if these are not four numbers.

    Examples
    --------
    >>> corners_of([1, 2, 3, 4], BoxWay())
    [[1, 2], [4, 6]]
    >>> corners_of({"x1": 1, "y1": 2, "x2": 3, "y2": 4}, BoxWay())
    [[1, 2], [3, 4]]
    """
    if isinstance(box, Mapping):
        for *names, corners in _NAMED:
            if all(name in box for name in names):
                return corners_of([box[n] for n in names], BoxWay("corners" if corners else "size"))
        return None
    if not _four(box):
        return None
    x, y, a, b = box
    if how.way == "corners":
        return [[x, y], [a, b]]
    if how.way == "centre":
        x, y = x - a / 2, y - b / 2
    return [[round(x, 6), round(y, 6)], [round(x + a, 6), round(y + b, 6)]]


def _four(box: Any) -> bool:
    return (
        isinstance(box, list | tuple)
        and len(box) == 4
        and all(isinstance(each, int | float) and not isinstance(each, bool) for each in box)
    )


def way_of(pictures: Iterable[tuple[list[Object], tuple[int, int] | None]]) -> BoxWay | None:
    """Find out how boxes are written; None if they can be meant in several ways.

    Pixels are taken as x, y, width and height, as that library's documents have them, unless
    such boxes would reach out of their pictures and corners would not.  Shares of the sides say
    nothing of the way, unless all but one would reach out.

    Parameters
    ----------
    pictures : iterable of (list of Object, size or None)

    Examples
    --------
    >>> way_of([([Object([60, 10, 90, 30], "cat", "category")], (100, 50))])
    BoxWay(way='corners', shares=False)
    """
    seen = [
        (tuple(each.box), size)
        for objects, size in islice(pictures, LOOKED_AT)
        for each in objects
        if _four(each.box)
    ]
    shares = bool(seen) and all(max(box) <= 1 for box, _ in seen)
    possible = [way for way in _WAYS if all(_inside(way, *each, shares) for each in seen)]
    if not shares:
        return BoxWay(possible[0] if possible else "size")
    return BoxWay(possible[0], True) if len(possible) == 1 else None


_WAYS: tuple[Way, ...] = ("size", "corners", "centre")


def _inside(way: Way, box: tuple[float, ...], size: tuple[int, int] | None, shares: bool) -> bool:
    found = corners_of(box, BoxWay(way))
    if found is None:
        return False
    (left, top), (right, bottom) = found
    if right < left or bottom < top:
        return False
    if size is None and not shares:
        return True
    width, height = (1, 1) if shares or size is None else size
    slack_x, slack_y = (OVER - 1) * width, (OVER - 1) * height
    return (
        left >= -slack_x
        and top >= -slack_y
        and right <= width + slack_x
        and bottom <= height + slack_y
    )


def size_of(
    row: Mapping[str, Any], data: bytes | None, files: Iterable[Path]
) -> tuple[int, int] | None:
    """Width and height of a row's picture: as the row says, or as the header of its file does."""
    width, height = row.get("width"), row.get("height")
    if isinstance(width, int) and isinstance(height, int) and width > 0 and height > 0:
        return width, height
    from PIL import Image

    for source in _sources(data, files):
        try:
            with Image.open(source) as picture:
                return picture.size
        except (OSError, ValueError, Image.DecompressionBombError):
            continue
    return None


def _sources(data: bytes | None, files: Iterable[Path]) -> Iterator[Any]:
    if data is not None:
        yield io.BytesIO(data)
    yield from (file for file in files if file.is_file())
