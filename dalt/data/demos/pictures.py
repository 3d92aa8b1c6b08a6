"""Small pictures made large without steps between their pixels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image


def enlarged(images: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """Enlarge grey pictures smoothly.

    Parameters
    ----------
    images : ndarray of shape (n_images, height, width), uint8
    side : int
        Width and height afterwards.

    Returns
    -------
    ndarray of shape (n_images, side, side), uint8

    Examples
    --------
    >>> enlarged(np.zeros((2, 8, 8), np.uint8), 112).shape
    (2, 112, 112)
    """
    return np.stack([smooth(image, side) for image in images])


def smooth(image: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """Enlarge one picture; a margin keeps strokes at its edge from being cut."""
    padded = Image.fromarray(np.pad(image, max(1, len(image) // 16)))
    return np.asarray(padded.resize((side, side), Image.Resampling.BICUBIC))
