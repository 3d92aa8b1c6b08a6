"""Labels in spreadsheets, .xlsx."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from dalt.core.errors import shown
from dalt.core.records import BadInput, ClassSet
from dalt.core.user_warnings import Uncertain, warn_user
from dalt.data.exchange.box_rows import box_columns, items_of_table
from dalt.data.exchange.items import Item, Reading, Unusable
from dalt.data.exchange.labelled_rows import columns_of
from dalt.data.exchange.plain_values import TIMES, plain_value, time_of
from dalt.data.readers.spreadsheets import Sheet

MOST_ROWS = 1_048_575
"""Rows of a sheet below its header."""
LONGEST = 32_767
"""Characters of a cell."""
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0d\x0e-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
_TIME = "yyyy-mm-dd hh:mm:ss"


def read_sheet_labels(path: Path, classes: ClassSet, reading: Reading) -> Iterator[Item]:
    """Yield the labels of the first sheet of a workbook, one for each row.

    Raises
    ------
    BadInput
        If it is no spreadsheet, or its first sheet is no table of labels.
    """
    if not path.is_file():
        raise BadInput(f"There is no file {shown(path, 300)}.")
    with Sheet(path) as sheet:
        columns = columns_of(sheet.header, reading, str(path))
        if sheet.others:
            warn_user(sheet.told, Uncertain)
        boxes = box_columns(sheet.header, classes)
        names = (*columns.names, *(boxes.names if boxes else ()))
        yield from items_of_table(_rows(sheet, names, path), columns, boxes, classes, reading)


def _rows(
    sheet: Sheet, names: Sequence[str], path: Path
) -> Iterator[tuple[str, Mapping[str, Any]] | Unusable]:
    """The place of each row and its cells of some columns."""
    places = {name: sheet.header.index(name) for name in names}
    empty = True
    for row in sheet.rows():
        empty, where = False, f"Row {row.number}"
        if row.wrong:
            yield Unusable(where, row.wrong)
        else:
            yield where, {name: row.cells[place] for name, place in places.items()}
    if empty:
        raise BadInput(f"{str(path)!r} has a header but no rows.")


def write_sheet(rows: Iterable[Mapping[str, Any]], path: Path, columns: Sequence[str]) -> int:
    """Write labels into the one sheet of a new workbook, a row at a time.

    Text stays text: nothing is a formula, and codes keep their zeros.  Times are in UTC.

    Returns
    -------
    int
        How many rows were written.

    Raises
    ------
    BadInput
        If there are more rows than a sheet has, or a cell is longer than it can be.
    """
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    book.properties.description = "labels of a DALT project"  # a later export may replace it
    sheet = book.create_sheet("labels")
    sheet.freeze_panes = "A2"  # the header stays in sight
    try:
        count = _append(rows, sheet, columns)
    except BaseException:
        sheet.close()  # its temporary file
        raise
    packed = io.BytesIO()  # a zip file that a full disk cuts short complains once more when it goes
    book.save(packed)
    path.write_bytes(packed.getbuffer())
    return count


def _append(rows: Iterable[Mapping[str, Any]], sheet: Any, columns: Sequence[str]) -> int:
    sheet.append(list(columns))
    count = 0
    for count, row in enumerate(rows, 1):
        if count > MOST_ROWS:
            raise BadInput(
                f"A sheet has room for {MOST_ROWS:,} labels, and there are more: export csv, "
                "jsonl or parquet."
            )
        sheet.append([_cell(sheet, column, row.get(column), count) for column in columns])
    return count


def _cell(sheet: Any, column: str, value: Any, number: int) -> Any:
    """A plain value, or a cell where openpyxl would take it for something else."""
    if value is None:
        return None
    if column in TIMES and (time := time_of(value)) is not None:
        return _marked(sheet, time.replace(tzinfo=None, microsecond=0), shape=_TIME)
    value = plain_value(value)
    if isinstance(value, list | dict):
        value = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, str):
        return value
    text = _UNWRITABLE.sub(_escape, value)
    if len(text) > LONGEST:
        raise BadInput(
            f"Row {number} has {len(text):,} characters as {column}, and a cell of a spreadsheet "
            f"has room for {LONGEST:,}: export csv, jsonl or parquet."
        )
    return _marked(sheet, text, type="s") if text[:1] in ("=", "#") else text


def _marked(sheet: Any, value: Any, shape: str | None = None, type: str | None = None) -> Any:
    from openpyxl.cell import WriteOnlyCell

    cell = WriteOnlyCell(sheet, value)
    if shape is not None:
        cell.number_format = shape
    if type is not None:
        cell.data_type = type
    return cell


def _escape(found: re.Match[str]) -> str:
    return f"_x{ord(found[0]):04X}_"
