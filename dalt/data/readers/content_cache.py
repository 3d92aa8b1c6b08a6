"""A bounded folder of files that can be had again, the least recently used ones dropped first.

Several processes share it: a file is written under a temporary name and renamed when it is whole,
and whoever makes room holds a lock.  A file that is being read may be dropped meanwhile; the
system keeps it until it is closed.
"""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from dalt.core.files import publish, refusals_told
from dalt.core.rights import lock_of, make_folder

LOOKED_AFTER = 0.05
"""Share of the bound that a process adds before it counts the whole folder again."""
FILLED = 0.8
"""Share of the bound that is left filled when room is made."""
ABANDONED = 24 * 3600.0
"""Seconds after which a temporary file belongs to nobody."""
_PART = ".part"


class ContentCache:
    """Files by name, in at most so many bytes.

    Parameters
    ----------
    folder : Path
        Made when the first file is kept.
    limit : callable
        How many bytes the files may take together.

    Examples
    --------
    >>> import tempfile
    >>> cache = ContentCache(Path(tempfile.mkdtemp()) / "cache", lambda: 1_000)
    >>> with cache.incoming() as part:
    ...     _ = part.write_bytes(b"abc")
    ...     kept = cache.keep(part, "a.txt")
    >>> kept == cache.find("a.txt"), cache.find("b.txt")
    (True, None)
    """

    def __init__(self, folder: Path, limit: Callable[[], int]) -> None:
        self.folder = folder
        self.limit = limit
        self._added = float("inf")  # so the first file counts the folder

    def find(self, name: str) -> Path | None:
        """A file that is kept, which counts as used now; None if there is none of the name.

        One without content is none: files are not synced, so a power cut can leave such.
        """
        path = self._path(name)
        try:
            os.utime(path)
            return path if path.stat().st_size else None
        except OSError:
            return None

    @contextmanager
    def incoming(self) -> Iterator[Path]:
        """The name of a temporary file, which is removed unless it was kept."""
        with refusals_told(self.folder):
            make_folder(self.folder)
        part = self.folder / f"{uuid.uuid4().hex}{_PART}"
        try:
            yield part
        finally:
            part.unlink(missing_ok=True)

    def keep(self, part: Path, name: str) -> Path:
        """Give a temporary file its name, and make room if there is too little."""
        path = self._path(name)
        self._added += part.stat().st_size
        with refusals_told(self.folder):
            make_folder(path.parent)
            publish(part, path, durable=False)
        if self._added > LOOKED_AFTER * self.limit():
            self._make_room(path)
            self._added = 0
        return path

    def _path(self, name: str) -> Path:
        return self.folder / name[:2] / name

    def _make_room(self, newest: Path) -> None:
        """Drop the files that were used least recently, if all together are too large."""
        with lock_of(self.folder / "lock"):
            files = sorted(self._files())
            total = sum(size for _, size, _ in files)
            if total <= (1 - LOOKED_AFTER) * self.limit():
                return
            for _, size, path in files:
                if total <= FILLED * self.limit():
                    return
                if path != newest:
                    path.unlink(missing_ok=True)
                    total -= size

    def _files(self) -> Iterator[tuple[float, int, Path]]:
        """When each file was used last, and its size."""
        long_ago = time.time() - ABANDONED
        for entry in os.scandir(self.folder):
            if entry.is_dir():
                for file in os.scandir(entry.path):
                    with suppress(OSError):  # another process has dropped it
                        status = file.stat()
                        yield status.st_mtime, status.st_size, Path(file.path)
            elif entry.name.endswith(_PART):
                with suppress(OSError):
                    if entry.stat().st_mtime < long_ago:
                        os.unlink(entry.path)
