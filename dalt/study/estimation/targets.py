"""What can be estimated: shares of outcomes, means of a column by class, regressions on classes.

Each target is the root of an estimating equation that is linear in the unknown outcomes.  So it
needs only their totals, and its error is that of the mean of linear scores (the delta method).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dalt.study.estimation.design import Numbers


@dataclass(frozen=True)
class Target:
    """One number to estimate.

    Attributes
    ----------
    value : float
        By the outcomes that were given; NaN if they do not determine it.
    scores : ndarray of shape (n_samples, n_outcomes) or (1, n_outcomes), float64
        How much each outcome of each sample (or of any) would move it; their mean at `value`
        is 0.
    """

    value: float
    scores: Numbers


def share(totals: Numbers, which: int) -> Target:
    """The share of one outcome among the samples that have a label.

    Parameters
    ----------
    totals : ndarray of shape (n_outcomes,), float64
        How many samples of the pool have each outcome; the last has no label.
    which : int

    Examples
    --------
    >>> round(share(np.array([1.0, 2.0, 1.0]), 1).value, 3)
    0.667
    """
    labelled = np.ones(len(totals))
    labelled[-1] = 0.0
    below = float(totals @ labelled)
    if below <= 0:
        return Target(np.nan, np.zeros((1, len(totals))))
    top = np.zeros(len(totals))
    top[which] = 1.0
    value = float(totals[which]) / below
    return Target(value, (top - value * labelled)[None, :] * (totals.sum() / below))


def mean(outcomes: Numbers, column: Numbers, which: int) -> Target:
    """The mean of a column among the samples of an outcome.

    Parameters
    ----------
    outcomes : ndarray of shape (n_samples, n_outcomes), float64
        Pseudo outcomes, of which only totals matter.
    column : ndarray of shape (n_samples,), float64
    which : int

    Examples
    --------
    >>> mean(np.eye(2)[[0, 0, 1]], np.array([1.0, 3.0, 7.0]), 0).value
    2.0
    """
    scores = np.zeros(outcomes.shape)
    below = float(outcomes[:, which].sum())
    if below <= 0:
        return Target(np.nan, scores)
    value = float(column @ outcomes[:, which]) / below
    scores[:, which] = (column - value) * (len(outcomes) / below)
    return Target(value, scores)


def regression(
    outcomes: Numbers, column: Numbers, others: Numbers, classes: Sequence[int]
) -> list[Target]:
    """Least squares of a column on the classes and on other columns.

    Every class has its own intercept: the mean of the column in that class where the other columns
    are 0.

    Parameters
    ----------
    outcomes : ndarray of shape (n_samples, n_outcomes), float64
    column : ndarray of shape (n_samples,), float64
    others : ndarray of shape (n_samples, n_others), float64
    classes : sequence of int
        The outcomes that are classes; samples of other outcomes are left out.

    Returns
    -------
    list of Target
        First the classes, then the other columns.
    """
    n_classes, n_others = len(classes), others.shape[1]
    given = outcomes[:, list(classes)]
    size, n = n_classes + n_others, len(outcomes)
    normal = np.zeros((size, size))
    normal[:n_classes, :n_classes] = np.diag(given.sum(axis=0))
    normal[:n_classes, n_classes:] = given.T @ others
    normal[n_classes:, :n_classes] = normal[:n_classes, n_classes:].T
    weight = given.sum(axis=1)
    normal[n_classes:, n_classes:] = (others * weight[:, None]).T @ others
    right = np.concatenate([given.T @ column, (others * weight[:, None]).T @ column])
    spread = np.linalg.eigvalsh(normal) if np.isfinite(normal).all() else np.zeros(1)
    if spread.min() <= 1e-9 * max(spread.max(), 1e-300):
        return [Target(np.nan, np.zeros(outcomes.shape)) for _ in range(size)]
    coefficients = np.linalg.solve(normal, right)
    inverse = np.linalg.inv(normal) * n
    base = column - others @ coefficients[n_classes:]
    residuals = base[:, None] - coefficients[:n_classes]  # of each sample in each class
    return [
        Target(
            float(coefficients[row]),
            _scores(inverse[row], residuals, others, classes, outcomes.shape),
        )
        for row in range(size)
    ]


def _scores(
    inverse: Numbers,
    residuals: Numbers,
    others: Numbers,
    classes: Sequence[int],
    shape: tuple[int, ...],
) -> Numbers:
    n_classes = len(classes)
    found: NDArray[np.float64] = np.zeros(shape)
    lever = inverse[:n_classes] + (others @ inverse[n_classes:])[:, None]
    found[:, list(classes)] = residuals * lever
    return found
