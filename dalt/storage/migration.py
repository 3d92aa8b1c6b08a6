"""Moves a store from one database to another: every row unchanged, or nothing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DatabaseError, OperationalError

from dalt.core.records import BadInput, DamagedStore, Region, Timing
from dalt.core.summaries import counted
from dalt.core.syncing import sync
from dalt.storage import statements
from dalt.storage import tables as t
from dalt.storage.database import Database
from dalt.storage.databases import Place, PostgresSchema, SqliteFile

Report = Callable[[str, int, int], None]
_ROWS = 5_000  # read and written at a time


@contextmanager
def moved(source: Place, target: Place, report: Report) -> Iterator[dict[str, int]]:
    """Copy a store, and put the former one aside if the block succeeds.

    Inside the block the copy is complete, compared row by row and durable, and nobody can write
    to the source.  The block records elsewhere which of the two is in use: until then the source,
    after that the copy.

    Parameters
    ----------
    source, target : SqliteFile or PostgresSchema
    report : callable
        Gets the step, how much of it is done and of how much.

    Yields
    ------
    dict of str to int
        How many rows each table has.

    Raises
    ------
    BadInput
        If another program has the project open, or the target cannot hold a value.
    DamagedStore, StoreUnreachable
        If one of the two cannot be read, written or reached, or the copy differs.
    """
    Database(source).close()  # checks and upgrades it
    with _translated(source), _alone(source) as (db, put_aside):
        with _translated(target):
            _refuse_labels_of_a_twin(db, target)
        with _translated(target), _made(target) as copy:
            n_rows = _copy(db, copy, report)
        yield n_rows
        put_aside()


def copy_rows(source: sa.Connection, target: SqliteFile, report: Report) -> dict[str, int]:
    """Copy all rows that a transaction sees into a new file, and compare them.

    Parameters
    ----------
    source : sqlalchemy.Connection
        In a transaction that sees one state throughout; of the present schema.
    target : SqliteFile
    report : callable

    Returns
    -------
    dict of str to int
        How many rows each table has.

    Raises
    ------
    DamagedStore
        If the copy differs.
    """
    with _made(target) as copy:
        return _copy(source, copy, report)


@contextmanager
def _translated(place: Place) -> Iterator[None]:
    try:
        yield
    except DatabaseError as error:
        raise place.in_one_line(error) from error


# --- the source -------------------------------------------------------------------------------


def _refuse_labels_of_a_twin(source: sa.Connection, target: Place) -> None:
    """Refuse a schema that has labels which the source lacks: another copy of the project uses it.

    A restored backup has the id of the project that it was made of, and so the name of its schema.
    What an interrupted move left has no more than the source.
    """
    if not isinstance(target, PostgresSchema):
        return
    with _connected(target, create=True) as db:
        names = set(sa.inspect(db).get_table_names(schema=target.schema))
        if t.events.name not in names:
            return
        newest = sa.select(t.events.c.key).order_by(t.events.c.event_id.desc()).limit(1)
        key = db.execute(newest).scalar()
        n_there = db.execute(sa.select(sa.func.count()).select_from(t.events)).scalar_one()
        db.rollback()
    if key is None or statements.event_by_key(source, key) is not None:
        return
    raise BadInput(
        f"The {target} has labels of another copy of this project (schema {target.schema}, "
        f"{counted(n_there, 'event')}), which this copy lacks; nothing was changed. Move that copy "
        "to SQLite first, or have its schema renamed if it is to be out of use."
    )


@contextmanager
def _alone(source: Place) -> Iterator[tuple[sa.Connection, Callable[[], None]]]:
    """A connection that keeps writers out, and a callable that renames the source at the end."""
    engine = source.engine(create=False, alone=True)
    try:
        with _refused_if_in_use(source):
            db = engine.connect()
        with db:
            with _refused_if_in_use(source):
                if isinstance(source, SqliteFile):
                    put_aside = _hold_file(db, source)
                else:
                    put_aside = _hold_schema(db, source)
            yield db, put_aside
    finally:
        engine.dispose()


@contextmanager
def _refused_if_in_use(source: Place) -> Iterator[None]:
    try:
        yield
    except OperationalError as error:
        locked = "locked" in str(error.orig) or getattr(error.orig, "sqlstate", "") == "55P03"
        if not locked:
            raise
        raise in_use(source) from error


def _hold_file(db: sa.Connection, source: SqliteFile) -> Callable[[], None]:
    db.execution_options(**source.for_writing())
    db.execute(sa.select(t.about)).all()
    return lambda: _rename_file(db, source.path, "moved")


def _hold_schema(db: sa.Connection, source: PostgresSchema) -> Callable[[], None]:
    others = db.execute(
        sa.text(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = :name "
            "AND datname = current_database() AND pid <> pg_backend_pid()"
        ),
        {"name": source.schema},
    ).scalar_one()
    if others:
        raise in_use(source)
    tables = ", ".join(table.name for table in t.metadata.sorted_tables)
    db.exec_driver_sql(f"LOCK TABLE {tables} IN EXCLUSIVE MODE NOWAIT")
    return lambda: _rename_schema(db, source.schema, "moved")


def in_use(place: Place) -> BadInput:
    """The refusal to move a database that others have open."""
    return BadInput(
        f"Another program has {place} open. Close the pages, kernels and servers of this project "
        "and try again; nothing was changed."
    )


def _rename_file(db: sa.Connection, path: Path, why: str) -> None:
    db.commit()
    raw = db.connection.driver_connection
    assert raw is not None
    db.rollback()
    raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.invalidate()  # closes the connection, which removes the files beside the database
    path.rename(_free_file(path, why))


def _free_file(path: Path, why: str) -> Path:
    number = 1
    while (aside := path.with_name(f"{path.name}.{why}-{number}")).exists():
        number += 1
    return aside


def _rename_schema(db: sa.Connection, schema: str, why: str) -> None:
    known = set(sa.inspect(db).get_schema_names())
    number = 1
    while (aside := f"{schema}_{why}{number}") in known:
        number += 1
    db.exec_driver_sql(f"ALTER SCHEMA {schema} RENAME TO {aside}")
    db.commit()


# --- the target ---------------------------------------------------------------------------------


@contextmanager
def _made(target: Place) -> Iterator[sa.Connection]:
    """A new database that is complete if the block succeeds, or does not exist."""
    if not isinstance(target, SqliteFile):
        with _connected(target, create=True) as db:
            if target.schema in sa.inspect(db).get_schema_names():
                _rename_schema(db, target.schema, "old")  # left by an interrupted move
            target.prepare(db)
            _make_tables(db, target)
            yield db
            db.commit()
        return
    part = target.path.with_name(target.path.name + ".part")
    _discard(part)
    try:
        with _connected(SqliteFile(part), create=True) as db:
            _make_tables(db, target)
            yield db
            db.commit()
            raw = db.connection.driver_connection
            assert raw is not None
            db.rollback()
            raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            db.invalidate()
    except BaseException:
        _discard(part)  # it may be what fills the disk
        raise
    if target.path.exists():
        target.path.rename(_free_file(target.path, "old"))
    part.rename(target.path)
    sync(target.path.parent)


def _discard(part: Path) -> None:
    """Remove a database that is not complete, with what SQLite has beside it."""
    for end in ("", "-wal", "-shm", "-journal"):
        part.with_name(part.name + end).unlink(missing_ok=True)


@contextmanager
def _connected(place: Place, create: bool) -> Iterator[sa.Connection]:
    engine = place.engine(create)
    try:
        with engine.connect() as db:
            yield db.execution_options(**place.for_writing())
    finally:
        engine.dispose()


def _make_tables(db: sa.Connection, target: Place) -> None:
    t.metadata.create_all(db)
    target.tune(db)


# --- rows ---------------------------------------------------------------------------------------


def _copy(source: sa.Connection, copy: sa.Connection, report: Report) -> dict[str, int]:
    tables = t.metadata.sorted_tables
    total = sum(_n_rows(source, table) for table in tables)
    found: dict[str, int] = {}
    written: dict[str, int] = {}
    for table in tables:
        digest, n = 0, 0
        for rows in _parts(source, table):
            copy.execute(table.insert(), [dict(row) for row in rows])
            digest, n = _digest(rows, digest), n + len(rows)
            report("moving", sum(found.values()) + n, 2 * total)
        found[table.name], written[table.name] = n, digest
        _go_on_counting(copy, table)
    _planned(copy)
    done = total
    for table in tables:
        digest, n = 0, 0
        for rows in _parts(copy, table):
            digest, n = _digest(rows, digest), n + len(rows)
            done += len(rows)
            report("comparing", done, 2 * total)
        if (n, digest) != (found[table.name], written[table.name]):
            raise DamagedStore(
                f"The copy of {table.name} is not the same as what it was made from; nothing was "
                "changed. Try again, and report this if it happens again."
            )
    return found


def _n_rows(db: sa.Connection, table: sa.Table) -> int:
    return db.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()


def _parts(db: sa.Connection, table: sa.Table) -> Iterator[Sequence[sa.RowMapping]]:
    """All rows of a table in the order of its key, in parts."""
    query = sa.select(table).order_by(*table.primary_key.columns)
    rows = db.execute(query.execution_options(stream_results=True, yield_per=_ROWS))
    yield from rows.mappings().partitions(_ROWS)


def _digest(rows: Sequence[Mapping[Any, Any]], before: int) -> int:
    """A number that tells sets of rows apart, whatever their order."""
    for row in rows:
        text = json.dumps(list(row.values()), default=_plain, sort_keys=True)
        before += int.from_bytes(hashlib.blake2b(text.encode(), digest_size=16).digest())
    return before % (1 << 128)


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Region | Timing):
        return value.to_json()
    raise TypeError(f"{value!r} is in no table")  # pragma: no cover


def _planned(db: sa.Connection) -> None:
    if db.dialect.name == "postgresql":
        for table in t.metadata.sorted_tables:
            db.exec_driver_sql(f"ANALYZE {table.name}")


def _go_on_counting(db: sa.Connection, table: sa.Table) -> None:
    """Make new ids start above the copied ones; SQLite does so by itself."""
    column = table.autoincrement_column
    if db.dialect.name != "postgresql" or column is None:
        return
    newest = db.execute(sa.select(sa.func.max(column))).scalar()
    if newest is not None:
        db.execute(
            sa.text("SELECT setval(pg_get_serial_sequence(:table, :column), :newest)"),
            {"table": table.name, "column": column.name, "newest": newest},
        )
