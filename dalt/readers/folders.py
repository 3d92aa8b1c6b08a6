"""Which files are meant by a folder, a path, or a list of them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from dalt.readers.plain import reason_of
from dalt.records import BadInput

Unread = list[tuple[Path, str]]


@dataclass(frozen=True)
class Meant:
    """What kind of files is meant.

    Attributes
    ----------
    many : str
        Their name in the plural.
    forms : str
        In which forms they are given.
    hint : str
        What else one could do with an entry of a list that is no path.
    endings : frozenset of str
        Of the files that are taken from folders; empty takes all. Files that are named
        themselves are looked at whatever they are called.
    """

    many: str
    forms: str
    hint: str = ""
    endings: frozenset[str] = frozenset()

    def takes(self, path: Path) -> bool:
        """Whether a file of a folder is one of them by its name."""
        return not self.endings or path.suffix.lower() in self.endings


def listed(given: object, meant: Meant) -> tuple[list[Path], Unread]:
    """List the files that are meant.

    Parameters
    ----------
    given : path, or iterable of paths
        Folders are read with all folders below them.
    meant : Meant

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

    def expanded(path: Path) -> Iterable[Path]:
        return filter(meant.takes, _below(path, seen, unread)) if os.path.isdir(path) else [path]

    if isinstance(given, str | os.PathLike):
        root = _absolute(given)
        if not os.path.lexists(root):
            raise BadInput(f"There is no file or folder {os.fspath(given)!r}.")
        paths = list(expanded(root))
        if not paths and not unread:
            files = meant.many if meant.endings else "files"
            raise BadInput(f"There are no {files} in the folder {os.fspath(given)!r}.")
        return paths, unread
    if not isinstance(given, Iterable):
        raise BadInput(
            f"{meant.many.capitalize()} are given as {meant.forms}, not as {type(given).__name__}."
        )
    paths = []
    for i, entry in enumerate(given):
        if not isinstance(entry, str | os.PathLike):
            raise BadInput(
                f"Entry {i} of the list of {meant.many} is {type(entry).__name__}, not a path"
                f"{meant.hint}."
            )
        paths += expanded(_absolute(entry))
    if not paths and not unread:
        raise BadInput(f"There are no {meant.many} to add.")
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
