"""Consistent copies of a database that others go on writing, each in one SQLite file."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.exc import DatabaseError

from dalt.core.errors import first_line
from dalt.core.records import DamagedStore, Progress
from dalt.storage import errors, integrity, reading_only
from dalt.storage import tables as t
from dalt.storage.database import Database
from dalt.storage.databases import Place, SqliteFile
from dalt.storage.migration import copy_rows
from dalt.storage.page_copies import copy_pages, full_disk_told


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
        if isinstance(self._source, SqliteFile):
            copy_pages(self._db, path, report)
            return
        with full_disk_told(path):
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
    if isinstance(source, SqliteFile):
        source = source.as_it_can_be_used()
        if not reading_only.has_room(source.path):  # the more somebody needs a backup elsewhere
            source = replace(source, read_only=True)
    else:
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


@contextmanager
def _translated(source: Place) -> Iterator[None]:
    try:
        yield
    except DatabaseError as error:
        raise source.in_one_line(error) from error
    except sqlite3.Error as error:  # of the backup interface, which SQLAlchemy does not know
        raise source.in_one_line(DatabaseError("", None, error)) from error


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
        if not schema.isdecimal():
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
            raise DamagedStore(f"The database {path} is damaged: {first_line(found)}.")
        missing = db.execute("PRAGMA foreign_key_check").fetchone()
        if missing is not None:
            raise DamagedStore(
                f"The database {path} is damaged: row {missing[1]} of {missing[0]} refers to a row "
                f"of {missing[2]} that is not there."
            )


def versions_in(path: Path) -> set[int]:
    """The snapshots that a copy of the present schema has records of."""
    with _reading(path) as db:
        return {version for (version,) in db.execute("SELECT version FROM snapshots")}


def findings_in(path: Path) -> tuple[str, ...]:
    """What is wrong between the tables of a copy of the present schema.

    A copy has what its original had: it is no reason to refuse the copy.  Copies of former schemas
    are looked at once they are upgraded.

    Parameters
    ----------
    path : Path
        A file that nobody writes.

    Returns
    -------
    tuple of str
        A sentence for each finding; empty if all is well.
    """
    if content_of(path).schema != t.SCHEMA_VERSION:
        return ()
    place = SqliteFile(path)
    engine = place.engine(create=False)
    try:
        with _translated(place), engine.connect() as db, db.begin():
            found = integrity.look(db, path.name, lambda *_: None)
    finally:
        engine.dispose()
    return tuple(map(str, found))


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
