"""Delimited text as people have it: csv, tsv, semicolons, and any usual encoding.

Whatever reads a table of text, of samples or of labels, reads it here.  Nothing is shifted: a row
whose cells do not fit the header is named by its line.
"""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

from dalt.core.errors import os_reason, shown
from dalt.core.records import BadInput
from dalt.data.readers.encodings import Encoding, encoding_of

SEPARATORS = (",", ";", "\t", "|")
NAMES = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
LONGEST_CELL = 1 << 26
"""Characters of a cell; what is longer is a quotation mark that is not closed."""
_LOOKED_AT = 1 << 18
"""Characters in which the separator is looked for."""
_ROWS_LOOKED_AT = 500
_DECLARED = re.compile(r"sep=(.)\s*", re.IGNORECASE)
"""A first line that tells Excel the separator."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table of text.

    Attributes
    ----------
    line : int
        On which it begins, as an editor counts.
    cells : list of str
        One for each column, unless `wrong`.
    wrong : str
        Why its cells do not fit the header, as the second half of a sentence.
    """

    line: int
    cells: list[str]
    wrong: str = ""


def no_table(path: Path) -> str:
    """Why there is no file to read, as a sentence."""
    if os.path.isdir(path):
        return f"{shown(path, 300)} is a folder; name the file of the table in it."
    return f"There is no file {shown(path, 300)}."


class Delimited:
    r"""A file of delimited text: its header, and its rows one after another.

    Parameters
    ----------
    path : Path
    wanted : sequence of str
        Columns that it should have; they settle the separator where several fit.

    Attributes
    ----------
    header : list of str
        Names without white space around them.
    encoding : Encoding
    separator : str

    Raises
    ------
    BadInput
        If the file is missing, empty or in an unknown encoding, or if several separators fit.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "in.csv"
    >>> _ = path.write_text("id;text\n1;hello, you\n")
    >>> table = Delimited(path)
    >>> table.header, [row.cells for row in table.rows()]
    (['id', 'text'], [['1', 'hello, you']])
    """

    def __init__(self, path: Path, wanted: Sequence[str] = ()) -> None:
        if not os.path.isfile(path):
            raise BadInput(no_table(path))
        self._path = path
        self.encoding: Encoding = encoding_of(path)
        if csv.field_size_limit() < LONGEST_CELL:
            csv.field_size_limit(LONGEST_CELL)  # of the process: the csv module has no other
        with _reading(path), self._opened() as file:
            sample = file.read(_LOOKED_AT)
        whole = len(sample) < _LOOKED_AT
        declared = _DECLARED.fullmatch(sample.split("\n", 1)[0].rstrip("\r"))
        self._skipped = 1 if declared else 0
        if declared:
            self.separator = declared[1]
        else:
            self.separator = separator_of(sample, whole, wanted, path)
        lines = _lines_of(sample)[self._skipped :]
        self._spaced = _is_spaced(lines, self.separator, whole)
        records = _records(lines, self.separator, whole, self._spaced)
        self.header = [cell.strip() for cell in (records[0] if records else [])]
        if not any(self.header):
            raise BadInput(f"{str(path)!r} is empty.")
        self._fits = _Fitting(self.header)

    def rows(self) -> Iterator[Row]:
        """Yield the rows behind the header; blank ones are passed over.

        Empty cells behind the last column, as of a comma at a line's end, do not count.

        Raises
        ------
        BadInput
            If a quotation mark is not closed, or the file cannot be read to its end.
        """
        with _reading(self._path), self._opened() as file:
            for _ in range(self._skipped):
                file.readline()
            reader = csv.reader(
                file, delimiter=self.separator, skipinitialspace=self._spaced, strict=True
            )
            begin, behind = 1 + self._skipped, False
            try:
                for cells in reader:
                    if cells:
                        if behind:
                            yield Row(begin, cells, self._fits.wrong(cells))
                        behind = True
                    begin = reader.line_num + 1 + self._skipped
            except csv.Error as error:
                raise self._unsound(begin, error) from None

    def _opened(self) -> TextIO:
        return self._path.open(encoding=self.encoding.name, newline="")

    def _unsound(self, line: int, error: csv.Error) -> BadInput:
        why = str(error)
        if "field larger" in why or "unexpected end" in why:
            why = "a quotation mark is not closed"
        return BadInput(f"{str(self._path)!r} is not a sound csv file: line {line}: {why}.")


