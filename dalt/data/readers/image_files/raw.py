"""Raw files of cameras, with the extra `raw`."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PIL import Image

from dalt.core.errors import first_line
from dalt.data.readers.image_files.picture import Source, bytes_of, needs, not_decoded, reduced
from dalt.data.readers.paths import Refused
from dalt.data.readers.signatures import Signature

TURNS = {3: 3, 5: 8, 6: 6}
"""From LibRaw's numbers to those of Exif."""
HALVED = 2
"""LibRaw makes half the size of the colour filters without interpolating."""


class RawFile:
    """An open raw file, which is its only picture.

    Parameters
    ----------
    raw : rawpy.RawPy
    signature : Signature
    """

    mime = ""
    reducible = HALVED

    def __init__(self, raw: Any, signature: Signature) -> None:
        self._raw = raw
        self._signature = signature

    @property
    def pages(self) -> Sequence[int]:
        """Its only page."""
        return (1,)

    def page(self, number: int) -> RawFile:
        """The picture."""
        return self

    @property
    def orientation(self) -> int:
        """How the sensor was held."""
        return TURNS.get(int(self._raw.sizes.flip), 1)

    @property
    def stored(self) -> tuple[int, int]:
        """Width and height as stored."""
        return self.size

    @property
    def size(self) -> tuple[int, int]:
        """Width and height, upright."""
        sizes = self._raw.sizes
        width, height = int(sizes.iwidth), int(sizes.iheight)
        return (height, width) if sizes.flip in (5, 6) else (width, height)

    def decoded(self, longest: int | None) -> Image.Image:
        """Develop with the camera's white balance."""
        halved = longest is not None and longest * HALVED <= max(self.size)
        try:
            pixels = self._raw.postprocess(use_camera_wb=True, half_size=halved, output_bps=8)
        except Exception as error:
            raise not_decoded(self._signature, error) from None
        return reduced(Image.fromarray(pixels), longest)


@contextmanager
def opened(source: Source, signature: Signature) -> Iterator[RawFile]:
    """Open a raw file.

    Raises
    ------
    Refused
        If the extra is not installed.
    """
    try:
        import rawpy
    except ImportError:
        raise needs(signature, "rawpy", "raw") from None
    if _is_cut_short(source):
        raise Refused(f"{signature.what} that is cut short")
    from threadpoolctl import threadpool_limits

    # Threads of OpenMP would wait for more work when the picture is done.
    with threadpool_limits(limits=1, user_api="openmp"):
        try:
            raw = rawpy.imread(str(source) if isinstance(source, Path) else io.BytesIO(source))
        except rawpy.LibRawIOError as error:
            raise Refused(f"cannot be read ({first_line(error).lower()})") from None
        except Exception as error:
            raise not_decoded(signature, error) from None
        with raw:
            yield RawFile(raw, signature)


def _is_cut_short(source: Source) -> bool:
    """Whether a raw file that is TIFF inside lacks what it lists: LibRaw would go on in black."""
    from tifffile import TiffFile, TiffFileError

    with bytes_of(source) as file:
        try:
            with TiffFile(file) as tiff:
                parts = [
                    part
                    for page in tiff.pages
                    for each in (page, *(page.pages or ()))
                    for part in zip(each.dataoffsets, each.databytecounts, strict=False)
                ]
                return any(start + length > tiff.filehandle.size for start, length in parts)
        except (TiffFileError, ValueError, TypeError, KeyError, IndexError, AttributeError):
            return False  # another form, of which LibRaw knows
