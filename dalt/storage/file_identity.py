"""Checks that the files of an open SQLite database are still those that its path names.

A file that is removed or replaced while it is open can still be written: every commit
succeeds, and all of it is gone with the process.  So each connection remembers which files it
opened (``labels.db`` and its ``-wal`` and ``-shm``), and looks for them before and after each
commit: three ``stat`` calls.  A file can also be emptied in place; then the log has lost its
header, or the wal-index is shorter than the memory that SQLite has mapped.
"""

from __future__ import annotations

import os
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from weakref import WeakSet

import sqlalchemy as sa

from dalt.core.records import StoreReplaced

Identity = tuple[int, int] | None
"""Device and inode of a file, or None if it is missing."""
_KEY = "dalt_files"
_ENDINGS = ("", "-wal", "-shm")
_MAGIC = (b"\x37\x7f\x06\x82", b"\x37\x7f\x06\x83")
"""What a log begins with; nothing in a file without it is read after a crash."""
_INDEX_BYTES = 32_768
"""The least size of a wal-index in use; touching memory behind the end of a file kills."""
_LOG_OF_INDEX = 4_000 * 512
"""So much of a log, or more, has a place in each such part of the index."""


@dataclass(frozen=True, slots=True)
class Opened:
    """The files opened by one connection.

    Attributes
    ----------
    path : str
        The database's path, as given.
    paths : tuple of str
        Paths of the database, its ``-wal`` and its ``-shm``.  SQLite puts those beside the
        target of a symbolic link.
    files : tuple of (int, int) or None
    linked : bool
        Whether the path was a symbolic link itself.
    """

    path: str
    paths: tuple[str, ...]
    files: tuple[Identity, ...]
    linked: bool

    @classmethod
    def now(cls, path: str) -> Opened:
        """The files as they are at this moment."""
        paths = _paths(path)
        return cls(path, paths, tuple(map(_identity, paths)), os.path.islink(path))

    def changed(self) -> list[tuple[str, bool]]:
        """Endings of files that differ from the opened ones, and whether each is missing."""
        found = []
        # Who opens a link that was put here looks for the other files where it points to.
        moved = self.linked or os.path.islink(self.path)
        paths = _paths(self.path) if moved else self.paths
        for ending, path, before in zip(_ENDINGS, paths, self.files, strict=True):
            now = _identity(path)
            # Some network mounts have no inode numbers: a zero tells nothing.
            if before is not None and now != before and (now is None or (now[1] and before[1])):
                found.append((ending, now is None))
        return found


def watch(engine: sa.Engine, path: Path) -> None:
    """Make every connection of an engine remember its files, all of the same database.

    Call it after the listeners that prepare a connection: the files have to exist.
    """
    name = os.path.abspath(path)
    first: list[Opened] = []
    known: WeakSet[Any] = WeakSet()

    def check_others() -> None:
        # A connection opened now would make its own -wal, while the others write into the removed
        # one.
        for record in list(known):
            opened = record.info.get(_KEY) if record.dbapi_connection is not None else None
            if opened is not None and (changed := opened.changed()):
                raise _replaced(opened, changed)
        # When all are closed SQLite removes the other files; the database stays the same file.
        for opened in first:
            if changed := [found for found in opened.changed() if not found[0]]:
                raise _replaced(opened, changed)

    @sa.event.listens_for(engine, "do_connect")
    def before(_dialect: Any, record: Any, _arguments: Any, _named: Any) -> None:
        check_others()
        record.info[_KEY + "_before"] = Opened.now(name)

    @sa.event.listens_for(engine, "connect")
    def after(connection: Any, record: Any) -> None:
        connection.execute("SELECT 1 FROM sqlite_master").fetchone()  # opens the -wal
        before: Opened = record.info.pop(_KEY + "_before")
        now = Opened.now(name)
        wal = connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
        gone = [
            (ending, True) for ending, file in zip(_ENDINGS, now.files, strict=True) if not file
        ]
        changed = [found for found in before.changed() if not found[0]] + (gone if wal else [])
        if changed:
            raise _replaced(now, changed)
        first[:] = first or [now]
        check_others()
        record.info[_KEY] = now
        known.add(record)


