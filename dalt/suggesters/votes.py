"""Turns whatever a function, a model or a file says of a sample into a vote."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from numbers import Real
from typing import Any

from dalt.core.classes import ClassSpec
from dalt.core.errors import BadInput, UnknownClass, shown
from dalt.data.readers.cells import is_missing
from dalt.suggesters.contract import Vote

SLACK = 1e-3
"""How much above 1 a sum may be: probabilities in half precision are that inexact."""
SCORES = ("score", "probability", "prob", "confidence")
"""How libraries call the probability beside a ``label``."""


def vote_of(answer: Any, classes: Sequence[ClassSpec | str], multi_label: bool = False) -> Vote:
    """Read an answer as a vote.

    Parameters
    ----------
    answer : object
        None or a missing value (says nothing); the name of a class; a mapping from classes to
        probabilities, which may leave classes out; one probability for each class in their order
        (a list or an array, also of shape (1, n_classes)); ``(label, probability)`` or a list of
        such pairs; what a pipeline of Hugging Face returns, ``{"label": …, "score": …}``, a list
        of those, or ``{"labels": […], "scores": […]}``.  Where a sample can have several classes,
        a list of names is an answer, too: it says that the others are not there.
    classes : sequence of ClassSpec or str
        A former name counts as the present one.
    multi_label : bool
        Whether a sample can have several classes: probabilities then need not sum to 1.

    Returns
    -------
    dict of str to float, or None
        In the order of the classes.

    Raises
    ------
    BadInput
        If it is none of these, names an unknown class, has not one probability for each class,
        or probabilities are NaN, below 0, or above 1 by themselves or together.

    Examples
    --------
    >>> vote_of("cat", ["cat", "dog"]), vote_of(("dog", 0.75), ["cat", "dog"])
    ({'cat': 1.0}, {'dog': 0.75})
    >>> vote_of([0.25, 0.75], ["cat", "dog"])
    {'cat': 0.25, 'dog': 0.75}
    >>> vote_of([{"label": "dog", "score": 0.9}], ["cat", "dog"])
    {'dog': 0.9}
    >>> vote_of([0.2, 0.3], ["cat", "dog", "bird"])
    Traceback (most recent call last):
    dalt.core.errors.BadInput: There are 2 probabilities for 3 classes: give one for each of cat, \
