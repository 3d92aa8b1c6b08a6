"""Folders that Hugging Face's ``datasets.load_dataset`` loads, written."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

from dalt.core.records import BadInput, ClassSet, LabelValue, Region
from dalt.data.exchange.entries import Entry, names_of, new_folder, only_label, regions_of
from dalt.data.exchange.hf_features import CARD
from dalt.data.exchange.tags import tags_of, tokens_of

METADATA = "metadata.jsonl"
_TYPES = {bool: "bool", int: "int64", float: "float64", str: "string"}
_SPAN = [
    {"name": "shape", "dtype": "string"}, {"name": "label", "dtype": "string"},
    {"name": "start", "dtype": "int64"}, {"name": "end", "dtype": "int64"},
]  # fmt: skip


@dataclass(slots=True)
class _Seen:
    """What the rows had, for the head of the README."""

    names: dict[str, None]
    types: dict[str, set[str]] = field(default_factory=dict)

    def add(self, row: Mapping[str, Any], label: LabelValue) -> None:
        """Note the classes and the types of a row."""
        self.names.update(dict.fromkeys(names_of(label)))
        self.names.update(dict.fromkeys(region.label for region in regions_of(label)))
        for name, value in row.items():
            types = self.types.setdefault(name, set())
            if value is not None:
                types.add(_TYPES.get(type(value), ""))


def write_hugging_face(entries: Iterable[Entry], path: Path, classes: ClassSet) -> int:
    """Write a folder that ``datasets.load_dataset(PATH)`` loads.

    Images and audio as files in ``train/`` with ``train/metadata.jsonl``; texts and rows as
    ``train.jsonl``.  Each has ``label`` (a class or a list), of boxes also ``objects`` as that
    library's users expect them, and ``sample_id``.  Texts with spans have ``tokens`` and
    ``ner_tags``, too, unless spans overlap.  ``README.md`` names the classes: the library makes a
    ClassLabel of them.
    """
    with new_folder(path) as folder:
        entries = iter(entries)
        first = next(entries, None)
        if first is None:
            raise BadInput("There are no labels to export yet.")
        entries = chain([first], entries)
        if first.kind in ("image", "audio"):
            return _write_files(entries, folder / "train", classes)
        return _write_rows(entries, folder, classes)


def _write_files(entries: Iterable[Entry], train: Path, classes: ClassSet) -> int:
    """A file has one line: the library refuses a second one."""
    train.mkdir()
    count = 0
    with (train / METADATA).open("w", encoding="utf-8") as lines:
        for entry in entries:
            label, content = only_label(entry, "huggingface"), entry.content()
            name = f"{entry.sample_id}{content.ending}"
            (train / name).write_bytes(content.data)
            said = {"file_name": name} | _labelled(label, classes)
            said |= {"sample_id": entry.sample_id, "annotator": entry.answers[0][0]}
            lines.write(json.dumps(said, ensure_ascii=False) + "\n")
            count += 1
    return count


def _write_rows(entries: Iterable[Entry], folder: Path, classes: ClassSet) -> int:
    seen = _Seen(dict.fromkeys(classes.names))
    count = 0
    with (folder / "train.jsonl").open("w", encoding="utf-8") as lines:
        for entry in entries:
            content = entry.content()
            for annotator, label in entry.answers:
                said = _content(entry, content.text, content.row)
                if classes.shape == "span":
                    said |= _tokens(content.text, regions_of(label))
                said |= _labelled(label, classes)
                said |= {"sample_id": entry.sample_id, "annotator": annotator}
                seen.add(said, label)
                lines.write(json.dumps(said, ensure_ascii=False) + "\n")
                count += 1
    head = _head(seen, classes)
    if head is not None:
        (folder / CARD).write_text(head, encoding="utf-8")
    return count


def _content(entry: Entry, text: str, row: Mapping[str, Any]) -> dict[str, Any]:
    if entry.kind == "text":
        return {"text": text}
    return {f"column {name}": value for name, value in row.items()}


def _labelled(label: LabelValue, classes: ClassSet) -> dict[str, Any]:
    if classes.shape is None:
        return {"label": label if isinstance(label, str) else names_of(label)}
    regions = regions_of(label)
    if classes.shape == "span":
        return {"regions": [region.to_json() for region in regions]}
    boxes = [region for region in regions if region.shape == "box"]
    objects = {
        "bbox": [_corner_and_size(region) for region in boxes],
        "category": [region.label for region in boxes],
    }
    others = [region.to_json() for region in regions if region.shape != "box"]
    return {"objects": objects, "regions": others}


def _corner_and_size(region: Region) -> list[float]:
    (left, top), (right, bottom) = region.points
    return [left, top, round(right - left, 6), round(bottom - top, 6)]


def _tokens(text: str, regions: list[Region]) -> dict[str, Any]:
    """Tokens and their tags; nothing where spans overlap, which tags have no room for."""
    edges = {edge for region in regions for edge in (region.start, region.end)}
    tokens = tokens_of(text, edges)
    tags = tags_of(tokens, [(r.start, r.end, r.label) for r in regions])
    said = [text[begin:end] for begin, end in tokens]
    return {"tokens": said if tags is not None else None, "ner_tags": tags}


# --- the head of README.md --------------------------------------------------------------


def _head(seen: _Seen, classes: ClassSet) -> str | None:
    """The columns for the library; None if a column of the table has several types."""
    import yaml

    fields = list(_fields(seen, classes))
    if any(each is None for each in fields):
        return None
    said = {
        "configs": [{"config_name": "default", "data_files": "train.jsonl"}],
        "dataset_info": {"features": fields},
    }
    head = yaml.safe_dump(said, allow_unicode=True, sort_keys=False)
    return f"---\n{head}---\n\nLabels of a DALT project.\n"


def _fields(seen: _Seen, classes: ClassSet) -> Iterator[dict[str, Any] | None]:
    names = list(seen.names)
    for name, types in seen.types.items():
        if name == "label":
            one = {"dtype": _class_label(names)}
            yield {"name": name} | ({"sequence": _class_label(names)} if classes.multi else one)
        elif name == "ner_tags":
            tags = ["O", *(f"{position}-{each}" for each in names for position in "BI")]
            yield {"name": name, "sequence": _class_label(tags)}
        elif name == "tokens":
            yield {"name": name, "sequence": "string"}
        elif name == "regions":
            yield {"name": name, "list": _SPAN}
        else:
            yield _plain(name, types)


def _class_label(names: Iterable[str]) -> dict[str, Any]:
    numbered = {str(number): name for number, name in enumerate(names)}
    return {"class_label": {"names": numbered}}


def _plain(name: str, types: set[str]) -> dict[str, Any] | None:
    if types == {"int64", "float64"}:
        types = {"float64"}
    if len(types) > 1 or "" in types:
        return None
    return {"name": name, "dtype": next(iter(types), "string")}
