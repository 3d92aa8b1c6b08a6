"""Image files: strict checks, decoding to arrays, and preparing for a page."""

from __future__ import annotations

import io
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from dalt.core.errors import shown
from dalt.core.records import BadInput, Display
from dalt.core.settings.data import MAX_PIXELS
from dalt.data.readers.folders import Meant
from dalt.data.readers.image_files.opening import opened, within
from dalt.data.readers.image_files.picture import Picture, Pixels, reduced
from dalt.data.readers.paths import Refused

MEANT = Meant(
    "images",
    "a folder, a list of paths or a uint8 array",
    hint="; arrays are given as one uint8 array of shape (n, h, w[, 3])",
)

PASSED_BYTES = 1_000_000
PASSED_SIDE = 2_000
SHOWN_SIDE = 1_600
FULL_SIDE = 8_000
FULL_BYTES = 20_000_000
SMALL_SIDE = 256
PNG_PIXELS = 256 * 256
PNG = b"\x89PNG"
MOST_PAGES = 10_000
FIRST = 1
"""Pages and frames are counted from 1."""


def check(path: Path, max_pixels: int = MAX_PIXELS) -> None:
    """Make sure that the first picture of a file can be loaded, by decoding it to its end.

    Parameters
    ----------
    path : Path
    max_pixels : int
        Larger pictures are refused by their header, before any pixel is decoded; JPEGs of up to
        four times as many are taken, because they are decoded at half the size.

    Raises
    ------
    Refused
        With the reason.
    """
    with opened(path) as file:
        _check(file.page(FIRST), max_pixels)


def check_pages(path: Path, max_pixels: int = MAX_PIXELS) -> dict[int, Refused | None]:
    """Check each page of a TIFF, PDF or DICOM file, or each frame of an animation.

    Returns
    -------
    dict of int to Refused or None
        For each page why it cannot be used; None if it can.

    Raises
    ------
    Refused
        If the file as a whole cannot be read.
    """
    found: dict[int, Refused | None] = {}
    with opened(path) as file:
        for number in file.pages:
            try:
                _check(file.page(number), max_pixels)
            except Refused as why:
                found[number] = why
            except Exception:  # hostile bytes raise many things
                found[number] = Refused("damaged or cut short")
            else:
                found[number] = None
    return found


def pages(path: Path) -> tuple[int, ...]:
    """The numbers of the pages or frames of a file, from 1.

    Raises
    ------
    Refused
        If it cannot be read, or has more than 10,000.
    """
    with opened(path) as file:
        if len(file.pages) > MOST_PAGES:
            raise Refused(f"{len(file.pages):,} pages (the limit is {MOST_PAGES:,}); split it")
        return tuple(file.pages)


def read(
    path: Path | bytes,
    max_pixels: int = MAX_PIXELS,
    longest: int | None = None,
    page: int = FIRST,
) -> Pixels:
    """Decode a picture: upright, transparency on white.

    Values of more than 8 bits (16-bit grey and colour, 32-bit, float) are stretched from the
    darkest to the brightest, because their real range is not in the file (12-bit scans would all
    be black); `dalt.data.readers.image_files.picture.stretched` tells what does not count.

    Parameters
    ----------
    path : Path or bytes
        The file, or its content.
    max_pixels : int
    longest : int, optional
        Larger pictures are reduced to this side; a JPEG is then decoded much faster.
    page : int
        The page or frame, from 1.

    Returns
    -------
    ndarray of shape (height, width) or (height, width, 3), uint8
        Grey pictures have two dimensions.

    Raises
    ------
    Refused
        With the reason.
    """
    with opened(path) as file:
        picture = file.page(page)
        return np.array(picture.decoded(within(picture, max_pixels, longest)))


def size(path: Path, max_pixels: int = MAX_PIXELS, page: int = FIRST) -> tuple[int, int]:
    """Width and height of a picture before it is reduced, from its header alone.

    Raises
    ------
    Refused
        With the reason.
    """
    with _allowed(path, max_pixels, page) as picture:
        return picture.size


