"""Intervals hold as often as they say, whatever the model is worth, and use a good one."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy.stats import binom

from dalt.storage.claims import Weights
from dalt.study.estimation.design import Answered, Stage, constant_before, stage_bounds
from dalt.study.estimation.intervals import Measured, half_width
from dalt.study.estimation.targets import share

N, N_LABELS, K = 400, 80, 2
TRUTH = (np.arange(N) < 120).astype(int)
SHARE = 0.3


def simulated(seed: int, model: str) -> Measured:
    """Draws that follow a model's doubts; the model learns which half is mostly of the class."""
    rng = np.random.default_rng(seed)
    outcomes = np.eye(K + 1)[1 - TRUTH]
    order: list[int] = []
    is_open = np.ones(N, bool)
    chances: list[float] = []
    stages: list[tuple[int, int, np.ndarray]] = []
    bounds = stage_bounds(N_LABELS)
    for start, stop in itertools.pairwise(bounds):
        yes = believed(model, rng, np.array(order, np.int64))
        stages.append((start, stop, np.stack([yes, 1 - yes, np.zeros(N)], axis=1)))
        weights = Weights(np.sqrt(yes * (1 - yes)), rng.random)
        for _ in range(start, stop):
            left = np.flatnonzero(is_open)
            each = weights.chances(left)
            place = int(np.searchsorted(np.cumsum(each), rng.random() * each.sum()))
            order.append(int(left[place]))
            chances.append(float(each[place]))
            is_open[order[-1]] = False
    at = np.array(order)
    answered = Answered(at, np.array(chances), outcomes[at], N)
    return Measured(
        answered, [Stage(a, b, found, constant_before(answered, a)) for a, b, found in stages]
    )


def believed(model: str, rng: np.random.Generator, known: np.ndarray) -> np.ndarray:
    if model == "wrong":  # and very sure of it
        return np.where(TRUTH == 1, 0.02, 0.98)
    if model == "noise":
        return rng.uniform(0.01, 0.99, N)
    if len(known) < 10:
        return np.full(N, 0.5)
    hint = np.arange(N) < 140  # cannot be told from the class in 20 of 400
    inside, outside = (
        (TRUTH[known][hint[known] == side].sum() + 0.5) / ((hint[known] == side).sum() + 1)
        for side in (True, False)
    )
    return np.where(hint, inside, outside)


@pytest.mark.parametrize("model", ["good", "noise", "wrong"])
def test_intervals_cover_the_truth_as_often_as_they_say(model: str) -> None:
    n = 120
    found = [
        measured.interval(share(measured.totals, 0))
        for measured in (simulated(seed, model) for seed in range(n))
    ]
    hits = sum(each.low <= SHARE <= each.high for each in found)
    assert hits >= binom.ppf(0.005, n, 0.95)
    values = np.array([each.value for each in found])
    assert abs(values.mean() - SHARE) < 4 * values.std() / np.sqrt(n)
    widths = np.median([each.high - each.low for each in found])
    classical = 2 * 1.96 * np.sqrt(SHARE * (1 - SHARE) / N_LABELS * (1 - N_LABELS / N))
    assert widths < (0.75 if model == "good" else 1.35) * classical


def test_a_model_that_knows_nothing_is_hardly_used() -> None:
    powers = {
        model: np.mean(
            [
                measured.interval(share(measured.totals, 0)).power
                for measured in (simulated(seed, model) for seed in range(8))
            ]
        )
        for model in ("good", "noise", "wrong")
    }
    assert powers["good"] > 0.8 and powers["noise"] < 0.2 and powers["wrong"] == 0


def test_all_labels_leave_no_doubt() -> None:
    order = np.random.default_rng(0).permutation(20)
    outcomes = np.eye(3)[np.arange(20) % 2]
    answered = Answered(order, np.full(20, np.nan), outcomes[order], 20)
    measured = Measured(answered, [])
    found = measured.interval(share(measured.totals, 0))
    assert (found.value, found.low, found.high) == (0.5, 0.5, 0.5)


def test_without_random_draws_nothing_is_known() -> None:
    answered = Answered(np.arange(5), np.full(5, np.nan), np.eye(3)[[0, 1, 0, 1, 0]], 20)
    even = np.array([0.5, 0.5, 0.0])
    measured = Measured(answered, [Stage(0, 5, np.repeat(even[None], 20, axis=0), even)])
    found = measured.interval(share(measured.totals, 0))
    assert np.isnan([found.value, found.low, found.high]).all()


def test_few_large_errors_make_an_interval_wider() -> None:
    weights = np.full(100, 0.01)
    even = np.tile([1.0, -1.0], 50)
    few = np.zeros(100)
    few[:2] = np.sqrt(50) * np.array([1, -1])
    assert half_width(few, weights, 0.95) > 1.25 * half_width(even, weights, 0.95)
