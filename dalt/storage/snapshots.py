"""The permanent part of snapshots: their records; arrays are in files."""

from __future__ import annotations

import sqlalchemy as sa

from dalt.core.records import SnapshotRecord
from dalt.storage import sums
from dalt.storage import tables as t
from dalt.storage.database import Database


class Snapshots:
    """Records of snapshots, append-only; a part of `dalt.storage.store.Store`.

    Parameters
    ----------
    database : Database
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, record: SnapshotRecord) -> None:
        """Record a snapshot's permanent part."""
        values = {name: getattr(record, name) for name in SnapshotRecord.__slots__}
        with self._database.writing() as db:
            db.execute(t.snapshots.insert().values(values | {"metrics": dict(record.metrics)}))
            sums.seal(db, t.snapshots)

    def all(self, limit: int | None = None) -> list[SnapshotRecord]:
        """The records of the snapshots, the newest first."""
        query = sa.select(t.snapshots).order_by(t.snapshots.c.version.desc()).limit(limit)
        with self._database.reading() as db:
            return [_record_of(row) for row in db.execute(query)]

    def get(self, version: int) -> SnapshotRecord | None:
        """The record of one snapshot, or None if there is none."""
        query = sa.select(t.snapshots).where(t.snapshots.c.version == version)
        with self._database.reading() as db:
            row = db.execute(query).first()
            return None if row is None else _record_of(row)


def _record_of(row: sa.Row[tuple[object, ...]]) -> SnapshotRecord:
    return SnapshotRecord(**row._asdict())
