"""Arrays in safetensors and .npy files: written whole or not at all, read by memory map."""

from __future__ import annotations

import errno
import json
import math
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tokenize import TokenError
from typing import IO, Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from dalt.core.files import refusals_told, replacing
from dalt.core.rights import make_folder

Arrays = dict[str, NDArray[Any]]

_ZEROS = 1 << 20
# What the reader of a header raises beside ValueError.
_DAMAGED = (
    EOFError, SyntaxError, TokenError, TypeError, KeyError, AttributeError, OverflowError,
    MemoryError, RecursionError, BadZipFile,
)  # fmt: skip
# Errors of file systems that cannot reserve room otherwise than by writing.
_NO_RESERVING = (errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL)
_DTYPES = {
    "F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "U8": "u1", "BOOL": "?",
}  # fmt: skip


def open_npy(path: str | Path, *, mapped: bool = True) -> Any:
    """Open an .npy file, whatever is in it.

    Parameters
    ----------
    path : str or Path
    mapped : bool
        Map it for reading, instead of reading it whole.

    Returns
    -------
    memmap or ndarray

    Raises
    ------
    OSError
        If it cannot be read.
    ValueError
        If it is no array, is cut short or has a damaged header: NumPy has half a dozen errors of
        other kinds for that.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "two.npy"
    >>> np.save(path, np.arange(2))
    >>> open_npy(path).tolist()
    [0, 1]
    """
    try:
        found = np.load(path, mmap_mode="r" if mapped else None, allow_pickle=False)
    except _DAMAGED as error:
        raise ValueError(f"its header is damaged ({type(error).__name__})") from error
    if not isinstance(found, np.ndarray):  # an archive of several
        found.close()
        raise ValueError("it is an archive, not one array")
    return found


def write_arrays(path: Path, arrays: Arrays, metadata: Mapping[str, str] | None = None) -> None:
    """Write one safetensors file; it replaces a file of that name at once or not at all.

    The file is on disk when this returns.

    Raises
    ------
    NotWritten
        If the disk is full or read-only, or forbids it.
    """
    with refusals_told(path):
        make_folder(path.parent)
    with replacing(path) as part:
        save_safetensors(part, arrays, metadata)


def save_safetensors(
    path: Path, arrays: Mapping[str, NDArray[Any]], metadata: Mapping[str, str] | None = None
) -> None:
    """Write arrays into a safetensors file, one that nobody reads yet.

    Raises
    ------
    OSError
        If it cannot be written, with the system's own number and words.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import save_file

    contiguous = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    try:
        save_file(contiguous, path, metadata=dict(metadata or {}))
    except SafetensorError as error:
        number = re.search(r"\(os error (\d+)\)", str(error))
        if number is None:
            raise
        raise OSError(int(number[1]), os.strerror(int(number[1])), str(path)) from error


def save_npy(file: IO[bytes], array: NDArray[Any]) -> None:
    """Write an array as .npy; errors have the system's number, which those of `np.save` lack."""
    np.lib.format.write_array_header_1_0(file, np.lib.format.header_data_from_array_1_0(array))
    file.write(np.ascontiguousarray(array).data)


@contextmanager
def new_npy(path: Path, shape: tuple[int, ...]) -> Iterator[NDArray[np.float32]]:
    """Map a new .npy file of float32 to fill; the values are on the disk after the block.

    Parameters
    ----------
    path : Path
        A file that nobody reads yet.
    shape : tuple of int

    Yields
    ------
    memmap of shape `shape`, float32
        Zeros.

    Raises
    ------
    OSError
        If the disk has too little room.  It is reserved first: a process that writes into a map
        of a full disk is killed by the system.
    """
    with path.open("wb") as file:
        header = {"descr": "<f4", "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(file, header)
        file.flush()
        _reserve(file, math.prod(shape) * 4)
    array = np.lib.format.open_memmap(path, mode="r+")
    yield array
    array.flush()


def _reserve(file: IO[bytes], n_bytes: int) -> None:
    """Append so many zeros that have their place on the disk."""
    start = file.tell()
    if hasattr(os, "posix_fallocate") and n_bytes:
        try:
            os.posix_fallocate(file.fileno(), start, n_bytes)
            return
        except OSError as error:
            if error.errno not in _NO_RESERVING:
                raise
    for done in range(0, n_bytes, _ZEROS):
        file.write(bytes(min(_ZEROS, n_bytes - done)))


def map_arrays(path: Path) -> tuple[dict[str, str], Arrays]:
    """Read metadata and arrays of a safetensors file; arrays stay on disk until used.

    The library's own numpy reader copies every array.  A page that shows a few suggestions
    needs only a few of a million rows.

    Raises
    ------
    OSError, ValueError, KeyError
        If the file is missing, truncated, or of another format.
    """
    content = np.memmap(path, dtype=np.uint8, mode="r")
    start = 8 + int.from_bytes(content[:8].tobytes(), "little")
    header = json.loads(content[8:start].tobytes())
    metadata = header.pop("__metadata__", {})
    arrays: Arrays = {}
    for name, entry in header.items():
        first, last = entry["data_offsets"]
        if start + last > len(content):
            raise ValueError("it is cut short")
        flat = np.asarray(content[start + first : start + last]).view(_DTYPES[entry["dtype"]])
        arrays[name] = flat.reshape(entry["shape"])
    return metadata, arrays
