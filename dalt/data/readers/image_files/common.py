"""Image files that Pillow reads by itself: PNG, JPEG, GIF, WebP, BMP, PPM, AVIF, JPEG 2000."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import BinaryIO

import numpy as np
from PIL import Image, ImageFile

from dalt.data.readers.image_files.picture import on_white, reduced, stretched
from dalt.data.readers.image_files.png16 import colour_of_16_bits, is_colour_of_16_bits

CLASSES = {
    "PNG": ("Png", "PngImageFile"),
    "JPEG": ("Jpeg", "jpeg_factory"),
    "GIF": ("Gif", "GifImageFile"),
    "WEBP": ("WebP", "WebPImageFile"),
    "BMP": ("Bmp", "BmpImageFile"),
    "PPM": ("Ppm", "PpmImageFile"),
    "AVIF": ("Avif", "AvifImageFile"),
    "JPEG2000": ("Jpeg2K", "Jpeg2KImageFile"),
}
"""Pillow's plugin for each format, and what in it opens a file."""
BROWSER_READY = {
    "PNG": "image/png",
    "JPEG": "image/jpeg",
    "GIF": "image/gif",
    "WEBP": "image/webp",
}
ANIMATED = frozenset(("PNG", "GIF", "WEBP", "AVIF"))
"""Formats whose frames are pictures; those of a JPEG are depths and previews."""
JPEG_REDUCIBLE = 2
"""A JPEG of four times the pixels is taken, as it can be decoded at half the size."""

ORIENTATION = 0x0112
EXIF = frozenset(("exif", "Raw profile type exif", "xmp", "XML:com.adobe.xmp"))
"""Where Pillow looks for it in files other than TIFF."""
UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


class PillowPicture:
    """A picture that Pillow decodes; see `dalt.data.readers.image_files.picture.Picture`.

    Parameters
    ----------
    picture : PIL.ImageFile.ImageFile
        At its frame.
    animated : bool
        Whether the file has more frames.
    nodata : float, optional
        The value that stands for no data.
    """

    def __init__(
        self, picture: ImageFile.ImageFile, animated: bool = False, nodata: float | None = None
    ) -> None:
        self._picture = picture
        self._animated = animated
        self._nodata = nodata

    @property
    def stored(self) -> tuple[int, int]:
        """Width and height as stored."""
        return self._picture.size

    @property
    def orientation(self) -> int:
        """How a camera was held."""
        return orientation(self._picture)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height, upright."""
        width, height = self._picture.size
        return (height, width) if orientation(self._picture) >= 5 else (width, height)

    @property
    def mime(self) -> str:
        """Its type, if browsers show the file just as it is decoded here."""
        picture = self._picture
        plain = picture.mode in ("1", "L", "P", "RGB") and not picture.has_transparency_data
        if not plain or self._animated or is_colour_of_16_bits(picture):
            return ""
        return BROWSER_READY.get(picture.format or "", "")

    @property
    def reducible(self) -> int:
        """By how much a side can be reduced while it is decoded."""
        return JPEG_REDUCIBLE if self._picture.format in ("JPEG", "MPO") else 1

    def decoded(self, longest: int | None) -> Image.Image:
        """Decode to "L" or "RGB"."""
        return plain(self._picture, longest, self._nodata)


class PillowFile:
    """An image file that Pillow reads.

    Parameters
    ----------
    picture : PIL.ImageFile.ImageFile
    name : str
        Its format.
    """

    def __init__(self, picture: ImageFile.ImageFile, name: str) -> None:
        self._picture = picture
        self._name = name

    @property
    def pages(self) -> Sequence[int]:
        """Numbers of its frames."""
        n_frames = getattr(self._picture, "n_frames", 1) if self._name in ANIMATED else 1
        return range(1, n_frames + 1)

    def page(self, number: int) -> PillowPicture:
        """One of its frames."""
        if number != 1:
            self._picture.seek(number - 1)
        animated = bool(getattr(self._picture, "is_animated", False))
        return PillowPicture(self._picture, animated)


@contextmanager
def opened(file: BinaryIO, name: str) -> Iterator[PillowFile]:
    """Open a file of a format in `CLASSES`.

    Parameters
    ----------
    file : binary file
        At its beginning.
    name : str
        Its format.
    """
    with _opener(name)(file) as picture:
        yield PillowFile(picture, name)


def orientation(picture: ImageFile.ImageFile) -> int:
    """How a camera was held, as EXIF says: 1 is upright."""
    if picture.format == "PNG":
        picture.load()  # which looking for Exif may do, too, and lose the error
    if picture.format != "TIFF" and picture.info.keys().isdisjoint(EXIF):
        return 1
    try:
        return int(picture.getexif().get(ORIENTATION, 1))
    except Exception:  # broken metadata is no reason to lose a good picture
        return 1


def plain(
    picture: ImageFile.ImageFile, longest: int | None = None, nodata: float | None = None
) -> Image.Image:
    """Decode to "L" or "RGB", upright and on white, no side longer than `longest`."""
    if longest is not None:
        scale = min(1.0, longest / max(picture.size))
        size = (max(1, int(picture.width * scale)), max(1, int(picture.height * scale)))
        picture.draft("RGB", size)  # a JPEG is decoded at the nearest size above
    if is_colour_of_16_bits(picture):
        return reduced(_turned(colour_of_16_bits(picture), orientation(picture)), longest)
    picture.load()  # before the orientation: TIFF turns itself upright while loading
    upright = _turned(picture, orientation(picture))
    grey = upright.mode in ("1", "L", "LA", "La")
    if upright.mode.startswith(("I", "F")):
        upright, grey = Image.fromarray(stretched(np.asarray(upright), nodata)), True
    elif upright.has_transparency_data:
        upright = on_white(upright)
    mode = "L" if grey else "RGB"
    return reduced(upright if upright.mode == mode else upright.convert(mode), longest)


def _turned(picture: Image.Image, how: int) -> Image.Image:
    turn = UPRIGHT.get(how)
    return picture if turn is None else picture.transpose(turn)


def _opener(name: str) -> Callable[[BinaryIO], ImageFile.ImageFile]:
    """What opens files of a format.

    Pillow's own `Image.open` looks through all formats, and refuses large pictures by a number of
    its own that holds for the whole process; the caller compares sizes with the project's.
    """
    plugin, opens = CLASSES[name]
    found: Callable[[BinaryIO], ImageFile.ImageFile] = getattr(
        import_module(f"PIL.{plugin}ImagePlugin"), opens
    )
    return found
