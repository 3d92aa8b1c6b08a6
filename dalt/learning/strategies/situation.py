"""The protocol of strategies, and what they may look at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from dalt.core.records import Floats, Positions


@dataclass(frozen=True)
class Situation:
    """Everything a strategy may look at when it chooses what to ask next.

    Attributes
    ----------
    probabilities : ndarray of shape (n_samples, n_classes), float32
        Probabilities of the newest snapshot.
    embeddings : ndarray of shape (n_samples, n_dims), float32
    open_positions : ndarray of shape (n_open,), int64
        Samples that may be asked.
    labelled : ndarray of shape (n_labels,), int64
        Samples that have a label.
    targets : ndarray of shape (n_labels, n_classes), float32
        Their labels.
    seed : int
    multi : bool
        A sample can have several classes; rows of probabilities do not sum to 1.
    """

    probabilities: Floats
    embeddings: Floats
    open_positions: Positions
    labelled: Positions
    targets: Floats
    seed: int
    multi: bool = False


Strategy = Callable[[Situation, int], Positions]
"""Chooses a limited number of open positions, best first.

The rest is drawn uniformly, so a strategy that returns nothing asks at random.
"""


@runtime_checkable
class WeightedStrategy(Protocol):
    """A strategy that gives chances instead of an order: the session draws at random by them.

    As a `Strategy` it returns nothing: none of its samples is taken outright.
    """

    def __call__(self, situation: Situation, limit: int) -> Positions:
        """Return no positions."""

    def scores(self, situation: Situation) -> Floats:
        """Return how much each sample of the pool is wanted, whether it is open or not.

        Returns
        -------
        ndarray of shape (n_samples,), float32
            Not negative.  The chance of an open sample is its share of their sum, mixed with
            a uniform draw (`dalt.storage.claims.FLOOR`).
        """


def scores_of(strategy: Strategy, situation: Situation) -> Floats | None:
    """The scores of a strategy that draws at random; None for others.

    Examples
    --------
    >>> scores_of(lambda situation, limit: situation.open_positions[:limit], None) is None
    True
    """
    return strategy.scores(situation) if isinstance(strategy, WeightedStrategy) else None