class _Fitting:
    """Brings rows to the width of a header.

    Parameters
    ----------
    header : list of str
        Names may be missing at its end: spreadsheets write columns that look empty.
    """

    def __init__(self, header: Sequence[str]) -> None:
        self._n_columns = len(header)
        self._n_named = max((i for i, name in enumerate(header, 1) if name.strip()), default=0)

    def wrong(self, cells: list[str]) -> str:
        """Cut off or add empty cells at the end; return what is wrong if that is not enough."""
        n_columns = self._n_columns
        if len(cells) == n_columns:
            return ""
        while len(cells) > n_columns and not cells[-1].strip():
            cells.pop()
        if self._n_named <= len(cells) <= n_columns or not any(cells):
            cells += [""] * (n_columns - len(cells))
            return ""
        some = f"{len(cells)} cell{'s' if len(cells) != 1 else ''}"
        return f"has {some}; the header has {n_columns}"


def separator_of(sample: str, whole: bool, wanted: Sequence[str], path: Path) -> str:
    """Find the separator from the header and the rows behind it.

    Parameters
    ----------
    sample : str
        The beginning of the file.
    whole : bool
        Whether that is all of it.
    wanted : sequence of str
        Columns that the file should have.
    path : Path
        For messages.

    Raises
    ------
    BadInput
        If several separators give columns, and nothing settles which one is meant.
    """
    lines = _lines_of(sample)
    fitting: dict[str, list[str]] = {}
    best, most = ",", -1.0
    for separator in SEPARATORS:
        records = _records(lines, separator, whole, spaced=f'{separator} "' in sample)
        if not records or len(records[0]) < 2:
            continue
        fitting_of, rows = _Fitting(records[0]), records[1:]
        fits = sum(not fitting_of.wrong(row) for row in rows)
        if fits == len(rows):
            fitting[separator] = [name.strip() for name in records[0]]
        if (share := fits / max(len(rows), 1)) > most:
            best, most = separator, share
    if not fitting:
        return best
    if len(fitting) > 1:
        named = [each for each, header in fitting.items() if set(wanted) & set(header)]
        if len(named) == 1:
            return named[0]
        if path.suffix.lower() == ".tsv" and "\t" in fitting:
            return "\t"
        either = " or ".join(NAMES[each] for each in fitting)
        raise BadInput(
            f"The columns of {str(path)!r} can be separated by {either}; put quotation marks "
            "around names and cells that contain one of these."
        )
    return next(iter(fitting))


def _lines_of(sample: str) -> list[str]:
    return list(io.StringIO(sample, newline=""))  # at the same characters as a file


def _records(
    lines: Sequence[str], separator: str, whole: bool, spaced: bool = False
) -> list[list[str]]:
    """The records of a sample that are not blank, without a last one that may be cut off."""
    reader = csv.reader(lines, delimiter=separator, skipinitialspace=spaced)
    records = list(islice(reader, _ROWS_LOOKED_AT))
    if not whole and 1 < len(records) < _ROWS_LOOKED_AT:
        del records[-1]
    return [cells for cells in records if cells]


def _is_spaced(lines: Sequence[str], separator: str, whole: bool) -> bool:
    """Whether spaces behind separators belong to no cell: ``id, "text"``.

    They do not if all names of the header have one, or if quotation marks behind them quote cells.
    """
    records = _records(lines, separator, whole)
    if not records or len(records[0]) < 2:
        return False
    if all(name[:1] == " " for name in records[0][1:]):
        return True
    quoted = [cell for cells in records for cell in cells if cell[:2] == ' "']
    return bool(quoted) and all(cell.count('"') % 2 or cell[-1:] == '"' for cell in quoted)


class _reading:
    """Says in one sentence why a file cannot be read."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: BaseException | None, traceback: Any) -> None:
        if isinstance(error, UnicodeError):
            raise BadInput(
                f"{str(self._path)!r} is damaged, or not in one encoding throughout "
                f"({error}); save it as 'CSV UTF-8'."
            ) from None
        if isinstance(error, OSError):
            raise BadInput(f"{str(self._path)!r} cannot be read: {os_reason(error)}.") from None
