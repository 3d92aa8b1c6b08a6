"""Opening an SQLite file where nothing may or can be written: a read-only disk, another's file."""

from __future__ import annotations

import os
import shutil
import tempfile
import weakref
from pathlib import Path
from typing import Any

import sqlalchemy as sa

_ROOM = 1 << 16
"""Bytes without which SQLite can begin nothing."""


def is_writable(path: Path) -> bool:
    """Whether this process may write a database and the files beside it.

    Examples
    --------
    >>> is_writable(Path(tempfile.mkdtemp(), "labels.db"))
    False
    """
    return os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)


def has_room(path: Path) -> bool:
    """Whether SQLite finds room for what it keeps beside a file that somebody reads.

    Where others have the file open, it is there already.

    Examples
    --------
    >>> has_room(Path(tempfile.mkdtemp(), "labels.db"))
    True
    """
    if path.with_name(path.name + "-shm").exists():
        return True
    try:
        return shutil.disk_usage(path.parent).free >= _ROOM
    except OSError:
        return True  # whoever opens it says what is wrong


def engine_of(path: Path) -> sa.Engine:
    """A pool of connections that only read, to a file that may be in use by others.

    Also on a disk that is full: then nobody else can have opened it.  SQLite keeps its index of the
    log beside the file, also for those who only read.  Where it cannot be made there, and a log is
    left by who wrote last, a copy in the temporary folder is read.  It is removed with the engine.
    """
    if is_writable(path) and has_room(path):
        return _engine(path, "mode=ro")
    wal = path.with_name(path.name + "-wal")
    if not wal.exists() or not wal.stat().st_size:
        return _engine(path, "mode=ro&immutable=1")
    folder = Path(tempfile.mkdtemp(prefix="dalt-reading-"))
    for ending in ("", "-wal"):
        shutil.copyfile(path.with_name(path.name + ending), folder / (path.name + ending))
    made = _engine(folder / path.name, "mode=rw")
    weakref.finalize(made, shutil.rmtree, folder, ignore_errors=True)
    return made


def _engine(path: Path, query: str) -> sa.Engine:
    made = sa.create_engine(
        sa.URL.create(
            "sqlite",
            database=f"file:{quoted(path.absolute())}",
            query=dict(part.split("=") for part in [*query.split("&"), "uri=true"]),
        ),
    )

    @sa.event.listens_for(made, "connect")
    def on_connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        connection.execute("PRAGMA query_only=ON")

    @sa.event.listens_for(made, "begin")
    def on_begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN")

    return made


def quoted(path: Path) -> str:
    """A path inside a URI of SQLite."""
    return str(path).replace("%", "%25").replace("?", "%3f").replace("#", "%23")
