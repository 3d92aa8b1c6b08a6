"""Proposing regions of pictures and their classes, learned from marked pictures.

Edge directions, brightness, colour and size describe a crop.  The classes, and unmarked
places, are Gaussians with one covariance, so adding and subtracting sums learns and unlearns a
picture exactly, and every answer counts at once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from dalt.core.records import Floats, Proposal, Region, Shape
from dalt.labeling.proposals.components import connected, smoothed

Boxes = NDArray[np.float64]
LONGEST = 512
"""Pictures are reduced to at most this many pixels a side."""
_SIDE, _CELLS, _DIRECTIONS = 24, 4, 8
_MARGIN = 0.1
_NONE = ""
_MOST_CANDIDATES = 160
_MOST_UNMARKED = 40
_MOST = 50
_OVERLAP = 0.5
_TEMPER = 0.5  # neighbouring edges carry much the same evidence


@dataclass(frozen=True)
class Picture:
    """A reduced picture, with the places where something may be.

    Attributes
    ----------
    pixels : ndarray of shape (h, w) or (h, w, 3), uint8
    scale : float
        Pixels of the raw picture for one of these.
    places : ndarray of shape (n, 4)
        Left, top, right, bottom.
    outlines : tuple of ndarray of shape (k, 2)
        The convex hull of each place.
    crops : ndarray of shape (n, n_features)
        What each place looks like.
    """

    pixels: NDArray[np.uint8]
    scale: float
    places: Boxes
    outlines: tuple[Boxes, ...]
    crops: Floats

    @property
    def n_bytes(self) -> int:
        """Its approximate memory."""
        return self.pixels.nbytes + self.crops.nbytes


def look(pixels: NDArray[np.uint8], scale: float = 1.0) -> Picture:
    """Find the places in a picture where something may be.

    Parameters
    ----------
    pixels : ndarray of shape (h, w) or (h, w, 3), uint8
    scale : float
        Pixels of the raw picture for one of these.

    Examples
    --------
    >>> pixels = np.zeros((40, 60), np.uint8)
    >>> pixels[10:20, 30:45] = 255
    >>> look(pixels).places.tolist()
    [[30.0, 10.0, 45.0, 20.0]]
    """
    places, outlines = _components(pixels)
    return Picture(pixels, scale, places, outlines, describe(pixels, places))


@dataclass
class RegionModel:
    """Learns from pictures what is marked in them.

    Parameters
    ----------
    classes : tuple of str
    shape : {"box", "polygon", "point"}

    Examples
    --------
    >>> pixels = np.zeros((40, 60), np.uint8)
    >>> pixels[10:20, 30:45] = 255
    >>> model = RegionModel(("light",), "box")
    >>> model.learn(look(pixels), [Region("box", "light", ((30, 10), (45, 20)))])
    >>> [proposal.region.label for proposal in model.propose(look(pixels[:, ::-1]))]
    ['light']
    """

    classes: tuple[str, ...]
    shape: Shape
    _of: Counter[str] = field(default_factory=Counter)
    _sums: dict[str, Floats] = field(default_factory=dict)
    _squares: Any = 0.0
    _solved: tuple[tuple[str, ...], Floats, Floats] | None = None

    def learn(self, picture: Picture, regions: Sequence[Region]) -> None:
        """Learn a picture with everything marked in it; unmarked places count as nothing."""
        self._count(picture, regions, 1)

    def forget(self, picture: Picture, regions: Sequence[Region]) -> None:
        """Unlearn a picture."""
        self._count(picture, regions, -1)

    def _count(self, picture: Picture, regions: Sequence[Region], by: int) -> None:
        marked = self._boxes(picture, regions)
        labels = [region.label for region in regions]
        self._add(labels, describe(picture.pixels, marked), by)
        near = overlaps(picture.places, marked).max(axis=1, initial=0.0)
        away = np.flatnonzero(near < 0.3)[:_MOST_UNMARKED]  # also mere parts of what is marked
        self._add([_NONE] * len(away), picture.crops[away], by)
        self._solved = None

    def _add(self, labels: Sequence[str], crops: Floats, by: int) -> None:
        for label, crop in zip(labels, crops, strict=True):
            self._of[label] += by
            self._sums[label] = self._sums.get(label, 0.0) + by * crop
        if len(crops):
            self._squares = self._squares + by * (crops.T @ crops)

    # --- what is likely -------------------------------------------------------------

    def rank(self, picture: Picture, region: Region) -> list[tuple[str, float]]:
        """The classes of a region with their probabilities, likeliest first; [] if unlearned."""
        crop = describe(picture.pixels, self._boxes(picture, [region]))
        shares = self._shares(crop, self.classes)
        if shares is None:
            return []
        known = dict(zip(shares[0], shares[1][0], strict=True))
        ranked = [(name, float(known.get(name, 0.0))) for name in self.classes]
        return sorted(ranked, key=lambda each: -each[1])

    def propose(self, picture: Picture) -> list[Proposal]:
        """Regions that are likelier marked than not, the likeliest first; none overlaps by half."""
        shares = self._shares(picture.crops, (*self.classes, _NONE))
        if shares is None or shares[0] == (_NONE,):
            return []
        names, table = shares
        best = table.argmax(axis=1)
        top = table[np.arange(len(table)), best]
        meant = [i for i in np.argsort(-top, kind="stable") if names[best[i]] and top[i] >= 0.5]
        kept: list[int] = []
        between = overlaps(picture.places, picture.places)
        for i in meant:
            if all(between[i, k] < _OVERLAP for k in kept):
                kept.append(int(i))
        return [
            Proposal(self._region(picture, i, names[best[i]]), float(top[i])) for i in kept[:_MOST]
        ]

    def _shares(self, crops: Floats, among: Sequence[str]) -> tuple[tuple[str, ...], Floats] | None:
        """The names that are known, and their probabilities for each crop."""
        if not any(self._of[name] > 0 for name in self.classes):
            return None
        if self._solved is None:
            self._solved = self._solve()
        names, weights, offsets = self._solved
        chosen = [i for i, name in enumerate(names) if name in among]
        scores = _TEMPER * (crops @ weights[:, chosen] + offsets[chosen])
        scores = np.exp(scores - scores.max(axis=1, keepdims=True))
        return tuple(names[i] for i in chosen), scores / scores.sum(axis=1, keepdims=True)

    def _solve(self) -> tuple[tuple[str, ...], Floats, Floats]:
        """Weights and offsets of the linear discriminant."""
        names = tuple(name for name in (*self.classes, _NONE) if self._of[name] > 0)
        counts = np.array([self._of[name] for name in names], float)
        means = np.stack([self._sums[name] / self._of[name] for name in names])
        n, d = counts.sum(), means.shape[1]
        within = (self._squares - (means.T * counts) @ means) / n
        # With few crops, treat features as independent.
        share = d / (d + n)
        spread = np.diag(within).mean() + 1e-3
        within = (1 - share) * within + (0.1 + share) * spread * np.eye(d)
        weights = np.linalg.solve(within, means.T)
        return names, weights, np.log(counts + 1) - 0.5 * np.einsum("cd,dc->c", means, weights)

    # --- places ---------------------------------------------------------------------

    def _boxes(self, picture: Picture, regions: Sequence[Region]) -> Boxes:
        """What is cut out for each region, in pixels of the picture as it is looked at."""
        found = np.empty((len(regions), 4))
        for i, region in enumerate(regions):
            points = np.array(region.points, float) / picture.scale
            found[i] = (*points.min(axis=0), *points.max(axis=0))
            if region.shape == "point":
                found[i] = _around(picture, points[0])
        return found

    def _region(self, picture: Picture, at: int, label: str) -> Region:
        left, top, right, bottom = picture.places[at]
        if self.shape == "point":
            points = np.array([[(left + right) / 2, (top + bottom) / 2]])
        elif self.shape == "polygon":
            points = picture.outlines[at]
        else:
            points = np.array([[left, top], [right, bottom]])
        placed = [(round(float(x), 2), round(float(y), 2)) for x, y in points * picture.scale]
        return Region(self.shape, label, tuple(placed))


def overlaps(ones: Boxes, others: Boxes) -> Boxes:
    """Intersection over union of each of `ones` (n, 4) with each of `others` (m, 4).

    Examples
    --------
    >>> overlaps(np.array([[0, 0, 2, 2.0]]), np.array([[0, 0, 2, 1.0], [5, 5, 6, 6]])).tolist()
    [[0.5, 0.0]]
    """
    low = np.maximum(ones[:, None, :2], others[None, :, :2])
    high = np.minimum(ones[:, None, 2:], others[None, :, 2:])
    both = np.clip(high - low, 0, None).prod(axis=2)
    areas = [(boxes[:, 2:] - boxes[:, :2]).prod(axis=1) for boxes in (ones, others)]
    found: Boxes = both / np.maximum(areas[0][:, None] + areas[1][None] - both, 1e-9)
    return found


def describe(pixels: NDArray[np.uint8], boxes: Boxes) -> Floats:
    """What crops look like: (n, n_features), whatever their size.

    Parameters
    ----------
    pixels : ndarray of shape (h, w) or (h, w, 3), uint8
    boxes : ndarray of shape (n, 4)
        Cut at the borders of the picture; those of less than a pixel are widened to one.
    """
    height, width = pixels.shape[:2]
    image = Image.fromarray(pixels).convert("RGB")
    crops = np.empty((len(boxes), _SIDE, _SIDE, 3), np.float32)
    for i, box in enumerate(boxes):
        margin = _MARGIN * (box[2:] - box[:2])
        left, top = np.clip(box[:2] - margin, 0, (width - 1, height - 1))
        right, bottom = np.clip(box[2:] + margin, (left + 1, top + 1), (width, height))
        cut = image.resize((_SIDE, _SIDE), Image.Resampling.BILINEAR, (left, top, right, bottom))
        crops[i] = np.asarray(cut)
    crops /= 255
    sizes = np.log(np.maximum(boxes[:, 2:] - boxes[:, :2], 1) / max(height, width))
    found = [_edges(crops.mean(axis=3)), _tints(crops), sizes / 4]
    return np.concatenate(found, axis=1).astype(np.float64)


def _edges(grey: Floats) -> Floats:
    """Strengths of edges by cell and direction, each crop's of length 1 together."""
    n, cell = len(grey), _SIDE // _CELLS
    dy, dx = np.gradient(grey, axis=(1, 2))
    turn = (np.arctan2(dy, dx) / (2 * np.pi) * _DIRECTIONS) % _DIRECTIONS
    strength, low = np.hypot(dx, dy), np.floor(turn).astype(int) % _DIRECTIONS
    bins = np.zeros((n, _SIDE, _SIDE, _DIRECTIONS), np.float32)
    share = turn - np.floor(turn)
    np.put_along_axis(bins, low[..., None], (strength * (1 - share))[..., None], 3)
    np.put_along_axis(bins, (low[..., None] + 1) % _DIRECTIONS, (strength * share)[..., None], 3)
    cells = bins.reshape(n, _CELLS, cell, _CELLS, cell, _DIRECTIONS).sum(axis=(2, 4))
    flat = np.sqrt(cells.reshape(n, _CELLS * _CELLS * _DIRECTIONS))
    return np.asarray(flat / (np.linalg.norm(flat, axis=1, keepdims=True) + 0.5))


