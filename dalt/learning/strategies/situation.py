"""The protocol of strategies, and what they may look at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

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
