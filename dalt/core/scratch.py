"""Folders for temporary files; those of killed processes are removed at the next start."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
import weakref
from pathlib import Path
from types import TracebackType

from filelock import FileLock, Timeout

PREFIX = "dalt-"
OWNER = ".owner"
"""The file in such a folder that its process holds locked for as long as it lives."""
YOUNG_SECONDS = 10.0
"""A folder is left alone for so long: its maker may not have locked it yet."""


class ScratchFolder:
    """A folder in the system's temporary directory that this process owns.

    Making one removes those of processes that were killed: their lock is free, since the system
    lets go of it whatever ends a process.

    Parameters
    ----------
    use : str
        What it is for; a part of its name.

    Attributes
    ----------
    path : Path

    Examples
    --------
    >>> with ScratchFolder("export") as folder:
    ...     (folder / "labels.csv").touch()
    >>> folder.exists()
    False
    """

    def __init__(self, use: str) -> None:
        remove_left_behind()
        self.path = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{use}-"))
        lock = FileLock(self.path / OWNER)
        lock.acquire()
        self._end = weakref.finalize(self, _remove, self.path, lock)

    def __enter__(self) -> Path:
        return self.path

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Remove the folder with everything in it."""
        self._end()


def _remove(path: Path, lock: FileLock) -> None:
    lock.release(force=True)
    shutil.rmtree(path, ignore_errors=True)


def remove_left_behind() -> list[Path]:
    """Remove the folders of processes that are gone, and return their paths.

    A folder counts only if it is this user's and no link, has the file `OWNER`, is not young, and
    nobody holds its lock.  What cannot be removed stays: it is in nobody's way.
    """
    gone = []
    for path in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        try:
            if not _may_be_left(path):
                continue
            with FileLock(path / OWNER, timeout=0):
                shutil.rmtree(path, ignore_errors=True)
        except (OSError, Timeout):
            continue
        if not path.exists():
            gone.append(path)
    return gone


def _may_be_left(path: Path) -> bool:
    made, owner = os.lstat(path), os.lstat(path / OWNER)
    mine = not hasattr(os, "getuid") or made.st_uid == os.getuid()
    age = time.time() - owner.st_mtime
    return mine and not path.is_symlink() and not 0 <= age < YOUNG_SECONDS
