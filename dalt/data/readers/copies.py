"""Data copied into a project: written completely or not at all, read a row at a time."""

from __future__ import annotations

import math
import threading
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import IO, Any, Self

import numpy as np
from numpy.typing import NDArray

from dalt.core.arrays import open_npy
from dalt.core.files import being_written, publish, refusals_told, sweep, unpublished
from dalt.core.rights import make_folder

KNOWN_HEADERS = 64
"""Number of cached headers of .npy files, which are not read again for every row."""


class NewFile:
    """A file that is invisible before it is complete, and removed if it never is.

    Its temporary file is made at the first write.

    Parameters
    ----------
    folder : Path
        Its folder; made if missing.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._closing = ExitStack()
        self._file: IO[bytes] | None = None

    def __enter__(self) -> Self:
        """Begin; nothing is written yet."""
        sweep(self._folder)
        self._path = self._closing.enter_context(unpublished(self._folder / "copies"))
        return self

    def __exit__(self, *error: Any) -> None:
        """Remove what was not published."""
        if self._file is not None:
            with suppress(OSError):  # a file that is not published needs no last bytes
                self._file.close()
        self._closing.close()

    def write(self, data: bytes) -> int:
        """Append, and return the offset at which it begins.

        Raises
        ------
        NotWritten
            If the disk is full or read-only, or forbids it.
        """
        with refusals_told(self._folder):
            if self._file is None:
                make_folder(self._folder)
                self._closing.enter_context(being_written(self._path))
                self._file = self._path.open("wb")
            offset = self._file.tell()
            self._file.write(data)
        return offset

    def write_array_header(self, shape: tuple[int, ...]) -> None:
        """Begin an .npy file of uint8; its rows follow."""
        self.write(b"")
        assert self._file is not None
        header = {"descr": "|u1", "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(self._file, header)

    def publish(self, name: str) -> None:
        """Sync the file to the disk and give it its name.

        Raises
        ------
        NotWritten
            If the disk is full.
        """
        assert self._file is not None, "nothing was written"
        with refusals_told(self._folder):
            self._file.close()
            publish(self._path, self._folder / name)


class Copies:
    """Random access to the files in ``samples/``; safe to share between threads.

    Parameters
    ----------
    folder : Path
        The folder ``samples/`` of a project.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._headers: dict[str, tuple[tuple[int, ...], np.dtype[np.uint8], int]] = {}
        self._lock = threading.Lock()

    def read(self, location: Mapping[str, Any]) -> NDArray[np.uint8]:
        """Copy the row of an .npy file, or bytes of any other.

        Parameters
        ----------
        location : mapping
            ``file`` and ``row``; or ``file``, ``offset`` and ``length``.

        Raises
        ------
        OSError, ValueError, EOFError, IndexError
            If the file is missing or damaged.
        """
        # Read, not mapped: a map would count every page that was ever read towards each kernel's
        # memory.
        path = self.folder / location["file"]
        if "row" in location:
            (n_rows, *shape), dtype, start = self._header(path)
            if not 0 <= location["row"] < n_rows:
                raise IndexError(f"{path} has no row {location['row']}")
            n = math.prod(shape)
            start += location["row"] * n * dtype.itemsize
            return _read(path, dtype, start, n).reshape(shape)
        return _read(path, np.dtype(np.uint8), location["offset"], location["length"])

    def _header(self, path: Path) -> tuple[tuple[int, ...], np.dtype[np.uint8], int]:
        """Shape, type and first byte of the array in an .npy file."""
        with self._lock:
            found = self._headers.get(path.name)
            if found is None:
                mapped = open_npy(path)
                found = mapped.shape, mapped.dtype, mapped.offset
                while len(self._headers) >= KNOWN_HEADERS:
                    self._headers.pop(next(iter(self._headers)))
                self._headers[path.name] = found
            return found


def _read(path: Path, dtype: np.dtype[np.uint8], start: int, n: int) -> NDArray[np.uint8]:
    content = np.fromfile(path, dtype, n, offset=start)
    if len(content) != n:
        raise EOFError(f"{path} is cut short")
    return content
