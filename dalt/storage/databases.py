"""Places of a store: an SQLite file, or a schema of a PostgreSQL database."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, DatabaseError

from dalt.core.records import BadSettings, DamagedStore
from dalt.core.rights import make_file
from dalt.storage import errors, file_identity, reading_only

URL_VARIABLE = "DALT_DATABASE_URL"
"""The variable of the environment that names the PostgreSQL database."""
_CHECKED_BYTES = 50_000_000  # larger files are not read completely at every start
_ADVISORY = 0x64616C74  # "dalt": the first half of our advisory locks' key


@dataclass(frozen=True, slots=True)
class SqliteFile:
    """A store in one file.

    Parameters
    ----------
    path : Path
    read_only : bool
        Whether connections only read, and write nothing beside the file either.
    """

    path: Path
    read_only: bool = False
    claims_at_once: ClassVar[bool] = False

    def __str__(self) -> str:
        return str(self.path)

    def as_it_can_be_used(self) -> SqliteFile:
        """The same file, only to be read where nothing can be written."""
        if not self.path.is_file() or reading_only.is_writable(self.path):
            return self
        return replace(self, read_only=True)

    def engine(self, create: bool, *, alone: bool = False) -> sa.Engine:
        """A pool of connections, each commit of which is durable.

        Parameters
        ----------
        create : bool
            Make the file if there is none.
        alone : bool
            With one connection, which is refused while anybody else has one, even an idle one.

        Raises
        ------
        DamagedStore
            If the file is missing and `create` is false.
        """
        if create:
            make_file(self.path)  # what SQLite writes beside it gets its rights
        else:
            self._must_be_there()
        if self.read_only:
            return reading_only.engine_of(self.path)
        # A connection never makes a file: one that was moved away must not be started anew.
        mode = "rwc" if create else "rw"
        made = sa.create_engine(
            sa.URL.create(
                "sqlite",
                database=f"file:{reading_only.quoted(self.path.absolute())}",
                query={"mode": mode, "uri": "true"},
            ),
            connect_args={"timeout": 1 if alone else errors.BUSY_SECONDS},
        )

        @sa.event.listens_for(made, "connect")
        def on_connect(connection: Any, _record: Any) -> None:
            # sqlite3 would begin transactions by itself, and later than we do.
            connection.isolation_level = None
            if alone:  # must be set before the first read
                connection.execute("PRAGMA locking_mode=EXCLUSIVE")
            for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
                connection.execute(f"PRAGMA {pragma}")

        @sa.event.listens_for(made, "begin")
        def on_begin(connection: sa.Connection) -> None:
            begin = connection.get_execution_options().get("dalt_begin", "BEGIN")
            connection.exec_driver_sql(begin)

        if not alone:  # a file that is held alone needs no -shm
            file_identity.watch(made, self.path)
        return made

    def _must_be_there(self) -> None:
        if not self.path.is_file():
            raise DamagedStore(
                f"{self.path} is missing: the labels of this project are not here. Restore the "
                "file from a backup, or create the project again."
            )

    def check(self, db: sa.Connection) -> None:
        """Look for damage, if that is quick."""
        if self.path.stat().st_size <= _CHECKED_BYTES:
            found = db.exec_driver_sql("PRAGMA quick_check(1)").scalar()
            if found != "ok":
                raise errors.damaged(self.path, str(found))
        if not sa.inspect(db).has_table("about"):
            raise errors.damaged(self.path, "it holds no tables of DALT")

    def prepare(self, db: sa.Connection) -> None:
        """Nothing is needed before the tables are made."""

    def tune(self, db: sa.Connection) -> None:
        """Nothing is needed after the tables are made."""

    def discard(self, db: sa.Connection, tables: sa.MetaData) -> None:
        """Remove nothing: the file is removed with its folder."""

    def for_reading(self) -> dict[str, Any]:
        """Options of a reading transaction: one state of the database from end to end."""
        return {}

    def for_writing(self) -> dict[str, Any]:
        """Return options of a writing transaction.

        A read that turns into a write in a deferred transaction fails at once when another
        process wrote in between; taking the write lock first waits instead.
        """
        return {"dalt_begin": "BEGIN IMMEDIATE"}

    def one_writer(self, db: sa.Connection) -> None:
        """Nothing to wait for: the transaction has begun with the write lock."""

    def look_over(self, db: sa.Connection) -> None:
        """SQLite goes by its indexes alone."""

    def for_many_rows(self, db: sa.Connection) -> None:
        """Let this connection keep more pages: ids are hashes, so new rows go everywhere.

        With 2 MB, as SQLite begins, a page is written to the log and read again many times.
        """
        for pragma in ("cache_size=-65536", "wal_autocheckpoint=16000"):
            db.exec_driver_sql(f"PRAGMA {pragma}")

    def in_one_line(self, error: DatabaseError) -> Exception:
        """The message for an error of the driver."""
        return errors.of_sqlite(self.path, error)


@dataclass(frozen=True, slots=True)
class PostgresSchema:
    """A store in a schema of its own, in a PostgreSQL database.

    Parameters
    ----------
    url : sqlalchemy.URL
        With the driver ``postgresql+psycopg``; never shown, since it may hold a password.
    schema : str
    """

    url: sa.URL = field(repr=False)
    schema: str
    read_only: bool = field(default=False, repr=False)
    claims_at_once: ClassVar[bool] = True
    """Whether a claim is quicker in one statement than step by step."""

    def __str__(self) -> str:
        host = self.url.host or self.url.query.get("host", "its socket")
        port = f":{self.url.port}" if self.url.port else ""
        return f"PostgreSQL database {self.url.database or ''!r} at {host}{port}"

    def as_it_can_be_used(self) -> PostgresSchema:
        """The same schema; the server says whether it can be written."""
        return self

    def refuses_writing(self, db: sa.Connection) -> bool:
        """Whether the server is a copy that only follows, or lets this user only read."""
        return bool(
            db.exec_driver_sql(
                "SELECT pg_is_in_recovery() OR NOT has_table_privilege('events', 'INSERT')"
            ).scalar()
        )

    def engine(self, create: bool, *, alone: bool = False) -> sa.Engine:
        """A pool of connections, each commit of which is durable.

        Parameters
        ----------
        create, alone : bool
            Without effect here: statements make a schema and keep others out.

        Raises
        ------
        BadSettings
            If the driver is not installed.
        """
        try:
            made = sa.create_engine(
                self.url,
                # After an outage the next call notices that its connection is dead, and makes a new
                # one.
                pool_pre_ping=True,
                pool_size=2,  # one kernel of many holds few connections
                max_overflow=8,
                hide_parameters=True,
                connect_args={
                    "connect_timeout": 10,
                    "application_name": self.schema,
                    "keepalives_idle": 30,
                    "keepalives_interval": 10,
                    "keepalives_count": 3,
                },
            )
        except ImportError as error:
            raise BadSettings(
                "The labels of this project are in PostgreSQL, and its driver is not installed: "
                "pip install 'dalt[postgres]'."
            ) from error

        @sa.event.listens_for(made, "connect")
        def on_connect(connection: Any, _record: Any) -> None:
            connection.execute(_session_settings(self.schema))
            connection.commit()

        return made

    def check(self, db: sa.Connection) -> None:
        """Refuse a database that is missing or cannot hold every text."""
        encoding = db.exec_driver_sql("SHOW server_encoding").scalar()
        if encoding != "UTF8":
            raise BadSettings(
                f"The {self} has the encoding {encoding} and cannot hold every text. Make one "
                "with ENCODING 'UTF8' (TEMPLATE template0)."
            )
        if not sa.inspect(db).has_table("about", schema=self.schema):
            raise DamagedStore(
                f"The {self} does not hold the labels of this project (there is no schema "
                f"{self.schema}). Let {URL_VARIABLE} name the database that does."
            )

    def prepare(self, db: sa.Connection) -> None:
        """Make the schema."""
        db.execute(sa.schema.CreateSchema(self.schema, if_not_exists=True))

    def tune(self, db: sa.Connection) -> None:
        """Make autovacuum clean up long before a fifth of a large pool is dead.

        Every claim leaves a dead row exactly where the next one looks.
        """
        for table, most in (("samples", 2_000), ("leases", 1_000), ("tallies", 200)):
            db.exec_driver_sql(
                f"ALTER TABLE {table} SET (autovacuum_vacuum_scale_factor = 0.0, "
                f"autovacuum_vacuum_threshold = {most})"
            )
        # Room beside each counter for its next value, so no index has to be written.
        db.exec_driver_sql("ALTER TABLE tallies SET (fillfactor = 20)")

    def discard(self, db: sa.Connection, tables: sa.MetaData) -> None:
        """Remove the tables and their schema, unless the schema holds anything else."""
        tables.drop_all(db)
        db.execute(sa.schema.DropSchema(self.schema))

    def for_reading(self) -> dict[str, Any]:
        """Options of a reading transaction: one state of the database from end to end."""
        return {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}

    def for_writing(self) -> dict[str, Any]:
        """Options of a transaction that writes: each statement sees what is committed."""
        return {}  # READ COMMITTED, as every connection begins

    def one_writer(self, db: sa.Connection) -> None:
        """Wait until nobody else writes, and keep others out until this transaction ends.

        So events become visible in the order of their ids, and a reader above a cursor misses
        none.
        """
        db.execute(
            sa.text("SELECT pg_advisory_xact_lock(:ours, hashtext(:schema))"),
            {"ours": _ADVISORY, "schema": self.schema},
        )

    def for_many_rows(self, db: sa.Connection) -> None:
        """The server has memory of its own."""

    def look_over(self, db: sa.Connection) -> None:
        """Tell the planner about many new rows now, not when the server gets to it."""
        db.exec_driver_sql("ANALYZE samples")

    def in_one_line(self, error: DatabaseError) -> Exception:
        """The message for an error of the driver."""
        return errors.of_postgres(str(self), self.schema, error)


Place = SqliteFile | PostgresSchema


def place_of(
    folder: Path,
    project: str,
    database: str,
    environment: Mapping[str, str] = os.environ,
) -> Place:
    """Return the place of a project's store.

    Parameters
    ----------
    folder : Path
        The project's.
    project : str
        Its id; the PostgreSQL schema is named after it.
    database : {"sqlite", "postgresql"}
    environment : mapping of str to str
        ``DALT_DATABASE_URL`` there names the PostgreSQL database.

    Raises
    ------
    BadSettings
        If the labels are in PostgreSQL and the variable is missing or is not its address.

    Examples
    --------
    >>> str(place_of(Path("pets.dalt"), "1f", "sqlite"))
    'pets.dalt/labels.db'
    >>> url = "postgresql://ana:secret@db.example:5432/teams"
    >>> place_of(Path("pets.dalt"), "1f", "postgresql", {"DALT_DATABASE_URL": url})
    PostgresSchema(schema='dalt_1f')
    """
    if database == "sqlite":
        return SqliteFile(folder / "labels.db")
    given = environment.get(URL_VARIABLE, "")
    if not given:
        raise BadSettings(
            f"The labels of {folder.name} are in PostgreSQL. Set {URL_VARIABLE} to the address of "
            "its database: postgresql://USER:PASSWORD@HOST/DATABASE."
        )
    return PostgresSchema(_url(given), schema_of(project))


def schema_of(project: str) -> str:
    """The PostgreSQL schema that holds a project, named by the project's id."""
    return "dalt_" + re.sub(r"[^a-z0-9]", "_", project.lower())[:50]


