"""What a strategy is, and what it may look at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dalt.core.records import Floats, Positions


@dataclass(frozen=True)
class Situation:
    """What a strategy may look at when it chooses what to ask next.

    Attributes
    ----------
    probabilities : ndarray of shape (n_samples, n_classes), float32
        Of the snapshot that was just fitted.
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
"""Chooses at most so many of the open positions, best first.

What it leaves out is drawn uniformly; so one that returns nothing asks at random.
"""
