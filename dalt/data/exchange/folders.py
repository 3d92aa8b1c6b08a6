"""Image folders, and folders for Hugging Face's library `datasets`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from dalt.core.records import BadInput, ClassSet, LabelValue, Region
from dalt.data.exchange.entries import (
    Entry,
    file_name,
    files_below,
    names_of,
    new_folder,
    only_class,
    only_label,
    original_name,
    regions_of,
    require_kind,
)
from dalt.data.exchange.items import Imported, Item, Reading, Unusable
from dalt.data.readers import audio as clips
from dalt.data.readers.paths import reason_of
from dalt.data.readers.signatures import BEGINNING, identified

METADATA = "metadata.jsonl"
MAC_FOLDER = "__MACOSX"
"""What a Mac puts into archives beside the files."""
SPLITS = frozenset(("train", "training", "val", "valid", "validation", "dev", "test", "testing"))
SAMPLE_ID = re.compile("[0-9a-f]{32}")


def write_image_folder(entries: Iterable[Entry], path: Path, classes: ClassSet) -> int:
    """Write ``CLASS/SAMPLE_ID.png``: one class for each sample."""
    with new_folder(path) as folder:
        return write_classes(entries, folder)


def write_classes(entries: Iterable[Entry], folder: Path) -> int:
    """Write ``CLASS/SAMPLE_ID.png`` into an existing folder."""
    count = 0
    for entry in entries:
        require_kind(entry, ("image", "audio"), "imagefolder")
        place = folder / file_name(only_class(entry, "imagefolder"))
        place.mkdir(exist_ok=True)
        content = entry.content()
        (place / f"{entry.sample_id}{content.ending}").write_bytes(content.data)
        count += 1
    return count


def is_image_folder(path: Path) -> bool:
    """Whether it is a folder; its subfolders are the classes."""
    return path.is_dir()


def read_image_folder(path: Path, classes: ClassSet, reading: Reading) -> Iterator[Item]:
    """Read labels of a folder whose subfolders are classes.

    The class of a file is the folder above it that is a class of the project.  If none is, it is
    the first below `path`, or the one below that if the first is a split ("train").  A file is
    matched by its name, if that is a sample's id, or else by its content.
    """
    found = False
    for file in files_below(path):
        inner = file.relative_to(path)
        if len(inner.parts) < 2 or MAC_FOLDER in inner.parts:
            continue
        found = True
        yield _in_folder(file, inner, classes)
    if not found:
        raise BadInput(f"{str(path)!r} holds no folders with files in them.")


def _in_folder(file: Path, inner: Path, classes: ClassSet) -> Item:
    """What a file in the folder of a class says."""
    where = f"{inner.as_posix()!r}"
    why = "" if SAMPLE_ID.fullmatch(file.stem) else _not_a_sample(file)
    if why:
        return Unusable(where, why)
    folders = [original_name(part) for part in inner.parts[:-1]]
    known = {*classes.names, *classes.former}
    of_project = {classes.former.get(name, name): name for name in folders if name in known}
    if len(of_project) > 1:
        named = " and ".join(map(repr, of_project))
        return Unusable(where, f"lies in the folders of {len(of_project)} classes, {named}")
    split = len(folders) > 1 and folders[0].lower() in SPLITS
    label = next(iter(of_project.values()), folders[1] if split else folders[0])
    return Imported(where, label, sample_id=file.stem, files=(file,))


def _not_a_sample(file: Path) -> str:
    """Why a file can be no sample; empty if it may be one."""
    try:
        with file.open("rb") as opened:
            signature = identified(opened.read(BEGINNING), file.name)
    except OSError as error:
        return reason_of(error)
    if signature is None:
        return "" if clips.MEANT.takes(file) else "is neither a picture nor a sound"
    return f"is {signature.what}" if signature.never else ""


# --- Hugging Face -----------------------------------------------------------------------


def write_hugging_face(entries: Iterable[Entry], path: Path, classes: ClassSet) -> int:
    """Write a folder that ``datasets.load_dataset(PATH)`` loads.

    Images and audio as files in ``train/`` with ``train/metadata.jsonl``; texts and rows as
    ``train.jsonl``.  Each has ``label`` (a class or a list), of boxes also ``objects`` as that
    library's users expect them, and ``sample_id``.
    """
    with new_folder(path) as folder:
        entries = iter(entries)
        first = next(entries, None)
        if first is None:
            raise BadInput("There are no labels to export yet.")
        files = first.kind in ("image", "audio")
        train = folder / "train"
        if files:
            train.mkdir()
        target = train / METADATA if files else folder / "train.jsonl"
        count = 0
        with target.open("w", encoding="utf-8") as lines:
            for entry in _with(first, entries):
                for annotator, label in entry.answers if not files else _single(entry):
                    said = _row(entry, annotator, label, train if files else None)
                    lines.write(json.dumps(said, ensure_ascii=False) + "\n")
                    count += 1
        return count


def _with(first: Entry, rest: Iterator[Entry]) -> Iterator[Entry]:
    yield first
    yield from rest


def _single(entry: Entry) -> tuple[tuple[str, LabelValue], ...]:
    """A file has one line: the library refuses a second one."""
    return ((entry.answers[0][0], only_label(entry, "huggingface")),)


def _row(entry: Entry, annotator: str, label: LabelValue, folder: Path | None) -> dict[str, Any]:
    content = entry.content()
    said: dict[str, Any] = {}
    if folder is not None:
        said["file_name"] = f"{entry.sample_id}{content.ending}"
        (folder / said["file_name"]).write_bytes(content.data)
    elif entry.kind == "text":
        said["text"] = content.text
    else:
        said |= {f"column {name}": value for name, value in content.row.items()}
    regions = regions_of(label)
    if regions or (not isinstance(label, str) and not label):
        boxes = [region for region in regions if region.shape == "box"]
        said["objects"] = {
            "bbox": [_corner_and_size(region) for region in boxes],
            "category": [region.label for region in boxes],
        }
        said["regions"] = [region.to_json() for region in regions if region.shape != "box"]
    if not regions:
        said["label"] = label if isinstance(label, str) else names_of(label)
    return said | {"sample_id": entry.sample_id, "annotator": annotator}


def _corner_and_size(region: Region) -> list[float]:
    (left, top), (right, bottom) = region.points
    return [left, top, round(right - left, 6), round(bottom - top, 6)]


def is_hugging_face(path: Path) -> bool:
    """Whether it is a folder with files of rows."""
    return path.is_dir() and any(f.suffix in (".jsonl", ".parquet") for f in files_below(path))


def read_hugging_face(path: Path, classes: ClassSet, reading: Reading) -> Iterator[Item]:
    """Labels of ``metadata.jsonl`` files, ``*.jsonl`` or ``*.parquet`` in a folder."""
    tables = [file for file in files_below(path) if file.suffix in (".jsonl", ".parquet")]
    if not tables:
        raise BadInput(f"{str(path)!r} holds no metadata.jsonl, and no jsonl or parquet file.")
    for table in tables:
        for where, row in _rows_of(table):
            name = row.get("file_name")
            file = table.parent / name if isinstance(name, str) else None
            yield Imported(
                f"{where} of {table.relative_to(path).as_posix()!r}",
                _label_of(row, where, table),
                sample_id=row.get("sample_id") or (file.stem if file else None),
                annotator=row.get("annotator"),
                files=(file,) if file is not None and file.is_file() else (),
            )


def _rows_of(table: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    from dalt.data.exchange.rows import read_jsonl_rows, read_parquet_rows

    return read_jsonl_rows(table) if table.suffix == ".jsonl" else read_parquet_rows(table)


def _label_of(row: dict[str, Any], where: str, table: Path) -> Any:
    if row.get("label") is not None:
        return row["label"]
    objects, regions = row.get("objects"), row.get("regions")
    if objects is None and regions is None:
        raise BadInput(f"{where} of {str(table)!r} has no label and no objects.")
    try:
        boxes = zip(objects["bbox"], objects["category"], strict=True) if objects else ()
        found = [
            {"shape": "box", "label": name, "points": [[x, y], [round(x + w, 6), round(y + h, 6)]]}
            for (x, y, w, h), name in boxes
        ]
    except (TypeError, ValueError, KeyError):
        raise BadInput(f"{where} of {str(table)!r}: its objects are no boxes.") from None
    return found + list(regions or ())
