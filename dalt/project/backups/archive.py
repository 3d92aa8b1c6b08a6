"""The archive of a backup: a tar file, compressed by Zstandard.

Its first member says what it is, its last one lists every file with its hash, so an archive that
was cut short is known by that.  Everything else lies below ``project/``; any program that unpacks
``.tar.zst`` gets the files out.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import tarfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Any

import zstandard

from dalt.core.records import BadInput
from dalt.core.syncing import sync_open

HEAD = "dalt-backup.json"
MANIFEST = "dalt-manifest.json"
FOLDER = "project/"
ENDING = ".tar.zst"
_CHUNK = 1 << 20
_SYNCED = 16 << 20
"""Bytes between two syncs: a disk that gets a gigabyte at once keeps labels waiting."""
_LARGEST_HEAD = 1 << 20
_LARGEST_LIST = 256 << 20
_LARGEST_NAMES = 1 << 16
_LARGEST_END = 1 << 20
_LEVEL = 3

Told = Callable[[int], None]
"""Called with the number of bytes that went through."""


class Written:
    """A new archive, member by member.

    Parameters
    ----------
    file : binary file
    told : callable
    """

    def __init__(self, file: IO[bytes], told: Told) -> None:
        self._told = told
        self._listed: dict[str, dict[str, Any]] = {}
        packed = zstandard.ZstdCompressor(level=_LEVEL, write_checksum=True)
        self._stream = packed.stream_writer(_Synced(file), closefd=False)  # type: ignore[arg-type]
        form = tarfile.PAX_FORMAT
        self._tar = tarfile.open(fileobj=self._stream, mode="w|", format=form)  # noqa: SIM115

    def head(self, content: dict[str, Any]) -> None:
        """Write the first member."""
        self._json(HEAD, content)

    def file(self, name: str, opened: IO[bytes]) -> None:
        """Add an open file of the project, up to its present size.

        Raises
        ------
        OSError
            If it cannot be read, or got shorter meanwhile.
        """
        status = os.fstat(opened.fileno())
        info = tarfile.TarInfo(FOLDER + name)
        info.size, info.mtime, info.mode = (
            status.st_size,
            int(status.st_mtime),
            status.st_mode & 0o777,
        )
        hashed = _Hashed(opened, self._told)
        self._tar.addfile(info, hashed)
        self._listed[name] = {"bytes": info.size, "sha256": hashed.digest}

    def end(self) -> None:
        """Write the list of files, and everything that is still in memory."""
        self._json(MANIFEST, {"files": self._listed})
        self._tar.close()
        self._stream.close()  # type: ignore[no-untyped-call]

    def _json(self, name: str, content: dict[str, Any]) -> None:
        text = (json.dumps(content, indent=1) + "\n").encode()
        info = tarfile.TarInfo(name)
        info.size, info.mode = len(text), 0o600
        self._tar.addfile(info, io.BytesIO(text))


class _Hashed:
    """A file that is hashed as it is read."""

    def __init__(self, file: IO[bytes], told: Told) -> None:
        self._file = file
        self._told = told
        self._hash = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        self._hash.update(data)
        self._told(len(data))
        return data

    @property
    def digest(self) -> str:
        return self._hash.hexdigest()


class _Synced:
    """A file whose bytes go to the disk a few at a time."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._since = 0

    def write(self, data: bytes) -> int:
        self._file.write(data)
        self._since += len(data)
        if self._since >= _SYNCED:
            sync_open(self._file)
            self._since = 0
        return len(data)

    def flush(self) -> None:
        self._file.flush()


# --- reading ------------------------------------------------------------------------------


class _Member(tarfile.TarInfo):
    """A member of an archive that may come from a stranger.

    Only plain files, and longer names for them, are read at all: no links, no devices, no sparse
    files, and no names that fill the memory.
    """

    def _proc_member(self, tar: tarfile.TarFile) -> tarfile.TarInfo:
        if self.type == tarfile.XHDTYPE and self.size <= _LARGEST_NAMES:
            member = super()._proc_member(tar)  # type: ignore[misc]  # its documented entry point
            if member.issparse():
                raise _Strange("a file with holes")
            return member
        if self.type not in (tarfile.REGTYPE, tarfile.AREGTYPE):
            raise _Strange(f"{self.name!r}, which is no plain file")
        return super()._proc_member(tar)  # type: ignore[misc]


class _Content:
    """A member's content; errors of reading it are those of the archive.

    Whoever writes it meanwhile has errors of their own.
    """

    def __init__(
        self, content: _Hashed, refused: Callable[[], AbstractContextManager[None]]
    ) -> None:
        self._content = content
        self._refused = refused

    def read(self, size: int = -1) -> bytes:
        with self._refused():
            return self._content.read(size)


class _Strange(Exception):
    """What a backup of DALT never holds."""


