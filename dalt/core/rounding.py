"""What rounding alone can make of numbers: nothing is told apart below that.

A sum is rounded in another order by another processor or library, so that the same sample
gets values that differ in their last bits.  Divided by their own spread such differences
look like any other: whatever divides by a spread asks here first.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

STEPS = 16
"""So many units in the last place may differ between two ways to compute the same number:
twice 8, where a pretrained net of 12 layers was off by 2 along any direction."""


def rounding(magnitudes: Any, dtype: Any = np.float32) -> Any:
    """How far apart numbers of these magnitudes may be and still be the same.

    Parameters
    ----------
    magnitudes : float or ndarray
        Absolute values before anything was taken away from them: a difference of large
        numbers is as inexact as they are.
    dtype : dtype
        In which they were computed.

    Examples
    --------
    >>> rounding(1e8) > 8, rounding(1e-6) > 1e-9
    (True, False)
    """
    return STEPS * float(np.finfo(dtype).eps) * magnitudes


def told_apart(low: Any, high: Any, dtype: Any = np.float32) -> NDArray[np.bool_]:
    """Which columns differ by more than rounding, from their least and largest values.

    Examples
    --------
    >>> told_apart(np.array([1.0, 1e8, 0.0]), np.array([1.5, 1e8 + 8, 1e-9])).tolist()
    [True, False, True]
    """
    most = np.maximum(np.abs(low), np.abs(high))
    return np.asarray(np.subtract(high, low, dtype=np.float64) > rounding(most, dtype))
