"""Export and import of labels as files.

Rows (csv, jsonl, parquet) are here; the formats that carry the samples along are in
``dalt/data/exchange/``.
"""

from __future__ import annotations

import csv
import difflib
import json
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import IO, Any, NamedTuple

from dalt.core.errors import os_reason, shown
from dalt.core.files import replacing
from dalt.core.records import BadInput, ClassSet
from dalt.data.exchange import registry
from dalt.data.exchange.entries import Content, Entry
from dalt.data.exchange.items import Imported, Item, Reading, Unusable
from dalt.data.exchange.objects import read_objects
from dalt.data.exchange.rows import need_pyarrow, read_parquet_rows, write_parquet

__all__ = [
    "FORMATS", "Content", "Entry", "Imported", "Item", "LabelRow", "Reading", "Unusable",
    "read_any", "read_labels", "write_entries", "write_labels",
]  # fmt: skip

Row = Mapping[str, Any]
SOURCES = ("sample_source", "source", "path")
"""Columns that can hold the source of a sample, the most reliable first."""

# A spreadsheet runs text that begins like this as a formula, except numbers and a lone
# sign.
FORMULA = re.compile(r"'*[=+\-@\t\r]")
_SIGNS = frozenset("'=+-@\t\r")
HARMLESS = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)?([eE][+-]?\d+)?")


class LabelRow(NamedTuple):
    """One line of a file of labels, with either `sample_id` or `source`."""

    line: int
    sample_id: str | None
    source: str | None
    label: str
    annotator: str | None


def write_labels(
    frame_rows: Iterable[Row],
    path: str | Path,
    format: str | None = None,
    columns: Sequence[str] | None = None,
) -> int:
    """Write labels to a file, row by row; it appears when it is complete.

    Times are written in ISO 8601 and UTC, missing values as an empty cell (csv) or null
    (jsonl), lists as JSON.

    A cell of a csv file can come from a stranger, for example by a file's name, and a
    spreadsheet would run one that begins with ``=``, ``+``, ``-``, ``@``, a tab or a carriage
    return.  Such text gets an apostrophe before it, except plain numbers and lone signs
    (classes ``-1`` and ``+`` stay), and so does text with apostrophes before such a sign, so
    that `read_labels` can remove exactly one.  Files of jsonl hold all text unchanged.

    Parameters
    ----------
    frame_rows : iterable of mapping
        One per label, from column to value.
    path : str or Path
        An existing file is replaced.
    format : {"csv", "jsonl", "parquet"}, optional
        By default from the path's ending.
    columns : sequence of str, optional
        Columns and their order; by default those of the first row.

    Returns
    -------
    int
        How many rows were written.

    Raises
    ------
    BadInput
        If the format is not known or the file cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "labels.csv"
    >>> write_labels([{"sample_id": "a1", "label": ["cat", "dog"]}], path)
    1
    >>> print(path.read_text(), end="")
    sample_id,label
    a1,"[""cat"", ""dog""]"
    """
    path = Path(path).expanduser()
    name = format_of(path, format)
    if name not in ROWS:
        raise BadInput(f"{name} needs the samples too: project.export(…, format={name!r}).")
    if name == "parquet":
        need_pyarrow()
        with _replaced(path) as part:
            return write_parquet(frame_rows, part, columns or ())
    with _replacing(path) as file:
        return WRITERS[name](frame_rows, file, columns)


def write_entries(
    entries: Iterable[Entry], path: str | Path, format: str, classes: ClassSet
) -> int:
    """Write samples with their labels in another program's format.

    Parameters
    ----------
    entries : iterable of Entry
        Read one at a time.
    path : str or Path
        An existing file is replaced; a folder has to be new.
    format : {"imagefolder", "huggingface", "yolo", "coco", "label-studio"}
    classes : ClassSet

    Returns
    -------
    int
        How many labels were written.

    Raises
    ------
    BadInput
        If the format cannot hold these labels, or the path cannot be written.
    """
    path = Path(path).expanduser()
    chosen = registry.BY_NAME[format]
    if chosen.write_folder is not None:
        return chosen.write_folder(entries, path, classes)
    if chosen.write_path is not None:
        with _replaced(path) as part:
            return chosen.write_path(entries, part, classes)
    if chosen.write_file is None:
        raise BadInput(f"Labels in the format {format} are read, not written.")
    with _replacing(path) as file:
        return chosen.write_file(entries, file, classes)


