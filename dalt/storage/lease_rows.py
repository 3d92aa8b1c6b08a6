"""Leases of samples: statements inside a transaction that `dalt.storage.database` has begun.

A sample is given to as many people as the project asks for, never twice to the same one.
Its row summarises its answers and leases: its ``state`` and, while it is open, its ``party``,
the people who must not get it (again).  So a claim reads one row and no answers, and looks for
a person among the few parties instead of among samples.

In PostgreSQL claims run beside one another and beside the single writer of everything else.
The order of locks prevents deadlocks: the writer's lock, then rows of samples, then everything
else, then the counters, which are written last.  Claims skip locked samples.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray
from sqlalchemy.dialects import postgresql

from dalt.core.records import Draw, Lease, utc_now
from dalt.storage import audit_rows, counters, party_rows, uniform_keys
from dalt.storage import tables as t
from dalt.storage.bulk import Listed, execute_each
from dalt.storage.chunks import chunks

LOOKED_AT = 200
"""Candidates in one statement; the first ones nearly always suffice."""
# Written into the statement, not bound: otherwise the index of open samples is not used.
_IS_OPEN = t.samples.c.state == sa.literal_column(str(t.OPEN))


@dataclass(frozen=True, slots=True)
class Holder:
    """The holder of a new lease, and its length.

    Attributes
    ----------
    annotator : str
    session : str
    seconds : float
        How long the lease lasts from now on.
    """

    annotator: str
    session: str
    seconds: float

    def lease(self, sample_id: str) -> Lease:
        """A lease of a sample that begins now."""
        until = utc_now() + timedelta(seconds=self.seconds)
        return Lease(sample_id, self.annotator, self.session, until)


# --- choosing -------------------------------------------------------------------------------


def first_candidates(
    db: sa.Connection,
    parties: Sequence[counters.Party],
    candidates: Iterable[int],
    n: int = 1,
    *,
    lock: bool = True,
    wait: bool = False,
) -> list[sa.Row[Any]]:
    """Lock the first `n` of the candidate positions that are open and of one of the parties."""
    if not parties:
        return []
    names = [each.party for each in parties]
    # As one text: a driver would look at every number of a list.
    opening, closing = "{}" if db.dialect.name == "postgresql" else "[]"
    query = _CANDIDATES[db.dialect.name, _how(lock, wait)]
    found: list[sa.Row[Any]] = []
    for part in chunks([int(position) for position in candidates], LOOKED_AT):
        values = {
            "positions": opening + ",".join(map(str, part)) + closing,
            "parties": names,
            "most": n - len(found),
        }
        found += db.execute(query, values)
        if len(found) >= n:
            break
    return found


def _how(lock: bool, wait: bool) -> str:
    return ("wait" if wait else "pass over") if lock else "look"


def _locked(query: sa.Select[Any], how: str) -> sa.Select[Any]:
    """Lock the rows for this transaction; skip those that others have locked, or wait for them."""
    if how == "look":
        return query
    return query.with_for_update(key_share=True, skip_locked=how == "pass over", of=t.samples)


def _ranked(dialect: str) -> sa.FromClause:
    """The positions as a table, with their order; one parameter for all."""
    listed = sa.bindparam("positions", type_=sa.String())
    if dialect == "postgresql":
        array = sa.cast(listed, postgresql.ARRAY(sa.Integer))
        return (
            sa.func.unnest(array)
            .table_valued("position", with_ordinality="rank")
            .render_derived("ranked")
        )
    each = sa.func.json_each(listed).table_valued("value", "key", name="each")
    return sa.select(each.c.value.label("position"), each.c.key.label("rank")).subquery("ranked")


def _candidates(dialect: str, how: str) -> sa.Select[Any]:
    ranked = _ranked(dialect)
    # Written so that no index of open samples applies: a planner with too little knowledge of the
    # table would read all of them, although only a few positions are needed.
    is_open = t.samples.c.state + 0 == t.OPEN
    of_them = (t.samples.c.party + "").in_(sa.bindparam("parties", expanding=True))
    query = (
        sa.select(t.samples)
        .join(ranked, t.samples.c.position == ranked.c.position)
        .where(is_open, of_them)
        .order_by(ranked.c.rank)
        .limit(sa.bindparam("most"))
    )
    return _locked(query, how)


_CANDIDATES = {
    (dialect, how): _candidates(dialect, how)
    for dialect in ("sqlite", "postgresql")
    for how in ("look", "pass over", "wait")
}
_IN_TURN = {
    how: _locked(
        sa.select(t.samples)
        .where(_IS_OPEN, t.samples.c.party == sa.bindparam("of"))
        .order_by(t.samples.c.turn)
        .limit(1),
        how,
    )
    for how in ("pass over", "wait")
}


def first_in_turn(
    db: sa.Connection, parties: Sequence[counters.Party], *, wait: bool = False
) -> sa.Row[Any] | None:
    """Lock the next open sample of these parties, or return None if there is none."""
    names = [each.party for each in parties]
    if len(names) > 1:
        head = (
            sa.select(sa.func.min(t.samples.c.turn))
            .where(_IS_OPEN, t.samples.c.party == t.tallies.c.party)
            .scalar_subquery()
        )
        heads = sa.select(t.tallies.c.party, head.label("turn")).where(
            t.tallies.c.state == t.OPEN, t.tallies.c.party.in_(names)
        )
        found = {row.party: row.turn for row in db.execute(heads) if row.turn is not None}
        names = sorted(found, key=lambda name: (found[name], name))
    for name in names:
        row = db.execute(_IN_TURN[_how(True, wait)], {"of": name}).first()
        if row is not None:
            return row
    return None


def open_for_mask(db: sa.Connection, annotator: str, n_samples: int) -> NDArray[np.bool_]:
    """Which samples are open for the annotator: bool, shape (n_samples,), by position."""
    mask = np.ones(n_samples, dtype=bool)
    closed = sa.select(t.samples.c.position).where(t.samples.c.state != t.OPEN)
    shut = [each.party for each in counters.look(db).parties if not each.admits(annotator)]
    mine = sa.select(t.samples.c.position).where(_IS_OPEN, t.samples.c.party.in_(shut))
    for query in (closed, mine):
        mask[np.fromiter(db.execute(query).scalars(), dtype=np.int64)] = False
    return mask


def n_held_for(db: sa.Connection, annotator: str) -> int:
    """Samples that people hold and that the annotator may still get."""
    answered = sa.exists().where(
        t.answers.c.sample_id == t.leases.c.sample_id, t.answers.c.annotator == annotator
    )
    held = t.leases.join(t.samples, t.samples.c.id == t.leases.c.sample_id)
    query = (
        sa.select(sa.func.count(t.leases.c.sample_id.distinct()))
        .select_from(held)
        .where(t.IS_ACTIVE, t.samples.c.state != t.LABELLED, ~answered)
    )
    return db.execute(query).scalar_one()


# --- leases ---------------------------------------------------------------------------------


_SET_STATE = (
    t.samples.update()
    .where(t.samples.c.position == sa.bindparam("at"))
    .values({name: sa.bindparam(name) for name in ("state", "party", "turn")})
)
_SET_STATES = "UPDATE samples SET state = ?, party = ?, turn = ? WHERE position = ?"
_REFRESHED = 5_000  # samples whose rows are updated together
_ROWS = Listed(
    lambda ids: (
        sa.select(
            t.samples.c.position, t.samples.c.id, t.samples.c.state, t.samples.c.party,
            t.samples.c.turn, t.samples.c.shuffle,
        )
        .join(ids, t.samples.c.id == ids.c.value)
        .where(~t.IS_REMOVED)
        .order_by(t.samples.c.position)
        .with_for_update(key_share=True, of=t.samples)
    )
)  # fmt: skip
_ANSWERS = Listed(
    lambda ids: sa.select(t.answers.c.sample_id, t.answers.c.annotator, t.answers.c.kind).join(
        ids, t.answers.c.sample_id == ids.c.value
    )
)
_HELD_OR_DECIDED = Listed(
    lambda ids: sa.union_all(
        sa.select(t.leases.c.sample_id, t.leases.c.annotator)
        .join(ids, t.leases.c.sample_id == ids.c.value)
        .where(t.IS_ACTIVE),
        sa.select(t.decisions.c.sample_id, sa.cast(sa.null(), sa.String)).join(
            ids, t.decisions.c.sample_id == ids.c.value
        ),
    )
)
"""Who holds samples; and, with nobody, those that are decided."""
_HELD = ("session", "expires_at", "active", "draw", "inclusion_probability", "n_candidates")


def _put(dialect: str) -> Any:
    insert = counters.upsert(dialect, t.leases)
    return insert.on_conflict_do_update(
        index_elements=["sample_id", "annotator"],
        set_={name: insert.excluded[name] for name in _HELD},
    )


_PUT = {dialect: _put(dialect) for dialect in ("sqlite", "postgresql")}


def _set_state_and_put() -> Any:
    """Both in one statement, which PostgreSQL accepts: saves a round trip to the server."""
    given = {c.name: sa.bindparam(f"held_{c.name}", type_=c.type) for c in t.leases.c}
    return _SET_STATE.add_cte(_put("postgresql").values(given).cte("held"))


_SET_STATE_AND_PUT = _set_state_and_put()


def take(
    db: sa.Connection, row: sa.Row[Any], seen: counters.Look, holder: Holder, draw: Draw
) -> Lease:
    """Lease an open sample whose row is locked: the row has all that is needed."""
    before = next(each for each in seen.parties if each.party == row.party)
    takers = before.takers | {holder.annotator}
    full = len(takers) >= seen.wanted
    state = t.LEASED if full else t.OPEN
    party = "" if full else party_rows.put_party(db, takers, before.skippers)
    counters.count(db, row.position, t.OPEN, row.party, -1)
    counters.count(db, row.position, state, party)
    change = {
        "at": row.position,
        "state": state,
        "party": party,
        "turn": _turn(row.turn, row.shuffle, True, microseconds(utc_now())),
    }
    made = holder.lease(row.id)
    if db.dialect.name == "postgresql":
        held = {f"held_{name}": value for name, value in _row_of(made, draw).items()}
        db.execute(_SET_STATE_AND_PUT, change | held)
    else:
        db.execute(_SET_STATE, change)
        db.execute(_PUT[db.dialect.name], _row_of(made, draw))
    return made


def lease(db: sa.Connection, sample_id: str, holder: Holder, draw: Draw | None) -> Lease:
    """Hold a sample for an annotator, in whatever state it is."""
    made = holder.lease(sample_id)
    db.execute(_PUT[db.dialect.name], _row_of(made, draw))
    refresh_states(db, [sample_id])
    return made


def _row_of(lease: Lease, draw: Draw | None) -> dict[str, Any]:
    return {
        "sample_id": lease.sample_id,
        "annotator": lease.annotator,
        "session": lease.session,
        "expires_at": lease.expires_at,
        "active": True,
        "draw": draw and draw.kind,
        "inclusion_probability": draw and draw.probability,
        "n_candidates": draw and draw.n_candidates,
    }


def end_leases(db: sa.Connection, which: sa.ColumnElement[bool], limit: int | None = None) -> int:
    """Take back leases that meet the condition, the oldest first, and return how many."""
    columns = t.leases.c.sample_id, t.leases.c.annotator, t.leases.c.draw
    query = sa.select(*columns).where(t.IS_ACTIVE, which)
    held = db.execute(query.order_by(t.leases.c.expires_at).limit(limit)).all()
    if not held:
        return 0
    ids = sorted({row.sample_id for row in held})
    lock_samples(db, ids)
    ended = t.leases.update().where(
        t.leases.c.sample_id == sa.bindparam("of"), t.leases.c.annotator == sa.bindparam("by")
    )
    rows = [{"of": row.sample_id, "by": row.annotator} for row in held]
    db.execute(ended.values(active=False), rows)
    by_uniform = {row.sample_id for row in held if row.draw == "uniform"}
    for part in chunks([each for each in ids if each not in by_uniform]):
        uniform_keys.renew_passed(db, t.samples.c.id.in_(part))
    refresh_states(db, ids)
    return len(held)


def bring_forward(db: sa.Connection, seconds: float) -> int:
    """Let leases that end later than a lease of `seconds` can end with those of now.

    Returns how many there were.
    """
    now = utc_now()
    late = t.leases.c.expires_at > counters.latest_end(now, seconds)
    until = now + timedelta(seconds=seconds)
    return db.execute(t.leases.update().where(t.IS_ACTIVE, late).values(expires_at=until)).rowcount


def drop_lease(db: sa.Connection, sample_id: str, annotator: str) -> None:
    """Remove the annotator's lease of a sample: it is answered."""
    db.execute(
        t.leases.delete().where(
            t.leases.c.sample_id == sample_id, t.leases.c.annotator == annotator
        )
    )


