"""doccano: texts with classes or spans as JSON lines, read and written."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import IO, Any

from dalt.core.errors import shown
from dalt.core.records import BadInput, ClassSet
from dalt.data.exchange.entries import Entry, names_of, only_label, regions_of, require_kind
from dalt.data.exchange.items import Imported, Item, Unusable
from dalt.data.exchange.json_lists import first_element
from dalt.data.exchange.label_forms import Answer, NoLabel, answer_in, wanted, whole
from dalt.data.exchange.naming import named_in

FIELDS = ("label", "labels", "entities", "annotations", "bbox", "segmentation")
_ONLY_HERE = ("Comments", "annotation_approver", "Approver", "relations")
_APPROVED = ("annotation_approver", "Approver")
_NOBODY = "has no label (doccano writes an empty list for what nobody labelled yet, too)"


def is_example(row: Mapping[str, Any]) -> bool:
    """Whether an object is an example that doccano exported.

    Examples
    --------
    >>> is_example({"id": 1, "text": "Peter Blackburn", "label": ["PER"]})
    True
    >>> is_example({"id": 1, "text": "Peter Blackburn", "label": "PER"})
    False
    """
    if any(name in row for name in _ONLY_HERE):
        return any(name in row for name in FIELDS)
    listed = isinstance(row.get("label", row.get("labels")), list)
    old = isinstance(row.get("annotations"), list) and "meta" in row
    named = any(name in row for name in ("text", "data", "filename"))
    return "id" in row and named and (listed or old) and not row.get("sample_id")


def is_doccano(path: Path) -> bool:
    """Whether it is an export of doccano: by its first object."""
    if path.suffix.lower() not in (".jsonl", ".json"):
        return False
    first = first_element(path)
    if not isinstance(first, dict):
        return False
    ours = set(first) == {"text", "label", "sample_id"} and isinstance(first["label"], list)
    return ours or is_example(first)


def item_of(where: str, row: Mapping[str, Any], classes: ClassSet) -> Item:
    """The label of an example.

    Raises
    ------
    NoLabel
        If it has none, or none of the kind that the project has.
    """
    field = next((name for name in _fields(classes) if name in row), None)
    value = None if field is None else row[field]
    if value in (None, [], "") and not any(row.get(name) for name in _APPROVED):
        raise NoLabel(_NOBODY)
    answer = _boxes(value) if field in ("bbox", "segmentation") else answer_in(value, classes)
    named = named_in({name: row[name] for name in row if name not in (*FIELDS, *_ONLY_HERE)})
    if not named:
        return Unusable(where, "names no sample (text or filename)")
    return Imported(
        where,
        answer.label,
        sample_id=named.sample_id,
        row=named.row,
        source=named.source,
        text=named.text,
        left_out=answer.left_out,
    )


def _fields(classes: ClassSet) -> tuple[str, ...]:
    if classes.shape == "box":
        return ("bbox",)
    if classes.shape == "polygon":
        return ("segmentation",)
    if classes.shape == "span":
        return ("entities", "labels", "label", "annotations")
    return ("label", "labels", "cats", "annotations")


def _boxes(value: Any) -> Answer:
    """Boxes and polygons of pictures, in pixels."""
    if not isinstance(value, list):
        raise NoLabel(f"has no list of regions, but {shown(value, 100)}")
    found: list[dict[str, Any]] = []
    left_out: list[str] = []
    for each in value:
        try:
            about = {"label": each["label"]}
            if "points" in each:
                flat = each["points"]
                points = [list(pair) for pair in zip(flat[::2], flat[1::2], strict=True)]
                found.append({"shape": "polygon", "points": points} | about)
            else:
                x, y = each["x"], each["y"]
                corners = [[x, y], [x + each["width"], y + each["height"]]]
                found.append({"shape": "box", "points": corners} | about)
        except (KeyError, TypeError, ValueError, OverflowError):
            left_out.append(f"{each!r:.100} is no region with a class")
    return whole(found, left_out, "regions")


# --- written ----------------------------------------------------------------------------


def write_doccano(entries: Iterable[Entry], file: IO[str], classes: ClassSet) -> int:
    """Write texts with classes or spans as doccano imports them.

    The other fields (``sample_id``) are metadata there, and come back with an export.

    Raises
    ------
    BadInput
        If the samples are no texts, or annotators gave different labels.
    """
    if classes.shape not in (None, "span"):
        raise BadInput(f"doccano imports no {wanted(classes)}: choose label-studio or coco.")
    count = 0
    for entry in entries:
        require_kind(entry, ("text",), "doccano")
        label = only_label(entry, "doccano")
        spans = [[each.start, each.end, each.label] for each in regions_of(label)]
        said = spans if classes.shape == "span" else names_of(label)
        row = {"text": entry.content().text, "label": said, "sample_id": entry.sample_id}
        file.write(json.dumps(row, ensure_ascii=False) + "\n")
        count += len(entry.answers)
    return count
