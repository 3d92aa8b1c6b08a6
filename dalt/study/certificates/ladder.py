"""Choosing which samples a model may label: a ladder of sets, the surest samples first."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

SIZES = (1.0, 0.995, 0.99, 0.985, 0.98, 0.97, 0.96, 0.95, 0.925, *np.arange(0.9, 0.05, -0.05))
"""Sizes of sets that are compared, as shares of the samples without a label."""
SHARPNESSES = (0.7, 0.85, 1.0, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0)
USUAL_SHARPNESS = 1.25
"""Of the default head: from about 0.9 on Fashion-MNIST to above 2 on digits."""
_SPREAD, _LEAST, _PLAUSIBLE = 0.4, 0.01, 0.05
Belief = Mapping[float, float]
"""How probable each sharpness of a model is."""
Case = tuple[float, NDArray[np.float64]]
"""A probability, and then the share of wrong labels in the set of the surest n samples, from 1."""
AIMS = (0.3, 0.4, 0.5, 0.6, 0.7, 0.85, 1.0)
"""Errors expected in the further sets, as shares of the promised error."""
WORTH = 0.02
"""A further set that adds a smaller share of samples is not worth its own test; at the end of the
ladder, the remaining samples are nevertheless halved a few times."""
HALVINGS = 4
LEAST_ADDED = 8
DrawsNeeded = Callable[[int, float], int | None]
"""How many draws a set of so many samples is likely to need, if so large a share of them is wrong;
None if no number would do."""


def ladder(
    confidences: NDArray[np.float64],
    max_error: float,
    draws_needed: DrawsNeeded,
    belief: Belief | None = None,
) -> tuple[float, ...]:
    """Choose thresholds of the model's confidence, falling: each set contains the one before.

    The first set is the one that should leave people the least work: the draws of its audit, and
    the samples outside of it, averaged over what is believed of the model; where an audit would
    fail, all samples are left.  Further sets go on, in small steps, until even at best as many
    errors are expected as are promised.  Draws of one set count for the next, so a further set
    costs only draws among the samples that it adds.  The choice rests on the model's own
    confidence.  If that is wrong, the audit takes longer or gives up; its promise does not depend
    on the choice.

    Parameters
    ----------
    confidences : ndarray of shape (n_samples,), float in [0, 1]
        How sure the model is of each label.
    max_error : float in (0, 1)
    draws_needed : callable
    belief : mapping of float to float, optional
        As of `belief_of`; by default the model is as sure as it says.

    Returns
    -------
    tuple of float
        Samples of at least this confidence are in the set; empty if no set is worth it.

    Examples
    --------
    >>> sure, unsure = np.full(900, 0.999), np.full(100, 0.6)
    >>> ladder(np.concatenate([sure, unsure]), 0.02, lambda n, share: 150 if share < 0.01 else None)
    (0.999,)
    """
    if not len(confidences):
        return ()
    falling = np.sort(confidences)[::-1]
    cases = [
        (weight, np.cumsum(1 - sharpened(falling, sharpness)) / np.arange(1, len(falling) + 1))
        for sharpness, weight in (belief or {1.0: 1.0}).items()
    ]
    first = _cheapest(falling, cases, draws_needed)
    if first is None:
        return ()
    ends = _further(cases, max_error)
    sizes = _added([first], falling, ends, WORTH * len(falling))
    left = ends[-1] - sizes[-1]
    halves = [ends[-1] - (left >> halving) for halving in range(1, HALVINGS + 1)]
    sizes = _added(sizes, falling, [*halves, ends[-1]], LEAST_ADDED)
    return tuple(float(falling[n - 1]) for n in sizes)


def _further(cases: Sequence[Case], max_error: float) -> list[int]:
    """Ends of further sets: as the model is believed to be, and then as it may be at best.

    A set that is never reached costs little, while one that is missing leaves samples to people
    however well the audit goes.
    """
    believed = sum((weight * share for weight, share in cases), np.zeros(len(cases[0][1])))
    hopeful = min((share for weight, share in cases if weight >= _PLAUSIBLE), key=lambda e: e[-1])
    ends = [_end(believed, aim * max_error) for aim in AIMS]
    return ends + [end for aim in AIMS if (end := _end(hopeful, aim * max_error)) > ends[-1]]


def _end(expected: NDArray[np.float64], most: float) -> int:
    """The size of the largest set in which no larger share is expected to be wrong."""
    return int(np.searchsorted(expected, most, side="right"))


def _added(
    sizes: list[int], falling: NDArray[np.float64], further: Sequence[int], least: float
) -> list[int]:
    """The sizes and those further ones that add enough to the one before."""
    found = list(sizes)
    for n in further:
        whole = _whole(falling, n)
        if whole - found[-1] >= max(least, LEAST_ADDED):
            found.append(whole)
    return found


def _cheapest(
    falling: NDArray[np.float64],
    cases: Sequence[Case],
    draws_needed: DrawsNeeded,
) -> int | None:
    """The size of the set that leaves the least to check; None if checking all is no more."""
    best, least = None, float(len(falling))
    for n in sorted({_whole(falling, int(share * len(falling))) for share in SIZES}, reverse=True):
        if n < 1 or len(falling) - n >= least:
            continue
        spared = 0.0
        for weight, expected in cases:
            draws = draws_needed(n, float(expected[n - 1]))
            spared += 0.0 if draws is None else weight * (n - draws)
        if len(falling) - spared < least:
            best, least = n, len(falling) - spared
    return best


def _whole(falling: NDArray[np.float64], n: int) -> int:
    """At most `n` samples; all samples of one confidence are in a set, or none of them."""
    if n >= len(falling):
        return len(falling)
    return int(np.searchsorted(-falling, -falling[n], side="left"))


def sharpened(confidences: NDArray[np.float64], sharpness: float) -> NDArray[np.float64]:
    """Confidences with their odds raised to a power: above 1 the model is surer than it says.

    Examples
    --------
    >>> sharpened(np.array([0.5, 0.75]), 2.0).round(3).tolist()
    [0.5, 0.9]
    """
    right, wrong = confidences**sharpness, (1 - confidences) ** sharpness
    return right / (right + wrong)


def belief_of(wrong: Sequence[bool], confidences: Sequence[float]) -> dict[float, float]:
    """How much surer a model may be than it says, by people's answers to its newest suggestions.

    The strategy drew these samples, so they prove nothing: they only help to choose what to audit.
    The prior favours a sharpness near `USUAL_SHARPNESS`.

    Parameters
    ----------
    wrong : sequence of bool, of length n
        Whether the person chose something else.
    confidences : sequence of float, of length n
        How sure the model was of what it suggested.

    Returns
    -------
    dict of float to float
        The posterior probability of each of `SHARPNESSES` (see `sharpened`); those below 1 % are
        left out.

    References
    ----------
    Guo et al., On calibration of modern neural networks, 2017 (scaling of the temperature).

    Examples
    --------
    >>> usual, sharp = belief_of([], []), belief_of([False] * 40, [0.6] * 40)
    >>> max(usual, key=usual.get), max(sharp, key=sharp.get)
    (1.25, 3.0)
    >>> dull = belief_of([True, False] * 20, [0.8] * 40)
    >>> max(dull, key=dull.get), round(sum(dull.values()), 9)
    (0.7, 1.0)
    """
    sure = np.clip(np.asarray(confidences, np.float64), 0.02, 0.999)
    missed = np.asarray(wrong, bool)

    def likelihood(sharpness: float) -> float:
        right = sharpened(sure, sharpness)
        said = np.log(np.where(missed, 1 - right, right)).sum()
        return float(said) - (math.log(sharpness / USUAL_SHARPNESS) / _SPREAD) ** 2 / 2

    found = np.array([likelihood(sharpness) for sharpness in SHARPNESSES])
    weights = np.exp(found - found.max())
    weights = np.where(weights < _LEAST * weights.sum(), 0.0, weights)
    shares = (weights / weights.sum()).tolist()
    return {each: share for each, share in zip(SHARPNESSES, shares, strict=True) if share}


def rungs_of(confidences: NDArray[np.float64], thresholds: Sequence[float]) -> NDArray[np.int64]:
    """The first set, from 1, that has each sample; 0 if none has.

    Examples
    --------
    >>> rungs_of(np.array([0.95, 0.8, 0.3]), (0.9, 0.5)).tolist()
    [1, 2, 0]
    """
    found = np.zeros(len(confidences), np.int64)
    for rung in range(len(thresholds), 0, -1):
        found[confidences >= thresholds[rung - 1]] = rung
    return found
