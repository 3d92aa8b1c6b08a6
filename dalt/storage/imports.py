"""Labels from files: millions of them, written in parts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from dalt.core.records import LabelValue, utc_now
from dalt.storage import lease_rows, statements
from dalt.storage import tables as t
from dalt.storage.chunks import chunks
from dalt.storage.database import Database

IMPORTED_AT_ONCE = 1_000
"""Labels per transaction: annotators write in between."""


@dataclass(frozen=True, slots=True)
class ImportedLabel:
    """A label from a file; the same `key` is never recorded twice."""

    sample_id: str
    label: LabelValue
    annotator: str
    key: str


class Imports:
    """Writes labels from files; a part of `dalt.storage.store.Store`.

    Parameters
    ----------
    database : Database
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, labels: Sequence[ImportedLabel], session: str) -> int:
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
            with self._database.writing() as db:
                added += _import(db, part, session)
        return added


def _import(db: sa.Connection, labels: Sequence[ImportedLabel], session: str) -> int:
    lease_rows.lock_samples(db, [each.sample_id for each in labels])
    known = statements.known_ids(db, [each.sample_id for each in labels])
    for each in labels:
        if each.sample_id not in known:
            raise statements.missing(db, each.sample_id)
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
    lease_rows.refresh_states(db, sorted({each.sample_id for each in new.values()}))
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
