"""Whether a file still has the content that was added, hashed once for each state of the file."""

from __future__ import annotations

import hashlib
from pathlib import Path

from dalt.core.records import Kind
from dalt.data.readers.found import hasher
from dalt.data.readers.paths import require_file

REMEMBERED = 10_000
"""Files whose hash is kept in memory."""

State = tuple[Kind, int, int, int]


class FileIds:
    """The ids of files' contents, remembered while a file looks untouched.

    Examples
    --------
    >>> import tempfile
    >>> path, ids = Path(tempfile.mkdtemp()) / "a.png", FileIds()
    >>> _ = path.write_bytes(b"one")
    >>> first = ids.of("image", path)
    >>> _ = path.write_bytes(b"other")
    >>> ids.of("image", path) == first
    False
    """

    def __init__(self) -> None:
        self._known: dict[Path, tuple[State, str]] = {}

    def of(self, kind: Kind, path: Path) -> str:
        """The id of a file's content.

        Raises
        ------
        Refused, OSError
            If it cannot be read.
        """
        require_file(path)
        status = path.stat()
        state = (kind, status.st_ino, status.st_size, status.st_mtime_ns)
        known = self._known.get(path)
        if known is not None and known[0] == state:
            return known[1]
        with path.open("rb") as file:
            found = hashlib.file_digest(file, lambda: hasher(f"{kind} file")).hexdigest()
        if len(self._known) >= REMEMBERED:
            self._known.clear()
        self._known[path] = state, found
        return found
