"""Labels that a review confirmed."""

from __future__ import annotations

import sqlalchemy as sa

from dalt.core.records import utc_now
from dalt.storage import sums
from dalt.storage import tables as t
from dalt.storage.database import Database


class Confirmations:
    """Confirmed labels, append-only; a part of `dalt.storage.store.Store`.

    Parameters
    ----------
    database : Database
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, event_id: int, annotator: str, session: str, *, key: str) -> bool:
        """Record that a label was reviewed and is right; False if there is no such label."""
        with self._database.writing() as db:
            known = t.confirmations.c.key == key
            if db.execute(sa.select(t.confirmations).where(known)).first() is not None:
                return True
            is_label = sa.exists().where(t.answers.c.event_id == event_id)
            if not db.execute(sa.select(is_label)).scalar():
                return False
            db.execute(
                t.confirmations.insert().values(
                    event_id=event_id,
                    annotator=annotator,
                    session=session,
                    created_at=utc_now(),
                    key=key,
                )
            )
            sums.seal(db, t.confirmations)
            return True

    def events(self) -> set[int]:
        """Events with confirmed labels."""
        with self._database.reading() as db:
            return set(db.execute(sa.select(t.confirmations.c.event_id)).scalars())
