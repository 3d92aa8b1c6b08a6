"""The label in a row of a Hugging Face dataset."""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from dalt.core.records import BadInput, ClassSet
from dalt.data.exchange.coco_reading import keypoints_of, polygons_of
from dalt.data.exchange.contents import bytes_of
from dalt.data.exchange.drawn import Broken, Drawn, Unfit, class_name
from dalt.data.exchange.hf_boxes import BOXES, BoxWay, Object, corners_of, objects_of
from dalt.data.exchange.hf_features import Features
from dalt.data.exchange.label_forms import NoLabel
from dalt.data.exchange.tags import joined, spans_of, style_of

CLASSES = ("label", "labels", "category", "class", "class_label", "intent", "sentiment", "emotion",
           "coarse_label", "target")  # fmt: skip
WRITTEN_OUT = ("label_text", "label_name", "label_str", "labels_text", "label_names")
"""Columns that name the classes beside one with their numbers."""
OBJECTS = ("objects", "annotations", "faces", "object")
TOKENS = ("tokens", "words")
TAGS = ("ner_tags", "tags", "ner", "ner_tag", "labels", "bio_tags", "iob_tags", "entities")
SPANS = ("spans", "entities", "entity_mentions", "labels", "label", "annotations")
_KIND_OF_SPAN = ("label", "type", "entity_group", "entity_type", "class", "tag", "category")
_END = ("end", "end_offset", "stop")
_START = ("start", "start_offset", "begin")
Row = Mapping[str, Any]


def parsed(cell: Any) -> Any:
    """What a cell of csv holds, where it is a list or mapping as JSON or as pandas writes them.

    Examples
    --------
    >>> parsed("[0, 1]"), parsed("['EU', 'rejects']"), parsed("a text")
    ([0, 1], ['EU', 'rejects'], 'a text')
    """
    if isinstance(cell, str) and cell[:1] in ("[", "{"):
        with suppress(ValueError, RecursionError):
            return json.loads(cell)
        with suppress(ValueError, SyntaxError, RecursionError, MemoryError):
            return ast.literal_eval(cell)  # constants only; nothing is run
    return cell


def class_column(row: Row, features: Features, classes: ClassSet, column: str | None) -> str | None:
    """The column with the classes of whole samples; None if there is none.

    Raises
    ------
    BadInput
        If there are several, and nothing says which.
    """
    if column is not None:
        return column if column in row else None
    known = {path[0]: leaf.names for path, leaf in features.items() if leaf.names}
    flat = [name for name in known if (name,) in features]
    named = [name for name in CLASSES if row.get(name) is not None or name in flat]
    if not flat:
        return _written_out(row, named[0]) if named else None
    if len(flat) < 2:
        return named[0] if named else flat[0]
    wanted = {*classes.names, *classes.former}
    fitting = [name for name in flat if {*known[name]} & wanted] or flat
    chosen = [name for name in named if name in fitting][:1] or fitting
    if len(chosen) > 1:
        raise BadInput(
            f"The dataset has the classes {', '.join(flat)}: name the column, label={flat[0]!r} or "
            f"--label {flat[0]}."
        )
    return chosen[0]


def _written_out(row: Row, column: str) -> str:
    """The column with names instead of numbers, if there is one."""
    said = row.get(column)
    numbers = all(isinstance(each, int) for each in (said if isinstance(said, list) else [said]))
    names = (name for name in WRITTEN_OUT if isinstance(row.get(name), str | list))
    return next(names, column) if numbers else column


def class_of(row: Row, column: str | None, features: Features, classes: ClassSet) -> Any:
    """The class of a row, or its classes.

    Raises
    ------
    NoLabel
    """
    if column is None:
        return _of_own_columns(row, classes)
    leaf = features.get((column,))
    return _named(row.get(column), leaf.names if leaf else ())


def _of_own_columns(row: Row, classes: ClassSet) -> Any:
    """Classes that have a column each, with 0 or 1."""
    cells = {name: row.get(name) for name in classes.names}
    if not cells or not all(cell in (0, 1, "0", "1") for cell in cells.values()):
        raise NoLabel("has no label")
    return [name for name, cell in cells.items() if int(cell or 0)]


def _named(cell: Any, names: tuple[str, ...]) -> Any:
    """Classes by their numbers in the dataset; -1 is none."""
    if isinstance(cell, list):
        return [_named(each, names) for each in cell]
    if cell is None or cell == "" or (names and cell in (-1, "-1")):
        raise NoLabel("has no label")
    if bytes_of(cell) is not None or isinstance(cell, Mapping):
        raise NoLabel("has a picture or several fields as its label, and no class")
    if not names or (isinstance(cell, str) and cell in names):
        return cell
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    if isinstance(cell, str) and not cell.isdecimal():
        return cell
    if not isinstance(cell, int | str) or not 0 <= int(cell) < len(names):
        raise NoLabel(f"has the class number {cell}, and the dataset names {len(names)} classes")
    return names[int(cell)]


