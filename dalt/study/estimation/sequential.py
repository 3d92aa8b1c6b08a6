"""Estimates from samples that were drawn one after the other with known chances.

Let draw t take sample i out of the samples O that nobody had answered, with chance q(i).  For any
prediction f that was made before the draw,

    (sum of y over the answered) + (sum of f over O) + (y(i) - f(i)) / q(i)

is an unbiased estimate of the total of y over the pool, whatever f is.  So weighted means over the
draws are unbiased too, and their errors are a martingale: the variance is the sum of squares.
The target is the share in this very pool; nothing is left to estimate when all is answered.

References
----------
Zrnic, Candès: Active Statistical Inference, 2024 (its sequential estimator).
Angelopoulos, Bates, Fannjiang, Jordan, Zrnic: Prediction-Powered Inference, 2023.
Angelopoulos, Duchi, Zrnic: PPI++: Efficient Prediction-Powered Inference, 2023 (power tuning).
Farquhar, Gal, Rainforth: On Statistical Bias in Active Learning, 2021 (draws without replacement).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dalt.study.estimation.design import Answered, Numbers, Predictions, Stage

_NOTHING = 1e-12  # of the variance: predictions that say the same, but for rounding
MOST_TRUST = 4.0
"""How many times more a draw can weigh than one for which nothing was predicted."""


@dataclass(frozen=True)
class Deviations:
    """How far the estimate of each random draw is from the common one, and what predictions change.

    Attributes
    ----------
    plain : ndarray of shape (n_draws,), float64
        With the same prediction for all samples.
    change : ndarray of shape (n_draws,), float64
        To be added for the model's predictions.
    """

    plain: Numbers
    change: Numbers

    def at(self, power: float) -> Numbers:
        """With this share of the model's predictions: shape (n_draws,)."""
        return self.plain + power * self.change


def draw_weights(answered: Answered, stages: Sequence[Stage]) -> Numbers:
    """How much each draw counts: more with better predictions, and with fewer samples left.

    They are known before each draw, so they leave estimates unbiased.

    Returns
    -------
    ndarray of shape (n_answers,), float64
        They sum to 1; 0 for answers that were not drawn at random.
    """
    weights = np.zeros(len(answered.positions))
    for stage in stages:
        doubt = _mean_spread(stage.predictions)
        nothing = _mean_spread(stage.constant[None, :])
        trust = nothing / max(doubt, nothing / MOST_TRUST) if nothing > 0 else 1.0
        weights[stage.start : stage.stop] = trust
    left = answered.n_samples - np.arange(len(weights))
    weights *= (answered.n_samples / left) ** 2.0
    weights[~answered.counts] = 0.0
    total = weights.sum()
    return weights / total if total > 0 else weights


def _mean_spread(predictions: Predictions) -> float:
    """The variance of a draw that follows the doubts, up to a constant factor."""
    variances = (predictions * (1 - predictions)).sum(axis=1)
    return float(np.sqrt(variances.clip(min=0)).mean() ** 2)


def pseudo_outcomes(
    answered: Answered, stages: Sequence[Stage], weights: Numbers, power: float = 1.0
) -> Numbers:
    """Outcomes for every sample of the pool, whose totals are unbiased.

    Single values are no probabilities: they can lie far outside of 0 to 1.

    Returns
    -------
    ndarray of shape (n_samples, n_outcomes), float64
        Rows sum to 1 on average.
    """
    n_answers = len(answered.positions)
    found = np.zeros((answered.n_samples, answered.outcomes.shape[1]))
    later = np.concatenate([np.cumsum(weights[::-1])[::-1], [0.0]])
    ends = np.full(answered.n_samples, n_answers)
    ends[answered.positions] = np.arange(1, n_answers + 1)
    for stage in stages:
        # A sample counts as predicted in the steps before its answer, and at the answer itself.
        last = np.clip(ends, stage.start, stage.stop)
        steps = later[stage.start] - later[last]
        found += steps[:, None] * _mixed(stage, power)
    for stage in stages:
        inside = slice(stage.start, stage.stop)
        at, drawn = answered.positions[inside], answered.counts[inside]
        residuals = answered.outcomes[inside] - _mixed(stage, power, at)
        scale = np.where(drawn, weights[inside] / np.where(drawn, answered.chances[inside], 1), 0)
        found[at] += scale[:, None] * residuals
    found[answered.positions] += later[1:, None] * answered.outcomes
    return found


def _mixed(stage: Stage, power: float, at: NDArray[np.int64] | None = None) -> Numbers:
    predictions = stage.predictions if at is None else stage.predictions[at]
    mixed: Numbers = power * predictions + (1 - power) * stage.constant
    return mixed


def deviations(answered: Answered, stages: Sequence[Stage], scores: Numbers) -> Deviations:
    """The estimate of each random draw, of the pool's mean of linear scores.

    Parameters
    ----------
    answered : Answered
    stages : sequence of Stage
    scores : ndarray of shape (n_samples, n_outcomes) or (1, n_outcomes), float64
        The value of each sample, or of any sample, for each outcome; `Target` makes their mean 0
        at the estimate.

    Returns
    -------
    Deviations
        One for each answer; 0 where nothing was drawn at random.
    """
    at, same = answered.positions, len(scores) == 1
    total = scores[0] * answered.n_samples if same else scores.sum(axis=0)
    drawn = np.broadcast_to(scores, (answered.n_samples, scores.shape[1]))[at]
    said = (drawn * answered.outcomes).sum(axis=1)
    known = np.concatenate([[0.0], np.cumsum(said)])[:-1]
    plain, full = np.zeros(len(at)), np.zeros(len(at))
    taken = np.zeros(scores.shape[1])
    for stage in stages:
        inside = slice(stage.start, stage.stop)
        here = drawn[inside]
        chances = np.where(answered.counts[inside], answered.chances[inside], np.nan)
        own = here @ stage.constant
        left = float((total - taken) @ stage.constant)
        plain[inside] = _totals(known[inside], said[inside], own, left, chances)
        own = (here * stage.predictions[at[inside]]).sum(axis=1)
        sums = stage.total @ scores[0] if same else np.vdot(scores, stage.predictions)
        left = float(sums - np.vdot(drawn[: stage.start], stage.predictions[at[: stage.start]]))
        full[inside] = _totals(known[inside], said[inside], own, left, chances)
        taken = taken + here.sum(axis=0)
    return Deviations(plain / answered.n_samples, (full - plain) / answered.n_samples)


def _totals(known: Numbers, said: Numbers, own: Numbers, left: float, chances: Numbers) -> Numbers:
    """Estimates of the total, one for each draw of a stage; 0 without a chance."""
    rest = left - np.concatenate([[0.0], np.cumsum(own)])[:-1]
    return np.nan_to_num(known + rest + (said - own) / chances, nan=0.0)


def best_power(found: Deviations, weights: Numbers) -> float:
    """The share of the predictions that makes the estimated variance smallest: 0 to 1."""
    plain = found.plain - weights @ found.plain
    change = found.change - weights @ found.change
    drawn = weights > 0
    down = float(weights[drawn] ** 2 @ change[drawn] ** 2)
    if down <= _NOTHING * float(weights[drawn] ** 2 @ plain[drawn] ** 2):
        return 0.0
    up = float(weights[drawn] ** 2 @ (plain[drawn] * change[drawn]))
    return float(np.clip(-up / down, 0.0, 1.0))
