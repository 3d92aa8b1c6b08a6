"""The columns of a Hugging Face dataset: their types, and the names of their classes.

They stand in the schema of parquet and arrow files, in ``dataset_info.json`` and
``dataset_infos.json``, and at the head of ``README.md``.  A dataset's script is never run.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dalt.core.records import BadInput
from dalt.data.exchange.entries import read_json

INFO = "dataset_info.json"
INFOS = "dataset_infos.json"
CARD = "README.md"
MOST_FIELDS = 10_000
"""References in YAML can make more fields, or classes, of a few lines than memory holds."""
_WRAPS = ("dtype", "sequence", "list", "large_list", "struct")


@dataclass(frozen=True, slots=True)
class Leaf:
    """The innermost type of a column.

    Attributes
    ----------
    type : str
        Lower case: "image", "audio", "string", "int64" …
    names : tuple of str
        Of a ClassLabel: the class of each number.
    """

    type: str
    names: tuple[str, ...] = ()


Features = Mapping[tuple[str, ...], Leaf]
"""From a column, or a field in it, to its type; lists count as what they hold."""


class Declared:
    """What the files of a dataset's folder say about its columns.

    Parameters
    ----------
    root : Path
        The folder.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._known: dict[Path, dict[str, Features]] = {}

    def of(self, table: Path, columns: Collection[str]) -> Features:
        """The columns of a table of the dataset; empty if nothing is said.

        Raises
        ------
        BadInput
            If several configurations fit that name the classes differently.
        """
        folder = table.parent
        while True:
            found = self._in(folder)
            if found:
                return _fitting(found, table, columns)
            if folder in (self._root, folder.parent):
                return {}
            folder = folder.parent

    def _in(self, folder: Path) -> dict[str, Features]:
        if folder not in self._known:
            self._known[folder] = dict(_declared_in(folder))
        return self._known[folder]


def declares(folder: Path) -> bool:
    """Whether a folder says what the columns of a dataset are.

    Examples
    --------
    >>> import tempfile
    >>> declares(Path(tempfile.mkdtemp()))
    False
    """
    return any((folder / name).is_file() for name in (INFO, INFOS)) or bool(_card(folder / CARD))


def of_schema(metadata: Mapping[bytes, bytes] | None) -> Features:
    """The columns that the schema of a parquet or arrow file declares.

    Examples
    --------
    >>> said = {"info": {"features": {"label": {"names": ["a", "b"], "_type": "ClassLabel"}}}}
    >>> of_schema({b"huggingface": json.dumps(said).encode()})[("label",)].names
    ('a', 'b')
    """
    try:
        said = json.loads((metadata or {}).get(b"huggingface", b"{}"))
        return dict(_of_json(said["info"]["features"]))
    except (ValueError, KeyError, TypeError):
        return {}


def _declared_in(folder: Path) -> Iterator[tuple[str, Features]]:
    """Each configuration with its columns."""
    if (folder / INFO).is_file():
        said = read_json(folder / INFO)
        if isinstance(said, dict) and said.get("features"):
            yield str(said.get("config_name") or "default"), dict(_of_json(said["features"]))
            return
    if (folder / INFOS).is_file():
        said = read_json(folder / INFOS)
        for name, info in said.items() if isinstance(said, dict) else ():
            if isinstance(info, dict) and info.get("features"):
                yield str(name), dict(_of_json(info["features"]))
        return
    infos = _card(folder / CARD)
    for info in infos:
        if isinstance(info, dict) and isinstance(info.get("features"), list):
            config = info.get("config_name")
            name = config if isinstance(config, str) and config else "default"
            yield name, dict(_of_yaml(info["features"]))


def _card(path: Path) -> list[Any]:
    """What the head of ``README.md`` says of configurations."""
    try:
        with path.open(encoding="utf-8-sig") as file:
            if file.readline().strip() != "---":
                return []
            head = []
            for line in file:
                if line.strip() == "---":
                    break
                head.append(line)
    except (OSError, UnicodeError):
        return []
    import yaml

    try:
        # All scalars as text, and nothing merged: the class `no` is no False, and references
        # that are merged again and again would fill the memory.
        said = yaml.load("".join(head), Loader=yaml.BaseLoader)
    except (yaml.YAMLError, RecursionError) as error:
        why = " ".join(str(error).split())
        raise BadInput(f"The head of {str(path)!r} is not valid YAML ({why}).") from None
    infos = said.get("dataset_info") if isinstance(said, dict) else None
    return infos if isinstance(infos, list) else [infos] if infos else []


def _fitting(found: dict[str, Features], table: Path, columns: Collection[str]) -> Features:
    named = [features for name, features in found.items() if name in table.parts]
    fitting = named or [
        features for features in found.values() if {path[0] for path in features} <= {*columns}
    ]
    if any(features != fitting[0] for features in fitting[1:]):
        raise BadInput(
            f"The dataset of {str(table)!r} has the configurations {', '.join(found)}; keep each "
            "in a folder of its name."
        )
    return fitting[0] if fitting else next(iter(found.values()))


def _of_json(said: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Leaf]]:
    if isinstance(said, list):
        for each in said[:1]:
            yield from _of_json(each, path)
    elif not isinstance(said, dict):
        return
    elif not isinstance(said.get("_type"), str):
        for name, inner in said.items():
            yield from _of_json(inner, (*path, name))
    elif isinstance(said.get("feature"), dict | list):
        yield from _of_json(said["feature"], path)
    else:
        names = tuple(map(str, said.get("names") or ()))
        type = said.get("dtype") if said["_type"] == "Value" else said["_type"]
        yield path, Leaf(str(type).lower(), names)


def _of_yaml(features: Any) -> Iterator[tuple[tuple[str, ...], Leaf]]:
    """The fields of a card, but no more than `MOST_FIELDS` of them."""
    waiting: list[tuple[tuple[str, ...], Any]] = [((), features)]
    for _ in range(MOST_FIELDS):
        if not waiting:
            return
        path, said = waiting.pop()
        if isinstance(said, str):
            yield path, Leaf(said.lower())
        elif isinstance(said, list):
            named = [each for each in said if isinstance(each, dict) and _is_named(each)]
            waiting += [((*path, each["name"]), each) for each in reversed(named)]
        elif isinstance(said, dict):
            wrap = next((each for each in _WRAPS if each in said), None)
            if "class_label" in said:
                yield path, Leaf("classlabel", _class_names(said["class_label"]))
            elif wrap:
                waiting.append((path, said[wrap]))
            elif len(said) == 1:
                yield path, Leaf(str(next(iter(said))).lower())  # image: {decode: false}


def _is_named(field: dict[Any, Any]) -> bool:
    return isinstance(field.get("name"), str)


def _class_names(said: Any) -> tuple[str, ...]:
    names = said.get("names") if isinstance(said, dict) else None
    if isinstance(names, dict):
        by_number = {str(key).strip(): name for key, name in names.items()}
        names = [by_number.get(str(number)) for number in range(len(by_number))]
    found = tuple(each for each in names or () if isinstance(each, str))
    if len(found) < len(names or ()):
        raise BadInput(
            "The card of this dataset (README.md) does not name its classes by numbers from 0 on."
        )
    return found