def read_any(
    path: str | Path, format: str | None, classes: ClassSet, reading: Reading | None = None
) -> Iterator[Item]:
    """Yield the labels of a file or folder.

    Parameters
    ----------
    path : str or Path
    format : str, optional
        By default recognised from the path.
    classes : ClassSet
        Classes of the importing project.
    reading : Reading, optional

    Raises
    ------
    BadInput
        If it cannot be read, or is not valid in that format.
    """
    path = Path(path).expanduser()
    name = format or found_format(path)
    if name not in FORMATS:
        raise BadInput(f"There is no format {shown(name)}; known formats: {', '.join(FORMATS)}.")
    if name == "csv":
        return (
            Imported(
                f"Line {row.line}",
                row.label,
                sample_id=row.sample_id,
                source=row.source,
                annotator=row.annotator,
            )
            for row in _streamed(path)
        )
    if name == "jsonl":
        return read_objects(path, classes, reading or Reading())
    if name == "parquet":
        return _of_rows(read_parquet_rows(path))
    chosen = registry.BY_NAME[name]
    if path.is_dir():
        _refuse_root(path)
    elif chosen.write_folder is not None and not (path.is_file() and chosen.recognises(path)):
        raise BadInput(f"There is no folder {str(path)!r}.")
    return chosen.read(path, classes, reading or Reading())


def found_format(path: Path) -> str:
    """Recognise the format of a file or folder.

    Raises
    ------
    BadInput
        If there is nothing, or the format is unknown.
    """
    if path.is_dir():
        _refuse_root(path)
    elif not path.exists():
        raise BadInput(f"There is no file {shown(path, 300)}.")
    found = next((each.name for each in registry.FORMATS if each.recognises(path)), None)
    return found or format_of(path, None, what="imported")


def _refuse_root(folder: Path) -> None:
    if folder.resolve().parent == folder.resolve():
        raise BadInput(f"{str(folder)!r} is the whole disk: name the folder of the labels.")


def _of_rows(rows: Iterator[tuple[str, dict[str, Any]]]) -> Iterator[Imported]:
    for where, row in rows:
        if row.get("label") is None:
            raise BadInput(f"{where} has no label.")
        sample_id = row.get("sample_id") or None
        named = None if sample_id else _source_of(row)
        source = row.get("sample_source") or named
        if sample_id is None and source is None:
            raise BadInput(f"{where} has no sample_id or source.")
        source = None if source is None else str(source)
        yield Imported(
            where,
            row["label"],
            sample_id=sample_id,
            source=source,
            annotator=row.get("annotator") or None,
        )


def _source_of(row: Row) -> Any:
    """Where a sample came from: in exports of labels ``source`` says who labelled."""
    return next((row[name] for name in SOURCES if row.get(name) not in (None, "")), None)


def read_labels(path: str | Path) -> list[LabelRow]:
    """Read a csv file of labels: the truth, or labels to import.

    Parameters
    ----------
    path : str or Path
        UTF-8 with a header: ``sample_id`` or ``source`` (the path or row that a
        sample came from; ``sample_source`` and ``path`` are other names of it), ``label``,
        and optionally ``annotator``.  Other columns are ignored.

    Returns
    -------
    list of LabelRow
        With the line on which each begins.  A row with a `sample_id` has no
        `source`: in exports that column says who labelled.

    Raises
    ------
    BadInput
        If the file is missing, empty, not UTF-8, lacks a column, or a line lacks a
        cell.
    """
    return list(_streamed(Path(path).expanduser()))


def _streamed(path: Path) -> Iterator[LabelRow]:
    if not os.path.isfile(path):
        raise BadInput(f"There is no file {shown(path, 300)}.")
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield from _label_rows(csv.reader(file, strict=True), str(path))
    except UnicodeError:
        raise BadInput(f"{str(path)!r} is not in UTF-8; save it as 'CSV UTF-8'.") from None
    except csv.Error as error:
        raise BadInput(f"{str(path)!r} is not a sound csv file: {error}.") from None
    except OSError as error:
        raise BadInput(f"{str(path)!r} cannot be read: {os_reason(error)}.") from None


# --- reading ------------------------------------------------------------------------


class _Lines:
    """A csv reader's rows without the blank ones, each with the line it begins on."""

    def __init__(self, reader: Any) -> None:
        self._reader = reader

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        begin = 1
        for cells in self._reader:
            if cells:
                yield begin, cells
            begin = self._reader.line_num + 1


def _label_rows(reader: Any, name: str) -> Iterator[LabelRow]:
    lines = iter(_Lines(reader))
    _, header = next(lines, (0, []))
    columns = _columns([cell.strip() for cell in header], name)
    empty = True
    for line, cells in lines:
        empty = False
        where = f"Line {line} of {name!r}"
        if len(cells) != len(header):
            raise BadInput(f"{where} has {len(cells)} cells; the header has {len(header)}.")
        row = {column: _unescaped(cells[i]) for column, i in columns.items()}
        sample_id = row.get("sample_id", "").strip() or None
        source = _source_of(row)
        if not row["label"].strip():
            raise BadInput(f"{where} has no label.")
        if sample_id is None and source is None:
            wanted = " or ".join(c for c in ("sample_id", "source", "path") if c in columns)
            raise BadInput(f"{where} has no {wanted}.")
        yield LabelRow(
            line=line,
            sample_id=sample_id,
            source=None if sample_id else source,
            label=row["label"],
            annotator=row.get("annotator", "").strip() or None,
        )
    if empty:
        raise BadInput(f"{name!r} has a header but no rows.")


