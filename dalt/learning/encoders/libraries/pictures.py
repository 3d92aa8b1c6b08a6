"""Pictures as other libraries take them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from dalt.core.records import BadInput

LONGEST = 8
"""Times that a side may be as long as the other.  Libraries scale the shorter side to some 256
pixels, which makes gigabytes of a strip of 1 × 60,000 pixels."""
STRIP = 2_048
"""Pixels of the longer side of such a strip."""


def picture(image: NDArray[np.uint8]) -> Any:
    """A picture in colour; a long strip is reduced and gets a border of its mean colour.

    Parameters
    ----------
    image : ndarray of shape (h, w) or (h, w, 1 or 3), uint8

    Returns
    -------
    PIL.Image.Image
        In the mode RGB.

    Raises
    ------
    BadInput
        If it is no image of that shape and dtype.

    Examples
    --------
    >>> picture(np.zeros((4, 6), np.uint8)).mode
    'RGB'
    >>> picture(np.zeros((4, 64), np.uint8)).size
    (64, 8)
    """
    array = np.asarray(image)
    fits = array.ndim == 2 or (array.ndim == 3 and array.shape[2] in (1, 3))
    if array.dtype != np.uint8 or not fits or 0 in array.shape:
        raise BadInput(
            "An image must be a uint8 array of shape (h, w) or (h, w, 3), not "
            f"{array.dtype} of shape {array.shape}."
        )
    flat = array[:, :, 0] if array.ndim == 3 and array.shape[2] == 1 else array
    found = Image.fromarray(flat).convert("RGB")
    if max(found.size) <= LONGEST * min(found.size):
        return found
    scale = min(1.0, STRIP / max(found.size))
    width, height = (max(1, round(side * scale)) for side in found.size)
    least = -(-max(width, height) // LONGEST)
    reduced = found.resize((width, height), Image.Resampling.BOX) if scale < 1 else found
    size = (max(width, least), max(height, least))
    mean = tuple(int(each) for each in np.asarray(reduced).mean((0, 1)).round())
    strip = Image.new("RGB", size, mean)
    strip.paste(reduced, ((size[0] - width) // 2, (size[1] - height) // 2))
    return strip
