"""Folders and files of Hugging Face's library `datasets`, read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import Any

from dalt.core.records import BadInput, ClassSet
from dalt.data.exchange.argilla import flat_record, record_items
from dalt.data.exchange.drawn import settled
from dalt.data.exchange.hf_boxes import BoxWay, size_of, way_of
from dalt.data.exchange.hf_features import Declared, Features
from dalt.data.exchange.hf_labels import (
    TOKENS,
    class_column,
    class_of,
    drawn_in,
    objects_in,
    spans_in,
    tagged,
    tokens_in,
)
from dalt.data.exchange.hf_samples import Named, sample_of
from dalt.data.exchange.hf_tables import Row, holds_files, rows_of, schema_of, tables_of
from dalt.data.exchange.items import Imported, Item, Reading, Unusable
from dalt.data.exchange.json_lists import begins_with, first_element
from dalt.data.exchange.label_forms import NoLabel


@dataclass(frozen=True, slots=True)
class _Table:
    """A table of a dataset, and how it is read."""

    path: Path
    root: Path
    features: Features
    classes: ClassSet
    reading: Reading
    column: str | None = None
    boxes: BoxWay | None = None

    def named(self, row: Row) -> Named:
        """What a row says of its sample."""
        return sample_of(row, self.features, self.path.parent, self.root, self.reading.sample)


def is_hugging_face(path: Path) -> bool:
    """Whether it is a folder with tables, or a table that says it is of such a dataset."""
    if path.is_dir():
        return bool(tables_of(path))
    ending = path.suffix.lower()
    if ending == ".arrow":
        return True
    try:
        if ending == ".parquet":
            return bool(schema_of(path)[1]) or holds_files(path)
        if ending in (".jsonl", ".json"):
            first = first_element(path) if begins_with(path, *TOKENS) else None
            return isinstance(first, dict) and _has_tokens(first)
    except BadInput:
        return False
    return False


def _has_tokens(row: Row) -> bool:
    tokens = tokens_in(row)
    try:
        return bool(tokens) and tagged(row, tokens or [], {}, None) is not None
    except NoLabel:
        return False


def read_hugging_face(path: Path, classes: ClassSet, reading: Reading) -> Iterator[Item]:
    """Read the labels of a dataset: a folder of files with ``metadata.csv`` or ``metadata.jsonl``.

    Also tables of jsonl, parquet or csv, and what ``save_to_disk`` writes.  Numbers of classes get
    the names that the dataset gives them.  Pictures and sounds in tables are known by their
    content.

    Raises
    ------
    BadInput
        If there are no tables, or one is damaged.
    """
    tables = tables_of(path)
    if not tables:
        raise BadInput(f"{str(path)!r} holds no metadata.csv and no jsonl, parquet or arrow file.")
    root = path if path.is_dir() else path.parent
    declared = Declared(root)
    for table in tables:
        yield from _items(table, root, declared, classes, reading)


def _items(
    path: Path, root: Path, declared: Declared, classes: ClassSet, reading: Reading
) -> Iterator[Item]:
    columns, features = schema_of(path)
    rows = rows_of(path)
    first = list(islice(rows, 1))
    if not first:
        return
    row = first[0][1]
    features = features or declared.of(path, columns or row)
    name = path.relative_to(root).as_posix()
    if classes.shape is None:
        column = class_column(row, features, classes, reading.label)
    else:
        column = reading.label
    table = _Table(path, root, features, classes, reading, column)
    if classes.shape == "box":
        boxes = way_of(_pictures(table))
        table = _Table(path, root, features, classes, reading, column, boxes)
    for where, row in chain(first, rows):
        record = flat_record(row, features)
        if record is not None:
            yield from record_items(f"{where} of {name!r}", record, classes, reading)
        else:
            yield _item(f"{where} of {name!r}", row, table)


def _pictures(table: _Table) -> Iterator[Any]:
    """The objects of each row, and the size of its picture."""
    for _, row in rows_of(table.path):
        there = objects_in(row, table.column)
        if there is not None and there[1]:
            named = table.named(row)
            yield there[1], size_of(row, named.data, named.files)


def _item(where: str, row: Row, table: _Table) -> Item:
    if not row:
        return Unusable(where, "is no row: its line is broken, or has too few or too many cells")
    named = table.named(row)
    item = partial(
        Imported,
        f"{where} ({named.name})" if named.name else where,
        sample_id=named.sample_id,
        carried=named.carried,
        source=named.source,
        files=named.files,
        annotator=row.get("annotator") or None,
    )
    try:
        if table.classes.shape == "span":
            tokens = tokens_in(row)
            found = tagged(row, tokens, table.features, table.column) if tokens else None
            if found is not None and row.get("regions") is None:
                return item(label=found[1], text=found[0], of_tokens=True)
            return item(label=spans_in(row, table.column), text=named.text)
        if table.classes.shape is None and (table.column or objects_in(row, None) is None):
            label = class_of(row, table.column, table.features, table.classes)
            return item(label=label, text=named.text)
        return _of_objects(item(label=[], text=named.text), row, table)
    except NoLabel as why:
        folder = named.files[0].parent.name if named.files else ""
        if table.column is None and folder in table.classes.names:
            return item(label=folder, text=named.text)  # metadata beside folders of classes
        return Unusable(where, str(why))


def _of_objects(item: Imported, row: Row, table: _Table) -> Item:
    """The item with what is drawn on its picture, and with regions as DALT writes them."""
    drawn = drawn_in(row, table.column, table.features, table.classes, table.boxes)
    found = settled(item, drawn, table.classes)
    if isinstance(found, Imported) and table.classes.shape:
        return replace(found, label=[*found.label, *(row.get("regions") or ())])
    return found
