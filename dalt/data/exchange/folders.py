"""Image folders: files in folders that are classes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from dalt.core.records import BadInput, ClassSet
from dalt.data.exchange.entries import (
    Entry,
    file_name,
    files_below,
    new_folder,
    only_class,
    original_name,
    require_kind,
)
from dalt.data.exchange.items import Imported, Item, Reading, Unusable
from dalt.data.readers import audio as clips
from dalt.data.readers.paths import reason_of
from dalt.data.readers.signatures import BEGINNING, identified

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
