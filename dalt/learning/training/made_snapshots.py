"""A snapshot out of what a head has fitted, for the trainer and for a replay alike."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dalt.core.records import LabelSet
from dalt.learning.heads.contract import Fitted
from dalt.learning.heads.pool import Pool
from dalt.learning.heads.snapshot import Snapshot
from dalt.learning.strategies.situation import Situation, Strategy, scores_of
from dalt.learning.training.voting import Ballot, combined

N_CANDIDATES = 500


@dataclass(frozen=True)
class Inputs:
    """What a snapshot is made from, beside the head and the strategy.

    Attributes
    ----------
    pool : Pool
    labels : LabelSet
        Those of the pool's samples.
    is_open : ndarray of shape (n_samples,) or longer, bool
        Which samples nobody had labelled when the labels were read: not now, so that a replay
        finds the same.
    classes : tuple of str
    seed : int
    parent : Snapshot or None
    """

    pool: Pool
    labels: LabelSet
    is_open: NDArray[np.bool_]
    classes: tuple[str, ...]
    seed: int
    parent: Snapshot | None


def made(
    version: int, head: str, fitted: Fitted, ballot: Ballot, inputs: Inputs, strategy: Strategy
) -> Snapshot:
    """Combine a fit with the votes of sources, and choose what to ask next.

    Parameters
    ----------
    version : int
    head : str
        The name of what has fitted.
    fitted : Fitted
    ballot : Ballot
    inputs : Inputs
    strategy : callable
    """
    pool, labels, parent = inputs.pool, inputs.labels, inputs.parent
    whole = combined(fitted, ballot, labels, pool.n_samples, parent)
    situation = Situation(
        probabilities=whole.probabilities,
        embeddings=pool.embeddings,
        open_positions=np.flatnonzero(inputs.is_open[: pool.n_samples]),
        labelled=labels.positions,
        targets=labels.targets,
        seed=inputs.seed,
        multi=labels.multi,
    )
    return Snapshot(
        version=version,
        parent=None if parent is None else parent.version,
        cursor=labels.cursor,
        seed=inputs.seed,
        encoder=pool.fingerprint,
        head=head,
        classes=inputs.classes,
        multi=labels.multi,
        weights=whole.weights,
        probabilities=whole.probabilities,
        order=strategy(situation, N_CANDIDATES),
        metrics=fitted.metrics,
        scores=scores_of(strategy, situation),
        sources=whole.sources,
    )
