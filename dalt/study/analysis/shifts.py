"""Whether assistance shifts labels: their distribution, and how far people agree."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import combinations
from statistics import NormalDist

import numpy as np

from dalt.study.analysis.matching import Matched
from dalt.study.analysis.shares import Difference, difference
from dalt.study.analysis.speed import overlap_weights
from dalt.study.analysis.units import Floats64, Truths, Units, Whole

GIVEN = 5
"""Labels of a class, of both arms, from which on it is compared."""
PAIRS = 10
"""Pairs of answers that each arm needs to compare agreement."""


@dataclass(frozen=True)
class ClassShift:
    """How often people give a class, with and without assistance, and the difference."""

    label: str
    treated: float
    control: float
    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Shift:
    """The distribution of labels in both arms.

    Attributes
    ----------
    classes : tuple of ClassShift
        The most frequent first; their intervals hold together, at 95 % (Bonferroni).
    distance : float in [0, 1]
        Total variation: the share of labels that would have to change their class.
    """

    classes: tuple[ClassShift, ...]
    distance: float

    @property
    def moved(self) -> tuple[ClassShift, ...]:
        """Classes whose interval does not hold 0."""
        return tuple(each for each in self.classes if each.low > 0 or each.high < 0)


def shift(matched: Matched) -> Shift | None:
    """Compare how often people give each class, within the same strata.

    Pages take one class at a time, so which classes were reached by now depends on them: samples
    from the first verified page on are left out here, whatever the model's confidence.

    Returns
    -------
    Shift or None
        None if fewer than two classes were given `GIVEN` times, or an arm has nothing.
    """
    units = matched.units
    keep = ~units.skipped
    if units.verified.any():
        keep &= np.arange(len(units)) < int(np.flatnonzero(units.verified)[0])
    names = Counter(_name(units.label[row]) for row in np.flatnonzero(keep))
    compared = [name for name, n in names.most_common() if n >= GIVEN]
    treated = units.treated[keep]
    if len(compared) < 2 or not treated.any() or treated.all():
        return None
    weights = _weights(matched, keep)
    given = np.array([_name(units.label[row]) for row in np.flatnonzero(keep)], object)
    z = NormalDist().inv_cdf(1 - 0.025 / len(compared))
    group = units.sample[keep]
    found = []
    for name in compared:
        hits = (given == name).astype(np.float64)
        one, other = (
            float(weights[treated] @ hits[treated]),
            float(weights[~treated] @ hits[~treated]),
        )
        half = z * _error(hits, weights, treated, group, matched.cluster[keep])
        found.append(
            ClassShift(name, one, other, one - other, one - other - half, one - other + half)
        )
    distance = 0.5 * sum(abs(each.value) for each in found)
    return Shift(tuple(found), distance)


def _weights(matched: Matched, keep: Truths) -> Floats64:
    weights = overlap_weights(matched)[keep]
    treated = matched.units.treated[keep]
    for arm in (treated, ~treated):
        weights[arm] /= max(weights[arm].sum(), 1e-12)
    return weights


def _error(
    hits: Floats64, weights: Floats64, treated: Truths, sample: Whole, cluster: Whole
) -> float:
    """Standard error of a difference of weighted shares; the larger of two clusterings.

    Shares of 0 get the variance of half an answer, or a class that one arm never gives would
    have no error there (Agresti and Caffo, 2000).
    """
    total = 0.0
    for arm in (treated, ~treated):
        n = int(arm.sum())
        value = (float(weights[arm] @ hits[arm]) * n + 0.5) / (n + 1)
        contribution = weights[arm] * (hits[arm] - value)
        total += max(
            float((np.bincount(group[arm], contribution) ** 2).sum()) for group in (sample, cluster)
        )
    return float(np.sqrt(total))


def agreement(units: Units) -> Difference | None:
    """Share of equal answers of two people to a sample, both with or both without assistance.

    Returns
    -------
    Difference or None
        None if an arm has fewer than `PAIRS` pairs.
    """
    said: dict[tuple[int, bool], list[str]] = {}
    for row in np.flatnonzero(~units.skipped):
        key = int(units.sample[row]), bool(units.treated[row])
        said.setdefault(key, []).append(_name(units.label[row]))
    hits, treated, groups = [], [], []
    for (sample, arm), labels in said.items():
        for one, other in combinations(labels, 2):
            hits.append(one == other)
            treated.append(arm)
            groups.append(sample)
    arms = np.array(treated, bool)
    if min(int(arms.sum()), int((~arms).sum())) < PAIRS:
        return None
    return difference(np.array(hits, bool), arms, np.array(groups, np.int64))


def skips(units: Units) -> Difference | None:
    """Share of samples that were skipped; None if an arm has fewer than `PAIRS` samples."""
    n1 = int(units.treated.sum())
    if min(n1, len(units) - n1) < PAIRS:
        return None
    return difference(units.skipped, units.treated, units.sample)


def _name(label: object) -> str:
    """A label as one name; a set of classes is one value."""
    if isinstance(label, tuple):
        return " + ".join(label) if label else "(none)"
    return str(label)
