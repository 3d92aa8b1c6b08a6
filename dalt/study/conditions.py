"""The conditions that a randomised study can compare, and what the page shows in each."""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType
from typing import get_args

from dalt.core.errors import shown
from dalt.core.records import Arm, BadInput, Task

MEANING = MappingProxyType(
    {
        "suggestions": "the likeliest classes stand in order above all classes, which keep their "
        "order and are emphasised; Enter takes the first",
        "none": "no class is named, ordered or emphasised, and no percentage is shown; Enter asks "
        "people to choose",
        "emphasis": "likely classes are emphasised among all classes, which keep their order; "
        "nothing stands above them, and Enter asks people to choose",
        "order": "the likeliest classes stand in order above all classes, of which none is "
        "emphasised; Enter takes the first",
        "verify": "the samples of a block stand together on a page to verify, of one likely class; "
        "people mark those of other classes, and Enter confirms the rest",
    }
)
"""What the page shows in each condition that can be compared."""
OF_WHOLE_SAMPLES = frozenset({"emphasis", "order", "verify"})
"""Conditions that need one class for each sample."""


def check_wrong_share(wrong_share: float, task: Task, multi_label: bool) -> None:
    """Refuse wrong suggestions on purpose where a sample has no class that alone is right.

    Parameters
    ----------
    wrong_share : float
    task, multi_label
        Of the project.

    Raises
    ------
    BadInput
        If it is not 0 in a project of regions or of several classes for a sample.

    Examples
    --------
    >>> check_wrong_share(0.2, "classes", multi_label=False)
    """
    if wrong_share and (task != "classes" or multi_label):
        raise BadInput(
            "wrong_share= is for projects in which a sample has one class, since only there "
            "another class is wrong; here leave it out."
        )


def check_conditions(conditions: Sequence[str], task: Task, multi_label: bool) -> tuple[Arm, ...]:
    """Return the conditions of a study, or refuse them.

    Parameters
    ----------
    conditions : sequence of str
    task, multi_label
        Of the project.

    Raises
    ------
    BadInput
        If there are fewer than two, one of them twice, unknown, or not for this task.

    Examples
    --------
    >>> check_conditions(["suggestions", "none"], "classes", False)
    ('suggestions', 'none')
    """
    for each in conditions:
        if each not in MEANING:
            raise BadInput(
                f"There is no condition {shown(each)}; a study compares two or more of "
                f"{', '.join(MEANING)}."
            )
        if each in OF_WHOLE_SAMPLES and (task != "classes" or multi_label):
            raise BadInput(
                f"The condition {each!r} is for projects in which a sample has one class; here "
                "compare 'suggestions' with 'none'."
            )
    if len(set(conditions)) < 2 or len(set(conditions)) < len(conditions):
        raise BadInput(
            f"A study compares at least two different conditions, as ['suggestions', 'none'], not "
            f"{shown(list(conditions))}."
        )
    return tuple(each for arm in conditions for each in get_args(Arm) if each == arm)
