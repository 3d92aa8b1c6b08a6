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
    scores : ndarray of shape (n_samples, n_outcomes), float64
        How much each outcome of each sample would move it; their mean at `value` is 0.
    """

    value: float
    scores: Numbers


def share(outcomes: Numbers, which: int, missing: int | None = None) -> Target:
    """The share of one outcome among the samples that have one.

    Parameters
    ----------
    outcomes : ndarray of shape (n_samples, n_outcomes), float64
        Pseudo outcomes, of which only the totals matter.
    which : int
    missing : int, optional
        The outcome that means none: samples that people skipped.

    Examples
    --------
    >>> outcomes = np.eye(3)[[0, 1, 1, 2]]
    >>> round(share(outcomes, 1, missing=2).value, 3)
    0.667
    """
    return mean(outcomes, np.ones(len(outcomes)), None, which, missing)


def mean(
    outcomes: Numbers,
    column: Numbers,
    among: int | None,
    which: int | None = None,
    missing: int | None = None,
) -> Target:
    """The mean of a column, times an outcome, among the samples of an outcome.

    Parameters
    ----------
    outcomes : ndarray of shape (n_samples, n_outcomes), float64
    column : ndarray of shape (n_samples,), float64
    among : int or None
        The outcome of the samples that count; None for all but `missing`.
    which : int, optional
        The outcome that has the column's value, others 0; by default all that count.
    missing : int, optional

    Examples
    --------
    >>> mean(np.eye(2)[[0, 0, 1]], np.array([1.0, 3.0, 7.0]), among=0).value
    2.0
    """
    n_outcomes = outcomes.shape[1]
    base = np.zeros(n_outcomes)
    if among is None:
        base[:] = 1.0
        if missing is not None:
            base[missing] = 0.0
    else:
        base[among] = 1.0
    top = base.copy()
    if which is not None:
        top = np.zeros(n_outcomes)
        top[which] = base[which]
    below = float((outcomes @ base).sum())
    if below <= 0:
        return Target(np.nan, np.zeros(outcomes.shape))
    value = float(column @ (outcomes @ top)) / below
    scores = (column[:, None] * top - value * base) * (len(outcomes) / below)
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
