"""Checksums of large .npy files, kept at their end.

A file has the SHA-256 of all that comes before as its last 40 bytes, so content and checksum are
replaced in one step.  Readers of .npy files know from the header how long the array is, and do not
look at what follows.
"""

from __future__ import annotations

import hashlib
import math
from pathlib import Path

import numpy as np

MARK = b"DALTSUM1"
LENGTH = len(MARK) + hashlib.sha256().digest_size
"""Bytes behind the array."""
_AT_ONCE = 1 << 22  # bytes


def seal(path: Path) -> None:
    """Append the checksum to an .npy file that is complete.

    Raises
    ------
    OSError
        If it cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp(), "rows.npy")
    >>> np.save(path, np.zeros((2, 3), np.float32))
    >>> seal(path)
    >>> trouble(path), np.load(path).shape
    (None, (2, 3))
    """
    digest = _digest(path, path.stat().st_size)
    with path.open("ab") as file:
        file.write(MARK + digest)


def is_sealed(path: Path) -> bool:
    """Whether the file has a checksum; those of former versions have none.

    Raises
    ------
    OSError
        If it cannot be read.
    """
    size = path.stat().st_size
    if size < LENGTH:
        return False
    with path.open("rb") as file:
        file.seek(size - LENGTH)
        return file.read(len(MARK)) == MARK


def quick_trouble(path: Path) -> str | None:
    """What is wrong with the length of a file, by its header alone; None if nothing is.

    Raises
    ------
    OSError
        If it cannot be read.
    """
    try:
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    except (ValueError, EOFError):
        return "it is cut short, or no array"
    end = array.offset + math.prod(array.shape) * array.dtype.itemsize
    size = path.stat().st_size
    if size not in (end, end + LENGTH):
        return "it has another length than its header says"
    if size != end and not is_sealed(path):
        return "its checksum is damaged"
    return None


def trouble(path: Path) -> str | None:
    """What is wrong with a file; None if its checksum, or at least its length, is right.

    Raises
    ------
    OSError
        If it cannot be read.
    """
    found = quick_trouble(path)
    if found is not None or not is_sealed(path):
        return found
    size = path.stat().st_size - LENGTH
    with path.open("rb") as file:
        file.seek(size + len(MARK))
        kept = file.read()
    return None if _digest(path, size) == kept else "its content is not what its checksum says"


def _digest(path: Path, size: int) -> bytes:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while size > 0 and (part := file.read(min(size, _AT_ONCE))):
            digest.update(part)
            size -= len(part)
    return digest.digest()
