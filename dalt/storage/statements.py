"""Statements that run inside a transaction that `dalt.storage.database` has begun."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from dalt.core.errors import is_unicode, shown
from dalt.core.records import Label, Sample, UnknownSample, utc_now
from dalt.storage import counters, growth, sums, uniform_keys
from dalt.storage import tables as t
from dalt.storage.chunks import chunks

# --- samples --------------------------------------------------------------------------


def sample_of(row: sa.Row[Any]) -> Sample:
    """The record of a row of ``samples``."""
    return Sample(row.id, row.kind, row.source, row.position, row.location)


def samples_between(db: sa.Connection, first: int, last: int) -> list[Sample]:
    """Samples from a position up to, not including, another."""
    inside = sa.and_(t.samples.c.position >= first, t.samples.c.position < last)
    rows = db.execute(sa.select(t.samples).where(inside).order_by(t.samples.c.position))
    return [sample_of(row) for row in rows]


def sample_by_id(db: sa.Connection, sample_id: str) -> Sample:
    """One sample, or `UnknownSample`."""
    row = db.execute(sa.select(t.samples).where(t.samples.c.id == sample_id)).first()
    if row is None or row.state == t.REMOVED:
        raise absent(row, sample_id)
    return sample_of(row)


def unknown(sample_id: str) -> UnknownSample:
    """The error for an id that is not in the pool."""
    return UnknownSample(
        f"There is no sample {shown(sample_id, 90)} in this project; project.samples() lists "
        "the ids."
    )


def absent(row: sa.Row[Any] | None, sample_id: str) -> UnknownSample:
    """The error for an id without a row of ``samples``, or whose row is of a removed sample."""
    if row is None:
        return unknown(sample_id)
    return UnknownSample(
        f"Sample {shown(sample_id, 90)} ({shown(row.source, 90)}) was removed from this project; "
        f"project.restore([{shown(sample_id, 90)}]) brings it back with its labels."
    )


def missing(db: sa.Connection, sample_id: str) -> UnknownSample:
    """The error for an id that is not in the pool, or not any more."""
    row = db.execute(sa.select(t.samples).where(t.samples.c.id == sample_id)).first()
    return absent(row, sample_id)


def known_ids(db: sa.Connection, ids: Sequence[str]) -> set[str]:
    """The `ids` that are in the pool and were not removed."""
    return _ids_where(db, ids, ~t.IS_REMOVED)


def removed_ids(db: sa.Connection, ids: Sequence[str]) -> set[str]:
    """The `ids` of samples that were removed."""
    return _ids_where(db, ids, t.IS_REMOVED)


def _ids_where(db: sa.Connection, ids: Sequence[str], which: sa.ColumnElement[bool]) -> set[str]:
    found: set[str] = set()
    for part in chunks([each for each in ids if is_unicode(each)]):  # no database holds others
        query = sa.select(t.samples.c.id).where(t.samples.c.id.in_(part), which)
        found.update(db.execute(query).scalars())
    return found


def append_samples(db: sa.Connection, samples: Sequence[Sample], seed: int) -> int:
    """Insert new samples at the next positions, and return how many."""
    known = _ids_where(db, [sample.id for sample in samples], sa.true())
    fresh = {sample.id: sample for sample in samples if sample.id not in known}
    first = n_samples(db)
    keys = uniform_keys.new_keys(db, list(fresh), seed) if fresh else []
    rows = [
        {
            "position": first + offset,
            "id": sample.id,
            "kind": sample.kind,
            "source": sample.source,
            "location": dict(sample.location),
            "shuffle": key,
            "turn": key,
            "state": t.OPEN,
            "party": "",
        }
        for offset, (sample, key) in enumerate(zip(fresh.values(), keys, strict=True))
    ]
    if rows:
        growth.note(db, first)
        db.execute(t.samples.insert(), rows)
        for position in range(first, first + len(rows)):
            counters.count(db, position, t.OPEN, "")
        sums.seal(db, t.samples)
    return len(rows)


def n_samples(db: sa.Connection) -> int:
    """Size of the pool; positions have no gaps, so this needs no count."""
    highest = db.execute(sa.select(sa.func.max(t.samples.c.position))).scalar()
    return 0 if highest is None else highest + 1


def removed_positions() -> sa.Select[tuple[int]]:
    """The query for the positions of removed samples."""
    return sa.select(t.samples.c.position).where(t.IS_REMOVED)


def labelled_positions(wanted: int) -> list[sa.Select[tuple[int]]]:
    """Queries for the positions of samples that anybody has labelled, of `wanted` people."""
    is_labelled = t.samples.c.state == sa.literal_column(str(t.LABELLED))
    complete = sa.select(t.samples.c.position).where(is_labelled)
    if wanted == 1:
        return [complete]
    begun = (
        sa.select(t.samples.c.position)
        .join(t.answers, t.answers.c.sample_id == t.samples.c.id)
        .where(t.answers.c.kind == "label", ~is_labelled)
    )
    return [complete, begun]


def open_positions(db: sa.Connection, parties: Sequence[counters.Party]) -> NDArray[np.int64]:
    """Positions of the open samples of these parties, ascending: shape (n_open,)."""
    if not parties:
        return np.zeros(0, np.int64)
    query = sa.select(t.samples.c.position).where(
        t.samples.c.state == sa.literal_column(str(t.OPEN)),
        t.samples.c.party.in_([each.party for each in parties]),
    )
    return np.sort(np.fromiter(db.execute(query).scalars(), dtype=np.int64))


def open_mask(db: sa.Connection) -> NDArray[np.bool_]:
    """Samples that nobody has labelled or removed: bool, shape (n_samples,), by position."""
    mask = np.ones(n_samples(db), dtype=bool)
    for query in (*labelled_positions(counters.overlap(db)), removed_positions()):
        mask[np.fromiter(db.execute(query).scalars(), dtype=np.int64)] = False
    return mask


# --- events -----------------------------------------------------------------------------


def event_of(row: sa.Row[Any]) -> Label:
    """The record of a row of ``events``."""
    return Label(**row._asdict())


def events_that_hold() -> sa.Select[Any]:
    """Events whose answers hold now, limited by conditions on ``answers``.

    Ordered by the id of the event, the first of many are found without reading all: the other two
    columns say nothing new, but they are the key of ``answers``.
    """
    a, e = t.answers.c, t.events.c
    same = a.event_id == e.event_id, a.sample_id == e.sample_id, a.annotator == e.annotator
    return sa.select(t.events).join(t.answers, sa.and_(*same))


def event_by_id(db: sa.Connection, event_id: int) -> Label:
    """One event that is known to exist."""
    return event_of(db.execute(sa.select(t.events).where(t.events.c.event_id == event_id)).one())


def event_by_key(db: sa.Connection, key: str) -> Label | None:
    """The event that was sent with this idempotency key, if it has arrived."""
    row = db.execute(sa.select(t.events).where(t.events.c.key == key)).first()
    return None if row is None else event_of(row)


def append_event(db: sa.Connection, **values: Any) -> int:
    """Append an event, and return its id."""
    made = db.execute(t.events.insert().values(created_at=utc_now(), **values))
    assert made.inserted_primary_key is not None
    return int(made.inserted_primary_key[0])


def not_undone() -> sa.ColumnElement[bool]:
    """Condition on ``events``: no undo takes it back."""
    undo = t.events.alias("undo")
    return ~sa.exists().where(undo.c.supersedes == t.events.c.event_id, undo.c.kind == "undo")


def of_the_pool(up_to: int | None = None) -> sa.ColumnElement[bool]:
    """Condition on ``events``: their sample is not removed, and was not at the event `up_to`."""
    mine = t.samples.c.id == t.events.c.sample_id
    there = ~sa.exists().where(mine, t.IS_REMOVED)
    if up_to is None:
        return there
    later = t.events.alias("later")
    restored = later.c.kind == "restore", later.c.event_id > up_to
    return there & ~sa.exists().where(later.c.sample_id == t.events.c.sample_id, *restored)


def newest_answer(
    db: sa.Connection, annotator: str, up_to: int | None, session: str | None = None
) -> int | None:
    """Return the annotator's newest answer that was not taken back, of one session or of all.

    Answers after the event `up_to`, if given, do not count.
    """
    query = (
        sa.select(t.events.c.event_id)
        .where(
            t.events.c.annotator == annotator,
            t.events.c.kind.in_(("label", "skip")),
            not_undone(),
            of_the_pool(up_to),
        )
        .order_by(t.events.c.event_id.desc())
        .limit(1)
    )
    if session is not None:
        query = query.where(t.events.c.session == session)
    if up_to is not None:
        query = query.where(t.events.c.event_id <= up_to)
    return db.execute(query).scalar()


def with_its_batch(db: sa.Connection, answer: Label) -> list[Label]:
    """An answer and its annotator's others of the batch that were not taken back, in order."""
    if answer.batch is None:
        return [answer]
    rows = db.execute(
        sa.select(t.events)
        .where(
            t.events.c.batch == answer.batch,
            t.events.c.annotator == answer.annotator,
            t.events.c.kind.in_(("label", "skip")),
            not_undone(),
            of_the_pool(),
        )
        .order_by(t.events.c.event_id)
    )
    return [event_of(row) for row in rows]


