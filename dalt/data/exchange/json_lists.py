"""Files with one JSON list, read element by element: they can be larger than memory."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from dalt.core.records import BadInput
from dalt.data.exchange.entries import refused_as_json
from dalt.data.exchange.rows import opened, read_jsonl_values

PART = 1 << 16
"""Characters that are read at once."""
LARGEST_OBJECT = 1 << 24
_AFTER = frozenset(", ]{[\n\r\t")


def first_element(path: Path) -> Any:
    """The first element of a list, the first object of JSON lines, or None.

    None for a large file that is one object, too: only to be recognised it is not read whole.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "list.json"
    >>> _ = path.write_text('[{"a": 1}, {"a": ')
    >>> first_element(path)
    {'a': 1}
    """
    try:
        one = path.suffix.lower() == ".json" and not is_list(path)
        if one and path.stat().st_size > LARGEST_OBJECT:
            return None
        return next(elements(path), None)
    except (BadInput, OSError):
        return None


def is_list(path: Path) -> bool:
    """Whether a file begins as a JSON list does."""
    try:
        with opened(path) as file:
            return file.read(PART).lstrip()[:1] == "["
    except (OSError, UnicodeError):
        return False


def begins_with(path: Path, *keys: str) -> bool:
    """Whether one of the keys stands where a file begins: a large object is not read for it."""
    try:
        with opened(path) as file:
            begin = file.read(PART)
    except (OSError, UnicodeError):
        return False
    return any(f'"{key}"' in begin for key in keys)


def numbered(path: Path, name: str) -> Iterator[tuple[str, Any]]:
    """Yield the values of a file with their places: lines of ``.jsonl``, else elements of a list.

    Raises
    ------
    BadInput
        As `elements`; a broken line is None.
    """
    if path.suffix.lower() == ".jsonl":
        yield from read_jsonl_values(path)
        return
    for number, value in enumerate(elements(path), 1):
        yield f"{name} {number}", value


def elements(path: Path, part: int = PART) -> Iterator[Any]:
    """Yield the elements of a JSON list; the elements themselves of what is no list.

    Parameters
    ----------
    path : Path
        One list, or values after one another as in JSON lines.
    part : int
        How many characters are read at once.

    Raises
    ------
    BadInput
        If it is missing, not JSON or not UTF-8; what is before that has been yielded.
    """
    with refused_as_json(path), opened(path) as file:
        yield from _Elements(file, part)


class _Elements:
    """Decodes a file with as much of it in memory as its largest element needs."""

    def __init__(self, file: IO[str], part: int) -> None:
        self._file = file
        self._part = part
        self._text = ""
        self._at = 0
        self._whole = False
        self._decoder = json.JSONDecoder()

    def __iter__(self) -> Iterator[Any]:
        listed = self._peek() == "["
        self._at += listed
        count = 0
        while (sign := self._peek()) not in ("", "]"):
            if listed and count and sign != ",":
                raise ValueError(f"a comma is missing after element {count}")
            self._at += listed and count > 0
            count += 1
            yield self._value(count)
        if listed and sign != "]":
            raise ValueError(f"it ends within its list, after element {count}")
        self._at += listed
        if self._peek():
            raise ValueError("it goes on after its end")

    def _peek(self) -> str:
        """The next character that is no space; empty at the end."""
        while True:
            while self._at < len(self._text):
                if not self._text[self._at].isspace():
                    return self._text[self._at]
                self._at += 1
            if not self._more():
                return ""

    def _value(self, count: int) -> Any:
        self._peek()
        while True:
            try:
                value, end = self._decoder.raw_decode(self._text, self._at)
            except ValueError:
                if self._more():
                    continue
                raise ValueError(f"element {count} is broken") from None
            # A number or word may go on in the next part.
            ended = self._text[end : end + 1] in _AFTER
            if ended or not self._more():
                self._at = end
                return value

    def _more(self) -> bool:
        """Read on, twice as much as is waiting: a long element is decoded a few times only."""
        if self._whole:
            return False
        self._text = self._text[self._at :]
        self._at = 0
        part = self._file.read(max(self._part, len(self._text)))
        self._whole = not part
        self._text += part
        return not self._whole
