"""The rows of labels that an export writes: one for each source of a sample."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import chain, islice
from typing import Any

from dalt.core.records import ClassSet
from dalt.project.frames.annotators import CONSENSUS, consensus_rows
from dalt.project.frames.labels import (
    CERTIFIED,
    LABELS,
    beside_names,
    model_rows,
    plain_label,
)
from dalt.storage.store import Store
from dalt.storage.tables import time_text

EXPORTED = LABELS[:-1]
"""The columns of an export: `sources` are rows of their own."""
BESIDE = "metadata"
"""The field of a JSON line that holds the other columns of the sample's row."""
_AT_ONCE = 5_000
Row = dict[str, Any]


class ExportedRows:
    """Rows of labels for files, in which each source of a sample has its own rows.

    Whoever joins an export with their files or rows by ``sample_source`` finds all of them.

    Parameters
    ----------
    store : Store
    rows : iterable of dict
        With ``sample_id`` and the first source of the sample as ``sample_source``.
    columns : sequence of str
        Their columns.
    nested : bool
        Whether the other columns of the sample's row are one mapping.

    Attributes
    ----------
    columns : list of str
        Those of the rows, and then those that frames had beside the samples, if any.
    types : dict of str to {"bool", "int", "float", "text"}
        Those of the columns beside the samples.
    n_labels : int
        How many labels have been given so far; there can be more rows.
    """

    def __init__(
        self, store: Store, rows: Iterable[Row], columns: Sequence[str], *, nested: bool = False
    ) -> None:
        self._store = store
        self._rows = rows
        beside = store.details.columns()
        self._names = beside_names(list(beside), columns)
        self.types = {self._names[name]: type for name, type in beside.items()}
        self._nested = nested
        added = ([BESIDE] if beside else []) if nested else [*self._names.values()]
        self.columns = [*columns, *added]
        self.n_labels = 0

    def __iter__(self) -> Iterator[Row]:
        """Yield the rows of each label, that of its first source before the others."""
        if not self._names and not self._store.sources.any_others():
            for row in self._rows:  # nearly always, and then a million are quick
                self.n_labels += 1
                yield row
            return
        rows = iter(self._rows)
        while part := list(islice(rows, _AT_ONCE)):
            ids = list(dict.fromkeys(row["sample_id"] for row in part))
            others = self._store.sources.others(ids)
            details = self._store.details.of(ids) if self._names else {}
            for row in part:
                self.n_labels += 1
                known = details.get(row["sample_id"], {})
                first = known.get(row["sample_source"]) or next(iter(known.values()), {})
                yield self._with(row, first)
                for source in others.get(row["sample_id"], ()):
                    yield self._with(row | {"sample_source": source}, known.get(source, {}))

    def _with(self, row: Row, said: Mapping[str, Any]) -> Row:
        """The row with the other columns of one place; a moved file keeps those of its sample."""
        if not self._names:
            return row
        if self._nested:
            return row | {BESIDE: said}
        return row | {self._names[name]: value for name, value in said.items()}


def exported_labels(
    store: Store, classes: ClassSet, *, nested: bool = False, model: bool = True
) -> ExportedRows:
    """The labels that hold, of each annotator, and those of a certified model."""
    return _with_model(store, classes, _each_label(store, classes), EXPORTED, nested, model)


def exported_consensus(
    store: Store, classes: ClassSet, *, nested: bool = False, model: bool = True
) -> ExportedRows:
    """One label for each sample, including those that a certified model labels."""
    rows = consensus_rows(store, classes, "one-coin")
    return _with_model(store, classes, rows, CONSENSUS, nested, model)


def _with_model(
    store: Store,
    classes: ClassSet,
    rows: Iterable[Row],
    columns: Sequence[str],
    nested: bool,
    model: bool,
) -> ExportedRows:
    """People's rows, then those of the certified model, with two more columns."""
    if not model or store.audits.in_force() is None:
        return ExportedRows(store, rows, columns, nested=nested)
    wider = [*columns, *CERTIFIED]
    blank = dict.fromkeys(CERTIFIED)
    people = (row | blank for row in rows)
    certified = (
        {name: _written(row.get(name)) for name in wider} for row in model_rows(store, classes)
    )
    found = ExportedRows(store, chain(people, certified), wider, nested=nested)
    found.types = found.types | dict.fromkeys(CERTIFIED, "float")
    return found


def _written(value: Any) -> Any:
    """A value as it is written to files: times become text."""
    return time_text(value) if isinstance(value, datetime) else value


def _each_label(store: Store, classes: ClassSet) -> Iterator[Row]:
    """The labels one by one: a million of them need no memory."""
    plain = not (classes.former or classes.multi)
    for row in store.labels.rows():
        said = dict(zip(EXPORTED, row, strict=True))
        if not plain:
            for name in ("label", "suggested"):
                value = said[name]
                if value is not None:
                    said[name] = plain_label(classes.present(value))
        yield said