def _tints(crops: Floats) -> Floats:
    """Brightness by cell, and the colour and contrast of the whole."""
    n, cell = len(crops), _SIDE // _CELLS
    grey = crops.mean(axis=3)
    cells = grey.reshape(n, _CELLS, cell, _CELLS, cell).mean(axis=(2, 4)).reshape(n, _CELLS**2)
    colour = crops.mean(axis=(1, 2))
    means, contrast = grey.mean(axis=(1, 2))[:, None], grey.std(axis=(1, 2))[:, None]
    return np.concatenate([(cells - means) / 4, means / 2, contrast, (colour - means) / 2], axis=1)


def _components(pixels: NDArray[np.uint8]) -> tuple[Boxes, tuple[Boxes, ...]]:
    """Parts that stand out from the picture, at several levels, each once."""
    grey = pixels if pixels.ndim == 2 else pixels.mean(axis=2)
    smooth = smoothed(grey.astype(np.float32), 0.7)
    away = smooth - float(np.median(smooth))
    most = max(float(np.abs(away).max()), 1e-6)
    places: list[tuple[float, ...]] = []
    outlines: list[Boxes] = []
    for sign in (1, -1):
        for level in (0.5, 0.35, 0.25, 0.7):
            if most < 4:
                continue
            labelled, found = connected(sign * away > level * most)
            for at, (rows, columns) in enumerate(found, 1):
                height, width = rows.stop - rows.start, columns.stop - columns.start
                if height * width < 12 or height * width > 0.9 * grey.size:
                    continue
                box = (columns.start, rows.start, columns.stop, rows.stop)
                places.append(tuple(map(float, box)))
                inside = labelled[rows, columns] == at
                outlines.append(_hull(inside) + np.array([columns.start, rows.start]))
    boxes = np.array(places, float).reshape(-1, 4)
    between, kept = overlaps(boxes, boxes), list[int]()
    for i in range(len(boxes)):
        if len(kept) < _MOST_CANDIDATES and all(between[i, k] < 0.85 for k in kept):
            kept.append(i)
    return boxes[kept], tuple(outlines[i] for i in kept)


