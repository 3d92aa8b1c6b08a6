"""Consistent copies of a database that others go on writing, each in one SQLite file."""

from __future__ import annotations

import errno
import hashlib
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DatabaseError

from dalt.core.records import DamagedStore, Progress
from dalt.storage import errors
from dalt.storage import tables as t
from dalt.storage.database import Database
from dalt.storage.databases import Place, SqliteFile
from dalt.storage.migration import copy_rows

_PAGES = 1_024  # copied in one step: 4 MB


@dataclass(frozen=True, slots=True)
class Content:
    """What is in a copy of a database, as far as the copy itself says.

    Attributes
    ----------
    schema : int
    project : str or None
        Id of the project; databases before DALT 0.2 may name none.
    rows : dict of str to int
        How many rows each table has.
    newest_event : int
        Id of the newest event; 0 without one.
    newest_at : str or None
        Its time, as ISO 8601 in UTC.
    referred : int
        How many samples are files outside of the project's folder, or behind addresses.
    """

    schema: int
    project: str | None
    rows: dict[str, int]
    newest_event: int
    newest_at: str | None
    referred: int


_PASSING = ("leases", "parties", "tallies")
"""Tables that change whenever somebody opens a page, and say nothing that lasts."""
_FEW = 1_000
"""Tables of at most so many rows are compared row by row."""


class Held:
    """One state of a database, held by a transaction.

    Parameters
    ----------
    source : SqliteFile or PostgresSchema
    db : sqlalchemy.Connection
    """

    def __init__(self, source: Place, db: sa.Connection) -> None:
        self._source = source
        self._db = db

    def copy(self, path: Path, report: Progress) -> None:
        """Write it into a new SQLite file, which is not synced.

        Raises
        ------
        OSError
            If there is no room.
        DamagedStore, StoreUnreachable
            If the source cannot be read, or the copy differs.
        """
        with _full_disk_told(path):
            if isinstance(self._source, SqliteFile):
                _copy_pages(self._db, path, report)
            else:
                copy_rows(self._db, SqliteFile(path), report)

    def mark(self) -> str:
        """A text that differs between two states if people did anything in between."""
        place = None if isinstance(self._source, SqliteFile) else self._source.schema
        digest = hashlib.sha256()
        for name in sorted(sa.inspect(self._db).get_table_names(schema=place)):
            if name not in _PASSING:
                table = sa.table(name)
                count = sa.select(sa.func.count()).select_from(table)
                n_rows = self._db.execute(count).scalar_one()
                digest.update(f"{name} {n_rows}\n".encode())
                if n_rows <= _FEW and name != t.samples.name:
                    rows = self._db.execute(sa.select(sa.text("*")).select_from(table)).all()
                    digest.update("\n".join(sorted(map(repr, rows))).encode())
        return digest.hexdigest()


@contextmanager
def held(source: Place) -> Iterator[Held]:
    """Hold the present state of a database for a copy; others go on reading and writing it.

    Parameters
    ----------
    source : SqliteFile or PostgresSchema

    Yields
    ------
    Held

    Raises
    ------
    DamagedStore, StoreReplaced, StoreUnreachable
        If the source cannot be read or reached, or the copy differs.
    """
    if not isinstance(source, SqliteFile):
        Database(source).close()  # checks and upgrades it: rows are copied by the present tables
    engine = source.engine(create=False)
    try:
        with _translated(source), engine.connect() as db:
            db = db.execution_options(**source.for_reading())
            with db.begin():
                if isinstance(source, SqliteFile):
                    # SQLite would begin the copy anew whenever somebody commits, unless a
                    # transaction holds one state.  In WAL mode that keeps nobody from writing.
                    db.exec_driver_sql("SELECT 1 FROM sqlite_master").all()
                else:
                    db.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout TO 0")
                    db.execute(sa.select(t.about)).all()
                yield Held(source, db)
    finally:
        engine.dispose()


def _copy_pages(db: sa.Connection, path: Path, report: Progress) -> None:
    def tell(_status: int, remaining: int, total: int) -> None:
        report("copying the database", total - remaining, total)

    raw: Any = db.connection.driver_connection
    with closing(sqlite3.connect(path, isolation_level=None)) as copy:
        copy.execute("PRAGMA journal_mode=OFF")  # an interrupted copy is thrown away
        copy.execute("PRAGMA synchronous=OFF")
        raw.backup(copy, pages=_PAGES, progress=tell, sleep=0)


@contextmanager
def _translated(source: Place) -> Iterator[None]:
    try:
        yield
    except DatabaseError as error:
        raise source.in_one_line(error) from error
    except sqlite3.Error as error:  # of the backup interface, which SQLAlchemy does not know
        raise source.in_one_line(DatabaseError("", None, error)) from error


@contextmanager
def _full_disk_told(path: Path) -> Iterator[None]:
    """Only the copy is written: an error of writing is its own, and none of the source."""
    try:
        yield
    except (sqlite3.OperationalError, DatabaseError) as error:
        code = getattr(getattr(error, "orig", error), "sqlite_errorcode", None)
        if code == sqlite3.SQLITE_FULL:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path)) from error
        raise


# --- what is in a copy ---------------------------------------------------------------------


def content_of(path: Path) -> Content:
    """Say what is in a copy, of whatever schema it is.

    Parameters
    ----------
    path : Path
        A file that nobody writes.

    Raises
    ------
    DamagedStore
        If it is not DALT's, or cannot be read.
    """
    with _reading(path) as db:
        names = [
            name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type='table'")
        ]
        if t.about.name not in names:
            raise errors.damaged(path, "it holds no tables of DALT")
        said = dict(db.execute("SELECT name, value FROM about").fetchall())
        schema = str(said.get("schema", ""))
        if not schema.isdigit():
            raise errors.damaged(path, "its schema version is missing")
        rows = {
            name: db.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]
            for name in sorted(names)
            if not name.startswith("sqlite_")
        }
        newest = db.execute(
            "SELECT event_id, created_at FROM events ORDER BY event_id DESC LIMIT 1"
        ).fetchone() or (0, None)
        (referred,) = db.execute(
            "SELECT count(*) FROM samples WHERE location LIKE '%\"path\":%' "
            "OR location LIKE '%\"url\":%'"
        ).fetchone()
    return Content(int(schema), said.get("project"), rows, newest[0], newest[1], referred)


def prove(path: Path) -> None:
    """Read every page of a copy, and hold indexes and references against the rows.

    Parameters
    ----------
    path : Path
        A file that nobody writes.

    Raises
    ------
    DamagedStore
        If anything is wrong with it.
    """
    with _reading(path) as db:
        found = db.execute("PRAGMA integrity_check(1)").fetchone()[0]
        if found != "ok":
            raise DamagedStore(f"The database of the backup is damaged: {found}.")
        missing = db.execute("PRAGMA foreign_key_check").fetchone()
        if missing is not None:
            raise DamagedStore(
                f"The database of the backup is damaged: row {missing[1]} of {missing[0]} refers "
                f"to a row of {missing[2]} that is not there."
            )


@contextmanager
def _reading(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection that makes no files beside the copy, and no changes."""
    quoted = str(path.absolute()).replace("%", "%25").replace("?", "%3f").replace("#", "%23")
    try:
        db = sqlite3.connect(f"file:{quoted}?immutable=1", uri=True)
        try:
            yield db
        finally:
            db.close()
    except sqlite3.Error as error:
        raise errors.damaged(path, str(error)) from error
