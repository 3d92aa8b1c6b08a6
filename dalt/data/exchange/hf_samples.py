"""Which sample a row of a Hugging Face dataset is about."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dalt.core.records import Kind
from dalt.data.exchange.beside import is_there
from dalt.data.exchange.contents import bytes_of, id_of_bytes, id_of_url
from dalt.data.exchange.entries import id_of_name
from dalt.data.exchange.hf_features import Features

FILES = ("file_name", "image", "audio", "img", "picture", "path", "file", "filename", "image_path")
TEXTS = ("text", "sentence", "content", "document", "review", "tweet", "utterance", "question")
_SOUND = re.compile(r"audio|speech|sound|clip|wav", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Named:
    """What a row says of its sample: attributes of `Imported`, and the file that it holds.

    `name` is how that file was called; it says nothing where the content does.
    """

    sample_id: str | None = None
    carried: bool = False
    source: str | None = None
    text: str | None = None
    files: tuple[Path, ...] = ()
    data: bytes | None = None
    name: str = ""


def sample_of(
    row: Mapping[str, Any], features: Features, beside: Path, root: Path, column: str | None
) -> Named:
    """Find what names the sample of a row.

    Parameters
    ----------
    row : mapping
    features : Features
    beside : Path
        The folder of the table, to which names of files are relative.
    root : Path
        The folder of the dataset, out of which names do not lead.
    column : str, optional
        The column of the samples, if its owner names it.
    """
    text = _text(row, features, column)
    given = row.get("sample_id")
    for name in [column] if column else _file_columns(row, features):
        cell = row.get(name)
        data = bytes_of(cell)
        path = cell.get("path") if isinstance(cell, Mapping) else cell
        source = path if isinstance(path, str) and path else None
        if data is None and source is None:
            continue
        held = id_of_bytes(data, _kind(name, features)) if data is not None else id_of_url(source)
        if held is not None:
            known = "" if source is None or source.startswith("data:") else source
            return Named(given or held, not given, text=text, data=data, name=known)
        files = _file(source, beside, root) if source and source != text else ()
        return Named(given or _stem(source), source=source, text=text, files=files)
    return Named(given, source=row.get("source"), text=text)


def _file_columns(row: Mapping[str, Any], features: Features) -> Iterable[str]:
    known = [path[0] for path, leaf in features.items() if leaf.type in ("image", "audio")]
    named = [name for name in row if name in FILES or name.endswith("_file_name")]
    held = [name for name, cell in row.items() if bytes_of(cell) is not None]
    return dict.fromkeys([*sorted(named, key=_first), *known, *held])


def _first(name: str) -> int:
    return FILES.index(name) if name in FILES else 0


def _kind(name: str, features: Features) -> Kind:
    leaf = features.get((name,))
    type = leaf.type if leaf else ""
    return "audio" if type == "audio" or (not type and _SOUND.search(name)) else "image"


def _stem(source: str | None) -> str | None:
    """The name of a file if it is a sample's id, as in DALT's own folders."""
    return id_of_name(Path(source).stem) if source else None


def _file(source: str, beside: Path, root: Path) -> tuple[Path, ...]:
    if "\0" in source or "://" in source:
        return ()
    file = beside / source
    inside = file.resolve().is_relative_to(root.resolve())
    return (file,) if inside and is_there(file) else ()


def _text(row: Mapping[str, Any], features: Features, column: str | None) -> str | None:
    if column:
        cell = row.get(column)
        return cell if isinstance(cell, str) else None
    found = next((row[name] for name in TEXTS if isinstance(row.get(name), str)), None)
    if found is None:
        strings = [path[0] for path, leaf in features.items() if leaf.type == "string"]
        texts = [row[n] for n in strings if n not in _NO_TEXTS and isinstance(row.get(n), str)]
        found = texts[0] if len(texts) == 1 else None
    return found


_NO_TEXTS = frozenset(
    (*FILES, "id", "idx", "sample_id", "annotator", "source", "label", "labels", "label_text",
     "category", "class", "split", "language", "lang")
)  # fmt: skip
