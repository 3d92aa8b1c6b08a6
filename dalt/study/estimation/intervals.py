"""Intervals for targets, from weighted draws and predictions made before them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from dalt.study.estimation.design import Answered, Numbers, Stage
from dalt.study.estimation.sequential import (
    best_power,
    deviations,
    draw_weights,
    pseudo_outcomes,
)
from dalt.study.estimation.targets import Target


@dataclass(frozen=True)
class Interval:
    """An estimate with its interval.

    Attributes
    ----------
    value, low, high : float
        NaN where nothing can be said.
    power : float in [0, 1]
        How much of the model's predictions was used; 0 is the labels alone.
    """

    value: float
    low: float
    high: float
    power: float


UNKNOWN = Interval(np.nan, np.nan, np.nan, 0.0)


class Measured:
    """Answers with earlier predictions, from which targets are estimated.

    Parameters
    ----------
    answered : Answered
    stages : sequence of Stage
    confidence : float in (0, 1)
        Of the intervals.

    Examples
    --------
    >>> from dalt.study.estimation.targets import share
    >>> answered = Answered(np.arange(2), np.array([0.5, 1.0]), np.eye(3)[[0, 1]], 2)
    >>> measured = Measured(answered, [])
    >>> measured.interval(share(measured.totals, 0)).value
    0.5
    """

    def __init__(
        self, answered: Answered, stages: Sequence[Stage], confidence: float = 0.95
    ) -> None:
        self._answered = answered
        self._stages = stages
        self._confidence = confidence
        self._weights = draw_weights(answered, stages)

    @cached_property
    def outcomes(self) -> Numbers:
        """Outcomes of every sample whose totals are unbiased: shape (n_samples, n_outcomes)."""
        if self._answered.complete:
            outcomes = np.zeros((self._answered.n_samples, self._answered.outcomes.shape[1]))
            outcomes[:, -1] = 1.0
            outcomes[self._answered.positions] = self._answered.outcomes
            return outcomes
        return pseudo_outcomes(self._answered, self._stages, self._weights)

    @cached_property
    def totals(self) -> Numbers:
        """Unbiased totals of the outcomes over the pool: shape (n_outcomes,)."""
        if self._answered.complete:
            totals: Numbers = self._answered.outcomes.sum(axis=0)
            totals[-1] += self._answered.n_outside
            return totals
        each = np.eye(self._answered.outcomes.shape[1])
        found = [
            self._weights @ deviations(self._answered, self._stages, row[None, :]).at(1.0)
            for row in each
        ]
        return np.array(found) * self._answered.n_samples

    def interval(self, target: Target, bounds: tuple[float, float] = (-np.inf, np.inf)) -> Interval:
        """Estimate a target.

        Parameters
        ----------
        target : Target
            Made of `outcomes` or `totals`.
        bounds : (float, float)
            Limits of the value.

        Returns
        -------
        Interval
            Student's, around a value that power tuning makes as certain as it can.
        """
        if not np.isfinite(target.value):
            return UNKNOWN
        if self._answered.complete:
            return Interval(target.value, target.value, target.value, 0.0)
        if not self._weights.any():
            return UNKNOWN
        parts = deviations(self._answered, self._stages, target.scores)
        power = best_power(parts, self._weights)
        errors = parts.at(power)
        shift = float(self._weights @ errors)
        half = half_width(errors - shift, self._weights, self._confidence, self._unseen(target))
        middle = target.value + shift
        value, low, high = np.clip([middle, middle - half, middle + half], *bounds).tolist()
        return Interval(value, low, high, power)

    def _unseen(self, target: Target) -> Numbers:
        """How far one wrong prediction would move the estimate of each draw: shape (n_answers,).

        Relative to a uniform draw: less, the fewer samples are left.
        """
        left = 1 - np.arange(len(self._weights)) / self._answered.n_samples
        if len(target.scores) == 1:  # a share
            return left * float(np.ptp(target.scores))
        at = self._answered.positions
        said = (target.scores[at] * self._answered.outcomes).sum(axis=1)[self._answered.counts]
        found = said[said != 0]
        return left * (2 * float(np.sqrt((found**2).mean())) if len(found) else 0.0)


def half_width(
    errors: Numbers, weights: Numbers, confidence: float, unseen: Numbers | float = 0.0
) -> float:
    """Half of Student's interval of a weighted mean of independent errors.

    The degrees of freedom are those of the weights, and fewer where few large errors make up the
    variance (Satterthwaite): then the estimated variance is uncertain.  An error that no draw
    has shown yet adds what Wilson's interval adds to a share: a model without a visible error
    is not beyond doubt.

    Parameters
    ----------
    errors, weights : ndarray of shape (n_draws,), float64
        The weights sum to 1.
    confidence : float in (0, 1)
    unseen : ndarray of shape (n_draws,), float64, or float
        The size of such an error.

    Examples
    --------
    >>> round(half_width(np.array([-1.0, 1.0, -1.0, 1.0]), np.full(4, 0.25), 0.95), 2)
    1.84
    """
    from scipy.stats import norm
    from scipy.stats import t as student

    concentration = float((weights**2).sum())
    if concentration >= 1:
        return float(np.inf)
    squares = (weights * errors) ** 2
    total = float(squares.sum())
    beside = norm.ppf((1 + confidence) / 2) ** 2 / 2 * float((weights**2 * unseen).sum())
    if total <= 0:
        return float(beside)
    freedom = min(1 / concentration, 3 * total**2 / float((squares**2).sum())) - 1
    quantile = student.ppf((1 + confidence) / 2, max(freedom, 1.0))
    return float(np.hypot(quantile * np.sqrt(total / (1 - concentration)), beside))
