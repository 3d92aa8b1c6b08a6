"""How times and the effect on them change while people and the model learn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dalt.study.analysis.matching import matched
from dalt.study.analysis.speed import Change, speed
from dalt.study.analysis.units import Units

QUARTERS = 4


@dataclass(frozen=True)
class Stage:
    """A stretch of everybody's work.

    Attributes
    ----------
    begin, end : int
        Samples that an annotator had handled, on average: from, to.
    change : Change or None
        The effect within it; None if there are too few samples.
    treated, control : float
        Typical seconds with and without; NaN if there are none.
    """

    begin: int
    end: int
    change: Change | None
    treated: float
    control: float


@dataclass(frozen=True)
class Learning:
    """The effect over time.

    Attributes
    ----------
    stages : tuple of Stage
    trend : Change or None
        How much more time is saved in the second half than in the first, as a share of time;
        None if a half has too little.
    """

    stages: tuple[Stage, ...]
    trend: Change | None


def learning(units: Units) -> Learning:
    """Compare the arms in each quarter of the annotators' work.

    Parameters
    ----------
    units : Units
        All of them: each quarter finds its own strata.
    """
    share = _done(units)
    stages = []
    for number in range(QUARTERS):
        mine = (share >= number / QUARTERS) & (share < (number + 1) / QUARTERS)
        found = speed(matched(units.where(mine)))
        each = units.where(mine)
        stages.append(
            Stage(
                begin=_mean_order(units, number / QUARTERS),
                end=_mean_order(units, (number + 1) / QUARTERS),
                change=None if found is None else found.these,
                treated=found.typical[0] if found else _typical(each, True),
                control=found.typical[1] if found else _typical(each, False),
            )
        )
    return Learning(tuple(stages), _trend(units, share))


def _trend(units: Units, share: np.ndarray) -> Change | None:
    halves = [speed(matched(units.where(half))) for half in (share < 0.5, share >= 0.5)]
    if halves[0] is None or halves[1] is None:
        return None
    first, second = (_log(each.these) for each in halves if each is not None)
    effect = second[0] - first[0]
    half = float(np.hypot(first[1], second[1]))  # half widths add as errors do
    return Change(
        saved=float(-np.expm1(effect)),
        low=float(-np.expm1(effect + half)),
        high=float(-np.expm1(effect - half)),
        df=min(halves[0].these.df, halves[1].these.df),
    )


def _log(change: Change) -> tuple[float, float]:
    """A change in logarithms of time, and half the width of its interval."""
    low, high = np.log1p(-change.high), np.log1p(-change.low)
    return float(np.log1p(-change.saved)), float(high - low) / 2


def _done(units: Units) -> np.ndarray:
    """How much of their work an annotator had done before each unit, from 0 to less than 1."""
    share = np.zeros(len(units))
    for who in np.unique(units.annotator):
        rows = np.flatnonzero(units.annotator == who)
        share[rows] = np.arange(len(rows)) / len(rows)
    return share


def _mean_order(units: Units, share: float) -> int:
    n_each = np.bincount(units.annotator)
    return round(share * float(n_each[n_each > 0].mean())) if len(units) else 0


def _typical(units: Units, treated: bool) -> float:
    seconds = units.seconds[(units.treated == treated) & np.isfinite(units.seconds)]
    return float(np.exp(np.log(seconds).mean())) if len(seconds) else float("nan")