def orientation(path: Path, max_pixels: int = MAX_PIXELS, page: int = FIRST) -> int:
    """How a picture as it is stored has to be turned to be upright: 1 to 8, as in Exif.

    Raises
    ------
    Refused
        With the reason.
    """
    with _allowed(path, max_pixels, page) as picture:
        return picture.orientation


@contextmanager
def _allowed(path: Path, max_pixels: int, page: int) -> Iterator[Picture]:
    """Open a picture that is not too large."""
    with opened(path) as file:
        picture = file.page(page)
        within(picture, max_pixels, None)
        yield picture


def shrunk(pixels: Pixels, longest: int | None) -> Pixels:
    """Reduce an image so that no side is longer than `longest`; None keeps it.

    Examples
    --------
    >>> shrunk(np.zeros((40, 80, 3), dtype=np.uint8), 20).shape
    (10, 20, 3)
    """
    if longest is None or max(pixels.shape[:2]) <= longest:
        return pixels
    return np.array(reduced(Image.fromarray(pixels), longest))


def display_file(
    path: Path,
    max_pixels: int = MAX_PIXELS,
    full: bool = False,
    page: int = FIRST,
    side: int = SHOWN_SIDE,
) -> Display:
    """Make the image that a page shows.

    Small files that every browser shows just as `read` decodes them are passed unchanged; all
    others are encoded anew, with at most `side` pixels a side, so person and model see the same.
    `full` reduces to 8000 pixels a side, for zooming in.

    Raises
    ------
    Refused
        With the reason.
    """
    with opened(path) as file:
        picture = file.page(page)
        longest = within(picture, max_pixels, FULL_SIDE if full else side)
        if _can_be_passed(picture, path, full):
            width, height = picture.size
            data = path.read_bytes()
            return Display(kind="image", mime=picture.mime, data=data, width=width, height=height)
        shown = picture.decoded(longest)
        return _encoded(shown, reduced=not full and max(picture.stored) > side)


def display_pixels(pixels: Pixels, full: bool = False, side: int = SHOWN_SIDE) -> Display:
    """Encode an array for a page: PNG when small, else JPEG of at most `side` px a side.

    Parameters
    ----------
    pixels : ndarray of shape (height, width) or (height, width, 3), uint8
    full : bool
        Whether up to 8000 px a side are kept.
    side : int

    Examples
    --------
    >>> shown = display_pixels(np.zeros((28, 28), dtype=np.uint8))
    >>> shown.mime, shown.width, shown.height
    ('image/png', 28, 28)
    """
    shown = reduced(Image.fromarray(pixels), FULL_SIDE if full else side)
    return _encoded(shown, reduced=not full and max(pixels.shape[:2]) > side)


def as_png(pixels: Pixels) -> bytes:
    """The file of an array, with every pixel unchanged."""
    return _bytes(Image.fromarray(pixels), "PNG")


def thumbnail_file(
    path: Path, side: int, max_pixels: int = MAX_PIXELS, page: int = FIRST
) -> Display:
    """Make a version of a picture for a page: no side is longer than `side`.

    A smaller picture is as `display_file` makes it, and so is one that fills a large screen.

    Raises
    ------
    Refused
        With the reason.
    """
    if side < SHOWN_SIDE:
        with opened(path) as file:
            picture = file.page(page)
            if max(picture.stored) > side:
                return _small(picture.decoded(within(picture, max_pixels, side)))
    return display_file(path, max_pixels, page=page, side=max(side, SHOWN_SIDE))


def thumbnail_pixels(pixels: Pixels, side: int) -> Display:
    """Make the same of an array.

    Parameters
    ----------
    pixels : ndarray of shape (height, width) or (height, width, 3), uint8
    side : int

    Examples
    --------
    >>> small = thumbnail_pixels(np.zeros((400, 200), dtype=np.uint8), 100)
    >>> small.width, small.height, small.reduced
    (50, 100, True)
    """
    if side >= SHOWN_SIDE or max(pixels.shape[:2]) <= side:
        return display_pixels(pixels, side=max(side, SHOWN_SIDE))
    return _small(reduced(Image.fromarray(pixels), side))


