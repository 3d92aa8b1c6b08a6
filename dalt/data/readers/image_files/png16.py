"""Colours of 16 bits in a PNG, of which Pillow keeps only the upper eight."""

from __future__ import annotations

import struct
import zlib
from typing import IO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile

from dalt.data.readers.image_files.picture import on_white, stretched

BEGIN = struct.Struct(">8s4s4sIIBBBBB")
COLOURS = {2: 3, 6: 4}
"""Channels of the colour types RGB and RGBA."""
PASSES = (
    (0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2),
    (1, 0, 2, 1),
)  # fmt: skip
"""Of an interlaced file: first row and column, and the steps between rows and columns."""
Values = NDArray[np.uint16]


def is_colour_of_16_bits(picture: ImageFile.ImageFile) -> bool:
    """Whether an open file is a PNG with colours of 16 bits."""
    return picture.format == "PNG" and any(
        tile.args in ("RGB;16B", "RGBA;16B") for tile in picture.tile
    )


def colour_of_16_bits(picture: ImageFile.ImageFile) -> Image.Image:
    """Decode such a file: stretched from its darkest to its brightest value, on white.

    Raises
    ------
    ValueError, zlib.error, struct.error
        If it is damaged.
    """
    assert picture.fp is not None
    values = _values(picture.fp)
    if values.shape[2] == 3:
        return Image.fromarray(stretched(values))
    colours = values[..., :3].astype(np.float32)
    colours[values[..., 3] == 0] = np.nan  # what cannot be seen has no range
    alpha = (values[..., 3] >> 8).astype(np.uint8)
    return on_white(Image.fromarray(np.dstack([stretched(colours), alpha]))).convert("RGB")


def _values(file: IO[bytes]) -> Values:
    """Values of shape (height, width, channels)."""
    file.seek(0)
    begin = BEGIN.unpack(file.read(BEGIN.size))
    width, height, interlaced = begin[3], begin[4], begin[9]
    channels = COLOURS[begin[6]]
    passes = PASSES if interlaced else ((0, 0, 1, 1),)
    shapes = [(-(-(height - r) // dr), -(-(width - c) // dc)) for r, c, dr, dc in passes]
    step = 2 * channels
    lengths = [rows * (1 + cols * step) if cols > 0 else 0 for rows, cols in shapes]
    content = _inflated(file, sum(lengths))
    found = np.zeros((height, width, channels), dtype=np.uint16)
    start = 0
    for (r, c, dr, dc), (rows, cols), length in zip(passes, shapes, lengths, strict=True):
        if length > 0:
            lines = content[start : start + length].reshape(rows, -1)
            plain = _unfiltered(lines[:, 0], lines[:, 1:].reshape(rows, cols, step))
            found[r::dr, c::dc] = (
                plain.reshape(rows, cols * step).view(">u2").reshape(rows, cols, channels)
            )
            start += length
    return found


def _inflated(file: IO[bytes], length: int) -> NDArray[np.uint8]:
    """Decompress the chunks of data, and no more than the header promises."""
    file.seek(8)
    inflating, parts, n_bytes = zlib.decompressobj(), [], 0
    while n_bytes < length:
        size, name = struct.unpack(">I4s", file.read(8))
        if name == b"IEND":
            break
        chunk = file.read(size)
        file.seek(4, 1)
        if name == b"IDAT":
            parts.append(inflating.decompress(chunk, length - n_bytes))
            n_bytes += len(parts[-1])
    if n_bytes < length:
        raise ValueError("cut short")
    return np.frombuffer(b"".join(parts), dtype=np.uint8)


def _unfiltered(kinds: NDArray[np.uint8], lines: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Undo the filters of PNG, for all rows at once, along the diagonals of the picture.

    A value depends on its neighbours to the left, above, and above left; on the diagonal on which
    row r has come to column t - r, all of these are known from the two diagonals before.

    Parameters
    ----------
    kinds : ndarray of shape (rows,)
        The filter of each row.
    lines : ndarray of shape (rows, cols, bytes of a pixel)
    """
    rows, cols, step = lines.shape
    if kinds.max(initial=0) > 4:
        raise ValueError("unknown filter")
    found = np.zeros((rows + 1, cols + 1, step), dtype=np.int16)  # a row and a column of zeros
    chosen = [np.flatnonzero(kinds == kind) for kind in range(5)]
    for diagonal in range(rows + cols - 1):
        low, high = max(0, diagonal - cols + 1), min(rows, diagonal + 1)
        for kind, members in enumerate(chosen):
            r = members[np.searchsorted(members, low) : np.searchsorted(members, high)]
            if len(r):
                c = diagonal - r
                left, above, corner = found[r + 1, c], found[r, c + 1], found[r, c]
                found[r + 1, c + 1] = (lines[r, c] + _guess(kind, left, above, corner)) & 255
    return found[1:, 1:].astype(np.uint8)


def _guess(
    kind: int, left: NDArray[np.int16], above: NDArray[np.int16], corner: NDArray[np.int16]
) -> NDArray[np.int16]:
    """What a filter expects of a value."""
    if kind == 0:
        return np.zeros_like(left)
    if kind == 1:
        return left
    if kind == 2:
        return above
    if kind == 3:
        return (left + above) >> 1
    guess = left + above - corner
    to_left, to_above, to_corner = abs(guess - left), abs(guess - above), abs(guess - corner)
    nearest = np.where(to_above <= to_corner, above, corner)
    return np.where((to_left <= to_above) & (to_left <= to_corner), left, nearest)
