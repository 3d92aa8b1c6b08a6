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
from dalt.data.exchange.box_rows import box_columns, items_of_table
from dalt.data.exchange.items import Item, Reading, Unusable
from dalt.data.exchange.labelled_rows import columns_of
from dalt.data.exchange.plain_values import TIMES, plain_value, time_of
from dalt.data.readers.delimited import Delimited

Row = Mapping[str, Any]

# A spreadsheet runs text that begins like this as a formula, except numbers and a lone
# sign.
FORMULA = re.compile(r"'*[=+\-@\t\r]")
_SIGNS = frozenset("'=+-@\t\r")
_STORED = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.\d+)?\+00:00")
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
    boxes = box_columns(table.header, classes)
    names = (*columns.names, *(boxes.names if boxes else ()))
    yield from items_of_table(_rows(table, names, path), columns, boxes, classes, reading)


def _rows(
    table: Delimited, names: Sequence[str], path: Path
) -> Iterator[tuple[str, Row] | Unusable]:
    """The place of each row and its cells of some columns."""
    places = [(name, table.header.index(name)) for name in names]
    empty = True
    for row in table.rows():
        empty = False
        where = f"Line {row.line}"
        cells = row.cells
        if row.wrong:
            yield Unusable(where, row.wrong)
        elif any(cells):  # rows of separators alone hold nothing
            said = {
                name: cell if (cell := cells[place])[:1] != "'" else _unescaped(cell)
                for name, place in places
            }
            if "\0" in "".join(said.values()):
                yield Unusable(where, "has a NUL character, which no text has")
            else:
                yield where, said
    if empty:
        raise BadInput(f"{str(path)!r} has a header but no rows.")


def _unescaped(cell: str) -> str:
    """A cell without the apostrophe that keeps spreadsheets from running it."""
    return cell[1:] if FORMULA.match(cell) else cell


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
        times = [place for place, name in enumerate(columns) if self._excel and name in TIMES]
        names, count = tuple(columns), 0

        def cells() -> Iterator[list[Any]]:
            nonlocal count
            for row in rows if first is None else chain((first,), rows):
                count += 1
                # Most cells are text that begins with a letter or a digit: of millions, only the
                # others are looked at.
                made = [
                    value if type(value) is str and value[:1] not in _SIGNS else _cell(value)
                    for value in map(row.get, names)
                ]
                for place in times:
                    made[place] = _time_cell(row.get(names[place]))
                yield made

        writer.writerows(cells())
        return count


def _cell(value: object) -> object:
    """A value as the csv module writes it: it has its own ways for None and for numbers."""
    if value is None or type(value) is int:
        return value
    if type(value) is not str:
        value = plain_value(value)
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, str) and FORMULA.match(value) and not HARMLESS.fullmatch(value):
        return "'" + value
    return value


def _time_cell(value: object) -> object:
    if type(value) is str and (stored := _STORED.fullmatch(value)):  # as the store has them
        return f"{stored[1]} {stored[2]}"
    time = time_of(value)
    if time is None:
        return _cell(value)
    return time.replace(tzinfo=None).isoformat(" ", "seconds")
