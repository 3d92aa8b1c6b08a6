"""Checks that a path is a readable plain file, with reasons for people."""

from __future__ import annotations

import errno
import stat
from pathlib import Path

from dalt.core.errors import os_reason


class Refused(Exception):
    """A file cannot be used; the message is the reason in plain words."""


def reason_of(error: OSError) -> str:
    """Say in plain words why the system could not read a file."""
    if error.errno in (errno.ENOENT, errno.ENOTDIR):
        return "no such file"
    if error.errno == errno.ELOOP:
        return "a link that leads to itself"
    return f"cannot be read ({os_reason(error).lower()})"


def require_file(path: Path) -> None:
    """Refuse paths that are missing, empty, or would block when opened (a pipe, a device)."""
    try:
        status = path.stat()
    except OSError as error:
        raise Refused(reason_of(error)) from None
    except ValueError:  # not a possible file name
        raise Refused("no such file") from None
    if stat.S_ISDIR(status.st_mode):
        raise Refused("a folder, not a file")
    if not stat.S_ISREG(status.st_mode):
        raise Refused("not a regular file")
    if status.st_size == 0:
        raise Refused("empty file (0 bytes)")
