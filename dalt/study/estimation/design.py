"""The input of an estimate: draws, answers, and predictions made before them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dalt.core.records import Positions

Numbers = NDArray[np.float64]
Predictions = NDArray[np.floating[Any]]
"""Of any precision."""
GROWTH = 1.25
"""A stage ends when labels have grown by this factor since its beginning."""
FIRST_STAGE = 10
"""Labels before the first model."""


@dataclass(frozen=True)
class Answered:
    """The samples that people have answered, in the order of the first answers.

    Attributes
    ----------
    positions : ndarray of shape (n_answers,), int64
        Rows of the pool, without repeats.
    chances : ndarray of shape (n_answers,), float64
        The probability of each draw, given all earlier ones; NaN where nothing was drawn at
        random.
    outcomes : ndarray of shape (n_answers, n_outcomes), float64
        One 1 in each row; the last outcome means that a sample has no label.
    n_samples : int
        Size of the pool, the answered samples included.
    n_outside : int
        Samples without an answer that are not asked about, such as removed ones: their outcome,
        no label, is known.
    """

    positions: Positions
    chances: Numbers
    outcomes: Numbers
    n_samples: int
    n_outside: int = 0

    @property
    def complete(self) -> bool:
        """Whether every outcome is known, so that nothing is left to estimate."""
        return len(self.positions) + self.n_outside == self.n_samples

    @property
    def counts(self) -> NDArray[np.bool_]:
        """Which answers were random draws with a known chance: shape (n_answers,)."""
        return np.isfinite(self.chances)


@dataclass(frozen=True)
class Stage:
    """A run of answers, and the predictions made before it began.

    Attributes
    ----------
    start, stop : int
        Of the answers.
    predictions : ndarray of shape (n_samples, n_outcomes), float
        Probabilities of the outcomes by a model that has learned the answers before `start`, and
        no others; rows sum to 1.
    constant : ndarray of shape (n_outcomes,), float64
        The same prediction for every sample, from the same answers.
    """

    start: int
    stop: int
    predictions: Predictions
    constant: Numbers

    @cached_property
    def total(self) -> Numbers:
        """The sum of the predictions: shape (n_outcomes,)."""
        return self.predictions.sum(axis=0, dtype=np.float64)


def stage_bounds(n_answers: int) -> list[int]:
    """Where the stages of a number of answers begin, and where the last one ends.

    Examples
    --------
    >>> stage_bounds(30)
    [0, 10, 13, 17, 22, 28, 30]
    >>> stage_bounds(0)
    [0]
    """
    bounds, start = [0], FIRST_STAGE
    while start < n_answers:
        bounds.append(start)
        start = max(start + 1, int(np.ceil(GROWTH * start)))
    return [*bounds, n_answers] if n_answers else bounds


def constant_before(answered: Answered, start: int) -> Numbers:
    """Shares of the outcomes among the first answers, weighed by their chances.

    Answers that were not drawn at random are left out; one more answer is spread over all outcomes
    but the last.

    Returns
    -------
    ndarray of shape (n_outcomes,), float64
        They sum to 1.
    """
    outcomes, chances = answered.outcomes[:start], answered.chances[:start]
    drawn = np.isfinite(chances)
    weights = 1.0 / (answered.n_samples * chances[drawn])
    found = weights @ outcomes[drawn]
    found[:-1] += 1.0 / (len(found) - 1)
    shares: Numbers = found / found.sum()
    return shares


def stage_of(answered: Answered, start: int, stop: int, predicted: Predictions | None) -> Stage:
    """A stage; samples for which nothing was predicted get the same for all.

    Parameters
    ----------
    answered : Answered
    start, stop : int
    predicted : ndarray of shape (n_predicted, n_outcomes - 1), float, or None
        Probabilities of the outcomes but the last, for the first samples of the pool.
    """
    constant = constant_before(answered, start)
    predictions = np.repeat(constant[None, :], answered.n_samples, axis=0)
    if predicted is not None:
        n = min(len(predicted), answered.n_samples)
        # A label is as likely to be missing for every sample.
        predictions[:n, :-1] = predicted[:n] * (1 - constant[-1])
    return Stage(start, stop, predictions, constant)
