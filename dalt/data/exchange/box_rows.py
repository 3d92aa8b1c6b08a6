"""Tables with a row for each box, in columns for its corners."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from dalt.core.records import ClassSet
from dalt.data.exchange.drawn import Broken, Drawn, Unfit, class_name, number, settled
from dalt.data.exchange.field_names import plain_name
from dalt.data.exchange.items import Imported, Item, Reading, Unusable
from dalt.data.exchange.labelled_rows import Columns, item_in

_CORNERS = (
    ("xmin", "ymin", "xmax", "ymax"),
    ("x1", "y1", "x2", "y2"),
    ("left", "top", "right", "bottom"),
)
_SIDES = ("width", "height")
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class BoxColumns:
    """The columns of a table that hold the corners of boxes.

    Attributes
    ----------
    corners : tuple of str
        Left, top, right and bottom.
    sides : tuple of str
        Width and height of the picture, if they are there.
    """

    corners: tuple[str, ...]
    sides: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """All of them."""
        return self.corners + self.sides


@dataclass(slots=True)
class _Picture:
    """A sample of the table with its boxes."""

    item: Imported
    drawn: list[Drawn | Broken] = field(default_factory=list)


def box_columns(header: Sequence[str], classes: ClassSet) -> BoxColumns | None:
    """Find the columns of corners; None if there are none, or the project marks no boxes.

    Examples
    --------
    >>> box_columns(["file", "class", "X_min", "Y_min", "X_max", "Y_max"], \
ClassSet(("cat",), shape="box"))
    BoxColumns(corners=('X_min', 'Y_min', 'X_max', 'Y_max'), sides=())
    """
    if classes.shape != "box":
        return None
    by_name = {plain_name(name).replace("_", ""): name for name in reversed(header)}
    for names in _CORNERS:
        if all(name in by_name for name in names):
            sides = _SIDES if all(name in by_name for name in _SIDES) else ()
            return BoxColumns(
                tuple(by_name[name] for name in names), tuple(by_name[name] for name in sides)
            )
    return None


def items_of_table(
    rows: Iterable[tuple[str, Row] | Unusable],
    columns: Columns,
    boxes: BoxColumns | None,
    classes: ClassSet,
    reading: Reading,
) -> Iterator[Item]:
    """Yield the labels of a table: one for each row, or for each sample where rows are boxes.

    Parameters
    ----------
    rows : iterable of (str, mapping) or Unusable
        The place of each row, and at least the cells of `columns` and of `boxes`.
    columns : Columns
    boxes : BoxColumns, optional
    classes : ClassSet
    reading : Reading
    """
    if boxes is not None:
        yield from _boxes(rows, columns, boxes, classes)
        return
    for row in rows:
        yield row if isinstance(row, Unusable) else item_in(*row, columns, classes, reading)


def _boxes(
    rows: Iterable[tuple[str, Row] | Unusable],
    columns: Columns,
    boxes: BoxColumns,
    classes: ClassSet,
) -> Iterator[Item]:
    """The boxes of each sample, whose rows may stand anywhere in the table.

    Corners are pixels; where no number in the table is above 1, they are shares of the sides.
    """
    pictures: dict[tuple[str | None, ...], _Picture] = {}
    for row in rows:
        if isinstance(row, Unusable):
            yield row
            continue
        where, cells = row
        item = columns.item(where, cells.get)
        if isinstance(item, Unusable):
            yield item
            continue
        key = (item.sample_id, item.row, item.source, item.text, item.annotator)
        drawn = _drawn(item, cells, boxes)
        picture = pictures.setdefault(key, _Picture(replace(item, size=_size(cells, boxes, drawn))))
        picture.drawn.append(drawn)
    shares = _are_shares(pictures.values())
    for picture in pictures.values():
        parts = (
            replace(each, shares=shares) if isinstance(each, Drawn) else each
            for each in picture.drawn
        )
        yield settled(replace(picture.item, label=None), parts, classes)


def _drawn(item: Imported, cells: Row, boxes: BoxColumns) -> Drawn | Broken:
    where = item.where[:1].lower() + item.where[1:]
    try:
        left, top, right, bottom = (_number(cells.get(name), name) for name in boxes.corners)
        if left >= right or top >= bottom:
            raise Unfit(f"is a box of no size, from {left:g}, {top:g} to {right:g}, {bottom:g}")
        return Drawn(where, class_name(item.label), box=((left, top), (right, bottom)))
    except Unfit as why:
        return Broken(where, str(why))


def _number(cell: Any, name: str) -> float:
    if cell is None or cell == "":
        raise Unfit(f"has no {name}")
    return number(cell)


def _size(cells: Row, boxes: BoxColumns, drawn: Drawn | Broken) -> tuple[int, int] | None:
    """The picture's size; None where these can only be the sides of the box."""
    if isinstance(drawn, Broken) or not boxes.sides:
        return None
    try:
        width, height = (int(number(cells.get(name))) for name in boxes.sides)
    except Unfit:
        return None
    right, bottom = drawn.box[1] if drawn.box else (0, 0)
    return (width, height) if width >= max(right, 1) and height >= max(bottom, 1) else None


def _are_shares(pictures: Iterable[_Picture]) -> bool:
    corners = [
        value
        for picture in pictures
        for each in picture.drawn
        if isinstance(each, Drawn)
        for point in each.box or ()
        for value in point
    ]
    return bool(corners) and max(corners) <= 1
