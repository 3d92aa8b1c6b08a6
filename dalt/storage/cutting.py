"""Takes a copy of a database back to an earlier moment."""

from __future__ import annotations

import warnings
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import sqlalchemy as sa

from dalt.core.records import utc_now
from dalt.core.user_warnings import Upgraded
from dalt.storage import folding, sums
from dalt.storage import tables as t
from dalt.storage.database import Database
from dalt.storage.databases import SqliteFile

_WHY = "The project was taken back to an earlier moment."


class Cut(NamedTuple):
    """What was taken out: how many events, and the newest one that stays (0 for none)."""

    n_events: int
    last: int


def cut(path: Path, moment: datetime) -> Cut:
    """Take a database back to the state that its log of events had at a moment.

    Events are only appended, so what held then follows from those up to it: the later ones go, and
    answers, decisions, states and counters are made anew.  The order of recording decides where the
    clocks of several machines differ.  What has no time stays: samples that were added later are
    there, unlabelled.  Leases end, and so do audits and certificates that were in force at the
    moment or later; what they spent of the error budget stays spent.

    Parameters
    ----------
    path : Path
        An SQLite file that nobody else uses.  It is upgraded to the present schema.
    moment : datetime
        With its time zone.

    Returns
    -------
    Cut
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Upgraded)  # the backup itself is what it was
        opened = Database(SqliteFile(path))
    for former in path.parent.glob(f"{path.name}.schema-*"):
        former.unlink()
    with closing(opened) as database, database.claiming() as db:
        database.place.one_writer(db)
        up_to = sa.select(sa.func.max(t.events.c.event_id)).where(t.events.c.created_at <= moment)
        last = db.execute(up_to).scalar() or 0
        _remove_later(db, moment, last)
        n_events = db.execute(t.events.delete().where(t.events.c.event_id > last)).rowcount
        # Their numbers are given again: a gap at the end would look like events that were removed.
        db.execute(
            sa.text("UPDATE sqlite_sequence SET seq = :last WHERE name = 'events'"), {"last": last}
        )
        _end_audits(db, moment)
        db.execute(t.leases.delete())
        folding.rebuild(db)
    return Cut(n_events, last)


def _remove_later(db: sa.Connection, moment: datetime, last: int) -> None:
    """Remove what people and models recorded later beside the events."""
    begun = sa.select(t.studies.c.study_id).where(t.studies.c.created_at > moment)
    made = sa.select(t.suggesters.c.suggester_id).where(t.suggesters.c.created_at > moment)
    for table, later in (
        (t.confirmations, sa.or_(t.confirmations.c.created_at > moment,
                                 t.confirmations.c.event_id > last)),
        (t.chain, t.chain.c.event_id > last),
        (t.notes, t.notes.c.created_at > moment),
        (t.snapshots, sa.or_(t.snapshots.c.created_at > moment, t.snapshots.c.cursor > last)),
        (t.choices, t.choices.c.created_at > moment),
        (t.study_draws, t.study_draws.c.study_id.in_(begun)),
        (t.studies, t.studies.c.created_at > moment),
        (t.votes, sa.or_(t.votes.c.created_at > moment, t.votes.c.suggester_id.in_(made))),
        (t.suggesters, t.suggesters.c.created_at > moment),
    ):  # fmt: skip
        db.execute(table.delete().where(later))
    sums.forget(db, t.confirmations, t.notes, t.snapshots, t.studies, t.votes)
    sums.begin(db)
    for ended in (t.studies.c.ended_at, t.suggesters.c.removed_at):
        assert isinstance(ended.table, sa.Table)
        db.execute(ended.table.update().where(ended > moment).values({ended: None}))


def _end_audits(db: sa.Connection, moment: datetime) -> None:
    """End what was in force then or later: the labels that it rests on may be gone."""
    ended: dict[str, object] = {"ended_at": utc_now(), "why": _WHY}
    for table, more in ((t.audits, {"state": "void", "keeps": 0}), (t.certificates, {})):
        later = sa.or_(table.c.ended_at.is_(None), table.c.ended_at > moment)
        db.execute(table.update().where(later).values(**ended, **more))
