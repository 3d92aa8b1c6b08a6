"""A file system that forgets what was not synced, as a disk does when the power fails.

It lies in memory and is mounted by FUSE (`libfuse`, through the package `mfusepy`).  A file keeps
what it held at its last `fsync`, a folder the names that it had at its own; this is stricter than
ext4, where the sync of a new file keeps its name, too.  `cut` writes what a disk would hold now:
all that was synced, and of the rest nothing, or any sectors and any first names, by chance.

The module is also the process that serves it: `Mounted` starts it, and tells it to cut.
"""

from __future__ import annotations

import errno
import os
import random
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import Any, Self

SECTOR = 512
"""Bytes that a disk writes as a whole or not at all."""


@dataclass
class File:
    """A file: what it holds, and what of it is on the disk."""

    mode: int
    owner: tuple[int, int]
    now: bytearray = field(default_factory=bytearray)
    kept: bytes = b""
    changed: int = field(default_factory=time.time_ns)
    links: int = 1

    def sync(self) -> None:
        self.kept = bytes(self.now)

    def left(self, chance: random.Random | None) -> bytes:
        """What is left of it; sectors that were not synced are there by chance."""
        if chance is None or self.kept == self.now:
            return self.kept
        size = chance.choice([len(self.kept), len(self.now)])
        found = bytearray(self.kept[:size].ljust(size, b"\0"))
        for at in range(0, min(size, len(self.now)), SECTOR):
            if chance.random() < 0.5:
                found[at : at + SECTOR] = self.now[at : min(at + SECTOR, size)]
        return bytes(found)


@dataclass
class Folder:
    """A folder: its names, those on the disk, and the changes between them in order."""

    mode: int
    owner: tuple[int, int]
    now: dict[str, File | Folder] = field(default_factory=dict)
    kept: dict[str, File | Folder] = field(default_factory=dict)
    later: list[dict[str, File | Folder | None]] = field(default_factory=list)
    changed: int = field(default_factory=time.time_ns)

    def put(self, names: dict[str, File | Folder | None]) -> None:
        """Give names to nodes, or take them away where there is none: all at once or not at all."""
        _change(self.now, names)
        self.later.append(names)
        self.changed = time.time_ns()

    def sync(self) -> None:
        self.kept, self.later = dict(self.now), []

    def left(self, chance: random.Random | None) -> dict[str, File | Folder]:
        """The names that are left: the first of those that were not synced may be there."""
        found = dict(self.kept)
        for names in self.later[: chance.randint(0, len(self.later)) if chance else 0]:
            _change(found, names)
        return found


def _change(found: dict[str, File | Folder], names: dict[str, File | Folder | None]) -> None:
    for name, node in names.items():
        if node is None:
            found.pop(name, None)
        else:
            found[name] = node


