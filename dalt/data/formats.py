"""Export and import of labels as files.

Rows (csv, jsonl, parquet) are here; the formats that carry the samples along are in
``dalt/data/exchange/``.  Readers and writers are imported when a file is read or written: a page
needs none of them.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, NamedTuple

from dalt.core.errors import not_written, one_line, os_reason, shown
from dalt.core.files import replacing
from dalt.core.records import BadInput, ClassSet, DaltError
from dalt.data.exchange.entries import Content, Entry
from dalt.data.exchange.format_names import NAMES
from dalt.data.exchange.items import Imported, Item, Reading, Unusable

__all__ = [
    "FORMATS", "Content", "Entry", "Imported", "Item", "LabelRow", "Reading", "Unusable",
    "read_any", "read_labels", "write_entries", "write_labels",
]  # fmt: skip

Row = Mapping[str, Any]
_MARK = "\ufeff"
"""By which spreadsheets know UTF-8."""


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
    excel: bool = False,
    types: Mapping[str, str] | None = None,
) -> int:
    """Write labels to a file, row by row; it appears when it is complete.

    Times are written in ISO 8601 and UTC, missing values as an empty cell (csv) or null
    (jsonl), lists as JSON.  Where not all of a csv file is ASCII, it begins with a byte order
    mark: spreadsheets take it for another encoding without.

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
    format : {"csv", "jsonl", "parquet", "xlsx"}, optional
        By default from the path's ending.
    columns : sequence of str, optional
        Columns and their order; by default those of the first row.
    excel : bool
        Write a csv file for spreadsheets: always with a byte order mark, and times as they take
        them, to the second and in UTC.
    types : mapping of str to {"bool", "int", "float", "text"}, optional
        In parquet those of columns that are not DALT's.

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
    from dalt.data.exchange.rows import need_pyarrow, write_parquet
    from dalt.data.exchange.sheet_files import write_sheet

    path = Path(path).expanduser()
    name = format_of(path, format)
    if name not in ROWS:
        raise BadInput(f"{name} needs the samples too: project.export(…, format={name!r}).")
    if excel and name not in ("csv", "xlsx"):
        raise BadInput(f"excel=True is for csv and xlsx; {name} is not for spreadsheets.")
    if name == "csv":
        return _write_csv(frame_rows, path, columns, excel)
    if name == "jsonl":
        with _replacing(path) as file:
            return _write_jsonl(frame_rows, file, columns)
    if name == "parquet":
        need_pyarrow()
    with _replaced(path) as part:
        if name == "parquet":
            return write_parquet(frame_rows, part, columns or (), types or {})
        return write_sheet(frame_rows, part, columns or ())


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
    format : str
        One of `FORMATS` that can be written.
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
    from dalt.data.exchange.registry import BY_NAME

    path = Path(path).expanduser()
    chosen = BY_NAME[format]
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
    from dalt.data.exchange.registry import BY_NAME

    path = Path(path).expanduser()
    name = format or found_format(path)
    if name not in FORMATS:
        raise BadInput(f"There is no format {shown(name)}; known formats: {', '.join(FORMATS)}.")
    reading = reading or Reading()
    if name in ROWS:
        return _guarded(path, name, lambda: _read_rows(name, path, classes, reading))
    chosen = BY_NAME[name]
    if path.is_dir():
        _refuse_root(path)
    elif chosen.write_folder is not None and not (path.is_file() and chosen.recognises(path)):
        raise BadInput(f"There is no folder {str(path)!r}.")
    return _guarded(path, name, lambda: chosen.read(path, classes, reading))


def _guarded(path: Path, name: str, read: Callable[[], Iterator[Item]]) -> Iterator[Item]:
    """What a reader yields; whatever else it raises is said of the file, in one sentence.

    Readers look for what can be wrong with a file and name its line.  A file is anybody's, and so
    this is behind them all.
    """
    try:
        yield from read()
    except DaltError:
        raise
    except OSError as error:
        raise BadInput(f"{str(path)!r} cannot be read: {os_reason(error)}.") from error
    except Exception as error:
        raise BadInput(
            f"{str(path)!r} cannot be read as {name}: {one_line(error).rstrip('.')}. If it is of "
            "another format, name that (format=, --format)."
        ) from error


