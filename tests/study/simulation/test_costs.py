"""What each thing that a simulated annotator does costs, against sums made by hand."""

from __future__ import annotations

import math

import pytest

from dalt.study.simulation.costs import ACTIVITIES, Cost, Pace, Tally

TEN = 0.15 * math.log2(11)
YES_OR_NO = 0.15 * math.log2(3)
PACE = Pace(n_classes=10, key=0.2)


def same(cost: Cost, seconds: float, actions: int) -> bool:
    return cost.actions == actions and cost.seconds == pytest.approx(seconds)


def test_choosing_is_thinking_deciding_and_a_key() -> None:
    assert same(PACE.choose(), 1.35 + TEN + 0.2, 1)


def test_a_class_without_a_key_is_clicked_and_the_hand_comes_back() -> None:
    assert same(PACE.choose(has_key=False), 1.35 + TEN + 0.4 + 1.1 + 0.2 + 0.4, 1)


def test_accepting_decides_between_yes_and_no() -> None:
    assert same(PACE.accept(), 1.35 + YES_OR_NO + 0.2, 1)


def test_correcting_is_refusing_and_then_choosing_with_one_key() -> None:
    assert same(PACE.correct(), 1.35 + YES_OR_NO + 1.35 + TEN + 0.2, 1)
    extra = PACE.correct(has_key=False).seconds - PACE.correct().seconds
    assert extra == pytest.approx(0.4 + 1.1 + 0.4)


def test_a_page_costs_a_glance_for_each_sample_and_an_enter() -> None:
    assert same(PACE.look(24), 24 * 0.3, 0)
    assert same(PACE.confirm(), 1.35 + 0.2, 1)
    assert same(PACE.reach(), 0.8, 0)


def test_marking_is_a_click_and_a_key() -> None:
    assert same(PACE.mark(), 1.35 + 1.1 + 0.2 + TEN + 0.2, 2)
    assert same(PACE.mark(has_key=False), 1.35 + 1.1 + 0.2 + TEN + 1.1 + 0.2, 2)


def test_changing_the_mode_is_a_key() -> None:
    assert same(PACE.switch(), 1.35 + 0.2, 1)


def test_more_classes_take_longer() -> None:
    assert Pace(n_classes=100).choose().seconds > Pace(n_classes=2).choose().seconds
    assert Pace(n_classes=100).accept() == Pace(n_classes=2).accept()


def test_a_tally_adds_up_by_activity() -> None:
    tally = Tally()
    tally.spend("choosing", Cost(2.0, 1))
    tally.spend("choosing", Cost(3.0, 1))
    tally.spend("looking", Cost(0.5, 0))
    assert tally.spent["choosing"] == 5.0 and tally.seconds == 5.5 and tally.actions == 2
    assert set(tally.spent) == set(ACTIVITIES)


def test_a_tally_counts_what_is_right_and_what_was_taken_over() -> None:
    tally = Tally()
    tally.note("cat", truth="cat", suggested="cat")
    tally.note("dog", truth="cat", suggested="dog")
    tally.note("dog", truth="cat", suggested=None)
    assert (tally.labels, tally.right, tally.followed) == (3, 1, 1)
