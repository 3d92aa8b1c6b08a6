"""Putting images of any size into square frames of one size: letterboxed, grey or colour."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from dalt.core.records import BadInput

Pixels = NDArray[np.uint8]
GRID = 8
LARGEST = 60  # a longer side is reduced to this: finer detail costs more than it tells
SMALLEST = 14  # a shorter side is enlarged: edges of 8-pixel digits need room
COLOURFUL = 12  # channels that differ by less are grey with noise from compression


@dataclass(frozen=True)
class Frame:
    """A common shape for images.

    Attributes
    ----------
    content : int
        Longest side of the image within the frame.
    channels : int
        1 for grey, 3 for colour.

    Examples
    --------
    >>> Frame(28, 1).side
    32
    >>> Frame(28, 1).put(np.zeros((56, 28), np.uint8)).shape
    (1, 32, 32)
    """

    content: int
    channels: int

    @property
    def side(self) -> int:
        """Side of the frame: a multiple of 8 that leaves a margin of a pixel or more."""
        return -(-(self.content + 2) // GRID) * GRID

    def put(self, image: Pixels) -> Pixels:
        """Put an image in the middle of a frame, aspect kept, filled up with its border.

        Parameters
        ----------
        image : ndarray of shape (h, w) or (h, w, 1 or 3), uint8

        Returns
        -------
        ndarray of shape (channels, side, side), uint8

        Raises
        ------
        BadInput
            If it is not an image of that shape and dtype.
        """
        checked = _checked(image)
        picture = Image.fromarray(checked).convert("L" if self.channels == 1 else "RGB")
        scale = self.content / max(picture.size)
        width, height = (max(1, round(length * scale)) for length in picture.size)
        if (width, height) != picture.size:
            picture = picture.resize((width, height), Image.Resampling.BILINEAR)
        pixels = np.asarray(picture).reshape(height, width, self.channels)
        top, left = (self.side - height) // 2, (self.side - width) // 2
        frame = np.empty((self.side, self.side, self.channels), np.uint8)
        frame[:] = _border_mean(pixels)
        frame[top : top + height, left : left + width] = pixels
        return frame.transpose(2, 0, 1)

    def put_all(self, images: Iterable[Pixels]) -> Pixels:
        """Frames of images: uint8 of shape (n, channels, side, side)."""
        frames = [self.put(image) for image in images]
        return np.stack(frames) if frames else self._none()

    def _none(self) -> Pixels:
        return np.empty((0, self.channels, self.side, self.side), np.uint8)


@dataclass(frozen=True)
class Look:
    """What determines the frame of an image: its longest side, and whether it has colour."""

    longest: int
    colourful: bool

    @classmethod
    def at(cls, image: Pixels) -> Look:
        """Look at an image.

        Raises
        ------
        BadInput
            If it is not an image as `Frame.put` takes it.
        """
        checked = _checked(image)
        return cls(max(checked.shape[:2]), _is_colourful(checked))


def frame_for(looks: Sequence[Look], largest: int = LARGEST) -> Frame:
    """Choose a frame for images.

    The longest side is the median's, between 14 and `largest` pixels; small images are
    enlarged by a whole factor.  The frame is in colour if one image in fifty is.

    Examples
    --------
    >>> frame_for([Look.at(np.zeros((8, 8), np.uint8))])
    Frame(content=16, channels=1)
    """
    longest = int(np.median([look.longest for look in looks]))
    if longest < SMALLEST:
        longest *= -(-SMALLEST // max(1, longest))
    colourful = np.mean([look.colourful for look in looks])
    return Frame(min(longest, largest), 3 if colourful >= 0.02 else 1)


def _checked(image: Pixels) -> Pixels:
    array = np.asarray(image)
    shape_fits = array.ndim == 2 or (array.ndim == 3 and array.shape[2] in (1, 3))
    if array.dtype != np.uint8 or not shape_fits or 0 in array.shape:
        raise BadInput(
            "An image must be a uint8 array of shape (h, w) or (h, w, 3), not "
            f"{array.dtype} of shape {array.shape}."
        )
    return array[:, :, 0] if array.ndim == 3 and array.shape[2] == 1 else array


def _is_colourful(image: Pixels) -> bool:
    if image.ndim == 2:
        return False
    spread = image.max(axis=2).astype(np.int16) - image.min(axis=2)
    return bool(np.mean(spread > COLOURFUL) > 0.01)


def _border_mean(pixels: Pixels) -> NDArray[np.uint8]:
    """Mean colour of the outermost pixels: padding then adds no edge to most pictures."""
    border = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    return np.asarray(border.mean(axis=0).round(), np.uint8)
