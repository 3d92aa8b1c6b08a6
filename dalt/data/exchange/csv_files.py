"""Labels in csv: written for programs or for spreadsheets, read as people have them."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import IO, Any

from dalt.core.records import BadInput, ClassSet
from dalt.core.user_warnings import Uncertain, warn_user
from dalt.data.exchange.items import Item, Reading, Unusable
from dalt.data.exchange.labelled_rows import columns_of
from dalt.data.exchange.plain_values import TIMES, plain_value, time_of
from dalt.data.readers.delimited import Delimited

Row = Mapping[str, Any]

# A spreadsheet runs text that begins like this as a formula, except numbers and a lone
# sign.
FORMULA = re.compile(r"'*[=+\-@\t\r]")
_SIGNS = frozenset("'=+-@\t\r")
HARMLESS = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)?([eE][+-]?\d+)?")


def read_csv_labels(path: Path, classes: ClassSet, reading: Reading) -> Iterator[Item]:
    """Yield the labels of a csv file, one for each row.

    Parameters
    ----------
    path : Path
        With any usual separator and encoding, and a header.
    classes : ClassSet
    reading : Reading

    Raises
    ------
    BadInput
        If the file is missing, empty or in an unknown encoding, lacks a column, or a quotation
        mark is not closed.
    """
    named = [name for name in (reading.sample, reading.label, "label") if name]
    table = Delimited(path, named)
    columns = columns_of(table.header, reading, str(path))
    if table.encoding.guessed:
        warn_user(table.encoding.guessed, Uncertain)
    places = {name: table.header.index(name) for name in columns.names}
    empty = True
    for row in table.rows():
        empty = False
        where = f"Line {row.line}"
        cells = row.cells
        if row.wrong:
            yield Unusable(where, row.wrong)
        elif any(cells):  # rows of separators alone hold nothing
            said = {name: _unescaped(cells[place]) for name, place in places.items()}
            if "\0" in "".join(said.values()):
                yield Unusable(where, "has a NUL character, which no text has")
            else:
                yield columns.item(where, said.get)
    if empty:
        raise BadInput(f"{str(path)!r} has a header but no rows.")


def _unescaped(cell: str) -> str:
    return cell[1:] if cell[:1] == "'" and FORMULA.match(cell) else cell


# --- writing ------------------------------------------------------------------------


class CsvWriter:
    """Writes rows as csv.

    Parameters
    ----------
    file : file of text
        Open for writing, in UTF-8.
    excel : bool
        Write times as spreadsheets take them: to the second, in UTC, without its sign.

    Attributes
    ----------
    is_ascii : bool
        Whether everything written so far is ASCII.
    """

    def __init__(self, file: IO[str], excel: bool = False) -> None:
        self.is_ascii = True
        self._write = file.write
        self._excel = excel

    def write(self, line: str) -> None:
        """Write a line of the csv module, which ends as Windows does, as Unix does.

        That module quotes a carriage return only if it is part of the line's end.
        """
        if self.is_ascii and not line.isascii():
            self.is_ascii = False
        self._write(line[:-2] + "\n")

    def rows(self, rows: Iterable[Row], columns: Sequence[str] | None) -> int:
        """Write a header and rows, and return how many rows."""
        rows = iter(rows)
        first: Row | None = None
        if columns is None:
            first = next(rows, None)
            if first is None:
                return 0
            columns = list(first)
        writer = csv.writer(self, lineterminator="\r\n")
        writer.writerow(columns)
        times = TIMES if self._excel else ()
        how = [(_time_cell if column in times else _cell, column) for column in columns]
        count = 0

        def cells() -> Iterator[list[str]]:
            nonlocal count
            for row in rows if first is None else chain((first,), rows):
                count += 1
                get = row.get
                yield [cell_of(get(column)) for cell_of, column in how]

        writer.writerows(cells())
        return count


def _cell(value: object) -> str:
    if value is None:
        return ""
    if type(value) is not str:
        value = plain_value(value)
    if value is None:
        return ""
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)
    if not isinstance(value, str):
        return str(value)
    # Most begin with a letter or a digit: a million of them are looked at once.
    if value[:1] in _SIGNS and FORMULA.match(value) and not HARMLESS.fullmatch(value):
        return "'" + value
    return value


def _time_cell(value: object) -> str:
    time = time_of(value)
    return _cell(value) if time is None else time.strftime("%Y-%m-%d %H:%M:%S")
