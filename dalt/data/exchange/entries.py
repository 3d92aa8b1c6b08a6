"""Exported samples with their labels, and what readers and writers of files share."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from dalt.core.errors import not_written, os_reason
from dalt.core.files import folder_being_written, publish, sweep, unpublished
from dalt.core.records import BadInput, ClassSet, Kind, LabelValue, Region

LOOKED_AT = 20
"""Files of a folder that are looked at to know its format."""
DEEPEST = 8
"""Folders below the one that is named, in which files are looked for."""
SAFE = " !#$&'()+,;=@[]{}~^`_-"
"""Characters besides letters and digits that file names may have on every system."""


@dataclass(frozen=True, slots=True)
class Content:
    """A sample's content for files.

    Attributes
    ----------
    data : bytes
        The file of an image or a clip.
    ending : str
        Ending of that file, with its dot.
    width, height : int
        Of an upright image.
    text : str
    row : mapping of str to a cell
    """

    data: bytes = b""
    ending: str = ""
    width: int = 0
    height: int = 0
    text: str = ""
    row: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Entry:
    """A sample with the labels that hold.

    Attributes
    ----------
    sample_id, source : str
    kind : {"image", "text", "table", "audio"}
    answers : tuple of (annotator, label)
        At least one.
    content : callable
        Reads the sample's content; raises `BadInput` if its file is gone.
    guideline : str
        Of the project, for formats that tell a model what to do.
    """

    sample_id: str
    kind: Kind
    source: str
    answers: tuple[tuple[str, LabelValue], ...]
    content: Callable[[], Content]
    guideline: str = ""


class RoomForOne(BadInput):
    """Annotators gave a sample different labels, and the format has room for one."""


def only_label(entry: Entry, format: str) -> LabelValue:
    """Return the label of a sample, for formats with room for one.

    Raises
    ------
    RoomForOne
        If annotators gave different ones.
    """
    labels = {label for _, label in entry.answers}
    if len(labels) > 1:
        raise RoomForOne(
            f"Sample {entry.sample_id} has {len(labels)} different labels, and {format} has room "
            "for one: export the consensus (labels='consensus' or --consensus), decide with "
            "project.adjudicate, or choose another format."
        )
    return entry.answers[0][1]


def only_class(entry: Entry, format: str) -> str:
    """The class of a sample, for formats with room for one."""
    label = only_label(entry, format)
    if isinstance(label, str):
        return label
    if len(label) == 1 and isinstance(label[0], str):
        return label[0]
    what = "is labelled by regions" if regions_of(label) else f"has {len(label) or 'no'} classes"
    raise BadInput(
        f"{format} has room for one class a sample; sample {entry.sample_id} {what}. Choose "
        "huggingface, label-studio or jsonl."
    )


def plain(label: LabelValue) -> str | list[Any]:
    """A label as JSON."""
    if isinstance(label, str):
        return label
    return [each.to_json() if isinstance(each, Region) else each for each in label]


def regions_of(label: LabelValue) -> list[Region]:
    """The regions of a label."""
    return [each for each in label if isinstance(each, Region)]


def names_of(label: LabelValue) -> list[str]:
    """The classes of a label of whole samples."""
    return [label] if isinstance(label, str) else [each for each in label if isinstance(each, str)]


def picture_name(entry: Entry, ending: str) -> str:
    """The file of a sample: its own if it has one, else the name in an export."""
    return entry.source if Path(entry.source).suffix else f"{entry.sample_id}{ending}"


def id_of_name(stem: str) -> str | None:
    """The sample that a file of an export is named by, or None for files with other names."""
    return stem if re.fullmatch("[0-9a-f]{32}", stem) else None


def file_name(name: str) -> str:
    """Return a name for any file system that `original_name` can read.

    Examples
    --------
    >>> file_name("cats/dogs"), file_name(".."), original_name(file_name("고양이 %"))
    ('cats%2Fdogs', '%2E.', '고양이 %')
    """
    made = "".join(
        each if each.isalnum() or each in SAFE or each == "." else quote(each, safe="")
        for each in name
    )
    return f"%2E{made[1:]}" if made.startswith(".") else made


def original_name(name: str) -> str:
    """Return the name that `file_name` was given."""
    return unquote(name)


def require_kind(entry: Entry, kinds: Sequence[Kind], format: str) -> None:
    """Refuse samples that a format cannot hold."""
    if entry.kind not in kinds:
        raise BadInput(
            f"{format} holds {' and '.join(kinds)} samples, and this project has {entry.kind} "
            "samples: choose csv, jsonl, parquet, huggingface or label-studio."
        )


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """A folder that appears when it is complete; its place must be free.

    Raises
    ------
    BadInput
        If there is something at `path`, or it cannot be written.
    """
    if path.exists() and not (path.is_dir() and not any(path.iterdir())):
        raise BadInput(f"{str(path)!r} is there already; name a new folder.")
    try:
        sweep(path.parent, path.name)
        with unpublished(path) as part, folder_being_written(part):
            yield part
            publish(part, path, durable=False)  # thousands of files; the project still has it all
    except OSError as error:
        raise not_written(path, error) from error


def read_json(path: Path) -> Any:
    """Read a JSON file.

    Raises
    ------
    BadInput
        If it is missing, not JSON or in another encoding than UTF-8 and UTF-16.
    """
    with refused_as_json(path):
        return json.loads(path.read_bytes())  # also in UTF-16, and with a byte order mark


@contextmanager
def refused_as_json(path: Path) -> Iterator[None]:
    """Say in one sentence why a file cannot be read as JSON.

    Raises
    ------
    BadInput
        In place of the errors of Python's functions.
    """
    try:
        yield
    except FileNotFoundError:
        raise BadInput(f"There is no file {str(path)!r}.") from None
    except UnicodeError:
        raise BadInput(f"{str(path)!r} is not in UTF-8; save it as UTF-8.") from None
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{str(path)!r} is not valid JSON ({error}).") from None
    except OSError as error:
        raise BadInput(f"{str(path)!r} cannot be read: {os_reason(error)}.") from None


def files_below(folder: Path) -> Iterator[Path]:
    """Files of a folder tree in the order of their names, without hidden ones.

    Folders that cannot be read are passed over, and those more than `DEEPEST` below.
    """
    for place, folders, files in os.walk(folder):
        deep = len(Path(place).relative_to(folder).parts) >= DEEPEST
        folders[:] = sorted(name for name in folders if not name.startswith(".") and not deep)
        yield from (Path(place, name) for name in sorted(files) if not name.startswith("."))


def files_ending(path: Path, ending: str) -> Iterator[Path]:
    """A file itself, or the files below a folder whose names end so, in any case."""
    if path.is_file():
        yield path
        return
    yield from (each for each in files_below(path) if each.suffix.lower() == ending)


def is_or_holds(path: Path, ending: str, looks_so: Callable[[Path], bool]) -> bool:
    """Whether a file, or one of the first files below a folder, ends so and looks so."""
    if path.is_file():
        return path.suffix.lower() == ending and looks_so(path)
    return any(looks_so(each) for each in islice(files_ending(path, ending), LOOKED_AT))


def class_names(classes: ClassSet) -> list[str]:
    """The classes in their order."""
    return list(classes.names)
