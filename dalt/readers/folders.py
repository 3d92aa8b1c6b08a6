"""Which files are meant by a folder, a path, or a list of them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from dalt.readers.pictures import reason_of
from dalt.records import BadInput

Unread = list[tuple[Path, str]]


def listed(images: object) -> tuple[list[Path], Unread]:
    """List the files that are meant.

    Parameters
    ----------
    images : path, or iterable of paths
        Folders are read with all folders below them.

    Returns
    -------
    list of Path
        Absolute; folder by folder in the order of the names.
    list of (Path, str)
        Folders that cannot be read, and why.

    Raises
    ------
    BadInput
        If there is no such folder, nothing in it, or these are no paths.
    """
    unread: Unread = []
    seen: set[tuple[int, int]] = set()
    if isinstance(images, str | os.PathLike):
        root = _absolute(images)
        if not os.path.lexists(root):
            raise BadInput(f"There is no file or folder {os.fspath(images)!r}.")
        paths = list(_below(root, seen, unread)) if os.path.isdir(root) else [root]
        if not paths and not unread:
            raise BadInput(f"There are no files in the folder {os.fspath(images)!r}.")
        return paths, unread
    if not isinstance(images, Iterable):
        raise BadInput(
            "Images are given as a folder, a list of paths or a uint8 array, "
            f"not as {type(images).__name__}."
        )
    paths = []
    for i, image in enumerate(images):
        if not isinstance(image, str | os.PathLike):
            raise BadInput(
                f"Entry {i} of the list of images is {type(image).__name__}, not a path; "
                "arrays are given as one uint8 array of shape (n, h, w[, 3])."
            )
        path = _absolute(image)
        paths += _below(path, seen, unread) if os.path.isdir(path) else [path]
    if not paths and not unread:
        raise BadInput("There are no images to add.")
    return paths, unread


def _absolute(path: str | os.PathLike[str]) -> Path:
    return Path(os.path.abspath(os.path.expanduser(path)))


def _below(folder: Path, seen: set[tuple[int, int]], unread: Unread) -> Iterator[Path]:
    """Yield the files below a folder; each real folder once, so links cannot loop."""
    try:
        status = folder.stat()
        names = sorted(os.listdir(folder))
    except OSError as error:
        unread.append((folder, reason_of(error)))
        return
    key = (status.st_dev, status.st_ino)
    if key in seen:
        return
    seen.add(key)
    for name in names:
        path = folder / name
        if name.startswith("."):
            continue
        if not os.path.isdir(path):
            yield path
        elif path.suffix != ".dalt":  # a project's own files are no raw data
            yield from _below(path, seen, unread)
