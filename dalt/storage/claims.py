"""Choosing the sample of a claim, inside a transaction that `dalt.storage.database` has begun."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa

from dalt.core.records import Draw, Lease, Sample
from dalt.storage import lease_rows, statements
from dalt.storage.counters import Look
from dalt.storage.lease_rows import Holder


@dataclass(frozen=True, slots=True)
class Claim:
    """A freshly leased sample and how it was drawn."""

    sample: Sample
    lease: Lease
    draw: Draw | None


@dataclass(frozen=True, slots=True)
class ClaimRequest:
    """A request for a sample; `dalt.storage.leases.Leases.claim` explains each field."""

    holder: Holder
    candidates: Iterable[int]
    uniform: bool
    uniform_share: float


def choose(
    db: sa.Connection, request: ClaimRequest, seen: Look, *, wait: bool = False
) -> Claim | None:
    """Lease one sample: the earliest that others have begun, or else a new one.

    Parameters
    ----------
    wait : bool
        Wait for samples that others have locked, instead of skipping them; only for the
        holder of the writer's lock.
    """
    row = lease_rows.first_in_turn(db, seen.begun(request.holder.annotator), wait=wait)
    if row is None:
        return _new(db, request, seen, wait)
    # It keeps its draw: nothing was drawn for the next person.
    n_begun = sum(each.n for each in seen.begun(request.holder.annotator))
    draw = lease_rows.draw_before(db, row.id) or Draw("strategy", 1.0, n_begun)
    return _taken(db, request, seen, row, draw)


def _new(db: sa.Connection, request: ClaimRequest, seen: Look, wait: bool) -> Claim | None:
    """Lease a sample that nobody has begun."""
    parties = seen.fresh(request.holder.annotator)
    n_open = sum(each.n for each in parties)
    first = next(
        iter(
            lease_rows.first_candidates(
                db, parties, request.candidates, lock=not request.uniform, wait=wait
            )
        ),
        None,
    )
    by_strategy = first is not None and not request.uniform
    row = first if by_strategy else lease_rows.first_in_turn(db, parties, wait=wait)
    if row is None:
        return None
    share = request.uniform_share if first is not None else 1.0
    draw = Draw(
        kind="strategy" if by_strategy else "uniform",
        probability=share / n_open
        + (1.0 - share) * (first is not None and row.position == first.position),
        n_candidates=n_open,
    )
    return _taken(db, request, seen, row, draw)


def _taken(
    db: sa.Connection,
    request: ClaimRequest,
    seen: Look,
    row: sa.Row[tuple[object, ...]],
    draw: Draw,
) -> Claim:
    lease = lease_rows.take(db, row, seen, request.holder, draw)
    return Claim(statements.sample_of(row), lease, draw)
