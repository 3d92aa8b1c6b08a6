"""Reading the log of label events: in order, after a cursor, or only the newest."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import sqlalchemy as sa

from dalt.core.records import Label
from dalt.storage import statements
from dalt.storage import tables as t
from dalt.storage.database import Database

LOOKED_BACK = 2_000
"""Number of newest events, of any kind, searched for answers to proposals."""


class Events:
    """Reads the log of events; a part of `dalt.storage.store.Store`.

    Parameters
    ----------
    database : Database
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self, after: int = 0) -> Iterator[Label]:
        """Every event with an id above `after`, in order, in parts."""
        while True:
            with self._database.reading() as db:
                query = sa.select(t.events).where(t.events.c.event_id > after)
                rows = db.execute(query.order_by(t.events.c.event_id).limit(5_000)).all()
            if not rows:
                return
            yield from map(statements.event_of, rows)
            after = rows[-1].event_id

    def after(self, event_id: int, limit: int) -> list[Label]:
        """The first events of any kind after one, in order."""
        query = sa.select(t.events).where(t.events.c.event_id > event_id)
        with self._database.reading() as db:
            rows = db.execute(query.order_by(t.events.c.event_id).limit(limit))
            return [statements.event_of(row) for row in rows]

    def assigned(self) -> list[Label]:
        """Every answer to samples that were assigned to an arm at random, in order.

        Later answers to such a sample count too, including those given outside of the page.
        """
        events = t.events
        drawn = sa.select(events.c.sample_id).where(events.c.arm.is_not(None))
        query = (
            sa.select(events)
            .where(events.c.kind.in_(("label", "skip")), events.c.sample_id.in_(drawn))
            .order_by(events.c.event_id)
        )
        with self._database.reading() as db:
            return [statements.event_of(row) for row in db.execute(query)]

    def newest_id(self) -> int:
        """The id of the newest event of any kind; 0 if there is none."""
        with self._database.reading() as db:
            return db.execute(sa.select(sa.func.max(t.events.c.event_id))).scalar() or 0

    def cursor(self) -> int:
        """The newest event that changes a head's labels; 0 if there is none."""
        with self._database.reading() as db:
            return statements.cursor(db)

    def label_ids(self) -> list[int]:
        """Ids of all label events, in order."""
        query = sa.select(t.events.c.event_id).where(t.events.c.kind == "label")
        with self._database.reading() as db:
            return list(db.execute(query.order_by(t.events.c.event_id)).scalars())

    def uniform(self) -> list[Label]:
        """Every event of the samples of the pool that were once drawn uniformly, in order."""
        drawn = sa.select(t.events.c.sample_id).where(
            t.events.c.draw == sa.literal_column("'uniform'")
        )
        with self._database.reading() as db:
            rows = db.execute(
                sa.select(t.events)
                .where(t.events.c.sample_id.in_(drawn), statements.of_the_pool())
                .order_by(t.events.c.event_id)
            )
            return [statements.event_of(row) for row in rows]

    def newest_proposed(self, n: int) -> list[Label]:
        """The newest answers that hold and were given with proposals on screen, newest first.

        This looks at the newest `LOOKED_BACK` events only, so it is cheap for any history.

        Parameters
        ----------
        n : int
            Answers at most.
        """
        events, answers = t.events.c, t.answers.c
        last = sa.select(sa.func.max(events.event_id)).scalar_subquery()
        query = (
            sa.select(t.events)
            .join(
                t.answers,
                (answers.sample_id == events.sample_id)
                & (answers.annotator == events.annotator)
                & (answers.event_id == events.event_id),
            )
            .where(events.event_id > last - LOOKED_BACK, events.kind == "label")
            .where(events.suggested.is_not(None), events.mode.is_distinct_from("blind"))
            .where(sa.type_coerce(events.suggested, sa.String) != "[]")
            .order_by(events.event_id.desc())
            .limit(n)
        )
        with self._database.reading() as db:
            return [statements.event_of(row) for row in db.execute(query)]

    def newest_verified(self, n: int) -> tuple[int, int]:
        """Count the newest `n` labels of pages that were not undone, and how many were right.

        A label is right if it was recorded as suggested.
        """
        undone = sa.select(t.events.c.supersedes).where(t.events.c.supersedes.is_not(None))
        newest = (
            sa.select(t.events.c.label, t.events.c.suggested)
            .where(t.events.c.batch.is_not(None), t.events.c.mode == "verify")
            .where(t.events.c.kind == "label", t.events.c.event_id.not_in(undone))
            .order_by(t.events.c.event_id.desc())
            .limit(n)
        )
        with self._database.reading() as db:
            rows = db.execute(newest).all()
        return len(rows), sum(row.label == row.suggested for row in rows)

    def labelled_since(self, moment: datetime) -> bool:
        """Whether anybody has labelled, imported or decided anything after a moment."""
        kinds = ("label", "import", "gold", "adjudicate")
        query = (
            sa.select(t.events.c.created_at)
            .where(t.events.c.kind.in_(kinds))
            .order_by(t.events.c.event_id.desc())
            .limit(1)
        )
        with self._database.reading() as db:
            newest = db.execute(query).scalar()
        return newest is not None and newest > moment

    def last_seen(self) -> dict[str, datetime]:
        """Time of each annotator's newest event of any kind, by name."""
        newest = sa.func.max(t.events.c.created_at, type_=t.Utc())
        query = sa.select(t.events.c.annotator, newest).group_by(t.events.c.annotator)
        with self._database.reading() as db:
            return {name: when for name, when in db.execute(query)}
