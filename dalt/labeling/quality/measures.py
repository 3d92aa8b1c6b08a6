"""Annotators' speed, and their accuracy on gold samples."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np

from dalt.core.records import ClassSet, Decision, Estimate, Label

NEWEST = 1_000
"""Number of a person's newest labels that measure their speed."""


def median(values: Sequence[float], confidence: float = 0.95) -> Estimate | None:
    """Return the median with an interval that holds for any distribution.

    Parameters
    ----------
    values : sequence of float
    confidence : float in (0, 1)
        Least probability that the order statistics contain the true median.

    Returns
    -------
    Estimate or None
        None if there are too few values: fewer than 6 for 95 %.

    References
    ----------
    Conover, Practical Nonparametric Statistics, 3rd edition, 1999, section 3.2.

    Examples
    --------
    >>> found = median([1, 2, 3, 4, 5, 6, 7, 8])
    >>> found.value, found.low, found.high
    (4.5, 1.0, 8.0)
    """
    ordered = np.sort(np.asarray(values[-NEWEST:], np.float64))
    n = len(ordered)
    tail, below = (1 - confidence) / 2, 0
    cumulative = 0.5**n  # that all values are on one side
    while cumulative <= tail:
        below += 1
        cumulative += math.comb(n, below) / 2**n
    if not below:
        return None
    return Estimate(float(np.median(ordered)), float(ordered[below - 1]), float(ordered[-below]), n)


def gold_answers(
    answers: Iterable[Label], gold: Iterable[Decision], classes: ClassSet
) -> dict[str, tuple[int, int]]:
    """For each annotator, count gold samples answered correctly, and answered at all.

    This counts labels that hold of samples that were asked as gold; skips are missing.

    Parameters
    ----------
    answers : iterable of Label
        The ones that hold.
    gold : iterable of Decision
    classes : ClassSet
    """
    known = {each.sample_id: classes.present(each.label) for each in gold}
    found: dict[str, tuple[int, int]] = {}
    for event in answers:
        if event.draw != "gold" or event.label is None or event.sample_id not in known:
            continue
        right, asked = found.get(event.annotator, (0, 0))
        hit = classes.present(event.label) == known[event.sample_id]
        found[event.annotator] = (right + hit, asked + 1)
    return found