def _read_rows(name: str, path: Path, classes: ClassSet, reading: Reading) -> Iterator[Item]:
    from dalt.data.exchange.csv_files import read_csv_labels
    from dalt.data.exchange.labelled_rows import items_of_parquet
    from dalt.data.exchange.objects import read_objects
    from dalt.data.exchange.rows import read_parquet_rows
    from dalt.data.exchange.sheet_files import read_sheet_labels

    if name == "parquet":
        return items_of_parquet(read_parquet_rows(path), classes, reading)
    readers = {"csv": read_csv_labels, "xlsx": read_sheet_labels, "jsonl": read_objects}
    return readers[name](path, classes, reading)


ARCHIVES = (".zip", ".tar", ".gz", ".tgz", ".7z", ".rar")


def found_format(path: Path) -> str:
    """Recognise the format of a file or folder.

    Raises
    ------
    BadInput
        If there is nothing, or the format is unknown.
    """
    from dalt.data.exchange import registry
    from dalt.data.readers.spreadsheets import FORMER, former

    if path.is_dir():
        _refuse_root(path)
    elif not path.exists():
        raise BadInput(f"There is no file {shown(path, 300)}.")
    elif path.suffix.lower() in ARCHIVES:
        raise BadInput(f"{shown(path.name)} is an archive: unpack it, and name the folder.")
    elif path.suffix.lower() in FORMER:
        raise BadInput(former(path))
    found = next((each.name for each in registry.FORMATS if each.recognises(path)), None)
    if found is None and path.suffix.lower() == ".txt":
        raise BadInput(
            f"The format of {shown(path.name)} is not recognised: of YOLO name the folder or its "
            "data.yaml; a table or tagged tokens come in with format='csv' or 'conll' (--format)."
        )
    return found or format_of(path, ENDINGS.get(path.suffix.lower()), what="imported")


def _refuse_root(folder: Path) -> None:
    if folder.resolve().parent == folder.resolve():
        raise BadInput(f"{str(folder)!r} is the whole disk: name the folder of the labels.")


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
    from dalt.data.exchange.csv_files import read_csv_labels

    path = Path(path).expanduser()
    rows = []
    for item in read_csv_labels(path, ClassSet(()), Reading()):
        if isinstance(item, Unusable):
            raise BadInput(f"{item.where} of {str(path)!r} {item.why}.")
        line = int(item.where.removeprefix("Line "))
        source = item.source or item.row if item.sample_id is None else None
        rows.append(LabelRow(line, item.sample_id, source, item.label, item.annotator))
    return rows


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


def _write_csv(rows: Iterable[Row], path: Path, columns: Sequence[str] | None, excel: bool) -> int:
    from dalt.data.exchange.csv_files import CsvWriter

    with _replaced(path) as part:
        with _text(part) as file:
            if excel:
                file.write(_MARK)
            writer = CsvWriter(file, excel)
            count = writer.rows(rows, columns)
        if not excel and not writer.is_ascii:
            _mark(part)
        return count


def _mark(part: Path) -> None:
    """Put a byte order mark before the content of a file."""
    with (
        replacing(part, durable=False) as marked,
        part.open("rb") as file,
        marked.open("wb") as target,
    ):
        target.write(_MARK.encode())
        shutil.copyfileobj(file, target, 1 << 20)


def _write_jsonl(rows: Iterable[Row], file: IO[str], columns: Sequence[str] | None) -> int:
    from dalt.data.exchange.plain_values import plain_value

    count = 0
    for row in rows:
        chosen = row if columns is None else {column: row.get(column) for column in columns}
        file.write(json.dumps(plain_value(dict(chosen)), ensure_ascii=False) + "\n")
        count += 1
    return count


ROWS = ("csv", "jsonl", "parquet", "xlsx")
ENDINGS = {".tsv": "csv", ".tab": "csv", ".xlsm": "xlsx", ".ndjson": "jsonl"}
"""Other endings of files of rows that can be imported."""
FORMATS = (*ROWS, *NAMES)
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
        raise not_written(path, error) from error


@contextmanager
def _replacing(path: Path) -> Iterator[IO[str]]:
    """Open a file for text beside `path` that takes its place at the end."""
    with _replaced(path) as part, _text(part) as file:
        yield file


def _text(part: Path) -> IO[str]:
    # Half a surrogate pair, as in broken file names, is written as an escape.
    return part.open("w", encoding="utf-8", errors="backslashreplace", newline="")
