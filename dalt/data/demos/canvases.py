"""Pictures with several small pictures in them, to draw boxes in."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dalt.data.demos.pictures import smooth

WIDTH, HEIGHT = 720, 480
COLUMNS, ROWS = 3, 2
SIDES = (150, 236)
"""The least and the most pixels a side of what is put on a canvas."""


def canvases(images: NDArray[np.uint8], n: int, seed: int = 0) -> NDArray[np.uint8]:
    """Put pictures on canvases, four to six on each, at different places and sizes.

    Parameters
    ----------
    images : ndarray of shape (n_images, height, width), uint8
        Bright on black.
    n : int
    seed : int

    Returns
    -------
    ndarray of shape (n, 480, 720), uint8
    """
    random = np.random.default_rng(seed)
    return np.stack([_canvas(images, random) for _ in range(n)])


def _canvas(images: NDArray[np.uint8], random: np.random.Generator) -> NDArray[np.uint8]:
    canvas = _ground(random)
    cells = random.permutation(COLUMNS * ROWS)[: random.integers(4, 7)]
    width, height = WIDTH // COLUMNS, HEIGHT // ROWS
    for cell in cells:
        side = int(random.integers(*SIDES))
        shown = smooth(images[random.integers(len(images))], side)
        left = cell % COLUMNS * width + random.integers(0, width - side + 1)
        top = cell // COLUMNS * height + random.integers(0, height - side + 1)
        part = canvas[top : top + side, left : left + side]
        np.maximum(part, shown, out=part)
    return canvas


def _ground(random: np.random.Generator) -> NDArray[np.uint8]:
    """A dark ground that is brighter towards one corner."""
    across, down = random.uniform(-1, 1, 2)
    slope = across * np.linspace(-1, 1, WIDTH) + down * np.linspace(-1, 1, HEIGHT)[:, None]
    return np.clip(26 + 14 * slope, 0, 255).astype(np.uint8)
