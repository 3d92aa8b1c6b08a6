"""Held-out predictions of any head by cross-validation."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import replace

import numpy as np

from dalt.core.records import Floats, LabelSet, Positions
from dalt.learning.heads.contract import Fitted

FEW = 300
"""Up to this many labels a tenth is held out at a time, else a fifth, since fits take longer."""


def leave_out(
    fit: Callable[[LabelSet], Fitted], labels: LabelSet, seed: int
) -> Generator[None, None, Floats]:
    """Fit without one part of the labels after the other.

    Parameters
    ----------
    fit : callable
        Fits a head to some of the labels, from scratch.
    labels : LabelSet
    seed : int
        Seed of the parts.

    Yields
    ------
    None
        After each fit.

    Returns
    -------
    ndarray of shape (n_labels, n_classes), float32
        Probabilities of each labelled sample, from the fit without it.  NaN without a
        prediction: no other sample had one of its classes.
    """
    found = np.full(labels.targets.shape, np.nan, np.float32)
    parts = folds(labels, 10 if len(found) <= FEW else 5, seed)
    for part in range(int(parts.max(initial=-1)) + 1):
        out = parts == part
        rest = replace(labels, positions=labels.positions[~out], targets=labels.targets[~out])
        if not out.any() or not len(rest.positions):
            continue
        known = rest.targets.any(axis=0)
        tells = out & ~np.any(labels.targets[:, ~known] > 0, axis=1)
        # With a single class a fit predicts that class for everything.
        if tells.any() and known.sum() >= (1 if labels.multi else 2):
            found[tells] = fit(rest).probabilities[labels.positions[tells]]
        yield
    return found


def folds(labels: LabelSet, n_folds: int, seed: int) -> Positions:
    """Part of each label, every class spread evenly over the parts.

    Returns
    -------
    ndarray of shape (n_labels,), int64
        From 0 to `n_folds` - 1.

    Examples
    --------
    >>> targets = np.eye(2, dtype=np.float32)[[0, 0, 0, 1, 1, 1]]
    >>> found = folds(LabelSet(np.arange(6), targets, 6), 3, seed=0)
    >>> sorted(found[:3].tolist()), sorted(found[3:].tolist())
    ([0, 1, 2], [0, 1, 2])
    """
    mixed = np.random.default_rng(seed).permutation(len(labels.positions))
    # Samples with the same answer are adjacent.
    _, kinds = np.unique(labels.targets[mixed], axis=0, return_inverse=True)
    found = np.empty(len(mixed), np.int64)
    found[mixed[np.argsort(kinds, kind="stable")]] = np.arange(len(mixed)) % n_folds
    return found
