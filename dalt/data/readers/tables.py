"""Texts and table rows: checking values, one JSON line each."""

from __future__ import annotations

import difflib
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from dalt.core.arguments import is_iterable
from dalt.core.errors import shown as quoted
from dalt.core.records import BadInput, Rejection
from dalt.data.readers.cells import Cell as Cell
from dalt.data.readers.cells import a_kind_of, as_text, plain_cell
from dalt.data.readers.cells import is_missing as is_missing


class Line(NamedTuple):
    """One text or row: its source, the content of its hash, and the stored line."""

    source: str
    content: bytes
    stored: bytes


def is_frame(data: object) -> bool:
    """Tell a pandas DataFrame without importing pandas."""
    return hasattr(data, "iloc") and hasattr(data, "columns")


def text_lines(texts: object, column: str | None) -> tuple[int, Iterator[Line | Rejection]]:
    """Check texts one by one.

    Parameters
    ----------
    texts : sequence of str, pandas Series, or DataFrame
    column : str or None
        The frame's column with the texts; not needed if it has only one.

    Returns
    -------
    int
        Number of texts.
    iterator of Line or Rejection

    Raises
    ------
    BadInput
        If these are not texts, there are none, or the column is missing.
    """
    if is_frame(texts):
        texts = _column(texts, column)
    elif column is not None:
        raise BadInput(f"column={quoted(column)} needs a DataFrame; these texts have no columns.")
    if isinstance(texts, str | bytes | Path | Mapping) or not is_iterable(texts):
        raise BadInput(
            f"Texts are given as a list of str or a DataFrame, not as {a_kind_of(texts)}."
        )
    if hasattr(texts, "iloc") and hasattr(texts, "index"):
        # A column of numbers is one of texts too: codes, or answers that are all numbers.
        pairs = list(zip(map(label, texts.index), map(as_text, texts), strict=True))
    else:
        pairs = [(str(i), text) for i, text in enumerate(texts)]
    if not pairs:
        raise BadInput("There are no texts to add.")
    return len(pairs), (_text_line(source, text) for source, text in pairs)


def table_lines(
    frame: Any, columns: Sequence[str] | None
) -> tuple[int, Iterator[Line | Rejection]]:
    """Check the rows of a frame one by one.

    Parameters
    ----------
    frame : DataFrame
    columns : sequence of str or None
        Columns to keep; None keeps all.

    Returns
    -------
    int
        Number of rows.
    iterator of Line or Rejection

    Raises
    ------
    BadInput
        If it is not a frame, has no rows, or a column is missing or there twice.
    """
    if not is_frame(frame):
        raise BadInput(f"A table is given as a pandas DataFrame, not as {a_kind_of(frame)}.")
    if isinstance(columns, str):
        columns = [columns]
    if columns is not None and not is_iterable(columns):
        raise BadInput(f"columns is a list of the frame's columns, not {a_kind_of(columns)}.")
    chosen = list(frame.columns) if columns is None else list(columns)
    for name in chosen:
        if is_missing(name):
            raise BadInput("A column has no name; give it one.")
        _require_column(frame, name)
    names = [label(name) for name in chosen]
    repeated = sorted(name for name, times in Counter(names).items() if times > 1)
    if repeated:
        raise BadInput(
            f"Column {quoted(repeated[0])} is named twice; give each column its own name."
        )
    if not len(frame) or not names:
        raise BadInput("The table has no rows." if names else "The table has no columns.")
    rows = frame[chosen].itertuples(index=True, name=None)
    return len(frame), (_row_line(label(row[0]), names, row[1:]) for row in rows)


def single_text(text: object) -> Line | Rejection:
    """Check one text."""
    return _text_line("this text", text)


def single_row(row: Mapping[str, object]) -> Line | Rejection:
    """Check one single row."""
    return _row_line("this row", [label(name) for name in row], list(row.values()))


def label(value: object) -> str:
    """Write an index label or column name so that any database accepts it."""
    return str(value).encode("utf-8", "backslashreplace").decode("utf-8")


def shown(row: Mapping[str, Cell]) -> tuple[tuple[str, str], ...]:
    """Write a row as pairs of column and value; missing values are empty.

    Examples
    --------
    >>> shown({"age": 30, "city": "Seoul", "job": None})
    (('age', '30'), ('city', 'Seoul'), ('job', ''))
    """
    return tuple((name, "" if value is None else str(value)) for name, value in row.items())


def _text_line(source: str, text: object) -> Line | Rejection:
    if is_missing(text):
        return Rejection(source, "no text")
    if not isinstance(text, str):
        return Rejection(source, f"not a text but {a_kind_of(text)}")
    if not text.strip():
        return Rejection(source, "empty text")
    try:
        return Line(source, text.encode("utf-8"), _json(str(text)))
    except UnicodeEncodeError:
        return Rejection(source, "not valid Unicode (half of a surrogate pair)")


def _row_line(source: str, names: list[str], values: Sequence[object]) -> Line | Rejection:
    row: dict[str, Cell] = {}
    for name, value in zip(names, values, strict=True):
        try:
            row[name] = plain_cell(value)
        except ValueError as error:
            return Rejection(source, f"column {quoted(name)} {error}")
    if all(value is None for value in row.values()):
        return Rejection(source, "empty row")
    # The order of the columns is kept for the page, but is not part of the content.
    return Line(source, _json(dict(sorted(row.items()))), _json(row))


def kept(value: Any) -> Cell:
    """A cell of a column beside the sample: what a row could not hold is kept as text.

    Examples
    --------
    >>> kept(2.0), kept(["a", 1]), kept(float("inf"))
    (2, "['a', 1]", 'inf')
    """
    try:
        return plain_cell(value)
    except ValueError:
        return label(value)


def column_of(frame: Any, column: Any, what: str) -> Any:
    """The name of the column that holds what a frame is given for, if it has one column.

    Raises
    ------
    BadInput
        If there is no such column or it is there twice, or there are several and none is named.
    """
    names = list(frame.columns)
    if column is None:
        if len(names) != 1:
            raise BadInput(f"Name the column of the {what}: column=…, one of {_list(names)}.")
        column = names[0]
    _require_column(frame, column)
    return column


def _column(frame: Any, column: str | None) -> Any:
    column = column_of(frame, column, "texts")
    if not len(frame):
        raise BadInput("The table has no rows.")
    return frame[column]


def _require_column(frame: Any, name: object) -> None:
    names = list(frame.columns)
    if name not in names:
        close = difflib.get_close_matches(str(name), [str(n) for n in names], n=1)
        hint = f" Did you mean {close[0]!r}?" if close else ""
        raise BadInput(f"There is no column {quoted(name)}.{hint} Columns: {_list(names)}.")
    if names.count(name) > 1:
        raise BadInput(f"Column {quoted(name)} is there twice; give each column its own name.")


def _list(names: Sequence[object]) -> str:
    return ", ".join(map(str, names[:10])) + (", …" if len(names) > 10 else "")


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, allow_nan=False).encode("utf-8")
