"""How far annotators agree beyond chance: Krippendorff's alpha and Cohen's kappa."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from dalt.core.records import Estimate, LabelValue
from dalt.labeling.quality.votes import Votes

Numbers = NDArray[np.float64]
Distance = Callable[[LabelValue, LabelValue], float]
_AT_ONCE = 4_000_000
"""Weights of resampled samples held at once."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """Agreement of two annotators, or of all.

    Attributes
    ----------
    annotators : tuple of str
        The compared annotators.
    beyond_chance : Estimate or None
        Krippendorff's alpha of all, Cohen's kappa of two: 1 is full agreement, 0 agreement
        by chance, and less is possible.  None if undefined: nothing was labelled twice, or
        all labels are the same.
    percent : Estimate or None
        Share of equal pairs among answers to the same sample; for several classes the mean
        of one minus their distance.
    n : int
        Number of samples that at least two of them labelled.
    """

    annotators: tuple[str, ...]
    beyond_chance: Estimate | None
    percent: Estimate | None
    n: int


# --- distances ----------------------------------------------------------------------------


def nominal(first: LabelValue, second: LabelValue) -> float:
    """0 for the same, else 1."""
    return float(first != second)


def masi(first: LabelValue, second: LabelValue) -> float:
    """Distance of two sets: Jaccard's, larger where neither holds the other.

    References
    ----------
    Passonneau, Measuring Agreement on Set-valued Items (MASI) for Semantic and Pragmatic
    Annotation, LREC 2006.

    Examples
    --------
    >>> round(masi(("a", "b"), ("a",)), 3), masi(("a",), ("b",)), masi((), ())
    (0.667, 1.0, 0.0)
    """
    a, b = set(first), set(second)
    if a == b:
        return 0.0
    shared = len(a & b)
    monotone = 2 / 3 if a <= b or b <= a else 1 / 3
    return 1.0 - shared / len(a | b) * monotone


def distances(values: Sequence[LabelValue], distance: Distance) -> Numbers:
    """Between all values: shape (n_values, n_values)."""
    made = np.zeros((len(values), len(values)))
    for (i, first), (j, second) in combinations(enumerate(values), 2):
        made[i, j] = made[j, i] = distance(first, second)
    return made


# --- Krippendorff's alpha -----------------------------------------------------------------


def krippendorff_alpha(counts: Numbers, distance: Numbers | None = None) -> float | None:
    """Compute Krippendorff's alpha from counts of values by sample.

    One minus the observed disagreement over that expected by chance, by the matrix of
    coincidences.  It allows any number of annotators and missing answers, and ignores samples
    answered once.

    Parameters
    ----------
    counts : ndarray of shape (n_samples, n_values)
    distance : ndarray of shape (n_values, n_values), optional
        Squared differences of the values; by default nominal, 0 or 1.

    Returns
    -------
    float or None
        At most 1; None if nothing was answered twice or all answers are the same.

    References
    ----------
    Krippendorff, Computing Krippendorff's Alpha-Reliability, University of Pennsylvania, 2011.

    Examples
    --------
    >>> krippendorff_alpha(np.array([[2, 0], [0, 2], [1, 1], [2, 0]])).__round__(3)
    0.533
    """
    observed, used = _pairable(np.asarray(counts, np.float64), distance)
    found = _alphas(np.ones((1, len(used))), observed, used, distance)[0]
    return None if np.isnan(found) else float(found)


def _pairable(counts: Numbers, distance: Numbers | None) -> tuple[Numbers, Numbers]:
    """Disagreement within each sample that was answered at least twice, and their counts."""
    used = counts[counts.sum(axis=1) >= 2]
    delta = _or_nominal(distance, counts.shape[1])
    within = np.einsum("uc,ck,uk->u", used, delta, used, optimize=True)
    return within / np.maximum(used.sum(axis=1) - 1, 1), used


def _alphas(weights: Numbers, within: Numbers, used: Numbers, distance: Numbers | None) -> Numbers:
    """Alpha of each weighting of the samples: shape (n_weightings,), NaN where undefined."""
    delta = _or_nominal(distance, used.shape[1])
    totals = weights @ used
    n = totals.sum(axis=1)
    expected = np.einsum("bc,ck,bk->b", totals, delta, totals, optimize=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        found = 1 - (n - 1) * (weights @ within) / expected
    found[expected <= 0] = np.nan
    return found


def _or_nominal(distance: Numbers | None, n_values: int) -> Numbers:
    return 1 - np.eye(n_values) if distance is None else distance


# --- Cohen's kappa ------------------------------------------------------------------------


def cohen_kappa(
    first: NDArray[np.int64], second: NDArray[np.int64], distance: Numbers
) -> float | None:
    """Compute Cohen's kappa of two annotators over the samples that both labelled.

    One minus the observed disagreement over that expected if both answered by chance, each
    with their own shares of the classes.

    Parameters
    ----------
    first, second : ndarray of shape (n_samples,), int64
        Indices of their answers.
    distance : ndarray of shape (n_values, n_values)
        Distances of the values; 0 or 1 gives the plain kappa, others the weighted one.

    Returns
    -------
    float or None
        At most 1; None without samples, or if both gave the same answer to all.

    References
    ----------
    Cohen, A Coefficient of Agreement for Nominal Scales, Educational and Psychological
    Measurement 20, 1960.

    Examples
    --------
    >>> said = np.array([0, 0, 1, 1]), np.array([0, 0, 1, 0])
    >>> cohen_kappa(*said, 1 - np.eye(2))
    0.5
    """
    found = _kappas(np.ones((1, len(first))), first, second, distance)[0]
    return None if np.isnan(found) else float(found)


def _kappas(
    weights: Numbers, first: NDArray[np.int64], second: NDArray[np.int64], distance: Numbers
) -> Numbers:
    """Kappa of each weighting of the samples: shape (n_weightings,), NaN where undefined."""
    one, other = (np.eye(len(distance))[said] for said in (first, second))
    n = weights.sum(axis=1)
    observed = weights @ distance[first, second] * n
    expected = np.einsum("bc,ck,bk->b", weights @ one, distance, weights @ other, optimize=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        found = 1 - observed / expected
    found[expected <= 0] = np.nan
    return found


# --- with intervals -----------------------------------------------------------------------


def overall(
    votes: Votes, *, multi: bool, seed: int = 0, resamples: int = 1_000, confidence: float = 0.95
) -> Agreement:
    """Compute Krippendorff's alpha over all annotators, with a bootstrap interval over samples.

    Parameters
    ----------
    votes : Votes
    multi : bool
        Whether a sample has several classes; then `masi` compares the sets.
    seed : int
        Seed of the resampling, with replacement.
    resamples : int
        How often all samples are resampled.
    confidence : float in (0, 1)
        For the intervals, which are percentiles.
    """
    distance = distances(votes.values, masi) if multi else None
    within, used = _pairable(votes.counts(), distance)
    pairs = used.sum(axis=1)

    def measures(weights: Numbers) -> tuple[Numbers, Numbers]:
        with np.errstate(invalid="ignore", divide="ignore"):
            same = 1 - weights @ within / (weights @ pairs)
        return _alphas(weights, within, used, distance), same

    return _with_intervals(votes.annotators, len(used), measures, seed, resamples, confidence)


def by_pair(
    votes: Votes, *, multi: bool, seed: int = 0, resamples: int = 1_000, confidence: float = 0.95
) -> list[Agreement]:
    """Cohen's kappa of every two annotators who labelled samples in common.

    Parameters
    ----------
    votes, multi, seed, resamples, confidence
        As for `overall`.
    """
    distance = distances(votes.values, masi if multi else nominal)
    found = []
    for names in combinations(votes.annotators, 2):
        (rows, said), (others, replied) = votes.of(names[0]), votes.of(names[1])
        shared, mine, theirs = np.intersect1d(rows, others, return_indices=True)
        if not len(shared):
            continue
        first, second = said[mine], replied[theirs]
        apart = distance[first, second]

        def measures(
            weights: Numbers,
            first: NDArray[np.int64] = first,
            second: NDArray[np.int64] = second,
            apart: Numbers = apart,
        ) -> tuple[Numbers, Numbers]:
            same = 1 - weights @ apart / weights.sum(axis=1)
            return _kappas(weights, first, second, distance), same

        found.append(_with_intervals(names, len(shared), measures, seed, resamples, confidence))
    return found


def _with_intervals(
    names: tuple[str, ...],
    n: int,
    measures: Callable[[Numbers], tuple[Numbers, Numbers]],
    seed: int,
    resamples: int,
    confidence: float,
) -> Agreement:
    """Two measures of `n` samples, and their values on resampled ones."""
    if not n:
        return Agreement(names, None, None, 0)
    random = np.random.default_rng(seed)
    drawn: tuple[list[Numbers], list[Numbers]] = ([], [])
    left, size = resamples, max(1, _AT_ONCE // n)
    while left:
        weights = random.multinomial(n, np.full(n, 1 / n), size=min(left, size)).astype(np.float64)
        left -= len(weights)
        for kept, values in zip(drawn, measures(weights), strict=True):
            kept.append(values)
    chance, percent = (
        _estimate(float(value[0]), np.concatenate([np.empty(0), *values]), n, confidence)
        for value, values in zip(measures(np.ones((1, n))), drawn, strict=True)
    )
    return Agreement(names, chance, percent, n)


def _estimate(value: float, drawn: Numbers, n: int, confidence: float) -> Estimate | None:
    if np.isnan(value):
        return None
    defined = drawn[~np.isnan(drawn)]
    tail = (1 - confidence) / 2
    low, high = np.quantile(defined, [tail, 1 - tail]) if len(defined) else (value, value)
    return Estimate(value, float(low), float(high), n)
