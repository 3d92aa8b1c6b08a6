"""What was written is on the disk, also when the power fails."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import IO

# Errors of network file systems that cannot sync a folder, and need not.
_NO_SYNC_OF_FOLDERS = (errno.EINVAL, errno.ENOTSUP)


def sync(path: Path) -> None:
    """Wait until the content of a file, or the names in a folder, are on the disk.

    Parameters
    ----------
    path : Path

    Raises
    ------
    OSError
        If they cannot be written there.
    """
    folder = path.is_dir()
    if folder and os.name == "nt":  # Windows cannot open folders
        return
    handle = os.open(path, os.O_RDONLY if folder else os.O_RDWR)
    try:
        os.fsync(handle)
    except OSError as error:
        if not folder or error.errno not in _NO_SYNC_OF_FOLDERS:
            raise
    finally:
        os.close(handle)


def sync_open(file: IO[bytes]) -> None:
    """Wait until what was written into an open file is on the disk.

    Raises
    ------
    OSError
        If it cannot be written there.
    """
    file.flush()
    os.fsync(file.fileno())
