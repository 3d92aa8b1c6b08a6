"""Choosing the sample of a claim, inside a transaction that `dalt.storage.database` has begun."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import sqlalchemy as sa

from dalt.core.records import Draw, Floats, Lease, Positions, Sample
from dalt.storage import draw_rows, lease_rows, statements
from dalt.storage.counters import Look
from dalt.storage.lease_rows import Holder

FLOOR = 0.3
"""Share of the probability of weighted draws that is spread evenly over all open samples: each has
at least `FLOOR` times the probability of a uniform draw."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A freshly leased sample and how it was drawn."""

    sample: Sample
    lease: Lease
    draw: Draw | None


@dataclass(frozen=True, slots=True)
class Weights:
    """Input of a weighted draw.

    Attributes
    ----------
    scores : ndarray of shape (n_samples,), float32
        How much each sample is wanted, by position; not negative.  Samples beyond its end count
        as the mean of the others.
    random : callable
        Returns a new random number in [0, 1) at each call.
    """

    scores: Floats
    random: Callable[[], float]

    def chances(self, positions: Positions) -> Floats:
        """The probability that each of these samples is drawn, if nothing else is open.

        Parameters
        ----------
        positions : ndarray of shape (n_open,), int64

        Returns
        -------
        ndarray of shape (n_open,), float64
            They sum to 1; each is at least `FLOOR` / n_open.

        Examples
        --------
        >>> Weights(np.array([0.0, 3.0]), lambda: 0.5).chances(np.arange(2)).round(2).tolist()
        [0.15, 0.85]
        """
        known = positions < len(self.scores)
        scores = np.zeros(len(positions))
        scores[known] = np.nan_to_num(np.maximum(self.scores[positions[known]], 0.0), posinf=0.0)
        if not known.all():
            scores[~known] = scores[known].mean() if known.any() else 1.0
        total = scores.sum()
        even = 1.0 / len(positions)
        if not total > 0:
            return np.full(len(positions), even)
        return FLOOR * even + (1.0 - FLOOR) * scores / total


@dataclass(frozen=True, slots=True)
class ClaimRequest:
    """A request for a sample; `dalt.storage.leases.Leases.claim` explains each field."""

    holder: Holder
    candidates: Iterable[int]
    uniform: bool
    uniform_share: float
    weights: Weights | None = None


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
    draw = draw_rows.draw_before(db, row.id) or Draw("strategy", 1.0, n_begun)
    return _taken(db, request, seen, row, draw)


def _new(db: sa.Connection, request: ClaimRequest, seen: Look, wait: bool) -> Claim | None:
    """Lease a sample that nobody has begun."""
    parties = seen.fresh(request.holder.annotator)
    if request.weights is not None and not request.uniform:
        return _weighted(db, request, request.weights, seen, wait)
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


def _weighted(
    db: sa.Connection, request: ClaimRequest, weights: Weights, seen: Look, wait: bool
) -> Claim | None:
    """Lease a new sample by a random draw with known probabilities, without replacement."""
    parties = seen.fresh(request.holder.annotator)
    positions = statements.open_positions(db, parties)
    while len(positions):
        chances = weights.chances(positions)
        bounds = np.cumsum(chances)
        at = int(np.searchsorted(bounds, weights.random() * bounds[-1], side="right"))
        at = min(at, len(positions) - 1)
        found = lease_rows.first_candidates(db, parties, [int(positions[at])], wait=wait)
        if found:
            draw = Draw("weighted", float(chances[at]), len(positions))
            return _taken(db, request, seen, found[0], draw)
        # Another claim has just locked it, so it is not open: draw among the others.
        positions = np.delete(positions, at)
    return None


def _taken(
    db: sa.Connection,
    request: ClaimRequest,
    seen: Look,
    row: sa.Row[tuple[object, ...]],
    draw: Draw,
) -> Claim:
    lease = lease_rows.take(db, row, seen, request.holder, draw)
    return Claim(statements.sample_of(row), lease, draw)
