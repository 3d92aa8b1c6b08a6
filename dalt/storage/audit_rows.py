"""Rows of audits: statements inside a transaction that `dalt.storage.database` has begun.

They say which samples are kept from annotators.  A change that invalidates an audit or a
certificate ends it in the same transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import cast

import sqlalchemy as sa

from dalt.core.records import LabelValue, utc_now
from dalt.storage import counters, uniform_keys
from dalt.storage import tables as t
from dalt.storage.bulk import Listed
from dalt.storage.chunks import chunks

Present = Callable[[LabelValue], LabelValue]
"""The present meaning of an earlier label: classes may have been renamed."""
_PRESENT = "present"
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
_at_issue = sa.select(t.certificates.c.cursor).where(IN_FORCE).scalar_subquery()
_undo = t.events.alias()
HELD_AT_ISSUE = sa.and_(
    t.events.c.event_id <= _at_issue,
    ~sa.exists().where(
        _undo.c.kind == "undo",
        _undo.c.supersedes == t.events.c.event_id,
        _undo.c.event_id <= _at_issue,
    ),
)
"""Condition on ``events``: known to the certificate in force, and not undone before it."""
_ANSWERED = Listed(
    lambda ids: (
        sa.select(
            t.events.c.sample_id,
            t.events.c.annotator,
            t.events.c.event_id,
            sa.and_(
                t.events.c.kind == "label",
                t.events.c.draw == "audit",
                t.events.c.mode == "blind",
            ).label("for_audit"),
        )
        .join(ids, ids.c.value == t.events.c.sample_id)
        .where(t.events.c.kind.in_(("label", "skip", "import")), HELD_AT_ISSUE)
        .order_by(t.events.c.event_id)
    )
)
_SAID = Listed(
    lambda ids: (
        sa.select(t.answers.c.sample_id, t.answers.c.annotator, t.answers.c.label)
        .join(ids, ids.c.value == t.answers.c.sample_id)
        .where(t.answers.c.kind == "label")
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


def all_kept(db: sa.Connection) -> set[str]:
    """All samples that an audit, or a certificate, keeps from annotators."""
    return set(db.execute(_kept_ids).scalars()) if any_kept(db) else set()


def read_labels_by(db: sa.Connection, present: Present) -> None:
    """Say what earlier labels mean now, for the transaction that begins."""
    db.info[_PRESENT] = present


def present_in(db: sa.Connection) -> Present:
    """The function that gives the present meaning of earlier labels, in this transaction."""
    return cast(Present, db.info.get(_PRESENT, _as_it_is))


def void_if_changed(db: sa.Connection, ids: Sequence[str]) -> list[str]:
    """End the certificate if it rests on answers to these samples that no longer hold.

    The same answer again holds, however it was given and whatever its class is called by now.

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
    present = present_in(db)
    answers = {sample_id: present(answer) for sample_id, answer in rests.items()}
    who = _answered_first(db, list(rests))
    said = {
        (sample_id, annotator): present(label)
        for sample_id, annotator, label in _SAID.rows(db, list(rests))
    }
    overruled = {
        (sample_id, present(label)) for sample_id, label in _DECIDED.rows(db, list(rests))
    } - set(answers.items())
    known = {
        (sample_id, present(label))
        for sample_id, label in _decided_at_issue(db, [sample_id for sample_id, _ in overruled])
    }
    same = all(said.get((each, who.get(each))) == answer for each, answer in answers.items())
    if same and overruled <= known:
        return []
    return void(db, "An answer that the audit rests on was changed.")


def _as_it_is(label: LabelValue) -> LabelValue:
    return label


def _answered_first(db: sa.Connection, ids: Sequence[str]) -> dict[str, str]:
    """Whose answers to samples the certificate in force rests on: the first ones of the audit."""
    newest = {(row.sample_id, row.annotator): row for row in _ANSWERED.rows(db, ids)}
    first: dict[str, str] = {}
    for row in sorted(newest.values(), key=lambda row: row.event_id):
        if row.for_audit:
            first.setdefault(row.sample_id, row.annotator)
    return first


def _decided_at_issue(db: sa.Connection, ids: Sequence[str]) -> set[tuple[str, LabelValue]]:
    """What was decided about samples when the certificate in force was issued, by the events."""
    if not ids:
        return set()
    e = t.events.c
    query = (
        sa.select(e.sample_id, e.kind, e.label)
        .where(e.kind.in_(("gold", "adjudicate")), HELD_AT_ISSUE)
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
