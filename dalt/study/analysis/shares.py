"""Shares of both arms and their difference, where answers of one sample are not independent."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from dalt.study.analysis.units import Truths, Whole

_Z = NormalDist().inv_cdf(0.975)


@dataclass(frozen=True)
class Share:
    """How often something was true, with Wilson's interval; `n` answers are behind it."""

    value: float
    low: float
    high: float
    n: int


@dataclass(frozen=True)
class Difference:
    """A share with the treatment, without it, and the difference with its interval.

    Attributes
    ----------
    treated, control : Share
    value, low, high : float
        Of `treated` minus `control`.
    """

    treated: Share
    control: Share
    value: float
    low: float
    high: float


def share(hits: Truths, groups: Whole | None = None) -> Share:
    """A share and its interval.

    Parameters
    ----------
    hits : ndarray of shape (n,), bool
        At least one.
    groups : ndarray of shape (n,), int64, optional
        Answers of one group (of one sample, say) are not independent: they count for as many as
        their design effect leaves of them (Kish, 1965).

    Examples
    --------
    >>> found = share(np.array([True] * 8 + [False] * 2))
    >>> found.value, round(found.low, 2), round(found.high, 2)
    (0.8, 0.49, 0.94)
    """
    n, value = len(hits), float(hits.mean())
    effective = _effective(hits, groups)
    low, high = _wilson(value, effective)
    return Share(value, low, high, n)


def difference(hits: Truths, treated: Truths, groups: Whole | None = None) -> Difference | None:
    """The difference of two shares with Newcombe's hybrid score interval.

    Parameters
    ----------
    hits, treated : ndarray of shape (n,), bool
    groups : ndarray of shape (n,), int64, optional
        As for `share`.

    Returns
    -------
    Difference or None
        None if an arm has nothing.

    References
    ----------
    Newcombe, Interval Estimation for the Difference Between Independent Proportions, Statistics
    in Medicine 17, 1998 (method 10).

    Examples
    --------
    >>> hits = np.array([True] * 56 + [False] * 14 + [True] * 48 + [False] * 32)
    >>> found = difference(hits, np.arange(150) < 70)
    >>> round(found.value, 4), round(found.low, 4), round(found.high, 4)
    (0.2, 0.0524, 0.3339)
    """
    if not treated.any() or treated.all():
        return None
    sides = [
        share(hits[arm], None if groups is None else groups[arm]) for arm in (treated, ~treated)
    ]
    one, other = sides
    value = one.value - other.value
    down = np.hypot(one.value - one.low, other.high - other.value)
    up = np.hypot(one.high - one.value, other.value - other.low)
    return Difference(one, other, value, float(value - down), float(value + up))


def _effective(hits: Truths, groups: Whole | None) -> float:
    """How many independent answers these are worth."""
    n = float(len(hits))
    if groups is None:
        return n
    codes = np.unique(groups, return_inverse=True)[1]
    n_groups = int(codes.max()) + 1
    if n_groups == len(hits):
        return n
    value = hits.mean()
    if value in (0.0, 1.0) or n_groups < 2:
        return float(n_groups)  # nothing tells how alike a group's answers are
    sums = np.bincount(codes, hits - value)
    clustered = (sums**2).sum() * n_groups / (n_groups - 1)
    return n / max(float(clustered / (n * value * (1 - value))), 1.0)


def _wilson(value: float, n: float) -> tuple[float, float]:
    shrink = 1 + _Z * _Z / n
    centre = (value + _Z * _Z / (2 * n)) / shrink
    half = _Z / shrink * np.sqrt(value * (1 - value) / n + _Z * _Z / (4 * n * n))
    return max(0.0, float(centre - half)), min(1.0, float(centre + half))
