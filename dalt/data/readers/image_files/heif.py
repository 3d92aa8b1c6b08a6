"""HEIC and HEIF, the pictures of telephones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from PIL import Image

from dalt.data.readers.image_files.picture import Source, bytes_of, not_decoded, on_white, reduced
from dalt.data.readers.signatures import HEIC


class HeifPicture:
    """One picture; libheif turns it upright.

    Parameters
    ----------
    image : pi_heif.HeifImage
    """

    orientation = 1
    mime = ""
    reducible = 1

    def __init__(self, image: Any) -> None:
        self._image = image

    @property
    def stored(self) -> tuple[int, int]:
        """Width and height as stored."""
        return self.size

    @property
    def size(self) -> tuple[int, int]:
        """Width and height, upright."""
        width, height = self._image.size
        return int(width), int(height)

    def decoded(self, longest: int | None) -> Image.Image:
        """Decode to "L" or "RGB"."""
        try:
            picture: Image.Image = self._image.to_pillow()
        except Exception as error:  # hostile bytes raise many things
            raise not_decoded(HEIC, error) from None
        if picture.has_transparency_data:
            picture = on_white(picture)
        mode = "L" if picture.mode.startswith("L") else "RGB"
        return reduced(picture if picture.mode == mode else picture.convert(mode), longest)


class HeifFile:
    """An open file; see `dalt.data.readers.image_files.picture.PictureFile`.

    Parameters
    ----------
    images : sequence of pi_heif.HeifImage
    """

    def __init__(self, images: Sequence[Any]) -> None:
        self._images = images

    @property
    def pages(self) -> Sequence[int]:
        """Numbers of its pictures."""
        return range(1, len(self._images) + 1)

    def page(self, number: int) -> HeifPicture:
        """One of its pictures."""
        return HeifPicture(self._images[number - 1])


@contextmanager
def opened(source: Source) -> Iterator[HeifFile]:
    """Open a HEIC file."""
    import pi_heif  # built to decode alone: the other build has an encoder under the GPL

    with bytes_of(source) as file:
        try:
            images = list(pi_heif.open_heif(file, convert_hdr_to_8bit=True))
        except Exception as error:  # hostile bytes raise many things
            raise not_decoded(HEIC, error) from None
        yield HeifFile(images)
