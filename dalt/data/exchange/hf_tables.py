"""The tables of a Hugging Face dataset: jsonl, json, csv, parquet and arrow, row by row."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from dalt.core.errors import first_line
from dalt.core.records import BadInput
from dalt.core.user_warnings import Uncertain, warn_user
from dalt.data.exchange.entries import files_below
from dalt.data.exchange.hf_features import Features, declares, of_schema
from dalt.data.exchange.json_lists import elements, is_list
from dalt.data.exchange.rows import need_pyarrow, read_jsonl_values
from dalt.data.readers.delimited import Delimited

METADATA = ("metadata.csv", "metadata.jsonl", "metadata.parquet")
ALWAYS = frozenset((".jsonl", ".parquet", ".arrow"))
DECLARED = frozenset((".csv", ".tsv", ".json"))
"""Endings of tables where a dataset is declared, or that have the names of splits."""
NOT_ROWS = frozenset(("dataset_info.json", "dataset_infos.json", "dataset_dict.json", "state.json"))
AT_ONCE = 256
"""Rows in memory: each can have a picture."""
_SPLIT = re.compile(r"(train|test|valid|validation|val|dev)([-_.].*)?", re.IGNORECASE)
Row = dict[str, Any]


def tables_of(path: Path) -> list[Path]:
    """The tables in a folder, or the one that is named.

    ``cache-….arrow`` and the like, which the library keeps beside a dataset, are none.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> for name in ("train.csv", "notes.csv", "cache-1.arrow", "metadata.csv"):
    ...     (folder / name).touch()
    >>> [table.name for table in tables_of(folder)]
    ['metadata.csv', 'train.csv']
    """
    if not path.is_dir():
        return [path]
    declared = declares(path)
    return [file for file in files_below(path) if _is_table(file, declared)]


def _is_table(file: Path, declared: bool) -> bool:
    ending = file.suffix.lower()
    if file.name in NOT_ROWS or file.name.startswith(("cache-", "tmp", "indices")):
        return False
    if ending in ALWAYS or file.name in METADATA:
        return True
    if ending not in DECLARED or not (declared or _SPLIT.fullmatch(file.stem)):
        return False
    return declared or ending != ".json" or is_list(file)  # an object is COCO's, not a table


def schema_of(path: Path) -> tuple[list[str], Features]:
    """The columns of a table, and what its schema says of them, as far as it has one."""
    if path.suffix.lower() not in (".parquet", ".arrow"):
        return [], {}
    with ExitStack() as stack:
        source = _opened(path, stack)
        schema = source.schema_arrow if hasattr(source, "schema_arrow") else source.schema
        return list(schema.names), of_schema(schema.metadata)


def holds_files(path: Path) -> bool:
    """Whether a parquet file has a column of files: bytes with a path, as that library has them."""
    with ExitStack() as stack:
        schema = _opened(path, stack).schema_arrow
        return any(str(each.type).startswith("struct<bytes: ") for each in schema)


def rows_of(path: Path) -> Iterator[tuple[str, Row]]:
    """Yield each row with its place.

    Raises
    ------
    BadInput
        If the table is missing or damaged, or pyarrow is needed and not installed.
    """
    ending = path.suffix.lower()
    if ending in (".parquet", ".arrow"):
        return _arrow_rows(path)
    if ending in (".csv", ".tsv"):
        return _csv_rows(path)
    return _json_rows(path) if ending == ".json" else _line_rows(path)


def _arrow_rows(path: Path) -> Iterator[tuple[str, Row]]:
    import pyarrow as pa

    number = 0
    with ExitStack() as stack:
        source = _opened(path, stack)
        parquet = hasattr(source, "iter_batches")
        try:
            for batch in source.iter_batches(AT_ONCE) if parquet else source:
                for first in range(0, batch.num_rows, AT_ONCE):
                    for row in batch.slice(first, AT_ONCE).to_pylist():
                        number += 1
                        yield f"Row {number}", row
        except (pa.ArrowException, OSError, ValueError) as error:
            raise _damaged(path, error) from None


def _opened(path: Path, stack: ExitStack) -> Any:
    need_pyarrow()
    import pyarrow as pa
    import pyarrow.parquet as pq

    if not path.is_file():
        raise BadInput(f"There is no file {str(path)!r}.")
    try:
        if path.suffix.lower() == ".parquet":
            return stack.enter_context(pq.ParquetFile(path))
        file = stack.enter_context(pa.memory_map(str(path)))
        if _begin(path) == b"ARROW1":
            reader = stack.enter_context(pa.ipc.open_file(file))
            return pa.RecordBatchReader.from_batches(
                reader.schema, map(reader.get_batch, range(reader.num_record_batches))
            )
        return stack.enter_context(pa.ipc.open_stream(file))
    except (pa.ArrowException, OSError) as error:
        raise _damaged(path, error) from None


def _begin(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(6)


def _damaged(path: Path, error: Exception) -> BadInput:
    kind = path.suffix.lower().removeprefix(".")
    return BadInput(f"{str(path)!r} is not a sound {kind} file ({first_line(error)}).")


def _csv_rows(path: Path) -> Iterator[tuple[str, Row]]:
    table = Delimited(path, ("file_name", "text", "label", "tokens"))
    if table.encoding.guessed:
        warn_user(table.encoding.guessed, Uncertain)
    for row in table.rows():
        cells = {} if row.wrong else dict(zip(table.header, row.cells, strict=False))
        yield f"Line {row.line}", cells


def _json_rows(path: Path) -> Iterator[tuple[str, Row]]:
    """Rows of a list, of lines, or of the one list in an object: ``{"data": […]}``."""
    for number, value in enumerate(_rows_in(path), 1):
        yield f"Row {number}", value if isinstance(value, dict) else {}


def _rows_in(path: Path) -> Iterator[Any]:
    for value in elements(path):
        lists = [*value.values()] if isinstance(value, dict) else []
        if len(lists) in (1, 2) and isinstance(lists[-1], list):  # {"version": …, "data": […]}
            yield from lists[-1]
        else:
            yield value


def _line_rows(path: Path) -> Iterator[tuple[str, Row]]:
    for where, value in read_jsonl_values(path):
        yield where, value if isinstance(value, dict) else {}
