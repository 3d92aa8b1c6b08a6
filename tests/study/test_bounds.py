"""Exact bounds: against all possible orders of small pools, and by simulation."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from dalt.study.bounds import (
    Draws,
    ErrorBound,
    Prior,
    Promise,
    hypergeometric,
    most_wrong_once,
)


def after_a_draw(paths: dict[int, float], all_wrong: int, n_left: int) -> dict[int, float]:
    """The chances of each number of wrong draws, after one more from `n_left` samples."""
    stepped: dict[int, float] = {}
    for wrong, chance in paths.items():
        is_wrong = (all_wrong - wrong) / n_left
        for more, p in ((1, is_wrong), (0, 1 - is_wrong)):
            if p > 0:
                stepped[wrong + more] = stepped.get(wrong + more, 0.0) + chance * p
    return stepped


def ever_too_low(bound: ErrorBound, all_wrong: int) -> float:
    """The chance that the bound is too low at any look, by following all paths at once."""
    n_all = bound.n_all
    paths = {0: 1.0}  # by the number of wrong draws: paths on which it was never too low
    for n_drawn in range(1, n_all + 1):
        stepped = after_a_draw(paths, all_wrong, n_all - n_drawn + 1)
        paths = {
            wrong: chance
            for wrong, chance in stepped.items()
            if bound.most_wrong(wrong, n_drawn) >= all_wrong
        }
    return 1 - sum(paths.values())


def ever_broken(promise: Promise, all_wrong: int) -> float:
    """The chance that the promise is ever said to hold and does not, by all paths at once."""
    n_all = promise.bound.n_all
    paths, broken = {0: 1.0}, 0.0
    for n_drawn in range(1, n_all + 1):
        stepped = after_a_draw(paths, all_wrong, n_all - n_drawn + 1)
        paths = {}
        for wrong, chance in stepped.items():
            if promise.holds(Draws(n_drawn, wrong)):  # here the audit ends
                if all_wrong - wrong > promise.max_error * (n_all - n_drawn):
                    broken += chance
            else:
                paths[wrong] = chance
    return broken


def test_chance_is_that_of_all_subsets() -> None:
    pool = [True] * 3 + [False] * 5
    drawn = list(itertools.combinations(pool, 4))
    for n_wrong in range(5):
        share = sum(sum(each) == n_wrong for each in drawn) / len(drawn)
        assert math.exp(hypergeometric(n_wrong, 4, 3, 8)) == pytest.approx(share, abs=1e-12)


@pytest.mark.parametrize(("n_drawn", "share"), [(59, 0.05), (149, 0.02), (299, 0.01)])
def test_known_sizes_of_samples_without_an_error(n_drawn: int, share: float) -> None:
    """59, 149 and 299 are the textbooks' numbers for 95 % and 5, 2 and 1 % (success run)."""
    n_all = 1_000_000
    # (Without replacement a million is nearly as good as no end of samples.)
    assert most_wrong_once(0, n_drawn, n_all, 0.05) < share * n_all
    assert most_wrong_once(0, n_drawn - 1, n_all, 0.05) >= share * n_all


@pytest.mark.parametrize("n_all", [1, 7, 12])
def test_one_look_covers_every_pool(n_all: int) -> None:
    for n_drawn, all_wrong in itertools.product(range(n_all + 1), repeat=2):
        missed = sum(
            math.exp(hypergeometric(wrong, n_drawn, all_wrong, n_all))
            for wrong in range(min(n_drawn, all_wrong) + 1)
            if n_drawn - wrong <= n_all - all_wrong
            and most_wrong_once(wrong, n_drawn, n_all, 0.1) < all_wrong
        )
        assert missed <= 0.1 + 1e-9, (n_drawn, all_wrong)


@pytest.mark.parametrize("prior", [Prior.of_model(0.02), Prior(0.5, 0.5), Prior(3.0, 7.0)])
@pytest.mark.parametrize(("n_all", "alpha"), [(1, 0.05), (9, 0.3), (40, 0.05), (60, 0.1)])
def test_error_rate_holds_at_every_look_for_every_pool(
    prior: Prior, n_all: int, alpha: float
) -> None:
    bound = ErrorBound(n_all, alpha, prior)
    rates = [ever_too_low(bound, all_wrong) for all_wrong in range(n_all + 1)]
    assert max(rates) <= alpha + 1e-9