def may_reopen(db: sa.Connection, sample_id: str, annotator: str) -> bool:
    """Whether an annotator who has answered may hold the sample again beside its holders."""
    others = t.leases.c.sample_id == sample_id, t.leases.c.annotator != annotator
    holders = set(db.execute(sa.select(t.leases.c.annotator).where(t.IS_ACTIVE, *others)).scalars())
    if not holders:
        return True
    labelled = sa.select(t.answers.c.annotator).where(
        t.answers.c.sample_id == sample_id,
        t.answers.c.kind == "label",
        t.answers.c.annotator != annotator,
    )
    return len(holders | set(db.execute(labelled).scalars())) < counters.overlap(db)


# --- what a sample's row says ---------------------------------------------------------------


def lock_samples(db: sa.Connection, sample_ids: Sequence[str]) -> None:
    """Lock these samples for this transaction, before writing anything about them."""
    for part in chunks(sorted(set(sample_ids))):
        db.execute(
            sa.select(t.samples.c.position)
            .where(t.samples.c.id.in_(part))
            .order_by(t.samples.c.position)
            .with_for_update(key_share=True)
        )


def lock_rows(db: sa.Connection, sample_ids: Sequence[str]) -> Sequence[Any]:
    """Lock these samples for this transaction, and return what `set_states` needs of their rows.

    Removed samples have no state to set.
    """
    return _ROWS.rows(db, sample_ids)


