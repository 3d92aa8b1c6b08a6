"""Looking into a database without opening a store: nothing is upgraded, swept or written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

import sqlalchemy as sa
from sqlalchemy.exc import DatabaseError

from dalt.core.errors import first_line
from dalt.core.findings import Finding, Told
from dalt.core.records import DamagedStore, Sample, SnapshotRecord
from dalt.storage import fixed_settings, integrity, statements
from dalt.storage import tables as t
from dalt.storage.databases import Place

_AT_ONCE = 5_000
_BACKUP = "Restore it from a backup."


class Inspection:
    """One state of a database, as it is.

    Parameters
    ----------
    db : sa.Connection
        In a transaction.
    place : SqliteFile or PostgresSchema
    """

    def __init__(self, db: sa.Connection, place: Place) -> None:
        self._db = db
        self._place = place

    def schema(self) -> int:
        """The schema's version; 0 if the database does not say."""
        said = self._about("schema") or ""
        return int(said) if said.isdecimal() else 0

    def project(self) -> str | None:
        """The id of the project whose labels it holds."""
        return self._about("project")

    def check_fixed(self, settings: Mapping[str, str]) -> None:
        """Refuse settings, as JSON by name, under which the labels were not recorded.

        Raises
        ------
        BadSettings
            If they were recorded under others.
        """
        fixed_settings.check(self._db, fixed_settings.rows(settings))

    def newest(self) -> tuple[int, str]:
        """The newest event and its hash."""
        return integrity.head(self._db)

    def n_events(self) -> int:
        """How many events there are."""
        return int(self._db.execute(sa.select(sa.func.count()).select_from(t.events)).scalar_one())

    def look(self, told: Told) -> list[Finding]:
        """Check everything in it (`dalt.storage.integrity.look`)."""
        return integrity.look(self._db, str(self._place), told)

    def pages(self) -> list[Finding]:
        """Check only its pages, which all schemas have."""
        return integrity.pages(self._db, str(self._place))

    def samples(self) -> Iterator[Sample]:
        """All samples in the order of the pool, removed ones too."""
        after = -1
        while True:
            query = sa.select(t.samples).where(t.samples.c.position > after)
            rows = self._db.execute(query.order_by(t.samples.c.position).limit(_AT_ONCE)).all()
            if not rows:
                return
            yield from map(statements.sample_of, rows)
            after = rows[-1].position

    def n_samples(self) -> int:
        """Size of the pool."""
        return statements.n_samples(self._db)

    def records(self, limit: int) -> list[SnapshotRecord]:
        """Records of the newest snapshots, the newest first."""
        query = sa.select(t.snapshots).order_by(t.snapshots.c.version.desc()).limit(limit)
        return [SnapshotRecord(**row._asdict()) for row in self._db.execute(query)]

    def _about(self, name: str) -> str | None:
        return self._db.execute(sa.select(t.about.c.value).where(t.about.c.name == name)).scalar()


@contextmanager
def inspected(place: Place) -> Iterator[Inspection]:
    """Open a database for an inspection.

    Raises
    ------
    DamagedStore
        If it cannot even be opened, is empty, or is not DALT's.
    StoreUnreachable
        If its server cannot be reached.
    """
    reading = replace(place, read_only=True)
    engine = reading.engine(create=False)
    try:
        try:
            with engine.connect() as db:
                db = db.execution_options(**reading.for_reading())
                with db.begin():
                    found = Inspection(db, place)
                    found.schema()
                    yield found
        except DatabaseError as error:
            raise place.in_one_line(error) from error
        except UnicodeError as error:
            why = first_line(str(error))
            raise DamagedStore(f"{place} cannot be read: {why}. {_BACKUP}") from error
    finally:
        engine.dispose()
