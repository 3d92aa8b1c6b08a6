"""The values of a TIFF of any number of bands and bits.

tifffile tells where the strips and tiles are; libtiff, within Pillow, decompresses each by itself
as a grey picture of its bytes, so that none gives more than the header promises.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import TiffImagePlugin

UNCOMPRESSED = 1
DIFFERENCES, FLOATS = 2, 3
"""Predictors: each value less the one to its left, and floats with their bytes apart."""
BITS = (8, 16, 32, 64)
MOST_BYTES = 1 << 31
"""Of a strip or tile."""

Values = NDArray[Any]


class UnreadTiff(Exception):
    """A form of TIFF that is not read."""


@dataclass(frozen=True, slots=True)
class Part:
    """A strip or tile: where its bytes are, and where its values go."""

    offset: int
    n_bytes: int
    band: int
    row: int
    column: int


def bands_of(page: Any, wanted: tuple[int, ...]) -> Values:
    """Decode some bands of a page.

    Parameters
    ----------
    page : tifffile.TiffPage
    wanted : tuple of int
        The bands, from 0.

    Returns
    -------
    ndarray of shape (height, width, n_wanted)

    Raises
    ------
    UnreadTiff
        If it is packed or compressed in a way that is not read.
    ValueError, OSError
        If it is damaged.
    """
    dtype = _type_of(page)
    shape = (page.imagelength, page.imagewidth, len(wanted))
    found = np.zeros(shape, dtype=dtype.newbyteorder("="))
    apart = page.planarconfig == 2 and page.samplesperpixel > 1
    for part in _parts(page, apart):
        rows, columns = _shape(page, part)
        if apart and part.band not in wanted:
            continue
        n_bands = 1 if apart else page.samplesperpixel
        values = _decoded(page, part, (rows, columns, n_bands), dtype)
        place = found[part.row : part.row + rows, part.column : part.column + columns]
        values = values[: place.shape[0], : place.shape[1]]
        if apart:
            place[..., wanted.index(part.band)] = values[..., 0]
        else:
            place[...] = values[..., list(wanted)]
    return found


def _type_of(page: Any) -> np.dtype[Any]:
    bits = page.tags[258].value if 258 in page.tags else 1
    each = set(bits) if isinstance(bits, tuple) else {bits}
    if page.dtype is None or len(each) != 1 or each.pop() not in BITS or page.imagedepth > 1:
        raise UnreadTiff
    if page.fillorder != 1 or page.dtype.kind not in "uif":
        raise UnreadTiff
    return np.dtype(page.dtype).newbyteorder(page.parent.byteorder)


def _parts(page: Any, apart: bool) -> Iterator[Part]:
    if page.is_tiled:
        height, width = page.tilelength, page.tilewidth
    else:
        height, width = min(page.rowsperstrip, page.imagelength), page.imagewidth
    down, across = -(-page.imagelength // height), -(-page.imagewidth // width)
    n_parts = down * across * (page.samplesperpixel if apart else 1)
    if len(page.dataoffsets) < n_parts or len(page.databytecounts) < n_parts:
        raise ValueError("strips are missing")
    for index in range(n_parts):
        band, place = divmod(index, down * across)
        row, column = divmod(place, across)
        offset, n_bytes = page.dataoffsets[index], page.databytecounts[index]
        if n_bytes:  # what has no bytes was never written, and is 0
            yield Part(offset, n_bytes, band, row * height, column * width)


def _shape(page: Any, part: Part) -> tuple[int, int]:
    if page.is_tiled:
        return page.tilelength, page.tilewidth
    return min(page.rowsperstrip, page.imagelength - part.row), page.imagewidth


def _decoded(page: Any, part: Part, shape: tuple[int, int, int], dtype: np.dtype[Any]) -> Values:
    rows, columns, n_bands = shape
    row_bytes = columns * n_bands * dtype.itemsize
    if rows * row_bytes > MOST_BYTES:
        raise UnreadTiff
    file = page.parent.filehandle
    file.seek(part.offset)
    content = file.read(min(part.n_bytes, file.size))
    if page.compression != UNCOMPRESSED:
        content = _decompressed(content, int(page.compression), row_bytes, rows)
    if len(content) < rows * row_bytes:
        raise ValueError("cut short")
    lines = np.frombuffer(content, np.uint8, rows * row_bytes).reshape(rows, row_bytes)
    if page.predictor == FLOATS:
        return _joined_floats(lines, shape, dtype)
    values = lines.view(dtype).reshape(shape)
    if page.predictor == DIFFERENCES:
        whole = values.view(f"{dtype.byteorder}u{dtype.itemsize}").astype(f"u{dtype.itemsize}")
        summed = np.cumsum(whole, axis=1, dtype=whole.dtype)
        return summed.view(dtype.newbyteorder("="))
    if page.predictor != 1:
        raise UnreadTiff
    return values


def _joined_floats(
    lines: NDArray[np.uint8], shape: tuple[int, int, int], dtype: np.dtype[Any]
) -> Values:
    """Undo the predictor of floats: all first bytes of a row come first, and so on."""
    rows, columns, n_bands = shape
    summed = np.cumsum(lines.reshape(rows, -1, n_bands), axis=1, dtype=np.uint8)
    apart = summed.reshape(rows, dtype.itemsize, columns * n_bands)
    joined = np.ascontiguousarray(apart.transpose(0, 2, 1))
    return joined.view(f">f{dtype.itemsize}").reshape(shape)


def _decompressed(content: bytes, compression: int, row_bytes: int, rows: int) -> bytes:
    """Decompress a strip or tile."""
    name = TiffImagePlugin.COMPRESSION_INFO.get(compression)
    if name not in ("tiff_lzw", "tiff_adobe_deflate", "tiff_deflate", "packbits", "lzma", "zstd"):
        raise UnreadTiff
    tags = (
        (256, row_bytes), (257, rows), (258, 8), (259, compression), (262, 1), (273, 8),
        (277, 1), (278, rows), (279, len(content)),
    )  # fmt: skip
    begin = struct.pack("<4sI", b"II*\0", 8 + len(content))
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
    whole = begin + content + struct.pack("<H", len(tags)) + entries + bytes(4)
    with TiffImagePlugin.TiffImageFile(io.BytesIO(whole)) as picture:
        return picture.tobytes()