def _columns(header: list[str], name: str) -> dict[str, int]:
    """Find DALT's columns in a header, or say what is wrong with it."""
    if not any(header):
        raise BadInput(f"{name!r} is empty.")
    if len(header) == 1 and re.search(r"[;\t]", header[0]):
        raise BadInput(f"The columns of {name!r} are not separated by commas; save it with commas.")
    known = ("sample_id", *SOURCES, "label", "annotator")
    for column in known:
        if header.count(column) > 1:
            raise BadInput(f"{shown(name, 200)} has the column {shown(column)} twice.")
    columns = {column: header.index(column) for column in known if column in header}
    for wanted, others in ((("label",), ()), (("sample_id", "source"), SOURCES)):
        if not any(column in columns for column in (*wanted, *others)):
            close = [c for w in wanted for c in difflib.get_close_matches(w, header, n=1)]
            hint = f" Did you mean {close[0]!r}?" if close else ""
            found = ", ".join(header[:10])
            raise BadInput(f"{name!r} has no column {' or '.join(wanted)}.{hint} Columns: {found}.")
    return columns


def _unescaped(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and FORMULA.match(cell) else cell


# --- writing ------------------------------------------------------------------------


def format_of(path: Path, format: str | None, what: str = "exported") -> str:
    """The format that is named, or that the ending says.

    Raises
    ------
    BadInput
        If there is none of that name.
    """
    name = path.suffix.removeprefix(".").lower() if format is None else format
    if name not in FORMATS:
        how = (
            f"by the ending of {shown(path.name)}"
            if format is None
            else f"as format={shown(format)}"
        )
        raise BadInput(f"Labels cannot be {what} {how}; known formats: {', '.join(FORMATS)}.")
    return name


def _write_csv(rows: Iterable[Row], file: IO[str], columns: Sequence[str] | None) -> int:
    rows = iter(rows)
    first: Row | None = None
    if columns is None:
        first = next(rows, None)
        if first is None:
            return 0
        columns = list(first)
    writer = csv.writer(_Unix(file), lineterminator="\r\n")
    writer.writerow(columns)
    count = 0

    def cells() -> Iterator[list[str]]:
        nonlocal count
        for row in rows if first is None else chain((first,), rows):
            count += 1
            get = row.get
            yield [_cell(get(column)) for column in columns]

    writer.writerows(cells())
    return count


class _Unix:
    """Ends lines as Unix does.

    The csv module quotes a carriage return only if it is part of the line's end.
    """

    def __init__(self, file: IO[str]) -> None:
        self._write = file.write

    def write(self, line: str) -> None:
        self._write(line[:-2] + "\n")


def _cell(value: object) -> str:
    if value is None:
        return ""
    if type(value) is not str:
        value = _plain(value)
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


def _write_jsonl(rows: Iterable[Row], file: IO[str], columns: Sequence[str] | None) -> int:
    count = 0
    for row in rows:
        chosen = row if columns is None else {column: row.get(column) for column in columns}
        file.write(json.dumps(_plain(dict(chosen)), ensure_ascii=False) + "\n")
        count += 1
    return count


def _plain(value: Any) -> Any:
    """Reduce a value to what JSON knows: times to ISO 8601 UTC, missing to None."""
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return None
    if isinstance(value, datetime):
        # Times without a zone are UTC, as everywhere in DALT.
        aware = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
        return aware.isoformat()
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): _plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    if hasattr(value, "tolist"):  # numpy's scalars and arrays
        return _plain(value.tolist())
    if isinstance(value, float) and value - value != 0:  # JSON knows no nan or infinity
        return None
    return value


WRITERS: dict[str, Callable[[Iterable[Row], IO[str], Sequence[str] | None], int]] = {
    "csv": _write_csv,
    "jsonl": _write_jsonl,
}


ROWS = ("csv", "jsonl", "parquet")
FORMATS = (*ROWS, *registry.BY_NAME)
"""All that can be exported and imported."""


@contextmanager
def _replaced(path: Path) -> Iterator[Path]:
    """A file beside `path` that another library writes; it takes its place at the end."""
    if path.is_dir():
        raise BadInput(f"{str(path)!r} is a folder; name a file.")
    try:
        with replacing(path) as part:
            yield part
    except OSError as error:
        raise BadInput(f"{str(path)!r} cannot be written: {os_reason(error)}.") from error


@contextmanager
def _replacing(path: Path) -> Iterator[IO[str]]:
    """Open a file for text beside `path` that takes its place at the end."""
    with (
        _replaced(path) as part,
        # Half a surrogate pair, as in broken file names, is written as an escape.
        part.open("w", encoding="utf-8", errors="backslashreplace", newline="") as file,
    ):
        yield file
