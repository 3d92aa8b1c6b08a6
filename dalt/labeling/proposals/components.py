"""Connected parts of a mask, and a picture smoothed, in numpy alone.

scipy has both, but takes 12 MB of every kernel of a page that marks pictures.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dalt.core.records import Floats, Positions

Part = tuple[slice, slice]


def smoothed(picture: Floats, width: float) -> Floats:
    """Blur a picture by a Gaussian; its edges are mirrored.

    Parameters
    ----------
    picture : ndarray of shape (height, width), float32
    width : float
        Standard deviation in pixels.

    Returns
    -------
    ndarray of shape (height, width), float32

    Examples
    --------
    >>> blurred = smoothed(np.eye(3, dtype=np.float32), 0.5)
    >>> (100 * blurred[0]).round().astype(int).tolist()
    [81, 18, 1]
    """
    reach = int(4 * width + 0.5)
    steps = np.arange(-reach, reach + 1)
    weights = np.exp(-0.5 * (steps / width) ** 2)
    weights /= weights.sum()
    found = picture.astype(np.float64)
    for axis in (0, 1):
        margins = [(reach, reach) if each == axis else (0, 0) for each in (0, 1)]
        padded = np.pad(found, margins, mode="symmetric")
        windows = np.lib.stride_tricks.sliding_window_view(padded, len(steps), axis=axis)
        found = windows @ weights
    return found.astype(np.float32)


def connected(mask: NDArray[np.bool_]) -> tuple[NDArray[np.int32], list[Part]]:
    """Number the parts of a mask; pixels that touch at a corner belong together.

    Parameters
    ----------
    mask : ndarray of shape (height, width), bool

    Returns
    -------
    labels : ndarray of shape (height, width), int32
        0 outside, parts from 1 on in the order of their first pixels, by rows.
    places : list of (slice, slice)
        Rows and columns of every part.

    Examples
    --------
    >>> labels, places = connected(np.array([[1, 0, 0], [0, 1, 0], [0, 0, 0], [1, 0, 0]], bool))
    >>> int(labels.max()), places[1]
    (2, (slice(3, 4, None), slice(0, 1, None)))
    """
    rows, first, last = _runs(mask)
    part = _joined(len(rows), *_touching(rows, first, last, mask.shape[1]))
    names, part = np.unique(part, return_inverse=True)  # by the first run of each
    labels = np.zeros(mask.shape, np.int32)
    labels[mask] = np.repeat(part + 1, last - first)
    n = len(names)
    low = np.full((n, 2), max(mask.shape), np.int64)
    high = np.zeros((n, 2), np.int64)
    np.minimum.at(low, part, np.column_stack([rows, first]))
    np.maximum.at(high, part, np.column_stack([rows + 1, last]))
    places = [
        (slice(top, bottom), slice(left, right))
        for (top, left), (bottom, right) in zip(low.tolist(), high.tolist(), strict=True)
    ]
    return labels, places


def _runs(mask: NDArray[np.bool_]) -> tuple[Positions, Positions, Positions]:
    """Row, first column and last one (excluded) of every run of pixels, by rows."""
    padded = np.pad(mask, ((0, 0), (1, 1))).astype(np.int8)
    change = np.diff(padded, axis=1)
    rows, first = np.nonzero(change == 1)
    last = np.nonzero(change == -1)[1]
    return rows, first, last


def _touching(
    rows: Positions, first: Positions, last: Positions, width: int
) -> tuple[Positions, Positions]:
    """Pairs of runs that touch, one a row below the other."""
    # Runs as places on one line, a row after the other with room between them.
    stride = width + 2
    begin, end = rows * stride + first, rows * stride + last
    # Those of the row above that end after this begins, and begin before it has ended.
    low = np.searchsorted(end, begin - stride, side="left")
    high = np.searchsorted(begin, end - stride, side="right")
    count = np.maximum(high - low, 0)
    lower = np.repeat(np.arange(len(rows)), count)
    offset = np.arange(len(lower)) - np.repeat(np.cumsum(count) - count, count)
    return lower, np.repeat(low, count) + offset


def _joined(n: int, left: Positions, right: Positions) -> Positions:
    """The smallest run that each of `n` runs hangs together with."""
    part = np.arange(n)
    while True:
        smaller = np.minimum(part[left], part[right])
        before = part.copy()
        np.minimum.at(part, part[left], smaller)
        np.minimum.at(part, part[right], smaller)
        part = part[part]
        if (part == before).all():
            return part
