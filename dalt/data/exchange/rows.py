"""Rows in JSON lines and in parquet, read and written in parts."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import IO, Any

from dalt.core.errors import first_line
from dalt.core.records import BadInput
from dalt.data.exchange.entries import refused_as_json
from dalt.data.readers.encodings import MARKS
from dalt.data.readers.table_files import need_pyarrow as need_pyarrow

AT_ONCE = 10_000


def opened(path: Path) -> IO[str]:
    """Open a file of JSON: in UTF-8, or in UTF-16 or UTF-32 that its first bytes say."""
    with path.open("rb") as file:
        first = file.read(4)
    encoding = next((name for mark, name in MARKS if first.startswith(mark)), "utf-8")
    return path.open(encoding=encoding)


def read_jsonl_values(path: Path) -> Iterator[tuple[str, Any]]:
    """Yield each value of a file of JSON lines with its line number; None for a broken line.

    Raises
    ------
    BadInput
        If the file is missing or not UTF-8.
    """
    with refused_as_json(path), opened(path) as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            try:
                value = json.loads(line)
            except (ValueError, RecursionError):
                value = None
            yield f"Line {number}", value


def read_parquet_rows(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each row of a parquet file with its number.

    Raises
    ------
    BadInput
        If pyarrow is not installed, or the file is missing or damaged.
    """
    need_pyarrow()
    import pyarrow as pa
    import pyarrow.parquet as pq

    if not path.is_file():
        raise BadInput(f"There is no file {str(path)!r}.")
    try:
        with pq.ParquetFile(path) as file:
            number = 0
            for batch in file.iter_batches(AT_ONCE):
                for row in batch.to_pylist():
                    number += 1
                    yield f"Row {number}", row
    except (pa.ArrowException, OSError) as error:
        why = first_line(error)
        raise BadInput(f"{str(path)!r} is not a sound parquet file ({why}).") from None


def write_parquet(
    rows: Iterable[Mapping[str, Any]],
    path: Path,
    columns: Sequence[str],
    types: Mapping[str, str] | None = None,
) -> int:
    """Write rows as columns of text, with numbers for DALT's numeric columns.

    `types` says which other columns are of type "bool", "int" or "float".

    Raises
    ------
    BadInput
        If pyarrow is not installed.
    """
    need_pyarrow()
    import pyarrow as pa
    import pyarrow.parquet as pq

    known = {"bool": pa.bool_(), "int": pa.int64(), "float": pa.float64(), "text": pa.string()}
    usual = {"probability": "float", "agreement": "float", "snapshot": "int", "n": "int"}
    of = {**usual, **(types or {})}
    schema = pa.schema([(name, known[of.get(name, "text")]) for name in columns])
    count = 0
    with pq.ParquetWriter(path, schema) as file:
        remaining = iter(rows)
        while part := list(islice(remaining, AT_ONCE)):
            arrays = [
                pa.array([_cell(row.get(field.name), field.type) for row in part], field.type)
                for field in schema
            ]
            file.write_batch(pa.record_batch(arrays, schema=schema))
            count += len(part)
    return count


def _cell(value: Any, type: Any) -> Any:
    if value is None or str(type) != "string" or isinstance(value, str):
        return value
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return json.dumps(value, ensure_ascii=False)
