"""Rows of audits: statements inside a transaction that `dalt.storage.database` has begun.

They say which samples are kept from annotators.  A change that invalidates an audit or a
certificate ends it in the same transaction.
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from dalt.core.records import LabelValue, utc_now
from dalt.storage import counters, uniform_keys
from dalt.storage import tables as t
from dalt.storage.bulk import Listed
from dalt.storage.chunks import chunks

_draws, _audits = t.audit_draws.c, t.audits.c
IN_FORCE = t.certificates.c.ended_at.is_(None)
_KEEPS = _audits.keeps > sa.literal_column("0")
_IS_KEPT = t.samples.c.state == sa.literal_column(str(t.KEPT))
_of_audit = t.audit_draws.join(t.audits, _audits.audit_id == _draws.audit_id)
# A running audit asks others for what was skipped; after its end nobody would get that any more.
_still_kept = sa.and_(
    _draws.rung <= _audits.keeps,
    sa.or_(
        _audits.state == "running",
        ~sa.exists().where(t.answers.c.sample_id == _draws.sample_id),
    ),
)
_kept_ids = sa.select(_draws.sample_id).select_from(_of_audit).where(_still_kept)
_ANY_KEPT = sa.select(_audits.audit_id).where(_KEEPS).limit(1)


def _listed(which: sa.ColumnElement[bool]) -> Listed:
    """The listed samples whose draw meets a condition."""
    return Listed(
        lambda ids: (
            sa.select(_draws.sample_id)
            .select_from(_of_audit.join(ids, ids.c.value == _draws.sample_id))
            .where(which)
        )
    )


_KEPT, _COVERED = _listed(_still_kept), _listed(_draws.rung <= _audits.keeps)
_certified = t.audit_draws.join(t.certificates, t.certificates.c.audit_id == _draws.audit_id)
_RESTS_ON = Listed(
    lambda ids: (
        sa.select(_draws.sample_id, _draws.answer)
        .select_from(_certified.join(ids, ids.c.value == _draws.sample_id))
        # A doubtful draw counted as wrong: no answer to it makes the promise weaker.
        .where(IN_FORCE, _draws.checked, _draws.answer.is_not(None))
    )
)
IS_AUDIT_ANSWER = sa.and_(
    t.answers.c.kind == "label", t.events.c.draw == "audit", t.events.c.mode == "blind"
)
"""Condition on ``answers`` and ``events``: drawn for an audit, answered without a suggestion."""
_SAID = Listed(
    lambda ids: (
        sa.select(t.answers.c.sample_id, t.answers.c.label)
        .join(t.events, t.events.c.event_id == t.answers.c.event_id)
        .join(ids, ids.c.value == t.answers.c.sample_id)
        .where(IS_AUDIT_ANSWER)
        .order_by(t.answers.c.event_id.desc())  # the first of several answers counts
    )
)
_DECIDED = Listed(
    lambda ids: sa.select(t.decisions.c.sample_id, t.decisions.c.label).join(
        ids, ids.c.value == t.decisions.c.sample_id
    )
)


def any_kept(db: sa.Connection) -> bool:
    """Whether any sample is kept from annotators, by one look into a small index."""
    return db.execute(_ANY_KEPT).first() is not None


def kept(db: sa.Connection, ids: Sequence[str]) -> set[str]:
    """Those of the samples that an audit, or a certificate, keeps from annotators."""
    if not any_kept(db):
        return set()
    return {sample_id for (sample_id,) in _KEPT.rows(db, ids)}


def void_if_changed(db: sa.Connection, ids: Sequence[str]) -> list[str]:
    """End the certificate if it rests on answers to these samples that no longer hold.

    Returns
    -------
    list of str
        As from `void`.
    """
    if not any_kept(db):
        return []
    rests = dict(map(tuple, _RESTS_ON.rows(db, ids)))
    if not rests:
        return []
    said = dict(map(tuple, _SAID.rows(db, list(rests))))
    overruled = [
        (sample_id, label)
        for sample_id, label in map(tuple, _DECIDED.rows(db, list(rests)))
        if label != rests[sample_id]
    ]
    known = _decided_at_issue(db, [sample_id for sample_id, _ in overruled])
    if all(said.get(sample_id) == answer for sample_id, answer in rests.items()) and all(
        each in known for each in overruled
    ):
        return []
    return void(db, "An answer that the audit rests on was changed.")


def _decided_at_issue(db: sa.Connection, ids: Sequence[str]) -> set[tuple[str, LabelValue]]:
    """What was decided about samples when the certificate in force was issued, by the events."""
    if not ids:
        return set()
    e, cursor = t.events.c, sa.select(t.certificates.c.cursor).where(IN_FORCE).scalar_subquery()
    undo = t.events.alias()
    taken_back = sa.exists().where(
        undo.c.kind == "undo", undo.c.supersedes == e.event_id, undo.c.event_id <= cursor
    )
    query = (
        sa.select(e.sample_id, e.kind, e.label)
        .where(e.kind.in_(("gold", "adjudicate")), e.event_id <= cursor, ~taken_back)
        .order_by(e.event_id)
    )
    newest: dict[tuple[str, str], LabelValue | None] = {}
    for part in chunks(ids):
        for row in db.execute(query.where(e.sample_id.in_(part))):
            newest[row.sample_id, row.kind] = row.label
    return {(sample_id, label) for (sample_id, _), label in newest.items() if label is not None}


def void_if_covered(db: sa.Connection, ids: Sequence[str], why: str) -> list[str]:
    """End an audit or certificate that one of these samples belongs to; returns as `void` does."""
    return void(db, why) if any_kept(db) and _COVERED.rows(db, ids) else []


def void(db: sa.Connection, why: str) -> list[str]:
    """End the running audit and the certificate in force, if there are any.

    What the attempts have spent of the error budget stays spent.

    Returns
    -------
    list of str
        Samples whose state has to be computed again from their answers and leases
        (`dalt.storage.lease_rows.refresh_states`).
    """
    if not any_kept(db):
        return []
    now = utc_now()
    db.execute(
        t.audits.update()
        .where(_KEEPS | (_audits.state == "running"))
        .values(state="void", why=why, ended_at=now, keeps=0)
    )
    db.execute(t.certificates.update().where(IN_FORCE).values(ended_at=now, why=why))
    return release(db)


def keep(db: sa.Connection, audit_id: int) -> None:
    """Keep the samples of a new audit from annotators; nobody has answered or leased them."""
    mine = sa.select(_draws.sample_id).where(_draws.audit_id == audit_id)
    which = sa.and_(t.samples.c.state == sa.literal_column(str(t.OPEN)), t.samples.c.id.in_(mine))
    for shard, n in _by_shard(db, which):
        counters.count(db, shard, t.OPEN, "", -n)
        counters.count(db, shard, t.KEPT, "", n)
    db.execute(t.samples.update().where(which).values(state=t.KEPT))


def release(db: sa.Connection) -> list[str]:
    """Release the samples that no audit keeps any more; returns as `void` does."""
    which = sa.and_(_IS_KEPT, t.samples.c.id.not_in(_kept_ids))
    busy = sa.union(
        sa.select(t.answers.c.sample_id),
        sa.select(t.leases.c.sample_id).where(t.IS_ACTIVE),
    )
    rest = list(
        db.execute(sa.select(t.samples.c.id).where(which, t.samples.c.id.in_(busy))).scalars()
    )
    uniform_keys.renew_passed(db, which)
    for shard, n in _by_shard(db, which):
        counters.count(db, shard, t.KEPT, "", -n)
        counters.count(db, shard, t.OPEN, "", n)
    db.execute(
        t.samples.update().where(which).values(state=t.OPEN, party="", turn=t.samples.c.shuffle)
    )
    return rest


def _by_shard(db: sa.Connection, which: sa.ColumnElement[bool]) -> list[tuple[int, int]]:
    """Numbers of the samples that meet a condition, by the part of the counters."""
    shard = t.samples.c.position % t.N_SHARDS
    query = sa.select(shard, sa.func.count()).where(which).group_by(shard)
    return [(int(part), int(n)) for part, n in db.execute(query)]
