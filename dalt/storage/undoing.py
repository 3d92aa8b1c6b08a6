"""Undo and redo, inside a transaction that `dalt.storage.database` has begun."""

from __future__ import annotations

import sqlalchemy as sa

from dalt.core.records import Label
from dalt.storage import lease_rows, statements, uniform_keys
from dalt.storage import tables as t
from dalt.storage.resending import sent_before


def undo_newest(
    db: sa.Connection, annotator: str, session: str, key: str, up_to: int | None, seed: int
) -> list[Label]:
    """Take back the newest answer with its batch, and return the answers taken back.

    Resent with the same key it takes back nothing more and returns the same.  One that found
    nothing leaves no event with its key: a resend finds nothing only because no answer up to
    the event `up_to` can come to hold later.
    """
    if (former := sent_before(db, key, kind="undo", annotator=annotator)) is not None:
        return statements.undone_by(db, former)
    newest = statements.newest_answer(db, annotator, up_to, session)
    newest = newest or statements.newest_answer(db, annotator, up_to)
    if newest is None:
        return []
    undone = statements.with_its_batch(db, statements.event_by_id(db, newest))
    lease_rows.lock_samples(db, [answer.sample_id for answer in undone])
    for number, answer in enumerate(undone):
        statements.append_event(
            db,
            kind="undo",
            key=f"{key}:{number}" if number else key,
            sample_id=answer.sample_id,
            annotator=annotator,
            session=session,
            source="human",
            supersedes=answer.event_id,
            batch=key if len(undone) > 1 else None,
        )
        statements.set_answer(db, answer.sample_id, annotator)
    uniform_keys.renew(db, [answer.sample_id for answer in undone], seed)
    return undone


def redo_newest(
    db: sa.Connection, annotator: str, session: str, key: str, up_to: int | None
) -> list[Label]:
    """Record again what the newest undo took back, unless something was answered after it.

    Each new answer supersedes the undo that it takes back, which tells redone undos from
    others.  Resent with the same key it returns the same.  The time spent on the former answer
    stays with that one and is not counted twice.  One that found nothing finds nothing later
    either, as in `undo_newest`.
    """
    if statements.event_by_key(db, f"{key}:0") is not None:
        return statements.events_of_batch_or_key(db, key)
    undos = statements.newest_undo(db, annotator, up_to)
    lease_rows.lock_samples(db, [undo.sample_id for undo in undos])
    made = []
    for number, undo in enumerate(undos):
        assert undo.supersedes is not None
        former = statements.event_by_id(db, undo.supersedes)
        event_id = statements.append_event(
            db,
            kind=former.kind,
            key=f"{key}:{number}",
            sample_id=former.sample_id,
            label=former.label,
            annotator=annotator,
            session=session,
            source=former.source,
            draw=former.draw,
            inclusion_probability=former.inclusion_probability,
            n_candidates=former.n_candidates,
            suggested=former.suggested,
            probability=former.probability,
            snapshot=former.snapshot,
            mode=former.mode,
            arm=former.arm,
            suggesters=former.suggesters,
            supersedes=undo.event_id,
            batch=None if former.batch is None else key,
        )
        statements.set_answer(db, former.sample_id, annotator)
        lease_rows.drop_lease(db, former.sample_id, annotator)
        lease_rows.refresh_states(db, [former.sample_id])
        made.append(statements.event_by_id(db, event_id))
    return made


def take_back_by_prefix(
    db: sa.Connection, prefix: str, annotator: str | None, session: str, key: str, seed: int
) -> int:
    """Undo the answers whose keys have a prefix, and return how many there were."""
    if statements.event_by_key(db, f"{key}:0") is not None:
        return 0
    query = sa.select(t.events).where(
        t.events.c.key.startswith(prefix, autoescape=True),
        t.events.c.kind.in_(("label", "skip", "import")),
        statements.not_undone(),
    )
    if annotator is not None:
        query = query.where(t.events.c.annotator == annotator)
    rows = db.execute(query.order_by(t.events.c.event_id)).all()
    lease_rows.lock_samples(db, [row.sample_id for row in rows])
    for number, row in enumerate(rows):
        statements.append_event(
            db,
            kind="undo",
            key=f"{key}:{number}",
            sample_id=row.sample_id,
            annotator=row.annotator,
            session=session,
            source="human",
            supersedes=row.event_id,
        )
        statements.set_answer(db, row.sample_id, row.annotator)
    uniform_keys.renew(db, [row.sample_id for row in rows], seed)
    lease_rows.refresh_states(db, [row.sample_id for row in rows])
    return len(rows)