class Forgetful:
    """Operations of the file system, named as FUSE names them.

    Parameters
    ----------
    owner : pair of int
        User and group of the top folder.
    """

    def __init__(self, owner: tuple[int, int]) -> None:
        self._top = Folder(stat.S_IFDIR | 0o755, owner)
        self._open: dict[int, File] = {}
        self._last = 0
        self._alone = threading.RLock()

    def cut(self, chance: random.Random | None, folder: Path) -> None:
        """Write what is left after a power cut at this moment into a new folder."""
        with self._alone:
            work: list[tuple[Folder, Path]] = [(self._top, folder)]
            for node, place in work:
                place.mkdir(mode=0o700)
                for name, each in node.left(chance).items():
                    if isinstance(each, Folder):
                        work.append((each, place / name))
                    else:
                        (place / name).write_bytes(each.left(chance))
                        (place / name).chmod(stat.S_IMODE(each.mode))

    # --- names ----------------------------------------------------------------------------

    def getattr(self, path: str, fh: int | None = None) -> dict[str, Any]:
        with self._alone:
            node = self._open[fh] if fh else self._at(path)
            size = len(node.now) if isinstance(node, File) else 0
            return {
                "st_mode": node.mode,
                "st_nlink": node.links if isinstance(node, File) else 2,
                "st_size": size,
                "st_blocks": -(-size // SECTOR),
                "st_uid": node.owner[0],
                "st_gid": node.owner[1],
                **dict.fromkeys(("st_mtime", "st_ctime", "st_atime"), node.changed),
            }

    def readdir(self, path: str, fh: int) -> list[str]:
        with self._alone:
            return [".", "..", *self._folder(path).now]

    def mkdir(self, path: str, mode: int) -> int:
        return self._make(path, Folder(stat.S_IFDIR | mode, _caller()))

    def rmdir(self, path: str) -> int:
        with self._alone:
            if self._folder(path).now:
                raise OSError(errno.ENOTEMPTY, path)
            return self._take(path)

    def unlink(self, path: str) -> int:
        with self._alone:
            return self._take(path)

    def rename(self, old: str, new: str) -> int:
        with self._alone:
            node, source, target = self._at(old), self._parent(old), self._parent(new)
            if source is target:
                target.put({_name(old): None, _name(new): node})
            else:
                target.put({_name(new): node})
                self._take(old)
            return 0

    def link(self, target: str, source: str) -> int:
        with self._alone:
            node = self._at(source)
            assert isinstance(node, File)
            node.links += 1
            return self._make(target, node)

    def chmod(self, path: str, mode: int) -> int:
        with self._alone:
            node = self._at(path)
            node.mode = stat.S_IFMT(node.mode) | stat.S_IMODE(mode)
            return 0

    def chown(self, path: str, uid: int, gid: int) -> int:
        with self._alone:
            node = self._at(path)
            node.owner = (
                node.owner[0] if uid == _SAME else uid,
                node.owner[1] if gid == _SAME else gid,
            )
            return 0

    def utimens(self, path: str, times: Any = None) -> int:
        self._at(path).changed = times[1] if times else time.time_ns()
        return 0

    # --- content --------------------------------------------------------------------------

    def create(self, path: str, mode: int, fi: Any = None) -> int:
        node = File(stat.S_IFREG | mode, _caller())
        self._make(path, node)
        return self._handle(node)

    def open(self, path: str, flags: int) -> int:
        with self._alone:
            node = self._at(path)
            if isinstance(node, Folder):
                raise OSError(errno.EISDIR, path)
            if flags & os.O_TRUNC:
                del node.now[:]
            return self._handle(node)

    def release(self, path: str, fh: int) -> int:
        del self._open[fh]
        return 0

    def read(self, path: str, size: int, offset: int, fh: int) -> bytes:
        with self._alone:
            return bytes(self._open[fh].now[offset : offset + size])

    def write(self, path: str, data: bytes, offset: int, fh: int) -> int:
        with self._alone:
            node = self._open[fh]
            if len(node.now) < offset:
                node.now.extend(bytes(offset - len(node.now)))
            node.now[offset : offset + len(data)] = data
            node.changed = time.time_ns()
            return len(data)

    def truncate(self, path: str, length: int, fh: int | None = None) -> int:
        with self._alone:
            node = self._open[fh] if fh else self._at(path)
            assert isinstance(node, File)
            del node.now[length:]
            node.now.extend(bytes(length - len(node.now)))
            return 0

    def fsync(self, path: str, datasync: int, fh: int) -> int:
        with self._alone:
            self._open[fh].sync()
            return 0

    def fsyncdir(self, path: str, datasync: int, fh: int) -> int:
        with self._alone:
            self._folder(path).sync()
            return 0

    def statfs(self, path: str) -> dict[str, int]:
        return {"f_bsize": 4096, "f_frsize": 4096, "f_namemax": 255} | dict.fromkeys(
            ("f_blocks", "f_bfree", "f_bavail"), 1 << 20
        )

    # --- pieces ---------------------------------------------------------------------------

    def _at(self, path: str) -> File | Folder:
        node: File | Folder = self._top
        for name in PurePosixPath(path).parts[1:]:
            if not isinstance(node, Folder):
                raise OSError(errno.ENOTDIR, path)
            if name not in node.now:
                raise OSError(errno.ENOENT, path)
            node = node.now[name]
        return node

    def _folder(self, path: str) -> Folder:
        node = self._at(path)
        if not isinstance(node, Folder):
            raise OSError(errno.ENOTDIR, path)
        return node

    def _parent(self, path: str) -> Folder:
        return self._folder(str(PurePosixPath(path).parent))

    def _make(self, path: str, node: File | Folder) -> int:
        with self._alone:
            self._parent(path).put({_name(path): node})
            return 0

    def _take(self, path: str) -> int:
        self._parent(path).put({_name(path): None})
        return 0

    def _handle(self, node: File) -> int:
        with self._alone:
            self._last += 1
            self._open[self._last] = node
            return self._last


_SAME = 0xFFFFFFFF


def _name(path: str) -> str:
    return PurePosixPath(path).name


def _caller() -> tuple[int, int]:
    import mfusepy

    uid, gid, _ = mfusepy.fuse_get_context()
    return uid, gid


class Mounted:
    """The file system, mounted on a folder by a process of its own.

    Parameters
    ----------
    folder : Path
        An empty one.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._process = subprocess.Popen(
            [sys.executable, __file__, str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        while not os.path.ismount(folder):
            if self._process.poll() is not None:
                raise OSError(f"FUSE cannot be mounted on {folder}.")
            time.sleep(0.01)

    def cut(self, seed: int | None, folder: Path) -> None:
        """Write what a power cut now would leave; without a seed, only what was synced."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(f"{'' if seed is None else seed} {folder}\n")
        self._process.stdin.flush()
        if self._process.stdout.readline() != "cut\n":
            raise OSError("The file system died.")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        subprocess.run(["umount", "-l", str(self.folder)], check=False)
        self._process.kill()
        self._process.wait()


def _orders(system: Forgetful, lines: Iterator[str]) -> Callable[[], None]:
    def obey() -> None:
        for line in lines:
            seed, _, folder = line.rstrip("\n").partition(" ")
            system.cut(random.Random(int(seed)) if seed else None, Path(folder))
            print("cut", flush=True)

    return obey


def _serve(folder: Path) -> None:
    import mfusepy

    class Operations(Forgetful, mfusepy.Operations):
        """Those of `Forgetful`; FUSE's own for the rest."""

        use_ns = True

    system = Operations((os.getuid(), os.getgid()))
    threading.Thread(target=_orders(system, sys.stdin), daemon=True).start()
    options = {"allow_other": True} if os.getuid() == 0 else {}
    mfusepy.FUSE(system, str(folder), foreground=True, nothreads=True, **options)


if __name__ == "__main__":
    _serve(Path(sys.argv[1]))
