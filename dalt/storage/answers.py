"""Answers and undo, inside a transaction that `dalt.storage.store` has begun."""

from __future__ import annotations

import sqlalchemy as sa

from dalt.core.records import Answer, Label
from dalt.storage import leases as held
from dalt.storage import statements as do


def append_answer(db: sa.Connection, answer: Answer) -> Label:
    """Append an answer, or return the event of its first sending."""
    sent_before = do.event_by_key(db, answer.key)
    if sent_before is not None:
        return sent_before
    do.sample_by_id(db, answer.sample_id)
    draw = answer.draw or held.leased_draw(db, answer.sample_id, answer.annotator)
    event_id = do.append_event(
        db,
        kind=answer.kind,
        key=answer.key,
        sample_id=answer.sample_id,
        label=answer.label,
        annotator=answer.annotator,
        session=answer.session,
        source="human",
        draw=draw and draw.kind,
        inclusion_probability=draw and draw.probability,
        n_candidates=draw and draw.n_candidates,
        suggested=answer.suggested,
        probability=answer.probability,
        snapshot=answer.snapshot,
        mode=answer.mode,
        shown_at=answer.shown_at,
        active_seconds=answer.active_seconds,
        supersedes=do.current_event(db, answer.sample_id, answer.annotator),
        batch=answer.batch,
    )
    do.set_answer(db, answer.sample_id, answer.annotator)
    held.drop_lease(db, answer.sample_id, answer.annotator)
    held.refresh_states(db, [answer.sample_id])
    return do.event_by_id(db, event_id)


def undo_newest(
    db: sa.Connection, annotator: str, session: str, key: str, up_to: int | None
) -> list[Label]:
    """Take back the newest answer with its batch, and return the answers taken back.

    Resent with the same key it takes back nothing more and returns the same.  One that found
    nothing leaves no event with its key: a resend finds nothing only because no answer up to
    the event `up_to` can come to hold later.
    """
    sent_before = do.event_by_key(db, key)
    if sent_before is not None and sent_before.kind == "undo":
        return do.undone_by(db, sent_before)
    newest = do.newest_answer(db, annotator, up_to, session)
    newest = newest or do.newest_answer(db, annotator, up_to)
    if newest is None:
        return []
    undone = do.with_its_batch(db, do.event_by_id(db, newest))
    held.lock_samples(db, [answer.sample_id for answer in undone])
    for number, answer in enumerate(undone):
        do.append_event(
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
        do.set_answer(db, answer.sample_id, annotator)
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
    if do.event_by_key(db, f"{key}:0") is not None:
        return do.events_of_batch_or_key(db, key)
    undos = do.newest_undo(db, annotator, up_to)
    held.lock_samples(db, [undo.sample_id for undo in undos])
    made = []
    for number, undo in enumerate(undos):
        assert undo.supersedes is not None
        former = do.event_by_id(db, undo.supersedes)
        event_id = do.append_event(
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
            supersedes=undo.event_id,
            batch=None if former.batch is None else key,
        )
        do.set_answer(db, former.sample_id, annotator)
        held.drop_lease(db, former.sample_id, annotator)
        held.refresh_states(db, [former.sample_id])
        made.append(do.event_by_id(db, event_id))
    return made