def undone_by(db: sa.Connection, undo: Label) -> list[Label]:
    """The answers that an undo, and those recorded with it, took back, in order."""
    same = t.events.c.event_id == undo.event_id
    if undo.batch is not None:
        same = sa.and_(t.events.c.batch == undo.batch, t.events.c.kind == "undo")
    undone = sa.select(t.events.c.supersedes).where(same)
    rows = db.execute(
        sa.select(t.events).where(t.events.c.event_id.in_(undone)).order_by(t.events.c.event_id)
    )
    return [event_of(row) for row in rows]


def newest_undo(db: sa.Connection, annotator: str, up_to: int | None) -> list[Label]:
    """Return the undo, with its batch, that a redo takes back; empty if there is none.

    It is the newest one that was not redone and that no answer followed, except redone ones.
    Undos after the event `up_to`, if given, do not count.
    """
    other = t.events.alias("other")
    follows = other.c.supersedes == t.events.c.event_id
    redone = sa.exists().where(follows, other.c.kind != "undo")
    redoes = sa.exists().where(other.c.event_id == t.events.c.supersedes, other.c.kind == "undo")
    mine = t.events.c.annotator == annotator
    answer = t.events.c.kind.in_(("label", "skip"))
    newest_first = sa.select(t.events).order_by(t.events.c.event_id.desc()).limit(1)
    barrier = db.execute(newest_first.where(mine, answer, ~redoes)).first()
    # Decisions are taken back separately.
    decided = sa.exists().where(
        other.c.event_id == t.events.c.supersedes, other.c.kind == "adjudicate"
    )
    undo = newest_first.where(
        mine, t.events.c.kind == "undo", ~redone, ~decided, of_the_pool(up_to)
    )
    if barrier is not None:
        undo = undo.where(t.events.c.event_id > barrier.event_id)
    if up_to is not None:
        undo = undo.where(t.events.c.event_id <= up_to)
    found = db.execute(undo).first()
    if found is None:
        return []
    if found.batch is None:
        return [event_of(found)]
    same = sa.select(t.events).where(
        t.events.c.batch == found.batch, t.events.c.kind == "undo", ~redone, of_the_pool(up_to)
    )
    return [event_of(row) for row in db.execute(same.order_by(t.events.c.event_id))]


