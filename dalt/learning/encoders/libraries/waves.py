"""Sounds at another rate than DALT reads them."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

from dalt.core.records import BadInput, Floats
from dalt.learning.encoders.mel import RATE

SHORTEST_SECONDS = 0.1
"""Shorter clips get silence after them: nets that listen to the wave need a few hundred values."""


def at_rate(wave: Any, rate: int) -> Floats:
    """A clip at a model's rate.

    Parameters
    ----------
    wave : ndarray of shape (n,), float32
        At 22,050 Hz, as DALT reads sounds.
    rate : int
        Hertz.

    Returns
    -------
    ndarray of shape (n * rate / 22050,), float32
        At least a tenth of a second.

    Raises
    ------
    BadInput
        If it is no clip.

    Examples
    --------
    >>> at_rate(np.zeros(22_050, np.float32), 16_000).shape
    (16000,)
    """
    array = np.asarray(wave)
    if array.ndim != 1 or array.dtype != np.float32 or not len(array):
        raise BadInput(
            f"An audio clip must be a float32 array of shape (n,) at {RATE:,} Hz, not "
            f"{array.dtype} of shape {array.shape}."
        )
    array = np.nan_to_num(array, nan=0.0, posinf=0.0, neginf=0.0)
    if rate != RATE:
        from scipy.signal import resample_poly

        ratio = Fraction(rate, RATE).limit_denominator(1_000)
        array = resample_poly(array, ratio.numerator, ratio.denominator).astype(np.float32)
    short = round(SHORTEST_SECONDS * rate) - len(array)
    return np.pad(array, (0, short)) if short > 0 else array
