"""WAV files that were streamed: their header was written before their length was known."""

from __future__ import annotations

import struct
from pathlib import Path

from dalt.data.readers.sound_files.sound import require_short

CHUNKS = frozenset(
    (b"LIST", b"fact", b"id3 ", b"ID3 ", b"bext", b"cue ", b"smpl", b"JUNK", b"PAD ")
)
"""What can follow sound that is truly empty."""
MOST_CHUNKS = 100


def mended(path: Path) -> bytes | None:
    """Return the content with its real length in it, if the header says that there is no sound.

    Raises
    ------
    Refused
        If it is too long.
    """
    with path.open("rb") as file:
        begin = file.read(12)
        if begin[:4] != b"RIFF" or begin[8:] != b"WAVE":
            return None
        rate = 0
        for _ in range(MOST_CHUNKS):
            head = file.read(8)
            if len(head) < 8:
                return None
            name, size = struct.unpack("<4sI", head)
            if name == b"data":
                return None if size else _mended(path, file.tell(), rate)
            if name == b"fmt ":
                form = file.read(size)
                rate = struct.unpack_from("<I", form, 8)[0] if len(form) >= 12 else 0
                file.seek(size % 2, 1)
            else:
                file.seek(size + size % 2, 1)
    return None


def _mended(path: Path, start: int, bytes_per_second: int) -> bytes | None:
    size = path.stat().st_size - start
    if size <= 0 or not bytes_per_second:
        return None
    require_short(size / bytes_per_second)
    content = bytearray(path.read_bytes())
    if bytes(content[start : start + 4]) in CHUNKS:
        return None
    content[4:8] = struct.pack("<I", len(content) - 8)
    content[start - 4 : start] = struct.pack("<I", len(content) - start)
    return bytes(content)