def events_of_batch_or_key(db: sa.Connection, key: str) -> list[Label]:
    """Events recorded with this key, alone or as a batch, in order."""
    rows = db.execute(
        sa.select(t.events)
        .where(sa.or_(t.events.c.batch == key, t.events.c.key == f"{key}:0"))
        .order_by(t.events.c.event_id)
    )
    return [event_of(row) for row in rows]


def current_event(db: sa.Connection, sample_id: str, annotator: str) -> int | None:
    """The event whose answer holds now for this sample and annotator."""
    return db.execute(
        sa.select(t.answers.c.event_id).where(
            t.answers.c.sample_id == sample_id, t.answers.c.annotator == annotator
        )
    ).scalar()


def set_answer(db: sa.Connection, sample_id: str, annotator: str) -> None:
    """Update ``answers`` from the events of this sample and annotator; none if it was removed."""
    newest = db.execute(
        sa.select(t.events)
        .where(
            t.events.c.sample_id == sample_id,
            t.events.c.annotator == annotator,
            t.events.c.kind.in_(("label", "skip", "import")),
            not_undone(),
            of_the_pool(),
        )
        .order_by(t.events.c.event_id.desc())
        .limit(1)
    ).first()
    db.execute(
        t.answers.delete().where(
            t.answers.c.sample_id == sample_id, t.answers.c.annotator == annotator
        )
    )
    if newest is not None:
        kind = "skip" if newest.kind == "skip" else "label"
        db.execute(
            t.answers.insert().values(
                sample_id=sample_id,
                annotator=annotator,
                kind=kind,
                label=newest.label,
                event_id=newest.event_id,
            )
        )


def cursor(db: sa.Connection) -> int:
    """The newest event that can change a head's labels."""
    newest = sa.select(t.events.c.event_id).where(t.events.c.kind != "skip")
    return db.execute(newest.order_by(t.events.c.event_id.desc()).limit(1)).scalar() or 0
