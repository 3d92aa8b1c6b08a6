"""Tolerances for rounding: smaller differences between numbers carry no information.

Processors and libraries add numbers up in different orders, so the values of one sample can
differ in their last bits.  Dividing such differences by their own spread makes them look like
real ones.  Code that divides by a spread therefore checks it against these tolerances first.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

STEPS = 16
"""Tolerance in units in the last place between two ways to compute the same number: twice 8.
A pretrained network of 12 layers differed by 2 along any direction."""


def rounding(magnitudes: Any, dtype: Any = np.float32) -> Any:
    """Return how far apart numbers of these magnitudes can be by rounding alone.

    Parameters
    ----------
    magnitudes : float or ndarray
        Absolute values before any subtraction: the difference of large numbers is as inexact
        as the numbers themselves.
    dtype : dtype
        The type in which they were computed.

    Examples
    --------
    >>> rounding(1e8) > 8, rounding(1e-6) > 1e-9
    (True, False)
    """
    return STEPS * float(np.finfo(dtype).eps) * magnitudes


def told_apart(low: Any, high: Any, dtype: Any = np.float32) -> NDArray[np.bool_]:
    """Find the columns whose lowest and highest values differ by more than rounding.

    Examples
    --------
    >>> told_apart(np.array([1.0, 1e8, 0.0]), np.array([1.5, 1e8 + 8, 1e-9])).tolist()
    [True, False, True]
    """
    most = np.maximum(np.abs(low), np.abs(high))
    return np.asarray(np.subtract(high, low, dtype=np.float64) > rounding(most, dtype))
