"""The lines of CoNLL files, and the sentences that they make."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from dalt.core.errors import os_reason, shown
from dalt.core.records import BadInput
from dalt.core.user_warnings import Uncertain, warn_user
from dalt.data.readers.encodings import encoding_of

DOCUMENT = "-DOCSTART-"
TAG = re.compile(r"O|[BIESLUMW][-_]\S.*|\S.*[-_][BIESLUMW]")
_NAMED = re.compile(r"#\s*([\w.]+)\s*=\s*(.*)")


class Lines:
    """The lines of a file in its encoding, as often as they are asked for.

    Parameters
    ----------
    path : Path

    Raises
    ------
    BadInput
        If it is missing, or no encoding stands out.
    """

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise BadInput(f"There is no file {shown(path, 300)}.")
        self.path = path
        encoding = encoding_of(path)
        if encoding.guessed:
            warn_user(encoding.guessed, Uncertain)
        self._encoding = "utf-8-sig" if encoding.name == "utf-8" else encoding.name

    def __iter__(self) -> Iterator[str]:
        try:
            with self.path.open(encoding=self._encoding) as file:
                for line in file:
                    yield line.rstrip("\n")
        except UnicodeError:
            raise BadInput(f"{str(self.path)!r} is damaged; save it as UTF-8.") from None
        except OSError as error:
            why = os_reason(error)
            raise BadInput(f"{str(self.path)!r} cannot be read: {why}.") from None


@dataclass(slots=True)
class Sentence:
    """Lines between two empty ones."""

    line: int
    last: int = 0
    comments: dict[str, str] = field(default_factory=dict)
    rows: list[list[str]] = field(default_factory=list)


def cells_of(line: str) -> list[str]:
    """The columns of a line, between tabs or else between spaces."""
    return line.split("\t") if "\t" in line.strip() else line.split()


def sentences_of(lines: Lines) -> Iterator[Sentence]:
    r"""Yield the sentences of a file, without those of no tokens.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "in.conll"
    >>> _ = path.write_text("Kim B-PER\nsaid O\n\nno O\n")
    >>> [(each.line, each.rows) for each in sentences_of(Lines(path))]
    [(1, [['Kim', 'B-PER'], ['said', 'O']]), (4, [['no', 'O']])]
    """
    return _of_lines(lines) if _is_inline(lines) else _of_rows(lines)


def _is_inline(lines: Lines) -> bool:
    """Whether each line is a sentence: ``Kim|NNP|B-PER said|VBD|O``."""
    first = next((line for line in lines if line.strip()), "")
    cells = [cell.split("|") for cell in first.split()]
    return bool(cells) and all(
        len(each) > 1 and each[0] and TAG.fullmatch(each[-1]) for each in cells
    )


def _of_lines(lines: Lines) -> Iterator[Sentence]:
    for number, line in enumerate(lines, 1):
        rows = [cell.rsplit("|", line.split()[0].count("|")) for cell in line.split()]
        if rows:
            yield Sentence(number, number, rows=rows)


def _of_rows(lines: Lines) -> Iterator[Sentence]:
    width = 0
    now = Sentence(1)
    for number, line in enumerate(lines, 1):
        if not line.strip():
            if now.rows:
                yield now
                now = Sentence(number + 1)
            continue
        cells = cells_of(line)
        if cells[0] == DOCUMENT or line.startswith(("#begin", "#end")):
            if now.rows:
                yield now
            now = Sentence(number + 1)
            continue
        if _is_comment(line, cells, now, width):
            _note(line, now)
            continue
        if not now.rows:
            now.line = number
        width = width or len(cells)
        now.last = number
        now.rows.append(cells)
    if now.rows:
        yield now


def _is_comment(line: str, cells: list[str], sentence: Sentence, width: int) -> bool:
    """Whether a line is no token; a sentence can begin with the token "#"."""
    if not line.startswith("#") or sentence.rows:
        return False
    return bool(_NAMED.match(line)) or len(cells) != width or not TAG.fullmatch(cells[-1])


def _note(line: str, sentence: Sentence) -> None:
    found = _NAMED.match(line)
    if found:
        sentence.comments[found[1]] = found[2].strip()
