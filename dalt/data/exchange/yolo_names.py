"""What a folder of YOLO says of itself: names of classes, its parts, and the shape of its poses."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dalt.core.errors import first_line, shown
from dalt.core.records import BadInput
from dalt.data.exchange.beside import found_inside, read_text
from dalt.data.exchange.entries import read_json

YAML = (".yaml", ".yml")
USUAL = ("data.yaml", "data.yml", "dataset.yaml", "dataset.yml")
CLASSES = ("classes.txt", "predefined_classes.txt", "obj.names", "labels.names")
PARTS = ("train", "val", "valid", "test")
MOST_CLASSES = 100_000
"""Classes that a file can count without naming them."""


@dataclass(frozen=True, slots=True)
class Description:
    """What ``data.yaml`` or ``obj.data`` says.

    Attributes
    ----------
    names : dict of int to str
    said_in : str
        Name of the file with the names.
    parts : tuple of str
        Folders or lists of pictures, as the file has them.
    pose : (int, int), optional
        How many keypoints an object has, and how many numbers each.
    keypoints : tuple of str
        Their names, if the file has some that hold for all classes.
    """

    names: Mapping[int, str]
    said_in: str
    parts: tuple[str, ...] = ()
    pose: tuple[int, int] | None = None
    keypoints: tuple[str, ...] = field(default=())


def description_of(path: Path) -> Description | None:
    """Read what describes a folder; None if it has no such file.

    Parameters
    ----------
    path : Path
        The folder, or its ``data.yaml``.

    Raises
    ------
    BadInput
        If the file makes no sense, or several can be meant.
    """
    if path.is_file():
        return _of_yaml(path)
    if (found := yaml_of(path)) is not None:
        return _of_yaml(found)
    if (data := next(iter(sorted(path.glob("*.data"))), None)) is not None:
        return _of_darknet(path, data)
    if names := sorted(path.glob("*.names")):
        return Description(_lines(names[0]), names[0].name)
    return None


def yaml_of(folder: Path) -> Path | None:
    """The file of a folder that names classes in YAML."""
    some = sorted(each for each in folder.iterdir() if each.suffix.lower() in YAML)
    by_name = {each.name.lower(): each for each in some}
    if usual := next((by_name[name] for name in USUAL if name in by_name), None):
        return usual
    naming = [each for each in some if names_classes(each)]
    if len(naming) > 1:
        names = ", ".join(shown(each.name) for each in naming[:5])
        raise BadInput(
            f"{str(folder)!r} has several files with names of classes: {names}; name one."
        )
    return naming[0] if naming else None


def names_classes(path: Path) -> bool:
    """Whether a file of YAML has names of classes, by its beginning."""
    try:
        with path.open("rb") as file:
            return (
                re.search(rb"^(\xef\xbb\xbf)?(names|nc)\s*:", file.read(1 << 16), re.M) is not None
            )
    except OSError:
        return False


def classes_near(folder: Path, root: Path) -> tuple[dict[int, str], str] | None:
    """Names of ``classes.txt`` in a folder or in the nearest one above it, up to a root."""
    while True:
        for name in CLASSES:
            if (found := folder / name).is_file():
                return _lines(found), name
        if folder == root or root not in folder.parents:
            return _of_notes(root)
        folder = folder.parent


def _of_yaml(path: Path) -> Description:
    said = _yaml(path)
    names = _names(said.get("names"), path)
    count = said.get("nc")
    if not names and isinstance(count, str) and count.isdecimal():
        names = {number: str(number) for number in range(min(int(count), MOST_CLASSES))}
    if not names:
        raise BadInput(f"{str(path)!r} has no names of classes.")
    folder = said.get("path")
    before = f"{folder}/" if isinstance(folder, str) and folder else ""
    given = [each for key in PARTS for each in _texts(said.get(key))]
    return Description(
        names,
        path.name,
        tuple(before + each for each in given),
        _pose(said.get("kpt_shape")),
        _keypoints(said.get("kpt_names")),
    )


def _yaml(path: Path) -> dict[str, Any]:
    import yaml

    try:
        # All scalars as text: the class `no` is no False, and 007 no 7.
        said = yaml.load(read_text(path), Loader=yaml.BaseLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise BadInput(f"{str(path)!r} is not valid YAML: line {line}, {error.problem}.") from None
    except (yaml.YAMLError, RecursionError) as error:
        raise BadInput(f"{str(path)!r} is not valid YAML ({first_line(error)}).") from None
    if not isinstance(said, dict):
        raise BadInput(f"{str(path)!r} has no names of classes.")
    return said


def _names(given: Any, path: Path) -> dict[int, str]:
    if isinstance(given, str):
        file = found_inside(path.parent, given) if given else None
        return _lines(file) if file else {}
    if isinstance(given, list):
        given = dict(enumerate(given))
    if not isinstance(given, dict):
        return {}
    found = {}
    for key, name in given.items():
        if not isinstance(name, str) or not str(key).strip().isdecimal():
            what = shown(name) if isinstance(name, str) else "a list"  # of any depth: not shown
            raise BadInput(
                f"{str(path)!r} has {what} at {shown(key)} among its names of classes, which are "
                "a list, or a number and a name each."
            )
        found[int(key)] = name.strip()
    return found


def _texts(given: Any) -> Iterator[str]:
    for each in given if isinstance(given, list) else [given]:
        if isinstance(each, str) and each.strip():
            yield each


def _pose(given: Any) -> tuple[int, int] | None:
    try:
        n, dimensions = (int(each) for each in given)
    except (TypeError, ValueError):
        return None
    return (n, dimensions) if n > 0 and dimensions in (2, 3) else None


def _keypoints(given: Any) -> tuple[str, ...]:
    """The names, if they are the same for all classes."""
    lists = list(given.values()) if isinstance(given, dict) else [given]
    if not lists or not all(isinstance(each, list) for each in lists):
        return ()
    if not all(isinstance(name, str) for each in lists for name in each):
        return ()
    return tuple(lists[0]) if all(each == lists[0] for each in lists) else ()


def _of_darknet(folder: Path, data: Path) -> Description:
    """``obj.data`` of darknet, as CVAT writes it too: lines of ``key = value``."""
    said = dict(_key_and_value(line) for line in read_text(data).splitlines())
    file = found_inside(folder, said.get("names", ""))
    if file is None:
        file = next(iter(sorted(folder.glob("*.names"))), None)
    if file is None:
        raise BadInput(f"{str(data)!r} names no file with names of classes.")
    parts = tuple(said[key] for key in PARTS if said.get(key))
    return Description(_lines(file), file.name, parts)


def _key_and_value(line: str) -> tuple[str, str]:
    key, _, value = line.partition("=")
    return key.strip(), value.strip()


def _of_notes(root: Path) -> tuple[dict[int, str], str] | None:
    """Label Studio's list of classes."""
    if not (root / "notes.json").is_file():
        return None
    said = read_json(root / "notes.json")
    given: Sequence[Any] = said.get("categories") or () if isinstance(said, dict) else ()
    names = {
        each["id"]: str(each["name"])
        for each in given
        if isinstance(each, dict) and isinstance(each.get("id"), int) and "name" in each
    }
    return (names, "notes.json") if names else None


def _lines(path: Path) -> dict[int, str]:
    """One name a line; blank lines at the end are none."""
    return dict(enumerate(line.strip() for line in read_text(path).rstrip().splitlines()))
