"""A folder in which a file or folder is made until it is whole, beside its final place."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from dalt.core.files import folder_being_written, leftovers, sweep_away, unpublished

_LOCK = "in-use"
_OLD_SECONDS = 3_600.0
"""Where folders themselves cannot be locked, one without a lock is at most as young as its maker
needs to lock it."""


@contextmanager
def workplace(target: Path) -> Iterator[Path]:
    """Make a folder beside `target` that only this user can read, and remove it at the end.

    A process that is killed leaves its folder; the next one that makes something beside it removes
    it, whatever its name: one that was killed after the renaming is never made again.

    Parameters
    ----------
    target : Path
        What is made: the block renames it from the folder.

    Yields
    ------
    Path

    Raises
    ------
    OSError
        If it cannot be made.
    """
    sweep(target.parent)
    with (
        unpublished(target) as folder,
        folder_being_written(folder, 0o700),
        FileLock(folder / _LOCK, mode=0o600),
    ):
        yield folder


def sweep(place: Path) -> None:
    """Remove the folders that killed processes left in a place."""
    for folder in leftovers(place):
        if folder.is_symlink() or not folder.is_dir():
            continue
        try:
            if not (folder / _LOCK).exists():
                if os.name != "nt":
                    sweep_away(folder)
                elif time.time() - folder.stat().st_mtime > _OLD_SECONDS:
                    shutil.rmtree(folder, ignore_errors=True)
                continue
            with FileLock(folder / _LOCK, timeout=0):
                shutil.rmtree(folder, ignore_errors=True)
        except (Timeout, OSError):  # its process is at work, or it belongs to somebody else
            continue
