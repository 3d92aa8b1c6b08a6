"""Simulated annotators: which class they see in a sample, and how far suggestions mislead them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from dalt.core.records import BadInput, ClassSpec
from dalt.labeling.keystrokes import KEY, QUICK_KEY
from dalt.study.simulation.costs import Pace

ERROR = 0.033
"""Share of labels that people give wrongly without suggestions: the mean over ten much-used
datasets (Northcutt, Athalye, Mueller: Pervasive Label Errors in Test Sets Destabilize Machine
Learning Benchmarks, NeurIPS Datasets and Benchmarks 2021)."""
ANCHORING = 0.17
"""Share of suggestions that people accept although they would have said something else: 26
physicians changed 5.2 % of all prescriptions from right to wrong, and 30 % of the advice was wrong
(Goddard, Roudsari, Wyatt: Automation bias, Int. Journal of Medical Informatics 83, 2014)."""
MISSED = 0.14
"""Share of wrong samples on a page that people overlook: the misses of a conspicuous target in 2 %
of displays (Rich et al.: Why do we miss rare targets?, Journal of Vision 8 (15), 2008); in half of
the displays they were 2.5 %."""


@dataclass(frozen=True, slots=True)
class Habits:
    """How annotators are simulated.

    Attributes
    ----------
    error : float in [0, 1]
        How often a person takes a sample for another class than the true one, each of the
        others as likely.
    anchoring : float in [0, 1]
        How often a person accepts a suggestion that they would not have chosen.
    missed : float in [0, 1]
        How often a person overlooks a sample of a page that they would have called otherwise.
    quickest, slowest : float
        Seconds for a key; each person's is drawn uniformly between them.

    Raises
    ------
    BadInput
        If a share is not in [0, 1], or the times are not in order.
    """

    error: float = ERROR
    anchoring: float = ANCHORING
    missed: float = MISSED
    quickest: float = QUICK_KEY
    slowest: float = KEY

    def __post_init__(self) -> None:
        for name in ("error", "anchoring", "missed"):
            share = getattr(self, name)
            if not 0 <= share <= 1:
                raise BadInput(f"{name} is a share from 0 to 1, not {share:g}.")
        if not 0 <= self.quickest <= self.slowest:
            raise BadInput(
                f"quickest and slowest are the seconds of a key in that order, not "
                f"{self.quickest:g} and {self.slowest:g}."
            )


class Person:
    """One simulated annotator, the same in every condition.

    Parameters
    ----------
    truth : mapping of str to str
        The class of each sample, by its id.
    classes : sequence of ClassSpec
        At least two.
    habits : Habits
    seed : int
        Another seed is another person.

    Notes
    -----
    Which class a person takes a sample for, and whether they would follow a wrong suggestion
    there, is drawn once for each sample.  So conditions differ by what is shown and not by luck.

    Examples
    --------
    >>> careful = Habits(error=0, anchoring=0, missed=0)
    >>> classes = [ClassSpec("cat", "1"), ClassSpec("dog")]
    >>> person = Person({"a": "cat", "b": "dog"}, classes, careful, seed=0)
    >>> person.answer("a", "dog"), person.answer("b", None), person.has_key("dog")
    ('cat', 'dog', False)
    >>> gullible = Person({"a": "cat", "b": "dog"}, classes, Habits(anchoring=1), seed=0)
    >>> gullible.answer("a", "dog")
    'dog'
    """

    def __init__(
        self,
        truth: Mapping[str, str],
        classes: Sequence[ClassSpec],
        habits: Habits,
        seed: int,
    ) -> None:
        ids, names = sorted(truth), [each.name for each in classes]
        place = {name: number for number, name in enumerate(names)}
        draws = np.random.default_rng(seed)
        self.truth = truth
        self.pace = Pace(len(names), draws.uniform(habits.quickest, habits.slowest))
        self._keys = {each.name: bool(each.key) for each in classes}
        is_wrong = draws.random(len(ids)) < habits.error
        steps = np.where(is_wrong, draws.integers(1, len(names), len(ids)), 0)
        self._taken_for = {
            sample_id: names[(place[truth[sample_id]] + step) % len(names)]
            for sample_id, step in zip(ids, steps.tolist(), strict=True)
        }
        self._follows = dict(zip(ids, draws.random(len(ids)) < habits.anchoring, strict=True))
        self._overlooks = dict(zip(ids, draws.random(len(ids)) < habits.missed, strict=True))

    def has_key(self, name: str) -> bool:
        """Whether a class has a key; others are clicked."""
        return self._keys[name]

    def answer(self, sample_id: str, suggested: str | None) -> str:
        """The class that the person gives a sample, with the suggestion on screen."""
        own = self._taken_for[sample_id]
        if suggested is None or suggested == own:
            return own
        return suggested if self._follows[sample_id] else own

    def on_page(self, sample_id: str, label: str) -> str:
        """The class that the person gives a sample on a page of one class."""
        return label if self._overlooks[sample_id] else self._taken_for[sample_id]
