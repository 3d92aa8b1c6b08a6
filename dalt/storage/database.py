"""The database file: opened, checked, brought up to date, and its transactions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.exc import DatabaseError, IntegrityError

from dalt.records import DamagedStore
from dalt.storage import tables as t
from dalt.storage.errors import damaged, in_one_line
from dalt.storage.upgrades import upgrade

_CHECKED_BYTES = 50_000_000  # a larger file is not read whole at every start


class Database:
    """Opens the database, making it where there is none; `dalt.store.Store` is made of this.

    Parameters
    ----------
    path : Path
        The SQLite file.
    create : bool
        Make the tables; otherwise a missing file is an error.
    seed : int
        Of the order of uniform draws; fixed when a sample is added.

    Raises
    ------
    DamagedStore
        If the file is missing, is no database, is damaged or was written by a newer DALT.
    """

    def __init__(self, path: Path, *, create: bool = False, seed: int = 0) -> None:
        self.path = path
        self._seed = seed
        if not create and not path.is_file():
            raise DamagedStore(
                f"{path} is missing: the labels of this project are not here. Restore the file "
                "from a backup, or create the project anew."
            )
        self._engine = t.engine(path)
        with self._translated():
            if create:
                self._create()
            self._check()

    # --- opening --------------------------------------------------------------------

    def _create(self) -> None:
        with self._write() as db:
            t.metadata.create_all(db)
            if self._schema(db) is None:
                db.execute(t.about.insert().values(name="schema", value=str(t.SCHEMA_VERSION)))

    def _check(self) -> None:
        with self._read() as db:
            if self.path.stat().st_size <= _CHECKED_BYTES:
                found = db.exec_driver_sql("PRAGMA quick_check(1)").scalar()
                if found != "ok":
                    raise damaged(self.path, str(found))
            if not sa.inspect(db).has_table("about"):
                raise damaged(self.path, "it holds no tables of DALT")
            schema = self._schema(db)
        if schema is None or not schema.isdigit():
            raise damaged(self.path, "its schema version is missing")
        if int(schema) > t.SCHEMA_VERSION:
            raise DamagedStore(
                f"{self.path} was written by a newer DALT (schema {schema}, this one reads up to "
                f"{t.SCHEMA_VERSION}). Upgrade DALT to open it."
            )
        if int(schema) < t.SCHEMA_VERSION:
            with self._write() as db:  # another process may have done it meanwhile
                upgrade(db, int(self._schema(db) or schema))

    def _schema(self, db: sa.Connection) -> str | None:
        return db.execute(sa.select(t.about.c.value).where(t.about.c.name == "schema")).scalar()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """Say in one line what a damaged or locked file means."""
        try:
            yield
        except IntegrityError:
            raise
        except DatabaseError as error:
            raise in_one_line(self.path, error) from error

    @contextmanager
    def _write(self) -> Iterator[sa.Connection]:
        with self._translated(), self._engine.connect() as db:
            # A read that turns into a write in a deferred transaction fails at once when
            # another process wrote in between; taking the write lock first waits instead.
            db = db.execution_options(dalt_begin="BEGIN IMMEDIATE")
            with db.begin():
                yield db

    @contextmanager
    def _read(self) -> Iterator[sa.Connection]:
        with self._translated(), self._engine.connect() as db, db.begin():
            yield db

    def close(self) -> None:
        """Give back every connection; the store can still be used and opens new ones."""
        self._engine.dispose()
