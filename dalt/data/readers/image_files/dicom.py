"""Medical pictures (DICOM), with the extra `dicom`."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, MutableSequence, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from dalt.data.readers.image_files.picture import (
    Pixels,
    Source,
    bytes_of,
    needs,
    not_decoded,
    reduced,
    stretched,
    undecodable,
)
from dalt.data.readers.signatures import DICOM

DEFLATED = b"1.2.840.10008.1.2.1.99"
"""The transfer syntax of files that are compressed as a whole, to any size."""
BEGINNING = 4096
"""How far from the beginning it stands."""


class DicomPicture:
    """One frame, as its window shows it; without a window, over its full range.

    Parameters
    ----------
    data : pydicom.Dataset
    number : int
        The frame, from 1.
    """

    orientation = 1
    mime = ""
    reducible = 1

    def __init__(self, data: Any, number: int) -> None:
        self._data = data
        self._number = number

    @property
    def stored(self) -> tuple[int, int]:
        """Width and height as stored."""
        return self.size

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        return int(self._data.Columns), int(self._data.Rows)

    def decoded(self, longest: int | None) -> Image.Image:
        """Decode to "L" or "RGB"."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                pixels = self._pixels()
        except Exception as error:  # hostile bytes raise many, and so do unknown compressions
            raise not_decoded(DICOM, error) from None
        return reduced(Image.fromarray(pixels), longest)

    def _pixels(self) -> Any:
        from pydicom.pixels import apply_color_lut, apply_modality_lut, apply_voi_lut, pixel_array

        data = self._data
        values = pixel_array(data, index=self._number - 1)
        if data.PhotometricInterpretation == "PALETTE COLOR":
            values = apply_color_lut(values, data)
        if values.ndim == 3:
            return values if values.dtype == np.uint8 else stretched(values)
        values = np.asarray(apply_modality_lut(values, data))
        if data.get("WindowWidth") is not None and data.get("WindowCenter") is not None:
            pixels = _windowed(values, data)
        else:
            pixels = stretched(np.asarray(apply_voi_lut(values, data)))
        return 255 - pixels if data.PhotometricInterpretation == "MONOCHROME1" else pixels


def _windowed(values: NDArray[Any], data: Any) -> Pixels:
    """Show the values of the first window, as the standard says (PS3.3, C.11.2.1.2)."""
    center, width = (_first(data[name].value) for name in ("WindowCenter", "WindowWidth"))
    how = str(data.get("VOILUTFunction") or "LINEAR")
    numbers = values.astype(np.float64)
    if how == "SIGMOID":
        shares = 1 / (1 + np.exp(-4 * (numbers - center) / width))
    elif how == "LINEAR_EXACT":
        shares = (numbers - center) / width + 0.5
    else:
        shares = (numbers - (center - 0.5)) / max(width - 1, 1e-9) + 0.5
    return np.asarray(np.rint(np.clip(shares, 0, 1) * 255), dtype=np.uint8)


def _first(value: Any) -> float:
    return float(value[0] if isinstance(value, MutableSequence) else value)


class DicomFile:
    """An open file; see `dalt.data.readers.image_files.picture.PictureFile`.

    Parameters
    ----------
    data : pydicom.Dataset
    """

    def __init__(self, data: Any) -> None:
        self._data = data

    @property
    def pages(self) -> Sequence[int]:
        """Numbers of its frames."""
        return range(1, max(1, int(self._data.get("NumberOfFrames") or 1)) + 1)

    def page(self, number: int) -> DicomPicture:
        """One of its frames."""
        return DicomPicture(self._data, number)


@contextmanager
def opened(source: Source) -> Iterator[DicomFile]:
    """Open a file.

    Raises
    ------
    Refused
        If the extra is not installed.
    """
    try:
        import pydicom
    except ImportError:
        raise needs(DICOM, "pydicom", "dicom") from None
    with bytes_of(source) as file:
        if DEFLATED in file.read(BEGINNING):
            raise undecodable(DICOM)
        file.seek(0)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                data = pydicom.dcmread(file)
            if not (data.Rows and data.Columns):
                raise undecodable(DICOM)
        except Exception as error:
            raise not_decoded(DICOM, error) from None
        yield DicomFile(data)
