"""Simulated annotators: how often they err, follow and overlook; the same for the same seed."""

from __future__ import annotations

import pytest

import dalt
from dalt.core.records import ClassSpec
from dalt.study.simulation.people import Habits, Person

N = 4_000
CLASSES = [ClassSpec("cat", "1"), ClassSpec("dog", "2"), ClassSpec("owl")]
TRUTH = {f"s{number}": CLASSES[number % 3].name for number in range(N)}
NEVER = Habits(error=0, anchoring=0, missed=0)


def person(habits: Habits, seed: int = 0) -> Person:
    return Person(TRUTH, CLASSES, habits, seed)


def share(said: list[bool]) -> float:
    return sum(said) / len(said)


def wrong_class(name: str) -> str:
    names = [each.name for each in CLASSES]
    return names[(names.index(name) + 1) % 3]


def test_who_never_errs_says_the_truth_whatever_is_suggested() -> None:
    careful = person(NEVER)
    assert all(careful.answer(each, None) == name for each, name in TRUTH.items())
    assert all(careful.answer(each, wrong_class(name)) == name for each, name in TRUTH.items())
    assert all(careful.on_page(each, wrong_class(name)) == name for each, name in TRUTH.items())


def test_errors_are_as_frequent_as_said_and_go_to_every_other_class() -> None:
    careless = person(Habits(error=0.3))
    said = {each: careless.answer(each, None) for each in TRUTH}
    wrong = [said[each] != name for each, name in TRUTH.items()]
    assert share(wrong) == pytest.approx(0.3, abs=0.03)
    of_cats = [said[each] for each, name in TRUTH.items() if name == "cat" and said[each] != "cat"]
    assert share([each == "dog" for each in of_cats]) == pytest.approx(0.5, abs=0.1)


def test_wrong_suggestions_are_followed_as_often_as_said() -> None:
    anchored = person(Habits(error=0, anchoring=0.2))
    followed = [
        anchored.answer(each, wrong_class(name)) == wrong_class(name)
        for each, name in TRUTH.items()
    ]
    assert share(followed) == pytest.approx(0.2, abs=0.03)


def test_wrong_samples_of_a_page_are_overlooked_as_often_as_said() -> None:
    hasty = person(Habits(error=0, missed=0.1))
    missed = [
        hasty.on_page(each, wrong_class(name)) == wrong_class(name) for each, name in TRUTH.items()
    ]
    assert share(missed) == pytest.approx(0.1, abs=0.03)


def test_a_right_suggestion_can_keep_a_person_from_an_error() -> None:
    led = person(Habits(error=1, anchoring=1))
    assert all(led.answer(each, name) == name for each, name in TRUTH.items())
    assert all(led.answer(each, None) != name for each, name in TRUTH.items())


def test_a_seed_is_a_person() -> None:
    habits = Habits(error=0.3)
    first, again, other = person(habits, 1), person(habits, 1), person(habits, 2)
    said = [[each.answer(name, None) for name in TRUTH] for each in (first, again, other)]
    assert said[0] == said[1] != said[2]
    assert first.pace == again.pace != other.pace


def test_a_key_takes_between_the_quickest_and_the_slowest() -> None:
    keys = [person(NEVER, seed).pace.key for seed in range(20)]
    assert 0.20 <= min(keys) < 0.22 < 0.26 < max(keys) <= 0.28
    assert person(Habits(quickest=0.3, slowest=0.3)).pace.key == 0.3


def test_the_order_of_the_truth_does_not_matter() -> None:
    straight = person(Habits(error=0.3))
    turned = Person(dict(reversed(TRUTH.items())), CLASSES, Habits(error=0.3), 0)
    assert [turned.answer(each, None) for each in TRUTH] == [
        straight.answer(each, None) for each in TRUTH
    ]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"error": 1.2}, "error is a share from 0 to 1, not 1.2"),
        ({"anchoring": -0.1}, "anchoring is a share from 0 to 1, not -0.1"),
        ({"missed": 7}, "missed is a share from 0 to 1, not 7"),
        ({"quickest": 0.3}, "quickest and slowest .* not 0.3 and 0.28"),
    ],
)
def test_habits_that_nobody_can_have(given: dict[str, float], message: str) -> None:
    with pytest.raises(dalt.BadInput, match=message):
        Habits(**given)
