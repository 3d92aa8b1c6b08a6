"""Counts of samples by state, kept up to date, so nobody has to count a pool.

Statements inside a transaction that `dalt.storage.database` has begun.  Changes are collected
during the transaction and written by `settle` as its last step: see `dalt.storage.lease_rows`.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from dalt.core.records import utc_now
from dalt.storage import tables as t

OVERLAP = "annotations_per_sample"
"""The row of ``about`` with the number of people asked for each sample."""
_TALLY = "dalt_tally"
CLOCKS_DIFFER = timedelta(minutes=1)
"""How far the clocks of computers that share a database may differ."""
_NEVER = datetime(9999, 1, 1, tzinfo=UTC)


class Party(NamedTuple):
    """A number of open samples that the same people must not get (again)."""

    party: str
    takers: frozenset[str]
    skippers: frozenset[str]
    n: int

    def admits(self, annotator: str) -> bool:
        """Whether the annotator may get one of these samples."""
        return annotator not in self.takers and annotator not in self.skippers


@dataclass(frozen=True, slots=True)
class Look:
    """The result of one look at the counters.

    Attributes
    ----------
    wanted : int
        How many people are asked for each sample.
    parties : tuple of Party
        Of the open samples.
    expired : bool
        Whether some lease has expired and was not taken back yet, or ends later than it can.
    """

    wanted: int
    parties: tuple[Party, ...]
    expired: bool

    def admits(self, annotator: str) -> bool:
        """Whether anything is open for the annotator."""
        return any(each.admits(annotator) for each in self.parties)

    def begun(self, annotator: str) -> list[Party]:
        """Parties that others have begun and the annotator may go on with."""
        return [each for each in self.parties if each.takers and each.admits(annotator)]

    def fresh(self, annotator: str) -> list[Party]:
        """Parties that nobody has begun and the annotator may begin."""
        return [each for each in self.parties if not each.takers and each.admits(annotator)]


def _look() -> sa.CompoundSelect[Any]:
    n = sa.func.sum(t.tallies.c.n)
    counted = (
        sa.select(t.tallies.c.party, t.parties.c.takers, t.parties.c.skippers, n.label("n"))
        .select_from(t.tallies.outerjoin(t.parties, t.parties.c.party == t.tallies.c.party))
        .where(t.tallies.c.state == t.OPEN)
        .group_by(t.tallies.c.party, t.parties.c.takers, t.parties.c.skippers)
        .having(n > 0)
    )
    wanted = sa.select(
        t.about.c.name, t.about.c.value, sa.null(), sa.cast(_expired(), sa.BigInteger)
    ).where(t.about.c.name == OVERLAP)
    return sa.union_all(counted, wanted)


def _expired() -> sa.Case[int]:
    """1 if some lease has to be looked at, by the two ends of the index.

    That is one that has expired and was not taken back yet, or one that ends later than any
    lease of now can.
    """
    ends = t.leases.c.expires_at
    oldest = sa.select(sa.func.min(ends)).where(t.IS_ACTIVE).scalar_subquery()
    newest = sa.select(sa.func.max(ends)).where(t.IS_ACTIVE).scalar_subquery()
    return sa.case(
        (oldest < sa.bindparam("now", type_=t.Utc()), 1),
        (newest > sa.bindparam("latest", type_=t.Utc()), 1),
        else_=0,
    )


def bounds(seconds: float | None) -> dict[str, datetime]:
    """The times between which every lease ends, if one that begins now lasts `seconds`."""
    now = utc_now()
    return {"now": now, "latest": latest_end(now, seconds) if seconds and seconds > 0 else _NEVER}


def latest_end(now: datetime, seconds: float) -> datetime:
    """The latest end that a lease of `seconds` can have, by clocks that differ a little.

    Examples
    --------
    >>> from datetime import UTC
    >>> latest_end(datetime(2026, 1, 1, tzinfo=UTC), 240.0).minute
    5
    """
    return now + timedelta(seconds=seconds) + CLOCKS_DIFFER


# A claim's statements are built once: building them took longer than running them.
_LOOK = _look()
_ANY_EXPIRED = sa.select(_expired())


def look(db: sa.Connection, seconds: float | None = None) -> Look:
    """Read everything that a claim needs to know before it chooses.

    Parameters
    ----------
    db : Connection
    seconds : float, optional
        How long a lease lasts; without it none ends too late.
    """
    asked, expired, parties = 1, False, []
    for party, takers, skippers, number in db.execute(_LOOK, bounds(seconds)):
        if party == OVERLAP:
            asked, expired = int(takers), bool(number)
        elif takers is None:
            parties.append(Party(party, frozenset(), frozenset(), int(number)))
        else:
            people = frozenset(json.loads(takers)), frozenset(json.loads(skippers))
            parties.append(Party(party, *people, int(number)))
    return Look(asked, tuple(sorted(parties)), expired)


def any_expired(db: sa.Connection, seconds: float | None = None) -> bool:
    """Whether some lease has expired and was not taken back yet, or ends later than it can."""
    return bool(db.execute(_ANY_EXPIRED, bounds(seconds)).scalar())


def overlap(db: sa.Connection) -> int:
    """How many people are asked for each sample."""
    query = sa.select(t.about.c.value).where(t.about.c.name == OVERLAP)
    return int(db.execute(query).scalar() or 1)


def n_in_state(db: sa.Connection) -> dict[int, int]:
    """Numbers of samples by state."""
    query = sa.select(t.tallies.c.state, sa.func.sum(t.tallies.c.n)).group_by(t.tallies.c.state)
    return {state: int(n) for state, n in db.execute(query)}


def count(db: sa.Connection, position: int, state: int, party: str, n: int = 1) -> None:
    """Note `n` more samples of a state; `settle` writes that at the very end."""
    tally: Counter[tuple[int, str, int]] = db.info.setdefault(_TALLY, Counter())
    tally[state, party if state == t.OPEN else "", position % t.N_SHARDS] += n


def settle(db: sa.Connection) -> None:
    """Write the counters, always in the same order."""
    tally = db.info.pop(_TALLY, None) or {}
    rows = [
        {"state": state, "party": party, "shard": shard, "n": n}
        for (state, party, shard), n in sorted(tally.items())
        if n
    ]
    if rows:
        db.execute(_ADD[db.dialect.name], rows)


def forget_counts(db: sa.Connection) -> None:
    """Drop collected changes: the transaction has failed."""
    db.info.pop(_TALLY, None)


def sweep(db: sa.Connection) -> None:
    """Remove counters at zero: parties come and go."""
    db.execute(t.tallies.delete().where(t.tallies.c.n == 0))


def upsert(dialect: str, table: sa.Table) -> Any:
    """An INSERT that can handle existing rows."""
    return (postgresql if dialect == "postgresql" else sqlite).insert(table)


def _add(dialect: str) -> Any:
    insert = upsert(dialect, t.tallies)
    return insert.on_conflict_do_update(
        index_elements=["state", "party", "shard"],
        set_={"n": t.tallies.c.n + insert.excluded.n},
    )


_ADD = {dialect: _add(dialect) for dialect in ("sqlite", "postgresql")}


def recount(db: sa.Connection) -> None:
    """Count the whole pool: once, when a database is upgraded."""
    db.execute(t.tallies.delete())
    shard = t.samples.c.position % t.N_SHARDS
    counted = sa.select(t.samples.c.state, t.samples.c.party, shard, sa.func.count()).group_by(
        t.samples.c.state, t.samples.c.party, shard
    )
    db.execute(t.tallies.insert().from_select(["state", "party", "shard", "n"], counted))
