"""Listing the files of a folder, a path, or a list of them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from dalt.core.arguments import is_iterable
from dalt.core.errors import shown
from dalt.core.records import BadInput, Rejection
from dalt.data.readers.addresses import Address, is_address
from dalt.data.readers.paths import Refused, reason_of
from dalt.data.readers.remote import RemoteFiles, refused_as
from dalt.data.readers.tables import is_missing, label

WEB_ADDRESS = "a web address; download it first and give the path of the file"
_URL = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]+://|data:")
TABLES = (".csv", ".tsv", ".jsonl", ".parquet", ".xlsx")
"""Endings of files that have rows, and are no sample themselves."""
Unread = list[tuple[Path, str]]


@dataclass(frozen=True)
class Meant:
    """A kind of files.

    Attributes
    ----------
    many : str
        Their name in the plural.
    forms : str
        Accepted forms.
    hint : str
        Advice for an entry of a list that is not a path.
    endings : frozenset of str
        Endings of files to take from folders; empty takes all.  Files that are named directly
        may have any ending.
    """

    many: str
    forms: str
    hint: str = ""
    endings: frozenset[str] = frozenset()

    def takes(self, path: Path) -> bool:
        """Whether a file of a folder counts, by its name."""
        return not self.endings or path.suffix.lower() in self.endings


@dataclass
class Listed:
    """The listed files, in order.

    Attributes
    ----------
    each : list of Path, Address or Rejection
        Absolute paths and addresses, folder by folder in the order of names; rejected entries of
        a list.
    unread : list of (Path, str)
        Folders that cannot be read, and why.
    counted : bool
        Whether each entry of a list gives one, with no folder among them.
    """

    each: list[Path | Address | Rejection] = field(default_factory=list)
    unread: Unread = field(default_factory=list)
    counted: bool = True


def listed(given: object, meant: Meant, remote: RemoteFiles | None = None) -> Listed:
    """List the files of a path or list.

    Parameters
    ----------
    given : path, or iterable of paths
        Folders are read with all their subfolders.
    meant : Meant
    remote : RemoteFiles, optional
        Reads addresses; without it they are rejected.

    Raises
    ------
    BadInput
        If there is no such folder, nothing in it, or these are no paths.
    """
    found = Listed()
    seen: set[tuple[int, int]] = set()

    def add(path: Path) -> None:
        if os.path.isdir(path):
            found.counted = False
            found.each += [each for each in _below(path, seen, found.unread) if meant.takes(each)]
        else:
            found.each.append(path)

    def add_address(address: str) -> None:
        assert remote is not None
        below = remote.listed(address, meant.takes)
        found.counted &= below is None
        found.each += [Address(address)] if below is None else below

    if isinstance(given, str) and remote is not None and is_address(given):
        try:
            add_address(given)
        except Refused as why:
            raise refused_as(given, why) from None
        if not found.each:
            raise BadInput(f"There are no {meant.many} at {given!r}.")
        return found
    if isinstance(given, str | os.PathLike):
        if is_url(given):
            raise BadInput(f"{shown(given)} is {WEB_ADDRESS}.")
        if not os.fspath(given):
            raise BadInput(f"An empty path names no {meant.many}; for this folder write '.'.")
        root = _absolute(given)
        if not os.path.lexists(root):
            raise BadInput(f"There is no file or folder {os.fspath(given)!r}{_looked_in(given)}.")
        if root.suffix.lower() in TABLES and root.is_file():
            raise BadInput(_is_table(os.fspath(given), meant))
        add(root)
        if not found.each and not found.unread:
            files = meant.many if meant.endings else "files"
            raise BadInput(f"There are no {files} in the folder {os.fspath(given)!r}.")
        return found
    if hasattr(given, "columns"):
        raise BadInput(
            f"{meant.many.capitalize()} are given as {meant.forms}, not as a whole table: give the "
            "column that has the paths, as frame['path']."
        )
    if not is_iterable(given) or isinstance(given, bytes | Mapping):
        raise BadInput(
            f"{meant.many.capitalize()} are given as {meant.forms}, not as {type(given).__name__}."
        )
    for i, entry in enumerate(given):
        if is_missing(entry) or entry == "":
            found.each.append(Rejection(str(i), "no path"))
        elif remote is not None and is_address(entry):
            try:
                add_address(str(entry))
            except Refused as why:
                found.each.append(Rejection(label(entry), str(why)))
        elif is_url(entry):
            found.each.append(Rejection(label(entry), WEB_ADDRESS))
        elif isinstance(entry, str | os.PathLike):
            add(_absolute(entry))
        else:
            raise BadInput(
                f"Entry {i} of the list of {meant.many} is {type(entry).__name__}, not a path"
                f"{meant.hint}."
            )
    if not found.each and not found.unread:
        raise BadInput(f"There are no {meant.many} to add.")
    return found


def is_url(given: object) -> bool:
    """Whether something is a web address, or one of an object store."""
    return isinstance(given, str) and _URL.match(given) is not None


def _is_table(name: str, meant: Meant) -> str:
    """What somebody can do with a table that they gave in the place of files."""
    return (
        f"{name!r} is a table, not {meant.many}: project.import_labels({name!r}) takes labels "
        "from it, and project.add_table(frame) its rows as samples, once pandas has read it; if a "
        f"column holds the paths of {meant.many}, give that column."
    )


def _looked_in(given: str | os.PathLike[str]) -> str:
    """The working folder, for relative paths: in a notebook it can surprise."""
    relative = not os.path.isabs(os.path.expanduser(given))
    return f" (looked in {os.getcwd()})" if relative else ""


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
        elif path.suffix != ".dalt":  # a project's own files are not raw data
            yield from _below(path, seen, unread)
