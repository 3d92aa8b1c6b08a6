"""Sharing samples out to conditions."""

from __future__ import annotations

from collections import Counter

import numpy as np

from dalt.core.records import Suggestion
from dalt.study.assignment import share_out, stratified
from dalt.study.plan import StudyPlan

PLAN = StudyPlan(conditions=("suggestions", "none"), block=4, warm_up=0, seed=3)


def suggested(top: str, share: float) -> Suggestion:
    other = "dog" if top == "cat" else "cat"
    return Suggestion((top, other), (share, 1 - share), 1)


def pool(n: int = 8) -> dict[str, Suggestion]:
    return {f"s{i}": suggested("cat" if i % 2 else "dog", 0.5 + i / 20) for i in range(n)}


def test_a_group_fills_its_slots_in_the_order_of_the_screen() -> None:
    draws = share_out(PLAN, "ana", 0, pool())
    assert [each.n for each in draws] == list(range(8))
    assert [each.treatment.arm for each in draws] == [
        PLAN.assignment("ana", n).arm for n in range(8)
    ]
    assert sorted(each.sample_id for each in draws) == sorted(pool())


def test_the_next_group_is_the_next_whole_one() -> None:
    assert [each.n for each in share_out(PLAN, "ana", 8, pool())] == list(range(8, 16))
    assert share_out(PLAN, "ana", 5, pool())[0].n == 8, "its first slots were skipped"


def test_conditions_get_the_same_predicted_classes_and_like_confidence() -> None:
    found = stratified(PLAN, "ana", 0, pool())
    for top in ("cat", "dog"):
        of_class = Counter(found[each] for each in pool() if pool()[each].top == top)
        assert of_class == {"suggestions": 2, "none": 2}
    # Over many groups the confidence of both is the same, far closer than chance would have it.
    rng, means = np.random.default_rng(0), []
    for group in range(200):
        shares = {f"s{i}": suggested("cat", each) for i, each in enumerate(rng.uniform(0.5, 1, 8))}
        arms = stratified(PLAN, "ana", group, shares)
        by = {
            arm: np.mean([shares[each].probabilities[0] for each in arms if arms[each] == arm])
            for arm in PLAN.conditions
        }
        means.append(by["none"] - by["suggestions"])
    assert abs(np.mean(means)) < 0.01
    assert np.std(means) < 0.6 * 0.5 / np.sqrt(12) * np.sqrt(2 / 4)


def test_which_of_two_like_samples_is_hidden_is_chance() -> None:
    pair = {"s0": suggested("cat", 0.8), "s1": suggested("cat", 0.8)}
    hidden = Counter(
        next(each for each, arm in stratified(PLAN, "ana", group, pair).items() if arm == "none")
        for group in range(400)
    )
    assert 150 < hidden["s0"] < 250


def test_fewer_samples_than_slots_leave_numbers_free() -> None:
    draws = share_out(PLAN, "ana", 0, pool(3))
    assert len(draws) == len({each.n for each in draws}) == 3
    assert {each.treatment.arm for each in draws} == {"suggestions", "none"}
    assert share_out(PLAN, "ana", 0, {}) == []


def test_before_a_model_everything_is_chance() -> None:
    draws = share_out(PLAN, "ana", 0, dict.fromkeys(pool(), Suggestion()))
    assert Counter(each.treatment.arm for each in draws) == {"suggestions": 4, "none": 4}


def test_wrong_suggestions_are_only_for_known_answers_in_all_arms() -> None:
    plan = StudyPlan(conditions=("suggestions", "none"), warm_up=0, wrong_share=1, seed=1)
    found = pool()
    truth = {"s0": "dog", "s1": "dog"}
    for group in range(20):
        for each in share_out(plan, "ana", group * 8, found, truth):
            wrong = each.treatment.wrong
            assert (wrong is not None) == (each.sample_id in truth)
            assert wrong in (None, "cat"), "never the known answer"
    never = StudyPlan(conditions=("suggestions", "none"), warm_up=0)
    assert all(each.treatment.wrong is None for each in share_out(never, "ana", 0, found, truth))


def test_the_warm_up_is_never_wrong_on_purpose() -> None:
    plan = StudyPlan(conditions=("suggestions", "none"), warm_up=8, wrong_share=1)
    draws = share_out(plan, "ana", 0, pool(), dict.fromkeys(pool(), "cat"))
    assert {(each.treatment.arm, each.treatment.wrong) for each in draws} == {(None, None)}
