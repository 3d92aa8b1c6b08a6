"""TIFF: what scanners, microscopes and satellites write, page by page."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile, TiffImagePlugin

from dalt.data.readers.image_files.common import UPRIGHT, PillowPicture
from dalt.data.readers.image_files.picture import (
    Picture,
    Source,
    bytes_of,
    on_white,
    reduced,
    stretched,
)
from dalt.data.readers.image_files.tiff_values import UnreadTiff, bands_of
from dalt.data.readers.paths import Refused
from dalt.data.readers.signatures import AS_PICTURE

BITS, PHOTOMETRIC, ORIENTATION, CR2_MARK, NODATA, DNG_VERSION = (
    258, 262, 274, 50752, 42113, 50706,
)  # fmt: skip
"""Tags."""
WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, CMYK = 0, 1, 2, 5
ALPHA = (1, 2)
"""Kinds of an extra band that say how transparent a pixel is."""
UNKNOWN = (SyntaxError, TypeError, ValueError, KeyError)
"""What Pillow raises for forms that it does not know."""
PILLOW_BANDS = 4
"""Pillow takes the fourth of more bands for transparency."""

# tifffile logs what is odd about a file; rejections report it.
logging.getLogger("tifffile").addHandler(logging.NullHandler())


class ScientificPicture:
    """A page of many bands, or of colours of more than 8 bits.

    One or two bands are grey, of three or more the first three are red, green and blue.

    Parameters
    ----------
    page : tifffile.TiffPage
    other : Picture, optional
        Decodes what is packed or compressed in a way that is not read here.
    """

    mime = ""
    reducible = 1

    def __init__(self, page: Any, other: Picture | None = None) -> None:
        self._page = page
        self._other = other
        tag = page.tags.get(ORIENTATION)
        self.orientation = 1 if tag is None else int(tag.value)

    @property
    def stored(self) -> tuple[int, int]:
        """Width and height as stored."""
        return int(self._page.imagewidth), int(self._page.imagelength)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height, upright."""
        width, height = self.stored
        return (height, width) if self.orientation >= 5 else (width, height)

    def decoded(self, longest: int | None) -> Image.Image:
        """Decode to "L" or "RGB"."""
        try:
            picture = self._picture()
        except UnreadTiff:
            if self._other is not None:
                return self._other.decoded(longest)
            raise Refused(f"a TIFF of a form that is not read; {AS_PICTURE}") from None
        turn = UPRIGHT.get(self.orientation)
        upright = picture if turn is None else picture.transpose(turn)
        return reduced(upright, longest)

    def _picture(self) -> Image.Image:
        page, kind = self._page, int(self._page.photometric)
        n_bands = int(page.samplesperpixel)
        if kind not in (WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, CMYK):
            raise UnreadTiff
        if kind == CMYK:
            eight = _eight_bits(bands_of(page, (0, 1, 2, 3)))
            return Image.fromarray(eight, "CMYK").convert("RGB")
        bands = (0,) if n_bands < 3 else (0, 1, 2)
        alpha = len(bands) if _has_alpha(page, len(bands)) else None
        values = bands_of(page, bands if alpha is None else (*bands, alpha))
        return _drawn(values, len(bands), kind == WHITE_IS_ZERO, _nodata(page))


def _drawn(values: NDArray[Any], n_bands: int, inverted: bool, nodata: float | None) -> Image.Image:
    seen = values[..., :n_bands]
    if values.shape[2] > n_bands and seen.dtype != np.uint8:
        seen = seen.astype(np.float64)
        seen[values[..., n_bands] == 0] = np.nan  # what cannot be seen has no range
    pixels = seen if seen.dtype == np.uint8 else stretched(seen, nodata)
    pixels = 255 - pixels if inverted else pixels
    if values.shape[2] == n_bands:
        return Image.fromarray(np.ascontiguousarray(pixels[..., 0] if n_bands == 1 else pixels))
    alpha = _eight_bits(values[..., n_bands:])
    mode = "L" if n_bands == 1 else "RGB"
    return on_white(Image.fromarray(np.dstack([pixels, alpha]))).convert(mode)


def _eight_bits(values: NDArray[Any]) -> NDArray[np.uint8]:
    """The upper eight bits of whole numbers; floats are shares."""
    if values.dtype.kind == "f":
        return np.asarray(np.clip(np.nan_to_num(values), 0, 1) * 255, dtype=np.uint8)
    return np.asarray(values >> (8 * values.dtype.itemsize - 8), dtype=np.uint8)


class TiffFile:
    """An open TIFF; see `dalt.data.readers.image_files.picture.PictureFile`.

    Parameters
    ----------
    tiff : tifffile.TiffFile
        It reads the tags, also of files that Pillow does not know.
    pillow : PIL.ImageFile.ImageFile or None
        It decodes pages of at most 8 bits, and grey ones.
    """

    def __init__(self, tiff: Any, pillow: ImageFile.ImageFile | None) -> None:
        self._tiff = tiff
        self._pillow = pillow

    @property
    def pages(self) -> Sequence[int]:
        """Numbers of its pages; reduced copies of a page and masks are none."""
        if len(self._tiff.pages) == 1:
            return (1,)
        of_people = [
            number
            for number, page in enumerate(self._tiff.pages, 1)
            if not (page.is_reduced or page.is_mask)
        ]
        return of_people or (1,)

    @property
    def is_raw(self) -> bool:
        """Whether a camera has written it."""
        tags = self._tiff.pages[0].tags
        return DNG_VERSION in tags or CR2_MARK in tags

    def page(self, number: int) -> Picture:
        """One of its pages."""
        page = self._tiff.pages[number - 1]
        other = self._of_pillow(page, number)
        if other is not None and _is_simple(page):
            return other
        return ScientificPicture(page, other)

    def _of_pillow(self, page: Any, number: int) -> Picture | None:
        if self._pillow is None or page.samplesperpixel > PILLOW_BANDS:
            return None
        try:
            self._pillow.seek(number - 1)
        except UNKNOWN:
            return None
        return PillowPicture(self._pillow, nodata=_nodata(page))


@contextmanager
def opened(source: Source) -> Iterator[TiffFile]:
    """Open a TIFF."""
    import tifffile

    with ExitStack() as stack:
        tiff = stack.enter_context(tifffile.TiffFile(stack.enter_context(bytes_of(source))))
        if not len(tiff.pages):
            raise Refused("damaged or cut short")
        pillow: ImageFile.ImageFile | None = None
        with suppress(*UNKNOWN):
            file = stack.enter_context(bytes_of(source))
            pillow = stack.enter_context(TiffImagePlugin.TiffImageFile(file))
        yield TiffFile(tiff, pillow)


def _is_simple(page: Any) -> bool:
    """Whether Pillow decodes a page without losing a bit."""
    bits = page.tags[BITS].value if BITS in page.tags else 1
    return bool(max(bits if isinstance(bits, tuple) else (bits,)) <= 8)


def _has_alpha(page: Any, n_bands: int) -> bool:
    extra = page.extrasamples
    return page.samplesperpixel > n_bands and len(extra) > 0 and int(extra[0]) in ALPHA


def _nodata(page: Any) -> float | None:
    """The value that stands for no data, as GDAL writes it."""
    tag = page.tags.get(NODATA)
    try:
        return None if tag is None else float(str(tag.value).strip("\0 "))
    except ValueError:
        return None
