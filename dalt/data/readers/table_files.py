"""Files of rows as DataFrames: csv, tsv, xlsx, parquet and jsonl.

Text stays text: ``NA``, ``None`` and codes with a zero in front are no numbers and nothing
missing.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from dalt.core.errors import first_line, os_reason
from dalt.core.records import BadInput
from dalt.core.user_warnings import Uncertain, warn_user
from dalt.data.readers.cells import as_text
from dalt.data.readers.delimited import Delimited, Row, no_table
from dalt.data.readers.spreadsheets import ENDINGS, FORMER, Sheet, former

if TYPE_CHECKING:
    from pandas import DataFrame

NAMED = 3
"""How many wrong lines a message names."""
_WHOLE = re.compile("-?(0|[1-9][0-9]{0,17})")
"""Whole numbers; a code with a zero in front is text, and so is what is longer."""
_NUMBER = re.compile(r"-?((0|[1-9][0-9]{0,17})(\.[0-9]*)?|\.[0-9]+)([eE][+-][0-9]{1,2})?")
"""Numbers; programs write an exponent with its sign, and 12E5 is a code."""
_TRUTH = {"True": True, "TRUE": True, "true": True, "False": False, "FALSE": False, "false": False}


def read_table(
    path: str | Path, texts: Sequence[str] = (), wanted: Sequence[str] = ()
) -> DataFrame:
    r"""Read a file of rows as a frame, by its ending.

    Parameters
    ----------
    path : str or Path
        ``.xlsx``, ``.parquet``, ``.jsonl``, or delimited text with any other ending.
    texts : sequence of str
        Columns of text: their cells are str as they stand in the file.
    wanted : sequence of str
        Other columns that it should have; they settle the separator where several fit.

    Returns
    -------
    DataFrame
        Empty cells are None.

    Raises
    ------
    BadInput
        If the file is missing, empty or damaged, or holds no table.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "in.csv"
    >>> _ = path.write_text("zip;n;said\n01067;1;NA\n20095;2;12\n")
    >>> read_table(path, texts=["said"]).to_dict("list")
    {'zip': ['01067', '20095'], 'n': [1, 2], 'said': ['NA', '12']}
    """
    path = Path(path).expanduser()
    if not os.path.isfile(path):
        raise BadInput(no_table(path))
    ending = path.suffix.lower()
    if ending in FORMER:
        raise BadInput(former(path))
    if ending not in OTHERS:
        return read_csv(path, texts, wanted)
    frame = OTHERS[ending](path)
    if frame.empty:
        raise BadInput(f"{str(path)!r} has no rows.")
    for name in set(texts) & set(frame.columns):
        if list(frame.columns).count(name) == 1:
            frame[name] = frame[name].map(as_text).astype(object)
    return frame


def read_csv(path: str | Path, texts: Sequence[str] = (), wanted: Sequence[str] = ()) -> DataFrame:
    """Read delimited text with a header as a frame.

    Parameters
    ----------
    path : str or Path
    texts : sequence of str
        Columns of text.  Others are numbers or truth values if all their cells are.
    wanted : sequence of str
        Other columns that it should have.

    Returns
    -------
    DataFrame
        Of columns of objects; empty cells are None.

    Raises
    ------
    BadInput
        If the file is missing, empty or in an unknown encoding, or a row has more or fewer
        cells than the header.
    """
    path = Path(path).expanduser()
    table = Delimited(path, [*texts, *wanted])
    columns = _columns_of(table, str(path))
    if table.encoding.guessed:
        warn_user(table.encoding.guessed, Uncertain)
    names = list(table.header)
    for number, name in enumerate(names):
        if not name:
            names[number] = f"Unnamed: {number}"
    made = [
        _texts(cells) if name in texts else plain_column(cells)
        for name, cells in zip(names, columns, strict=True)
    ]
    kept = [
        number
        for number, cells in enumerate(made)
        if table.header[number] or any(cell is not None for cell in cells)
    ]
    return _frame([names[number] for number in kept], [made[number] for number in kept])


def _columns_of(table: Delimited, name: str) -> list[list[str]]:
    """The cells by columns; rows that do not fit are refused by their lines."""
    columns: list[list[str]] = [[] for _ in table.header]
    add = [column.append for column in columns]
    wrong: list[Row] = []
    for row in table.rows():
        if row.wrong:
            wrong.append(row)
        else:
            for put, cell in zip(add, row.cells, strict=True):
                put(cell)
    if wrong:
        named = "; ".join(f"line {row.line} {row.wrong}" for row in wrong[:NAMED])
        more = f"; and {len(wrong) - NAMED:,} more lines" if len(wrong) > NAMED else ""
        raise BadInput(
            f"Rows of {name!r} do not fit its header: {named}{more}. Put quotation marks around "
            "cells that contain the separator or a line break."
        )
    if not columns[0]:
        raise BadInput(f"{name!r} has a header but no rows.")
    return columns


def _texts(cells: Iterable[str]) -> list[str | None]:
    return [cell or None for cell in cells]


def plain_column(cells: Sequence[str]) -> list[Any]:
    """Read the cells of a column: numbers or truth values if all are, else text.

    Examples
    --------
    >>> plain_column(["1", "", "-3"]), plain_column(["1.50", "2"]), plain_column(["01", "2"])
    ([1, None, -3], [1.5, 2.0], ['01', '2'])
    >>> plain_column(["True", "FALSE"]), plain_column(["NA", "1"])
    ([True, False], ['NA', '1'])
    """
    filled = [cell for cell in cells if cell]
    read: Callable[[str], Any] = str
    if all(cell in _TRUTH for cell in filled):
        read = _TRUTH.__getitem__
    elif all(map(_WHOLE.fullmatch, filled)):
        read = int
    elif all(map(_NUMBER.fullmatch, filled)):
        read = float
    return [read(cell) if cell else None for cell in cells]


def _frame(names: Sequence[str], columns: Sequence[Sequence[Any]]) -> DataFrame:
    """Of objects, so that numbers beside empty cells stay whole."""
    import pandas as pd

    frame = pd.DataFrame(
        {number: pd.Series(cells, dtype=object) for number, cells in enumerate(columns)}
    )
    frame.columns = pd.Index(names, dtype=object)
    return frame


# --- spreadsheets, parquet, JSON lines ---------------------------------------------------------


def _read_sheet(path: Path) -> DataFrame:
    with Sheet(path) as sheet:
        columns: list[list[Any]] = [[] for _ in sheet.header]
        for row in sheet.rows():
            if row.wrong:
                raise BadInput(f"Row {row.number} of {str(path)!r} {row.wrong}.")
            for column, cell in zip(columns, row.cells, strict=True):
                column.append(cell)
        names = [name or f"Unnamed: {i}" for i, name in enumerate(sheet.header)]
        if sheet.others:
            warn_user(sheet.told, Uncertain)
    kept = [
        i
        for i, cells in enumerate(columns)
        if sheet.header[i] or any(cell is not None for cell in cells)
    ]
    return _frame([names[i] for i in kept], [columns[i] for i in kept])


def _read_parquet(path: Path) -> DataFrame:
    need_pyarrow()
    import pandas as pd
    import pyarrow as pa

    try:
        return pd.read_parquet(path, engine="pyarrow")
    except (pa.ArrowException, OSError) as error:
        why = first_line(error)
        raise BadInput(f"{str(path)!r} is not a sound parquet file ({why}).") from None


def need_pyarrow() -> None:
    """Refuse parquet if pyarrow is missing."""
    if find_spec("pyarrow") is None:
        raise BadInput(
            "Parquet needs pyarrow, which is not installed: pip install 'dalt[parquet]'."
        )


def _read_jsonl(path: Path) -> DataFrame:
    rows = list(_objects(path))
    names = list(dict.fromkeys(name for row in rows for name in row))
    return _frame(names, [[row.get(name) for row in rows] for name in names])


def _objects(path: Path) -> Iterator[dict[str, Any]]:
    """The objects of JSON lines, or of one JSON list."""
    try:
        with path.open(encoding="utf-8-sig") as file:
            if path.suffix.lower() == ".json":
                yield from _listed(file, path)
                return
            for number, line in enumerate(file, 1):
                if not line.strip():
                    continue
                try:
                    row = json.loads(line)
                except (ValueError, RecursionError):
                    row = None
                if not isinstance(row, dict):
                    raise BadInput(f"Line {number} of {str(path)!r} is no JSON object.")
                yield row
    except UnicodeError:
        raise BadInput(f"{str(path)!r} is not in UTF-8.") from None
    except OSError as error:
        raise BadInput(f"{str(path)!r} cannot be read: {os_reason(error)}.") from None


def _listed(file: IO[str], path: Path) -> list[dict[str, Any]]:
    try:
        rows = json.load(file)
    except (json.JSONDecodeError, RecursionError) as error:
        raise BadInput(f"{str(path)!r} is not valid JSON ({error}).") from None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise BadInput(f"{str(path)!r} is no table: a JSON list of objects is one.")
    return rows


OTHERS: dict[str, Callable[[Path], DataFrame]] = {
    **dict.fromkeys(ENDINGS, _read_sheet),
    ".parquet": _read_parquet,
    ".jsonl": _read_jsonl,
    ".ndjson": _read_jsonl,
    ".json": _read_jsonl,
}
"""Readers of tables that are no delimited text, by their endings."""
