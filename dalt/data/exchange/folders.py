"""Image folders: files in folders that are classes."""

from __future__ import annotations

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
from dalt.data.exchange.items import Imported, Item, Reading


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

    A file is matched by its name, if that is a sample's id, or else by its content.
    """
    found = False
    for file in files_below(path):
        inner = file.relative_to(path)
        if len(inner.parts) < 2:
            continue
        found = True
        yield Imported(
            f"{inner.as_posix()!r}",
            original_name(inner.parts[-2]),
            sample_id=file.stem,
            files=(file,),
        )
    if not found:
        raise BadInput(f"{str(path)!r} holds no folders with files in them.")
