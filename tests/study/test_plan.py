"""Plans of studies: who gets what, and how many labels they need."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dalt.core.records import BadInput
from dalt.study.plan import StudyPlan, measured_sd
from dalt.study.running import Study

BOTH = ("suggestions", "none")


def plan(**changes: Any) -> StudyPlan:
    said: dict[str, Any] = {"conditions": BOTH, "warm_up": 0}
    return StudyPlan(**(said | changes))


def arms(made: StudyPlan, who: str, n: int) -> list[str | None]:
    return [made.assignment(who, at).arm for at in range(n)]


def test_each_group_has_a_block_of_each_condition() -> None:
    made = plan(conditions=("suggestions", "none", "order"), block=3)
    found = arms(made, "ana", 9 * 40)
    for start in range(0, len(found), 9):
        blocks = [found[at : at + 3] for at in range(start, start + 9, 3)]
        assert all(len(set(block)) == 1 for block in blocks)
        assert {block[0] for block in blocks} == set(made.conditions)


def test_every_second_group_is_the_one_before_it_reversed() -> None:
    found = arms(plan(block=2), "ana", 4 * 40)
    for start in range(0, len(found), 8):
        assert found[start + 4 : start + 8] == found[start : start + 4][::-1]


def test_the_seed_and_the_annotator_decide_the_order_and_nothing_else() -> None:
    one = arms(plan(seed=1), "ana", 160)
    assert one == arms(plan(seed=1), "ana", 160)
    assert one != arms(plan(seed=2), "ana", 160)
    assert one != arms(plan(seed=1), "ben", 160)
    firsts = Counter(arms(plan(seed=1), f"person {i}", 1)[0] for i in range(400))
    assert 150 < firsts["none"] < 250, "either condition is as likely to be the first"


def test_the_warm_up_goes_through_all_conditions_and_does_not_count() -> None:
    made = plan(warm_up=5, block=2)
    assert made.n_warm_up == 8, "up to the end of a group"
    slots = [made.assignment("ana", n) for n in range(12)]
    assert [each.arm for each in slots[:8]] == [None] * 8
    assert {each.condition for each in slots[:4]} == set(BOTH)
    assert None not in [each.arm for each in slots[8:]]


def test_outside_of_the_share_suggestions_are_as_usual() -> None:
    made = plan(share=0.25, block=2)
    slots = [made.assignment("ana", n) for n in range(4 * 400)]
    counted = [each for each in slots if each.arm is not None]
    assert 0.18 < len(counted) / len(slots) < 0.32
    assert {each.condition for each in slots if each.arm is None} == {"suggestions"}


def test_the_size_is_that_of_a_paired_t_test() -> None:
    """G*Power and Cohen's tables have 34 pairs for d = 0.5 at a power of 0.8 (two-sided)."""
    sd = 0.6
    saving = 1 - np.exp(-0.5 * np.sqrt(2) * sd)
    made = plan(sd=sd, smallest_effect=float(saving))
    assert (made.n_pairs, made.n_labels) == (34, 68)
    assert plan(smallest_effect=0.05).n_pairs > 4 * plan(smallest_effect=0.11).n_pairs
    assert plan(power=0.95).n_pairs > plan().n_pairs


def test_that_many_pairs_find_the_effect_as_often_as_planned() -> None:
    from scipy.stats import ttest_1samp

    made, rng = plan(smallest_effect=0.2), np.random.default_rng(5)
    noise = rng.normal(0, made.sd, (2_000, made.n_pairs, 2))
    differences = noise[..., 0] - noise[..., 1] + np.log(1 - 0.2)
    found = (ttest_1samp(differences, 0, axis=1).pvalue < 0.05).mean()
    assert 0.77 < found < 0.83


def test_equal_times_do_not_make_a_study_of_one_label() -> None:
    assert plan(sd=1e-5).n_pairs == plan(sd=0.01, smallest_effect=0.9).n_pairs >= 4
    assert plan(smallest_effect=0.01).n_pairs > 50_000


def test_the_spread_is_measured_within_people() -> None:
    rng = np.random.default_rng(3)
    times = {
        f"person {i}": np.exp(rng.normal(i, 0.5, 200)).tolist()
        for i in range(5)  # each slower than the one before
    }
    assert measured_sd(times) == pytest.approx(0.5, abs=0.03)


@pytest.mark.parametrize("times", [{}, {"ana": [1.0] * 29}, {"ana": [2.0] * 100}])
def test_too_few_times_or_equal_ones_say_nothing(times: dict[str, list[float]]) -> None:
    assert measured_sd(times) is None


def test_a_plan_comes_back_from_json() -> None:
    made = plan(share=0.5, wrong_share=0.1, seed=7)
    assert StudyPlan.from_json(made.to_json()) == made


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"share": 0}, "share=0: it is a share above 0 and at most 1"),
        ({"share": 1.5}, "share=1.5"),
        ({"gold_share": -0.1}, "gold_share=-0.1"),
        ({"wrong_share": 2}, "wrong_share=2"),
        ({"power": 1}, "power=1: it is a share from 0.5 to 0.99"),
        ({"smallest_effect": 0}, "smallest_effect=0: it is a share from 0.01 to 0.9"),
        ({"share": 10**400}, r"share=1000000000… \(401 digits\)"),
        ({"block": 0}, "block=0: a block has 1 to 20"),
        ({"warm_up": -1}, "warm_up=-1"),
        ({"seed": -1}, "seed=-1"),
        ({"wrong_share": 0.1, "gold_share": 0}, "give a gold_share= above 0"),
    ],
)
def test_what_makes_no_sense_is_refused(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        plan(**changes)


def test_samples_are_counted_from_zero() -> None:
    with pytest.raises(BadInput, match="counted from 0"):
        plan().assignment("ana", -1)


@pytest.mark.parametrize(
    ("annotator", "n", "said"),
    [
        ("ana", 1.5, r"assignment\(\): n is a whole number, not 1\.5"),
        ("ana", "x", r"assignment\(\): n is a whole number, not 'x'"),
        (5, 1, r"assignment\(\): annotator is a name in quotes, like 'ana', not 5"),
    ],
)
def test_an_assignment_is_of_a_name_and_a_number(annotator: Any, n: Any, said: str) -> None:
    made = plan()
    study = Study(1, made, "abc", Path("study.json"), datetime.now(UTC), None, 0)
    for asked in (made, study):
        with pytest.raises(BadInput, match=said):
            asked.assignment(annotator, n)