def checked_array(images: NDArray[Any], max_pixels: int) -> Pixels:
    """Return images of shape (n, h, w) or (n, h, w, 3), or say what is wrong.

    Raises
    ------
    BadInput
        If the dtype is not uint8 or the shape is another.
    """
    wanted = "images are a uint8 array of shape (n, h, w), (n, h, w, 1) or (n, h, w, 3)"
    shape = images.shape
    if images.dtype != np.uint8:
        raise BadInput(f"This array is {images.dtype}; {wanted}.")
    if images.ndim == 4 and shape[3] == 1:
        images = images[..., 0]
    elif images.ndim != 3 and not (images.ndim == 4 and shape[3] == 3):
        raise BadInput(f"This array has shape {shape}; {wanted}.")
    elif images.ndim == 3 and shape[2] == 3 and min(shape[:2]) >= 8:
        raise BadInput(f"This array of shape {shape} is one colour image; add image[None].")
    if images.size == 0:
        raise BadInput(f"This array of shape {shape} is empty; {wanted}.")
    if shape[1] * shape[2] > max_pixels:
        raise BadInput(f"Images of {shape[2]} × {shape[1]} pixels are over {max_pixels:,} pixels.")
    return images


def stacked(given: Any) -> Any:
    """Return a list of arrays, one for each image, as one array; all else as it is.

    Raises
    ------
    BadInput
        If the list holds something else as well, or arrays of several shapes or dtypes.
    """
    listed = isinstance(given, list | tuple) or (
        isinstance(given, np.ndarray) and given.ndim == 1 and given.dtype == object
    )
    if not listed or not any(isinstance(each, np.ndarray) for each in given):
        return given
    first = given[0]
    for at, each in enumerate(given):
        if not isinstance(each, np.ndarray):
            raise BadInput(
                f"Entry {at} of this list is {shown(each)}, and others are arrays: add arrays and "
                "paths one after the other."
            )
        if (each.shape, each.dtype) != (first.shape, first.dtype):
            raise BadInput(
                f"The arrays of this list differ: entry 0 is {first.dtype} of shape {first.shape}, "
                f"entry {at} {each.dtype} of shape {each.shape}. Add those of each shape by "
                "themselves, or save the images as files."
            )
    return np.stack(given)


@contextmanager
def without_warnings() -> Iterator[None]:
    """Hide Pillow's warnings about odd files; rejections report them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _check(picture: Picture, max_pixels: int) -> None:
    # An eighth of the size still reads every byte of a JPEG, in a third of the time; a small
    # picture is decoded before it could be reduced.
    longest = max(picture.stored)
    eighth = longest // 8 if longest > SMALL_SIDE else None
    picture.decoded(within(picture, max_pixels, eighth))


def _encoded(picture: Image.Image, *, reduced: bool = False) -> Display:
    if picture.width * picture.height <= PNG_PIXELS:
        return _shown(picture, _bytes(picture, "PNG"), reduced)
    return _shown(picture, _bytes(picture, "JPEG", quality=90), reduced)


def _small(picture: Image.Image) -> Display:
    """A reduced picture in few bytes: drawings as PNG, photographs as JPEG."""
    data = _bytes(picture, "JPEG", quality=85)
    if picture.getcolors(256) is not None:
        data = min(data, _bytes(picture, "PNG", optimize=True), key=len)
    return _shown(picture, data, reduced=True)


def _bytes(picture: Image.Image, format: str, **options: Any) -> bytes:
    picture.info.clear()  # otherwise a CMYK file's colour profile would go into an RGB one
    file = io.BytesIO()
    picture.save(file, format, **options)
    return file.getvalue()


def _shown(picture: Image.Image, data: bytes, reduced: bool) -> Display:
    return Display(
        kind="image",
        mime="image/png" if data.startswith(PNG) else "image/jpeg",
        data=data,
        width=picture.width,
        height=picture.height,
        reduced=reduced,
    )


def _can_be_passed(picture: Picture, path: Path, full: bool) -> bool:
    return (
        bool(picture.mime)
        and max(picture.stored) <= (FULL_SIDE if full else PASSED_SIDE)
        and os.stat(path).st_size <= (FULL_BYTES if full else PASSED_BYTES)
    )
