"""Exporting and importing labels by the million: streamed out, written in parts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from dalt.core.records import LabelValue, Sample, utc_now
from dalt.storage import leases as held
from dalt.storage import statements as do
from dalt.storage import tables as t
from dalt.storage.chunks import chunks
from dalt.storage.database import Database

AT_ONCE = 5_000
IMPORTED_AT_ONCE = 1_000
"""Labels per transaction: annotators write in between."""


@dataclass(frozen=True, slots=True)
class ImportedLabel:
    """A label from a file; the same `key` is never recorded twice."""

    sample_id: str
    label: LabelValue
    annotator: str
    key: str


class Exchange(Database):
    """Export and import of labels; a part of `dalt.storage.store.Store`."""

    def label_rows(self) -> Iterator[tuple[Any, ...]]:
        """Yield the labels that hold now, by event, as of one moment.

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
        with self._read() as db:
            result = db.execution_options(yield_per=AT_ONCE).execute(query)
            for part in result.partitions():
                yield from map(tuple, part)

    def labels_by_sample(self) -> Iterator[tuple[Sample, tuple[tuple[str, LabelValue], ...]]]:
        """Each labelled sample with the labels that hold by annotator, in the pool's order."""
        query = (
            sa.select(t.samples, t.answers.c.annotator, t.answers.c.label)
            .join(t.answers, t.answers.c.sample_id == t.samples.c.id)
            .where(t.answers.c.kind == "label")
            .order_by(t.samples.c.position, t.answers.c.event_id)
        )
        sample: Sample | None = None
        labels: list[tuple[str, LabelValue]] = []
        with self._read() as db:
            for row in db.execution_options(yield_per=AT_ONCE).execute(query):
                if sample is None or sample.position != row.position:
                    if sample is not None:
                        yield sample, tuple(labels)
                    sample, labels = do.sample_of(row), []
                labels.append((row.annotator, row.label))
        if sample is not None:
            yield sample, tuple(labels)

    def samples_of(self, ids: Sequence[str]) -> dict[str, Sample]:
        """Existing samples by id."""
        found: dict[str, Sample] = {}
        with self._read() as db:
            for part in chunks(ids):
                rows = db.execute(sa.select(t.samples).where(t.samples.c.id.in_(part)))
                found.update((row.id, do.sample_of(row)) for row in rows)
        return found

    def import_labels(self, labels: Sequence[ImportedLabel], session: str) -> int:
        """Append labels from a file, each once per key, and return how many were new.

        A label replaces the annotator's former answer to that sample.  Parts are committed one at
        a time: after an interruption, call again to go on.

        Raises
        ------
        UnknownSample
            If one of the samples is not in the pool; that part is not recorded.
        """
        added = 0
        for part in chunks(labels, IMPORTED_AT_ONCE):
            with self._write() as db:
                added += _import(db, part, session)
        return added

    def take_back(self, prefix: str, annotator: str | None, session: str, *, key: str) -> int:
        """Undo the answers whose keys have a prefix, and return how many there were.

        Parameters
        ----------
        prefix : str
        annotator : str, optional
            Only this person's answers.
        session, key : str
        """
        query = sa.select(t.events).where(
            t.events.c.key.startswith(prefix, autoescape=True),
            t.events.c.kind.in_(("label", "skip", "import")),
            do.not_undone(),
        )
        if annotator is not None:
            query = query.where(t.events.c.annotator == annotator)
        with self._write() as db:
            if do.event_by_key(db, f"{key}:0") is not None:
                return 0
            rows = db.execute(query.order_by(t.events.c.event_id)).all()
            held.lock_samples(db, [row.sample_id for row in rows])
            for number, row in enumerate(rows):
                do.append_event(
                    db,
                    kind="undo",
                    key=f"{key}:{number}",
                    sample_id=row.sample_id,
                    annotator=row.annotator,
                    session=session,
                    source="human",
                    supersedes=row.event_id,
                )
                do.set_answer(db, row.sample_id, row.annotator)
            held.refresh_states(db, [row.sample_id for row in rows])
            return len(rows)


def _import(db: sa.Connection, labels: Sequence[ImportedLabel], session: str) -> int:
    held.lock_samples(db, [each.sample_id for each in labels])
    known = do.known_ids(db, [each.sample_id for each in labels])
    for each in labels:
        if each.sample_id not in known:
            raise do.unknown(each.sample_id)
    recorded = _ids_of(db, [each.key for each in labels])
    new = {each.key: each for each in labels if each.key not in recorded}
    if not new:
        return 0
    pairs = {(each.sample_id, each.annotator): each for each in new.values()}  # the last holds
    former = _former(db, list(pairs))
    now = utc_now()
    rows = []
    for each in new.values():
        rows.append(
            {
                "kind": "import", "key": each.key, "sample_id": each.sample_id,
                "label": each.label, "annotator": each.annotator, "session": session,
                "created_at": now, "source": "import",
                "supersedes": former.get((each.sample_id, each.annotator)),
            }
        )  # fmt: skip
    db.execute(t.events.insert(), rows)
    ids = _ids_of(db, list(new))
    for sample_id, annotator in former:
        db.execute(
            t.answers.delete().where(
                t.answers.c.sample_id == sample_id, t.answers.c.annotator == annotator
            )
        )
    db.execute(
        t.answers.insert(),
        [
            {
                "sample_id": each.sample_id, "annotator": each.annotator, "kind": "label",
                "label": each.label, "event_id": ids[each.key],
            }
            for each in pairs.values()
        ],
    )  # fmt: skip
    held.refresh_states(db, sorted({each.sample_id for each in new.values()}))
    return len(new)


def _ids_of(db: sa.Connection, keys: Sequence[str]) -> dict[str, int]:
    """Event ids of recorded keys."""
    found: dict[str, int] = {}
    for part in chunks(keys):
        rows = db.execute(
            sa.select(t.events.c.key, t.events.c.event_id).where(t.events.c.key.in_(part))
        )
        found.update((row.key, row.event_id) for row in rows)
    return found


def _former(db: sa.Connection, pairs: Sequence[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """The events whose answers hold for these samples and annotators."""
    wanted, found = set(pairs), {}
    for part in chunks(sorted({sample_id for sample_id, _ in pairs})):
        rows = db.execute(sa.select(t.answers).where(t.answers.c.sample_id.in_(part)))
        for row in rows:
            if (row.sample_id, row.annotator) in wanted:
                found[row.sample_id, row.annotator] = row.event_id
    return found