def test_error_rate_is_nearly_used_up() -> None:
    """A bound that is far too wide would pass the test above."""
    bound = ErrorBound(200, 0.1, Prior.of_model(0.1))
    assert max(ever_too_low(bound, all_wrong) for all_wrong in range(10, 40, 5)) > 0.06


@pytest.mark.parametrize(("n_all", "max_error", "alpha"), [(50, 0.1, 0.1), (80, 0.05, 0.2)])
def test_promise_is_rarely_broken_whatever_the_pool(
    n_all: int, max_error: float, alpha: float
) -> None:
    promise = Promise(ErrorBound(n_all, alpha, Prior.of_model(max_error)), max_error)
    rates = [ever_broken(promise, all_wrong) for all_wrong in range(n_all + 1)]
    assert max(rates) <= alpha + 1e-9
    assert max(rates) > alpha / 4  # and it is not only never said to hold


def test_looking_once_is_not_enough_when_one_looks_often() -> None:
    """The usual bound at every look is too low far more often than it says."""
    rng, n_all, all_wrong, alpha = np.random.default_rng(0), 300, 30, 0.05
    always = ErrorBound(n_all, alpha, Prior.of_model(0.1))
    once_low = always_low = 0
    for _ in range(200):
        wrong = np.cumsum(rng.permutation(n_all) < all_wrong)
        looks = range(20, 200, 4)
        once_low += any(
            most_wrong_once(int(wrong[n - 1]), n, n_all, alpha) < all_wrong for n in looks
        )
        always_low += any(always.most_wrong(int(wrong[n - 1]), n) < all_wrong for n in looks)
    assert once_low / 200 > 2 * alpha
    assert always_low / 200 <= 2 * alpha


def test_bound_is_brute_force_over_all_numbers() -> None:
    bound = ErrorBound(30, 0.1, Prior.of_model(0.1))
    for n_drawn in range(31):
        for wrong in range(n_drawn + 1):
            limit = math.log(0.1) + bound.prior.chance(wrong, n_drawn)
            possible = [k for k in range(31) if hypergeometric(wrong, n_drawn, k, 30) > limit]
            assert bound.most_wrong(wrong, n_drawn) == max(possible)


def test_prior_is_a_distribution_of_what_is_drawn() -> None:
    prior = Prior(1.3, 4.0)
    total = sum(math.exp(prior.chance(wrong, 17)) for wrong in range(18))
    assert total == pytest.approx(1.0)


def test_doubtful_draws_count_as_wrong_and_are_not_subtracted() -> None:
    promise = Promise(ErrorBound(500, 0.05, Prior.of_model(0.1)), 0.1)
    wrong, doubtful = Draws(60, n_wrong=2), Draws(60, n_doubtful=2)
    assert promise.left_wrong(doubtful) == promise.left_wrong(wrong) + 2


def test_answers_elsewhere_leave_fewer_samples_for_the_same_errors() -> None:
    promise = Promise(ErrorBound(500, 0.05, Prior.of_model(0.1)), 0.1)
    assert promise.n_labelled(Draws(60, n_elsewhere=40)) == 400
    assert promise.error(Draws(60, n_elsewhere=40)) > promise.error(Draws(60))


def test_how_many_more_draws_are_needed() -> None:
    promise = Promise(ErrorBound(1_000, 0.05, Prior.of_model(0.05)), 0.05)
    clean = promise.least(Draws())
    assert clean is not None
    assert promise.holds(Draws(clean))
    assert not any(promise.holds(Draws(n)) for n in range(clean))
    one = promise.least(Draws(20, 1))
    assert one is not None
    assert one + 20 > clean
    about = promise.expected(Draws(20, 1))
    assert about is not None
    assert about >= one
    assert promise.expected(Draws(200, 30)) is None


def test_tiny_pool_is_looked_at_whole() -> None:
    promise = Promise(ErrorBound(10, 0.05, Prior.of_model(0.02)), 0.02)
    assert promise.least(Draws()) is None
    assert not promise.holds(Draws(10))
    assert promise.error(Draws(10)) == 0.0


@pytest.mark.parametrize("bad", [(3, 2, 5, 0.1), (0, 6, 5, 0.1), (0, 1, 5, 0.0), (0, 1, 5, 1.0)])
def test_contradictions_are_refused(bad: tuple[int, int, int, float]) -> None:
    with pytest.raises(ValueError):
        most_wrong_once(*bad)


def test_pool_without_samples_has_no_bound() -> None:
    with pytest.raises(ValueError):
        ErrorBound(0, 0.05, Prior.of_model(0.02))
