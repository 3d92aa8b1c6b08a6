"""How the fields of an object name its sample: by id, row, path or content."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from dalt.data.exchange.field_names import (
    SAMPLE_ID,
    SOURCE,
    TEXT,
    all_named,
    first_named,
    plain_name,
)

_ADDRESS = re.compile(r"(https?|s3|gs|gcs|hf|azure-blob|file)://|/data/(upload|local-files)/", re.I)
_FILE = re.compile(
    r"\.(jpe?g|png|gif|webp|bmp|tiff?|heic|avif|wav|mp3|flac|ogg|m4a|opus|aiff?|txt|html?)$", re.I
)
_DATA = "data:"
_ROWS = ("row", "sample_row")
_OURS = ("source", "sample_source", "path")
"""DALT's own names, which hold a row where the samples came from a list or a table."""
LONGEST_PATH = 4_096


@dataclass(frozen=True, slots=True)
class Named:
    """What an object says of its sample; attributes as in `Imported`."""

    sample_id: str | None = None
    row: str | None = None
    source: str | None = None
    text: str | None = None

    def __bool__(self) -> bool:
        return any((self.sample_id, self.row, self.source, self.text))


def named_in(
    data: Mapping[str, Any], sample: str | None = None, hints: Iterable[str] = ()
) -> Named:
    """Find the names of a sample in the fields of an object.

    A number names a row only in DALT's own fields, ``row``, ``source``, ``sample_source`` and
    ``path``, and only beside no id and no text: it would be the row of another project, or
    something else of another tool.

    Parameters
    ----------
    data : mapping
    sample : str, optional
        The field that names the sample or holds its content, where that is known.
    hints : iterable of str
        Fields that probably hold the content.

    Examples
    --------
    >>> named_in({"id": 17, "text": "I like cats"}).text
    'I like cats'
    >>> named_in({"image": "/data/upload/3/0a1b2c3d-a.png"}).source
    '/data/upload/3/0a1b2c3d-a.png'
    >>> named_in({"source": "3"}).row
    '3'
    """
    sample_id = _text(data.get(first_named(data, SAMPLE_ID) or ""))
    if sample is not None:
        return _chosen(data.get(sample), sample, sample_id)
    field, source = _source(data)
    content = _content(data, hints, guess=source is None and sample_id is None)
    if source is not None and source.isdecimal():
        row = source if field in _OURS else None
        source = None
    else:
        row = next((_text(data[name]) for name in _ROWS if name in data), None)
    if content is not None or sample_id is not None:
        row = None
    if source is None:
        source = _address(data, content)
    return Named(sample_id, row, source, content)


def _chosen(value: Any, field: str, sample_id: str | None) -> Named:
    """What a field holds that was named as that of the samples."""
    said = _text(value)
    if said is None:
        return Named(sample_id)
    if plain_name(field) == "sample_id":
        return Named(said)
    if plain_name(field) in (*_ROWS, *_OURS) and said.isdecimal():
        return Named(row=said)
    is_path = len(said) <= LONGEST_PATH and "\n" not in said and not said.isdecimal()
    return Named(None, None, said if is_path else None, said)


def _content(data: Mapping[str, Any], hints: Iterable[str], *, guess: bool) -> str | None:
    """The text of a sample: of a known field, else the longest string."""
    for name in (*hints, first_named(_filled(data), TEXT)):
        said = data.get(name) if name is not None and not _names_source(name) else None
        if isinstance(said, str) and said and not said.startswith(_DATA):
            return said
    return max(_others(data), key=len, default=None) if guess else None


def _others(data: Mapping[str, Any]) -> list[str]:
    """The strings in fields of unknown names."""
    return [
        value
        for name, value in data.items()
        if isinstance(value, str) and not value.startswith(_DATA) and _may_be_content(name)
    ]


def _address(data: Mapping[str, Any], content: str | None) -> str | None:
    """What looks like a path or an address: the content, or the only other string that does."""
    if content is not None and _names_file(content):
        return content
    found = [each for each in _others(data) if _names_file(each)]
    return found[0] if len(found) == 1 else None


def _names_file(value: str) -> bool:
    """Whether a value looks like a path or an address of a file."""
    if len(value) > LONGEST_PATH or "\n" in value:
        return False
    return bool(_ADDRESS.match(value) or (_FILE.search(value) and len(value.split()) <= 8))


def _filled(data: Mapping[str, Any]) -> list[str]:
    return [name for name, value in data.items() if isinstance(value, str) and value]


def _may_be_content(name: str) -> bool:
    plain = plain_name(name)
    known = (*SAMPLE_ID, *_ROWS, "id")
    return plain not in known and not plain.endswith(("_id", "_at"))


def _names_source(name: str) -> bool:
    return plain_name(name) in SOURCE


def _source(data: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """The first known field with a path, by its plain name, and the path."""
    for name in all_named(tuple(data), SOURCE):
        said = _text(data[name])
        if said is not None and not said.startswith(_DATA):
            return plain_name(name), said
    return None, None


def _text(value: Any) -> str | None:
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return str(value) or None
