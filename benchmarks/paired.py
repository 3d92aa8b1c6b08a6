"""Figures of several seeds, compared in pairs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import t as student


def mean(values: Sequence[float]) -> float:
    """The mean, to four digits."""
    return round(float(np.mean(values)), 4)


def gain(ours: ArrayLike, theirs: ArrayLike) -> dict[str, object]:
    """Mean difference over the seeds with Student's 95 % interval (None for one seed)."""
    differences = np.asarray(ours) - np.asarray(theirs)
    middle = float(differences.mean())
    if len(differences) < 2:
        return {"gain": round(middle, 4), "interval_95": None}
    spread = differences.std(ddof=1) / len(differences) ** 0.5
    half = float(student.ppf(0.975, len(differences) - 1) * spread)
    return {
        "gain": round(middle, 4),
        "interval_95": [round(middle - half, 4), round(middle + half, 4)],
    }


def area(budgets: Sequence[int], curve: Sequence[float], low: int = 20, high: int = 500) -> float:
    """Mean height of a learning curve between two budgets, straight between its points."""
    inside = [i for i, budget in enumerate(budgets) if low <= budget <= high]
    x = np.array([budgets[i] for i in inside], float)
    y = np.array([curve[i] for i in inside])
    return float(np.trapezoid(y, x) / (x[-1] - x[0]))