# --- what is drawn ------------------------------------------------------------------------


def objects_in(row: Row, column: str | None) -> tuple[str, list[Object]] | None:
    """The objects of a row with their column; None if it has no such column."""
    for name in [column] if column else OBJECTS:
        found = objects_of(parsed(row.get(name))) if row.get(name) is not None else None
        if found is not None:
            return name, found
    if any(name in row for name in BOXES):  # boxes and classes in columns of their own
        found = objects_of({name: parsed(cell) for name, cell in row.items()})
        return ("", found) if found is not None else None
    return None


def drawn_in(
    row: Row, column: str | None, features: Features, classes: ClassSet, how: BoxWay | None
) -> list[Drawn | Broken]:
    """The objects of a row, in the shapes that the project takes.

    Raises
    ------
    NoLabel
        If it has none, and no regions as DALT writes them.
    """
    there = objects_in(row, column)
    if there is None and not isinstance(row.get("regions"), list):
        raise NoLabel("has no objects with boxes and classes")
    name, objects = there or ("", [])
    found: list[Drawn | Broken] = []
    for number, each in enumerate(objects, 1):
        leaf = features.get((name, each.key) if name else (each.key,))
        try:
            label = class_name(_named(each.category, leaf.names if leaf else ()))
            found.append(_drawn(f"object {number}", label, each, classes, how))
        except (NoLabel, Unfit) as why:
            found.append(Broken(f"object {number}", str(why)))
    return found


def _drawn(where: str, label: str, said: Object, classes: ClassSet, how: BoxWay | None) -> Drawn:
    if classes.shape == "point":
        return Drawn(where, label, points=keypoints_of(dict(said.fields), {}))
    if classes.shape == "polygon" or (classes.shape == "box" and said.box is None):
        return Drawn(where, label, polygons=polygons_of(dict(said.fields)))
    if classes.shape is None:
        return Drawn(where, label)
    if how is None and not isinstance(said.box, Mapping):
        raise Unfit(
            "has a box in shares of the sides, which may be corners, a size or a centre; give "
            "pixels as x, y, width, height"
        )
    corners = corners_of(said.box, how or BoxWay())
    if corners is None:
        raise Unfit(f"has a box of other than four numbers: {str(said.box)[:100]}")
    return Drawn(where, label, box=corners, shares=bool(how and how.shares))


# --- spans ------------------------------------------------------------------------------


def tokens_in(row: Row) -> list[str] | None:
    """The tokens of a row."""
    for name in TOKENS:
        cell = parsed(row.get(name))
        if isinstance(cell, list) and all(isinstance(each, str) for each in cell):
            return cell
    return None


def tagged(
    row: Row, tokens: Sequence[str], features: Features, column: str | None
) -> tuple[str, list[dict[str, object]]] | None:
    """Text and spans of a row with tokens and tags; None if it has no tags.

    Raises
    ------
    NoLabel
    """
    named = [path[0] for path, leaf in features.items() if len(path) == 1 and leaf.names]
    for name in [column] if column else dict.fromkeys((*TAGS, *named)):
        cell = parsed(row.get(name))
        if not isinstance(cell, list) or any(isinstance(each, Mapping) for each in cell):
            continue
        if len(cell) != len(tokens):
            raise NoLabel(f"has {len(tokens)} tokens and {len(cell)} {name}")
        leaf = features.get((name,))
        names = leaf.names if leaf else ()
        tags = _named(cell, names)
        if any(not isinstance(tag, str) or tag.isdecimal() for tag in tags):
            raise NoLabel(f"has numbers as {name}, and no file of the dataset names them")
        style = style_of({*(names or tags), "O"})
        return joined(tokens, spans_of(tags, style or "plain"))
    return None


def spans_in(row: Row, column: str | None) -> list[dict[str, Any]]:
    """Spans with offsets in the text of a row.

    Raises
    ------
    NoLabel
    """
    for name in [column] if column else SPANS:
        cell = parsed(row.get(name))
        if isinstance(cell, list) and all(isinstance(each, Mapping) for each in cell):
            return [_span(each) for each in cell]
    if isinstance(row.get("regions"), list):
        return list(row["regions"])
    raise NoLabel("has neither tokens with tags nor spans")


def _span(said: Mapping[str, Any]) -> dict[str, Any]:
    start = next((said[n] for n in _START if isinstance(said.get(n), int)), None)
    end = next((said[n] for n in _END if isinstance(said.get(n), int)), None)
    label = next((said[n] for n in _KIND_OF_SPAN if isinstance(said.get(n), str)), None)
    if start is None or end is None or label is None:
        raise NoLabel(f"has a span without start, end and label: {str(dict(said))[:100]}")
    region = {"shape": "span", "label": label, "start": start, "end": end}
    text = next((said[n] for n in ("text", "word", "value") if isinstance(said.get(n), str)), None)
    return region | ({"text": text} if text else {})
