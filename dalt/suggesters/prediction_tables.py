"""Tables of predictions as rows of cells, whatever they are kept in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dalt.core.errors import BadInput, shown
from dalt.core.user_warnings import Uncertain, warn_user
from dalt.data.exchange.items import Unusable
from dalt.data.exchange.rows import read_jsonl_values, read_parquet_rows
from dalt.data.readers import tables
from dalt.data.readers.delimited import Delimited
from dalt.data.readers.spreadsheets import Sheet

Cells = Mapping[str, Any]
TABLES = (".csv", ".tsv", ".tab", ".txt", ".xlsx", ".xlsm", ".parquet", ".jsonl", ".ndjson")
"""Endings of files that are read as tables."""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of predictions.

    Attributes
    ----------
    name : str
        What it is called in sentences.
    header : tuple of str
    rows : iterable of (str, mapping) or Unusable
        The place of each row, for people, and its cells.
    """

    name: str
    header: tuple[str, ...]
    rows: Iterable[tuple[str, Cells] | Unusable]


def table_in(path: Path) -> Table:
    """Open a table of one of the endings of `TABLES`.

    Raises
    ------
    BadInput
        If it is missing, empty or no such table; some faults only show when its rows are read.
    """
    ending = path.suffix.lower()
    if ending in (".jsonl", ".ndjson"):
        return table_of_objects(read_jsonl_values(path), str(path))
    if ending == ".parquet":
        return table_of_objects(read_parquet_rows(path), str(path))
    if ending in (".xlsx", ".xlsm"):
        return _of_sheet(path)
    table = Delimited(path, [])
    if table.encoding.guessed:
        warn_user(table.encoding.guessed, Uncertain)
    return Table(str(path), tuple(table.header), _of_delimited(table))


def table_of_frame(frame: Any) -> Table:
    """The rows of a pandas DataFrame; an index with a name is a column, too.

    Raises
    ------
    BadInput
        If it has no rows, or a column twice.
    """
    if not len(frame):
        raise BadInput("The frame of predictions has no rows.")
    if any(name is not None for name in frame.index.names):
        frame = frame.reset_index()
    header = tuple(tables.label(name) for name in frame.columns)
    _refuse_twice("The frame of predictions", header)
    rows = (
        (f"Row {number}", dict(zip(header, cells, strict=True)))
        for number, cells in enumerate(frame.itertuples(index=False, name=None), 1)
    )
    return Table("The frame of predictions", header, rows)


def table_of_objects(values: Iterable[tuple[str, Any]], name: str) -> Table:
    """Rows that are mappings; the header has all of their keys.

    Raises
    ------
    BadInput
        If there are none.
    """
    rows: list[tuple[str, Cells] | Unusable] = []
    header: dict[str, None] = {}
    for where, value in values:
        if isinstance(value, Mapping):
            row = {str(key): cell for key, cell in value.items()}
            header |= dict.fromkeys(row)
            rows.append((where, row))
        else:
            rows.append(Unusable(where, f"is no object with a sample and a label: {shown(value)}"))
    if not header:
        raise BadInput(f"{name} has no rows with a sample and a label.")
    return Table(name, tuple(header), rows)


def _of_sheet(path: Path) -> Table:
    if not path.is_file():
        raise BadInput(f"There is no file {shown(path, 300)}.")
    with Sheet(path) as sheet:
        if sheet.others:
            warn_user(sheet.told, Uncertain)
        header = tuple(sheet.header)
        _refuse_twice(str(path), header)
        rows: list[tuple[str, Cells] | Unusable] = [
            Unusable(f"Row {row.number}", row.wrong)
            if row.wrong
            else (f"Row {row.number}", dict(zip(header, row.cells, strict=False)))
            for row in sheet.rows()
        ]
    return Table(str(path), header, rows)


def _of_delimited(table: Delimited) -> Iterator[tuple[str, Cells] | Unusable]:
    for row in table.rows():
        if row.wrong:
            yield Unusable(f"Line {row.line}", row.wrong)
        elif any(row.cells):  # rows of separators alone hold nothing
            yield f"Line {row.line}", dict(zip(table.header, row.cells, strict=True))


def _refuse_twice(name: str, header: Sequence[str]) -> None:
    twice = next((each for each in header if header.count(each) > 1), None)
    if twice is not None:
        raise BadInput(f"{name} has the column {shown(twice)} twice.")