def _url(given: str) -> sa.URL:
    wrong = BadSettings(
        f"{URL_VARIABLE} is no address of a PostgreSQL database; it has the form "
        "postgresql://USER:PASSWORD@HOST/DATABASE."
    )
    try:
        url = sa.make_url(given)
    except (ArgumentError, ValueError):
        raise wrong from None  # its text may hold the password
    if url.drivername not in ("postgresql", "postgres", "postgresql+psycopg"):
        raise wrong
    return url.set(drivername="postgresql+psycopg")


def _session_settings(schema: str) -> str:
    """Set up every connection.

    A server may wait for more than its own disk before it acknowledges, but never for less.
    """
    return (
        f"SET search_path TO {schema}; "
        "SELECT set_config('synchronous_commit', 'on', false) "
        "WHERE current_setting('synchronous_commit') IN ('off', 'local'); "
        f"SET lock_timeout TO '{errors.BUSY_SECONDS}s'; "
        f"SET idle_in_transaction_session_timeout TO '{2 * errors.BUSY_SECONDS}s'; "
        "SET default_transaction_isolation TO 'read committed'; "
        "SET jit TO off; "  # compiling costs more than our statements take
        # With little knowledge of a table, a planner would gather and sort all open samples to
        # take the first; the index has them in order.
        "SET enable_bitmapscan TO off"
    )
