"""Weighted draws: random, with the recorded chance, without replacement."""

from __future__ import annotations

import random

import numpy as np
import pytest
from stores import answer, claim

from dalt.storage.claims import FLOOR, Weights
from dalt.storage.store import Store

SCORES = np.array([0, 1, 2, 3, 4, 0, 1, 2, 3, 4], np.float32)


def weights(seed: int = 0, scores: np.ndarray = SCORES) -> Weights:
    return Weights(scores, random.Random(seed).random)


def test_draws_come_as_often_as_they_say(store: Store) -> None:
    wanted, counts = weights(), np.zeros(10)
    n = 120
    for _ in range(n):
        got = claim(store, weights=wanted)
        assert got is not None and got.draw is not None
        assert got.draw.kind == "weighted" and got.draw.n_candidates == 10
        expected = FLOOR / 10 + (1 - FLOOR) * SCORES[got.sample.position] / SCORES.sum()
        assert got.draw.probability == pytest.approx(expected)
        counts[got.sample.position] += 1
        store.leases.release("ana-1")
    chances = wanted.chances(np.arange(10))
    assert chances.sum() == pytest.approx(1.0)
    # chi-squared, 9 degrees of freedom, p = 0.001
    assert ((counts - n * chances) ** 2 / (n * chances)).sum() < 27.9


def test_each_sample_is_drawn_once_out_of_those_that_are_left(store: Store) -> None:
    got = [claim(store, weights=weights(seed)) for seed in range(11)]
    assert got[-1] is None
    drawn = [each for each in got if each is not None]
    assert sorted(each.sample.position for each in drawn) == list(range(10))
    sizes = [each.draw.n_candidates for each in drawn if each.draw]
    assert sizes == list(range(10, 0, -1))
    assert all(
        each.draw.probability >= FLOOR / each.draw.n_candidates - 1e-12
        for each in drawn
        if each.draw
    )
    assert drawn[-1].draw is not None and drawn[-1].draw.probability == pytest.approx(1.0)


def test_a_uniform_draw_beside_them_has_the_chance_of_its_own_way(store: Store) -> None:
    got = claim(store, uniform=True, uniform_share=0.1, weights=weights())
    assert got is not None and got.draw is not None
    assert got.draw.kind == "uniform" and got.draw.probability == pytest.approx(1 / 10)


def test_labelled_and_skipped_samples_are_not_drawn(store: Store) -> None:
    store.answers.record(answer("s0004", "cat", "one"))
    store.answers.record(answer("s0009", None, "two"))
    got = claim(store, weights=weights())
    assert got is not None and got.draw is not None and got.draw.n_candidates == 8
    others = [claim(store, weights=weights(seed)) for seed in range(8)]
    assert others.pop() is None
    assert not {4, 9} & {each.sample.position for each in others if each}


def test_what_the_answer_records_is_the_draw(store: Store) -> None:
    got = claim(store, weights=weights())
    assert got is not None and got.draw is not None
    event = store.answers.record(answer(got.sample.id, "cat", "one"))
    assert (event.draw, event.n_candidates) == ("weighted", 10)
    assert event.inclusion_probability == pytest.approx(got.draw.probability)


@pytest.mark.parametrize(
    "scores", [np.zeros(4, np.float32), np.full(4, np.nan, np.float32), np.zeros(0, np.float32)]
)
def test_without_usable_scores_all_chances_are_the_same(scores: np.ndarray) -> None:
    assert Weights(scores, random.random).chances(np.arange(4)).tolist() == [0.25] * 4


def test_samples_that_came_after_the_scores_count_as_the_mean() -> None:
    chances = Weights(np.array([1.0, 3.0]), random.random).chances(np.arange(3))
    assert chances.tolist() == pytest.approx([FLOOR / 3 + (1 - FLOOR) * s / 6 for s in (1, 3, 2)])
