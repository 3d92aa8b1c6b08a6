"""What is copied into a project: written whole or not at all, read by memory map."""

from __future__ import annotations

import os
import secrets
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any, Self

import numpy as np
from numpy.typing import NDArray

from dalt.records import BadInput

OPEN_MAPS = 64  # each holds a file descriptor


class NewFile:
    """A file that nobody sees before it is complete, and that is gone if it is not.

    Its temporary file is made at the first write.

    Parameters
    ----------
    folder : Path
        Where it goes; made if it is not there.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / f".{secrets.token_hex(8)}.part"
        self._file: IO[bytes] | None = None

    def __enter__(self) -> Self:
        """Begin; nothing is written yet."""
        return self

    def __exit__(self, *_: object) -> None:
        """Remove what was not published."""
        if self._file is not None:
            self._file.close()
            self._path.unlink(missing_ok=True)

    def write(self, data: bytes) -> int:
        """Append, and return the offset at which it begins.

        Raises
        ------
        BadInput
            If the folder cannot be written into.
        """
        try:
            if self._file is None:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                self._file = self._path.open("xb")
            offset = self._file.tell()
            self._file.write(data)
        except OSError as error:
            raise self._failed(error) from error
        return offset

    def write_array_header(self, shape: tuple[int, ...]) -> None:
        """Begin an .npy file of uint8; its rows are written after it."""
        self.write(b"")
        assert self._file is not None
        header = {"descr": "|u1", "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(self._file, header)

    def publish(self, name: str) -> None:
        """Sync it to the disk and give it its name.

        Raises
        ------
        BadInput
            If the disk is full.
        """
        assert self._file is not None, "nothing was written"
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            os.replace(self._path, self._path.with_name(name))
            _sync_folder(self._path.parent)
        except OSError as error:
            raise self._failed(error) from error

    def _failed(self, error: OSError) -> BadInput:
        return BadInput(f"Cannot write into {str(self._path.parent)!r}: {error.strerror}.")


class Copies:
    """Random access to the files in ``samples/``; safe to share between threads.

    Parameters
    ----------
    folder : Path
        The folder ``samples/`` of a project.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._maps: dict[str, NDArray[np.uint8]] = {}
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
        content = self._mapped(location["file"])
        if "row" in location:
            return np.array(content[location["row"]])
        start = location["offset"]
        return np.array(content[start : start + location["length"]])

    def _mapped(self, name: str) -> NDArray[np.uint8]:
        with self._lock:
            content = self._maps.get(name)
            if content is None:
                path = self.folder / name
                if path.suffix == ".npy":
                    content = np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))
                else:
                    content = np.asarray(np.memmap(path, dtype=np.uint8, mode="r"))
                while len(self._maps) >= OPEN_MAPS:
                    self._maps.pop(next(iter(self._maps)))
                self._maps[name] = content
            return content


def _sync_folder(folder: Path) -> None:
    """Make a rename in a folder survive a power cut, where folders can be opened."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
