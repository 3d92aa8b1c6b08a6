"""How sure the default head may be of its pool: corrections of what held-out labels say.

Both constants were set on states of six data sets (``benchmarks/README.md``).
"""

from __future__ import annotations

import numpy as np

from dalt.core.records import Floats
from dalt.learning.heads.predictors import FLOOR, soften, softmax

SETTLED, STEEPER = 0.75, 1.4
MOST = 4.0
STEPS = 14
MET_ONCE = 1.5


def doubt_of(targets: Floats) -> float:
    """Share of every prediction that is spread over all classes.

    While classes are missing among the labels, a sample of one of them gets a suggestion that is
    surely wrong, however sure the head is of it.  How many there are, the classes with one label
    tell (Good and Turing); a held-out label of a class that no other has tells nothing.

    Parameters
    ----------
    targets : ndarray of shape (n_labels, n_classes), float32

    Returns
    -------
    float
        `FLOOR` as soon as every class has a label.

    References
    ----------
    Good, The Population Frequencies of Species and the Estimation of Population Parameters, 1953.

    Examples
    --------
    >>> doubt_of(np.eye(4, dtype=np.float32)[[0, 0, 0, 1, 1, 2]])
    0.25
    >>> doubt_of(np.eye(2, dtype=np.float32)[[0, 0, 1]]) == FLOOR
    True
    """
    counts = np.count_nonzero(targets, axis=0)
    once, missing = float((counts == 1).sum()), float((counts == 0).mean())
    return max(FLOOR, min(MET_ONCE * once / len(targets), missing))


def sharpening_of(scores: Floats) -> float:
    """Factor for the scores of a head that is sure of most of its pool.

    A strategy asks what the head is unsure of.  So where most of the pool is settled, the labels
    are its exceptions, and held-out ones understate how often the head is right.

    Parameters
    ----------
    scores : ndarray of shape (n, n_classes), float32
        Log-probabilities of some samples of the pool, not normalised.

    Returns
    -------
    float
        1 as long as the mean probability of the suggestions is at most `SETTLED`.

    Examples
    --------
    >>> sharpening_of(np.array([[0.5, 0.0]], np.float32))
    1.0
    >>> sharpening_of(np.array([[2.0, 0.0]], np.float32)) > 1.1
    True
    """
    sure = _sureness(scores)
    if not SETTLED < sure < 1:  # with one class nothing else can be said
        return 1.0
    odds, pivot = np.log(sure / (1 - sure)), np.log(SETTLED / (1 - SETTLED))
    wanted = 1 / (1 + np.exp(-(pivot + STEEPER * (odds - pivot))))
    low, high = 1.0, MOST
    for _ in range(STEPS):
        middle = (low * high) ** 0.5
        low, high = (middle, high) if _sureness(middle * scores) < wanted else (low, middle)
    return float(low)


def _sureness(scores: Floats) -> float:
    """Mean probability of the likeliest class."""
    return float(soften(softmax(scores)).max(axis=1).mean(dtype=np.float64))
