"""Decisions about samples: adjudication, and gold answers."""

from __future__ import annotations

from collections.abc import Container, Mapping
from operator import attrgetter
from typing import Any

import sqlalchemy as sa

from dalt.core.records import Decision, DecisionKind, Draw, Label, LabelValue
from dalt.storage import lease_rows, statements
from dalt.storage import tables as t
from dalt.storage.claims import Claim
from dalt.storage.database import Database
from dalt.storage.lease_rows import Holder
from dalt.storage.resending import sent_before


class Adjudications:
    """Decisions, append-only like labels; a part of `dalt.storage.store.Store`.

    Parameters
    ----------
    database : Database
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def decide(
        self,
        decisions: Mapping[str, LabelValue | None],
        kind: DecisionKind,
        annotator: str,
        session: str,
        *,
        key: str,
    ) -> list[Label]:
        """Append decisions in one transaction: all or none; a known key changes nothing.

        Parameters
        ----------
        decisions : mapping of str to LabelValue or None
            From sample ids; None removes a former decision.
        kind : {"gold", "adjudicate"}
        annotator, session, key : str

        Raises
        ------
        UnknownSample
            If one of the samples is not in the pool.
        """
        with self._database.writing() as db:
            lease_rows.lock_samples(db, list(decisions))
            return [
                _append(db, sample_id, label, kind, annotator, session, f"{key}:{number}")
                for number, (sample_id, label) in enumerate(decisions.items())
            ]

    def undo(
        self, annotator: str, session: str, *, key: str, up_to: int | None = None
    ) -> Label | None:
        """Take back the annotator's newest adjudication that still holds, by an event.

        The decision before it, if any, holds again.  Decisions after the event `up_to` stay.

        Returns
        -------
        Label or None
            The decision that was taken back; None if there is none.
        """
        with self._database.writing() as db:
            former = sent_before(db, key, kind="undo", annotator=annotator)
            if former is not None and former.supersedes is not None:
                return statements.event_by_id(db, former.supersedes)
            mine = sa.and_(t.events.c.annotator == annotator, t.events.c.kind == "adjudicate")
            newest = sa.select(t.events).where(
                mine, statements.not_undone(), statements.of_the_pool()
            )
            if up_to is not None:
                newest = newest.where(t.events.c.event_id <= up_to)
            row = db.execute(newest.order_by(t.events.c.event_id.desc()).limit(1)).first()
            if row is None:
                return None
            undone = statements.event_of(row)
            statements.append_event(
                db,
                kind="undo",
                key=key,
                sample_id=undone.sample_id,
                annotator=annotator,
                session=session,
                source="human",
                supersedes=undone.event_id,
            )
            set_decision(db, undone.sample_id, "adjudicate")
            lease_rows.refresh_states(db, [undone.sample_id])
            return undone

    def decisions(self, kind: DecisionKind | None = None) -> list[Decision]:
        """Present decisions by sample, of one kind or of both."""
        query = (
            sa.select(
                t.decisions.c.sample_id,
                t.decisions.c.kind,
                t.decisions.c.label,
                t.events.c.annotator,
                t.events.c.created_at,
                t.decisions.c.event_id,
            )
            .join(t.events, t.events.c.event_id == t.decisions.c.event_id)
            .order_by(t.decisions.c.event_id)
        )
        if kind is not None:
            query = query.where(t.decisions.c.kind == kind)
        with self._database.reading() as db:
            return [Decision(**row._asdict()) for row in db.execute(query)]

    def claim_gold(
        self,
        annotator: str,
        session: str,
        *,
        pick: float,
        share: float,
        seconds: float,
        among: Container[int] | None = None,
    ) -> Claim | None:
        """Lease a gold sample that the annotator has not had yet.

        Parameters
        ----------
        pick : float in [0, 1)
            Chooses among those left, in their order: a random number draws uniformly.
        share : float
            Share of gold draws, for the inclusion probability.
        seconds : float
            How long the lease holds.
        among : container of int, optional
            Positions; by default all.

        Returns
        -------
        Claim or None
            None if there is none left that the annotator does not hold.
        """
        if not self.n_gold_left(annotator):
            return None  # and nobody waits for the writer's lock
        self._database.reap(seconds)
        with self._database.writing() as db:
            mine = sa.exists().where(
                t.leases.c.sample_id == t.samples.c.id,
                t.leases.c.annotator == annotator,
                t.IS_ACTIVE,
            )
            left = _gold_left(sa.select(t.samples), annotator).where(~mine)
            rows = sorted(db.execute(left), key=attrgetter("position"))
            free = [row for row in rows if among is None or row.position in among]
            if not free:
                return None
            row = free[int(pick * len(free))]
            draw = Draw("gold", share / len(free), len(free))
            lease = lease_rows.lease(db, row.id, Holder(annotator, session, seconds), draw)
            return Claim(statements.sample_of(row), lease, draw)

    def n_gold_left(self, annotator: str) -> int:
        """How many gold samples the annotator has not answered."""
        with self._database.reading() as db:
            query = sa.select(sa.func.count()).select_from(t.samples)
            return db.execute(_gold_left(query, annotator)).scalar_one()


def _gold_left(query: sa.Select[Any], annotator: str) -> sa.Select[Any]:
    """Limit a query on ``samples`` to gold ones that the annotator has not answered.

    Written as a list of ids, and without an order by position: joined or ordered, SQLite reads
    every sample of the pool to find the few gold ones.
    """
    answered = sa.exists().where(
        t.answers.c.sample_id == t.decisions.c.sample_id, t.answers.c.annotator == annotator
    )
    left = sa.select(t.decisions.c.sample_id).where(t.decisions.c.kind == "gold", ~answered)
    return query.where(t.samples.c.id.in_(left))


def _append(
    db: sa.Connection,
    sample_id: str,
    label: LabelValue | None,
    kind: DecisionKind,
    annotator: str,
    session: str,
    key: str,
) -> Label:
    known = sent_before(db, key, kind=kind, annotator=annotator, sample_id=sample_id, label=label)
    if known is not None:
        return known
    statements.sample_by_id(db, sample_id)
    former = db.execute(
        sa.select(t.decisions.c.event_id).where(
            t.decisions.c.sample_id == sample_id, t.decisions.c.kind == kind
        )
    ).scalar()
    event_id = statements.append_event(
        db,
        kind=kind,
        key=key,
        sample_id=sample_id,
        label=label,
        annotator=annotator,
        session=session,
        source="human",
        supersedes=former,
    )
    set_decision(db, sample_id, kind)
    lease_rows.refresh_states(db, [sample_id])
    return statements.event_by_id(db, event_id)


def set_decision(db: sa.Connection, sample_id: str, kind: DecisionKind) -> None:
    """Update ``decisions`` from the events of this sample, which was not removed."""
    newest = db.execute(
        sa.select(t.events)
        .where(t.events.c.sample_id == sample_id, t.events.c.kind == kind, statements.not_undone())
        .order_by(t.events.c.event_id.desc())
        .limit(1)
    ).first()
    db.execute(
        t.decisions.delete().where(t.decisions.c.sample_id == sample_id, t.decisions.c.kind == kind)
    )
    if newest is not None and newest.label is not None:
        db.execute(
            t.decisions.insert().values(
                sample_id=sample_id, kind=kind, label=newest.label, event_id=newest.event_id
            )
        )