class Read:
    """An archive, read from its beginning to its end.

    Parameters
    ----------
    path : Path
        Its path, for messages.
    file : binary file
    told : callable
    """

    def __init__(self, path: Path, file: IO[bytes], told: Told) -> None:
        self._path = path
        self._told = told
        self._found: dict[str, dict[str, Any]] = {}
        with self._refused():
            self._stream = zstandard.ZstdDecompressor().stream_reader(file, closefd=False)
            stream = self._stream
            self._tar = tarfile.open(fileobj=stream, mode="r|", tarinfo=_Member)  # noqa: SIM115
            self.head = self._first()

    def files(self) -> Iterator[tuple[str, int, IO[bytes]]]:
        """Give name, mode and content of each file, each to be read before the next.

        Raises
        ------
        BadInput
            If a name leads out of the folder, or the files are not those of the list at the end.
        """
        left = int(self.head["bytes"])
        with self._refused():
            while (member := self._tar.next()) is not None:
                if member.name == MANIFEST:
                    self._compare(self._read_json(member, _LARGEST_LIST))
                    self._end()
                    return
                name = self._checked(member.name)
                left -= member.size
                if left < 0 or member.size < 0:
                    raise _Strange("more than it says at its beginning")
                content = self._tar.extractfile(member)
                assert content is not None  # members are plain files
                hashed = _Hashed(content, self._told)
                yield name, member.mode, _Content(hashed, self._refused)  # type: ignore[misc]
                while hashed.read(_CHUNK):
                    pass
                self._found[name] = {"bytes": member.size, "sha256": hashed.digest}
        raise BadInput(f"{self._path} ends in the middle: the backup was cut short.")

    def _first(self) -> dict[str, Any]:
        member = self._tar.next()
        if member is None or member.name != HEAD:
            raise _Strange("no head")
        head = self._read_json(member, _LARGEST_HEAD)
        if not all(isinstance(head.get(name), kind) for name, kind in _HEAD.items()):
            raise _Strange("a head that does not say what it is")
        if head["format"] > FORMAT:
            raise BadInput(
                f"{self._path} was written by a newer DALT ({head['dalt']}); upgrade DALT to read "
                "it."
            )
        return head

    def _read_json(self, member: tarfile.TarInfo, largest: int) -> dict[str, Any]:
        if member.size > largest:
            raise _Strange(f"{member.name!r} of {member.size:,} bytes")
        content = self._tar.extractfile(member)
        assert content is not None
        found = json.loads(content.read())
        if not isinstance(found, dict):
            raise _Strange(f"{member.name!r}, which is no table")
        return found

    def _checked(self, name: str) -> str:
        inside = name.removeprefix(FOLDER)
        parts = inside.split("/")
        plain = name.startswith(FOLDER) and all(map(_is_plain, parts))
        if not plain or str(PurePosixPath(inside)) != inside:
            raise _Strange(f"the name {name!r}, which leads out of the folder")
        if inside in self._found:
            raise _Strange(f"{inside!r} twice")
        return inside

    def _compare(self, manifest: dict[str, Any]) -> None:
        listed = manifest.get("files")
        if not isinstance(listed, dict):
            raise _Strange("a list of files that is none")
        for name in sorted({*listed, *self._found}):
            if listed.get(name) != self._found.get(name):
                why = "differs from its hash" if name in self._found else "is missing"
                raise BadInput(f"{self._path} is damaged: {name!r} {why}.")

    def _end(self) -> None:
        """Read to the end, where the checksum of everything stands."""
        if len(self._stream.read(_LARGEST_END)) == _LARGEST_END:
            raise _Strange("more behind its list of files")

    @contextmanager
    def _refused(self) -> Iterator[None]:
        try:
            yield
        except _Strange as error:
            raise BadInput(
                f"{self._path} is no backup that DALT wrote: it holds {error}. Nothing was written."
            ) from error
        except (zstandard.ZstdError, tarfile.TarError, EOFError, ValueError, KeyError) as error:
            raise BadInput(
                f"{self._path} is no backup of DALT, or it is damaged: "
                f"{str(error) or type(error).__name__}."
            ) from error


def _is_plain(part: str) -> bool:
    """Whether a part of a path names something below it, also on Windows."""
    strange = ("\0", "\\", ":") if os.name == "nt" else ("\0",)
    return part not in ("", ".", "..") and not any(sign in part for sign in strange)


FORMAT = 1
_HEAD: dict[str, type] = {
    "format": int,
    "dalt": str,
    "project": str,
    "name": str,
    "created_at": str,
    "schema": int,
    "rows": dict,
    "files": int,
    "bytes": int,
    "state": str,
}


def head_of(path: Path) -> dict[str, Any]:
    """Read what an archive says at its beginning.

    Raises
    ------
    BadInput
        If it is no backup of DALT.
    OSError
        If it cannot be read.
    """
    with path.open("rb") as file:
        return Read(path, file, lambda n: None).head
