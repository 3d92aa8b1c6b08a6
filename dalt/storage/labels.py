"""The current labels of every annotator: for heads, exports and counts."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from dalt.core.records import ClassSet, Label, LabelSet, LabelValue, Sample
from dalt.storage import statements
from dalt.storage import tables as t
from dalt.storage.chunks import chunks
from dalt.storage.database import Database
from dalt.storage.label_sets import ToLearn, read_label_set

_AT_ONCE = 5_000  # rows in memory; there can be millions of labels


class Given(NamedTuple):
    """A label, who gave it and when."""

    label: LabelValue
    annotator: str
    created_at: datetime


class Labels:
    """Reads the labels that hold; a part of `dalt.storage.store.Store`.

    Parameters
    ----------
    database : Database
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def current(self, sample_ids: Sequence[str] | None = None) -> list[Label]:
        """The labels that hold now of each sample and annotator, by event; of some or all."""
        query = (
            statements.events_that_hold()
            .where(t.answers.c.kind == "label")
            .order_by(t.events.c.event_id)
        )
        with self._database.reading() as db:
            if sample_ids is None:
                return [statements.event_of(row) for row in db.execute(query)]
            return [
                statements.event_of(row)
                for part in chunks(sample_ids)
                for row in db.execute(query.where(t.answers.c.sample_id.in_(part)))
            ]

    def given(self, ids: Sequence[str]) -> dict[str, list[Given]]:
        """The labels that hold of these samples, by sample, the newest last."""
        columns = (
            t.answers.c.sample_id, t.answers.c.label, t.answers.c.annotator, t.events.c.created_at
        )  # fmt: skip
        query = (
            sa.select(*columns)
            .join(t.events, t.events.c.event_id == t.answers.c.event_id)
            .where(t.answers.c.kind == "label")
            .order_by(t.answers.c.event_id)
        )
        found: dict[str, list[Given]] = {}
        with self._database.reading() as db:
            for part in chunks(ids):
                for sample_id, *said in db.execute(query.where(t.answers.c.sample_id.in_(part))):
                    found.setdefault(sample_id, []).append(Given(*said))
        return found

    def after(self, event_id: int, limit: int) -> list[Label]:
        """The first labels that hold now among the events after one, by event."""
        query = (
            statements.events_that_hold()
            .where(t.answers.c.kind == "label", t.events.c.event_id > event_id)
            .order_by(t.events.c.event_id)
            .limit(limit)
        )
        with self._database.reading() as db:
            return [statements.event_of(row) for row in db.execute(query)]

    def newest(self, limit: int) -> list[Label]:
        """The newest labels that hold now, of anyone, the newest first."""
        query = (
            statements.events_that_hold()
            .where(t.answers.c.kind == "label")
            .order_by(t.events.c.event_id.desc())
            .limit(limit)
        )
        with self._database.reading() as db:
            return [statements.event_of(row) for row in db.execute(query)]

    def of_classes(self, names: Sequence[str], limit: int, *, whole: bool) -> list[Label]:
        """Answers of anyone that hold and name one of these classes, the newest first.

        Parameters
        ----------
        names : sequence of str
        limit : int
        whole : bool
            Whether a label is one class; otherwise it is a list in which a name may also mean
            something else, and the caller checks again.
        """
        label = t.answers.c.label
        text = sa.type_coerce(label, sa.String)
        named = (
            label.in_(list(names))
            if whole
            else sa.or_(
                *(
                    text.contains(json.dumps(name, ensure_ascii=False), autoescape=True)
                    for name in names
                )
            )
        )
        query = (
            statements.events_that_hold()
            .where(t.answers.c.kind == "label", named)
            .order_by(t.events.c.event_id.desc())
            .limit(limit)
        )
        with self._database.reading() as db:
            return [statements.event_of(row) for row in db.execute(query)]

    def counts(self) -> list[tuple[LabelValue, int]]:
        """Every label value that holds now, with its count."""
        query = sa.select(t.answers.c.label, sa.func.count()).where(t.answers.c.kind == "label")
        with self._database.reading() as db:
            return [(label, n) for label, n in db.execute(query.group_by(t.answers.c.label))]

    def label_set(self, classes: ClassSet | Sequence[str]) -> LabelSet:
        """The current labels for a head, with their cursor."""
        with self._database.reading() as db:
            return read_label_set(db, classes)

    def to_learn(self, classes: ClassSet) -> ToLearn:
        """Everything that a fit reads from the store, in one consistent state."""
        with self._database.reading() as db:
            newest = db.execute(sa.select(sa.func.max(t.events.c.event_id))).scalar() or 0
            return ToLearn(read_label_set(db, classes), statements.open_mask(db), newest)

    def rows(self) -> Iterator[tuple[Any, ...]]:
        """Yield the current labels in the order of their events, in one consistent state.

        Yields
        ------
        tuple
            sample_id, label, annotator, source, created_at (ISO 8601, UTC), suggested,
            probability, snapshot, and where the sample came from.
        """
        e, s = t.events.c, t.samples.c
        columns = (
            e.sample_id, e.label, e.annotator, e.source, sa.type_coerce(e.created_at, sa.String),
            e.suggested, e.probability, e.snapshot, s.source,
        )  # fmt: skip
        query = (
            sa.select(*columns)
            .join(t.answers, t.answers.c.event_id == e.event_id)
            .join(t.samples, s.id == e.sample_id)
            .where(t.answers.c.kind == "label")
            .order_by(t.answers.c.event_id)
        )
        with self._database.reading() as db:
            result = db.execution_options(yield_per=_AT_ONCE).execute(query)
            for part in result.partitions():
                yield from map(tuple, part)

    def by_sample(self) -> Iterator[tuple[Sample, tuple[tuple[str, LabelValue], ...]]]:
        """Each labelled sample with the labels that hold by annotator, in the pool's order."""
        query = (
            sa.select(t.samples, t.answers.c.annotator, t.answers.c.label)
            .join(t.answers, t.answers.c.sample_id == t.samples.c.id)
            .where(t.answers.c.kind == "label")
            .order_by(t.samples.c.position, t.answers.c.event_id)
        )
        sample: Sample | None = None
        labels: list[tuple[str, LabelValue]] = []
        with self._database.reading() as db:
            for row in db.execution_options(yield_per=_AT_ONCE).execute(query):
                if sample is None or sample.position != row.position:
                    if sample is not None:
                        yield sample, tuple(labels)
                    sample, labels = statements.sample_of(row), []
                labels.append((row.annotator, row.label))
        if sample is not None:
            yield sample, tuple(labels)
