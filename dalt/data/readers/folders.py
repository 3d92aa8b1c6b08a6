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
OUTSIDE = "a link to a folder outside of the one that was given; add that folder itself, if wanted"
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
    listing = _Listing(meant, remote)
    if isinstance(given, str) and remote is not None and is_address(given):
        listing.take_address(given)
    elif isinstance(given, str | os.PathLike):
        listing.take_path(given)
    elif hasattr(given, "columns"):
        raise BadInput(
            f"{meant.many.capitalize()} are given as {meant.forms}, not as a whole table: give the "
            "column that has the paths, as frame['path']."
        )
    elif not is_iterable(given) or isinstance(given, bytes | Mapping):
        raise BadInput(
            f"{meant.many.capitalize()} are given as {meant.forms}, not as {type(given).__name__}."
        )
    else:
        for number, entry in enumerate(given):
            listing.take_entry(number, entry)
        if listing.is_empty:
            raise BadInput(f"There are no {meant.many} to add.")
    return listing.found


class _Listing:
    """Lists files; each real folder once."""

    def __init__(self, meant: Meant, remote: RemoteFiles | None) -> None:
        self.found = Listed()
        self._meant = meant
        self._remote = remote
        self._seen: set[tuple[int, int]] = set()

    @property
    def is_empty(self) -> bool:
        """Whether there is no file, and no folder that cannot be read."""
        return not self.found.each and not self.found.unread

    def take_address(self, address: str) -> None:
        """The only address that is given."""
        try:
            self._add_address(address)
        except Refused as why:
            raise refused_as(address, why) from None
        if not self.found.each:
            raise BadInput(f"There are no {self._meant.many} at {address!r}.")

    def take_path(self, given: str | os.PathLike[str]) -> None:
        """The only path that is given."""
        name = os.fspath(given)
        if is_url(given):
            raise BadInput(f"{shown(given)} is {WEB_ADDRESS}.")
        if not name:
            raise BadInput(f"An empty path names no {self._meant.many}; for this folder write '.'.")
        root = _absolute(given)
        if not os.path.lexists(root):
            raise BadInput(f"There is no file or folder {name!r}{_looked_in(given)}.")
        if root.suffix.lower() in TABLES and root.is_file():
            raise BadInput(_is_table(name, self._meant))
        self._add(root)
        if self.is_empty:
            files = self._meant.many if self._meant.endings else "files"
            raise BadInput(f"There are no {files} in the folder {name!r}.")

    def take_entry(self, number: int, entry: object) -> None:
        """One entry of a list."""
        if is_missing(entry) or (isinstance(entry, str) and not entry):
            self.found.each.append(Rejection(str(number), "no path"))
        elif self._remote is not None and is_address(entry):
            try:
                self._add_address(str(entry))
            except Refused as why:
                self.found.each.append(Rejection(label(entry), str(why)))
        elif is_url(entry):
            self.found.each.append(Rejection(label(entry), WEB_ADDRESS))
        elif isinstance(entry, str | os.PathLike):
            self._add(_absolute(entry))
        else:
            raise BadInput(
                f"Entry {number} of the list of {self._meant.many} is {type(entry).__name__}, not "
                f"a path{self._meant.hint}."
            )

    def _add(self, path: Path) -> None:
        if not os.path.isdir(path):
            self.found.each.append(path)
            return
        self.found.counted = False
        below = _below(path, os.path.realpath(path), self._seen, self.found.unread)
        self.found.each += [each for each in below if self._meant.takes(each)]

    def _add_address(self, address: str) -> None:
        assert self._remote is not None
        below = self._remote.listed(address, self._meant.takes)
        self.found.counted &= below is None
        self.found.each += [Address(address)] if below is None else below


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


def _below(folder: Path, root: str, seen: set[tuple[int, int]], unread: Unread) -> Iterator[Path]:
    """Yield the files below a folder; each real folder once, so links cannot loop.

    A link to a folder outside of `root`, the real path of what was given, is not followed: a
    folder that came from elsewhere must not bring in what its sender knows to lie on this disk.
    """
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
        elif os.path.islink(path) and not _lies_in(root, os.path.realpath(path)):
            unread.append((path, OUTSIDE))
        elif path.suffix != ".dalt":  # a project's own files are not raw data
            yield from _below(path, root, seen, unread)


def _lies_in(root: str, path: str) -> bool:
    return os.path.commonpath([root, path]) == root
