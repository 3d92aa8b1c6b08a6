"""Samples taken out of the pool, and back in; their events stay.

A removed sample keeps its row and position, so embeddings and snapshots stay as they are.  Its
state says that it is removed, and nothing in ``answers`` and ``decisions`` speaks of it: so it is
never given out, learned, counted or exported.  Its events have all that is needed to bring it back.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import sqlalchemy as sa

from dalt.core.records import EventKind, utc_now
from dalt.storage import audit_rows, counters, lease_rows, statements, uniform_keys
from dalt.storage import tables as t
from dalt.storage.chunks import chunks
from dalt.storage.database import Database

_AT_ONCE = 1_000  # samples per transaction: annotators write in between
_Change = Callable[[sa.Connection, Sequence[str], str, str], list[str]]
"""Changes samples in a transaction, and returns the ids of those that it changed."""


class Removals:
    """Removes and restores samples; a part of `dalt.storage.store.Store`.

    Parameters
    ----------
    database : Database
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def remove(self, sample_ids: Sequence[str], annotator: str, *, key: str) -> list[str]:
        """Take samples out of the pool, and return those that were in it.

        An event says so for each.  Parts are committed one at a time: after an interruption, call
        again to go on.

        Raises
        ------
        UnknownSample
            If one of the ids was never in the pool; nothing is removed then.
        """
        return self._in_parts(_remove, sample_ids, annotator, key)

    def restore(self, sample_ids: Sequence[str], annotator: str, *, key: str) -> list[str]:
        """Bring removed samples back with their answers, and return those that were removed.

        Raises
        ------
        UnknownSample
            If one of the ids was never in the pool; nothing is restored then.
        """

        def change(db: sa.Connection, part: Sequence[str], annotator: str, key: str) -> list[str]:
            return _restore(db, part, annotator, key, self._database.seed)

        return self._in_parts(change, sample_ids, annotator, key)

    def among(self, sample_ids: Sequence[str]) -> set[str]:
        """Those of the ids whose samples are removed."""
        with self._database.reading() as db:
            return statements.removed_ids(db, sample_ids)

    def positions(self) -> list[int]:
        """Rows of the removed samples in the embeddings, ascending."""
        with self._database.reading() as db:
            return sorted(row.position for row in db.execute(statements.removed_positions()))

    def _in_parts(
        self, change: _Change, sample_ids: Sequence[str], annotator: str, key: str
    ) -> list[str]:
        self._check(sample_ids)
        done: list[str] = []
        for part in chunks(list(dict.fromkeys(sample_ids)), _AT_ONCE):
            with self._database.writing() as db:
                done += change(db, part, annotator, key)
        return done

    def _check(self, sample_ids: Sequence[str]) -> None:
        with self._database.reading() as db:
            known = statements.known_ids(db, sample_ids)
            known |= statements.removed_ids(db, sample_ids)
        for sample_id in sample_ids:
            if sample_id not in known:
                raise statements.unknown(sample_id)


_WHY_VOID = "Samples of its audit were removed: of those that the model labels or people check."


def _remove(db: sa.Connection, sample_ids: Sequence[str], annotator: str, key: str) -> list[str]:
    rows = _locked(db, sample_ids, ~t.IS_REMOVED)
    ids = [row.id for row in rows]
    if not ids:
        return []
    free = audit_rows.void_if_covered(db, ids, _WHY_VOID)
    lease_rows.refresh_states(db, free)
    rows = _locked(db, sample_ids, ~t.IS_REMOVED)  # their states may have changed just now
    _append(db, "remove", ids, annotator, key)
    for table in (t.answers, t.decisions):
        db.execute(table.delete().where(table.c.sample_id.in_(ids)))
    held = t.leases.update().where(t.leases.c.sample_id.in_(ids), t.IS_ACTIVE)
    db.execute(held.values(active=False))
    _set_state(db, rows, t.REMOVED)
    return ids


def _restore(
    db: sa.Connection, sample_ids: Sequence[str], annotator: str, key: str, seed: int
) -> list[str]:
    rows = _locked(db, sample_ids, t.IS_REMOVED)
    ids = [row.id for row in rows]
    if not ids:
        return []
    lease_rows.refresh_states(db, audit_rows.void(db, "Removed samples came back to the pool."))
    _append(db, "restore", ids, annotator, key)
    uniform_keys.renew(db, ids, seed)
    _set_state(db, rows, t.OPEN)  # first: answers are only of samples that are in the pool
    answers = {
        (event.sample_id, event.annotator): {
            "sample_id": event.sample_id, "annotator": event.annotator, "label": event.label,
            "kind": "skip" if event.kind == "skip" else "label", "event_id": event.event_id,
        }
        for event in _that_hold(db, ids, "label", "skip", "import")
    }  # fmt: skip
    decisions = {
        (event.sample_id, event.kind): {
            "sample_id": event.sample_id, "kind": event.kind, "label": event.label,
            "event_id": event.event_id,
        }
        for event in _that_hold(db, ids, "gold", "adjudicate")
    }  # fmt: skip
    if answers:
        db.execute(t.answers.insert(), list(answers.values()))
    held = [each for each in decisions.values() if each["label"] is not None]
    if held:
        db.execute(t.decisions.insert(), held)
    lease_rows.refresh_states(db, ids)
    return ids


def _that_hold(db: sa.Connection, sample_ids: Sequence[str], *kinds: EventKind) -> list[Any]:
    """Events of some kinds that no undo takes back, in order: the last of each person holds."""
    e = t.events.c
    query = sa.select(e.sample_id, e.annotator, e.kind, e.label, e.event_id).where(
        e.sample_id.in_(sample_ids), e.kind.in_(kinds), statements.not_undone()
    )
    return list(db.execute(query.order_by(e.event_id)).all())


def _locked(
    db: sa.Connection, sample_ids: Sequence[str], which: sa.ColumnElement[bool]
) -> list[sa.Row[Any]]:
    """Lock and read the samples that meet a condition, by position."""
    query = sa.select(t.samples).where(t.samples.c.id.in_(sample_ids), which)
    ordered = query.order_by(t.samples.c.position).with_for_update(key_share=True)
    return list(db.execute(ordered).all())


def _append(
    db: sa.Connection, kind: EventKind, ids: Sequence[str], annotator: str, key: str
) -> None:
    now = utc_now()
    rows = [
        {
            "kind": kind, "key": f"{key}:{sample_id}", "sample_id": sample_id,
            "annotator": annotator, "session": key, "created_at": now, "source": "human",
        }
        for sample_id in ids
    ]  # fmt: skip
    db.execute(t.events.insert(), rows)


def _set_state(db: sa.Connection, rows: Sequence[sa.Row[Any]], state: int) -> None:
    for row in rows:
        counters.count(db, row.position, row.state, row.party, -1)
        counters.count(db, row.position, state, "")
    changed = t.samples.update().where(t.samples.c.id.in_([row.id for row in rows]))
    db.execute(changed.values(state=state, party=""))
