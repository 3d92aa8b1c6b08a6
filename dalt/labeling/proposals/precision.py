"""Precision of proposed regions, and whether Enter may submit them.

Pure functions of proposals and the answers that followed.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from dalt.core.records import Estimate, Region

NEWEST = 50
"""Number of proposals behind the precision."""
CONFIDENCE = 0.9
"""Confidence of the precision's interval."""
LEAST = 0.6
"""Lower end of that interval from which Enter submits proposals."""
POINT_SHARE = 0.03
"""A point is kept if the answer has one within this share of the longer side."""
_SAME = 0.5
_GRID = 200  # pixels a side in which two polygons are compared


def kept(
    proposed: Sequence[Region], answered: Sequence[Region], reach: float = 0.0
) -> tuple[bool, ...]:
    """Tell which proposals an answer keeps.

    A proposal is kept if the answer has a region of the same class in its place: boxes and
    polygons overlap by half or more (intersection over union), points lie within `reach`,
    spans have the same extent.  Each region of the answer keeps one proposal at most.

    Parameters
    ----------
    proposed, answered : sequence of Region
    reach : float
        For points, in pixels of the raw picture.

    Returns
    -------
    tuple of bool
        One for each proposal, in order.

    References
    ----------
    Everingham et al.: The PASCAL Visual Object Classes Challenge, International Journal of
    Computer Vision 88, 2010 (section 4.2).

    Examples
    --------
    >>> cat = Region("box", "cat", ((0, 0), (10, 10)))
    >>> kept([cat, cat], [Region("box", "cat", ((0, 0), (10, 9)))])
    (True, False)
    """
    pairs = [
        (likeness, i, k)
        for i, one in enumerate(proposed)
        for k, other in enumerate(answered)
        if one.label == other.label and (likeness := _likeness(one, other, reach)) >= _SAME
    ]
    found, taken = set[int](), set[int]()
    for _, i, k in sorted(pairs, key=lambda pair: -pair[0]):
        if i not in found and k not in taken:
            found.add(i)
            taken.add(k)
    return tuple(i in found for i in range(len(proposed)))


def newest(judged: Iterable[Sequence[bool]], most: int = NEWEST) -> tuple[int, int]:
    """Count the newest proposals, and how many of them were kept.

    Parameters
    ----------
    judged : iterable of sequence of bool
        The result of `kept` for each answer, the newest first.
    most : int
        The oldest answer may count in part.

    Returns
    -------
    (int, int)
        Kept proposals, and all: `most` or fewer.

    Examples
    --------
    >>> newest([(True, False), (True, True, True)], most=4)
    (3, 4)
    """
    flags = list[bool]()
    for each in judged:
        flags += each[: most - len(flags)]
        if len(flags) == most:
            break
    return sum(flags), len(flags)


def earned(precision: Estimate | None) -> bool:
    """Whether proposals are kept often enough that Enter may submit them.

    What Enter submits unchanged counts as kept, looked at or not: people see the proposals before
    they answer, so this precision is higher than for unanchored answers.  It measures what people
    do with proposals, not a detector's quality.

    Parameters
    ----------
    precision : Estimate or None
        Precision of the newest proposals with its `CONFIDENCE` interval; None before the first.

    Examples
    --------
    >>> earned(Estimate(0.9, 0.8, 0.95, 50)), earned(Estimate(0.6, 0.48, 0.7, 50)), earned(None)
    (True, False, False)
    """
    return precision is not None and precision.low >= LEAST


def _likeness(one: Region, other: Region, reach: float) -> float:
    """In [0, 1]; from a half on they mean the same."""
    if one.shape != other.shape:
        return 0.0
    if one.shape == "span":
        return float((one.start, one.end) == (other.start, other.end))
    if one.points == other.points:
        return 1.0
    if one.shape == "point":
        away = math.dist(one.points[0], other.points[0])
        return 1.0 - 0.5 * away / reach if away <= reach else 0.0
    bounds = np.array([[*np.min(r.points, 0), *np.max(r.points, 0)] for r in (one, other)])
    low, high = bounds[:, :2].max(axis=0), bounds[:, 2:].min(axis=0)
    if not (low < high).all():
        return 0.0
    if one.shape == "box":
        both = float((high - low).prod())
        areas = (bounds[:, 2:] - bounds[:, :2]).prod(axis=1)
        return both / (float(areas.sum()) - both)
    masks = [
        _mask(region, bounds[:, :2].min(axis=0), bounds[:, 2:].max(axis=0))
        for region in (one, other)
    ]
    return float((masks[0] & masks[1]).sum() / max((masks[0] | masks[1]).sum(), 1))


def _mask(region: Region, low: NDArray[np.float64], high: NDArray[np.float64]) -> NDArray[np.bool_]:
    """The pixels of a grid between two corners that a polygon covers."""
    from PIL import Image, ImageDraw  # brings fonts, and few projects outline anything

    image = Image.new("1", (_GRID, _GRID))
    scaled = (np.array(region.points, float) - low) / np.maximum(high - low, 1e-9) * (_GRID - 1)
    ImageDraw.Draw(image).polygon([(x, y) for x, y in scaled.tolist()], fill=1)
    return np.asarray(image)
