"""What all kinds of image files share: the protocols, sizes, and pixels of any range."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO, Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from dalt.data.readers.paths import Refused, reason_of
from dalt.data.readers.signatures import Signature

Pixels = NDArray[np.uint8]
Source = Path | bytes
"""A file, or its content."""

NARROW = 0.1
"""If 98 % of the values take less of the range than this, the range is theirs."""

COUNTED = 1_000_000
"""Roughly how many values tell that."""


class Picture(Protocol):
    """One picture of a file."""

    @property
    def stored(self) -> tuple[int, int]:
        """Width and height as stored, known without decoding."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height, upright."""

    @property
    def orientation(self) -> int:
        """How what is stored has to be turned to be upright: 1 to 8, as in Exif."""

    @property
    def mime(self) -> str:
        """Its type, if browsers show the file just as `decoded` does; else empty."""

    @property
    def reducible(self) -> int:
        """By how much a side can be reduced while it is decoded, which spares memory."""

    def decoded(self, longest: int | None) -> Image.Image:
        """Decode to "L" or "RGB": upright, on white, no side longer than `longest`."""


class PictureFile(Protocol):
    """An open image file."""

    @property
    def pages(self) -> Sequence[int]:
        """The numbers of its pages or frames, from 1; thumbnails and masks have none."""

    def page(self, number: int) -> Picture:
        """One of its pages."""


class TooLarge(Refused):
    """A picture has more pixels than may be decoded.

    Parameters
    ----------
    size : (int, int)
    max_pixels : int
    """

    def __init__(self, size: tuple[int, int], max_pixels: int) -> None:
        width, height = size
        super().__init__(
            f"too large: {width:,} × {height:,} pixels (the limit is {max_pixels:,} in all)"
        )


def needs(signature: Signature, library: str, extra: str) -> Refused:
    """Say which extra reads a file."""
    return Refused(
        f'{signature.what}, which needs {library}: `pip install "dalt[{extra}]"`, or '
        f"{signature.way_out}"
    )


def undecodable(signature: Signature) -> Refused:
    """Say that a file of a special kind is damaged, or of a form that its library does not know."""
    return Refused(f"{signature.what} that cannot be decoded; {signature.way_out}")


def not_decoded(signature: Signature, error: Exception) -> Refused:
    """Why a library could not decode a file: the system's reason where the disk is at fault."""
    if isinstance(error, OSError) and error.errno:
        return Refused(reason_of(error))
    return undecodable(signature)


def bytes_of(source: Source) -> BinaryIO:
    """Open a file or its content."""
    return source.open("rb") if isinstance(source, Path) else io.BytesIO(source)


def reduced(picture: Image.Image, longest: int | None) -> Image.Image:
    """Reduce a picture so that no side is longer than `longest`; None keeps it."""
    if longest is None or max(picture.size) <= longest:
        return picture
    scale = longest / max(picture.size)
    size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    return picture.resize(size, Image.Resampling.BICUBIC, reducing_gap=2.0)


def stretched(values: NDArray[Any], nodata: float | None = None) -> Pixels:
    """Bring values of any range to 0 … 255.

    The darkest becomes 0 and the brightest 255, all channels alike.  NaN, infinities and the
    value that stands for no data do not count and become 0.  If 98 % of the values take less than
    a tenth of that range (a hot pixel, a fill value), they take all of it, and the rest is cut
    off: a picture is never black in silence.

    Parameters
    ----------
    values : ndarray
    nodata : float, optional

    Examples
    --------
    >>> stretched(np.array([[0.0, 0.5], [1.0, np.nan]])).tolist()
    [[0, 128], [255, 0]]
    """
    low, high = _range(values, nodata)
    found = np.zeros(values.shape, dtype=np.uint8)
    if not high > low:
        return found
    for rows in _blocks(values):
        numbers = values[rows].astype(np.float64)
        numbers[~_counts(numbers, nodata)] = low
        # Halved before the difference: the range of float64 itself would overflow.
        shares = (numbers / 2 - low / 2) / (high / 2 - low / 2)
        found[rows] = np.rint(np.clip(shares, 0, 1) * 255.0)
    return found


def _range(values: NDArray[Any], nodata: float | None) -> tuple[float, float]:
    """What becomes 0 and what becomes 255; no range if no value counts."""
    ends: list[float] = []
    for rows in _blocks(values):
        counted = values[rows][_counts(values[rows], nodata)]
        if counted.size:
            ends += [float(counted.min()), float(counted.max())]
    if not ends:
        return 0.0, 0.0
    low, high = min(ends), max(ends)
    some = values.reshape(-1)[:: max(1, values.size // COUNTED)]
    counted = some[_counts(some, nodata)].astype(np.float64)
    inner = np.percentile(counted, (1, 99)) if counted.size else (low, high)
    if 0 < inner[1] - inner[0] < NARROW * (high - low):
        return float(inner[0]), float(inner[1])
    return low, high


def _counts(values: NDArray[Any], nodata: float | None) -> NDArray[np.bool_]:
    good = np.isfinite(values)
    return good if nodata is None else good & (values != nodata)


def _blocks(values: NDArray[Any]) -> Iterator[slice]:
    """Rows for about a million values: large pictures are not held as float64."""
    n_rows = max(1, COUNTED // max(1, values[0].size)) if len(values) else 1
    for first in range(0, len(values), n_rows):
        yield slice(first, first + n_rows)


def on_white(colour: Image.Image) -> Image.Image:
    """Lay a picture with transparency on white."""
    white = Image.new("RGBA", colour.size, "white")
    white.alpha_composite(colour.convert("RGBA"))
    return white
