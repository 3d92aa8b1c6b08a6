"""The conditions that a study can compare."""

from __future__ import annotations

import pytest

from dalt.core.records import BadInput, Task
from dalt.study.conditions import MEANING, check_conditions, check_wrong_share


def test_conditions_are_taken_in_their_order() -> None:
    every = ["order", "verify", "none", "emphasis", "suggestions"]
    assert check_conditions(every, "classes", False) == tuple(every)
    assert set(every) == set(MEANING)


@pytest.mark.parametrize(
    ("conditions", "said"),
    [
        (["suggestions", "nun"], "There is no condition 'nun'"),
        (["suggestions"], "at least two different conditions"),
        ([], "at least two different conditions"),
        (["none", "none"], "at least two different conditions"),
    ],
)
def test_others_are_refused(conditions: list[str], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        check_conditions(conditions, "classes", False)


@pytest.mark.parametrize(("task", "multi"), [("boxes", False), ("classes", True)])
def test_where_a_sample_has_more_than_one_class_suggestions_are_there_or_not(
    task: Task, multi: bool
) -> None:
    assert check_conditions(["none", "suggestions"], task, multi)
    with pytest.raises(BadInput, match="'order' is for projects in which a sample has one class"):
        check_conditions(["none", "order"], task, multi)


@pytest.mark.parametrize(("task", "multi"), [("classes", True), ("spans", False), ("boxes", False)])
def test_only_one_class_can_be_wrong_on_purpose(task: Task, multi: bool) -> None:
    check_wrong_share(0.5, "classes", multi_label=False)
    check_wrong_share(0.0, task, multi)
    with pytest.raises(BadInput, match="wrong_share= is for projects in which a sample has one"):
        check_wrong_share(0.5, task, multi)
