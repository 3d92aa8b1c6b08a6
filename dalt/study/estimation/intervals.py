"""Intervals for targets, from weighted draws and predictions that were made before them."""

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
    """Answers with earlier predictions, from which any number of targets is estimated.

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
        if self._complete:
            outcomes = np.zeros((self._answered.n_samples, self._answered.outcomes.shape[1]))
            outcomes[self._answered.positions] = self._answered.outcomes
            return outcomes
        return pseudo_outcomes(self._answered, self._stages, self._weights)

    @cached_property
    def totals(self) -> Numbers:
        """Unbiased totals of the outcomes over the pool: shape (n_outcomes,)."""
        if self._complete:
            return self._answered.outcomes.sum(axis=0)
        each = np.eye(self._answered.outcomes.shape[1])
        found = [
            self._weights @ deviations(self._answered, self._stages, row[None, :]).at(1.0)
            for row in each
        ]
        return np.array(found) * self._answered.n_samples

    @property
    def _complete(self) -> bool:
        return len(self._answered.positions) == self._answered.n_samples

    def interval(self, target: Target, bounds: tuple[float, float] = (-np.inf, np.inf)) -> Interval:
        """Estimate a target.

        Parameters
        ----------
        target : Target
            Made of `outcomes` or `totals`.
        bounds : (float, float)
            Beyond which the value cannot lie.

        Returns
        -------
        Interval
            Student's, around a value that power tuning makes as certain as it can.
        """
        if not np.isfinite(target.value):
            return UNKNOWN
        if self._complete:
            return Interval(target.value, target.value, target.value, 0.0)
        if not self._weights.any():
            return UNKNOWN
        parts = deviations(self._answered, self._stages, target.scores)
        power = best_power(parts, self._weights)
        errors = parts.at(power)
        shift = float(self._weights @ errors)
        half = half_width(errors - shift, self._weights, self._confidence)
        middle = target.value + shift
        value, low, high = np.clip([middle, middle - half, middle + half], *bounds).tolist()
        return Interval(value, low, high, power)


def half_width(errors: Numbers, weights: Numbers, confidence: float) -> float:
    """Half of Student's interval of a weighted mean of independent errors.

    The degrees of freedom are those of the weights, and fewer where few large errors make up the
    variance (Satterthwaite): then the estimated variance is uncertain.

    Parameters
    ----------
    errors, weights : ndarray of shape (n_draws,), float64
        The weights sum to 1.
    confidence : float in (0, 1)

    Examples
    --------
    >>> round(half_width(np.array([-1.0, 1.0, -1.0, 1.0]), np.full(4, 0.25), 0.95), 2)
    1.84
    """
    from scipy.stats import t as student

    squares = (weights * errors) ** 2
    total = squares.sum()
    concentration = (weights**2).sum()
    if total <= 0 or concentration >= 1:
        return 0.0 if total <= 0 else np.inf
    freedom = min(1 / concentration, 3 * total**2 / (squares**2).sum()) - 1
    half: float = student.ppf((1 + confidence) / 2, max(freedom, 1.0)) * np.sqrt(
        total / (1 - concentration)
    )
    return float(half)
