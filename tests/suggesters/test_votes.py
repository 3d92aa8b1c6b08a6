"""Reading answers as votes."""

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from dalt.core.classes import ClassSpec
from dalt.core.errors import BadInput
from dalt.suggesters.votes import read_all, vote_of

PETS = [ClassSpec("cat"), ClassSpec("dog", formerly=("hound",)), ClassSpec("bird")]


@pytest.mark.parametrize(
    ("answer", "vote"),
    [
        (None, None),
        (math.nan, None),
        (pd.NA, None),
        (np.float32("nan"), None),
        ([], None),
        ({}, None),
        ({"cat": 0.0}, None),
        ([0, 0, 0], None),
        ("cat", {"cat": 1.0}),
        (np.str_("dog"), {"dog": 1.0}),
        ("hound", {"dog": 1.0}),
        (np.array(["bird"]), {"bird": 1.0}),
        (["dog", "hound"], {"dog": 1.0}),
        (("dog", 0.75), {"dog": 0.75}),
        (["dog", np.float32(0.75)], {"dog": 0.75}),
        ([("dog", 0.5), ("cat", 0.25)], {"cat": 0.25, "dog": 0.5}),
        ({"bird": 0.5, "cat": 0.25}, {"cat": 0.25, "bird": 0.5}),
        ({"cat": torch.tensor(0.5)}, {"cat": 0.5}),
        (pd.Series({"cat": 0.5, "dog": 0.5}), {"cat": 0.5, "dog": 0.5}),
        ([0.25, 0.5, 0.25], {"cat": 0.25, "dog": 0.5, "bird": 0.25}),
        (np.array([[0.25, 0.5, 0.25]], np.float32), {"cat": 0.25, "dog": 0.5, "bird": 0.25}),
        (torch.tensor([0.25, 0.5, 0.25]), {"cat": 0.25, "dog": 0.5, "bird": 0.25}),
        ([torch.tensor(0.0), 1, 0], {"cat": 0.0, "dog": 1.0, "bird": 0.0}),
        ({"label": "cat", "score": 0.5}, {"cat": 0.5}),
        ({"label": "cat"}, {"cat": 1.0}),
        (
            [{"label": "dog", "score": 0.5}, {"label": "cat", "score": 0.25}],
            {"cat": 0.25, "dog": 0.5},
        ),
        ([[{"label": "cat", "score": 0.5}]], {"cat": 0.5}),
        (
            {"sequence": "meow", "labels": ["dog", "cat"], "scores": [0.75, 0.25]},
            {"cat": 0.25, "dog": 0.75},
        ),
    ],
)
def test_answers_become_votes(answer: Any, vote: dict[str, float] | None) -> None:
    found = vote_of(answer, PETS)
    assert found == vote
    assert found is None or list(found) == list(vote or {})


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("Cat", "There is no class 'Cat' in this project. Did you mean 'cat'? "),
        ("cow", "There is no class 'cow' in this project. Classes: cat, dog, bird."),
        (" ", "A label is empty: None says nothing"),
        (7, "A suggestion is 7: it is a class's name, None, probabilities by class, or "),
        (True, "A suggestion is True: "),
        (b"cat", "A suggestion is b'cat': "),
        (object(), "A suggestion is an object: "),
        (["cat", "dog"], "There are 2 classes (cat, dog) for one sample"),
        ([0.5, 0.5], "There are 2 probabilities for 3 classes: give one for each of cat, dog, bir"),
        ([0.5], "There is 1 probability for 3 classes"),
        ([0.5, 0.25, math.nan], "The probability of 'bird' is nan, not from 0 to 1."),
        ([0.5, None, 0.5], "The probability of 'dog' is None, not a number from 0 to 1."),
        ([-2.5, 3, 1], "The probability of 'cat' is -2.5, not from 0 to 1; scores become pro"),
        ([0, 10**400, 0], "The probability of 'dog' is inf, not from 0 to 1; "),
        ([0.75, 0.75, 0.0], "The probabilities sum to 1.5, and together they are at most 1"),
        ({"cat": "high"}, "The probability of 'cat' is 'high', not a number"),
        ({"cow": 0.5}, "There is no class 'cow'"),
        ({"dog": 0.25, "hound": 0.25}, "The class 'dog' has two probabilities"),
        ([{"label": "LABEL_1", "score": 0.9}], "There is no class 'LABEL_1'"),
        ([{"cat": 0.5}, {"dog": 0.5}], "A suggestion is [{'cat': 0.5}, {'dog': 0.5}]: "),
    ],
)
def test_nonsense_is_one_sentence(answer: Any, said: str) -> None:
    with pytest.raises(BadInput) as caught:
        vote_of(answer, PETS)
    assert str(caught.value).startswith(said)
    assert "\n" not in str(caught.value)


def test_numbers_of_any_length_are_refused() -> None:
    endless = 10**5000  # Python refuses to write it
    for answer in (endless, [0, endless, 0], {"cat": -endless}):
        with pytest.raises(BadInput):
            vote_of(answer, PETS)


def test_half_precision_sums_to_one() -> None:
    shares = torch.softmax(torch.tensor([1.0, 2.0, 3.0]), 0).half()
    vote = vote_of(shares * 1.0005, PETS)
    assert vote is not None and math.fsum(vote.values()) <= 1 + 1e-12


def test_numbers_can_be_names() -> None:
    digits = ["0", "1", "2"]
    assert vote_of(np.int64(2), digits) == {"2": 1.0}
    assert vote_of(2.0, digits) == {"2": 1.0}
    assert vote_of(np.array([1]), digits) == {"1": 1.0}


def test_several_classes_for_a_sample() -> None:
    assert vote_of(["cat", "dog"], PETS, multi_label=True) == {"cat": 1, "dog": 1, "bird": 0}
    assert vote_of([], PETS, multi_label=True) == {"cat": 0, "dog": 0, "bird": 0}
    assert vote_of("cat", PETS, multi_label=True) == {"cat": 1}
    both = vote_of([0.75, 0.75, 0], PETS, multi_label=True)
    assert both == {"cat": 0.75, "dog": 0.75, "bird": 0}
    with pytest.raises(BadInput, match=r"'dog' is 1\.5, not from 0 to 1"):
        vote_of([0.75, 1.5, 0], PETS, multi_label=True)


def test_one_bad_answer_leaves_the_others() -> None:
    found = list(read_all(["cat", "cow", None], PETS))
    assert found[0] == {"cat": 1.0} and found[2] is None
    assert isinstance(found[1], BadInput)
