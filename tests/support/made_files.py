"""Files as cameras, scanners, microscopes and hospitals write them, by the libraries of each."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

PASSES = ((0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2))
ALL_PASSES = (*PASSES, (1, 0, 2, 1))


def png_of_16_bits(pixels: NDArray[np.uint16], interlaced: bool = False) -> bytes:
    """A PNG of shape (h, w, 3 or 4), whose rows have the five filters in turn."""
    height, width, channels = pixels.shape
    parts = b""
    for r, c, dr, dc in ALL_PASSES if interlaced else ((0, 0, 1, 1),):
        part = pixels[r::dr, c::dc]
        if part.size:
            parts += _filtered(
                part.astype(">u2").reshape(len(part), -1).view(np.uint8), channels * 2
            )
    kind = {3: 2, 4: 6}[channels]
    begin = struct.pack(">IIBBBBB", width, height, 16, kind, 0, 0, interlaced)
    chunks = ((b"IHDR", begin), (b"IDAT", zlib.compress(parts)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*each) for each in chunks)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _filtered(lines: NDArray[np.uint8], step: int) -> bytes:
    found = bytearray()
    above = [0] * lines.shape[1]
    for number, line in enumerate(lines.tolist()):
        kind = number % 5
        found.append(kind)
        for i, value in enumerate(line):
            left = line[i - step] if i >= step else 0
            corner = above[i - step] if i >= step else 0
            found.append((value - _expected(kind, left, above[i], corner)) % 256)
        above = line
    return bytes(found)


def _expected(kind: int, left: int, above: int, corner: int) -> int:
    if kind == 4:
        guess = left + above - corner
        return min((left, above, corner), key=lambda each: abs(guess - each))
    return (0, left, above, (left + above) // 2)[kind]


def dng(path: Path, side: int = 64) -> Path:
    """A raw file of a camera: red on the left, blue on the right, below filters RGGB."""
    import tifffile

    values = np.full((side, side), 200, np.uint16)
    values[0::2, 0 : side // 2 : 2] = 3_000  # red
    values[1::2, side // 2 + 1 :: 2] = 3_000  # blue
    matrix = [(3, 1), (0, 1), (0, 1), (0, 1), (3, 1), (0, 1), (0, 1), (0, 1), (3, 1)]
    tags: list[Any] = [
        (271, "s", 0, "Made", True),
        (272, "s", 0, "Camera", True),
        (33421, "H", 2, (2, 2), True),
        (33422, "B", 4, bytes((0, 1, 1, 2)), True),
        (50706, "B", 4, bytes((1, 4, 0, 0)), True),
        (50708, "s", 0, "Made Camera", True),
        (50714, "H", 1, 0, True),
        (50717, "H", 1, 4_095, True),
        (50721, "2i", 9, sum(matrix, ()), True),
        (50728, "2I", 3, (1, 1, 1, 1, 1, 1), True),
    ]
    tifffile.imwrite(path, values, photometric="CFA", metadata=None, extratags=tags)
    return path


def dicom(path: Path, values: NDArray[np.uint16], **more: Any) -> Path:
    """A picture of a hospital, of shape (h, w) or (frames, h, w)."""
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid

    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = CTImageStorage
    meta.MediaStorageSOPInstanceUID = generate_uid(entropy_srcs=["made"])
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data = Dataset()
    data.file_meta = meta
    data.SOPClassUID, data.SOPInstanceUID = CTImageStorage, meta.MediaStorageSOPInstanceUID
    data.Rows, data.Columns = values.shape[-2:]
    data.SamplesPerPixel, data.PhotometricInterpretation = 1, "MONOCHROME2"
    data.BitsAllocated, data.BitsStored, data.HighBit, data.PixelRepresentation = 16, 12, 11, 0
    if values.ndim == 3:
        data.NumberOfFrames = len(values)
    data.PixelData = values.astype("<u2").tobytes()
    for name, value in more.items():
        setattr(data, name, value)
    data.save_as(path, enforce_file_format=True)
    return path
