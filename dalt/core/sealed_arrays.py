"""Checksums of large .npy files, kept at their end.

A file has the SHA-256 of all that comes before, and of whose it is, in its last 40 bytes, so
content and checksum are replaced in one step.  Readers of .npy files know from the header how long
the array is, and do not look at what follows.
"""

from __future__ import annotations

import hashlib
import math
from pathlib import Path

from dalt.core.arrays import open_npy

MARK, OWNED = b"DALTSUM1", b"DALTSUM2"
"""Before a hash of the content alone; before 24 bytes of that and 8 of the owner's hash."""
LENGTH = len(MARK) + hashlib.sha256().digest_size
"""Bytes behind the array."""
_OF_CONTENT = 24
_AT_ONCE = 1 << 22  # bytes


def seal(path: Path, owner: str = "") -> None:
    """Append the checksum to an .npy file that is complete.

    Parameters
    ----------
    path : Path
    owner : str
        Whose it is: another's of the same shape would fit as well.

    Raises
    ------
    OSError
        If it cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> path = Path(tempfile.mkdtemp(), "rows.npy")
    >>> np.save(path, np.zeros((2, 3), np.float32))
    >>> seal(path, "pets")
    >>> trouble(path, "pets"), np.load(path).shape
    (None, (2, 3))
    >>> trouble(path, "homes")
    'it belongs to something else'
    """
    digest = _digest(path, path.stat().st_size)
    with path.open("ab") as file:
        file.write(OWNED + digest[:_OF_CONTENT] + _mark_of(owner) if owner else MARK + digest)


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
        return file.read(len(MARK)) in (MARK, OWNED)


def quick_trouble(path: Path) -> str | None:
    """What is wrong with the length of a file, by its header alone; None if nothing is.

    Raises
    ------
    OSError
        If it cannot be read.
    """
    try:
        array = open_npy(path)
    except ValueError:
        return "it is cut short, or no array"
    end = array.offset + math.prod(array.shape) * array.dtype.itemsize
    size = path.stat().st_size
    if size not in (end, end + LENGTH):
        return "it has another length than its header says"
    if size != end and not is_sealed(path):
        return "its checksum is damaged"
    return None


def trouble(path: Path, owner: str = "") -> str | None:
    """What is wrong with a file; None if its checksum, or at least its length, is right.

    Parameters
    ----------
    path : Path
    owner : str
        Whose it should be; empty where that is not known.

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
        file.seek(size)
        mark, kept = file.read(len(MARK)), file.read()
    n_bytes = _OF_CONTENT if mark == OWNED else len(kept)
    if _digest(path, size)[:n_bytes] != kept[:n_bytes]:
        return "its content is not what its checksum says"
    if mark == OWNED and owner and kept[n_bytes:] != _mark_of(owner):
        return "it belongs to something else"
    return None


def _mark_of(owner: str) -> bytes:
    return hashlib.sha256(owner.encode()).digest()[: LENGTH - len(OWNED) - _OF_CONTENT]


def _digest(path: Path, size: int) -> bytes:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while size > 0 and (part := file.read(min(size, _AT_ONCE))):
            digest.update(part)
            size -= len(part)
    return digest.digest()
