"""Image files: strict checks, decoding to arrays, and preparing for a page."""

from __future__ import annotations

import io
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile, UnidentifiedImageError

from dalt.core.records import BadInput, Display
from dalt.data.readers.folders import Meant
from dalt.data.readers.paths import Refused, reason_of, require_file

Pixels = NDArray[np.uint8]

# Formats that people label and whose decoders stay inside Pillow: an EPS file, for example,
# would start Ghostscript.
FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF", "PPM", "AVIF", "JPEG2000")
SIGNATURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF", b"BM", b"II*\0", b"MM\0*")
MAX_PIXELS = 64_000_000

MEANT = Meant(
    "images",
    "a folder, a list of paths or a uint8 array",
    hint="; arrays are given as one uint8 array of shape (n, h, w[, 3])",
)

BROWSER_READY = {
    "PNG": "image/png",
    "JPEG": "image/jpeg",
    "GIF": "image/gif",
    "WEBP": "image/webp",
}
PASSED_BYTES = 1_000_000
PASSED_SIDE = 2_000
SHOWN_SIDE = 1_600
FULL_SIDE = 8_000
FULL_BYTES = 20_000_000
PNG_PIXELS = 256 * 256

ORIENTATION = 0x0112
UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def check(path: Path, max_pixels: int = MAX_PIXELS) -> None:
    """Make sure that an image file can be loaded, by decoding it to its end.

    Parameters
    ----------
    path : Path
    max_pixels : int
        Larger pictures are refused by their header, before any pixel is decoded.

    Raises
    ------
    Refused
        With the reason.
    """
    with _opened(path, max_pixels) as picture:
        # An eighth of the size still reads every byte of a JPEG, in a third of the time.
        _plain(picture, longest=max(1, max(picture.size) // 8))


def read(path: Path | bytes, max_pixels: int = MAX_PIXELS, longest: int | None = None) -> Pixels:
    """Decode an image file: upright, transparency on white, the first frame.

    Pictures with more than 8 bits per pixel in one channel (16-bit grey, 32-bit,
    float) are stretched from their darkest to their brightest pixel, because their
    real range is not in the file (12-bit scans would all be black).

    Parameters
    ----------
    path : Path or bytes
        The file, or its content.
    max_pixels : int
    longest : int, optional
        Larger pictures are reduced to this side; a JPEG is then decoded much faster.

    Returns
    -------
    ndarray of shape (height, width) or (height, width, 3), uint8
        Grey pictures have two dimensions.

    Raises
    ------
    Refused
        With the reason.
    """
    with _opened(path, max_pixels) as picture:
        return np.array(_plain(picture, longest))


def size(path: Path, max_pixels: int = MAX_PIXELS) -> tuple[int, int]:
    """Width and height of an image file as `read` decodes it, from its header alone.

    Raises
    ------
    Refused
        With the reason.
    """
    with _opened(path, max_pixels) as picture:
        width, height = picture.size
        return (height, width) if _orientation(picture) >= 5 else (width, height)


def orientation(path: Path, max_pixels: int = MAX_PIXELS) -> int:
    """How an image file has to be turned to be upright: 1 to 8, as in Exif.

    Raises
    ------
    Refused
        With the reason.
    """
    with _opened(path, max_pixels) as picture:
        return _orientation(picture)


def shrunk(pixels: Pixels, longest: int | None) -> Pixels:
    """Reduce an image so that no side is longer than `longest`; None keeps it.

    Examples
    --------
    >>> shrunk(np.zeros((40, 80, 3), dtype=np.uint8), 20).shape
    (10, 20, 3)
    """
    if longest is None or max(pixels.shape[:2]) <= longest:
        return pixels
    return np.array(_reduced(Image.fromarray(pixels), longest))


def display_file(path: Path, max_pixels: int = MAX_PIXELS, full: bool = False) -> Display:
    """Make the image that a page shows.

    Small files that every browser shows just as `read` decodes them are passed unchanged; all
    others are encoded anew, so person and model see the same: the first frame, on white.
    `full` reduces to 8000 pixels a side, for zooming in.

    Raises
    ------
    Refused
        With the reason.
    """
    with _opened(path, max_pixels) as picture:
        if _can_be_passed(picture, path, full):
            data = path.read_bytes()
            width, height = picture.size
            if _orientation(picture) >= 5:  # browsers turn it, too
                width, height = height, width
            mime = BROWSER_READY[str(picture.format)]
            return Display(kind="image", mime=mime, data=data, width=width, height=height)
        size = picture.size
        shown = _plain(picture, longest=FULL_SIDE if full else SHOWN_SIDE)
        return _encoded(shown, reduced=not full and max(size) > SHOWN_SIDE)


def display_pixels(pixels: Pixels, full: bool = False) -> Display:
    """Encode an array for a page: PNG when small, else JPEG of at most 1600 px a side.

    Parameters
    ----------
    pixels : ndarray of shape (height, width) or (height, width, 3), uint8
    full : bool
        Whether up to 8000 px a side are kept.

    Examples
    --------
    >>> shown = display_pixels(np.zeros((28, 28), dtype=np.uint8))
    >>> shown.mime, shown.width, shown.height
    ('image/png', 28, 28)
    """
    shown = _reduced(Image.fromarray(pixels), FULL_SIDE if full else SHOWN_SIDE)
    return _encoded(shown, reduced=not full and max(pixels.shape[:2]) > SHOWN_SIDE)


def as_png(pixels: Pixels) -> bytes:
    """The file of an array, with every pixel unchanged."""
    return _bytes(Image.fromarray(pixels), "PNG")


def thumbnail_file(path: Path, side: int, max_pixels: int = MAX_PIXELS) -> Display:
    """Make a small version of an image file for a page: no side is longer than `side`.

    A smaller picture is as `display_file` makes it.

    Raises
    ------
    Refused
        With the reason.
    """
    with _opened(path, max_pixels) as picture:
        if max(picture.size) > side:
            return _small(_plain(picture, longest=side))
    return display_file(path, max_pixels)


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
    if max(pixels.shape[:2]) <= side:
        return display_pixels(pixels)
    return _small(_reduced(Image.fromarray(pixels), side))


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


@contextmanager
def without_warnings() -> Iterator[None]:
    """Hide Pillow's warnings about odd files; rejections report them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@contextmanager
def _opened(path: Path | bytes, max_pixels: int) -> Iterator[ImageFile.ImageFile]:
    """Open an image file; any error inside the block becomes `Refused`."""
    if isinstance(path, Path):
        require_file(path)
    elif not path:
        raise Refused("empty (0 bytes)")
    try:
        with _bytes_of(path) as file, Image.open(file, formats=FORMATS) as picture:
            if picture.width * picture.height > max_pixels:
                size = f"{picture.width:,} × {picture.height:,} pixels"
                raise Refused(f"too large: {size} (the limit is {max_pixels:,} in all)")
            yield picture
    except Refused:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise Refused(f"too large (the limit is {max_pixels:,} pixels)") from None
    except UnidentifiedImageError:
        raise Refused(_unidentified(path)) from None
    except OSError as error:
        # Pillow's own complaints about content are OSErrors without a number.
        raise Refused(reason_of(error) if error.errno else "damaged or cut short") from None
    except Exception:
        # Decoders meet hostile bytes with every kind of exception (struct.error,
        # SyntaxError, ValueError, ZeroDivisionError …): all mean the same here.
        raise Refused("damaged or cut short") from None


def _bytes_of(path: Path | bytes) -> BinaryIO:
    return path.open("rb") if isinstance(path, Path) else io.BytesIO(path)


def _unidentified(path: Path | bytes) -> str:
    with _bytes_of(path) as file:
        return "damaged or cut short" if file.read(8).startswith(SIGNATURES) else "not an image"


def _orientation(picture: Image.Image) -> int:
    try:
        return int(picture.getexif().get(ORIENTATION, 1))
    except Exception:  # broken metadata is no reason to lose a good picture
        return 1


def _plain(picture: ImageFile.ImageFile, longest: int | None = None) -> Image.Image:
    """Decode to "L" or "RGB", upright and on white, no side longer than `longest`."""
    if longest is not None:
        scale = min(1.0, longest / max(picture.size))
        size = (max(1, int(picture.width * scale)), max(1, int(picture.height * scale)))
        picture.draft("RGB", size)  # a JPEG is decoded at the nearest size above
    picture.load()  # before the orientation: TIFF turns itself upright while loading
    turn = UPRIGHT.get(_orientation(picture))
    plain: Image.Image = picture if turn is None else picture.transpose(turn)
    grey = plain.mode in ("1", "L", "LA", "La")
    if plain.mode.startswith(("I", "F")):
        plain, grey = Image.fromarray(_stretched(np.asarray(plain))), True
    elif plain.has_transparency_data:
        white = Image.new("RGBA", plain.size, "white")
        white.alpha_composite(plain.convert("RGBA"))
        plain = white
    mode = "L" if grey else "RGB"
    return _reduced(plain if plain.mode == mode else plain.convert(mode), longest)


def _reduced(picture: Image.Image, longest: int | None) -> Image.Image:
    if longest is None or max(picture.size) <= longest:
        return picture
    scale = longest / max(picture.size)
    size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    return picture.resize(size, Image.Resampling.BICUBIC, reducing_gap=2.0)


def _encoded(picture: Image.Image, reduced: bool = False) -> Display:
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
        mime="image/png" if data.startswith(SIGNATURES[0]) else "image/jpeg",
        data=data,
        width=picture.width,
        height=picture.height,
        reduced=reduced,
    )


def _stretched(values: NDArray[np.generic]) -> Pixels:
    numbers = np.nan_to_num(values.astype(np.float64), nan=0.0)
    low, high = float(numbers.min()), float(numbers.max())
    if not high > low:
        return np.zeros(numbers.shape, dtype=np.uint8)
    return np.asarray(np.rint((numbers - low) * (255.0 / (high - low))), dtype=np.uint8)


def _can_be_passed(picture: ImageFile.ImageFile, path: Path, full: bool) -> bool:
    return (
        picture.format in BROWSER_READY
        and picture.mode in ("1", "L", "P", "RGB")
        and max(picture.size) <= (FULL_SIDE if full else PASSED_SIDE)
        and os.stat(path).st_size <= (FULL_BYTES if full else PASSED_BYTES)
        and not picture.has_transparency_data
        and not getattr(picture, "is_animated", False)
    )
