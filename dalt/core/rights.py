"""Who may read the files of a project: whoever its folder lets in, and nobody else.

A new project's folder is its owner's alone (0700).  What is written in it later gets the folder's
own rights, whatever the process would give to new files.  So a folder that a group shares (2770)
stays shared, and a project whose folder others can enter keeps the rights that it always had.
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path

from filelock import FileLock

from dalt.core.syncing import sync

PRIVATE = 0o700
SHARED = 0o2770
"""For a group; files in it get the group of the folder."""

_OTHERS = 0o007
_MARKS = ("project.toml", "project.toml.lock")
"""A project's folder has one of them from the first moment on."""

_DEEPEST = 3
"""Folders between a project and its files: of a cache, of an encoder in ``embeddings/``."""


def rights_in(folder: Path) -> int | None:
    """The permissions of a new file in a folder.

    Parameters
    ----------
    folder : Path
        A project's folder or one in it, or any other.

    Returns
    -------
    int or None
        None where the process decides: outside projects, and in those that others can enter.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as place:
    ...     _ = Path(place, "project.toml").write_text("")
    ...     oct(rights_in(Path(place)))
    '0o600'
    """
    rights = folder_rights_in(folder)
    return None if rights is None else rights & 0o666


def folder_rights_in(folder: Path) -> int | None:
    """The permissions of a new folder in a folder; None as for `rights_in`.

    Examples
    --------
    >>> folder_rights_in(Path("/")) is None
    True
    """
    for place in (folder, *folder.parents[:_DEEPEST]):
        if any((place / mark).exists() for mark in _MARKS):
            return _own(place)
    return None


def readable_by_others(file: Path) -> bool:
    """Whether other accounts may read or write a file."""
    return os.name != "nt" and bool(file.stat().st_mode & 0o077)


def make_folder(folder: Path) -> None:
    """Make a folder and its parents, if they are missing; in a project with the project's rights.

    Their names are on the disk when this returns: whatever is synced within a folder is lost with
    it, if the power fails before its own name in the folder above was written.

    Parameters
    ----------
    folder : Path

    Raises
    ------
    OSError
        If it cannot be made.
    """
    if folder.is_dir():
        return
    if not folder.parent.is_dir():
        make_folder(folder.parent)
    _make(folder, folder_rights_in(folder.parent))


def make_private(folder: Path) -> None:
    """Make the folder of a project, and its parents, if they are missing.

    Nobody but its owner may enter it.  A folder that is there stays as it is.

    Parameters
    ----------
    folder : Path

    Raises
    ------
    OSError
        If it cannot be made.
    """
    if not folder.is_dir():
        make_folder(folder.parent)
        _make(folder, PRIVATE)


def make_shared(folder: Path) -> None:
    """Make the folder of a project that the owner's group shares; one that is there is opened.

    Parameters
    ----------
    folder : Path

    Raises
    ------
    OSError
        If it cannot be made, or is somebody else's.
    """
    make_folder(folder)
    os.chmod(folder, SHARED)


def make_file(path: Path) -> None:
    """Make an empty file with the rights of its project, before somebody else opens it.

    Outside projects, or where there is a file, nothing happens.

    Parameters
    ----------
    path : Path

    Raises
    ------
    OSError
        If it cannot be made.
    """
    rights = rights_in(path.parent)
    if rights is None:
        return
    try:
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, rights)
    except FileExistsError:
        return
    try:
        os.fchmod(handle, rights)  # the process may give less to new files
    finally:
        os.close(handle)


def lock_of(
    path: Path, *, timeout: float = -1, thread_local: bool = True, new: bool = False
) -> FileLock:
    """A lock by a file; everybody who may enter the project can take it.

    Parameters
    ----------
    path : Path
        Of the lock's file.
    new : bool
        Whether the file's folder is going to be a project.
    timeout : float
        Seconds to wait for it; -1 waits for good.
    thread_local : bool
        Whether each thread holds it by itself.
    """
    rights = _own(path.parent) if new else folder_rights_in(path.parent)
    if rights is None:
        return FileLock(path, timeout=timeout, thread_local=thread_local)
    return FileLock(path, timeout=timeout, thread_local=thread_local, mode=rights & 0o666)


def _make(folder: Path, rights: int | None) -> None:
    try:
        folder.mkdir(mode=0o777 if rights is None else rights & 0o777)
    except FileExistsError:
        if not folder.is_dir():
            raise
        return
    if rights is not None:
        os.chmod(folder, rights)
    with suppress(PermissionError):  # of a folder above that only lets in
        sync(folder.parent)


def _own(folder: Path) -> int | None:
    """The rights of a folder, if others have none."""
    if os.name == "nt":
        return None
    rights = stat.S_IMODE(folder.stat().st_mode)
    return None if rights & _OTHERS else rights
