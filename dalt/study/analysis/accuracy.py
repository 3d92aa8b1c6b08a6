"""Whether labels are as right with assistance as without, and who follows wrong suggestions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from dalt.study.analysis.shares import Difference, Share, difference, share
from dalt.study.analysis.units import Truths, Units
from dalt.study.plan import MARGIN

JUDGED = 10
"""Judged labels that each arm needs before anything is said."""
FOLLOWED = 10
"""Wrong suggestions needed to say how often they are accepted."""


@dataclass(frozen=True)
class Accuracy:
    """Accuracy in both arms.

    Attributes
    ----------
    source : {"gold", "audit"}
        What judges the labels: known answers, or answers of others who saw no suggestion.
    compared : Difference
    margin : float
    """

    source: str
    compared: Difference
    margin: float

    @property
    def verdict(self) -> str:
        """How the arms compare.

        "higher" and "lower" are beyond chance, and "slightly lower" is beyond chance but less than
        the margin.  Otherwise accuracy is "unchanged" if the interval lies within the margin on
        both sides, "not lower" if it does so below (non-inferior), and else "unclear".
        """
        low, high = self.compared.low, self.compared.high
        inferior = low <= -self.margin
        if high < 0:
            return "lower" if inferior else "slightly lower"
        if low > 0:
            return "higher"
        if inferior:
            return "unclear"
        return "unchanged" if high < self.margin else "not lower"


@dataclass(frozen=True)
class Following:
    """What people do with wrong suggestions.

    Attributes
    ----------
    accepted : Share or None
        Share of wrong suggestions on screen that became the label, also of those that were wrong
        on purpose; None if there were too few.
    unaided : Share or None
        Share of the same wrong answers among people who saw no suggestion, on samples for which
        the model was wrong: what would have happened anyway.
    right : Share or None
        Share of right suggestions on screen that became the label.
    model : Share or None
        How often the model's own suggestions on screen were right, on judged samples.
    guess : float
        How often the most frequent class is right on the same samples.
    """

    accepted: Share | None
    unaided: Share | None
    right: Share | None
    model: Share | None
    guess: float

    @property
    def learned(self) -> bool:
        """Whether suggestions are right more often than a guess of the most frequent class."""
        return self.model is not None and self.model.high > self.guess


def accuracy(units: Units, margin: float = MARGIN) -> Accuracy | None:
    """Compare accuracy on known answers; where they are too few, on audits.

    Parameters
    ----------
    units : Units
        All units, including those of unknown time: both arms get gold alike, and no page has it.
    margin : float in (0, 0.5]

    Returns
    -------
    Accuracy or None
        None if neither judges `JUDGED` labels of each arm.
    """
    return next(_each_source(units, margin), None)


def by_source(units: Units, margin: float = MARGIN) -> tuple[Accuracy, ...]:
    """Accuracy by each source that judges enough labels."""
    return tuple(_each_source(units, margin))


def _each_source(units: Units, margin: float) -> Iterator[Accuracy]:
    """Gold first; audits take longer, and are made only if somebody asks for more."""
    for source in ("gold", "audit"):
        references = units.gold if source == "gold" else audited(units)
        compared = _by_arm(units, references, _judged(units, references))
        if compared is not None:
            yield Accuracy(source, compared, margin)


def audited(units: Units) -> list[Any]:
    """The label of each sample by the other annotators who saw no suggestion for it.

    Only unassisted labels judge: people who saw the same suggestion tend to agree with it, and so
    with each other.  A label never judges itself; if the others disagree equally, there is no
    reference.

    Returns
    -------
    list of label or None
        One for each unit.
    """
    said: dict[int, list[tuple[int, Any]]] = {}
    for row in np.flatnonzero(~units.treated & ~units.skipped):
        said.setdefault(int(units.sample[row]), []).append(
            (int(units.annotator[row]), units.label[row])
        )
    found = []
    for who, sample in zip(units.annotator.tolist(), units.sample.tolist(), strict=True):
        others = Counter(label for one, label in said.get(sample, ()) if one != who)
        most = others.most_common(2)
        clear = len(most) == 1 or (len(most) == 2 and most[0][1] > most[1][1])
        found.append(most[0][0] if most and clear else None)
    return found


def following(units: Units, references: list[Any] | None = None) -> Following:
    """How often people accept wrong suggestions.

    Parameters
    ----------
    units : Units
    references : list of label or None, optional
        The true labels; by default gold, and audits where there is no gold.
    """
    if references is None:
        references = [
            gold if gold is not None else other
            for gold, other in zip(units.gold, audited(units), strict=True)
        ]
    judged = _judged(units, references)
    seen = judged & units.treated & np.array([each is not None for each in units.suggested], bool)
    wrong = _differs(units.suggested, references)
    model_wrong = judged & ~units.treated & _differs(units.predicted, references)
    taken = ~_differs(units.label, units.suggested)
    same_anyway = ~_differs(units.label, units.predicted)
    shown = seen & ~units.planted  # by the model's own choice
    known = [references[row] for row in np.flatnonzero(shown)]
    return Following(
        accepted=_share(taken, seen & wrong, units),
        unaided=_share(same_anyway, model_wrong, units),
        right=_share(taken, shown & ~wrong, units),
        model=_share(~wrong, shown, units),
        guess=Counter(known).most_common(1)[0][1] / len(known) if known else 0.0,
    )


def _share(hits: Truths, among: Truths, units: Units) -> Share | None:
    if among.sum() < FOLLOWED:
        return None
    return share(hits[among], units.sample[among])


def _judged(units: Units, references: list[Any]) -> Truths:
    known = np.array([each is not None for each in references], bool)
    return known & ~units.skipped


def _by_arm(units: Units, references: list[Any], judged: Truths) -> Difference | None:
    treated = units.treated[judged]
    if min(int(treated.sum()), int((~treated).sum())) < JUDGED:
        return None
    hits = ~_differs(units.label, references)[judged]
    return difference(hits, treated, units.sample[judged])


def _differs(first: list[Any], second: list[Any]) -> Truths:
    """Where both are known and not the same."""
    return np.array(
        [a is not None and b is not None and a != b for a, b in zip(first, second, strict=True)],
        bool,
    )