def _hull(inside: NDArray[np.bool_]) -> Boxes:
    """The convex hull of the pixels that are set, corners in order (monotone chain)."""
    corners: list[tuple[float, float]] = []
    for y in np.flatnonzero(inside.any(axis=1)):
        xs = np.flatnonzero(inside[y])
        corners += [(x, float(y + dy)) for x in (float(xs[0]), float(xs[-1] + 1)) for dy in (0, 1)]
    corners = sorted(set(corners))
    chain: list[tuple[float, float]] = []
    for order in (corners, corners[::-1]):
        half: list[tuple[float, float]] = []
        for point in order:
            while len(half) > 1 and _turn(half[-2], half[-1], point) <= 0:
                half.pop()
            half.append(point)
        chain += half[:-1]
    return np.array(chain, float)


def _turn(a: tuple[float, float], b: tuple[float, float], c: tuple[float, float]) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def _around(picture: Picture, point: Boxes) -> Boxes:
    """The crop that a point stands for: the smallest place around it, else an eighth."""
    low, high = picture.places[:, :2], picture.places[:, 2:]
    holding = np.flatnonzero(((low <= point) & (point <= high)).all(axis=1))
    if len(holding):
        areas = (high - low)[holding].prod(axis=1)
        return np.asarray(picture.places[holding[areas.argmin()]])
    half = min(picture.pixels.shape[:2]) / 16
    return np.concatenate([point - half, point + half])