dog, bird, in this order, or name the classes in a mapping.
    """
    return _Reader(classes, multi_label).read(answer)


class _Reader:
    """Reads answers about the same classes."""

    def __init__(self, classes: Sequence[ClassSpec | str], multi_label: bool) -> None:
        specs = [ClassSpec(each) if isinstance(each, str) else each for each in classes]
        self._names = [each.name for each in specs]
        former = {name: each.name for each in specs for name in each.formerly}
        self._present = former | {name: name for name in self._names}
        self._multi = multi_label

    def read(self, answer: Any) -> Vote:
        answer = _bare(answer)
        if not isinstance(answer, list | tuple) and is_missing(answer):
            return None
        if self._is_name(answer):
            return {self._name(answer): 1.0}
        if isinstance(answer, Mapping):
            return self._of_mapping(answer)
        if isinstance(answer, list | tuple):
            return self._of_list(answer)
        raise _no_answer(answer)

    def _is_name(self, answer: Any) -> bool:
        """Whether it is text, or a number that is the name of a class: models count classes."""
        return isinstance(answer, str) or _written(answer) in self._present

    def _name(self, said: Any) -> str:
        name = said if isinstance(said, str) else _written(said)
        if name not in self._present:
            if isinstance(said, str) and not said.strip():
                raise BadInput("A label is empty: None says nothing, a label is a class's name.")
            raise BadInput(str(UnknownClass(said, self._names)))
        return self._present[name]

    def _labels(self, said: Sequence[Any]) -> Vote:
        names = list(dict.fromkeys(map(self._name, said)))
        if self._multi:
            return {name: float(name in names) for name in self._names}
        if len(names) > 1:
            raise BadInput(
                f"There are {len(names)} classes ({', '.join(names[:5])}) for one sample, which "
                "has one class in this project: give probabilities instead."
            )
        return {names[0]: 1.0}

    def _of_mapping(self, said: Mapping[Any, Any]) -> Vote:
        if (pairs := _labelled(said, self._present)) is not None:
            return self._shares(pairs)
        return self._shares(list(said.items()))

    def _of_list(self, said: Sequence[Any]) -> Vote:
        if not said:
            return self._labels([]) if self._multi else None
        said = [each if isinstance(each, Mapping) else _bare(each) for each in said]
        first = said[0]
        if _is_pair(said):
            return self._shares([(said[0], said[1])])
        if len(said) == 1 and isinstance(first, list | tuple) and not _is_pair(first):
            return self.read(first)  # a model that was given a batch of one
        if all(isinstance(each, str) for each in said):
            return self._labels(said)
        if all(isinstance(each, list | tuple) and _is_pair(each) for each in said):
            return self._shares([(each[0], each[1]) for each in said])
        if all(isinstance(each, Mapping) for each in said):
            pairs = [_labelled(each, self._present) for each in said]
            if all(pair is not None for pair in pairs):
                return self._shares([each for pair in pairs for each in pair or ()])
        if all(each is None or _is_number(each) for each in said):
            return self._of_numbers(said)
        raise _no_answer(said)

    def _of_numbers(self, said: Sequence[Any]) -> Vote:
        if len(said) == 1 and self._is_name(said[0]):
            return self._labels(said)
        if len(said) != len(self._names):
            many = "is 1 probability" if len(said) == 1 else f"are {len(said)} probabilities"
            listed = ", ".join(self._names[:10]) + (", …" if len(self._names) > 10 else "")
            raise BadInput(
                f"There {many} for {len(self._names)} classes: give one for each of {listed}, in "
                "this order, or name the classes in a mapping."
            )
        return self._shares(list(zip(self._names, said, strict=True)))

    def _shares(self, pairs: Sequence[tuple[Any, Any]]) -> Vote:
        found: dict[str, float] = {}
        for said, share in pairs:
            name = self._name(said)
            if name in found:
                raise BadInput(f"The class {name!r} has two probabilities: give it one.")
            found[name] = _share(share, name)
        ordered = {name: found[name] for name in self._names if name in found}
        return ordered or None if self._multi else _at_most_one(ordered)


def _at_most_one(shares: dict[str, float]) -> Vote:
    total = math.fsum(shares.values())
    if total > 1 + SLACK:
        raise BadInput(
            f"The probabilities sum to {total:.4g}, and together they are at most 1: give a "
            "softmax of scores, for example."
        )
    if total == 0:
        return None
    return shares if total <= 1 else {name: share / total for name, share in shares.items()}


def _share(said: Any, name: str) -> float:
    said = _bare(said)
    try:
        share = float(said) if _is_number(said) else None
    except OverflowError:  # a whole number above all floats
        share = math.inf
    if share is None:
        raise BadInput(f"The probability of {name!r} is {shown(said)}, not a number from 0 to 1.")
    if math.isnan(share) or not -1e-9 <= share <= 1 + SLACK:
        hint = "" if math.isnan(share) else "; scores become probabilities by a softmax"
        raise BadInput(f"The probability of {name!r} is {share:.4g}, not from 0 to 1{hint}.")
    return min(max(share, 0.0), 1.0)


def _bare(answer: Any) -> Any:
    """An answer without numpy, pandas or torch around it."""
    if isinstance(answer, str | Mapping):
        return answer
    if hasattr(answer, "to_dict") and hasattr(answer, "index"):  # a row of a frame
        return answer.to_dict()
    for step in ("detach", "tolist"):
        if callable(made := getattr(answer, step, None)) and not isinstance(answer, type):
            answer = made()
    return answer


def _labelled(said: Mapping[Any, Any], classes: Mapping[str, str]) -> list[tuple[Any, Any]] | None:
    """The pairs of an object of a label and its score, or of labels and scores beside."""
    if "label" in said and "label" not in classes:
        score = next((said[each] for each in SCORES if said.get(each) is not None), 1.0)
        return [(said["label"], score)]
    labels, scores = said.get("labels"), said.get("scores")
    listed = isinstance(labels, list) and isinstance(scores, list)
    if listed and len(labels) == len(scores):  # type: ignore[arg-type]
        return list(zip(labels, scores, strict=True))  # type: ignore[arg-type]
    return None


def _is_pair(said: Sequence[Any]) -> bool:
    return len(said) == 2 and isinstance(said[0], str) and _is_number(said[1])


def _is_number(said: Any) -> bool:
    return isinstance(said, Real) and not isinstance(said, bool)


def _written(said: Any) -> str | None:
    """A whole number as the name of a class may have it; pandas writes 3 as 3.0 beside gaps."""
    try:
        return str(int(said)) if _is_number(said) and said == int(said) else None
    except (OverflowError, ValueError):  # infinite, NaN, or of more than 4,300 digits
        return None


def _no_answer(answer: Any) -> BadInput:
    return BadInput(
        f"A suggestion is {shown(answer)}: it is a class's name, None, probabilities by class, or "
        "(label, probability)."
    )


def read_all(
    answers: Sequence[Any], classes: Sequence[ClassSpec | str], multi_label: bool = False
) -> Iterator[Vote | BadInput]:
    """Read many answers about the same classes; what is none is yielded as its error.

    Examples
    --------
    >>> [type(each).__name__ for each in read_all(["cat", "cow"], ["cat", "dog"])]
    ['dict', 'BadInput']
    """
    reader = _Reader(classes, multi_label)
    for answer in answers:
        try:
            yield reader.read(answer)
        except BadInput as error:
            yield error
