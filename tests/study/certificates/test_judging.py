"""Choosing what to audit, spending the budget, and judging."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from dalt.core.audits import Audit, Checked
from dalt.core.records import BadInput, utc_now
from dalt.study.bounds import Draws
from dalt.study.certificates.budget import allotted
from dalt.study.certificates.judging import (
    draws_needed,
    draws_of,
    judge,
    least_due,
    least_new,
    promise_of,
)
from dalt.study.certificates.ladder import belief_of, ladder, rungs_of, sharpened

ALPHA, MAX_ERROR = 0.05, 0.1


def audit_of(*rungs: int, testing: int = 1) -> Audit:
    return Audit(
        audit_id=1,
        started_at=utc_now(),
        max_error=MAX_ERROR,
        confidence=0.95,
        alpha=ALPHA,
        cursor=0,
        content={"rungs": list(rungs)},
        state="running",
        why="",
        ended_at=None,
        testing=testing,
        due=0,
        keeps=len(rungs),
    )


def run(marks: str, rungs: tuple[int, ...], is_in: list[int]) -> list[int]:
    """Look at samples as they are due; the rungs that were reached."""
    audit, known, reached = audit_of(*rungs), set[int](), []

    def checked(rung: int) -> Checked:
        members = [place for place in range(len(marks)) if is_in[place] <= rung]
        said = "".join(marks[place] if place in known else "?" for place in members)
        return Checked(said.rstrip("?"))

    while True:
        verdict = judge(audit, checked)
        reached += [each.rung for each in verdict.reached]
        if verdict.state != "running":
            return reached
        audit = audit_of(*rungs, testing=verdict.testing)
        members = [place for place in range(len(marks)) if is_in[place] <= verdict.testing]
        known.add(next(place for place in members[: verdict.due] if place not in known))


def test_all_attempts_together_spend_less_than_the_budget() -> None:
    spent = 0.0
    for _ in range(6):
        spent += allotted(spent, 0.95)
    assert spent < 0.05
    with pytest.raises(BadInput, match="used up"):
        allotted(0.05, 0.95)
    with pytest.raises(BadInput, match="used up"):
        allotted(0.04, 0.97)


@pytest.mark.parametrize("spent", [0.0, 1e-13])
def test_a_confidence_that_leaves_no_budget_is_told_so(spent: float) -> None:
    with pytest.raises(BadInput, match="leaves an error budget of 1e-12, less than an attempt"):
        allotted(spent, 1 - 1e-12)
    assert allotted(0.0, 1 - 1e-6) > 0


def test_a_model_without_errors_is_certified_rung_by_rung() -> None:
    rng = np.random.default_rng(0)
    is_in = rng.permutation([1] * 200 + [2] * 100).tolist()
    assert run("r" * 300, (200, 300), is_in) == [1, 2]


def test_a_rung_is_not_reached_before_the_one_below_it() -> None:
    rng = np.random.default_rng(0)
    is_in = rng.permutation([1] * 200 + [2] * 100).tolist()
    marks = "".join("w" if rung == 1 and rng.random() < 0.3 else "r" for rung in is_in)
    assert run(marks, (200, 300), is_in) == []


def test_a_bad_outer_rung_leaves_the_inner_one() -> None:
    rng = np.random.default_rng(1)
    is_in = rng.permutation([1] * 200 + [2] * 100).tolist()
    marks = "".join("w" if rung == 2 else "r" for rung in is_in)
    assert run(marks, (200, 300), is_in) == [1]


def test_rungs_together_are_rarely_reached_by_mistake() -> None:
    """Every rung has just too many errors; whatever is reached is a mistake."""
    n_runs, mistakes = 150, 0
    for seed in range(n_runs):
        rng = np.random.default_rng(seed)
        is_in = rng.permutation([1] * 120 + [2] * 60).tolist()
        wrong = set(rng.choice(np.flatnonzero(np.array(is_in) == 1), 15, replace=False).tolist())
        wrong |= set(rng.choice(np.flatnonzero(np.array(is_in) == 2), 9, replace=False).tolist())
        marks = "".join("w" if place in wrong else "r" for place in range(180))
        mistakes += bool(run(marks, (120, 180), is_in))
    assert mistakes <= 15  # of 7.5 at most expected; 15 or more have a chance below 1 %


def test_what_is_known_already_is_not_asked_again() -> None:
    promise = promise_of(300, ALPHA, MAX_ERROR)
    clean = promise.least(Draws())
    assert clean is not None
    some = Checked("r" * 5 + "?" + "r" * 10)
    assert least_due(promise, some) == clean
    assert least_new(some, clean) == clean - 15
    assert draws_of(some, 16) == Draws(16)
    assert draws_of(some) == Draws(5, n_elsewhere=10)


def test_an_audit_that_cannot_succeed_gives_up() -> None:
    verdict = judge(audit_of(100), lambda rung: Checked("w" * 60))
    assert verdict.state == "failed"
    assert "60 of 60" in verdict.why


def test_needs_grow_with_errors_and_end() -> None:
    needs = [draws_needed(2_000, ALPHA, MAX_ERROR, share) for share in (0.0, 0.02, 0.04)]
    assert None not in needs
    assert needs == sorted(needs, key=lambda n: n or 0)
    assert draws_needed(2_000, ALPHA, MAX_ERROR, 0.1) is None
    assert draws_needed(10, ALPHA, MAX_ERROR) is None
    assert draws_needed(0, ALPHA, MAX_ERROR) is None


def needed(n: int, share: float) -> int | None:
    return draws_needed(n, ALPHA, MAX_ERROR, share)


def test_unsure_samples_stay_with_people() -> None:
    sure = np.concatenate([np.full(900, 0.999), np.linspace(0.6, 0.5, 100)])
    thresholds = ladder(sure, MAX_ERROR, needed)
    assert thresholds[0] > 0.5
    assert list(thresholds) == sorted(thresholds, reverse=True)
    rungs = rungs_of(sure, thresholds)
    assert (rungs[:900] == 1).all()
    assert rungs[-1] != 1


@pytest.mark.parametrize("sure", [np.empty(0), np.full(5, 0.99), np.full(500, 0.5)])
def test_nothing_worth_an_audit_gives_no_ladder(sure: np.ndarray) -> None:
    assert ladder(sure, MAX_ERROR, needed) == ()


def test_a_model_that_is_surer_than_it_says_may_label_more() -> None:
    sure = np.linspace(0.999, 0.5, 2_000)
    sizes = [
        (rungs_of(sure, ladder(sure, MAX_ERROR, needed, {sharpness: 1.0})) == 1).sum()
        for sharpness in (1.0, 2.0)
    ]
    assert sizes[0] < sizes[1]
    assert sharpened(np.array([0.9]), 1.0)[0] == pytest.approx(0.9)


def test_doubt_about_the_model_makes_the_first_set_smaller() -> None:
    """Its audit should succeed in most cases, not only in the likeliest."""
    sure = np.clip(1 - np.random.default_rng(0).exponential(0.08, 9_000), 0.3, 0.999)
    sizes = [
        (rungs_of(sure, ladder(sure, MAX_ERROR, needed, belief)) == 1).sum()
        for belief in ({1.25: 1.0}, {0.85: 0.3, 1.25: 0.4, 1.75: 0.3})
    ]
    assert sizes[1] < 0.9 * sizes[0]


def test_answers_tell_how_sure_a_model_may_be() -> None:
    right, mixed = belief_of([False] * 40, [0.6] * 40), belief_of([True, False] * 20, [0.8] * 40)
    assert min(right) > max(mixed), "their ranges do not even touch"
    assert sum(right.values()) == pytest.approx(1) == sum(belief_of([], []).values())


def test_an_audit_goes_on_as_long_as_it_is_worth_it() -> None:
    """Three in a hundred wrong: many checks more, which pay in a large pool alone."""
    marks = Checked(("r" * 30 + "w" + "r" * 2) * 3)
    expected = promise_of(20_000, ALPHA, 0.05).expected(draws_of(marks))
    assert expected is not None and 100 < expected < 2_000

    def state(n: int) -> str:
        return judge(replace(audit_of(n), max_error=0.05), lambda rung: marks).state

    assert (state(20_000), state(int(1.5 * expected))) == ("running", "failed")


@pytest.mark.parametrize("n_all", [30, 400, 3_000])
@pytest.mark.parametrize("max_error", [0.02, 0.1])
@pytest.mark.parametrize("share", [0.0, 0.3, 0.7])
def test_expected_draws_are_the_first_number_that_is_enough(
    n_all: int, max_error: float, share: float
) -> None:
    promise = promise_of(n_all, ALPHA, max_error)
    wrong = share * max_error
    enough: int | None = None
    for more in range(n_all):
        least = promise.least(Draws(more, more))
        if least is None or (least + more) * wrong < more + 1:
            enough = None if least is None else least + more
            break
    assert promise.expected(Draws(), wrong) == enough


def test_sets_go_on_as_far_as_the_model_may_be_right_at_best() -> None:
    """Otherwise a model that is better than its short record leaves samples to people."""
    sure = np.clip(1 - np.random.default_rng(0).exponential(0.08, 2_000), 0.3, 0.999)

    def few(n: int, share: float) -> int | None:
        return draws_needed(n, ALPHA, 0.04, share)

    ends = [
        (sure >= ladder(sure, 0.04, few, belief)[-1]).sum()
        for belief in ({1.25: 1.0}, {1.25: 0.8, 2.0: 0.2})
    ]
    assert ends[1] > ends[0] + 100
