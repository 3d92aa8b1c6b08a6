"""Choosing the sample of a claim, inside a transaction that `dalt.storage.store` has begun."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa

from dalt.core.records import Draw, Lease, Sample
from dalt.storage import leases as held
from dalt.storage import statements as do
from dalt.storage.counters import Look


@dataclass(frozen=True, slots=True)
class Claim:
    """A freshly leased sample and how it was drawn."""

    sample: Sample
    lease: Lease
    draw: Draw | None


@dataclass(frozen=True, slots=True)
class Wish:
    """A request for a sample; see `dalt.storage.store.Store.claim`."""

    annotator: str
    session: str
    candidates: Iterable[int]
    uniform: bool
    uniform_share: float
    seconds: float


def choose(db: sa.Connection, wish: Wish, seen: Look, *, wait: bool = False) -> Claim | None:
    """Lease one sample: the earliest that others have begun, or else a new one.

    Parameters
    ----------
    wait : bool
        Wait for samples that others have locked, instead of skipping them; only for the
        holder of the writer's lock.
    """
    row = held.first_in_turn(db, seen.begun(wish.annotator), wait=wait)
    if row is None:
        return _new(db, wish, seen, wait)
    # It keeps its draw: nothing was drawn for the next person.
    n_begun = sum(each.n for each in seen.begun(wish.annotator))
    draw = held.draw_before(db, row.id) or Draw("strategy", 1.0, n_begun)
    return _taken(db, wish, seen, row, draw)


def _new(db: sa.Connection, wish: Wish, seen: Look, wait: bool) -> Claim | None:
    """Lease a sample that nobody has begun."""
    parties = seen.fresh(wish.annotator)
    n_open = sum(each.n for each in parties)
    first = next(
        iter(held.first_candidates(db, parties, wish.candidates, lock=not wish.uniform, wait=wait)),
        None,
    )
    by_strategy = first is not None and not wish.uniform
    row = first if by_strategy else held.first_in_turn(db, parties, wait=wait)
    if row is None:
        return None
    share = wish.uniform_share if first is not None else 1.0
    draw = Draw(
        kind="strategy" if by_strategy else "uniform",
        probability=share / n_open
        + (1.0 - share) * (first is not None and row.position == first.position),
        n_candidates=n_open,
    )
    return _taken(db, wish, seen, row, draw)


def _taken(
    db: sa.Connection, wish: Wish, seen: Look, row: sa.Row[tuple[object, ...]], draw: Draw
) -> Claim:
    lease = held.take(db, row, seen, wish.annotator, wish.session, wish.seconds, draw)
    return Claim(do.sample_of(row), lease, draw)