def refresh_states(db: sa.Connection, sample_ids: Sequence[str]) -> None:
    """Update the samples' rows from their answers and leases."""
    for part in chunks(sample_ids, _REFRESHED):
        rows = lock_rows(db, part)
        answers: dict[str, list[tuple[str, str]]] = {}
        for row in _ANSWERS.rows(db, part):
            answers.setdefault(row.sample_id, []).append((row.annotator, row.kind))
        set_states(db, rows, answers)


def set_states(
    db: sa.Connection,
    rows: Sequence[Any],
    answers: Mapping[str, Sequence[tuple[str, str]]],
) -> None:
    """Update the rows of locked samples.

    Parameters
    ----------
    rows : sequence of Row
        As `lock_rows` gives them.
    answers : mapping of str to list of (str, str)
        The annotators, and the kinds of their answers that hold, by the ids of the samples.
    """
    wanted, ids = counters.overlap(db), [row[1] for row in rows]
    free = audit_rows.void_if_changed(db, ids)
    if free:
        refresh_states(db, free)
        rows = lock_rows(db, ids)  # some of these may be free now
    kept = audit_rows.kept(db, ids)
    held: dict[str, set[str]] = {}
    decided = set()  # not asked again: gold samples are drawn separately
    for sample_id, annotator in _HELD_OR_DECIDED.rows(db, ids):
        if annotator is None:
            decided.add(sample_id)
        else:
            held.setdefault(sample_id, set()).add(annotator)
    parties: dict[tuple[frozenset[str], frozenset[str]], str] = {}
    now = microseconds(utc_now())
    changes, moves = [], Counter[tuple[int, int, str]]()
    for position, sample_id, before, party_before, turn_before, shuffle in rows:
        said = answers.get(sample_id, ())
        have = {annotator for annotator, kind in said if kind == "label"}
        takers = have | held[sample_id] if sample_id in held else have
        state, party = t.LEASED, ""
        if len(have) >= wanted or sample_id in decided:
            state = t.LABELLED
        elif sample_id in kept and not have:
            state = t.KEPT
        elif len(takers) < wanted:
            state = t.OPEN
            skippers = {annotator for annotator, kind in said if kind == "skip"} - takers
            people = frozenset(takers), frozenset(skippers)
            if people not in parties:
                parties[people] = party_rows.put_party(db, *people)
            party = parties[people]
        turn = _turn(turn_before, shuffle, bool(takers), now)
        if (before, party_before, turn_before) != (state, party, turn):
            changes.append((state, party, turn, position))
            moves[position % t.N_SHARDS, before, party_before] -= 1
            moves[position % t.N_SHARDS, state, party] += 1
    for (shard, state, party), n in moves.items():
        counters.count(db, shard, state, party, n)
    execute_each(db, _SET_STATES, changes)


def _turn(turn: int, shuffle: int, begun: bool, now: int) -> int:
    """A sample's place in the order: begun ones first, the earliest before, others shuffled."""
    if not begun:
        return shuffle
    return turn if turn != shuffle else now


def microseconds(moment: datetime) -> int:
    """A time as a whole number.

    Examples
    --------
    >>> from datetime import UTC
    >>> microseconds(datetime(1970, 1, 1, 0, 0, 1, 5, tzinfo=UTC))
    1000005
    """
    return int(moment.timestamp()) * 1_000_000 + moment.microsecond


def ask_for(db: sa.Connection, wanted: int) -> None:
    """Set how many people are asked for each sample from now on."""
    about = counters.upsert(db.dialect.name, t.about).values(
        name=counters.OVERLAP, value=str(wanted)
    )
    db.execute(about.on_conflict_do_update(index_elements=["name"], set_={"value": str(wanted)}))
    touched = sa.union(
        sa.select(t.answers.c.sample_id), sa.select(t.leases.c.sample_id).where(t.IS_ACTIVE)
    )
    refresh_states(db, sorted(db.execute(touched).scalars()))
