"""Copies of a database before it is changed for good, and how pages of SQLite are copied."""

from __future__ import annotations

import errno
import filecmp
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DatabaseError

from dalt.core.errors import os_reason
from dalt.core.files import leftovers, publish, unpublished
from dalt.core.records import DamagedStore, Progress
from dalt.storage.databases import Place, PostgresSchema, SqliteFile

_PAGES = 1_024  # copied in one step: 4 MB


def copy_pages(db: sa.Connection, path: Path, report: Progress) -> None:
    """Copy the state that a transaction of SQLite sees; the copy is not synced.

    Parameters
    ----------
    db : sqlalchemy.Connection
        In a transaction that has read something, and written nothing: otherwise SQLite begins the
        copy anew whenever somebody commits, or waits for ever.
    path : Path
        A file that is missing or empty.
    report : callable

    Raises
    ------
    OSError
        If there is no room for the copy.
    sqlite3.Error
        If the database cannot be read.
    """

    def tell(_status: int, remaining: int, total: int) -> None:
        report("copying the database", total - remaining, total)

    raw: Any = db.connection.driver_connection
    with full_disk_told(path), closing(sqlite3.connect(path, isolation_level=None)) as copy:
        copy.execute("PRAGMA journal_mode=OFF")  # an interrupted copy is thrown away
        copy.execute("PRAGMA synchronous=OFF")
        raw.backup(copy, pages=_PAGES, progress=tell, sleep=0)


@contextmanager
def full_disk_told(path: Path) -> Iterator[None]:
    """Raise OSError where SQLite finds no room for a copy: nothing else is written meanwhile."""
    try:
        yield
    except (sqlite3.OperationalError, DatabaseError) as error:
        code = getattr(getattr(error, "orig", error), "sqlite_errorcode", None)
        if code == sqlite3.SQLITE_FULL:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path)) from error
        if code == sqlite3.SQLITE_IOERR_WRITE:  # a quota, or a limit of this process
            raise OSError(errno.EIO, "a file of this size cannot be written", str(path)) from error
        raise


# --- before an upgrade -----------------------------------------------------------------------


def keep_former(db: sa.Connection, place: Place, schema: int) -> str:
    """Keep a durable copy of a database that is to be upgraded.

    Parameters
    ----------
    db : sqlalchemy.Connection
        In the transaction of the upgrade, which keeps other writers out and has changed nothing.
    place : SqliteFile or PostgresSchema
    schema : int
        The database's present one.

    Returns
    -------
    str
        Where the copy is, for people.

    Raises
    ------
    DamagedStore
        If it cannot be made; nothing was changed then.
    """
    if isinstance(place, PostgresSchema):
        return _copy_schema(db, place, schema)
    try:
        return str(_copy_file(place, schema))
    except OSError as error:
        raise DamagedStore(
            f"{place} is of a former DALT (schema {schema}), and cannot be copied before it is "
            f"upgraded: {os_reason(error)}. Make {place.path.stat().st_size / 1e6:,.0f} MB of room "
            "beside it and open it again; nothing was changed."
        ) from error


def _copy_file(place: SqliteFile, schema: int) -> Path:
    path = place.path
    for left in leftovers(path.parent, f"{path.name}.schema-*"):
        left.unlink(missing_ok=True)  # only who keeps other writers out makes them
    with unpublished(path.with_name(f"{path.name}.schema-{schema}")) as part:
        mode = path.stat().st_mode & 0o777
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode | 0o600))
        _copy_beside(place, part)
        number, target = 1, path.with_name(f"{path.name}.schema-{schema}")
        while target.exists():
            if filecmp.cmp(part, target, shallow=False):
                return target  # of an upgrade that was interrupted
            number += 1
            target = path.with_name(f"{path.name}.schema-{schema}-{number}")
        publish(part, target, mode=mode)
    return target


def _copy_beside(place: SqliteFile, path: Path) -> None:
    """Copy what is committed, by a connection of its own: SQLite copies no writer's view."""
    engine = place.engine(create=False)
    try:
        with engine.connect() as db, db.begin():
            db.exec_driver_sql("SELECT 1 FROM sqlite_master").all()
            copy_pages(db, path, lambda *_: None)
    finally:
        engine.dispose()


def _copy_schema(db: sa.Connection, place: PostgresSchema, schema: int) -> str:
    """Copy tables, rows, counters and references into another schema of the same database."""
    known = set(sa.inspect(db).get_schema_names())
    copy = f"{place.schema}_schema{schema}"
    number = 1
    while copy in known:
        number += 1
        copy = f"{place.schema}_schema{schema}_{number}"
    db.execute(sa.schema.CreateSchema(copy))
    inspector = sa.inspect(db)
    tables = inspector.get_table_names(schema=place.schema)
    for table in tables:
        db.exec_driver_sql(
            f"CREATE TABLE {copy}.{table} (LIKE {place.schema}.{table} INCLUDING ALL)"
        )
        db.exec_driver_sql(f"INSERT INTO {copy}.{table} SELECT * FROM {place.schema}.{table}")
        _count_apart(db, place.schema, copy, table)
    # As they are written while the search path is the former schema, references name no schema.
    references = db.execute(
        sa.text(
            "SELECT relname, conname, pg_get_constraintdef(c.oid) FROM pg_constraint c "
            "JOIN pg_class r ON r.oid = conrelid JOIN pg_namespace n ON n.oid = relnamespace "
            "WHERE contype = 'f' AND nspname = :schema"
        ),
        {"schema": place.schema},
    ).all()
    db.exec_driver_sql(f"SET LOCAL search_path TO {copy}")
    for table, name, definition in references:
        db.exec_driver_sql(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")
    db.exec_driver_sql(f"SET LOCAL search_path TO {place.schema}")
    return f"the schema {copy} of the {place}"


def _count_apart(db: sa.Connection, schema: str, copy: str, table: str) -> None:
    """Give the copy of a table a counter of its own, in place of the original's."""
    there = f"{copy}.{table}"
    for column in sa.inspect(db).get_columns(table, schema=schema):
        if "nextval" not in str(column["default"] or ""):
            continue
        key = column["name"]
        counter = f"{copy}.{table}_{key}_seq"
        for statement in (
            f"CREATE SEQUENCE {counter} OWNED BY {there}.{key}",
            f"ALTER TABLE {there} ALTER COLUMN {key} SET DEFAULT nextval('{counter}')",
            f"SELECT setval('{counter}', max({key})) FROM {there} HAVING count(*) > 0",
        ):
            db.exec_driver_sql(statement)