def check(db: sa.Connection) -> None:
    """Refuse to go on if the files of a connection are no longer in place.

    Raises
    ------
    StoreReplaced
        If one of them was removed, replaced or moved away.
    """
    opened = _opened(db)
    if opened is not None and (changed := opened.changed()):
        raise _replaced(opened, changed)


def check_log(db: sa.Connection) -> None:
    """Refuse to go on where the ``-wal`` or the ``-shm`` of a connection was emptied in place.

    Outside of a transaction.

    Raises
    ------
    StoreReplaced
        If one of them was.
    """
    opened = _opened(db)
    if opened is None or opened.files[1] is None:
        return
    _, wal, shm = opened.paths
    try:
        log, index = os.stat(wal).st_size, os.stat(shm).st_size
    except (FileNotFoundError, NotADirectoryError):
        return  # removed: `check` says so
    if index < _INDEX_BYTES:
        # SQLite makes it anew from the log where it finds zeros.
        os.truncate(shm, _INDEX_BYTES * (1 + log // _LOG_OF_INDEX))
        raise StoreReplaced(
            f"{shm} was emptied while this project was open, so this was not recorded. Try again, "
            "and leave that file alone while a program has the project open."
        )
    if _log_lost(db, wal, log):
        # What follows a lost header would go into the database as zeros when all is closed.
        os.truncate(wal, 0)
        raise StoreReplaced(
            f"{wal} was emptied while this project was open, so this was not recorded, and labels "
            "given shortly before may be gone. Open the project again and look at the newest ones."
        )


def _log_lost(db: sa.Connection, path: str, size: int) -> bool:
    if size:
        with open(path, "rb") as file:  # SQLite holds no lock on this one
            return file.read(4) not in _MAGIC
    # Where another program has brought it into the database and shortened it, it is empty for
    # SQLite as well, and this does nothing.
    try:
        _raw(db).execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_IOERR_SHORT_READ:
            return True
        raise
    return False


def _raw(db: sa.Connection) -> Any:
    raw = db.connection.driver_connection
    assert raw is not None
    return raw


def save(db: sa.Connection) -> None:
    """Write the content of a removed ``-wal`` into the database, whose own file is in place.

    Call it outside a transaction, and never if a file was replaced: another program may have begun
    to use that one, and two logs destroy a database.
    """
    opened = _opened(db)
    if opened is None:
        return
    changed = opened.changed()
    if changed and all(missing and ending for ending, missing in changed):
        _raw(db).execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def _opened(db: sa.Connection) -> Opened | None:
    return None if db.invalidated else db.info.get(_KEY)


def _paths(path: str) -> tuple[str, ...]:
    real = os.path.realpath(path)
    return path, *(real + ending for ending in _ENDINGS[1:])


def _identity(path: str) -> Identity:
    try:
        found = os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    return found.st_dev, found.st_ino


def _replaced(opened: Opened, changed: list[tuple[str, bool]]) -> StoreReplaced:
    ending, missing = changed[0]
    if ending and os.path.islink(opened.path) and not opened.linked:
        return StoreReplaced(
            f"{opened.path} became a link while this project was open, so this was not recorded. "
            "Try again; move a database only while no program has the project open."
        )
    name = f"{opened.path}{ending}"
    if not missing:
        return StoreReplaced(
            f"{name} was replaced while this project was open, so nothing is recorded any more. "
            "Open the project again (on a page: reload it, and it sends what it has kept)."
        )
    if not ending:
        return StoreReplaced(
            f"{name} is not there any more, so nothing is recorded. Put the file back and open the "
            "project again (on a page: reload it, and it sends what it has kept); if the labels "
            "were moved to another database meanwhile, only open it again."
        )
    return StoreReplaced(
        f"{name} was removed while this project was open, so this was not recorded. Try again, "
        "and leave that file alone while a program has the project open."
    )
