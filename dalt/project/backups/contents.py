"""Which files of a project's folder go into its backup, all of one moment."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from dalt.core.records import BadInput

_LEFT_OUT = re.compile(r"labels\.db.*|cache", re.DOTALL)
"""The database, which is copied by itself; files behind addresses, which come again."""
_UNFINISHED = re.compile(r".*\.lock|.*\.part", re.DOTALL)
"""What processes hold, and what they have not finished."""
_MAY_BE_LINKS = ("project.toml", "samples", "embeddings", "snapshots", "tuning")
"""What somebody may have put on another disk.  Other links may lead anywhere."""
_NEVER_REPLACED = "samples"
"""Files of this folder are only ever added, so they need not be open all at once."""
_ATTEMPTS = 20


@dataclass(frozen=True, slots=True)
class Part:
    """One file of the folder.

    Attributes
    ----------
    name : str
        Its path below the folder, with slashes.
    size : int
        In bytes.
    identity : tuple of int
        What changes whenever the file is replaced or written.
    """

    name: str
    size: int
    identity: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Contents:
    """The files of a project's folder, as they were at one moment.

    Attributes
    ----------
    folder : Path
    parts : sequence of Part
        In the order of their names.
    links : sequence of str
        Symbolic links, which a backup leaves out.
    """

    folder: Path
    parts: Sequence[Part]
    links: Sequence[str]
    _opened: dict[str, IO[bytes]]

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(part.size for part in self.parts)

    @property
    def state(self) -> str:
        """A hash that changes with every file that people or encoders change.

        Snapshots follow from the labels, and the trainer writes there all the time.
        """
        lasting = [
            (part.name, part.size, part.identity)
            for part in self.parts
            if not part.name.startswith("snapshots/")
        ]
        return hashlib.sha256(json.dumps(lasting).encode()).hexdigest()

    @contextmanager
    def open(self, part: Part) -> Iterator[IO[bytes]]:
        """Open a file as it was at that moment."""
        if (held := self._opened.get(part.name)) is not None:
            yield held
            return
        with _open(self.folder, part.name) as file:
            yield file


@contextmanager
def contents(folder: Path) -> Iterator[Contents]:
    """Hold the files of a folder, while other processes replace them.

    Files are replaced as a whole (`dalt.core.files`), so an open one keeps its content.

    Raises
    ------
    BadInput
        If the files change too often to be seen at one moment.
    OSError
        If one cannot be read.
    """
    for _ in range(_ATTEMPTS):
        parts, links = _found(folder)
        with ExitStack() as stack:
            opened = {}
            with suppress(FileNotFoundError):
                for part in parts:
                    if part.name.split("/")[0] != _NEVER_REPLACED:
                        opened[part.name] = stack.enter_context(_open(folder, part.name))
                if _found(folder)[0] == parts:
                    yield Contents(folder, parts, links, opened)
                    return
    raise BadInput(
        f"The files of {folder.name} change too often to be backed up, as while it is encoded; try "
        "again in a moment."
    )


def _found(folder: Path) -> tuple[list[Part], list[str]]:
    parts: list[Part] = []
    links: list[str] = []
    _look_into(folder, "", parts, links)
    return sorted(parts, key=lambda part: part.name), sorted(links)


def _look_into(folder: Path, below: str, parts: list[Part], links: list[str]) -> None:
    with suppress(FileNotFoundError), os.scandir(folder / below) as entries:
        for entry in entries:
            name = f"{below}/{entry.name}" if below else entry.name
            if _LEFT_OUT.fullmatch(name) or _UNFINISHED.fullmatch(entry.name):
                continue
            followed = name in _MAY_BE_LINKS
            if entry.is_symlink() and not followed:
                links.append(name)
            elif entry.is_dir(follow_symlinks=followed):
                _look_into(folder, name, parts, links)
            elif entry.is_file(follow_symlinks=followed):
                with suppress(FileNotFoundError):  # removed since it was listed
                    status = os.stat(entry.path, follow_symlinks=followed)
                    seen = (status.st_ino, status.st_mtime_ns)
                    parts.append(Part(name, status.st_size, seen))


def _open(folder: Path, name: str) -> IO[bytes]:
    """Open a file of the folder, and follow no link that was left out."""
    flags = os.O_RDONLY | getattr(os, "O_BINARY", 0)
    flags |= 0 if name in _MAY_BE_LINKS else getattr(os, "O_NOFOLLOW", 0)
    return os.fdopen(os.open(folder / name, flags), "rb")
