"""Estimates from sequential draws: unbiased whatever is predicted, and in agreement."""

from __future__ import annotations

from itertools import pairwise, permutations

import numpy as np
import pytest

from dalt.study.estimation.design import Answered, Stage, constant_before, stage_bounds
from dalt.study.estimation.sequential import (
    Deviations,
    best_power,
    deviations,
    draw_weights,
    pseudo_outcomes,
)

N, K = 40, 4


def history(seed: int = 0, n_answers: int = 30) -> tuple[Answered, list[Stage]]:
    rng = np.random.default_rng(seed)
    truth = np.eye(K)[rng.integers(0, K, N)]
    order = rng.permutation(N)[:n_answers]
    chances = rng.uniform(0.5, 1.5, n_answers) / (N - np.arange(n_answers))
    chances[[3, 7, 19]] = np.nan
    answered = Answered(order, chances, truth[order], N)
    bounds = stage_bounds(n_answers)
    stages = [
        Stage(first, last, rng.dirichlet(np.ones(K), N), rng.dirichlet(np.ones(K)))
        for first, last in pairwise(bounds)
    ]
    return answered, stages


@pytest.mark.parametrize("power", [0.0, 0.3, 1.0])
def test_the_estimate_is_the_sum_that_the_paper_writes(power: float) -> None:
    answered, stages = history()
    weights = draw_weights(answered, stages)
    scores = np.random.default_rng(1).normal(size=(N, K))
    expected = 0.0
    for t, position in enumerate(answered.positions):
        if not np.isfinite(answered.chances[t]):
            continue
        [stage] = [each for each in stages if each.start <= t < each.stop]
        predicted = power * stage.predictions + (1 - power) * stage.constant
        before = answered.positions[:t]
        left = np.setdiff1d(np.arange(N), before)
        total = (scores[before] * answered.outcomes[:t]).sum()
        total += (scores[left] * predicted[left]).sum()
        residual = scores[position] @ (answered.outcomes[t] - predicted[position])
        expected += weights[t] * (total + residual / answered.chances[t]) / N
    found = deviations(answered, stages, scores)
    assert weights @ found.at(power) == pytest.approx(expected)
    outcomes = pseudo_outcomes(answered, stages, weights, power)
    assert (outcomes * scores).sum() / N == pytest.approx(expected)
    assert outcomes.sum() == pytest.approx(N)


def test_scores_of_one_row_count_for_every_sample() -> None:
    answered, stages = history()
    row = np.array([[0.5, -1.0, 2.0, 0.0]])
    one, all_ = (deviations(answered, stages, s) for s in (row, np.repeat(row, N, axis=0)))
    np.testing.assert_allclose(one.plain, all_.plain)
    np.testing.assert_allclose(one.change, all_.change)


def test_it_is_unbiased_where_earlier_draws_decide_chances_and_predictions() -> None:
    """Every sequence of three draws out of five, with its probability: the mean is the truth."""
    rng = np.random.default_rng(0)
    n, n_draws = 5, 3
    truth = np.eye(3)[[0, 1, 1, 0, 2]]
    scores = rng.normal(size=(n, 3))
    wishes = rng.uniform(0.2, 3, (n + 1, n))  # how much each is wanted, after each last draw
    beliefs = rng.dirichlet(np.ones(3), (n + 1, n))
    mean = total = 0.0
    for order in permutations(range(n), n_draws):
        probability, chances = 1.0, []
        for t, position in enumerate(order):
            left = [i for i in range(n) if i not in order[:t]]
            wish = wishes[order[t - 1] if t else n]
            chances.append(wish[position] / wish[left].sum())
            probability *= chances[-1]
        answered = Answered(np.array(order), np.array(chances), truth[list(order)], n)
        stages = [
            Stage(t, t + 1, beliefs[order[t - 1] if t else n], np.full(3, 1 / 3))
            for t in range(n_draws)
        ]
        weights = draw_weights(answered, stages)
        # Weights may depend on what was known before each draw, normed they may not.
        weights = np.array([0.2, 0.3, 0.5]) * (weights > 0)
        found = deviations(answered, stages, scores)
        mean += probability * float(weights @ found.at(0.7))
        total += probability
    assert total == pytest.approx(1.0)
    assert mean == pytest.approx((scores * truth).sum() / n)


def test_the_last_draw_of_a_pool_knows_everything() -> None:
    order = np.random.default_rng(0).permutation(N)
    truth = np.eye(K)[np.arange(N) % K]
    answered = Answered(order, 1.0 / (N - np.arange(N)), truth[order], N)
    stages = [Stage(0, N, np.full((N, K), 1 / K), np.full(K, 1 / K))]
    found = deviations(answered, stages, np.eye(K)[:1])
    assert found.plain[-1] == pytest.approx(0.25)
    weights = draw_weights(answered, stages)
    assert weights @ found.plain == pytest.approx(0.25, abs=0.01)
    assert weights[-1] > 0.5


def test_weights_leave_out_what_was_not_drawn_and_trust_better_predictions() -> None:
    answered, _ = history(n_answers=20)
    sure = np.repeat([[0.97, 0.01, 0.01, 0.01]], N, axis=0)
    even = np.full(K, 1 / K)
    stages = [Stage(0, 10, np.full((N, K), 1 / K), even), Stage(10, 20, sure, even)]
    weights = draw_weights(answered, stages)
    assert weights.sum() == pytest.approx(1.0)
    assert (weights[~answered.counts] == 0).all()
    assert weights[10] / weights[9] == pytest.approx(4.0 * ((N - 9) / (N - 10)) ** 2)


def test_power_follows_what_predictions_are_worth() -> None:
    rng = np.random.default_rng(0)
    weights = np.full(200, 1 / 200)
    noise, signal = rng.normal(size=200), rng.normal(size=200)
    assert best_power(Deviations(signal, -signal), weights) == pytest.approx(1.0)
    assert best_power(Deviations(signal, noise), weights) < 0.2
    assert best_power(Deviations(signal, signal), weights) == 0.0
    assert best_power(Deviations(signal, np.zeros(200)), weights) == 0.0


def test_the_constant_is_weighed_by_the_chances_and_knows_only_the_past() -> None:
    truth = np.eye(3)[[0, 0, 1, 1]]
    answered = Answered(np.arange(4), np.array([0.5, 0.5, 0.05, np.nan]), truth, 10)
    expected = np.array([2 / 5 + 0.5, 1 / 0.5 + 0.5, 0])
    np.testing.assert_allclose(constant_before(answered, 4), expected / expected.sum())
    np.testing.assert_allclose(constant_before(answered, 0), [0.5, 0.5, 0])
