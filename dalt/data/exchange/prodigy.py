"""Prodigy: tasks with annotations as JSON lines, read and written."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from dalt.core.errors import shown
from dalt.core.records import BadInput, ClassSet, LabelValue, Region
from dalt.data.exchange.entries import Content, Entry, names_of, regions_of, require_kind
from dalt.data.exchange.items import Imported, Item, Unusable
from dalt.data.exchange.json_lists import first_element
from dalt.data.exchange.label_forms import Answer, NoLabel, answer_in, only, wanted, whole
from dalt.data.exchange.naming import named_in
from dalt.data.exchange.pictures import as_data_address

ANSWERS = ("accept", "reject", "ignore")
_TYPES = {"box": "rect", "polygon": "polygon"}


def is_task(row: Mapping[str, Any]) -> bool:
    """Whether an object is a task of Prodigy.

    Examples
    --------
    >>> is_task({"text": "I like cats", "label": "cat", "answer": "accept"})
    True
    """
    hashed = "_task_hash" in row or "_input_hash" in row
    return hashed or row.get("answer") in ANSWERS or "_view_id" in row


def is_prodigy(path: Path) -> bool:
    """Whether it has tasks of Prodigy: by its first object."""
    if path.suffix.lower() not in (".jsonl", ".json"):
        return False
    first = first_element(path)
    return isinstance(first, dict) and is_task(first)


def item_of(where: str, row: Mapping[str, Any], classes: ClassSet) -> Item:
    """The label of a task.

    Raises
    ------
    NoLabel
        If it was not accepted, or has no label of the kind that the project has.
    """
    answer = row.get("answer", "accept")
    if answer == "ignore":
        return Unusable(where, "was ignored in Prodigy")
    if answer == "reject":
        said = row.get("label")
        what = f": {shown(said, 100)} is wrong" if said is not None else ""
        raise NoLabel(f"was rejected in Prodigy{what}, which says not what is right")
    found = _regions(row, classes) if classes.shape else _classes(row, classes)
    meta = row.get("meta")
    named = named_in(_names(row) | (dict(meta) if isinstance(meta, Mapping) else {}))
    if not named:
        return Unusable(where, "names no sample (text, path or image)")
    size = (row.get("width"), row.get("height"))
    return Imported(
        where,
        found.label,
        sample_id=named.sample_id,
        row=named.row,
        source=named.source,
        text=named.text,
        annotator=_annotator(row),
        size=size if all(isinstance(each, int) for each in size) else None,  # type: ignore[arg-type]
        left_out=found.left_out,
    )


def _names(row: Mapping[str, Any]) -> dict[str, Any]:
    known = ("text", "path", "image", "audio", "html", "sample_id")
    return {name: row[name] for name in known if row.get(name)}


def _annotator(row: Mapping[str, Any]) -> str | None:
    said = row.get("_annotator_id") or row.get("_session_id")
    return said if isinstance(said, str) else None


def _classes(row: Mapping[str, Any], classes: ClassSet) -> Answer:
    if isinstance(row.get("accept"), list):
        texts = {
            each.get("id"): each.get("text")
            for each in _listed(row.get("options"))
            if isinstance(each, Mapping) and isinstance(each.get("id"), str | int)
        }
        said = [_option(each, texts, classes) for each in row["accept"]]
        return Answer(said if classes.multi else only(said))
    if row.get("label") is None and isinstance(row.get("cats"), Mapping):
        return answer_in(row["cats"], classes)
    if row.get("label") is None and row.get("spans"):
        raise NoLabel("marks spans, and this project asks for classes")
    return answer_in(row.get("label"), classes)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _option(chosen: Any, texts: Mapping[Any, Any], classes: ClassSet) -> Any:
    """The class that an option stands for: by its id, or by its text where ids are numbers."""
    if not isinstance(chosen, str | int):
        raise NoLabel(f"has a choice that is no option: {shown(chosen, 100)}")
    known = {*classes.names, *classes.former}
    text = texts.get(chosen)
    if str(chosen) in known or not isinstance(text, str):
        return chosen
    return text if text in known or not isinstance(chosen, str) else chosen


def _regions(row: Mapping[str, Any], classes: ClassSet) -> Answer:
    if row.get("spans") is None and ("accept" in row or row.get("label") is not None):
        raise NoLabel(f"has no {wanted(classes)}, but a class")
    spans = row.get("spans") or []
    if not isinstance(spans, list):
        raise NoLabel(f"has no {wanted(classes)}, but {shown(spans, 100)}")
    if classes.shape == "span":
        return answer_in(spans, classes)
    found: list[dict[str, Any]] = []
    left_out: list[str] = []
    for each in spans:
        try:
            region = _region(each, classes)
        except (TypeError, ValueError, OverflowError):
            region = f"{shown(each, 100)} has corners that are no pairs of numbers"
        (left_out if isinstance(region, str) else found).append(region)  # type: ignore[arg-type]
    return whole(found, left_out, wanted(classes))


def _region(each: Any, classes: ClassSet) -> dict[str, Any] | str:
    """A region of a picture, or why it is none."""
    if not isinstance(each, Mapping) or each.get("label") is None:
        return f"{shown(each, 100)} has no class"
    points = each.get("points")
    kind = each.get("type") or ("rect" if "width" in each else "polygon")
    box = [each.get(name) for name in ("x", "y", "width", "height")]
    if classes.shape == "box" and kind == "rect":
        if all(isinstance(value, int | float) for value in box):
            x, y, width, height = box
            points = [[x, y], [x + width, y + height]]  # type: ignore[operator]
        elif isinstance(points, Sequence) and len(points) == 4:
            across, down = zip(*points, strict=True)
            points = [[min(across), min(down)], [max(across), max(down)]]
        else:
            return f"{shown(dict(each), 100)} has no corners"
        return {"shape": "box", "label": each["label"], "points": points}
    if classes.shape == "polygon" and isinstance(points, Sequence):
        return {"shape": "polygon", "label": each["label"], "points": [list(p) for p in points]}
    return f"a region of the type {shown(kind)} ({shown(each['label'])})"


# --- written ----------------------------------------------------------------------------


def write_prodigy(entries: Iterable[Entry], file: IO[str], classes: ClassSet) -> int:
    """Write tasks as ``prodigy db-in`` reads them, one for each annotator of a sample.

    Raises
    ------
    BadInput
        If they are table rows, or points, which Prodigy does not have.
    """
    if classes.shape == "point":
        raise BadInput("Prodigy has no points: choose label-studio, coco or jsonl.")
    count = 0
    for entry in entries:
        require_kind(entry, ("text", "image", "audio"), "prodigy")
        content = entry.content()
        for annotator, label in entry.answers:
            task = _task(entry, content, classes)
            task |= _said(label, classes) | {"answer": "accept", "_annotator_id": annotator}
            file.write(json.dumps(task, ensure_ascii=False) + "\n")
            count += 1
    return count


def _task(entry: Entry, content: Content, classes: ClassSet) -> dict[str, Any]:
    meta = {"meta": {"sample_id": entry.sample_id, "source": entry.source}}
    if entry.kind == "text":
        return {"text": content.text} | meta
    address = as_data_address(content)
    if entry.kind == "audio":
        return {"audio": address} | meta
    return {"image": address, "width": content.width, "height": content.height} | meta


def _said(label: LabelValue, classes: ClassSet) -> dict[str, Any]:
    if classes.shape is not None:
        return {"spans": [_span(region) for region in regions_of(label)]}
    names = names_of(label)
    options = [{"id": name, "text": name} for name in classes.names]
    return {"options": options, "accept": names}


def _span(region: Region) -> dict[str, Any]:
    if region.shape == "span":
        return {"start": region.start, "end": region.end, "label": region.label}
    points = [list(point) for point in region.points]
    said: dict[str, Any] = {"label": region.label, "type": _TYPES[region.shape]}
    if region.shape == "box":
        (left, top), (right, bottom) = region.points
        points = [[left, top], [left, bottom], [right, bottom], [right, top]]
        said |= {"x": left, "y": top, "width": right - left, "height": bottom - top}
        said["center"] = [(left + right) / 2, (top + bottom) / 2]
    return said | {"points": points}
