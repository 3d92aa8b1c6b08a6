"""The keys by which uniform draws go, inside a transaction of `dalt.storage.database`.

A uniform draw takes the open sample with the smallest key.  So the keys of all open samples lie
above those drawn so far, and are uniform there: which of them comes next is pure chance.  A sample
that comes to the pool later gets a key of the same range; over the whole range it would come before
all that were there.  Claims that commit while samples are added may not be seen yet.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import sqlalchemy as sa

from dalt.storage import tables as t
from dalt.storage.chunks import chunks

NOTHING_DRAWN = -1
_END = 1 << 63  # the largest integer of a database is signed
_NARROW = 1 << 40
"""Where fewer keys are left, two samples could get the same."""
_IS_UNIFORM = t.events.c.draw == sa.literal_column("'uniform'")  # in the words of its index
_ANSWERED = sa.select(t.events.c.sample_id).where(_IS_UNIFORM)
_HELD = sa.select(t.leases.c.sample_id).where(t.IS_ACTIVE, t.leases.c.draw == "uniform")
_NEW = t.samples.c.state == sa.literal_column(str(t.OPEN)), t.samples.c.party == ""
_FIRST = sa.select(sa.func.min(t.samples.c.turn)).where(*_NEW)
_N_OPEN = sa.select(sa.func.sum(t.tallies.c.n)).where(
    t.tallies.c.state == t.OPEN, t.tallies.c.party == ""
)
_WAS_DRAWN = (
    _ANSWERED.where(t.events.c.sample_id == t.samples.c.id).correlate(t.samples).exists()
    | _HELD.where(t.leases.c.sample_id == t.samples.c.id).correlate(t.samples).exists()
)


def last_drawn(db: sa.Connection) -> int:
    """The largest key that was drawn uniformly; `NOTHING_DRAWN` if there is none."""
    largest = sa.select(sa.func.max(t.samples.c.shuffle))
    found = [
        db.execute(largest.where(t.samples.c.id.in_(drawn))).scalar()
        for drawn in (_ANSWERED, _HELD)
    ]
    return max((key for key in found if key is not None), default=NOTHING_DRAWN)


def new_keys(db: sa.Connection, sample_ids: Sequence[str], seed: int) -> list[int]:
    """Keys for samples that come to the pool: uniform above all that were drawn, by the seed."""
    last = last_drawn(db)
    if _END - last <= _NARROW:
        widen(db, last)
        last = NOTHING_DRAWN
    return [_key(f"{seed}:{sample_id}", last) for sample_id in sample_ids]


def renew(db: sa.Connection, sample_ids: Sequence[str], seed: int) -> None:
    """Give new keys to locked samples that are about to come back to the pool.

    Samples drawn by other ways were passed by meanwhile, so chance has to speak again.  Those that
    were drawn uniformly keep their keys: their draws have been made.
    """
    columns = t.samples.c.id, t.samples.c.turn, t.samples.c.shuffle
    n_open = int(db.execute(_N_OPEN).scalar() or 0)
    first = db.execute(_FIRST).scalar() or 0
    for part in chunks(sample_ids):
        query = sa.select(*columns).where(t.samples.c.id.in_(part), ~_WAS_DRAWN)
        for row in db.execute(query).all():
            key = _among_open(db, f"{seed}:{row.id}:{first}:{n_open}", first, n_open)
            turn = key if row.turn == row.shuffle else row.turn
            this = t.samples.update().where(t.samples.c.id == row.id)
            db.execute(this.values(shuffle=key, turn=turn))
            first, n_open = min(first, key) if n_open else key, n_open + 1


def renew_passed(db: sa.Connection, which: sa.ColumnElement[bool]) -> None:
    """Give new keys to samples that uniform draws have passed by while they were not open.

    Unlike `renew`, it may have to find the last draw: leases and audits end less often than
    annotators undo.

    Parameters
    ----------
    db : sa.Connection
        The samples are locked, or nobody else changes them.
    which : condition on samples
        Those that come back to the pool without an answer, and were not drawn uniformly.
    """
    first = db.execute(_FIRST).scalar()
    before = t.samples.c.shuffle < (_END - 1 if first is None else first)
    columns = t.samples.c.id, t.samples.c.shuffle
    ahead = db.execute(sa.select(*columns).where(which, before, ~_WAS_DRAWN)).all()
    if not ahead:  # nearly always: finding the last draw means reading all uniform ones
        return
    last = last_drawn(db)
    if _END - last <= _NARROW:
        return
    # The former key depends on the seed, and so does the new one.
    rows = [
        {"of": row.id, "to": _key(f"{row.shuffle}:{row.id}", last)}
        for row in ahead
        if row.shuffle <= last
    ]
    key = sa.bindparam("to", type_=sa.BigInteger)
    turn = sa.case((t.samples.c.turn == t.samples.c.shuffle, key), else_=t.samples.c.turn)
    renewed = t.samples.update().where(t.samples.c.id == sa.bindparam("of"))
    if rows:
        db.execute(renewed.values(shuffle=key, turn=turn), rows)


def _among_open(db: sa.Connection, said: str, first: int, n_open: int) -> int:
    """A key that is the smallest of all open ones as often as any other.

    Only then the last drawn key matters, and finding it means reading all uniform draws.
    """
    if _key(f"place {said}", NOTHING_DRAWN) % (n_open + 1):
        return _key(said, first)
    return _key(said, last_drawn(db), first if n_open else _END)


def _key(said: str, last: int, end: int = _END) -> int:
    """A number above `last` and below `end`, if there is one; over the whole range by default."""
    digest = hashlib.blake2b(said.encode(), digest_size=8).digest()
    first = last + 1
    return first + ((int.from_bytes(digest) >> 1) * max(end - first, 0) >> 63)


def widen(db: sa.Connection, last: int) -> None:
    """Spread the keys above the last drawn one over the whole range, in the same order."""
    wider = (t.samples.c.shuffle - last - 1) * ((_END - 1) // max(_END - last - 1, 1))
    key = sa.case((t.samples.c.shuffle > last, wider), else_=NOTHING_DRAWN)
    turn = sa.case((t.samples.c.turn == t.samples.c.shuffle, key), else_=t.samples.c.turn)
    db.execute(t.samples.update().values(shuffle=key, turn=turn))
