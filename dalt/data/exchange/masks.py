"""Masks of pixels as polygons: run lengths of COCO and CVAT, and their outlines."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dalt.data.exchange.drawn import Points, Unfit

LARGEST = 1 << 24
"""Pixels of the part of a picture that one mask covers."""
_NEAR = 1e-4


def coco_outlines(segmentation: dict[str, Any]) -> list[Points]:
    """Polygons around a mask of COCO, whose run lengths go down the columns.

    Parameters
    ----------
    segmentation : dict
        ``size`` is height and width, ``counts`` a list, or text in COCO's compressed form.

    Raises
    ------
    Unfit
        If it is not such a mask, or is empty.

    Examples
    --------
    >>> coco_outlines({"size": [3, 4], "counts": [7, 2, 3]})
    [[[2, 1], [3, 1], [3, 3], [2, 3]]]
    """
    try:
        height, width = (int(each) for each in segmentation["size"])
    except (KeyError, TypeError, ValueError, OverflowError):
        raise Unfit("has a mask without a size") from None
    counts = segmentation.get("counts")
    runs = _expanded(counts) if isinstance(counts, str | bytes) else _whole(counts)
    across, down, bits = _window(runs, height, width)
    return outlines(bits.T, across, down)


def cvat_outlines(
    runs: Sequence[int], left: int, top: int, width: int, height: int
) -> list[Points]:
    """Polygons around a mask of CVAT, whose run lengths go along the rows of a part of a picture.

    Raises
    ------
    Unfit
        If it is not such a mask, or is empty.
    """
    down, across, bits = _window(_whole(runs), width, height)
    return outlines(bits, left + across, top + down)


def outlines(mask: NDArray[np.bool_], left: int = 0, top: int = 0) -> list[Points]:
    """Polygons along the borders of pixels that cover exactly a mask.

    A hole is cut out by a line of no width from the border, so that one polygon holds a part of
    the mask with all its holes.

    Parameters
    ----------
    mask : ndarray of shape (height, width), bool
    left, top : int
        Place of the mask in its picture.

    Raises
    ------
    Unfit
        If the mask is too large.
    """
    from contourpy import FillType, contour_generator

    height, width = mask.shape
    if height * width > LARGEST:
        raise Unfit(f"is a mask over {width} × {height} pixels, more than can be outlined")
    # A pixel is a square of four values just within its borders: contours run along the borders.
    raised = np.repeat(np.repeat(np.pad(mask, 1), 2, axis=0), 2, axis=1).astype(np.float64)
    contours = contour_generator(
        _sides(left, width), _sides(top, height), raised, fill_type=FillType.OuterOffset
    ).filled(0.5, np.inf)
    return [
        _joined([_straight(points[a:b]) for a, b in pairwise(at)])
        for points, at in zip(*contours, strict=True)
    ]


def _sides(first: int, n: int) -> NDArray[np.float64]:
    """Both sides of each pixel, and of the empty ones around."""
    at = np.arange(first - 1, first + n + 1, dtype=np.float64)
    return np.stack([at + _NEAR, at + 1 - _NEAR], axis=1).ravel()


def _straight(contour: NDArray[np.float64]) -> NDArray[np.int64]:
    """The corners of a closed contour, as whole numbers."""
    points = np.rint(contour[:-1]).astype(np.int64)
    points = points[np.any(points != np.roll(points, 1, axis=0), axis=1)]
    before, after = points - np.roll(points, 1, axis=0), np.roll(points, -1, axis=0) - points
    turns = before[:, 0] * after[:, 1] != before[:, 1] * after[:, 0]
    return points[turns]


def _joined(rings: Sequence[NDArray[np.int64]]) -> list[list[int]]:
    """One ring of a border and its holes, each cut out at the border's nearest corner."""
    outer, *holes = rings
    cuts: dict[int, list[NDArray[np.int64]]] = {}
    for hole in holes:
        nearest = int(np.argmin(np.sum((outer - hole[0]) ** 2, axis=1)))
        cuts.setdefault(nearest, []).append(hole)
    made: list[list[int]] = []
    for position, corner in enumerate(outer.tolist()):
        made.append(corner)
        for hole in cuts.get(position, ()):
            made += [*hole.tolist(), hole[0].tolist(), corner]
    return made


def _window(
    runs: NDArray[np.int64], n_minor: int, n_major: int
) -> tuple[int, int, NDArray[np.bool_]]:
    """The part of a mask that is not empty, of shape (major, minor), and where it begins."""
    if n_minor <= 0 or n_major <= 0 or runs.sum() != n_minor * n_major:
        raise Unfit("has a mask whose run lengths do not fit its size")
    ends = np.cumsum(runs)
    starts, ends = ends[:-1:2], ends[1::2]
    some = starts < ends
    starts, ends = starts[some], ends[some]
    if not len(starts):
        raise Unfit("has an empty mask")
    first, last = int(starts[0] // n_minor), int((ends[-1] - 1) // n_minor)
    if (last - first + 1) * n_minor > 4 * LARGEST:
        raise Unfit(
            f"is a mask of {last - first + 1} × {n_minor} pixels, more than can be outlined"
        )
    steps = np.zeros((last - first + 1) * n_minor + 1, dtype=np.int8)
    steps[starts - first * n_minor] = 1
    steps[ends - first * n_minor] -= 1
    bits = np.cumsum(steps[:-1], dtype=np.int8).reshape(-1, n_minor).astype(bool)
    used = np.flatnonzero(bits.any(axis=0))
    return first, int(used[0]), bits[:, used[0] : used[-1] + 1]


def _whole(counts: Any) -> NDArray[np.int64]:
    try:
        runs = np.asarray(counts)
        if runs.ndim != 1 or runs.dtype.kind not in "iu" or runs.min(initial=0) < 0:
            raise ValueError
        # Sums of so few of such size cannot overflow.
        if runs.max(initial=0) > 1 << 40 or len(runs) > 1 << 22:
            raise ValueError
    except (TypeError, ValueError, OverflowError):
        raise Unfit("has a mask without run lengths") from None
    return runs.astype(np.int64)


def _expanded(counts: str | bytes) -> NDArray[np.int64]:
    """Run lengths from COCO's compressed text.

    Each is written in groups of five bits, the lowest first, as the difference to the one two
    before it.  pycocotools is not asked: it writes beyond its memory where such text is damaged.
    """
    data = counts.encode("ascii", "replace") if isinstance(counts, str) else counts
    runs: list[int] = []
    value = shift = 0
    for byte in data:
        group = byte - 48
        if not 0 <= group < 64 or shift > 40:
            raise Unfit("has a mask whose run lengths are damaged")
        value |= (group & 31) << shift
        shift += 5
        if group & 32:
            continue
        if group & 16:
            value -= 1 << shift
        runs.append(value + runs[-2] if len(runs) > 2 else value)
        value = shift = 0
    if shift:
        raise Unfit("has a mask whose run lengths are damaged")
    return _whole(runs)
