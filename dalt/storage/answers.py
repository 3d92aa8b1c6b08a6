"""Annotators' answers (labels and skips): appends events that record or undo them."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from dalt.core.records import Answer, Label
from dalt.storage import draw_rows, lease_rows, statements
from dalt.storage import tables as t
from dalt.storage.chunks import chunks
from dalt.storage.claims import Claim
from dalt.storage.database import Database
from dalt.storage.lease_rows import Holder
from dalt.storage.resending import sent_before
from dalt.storage.undoing import redo_newest, take_back_by_prefix, undo_newest


class Answers:
    """Writes answers, and reads those that hold; a part of `dalt.storage.store.Store`.

    Every method is one transaction.

    Parameters
    ----------
    database : Database
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    # --- writing ------------------------------------------------------------------------

    def record(self, answer: Answer) -> Label:
        """Append an answer; a resend with the same key changes nothing.

        Returns
        -------
        Label
            The event, committed durably; for a resend that of the first sending.

        Raises
        ------
        UnknownSample
            If the sample is not in the pool, or was removed from it meanwhile.
        KeyUsed
            If the key has recorded something else.
        """
        with self._database.writing() as db:
            lease_rows.lock_samples(db, [answer.sample_id])
            return _append(db, answer)

    def record_page(self, answers: Sequence[Answer]) -> list[Label]:
        """Append answers in one transaction: all or none; known keys change nothing.

        Samples that were removed meanwhile are left out: the rest of the page is somebody's work.

        Raises
        ------
        UnknownSample
            If one of the samples was never in the pool, or all were removed.
        KeyUsed
            If the key of an answer has recorded something else; nothing is recorded then.
        """
        ids = [answer.sample_id for answer in answers]
        with self._database.writing() as db:
            lease_rows.lock_samples(db, ids)
            gone = statements.removed_ids(db, ids)
            made = [
                _sent_before(db, answer) if answer.sample_id in gone else _append(db, answer)
                for answer in answers
            ]
            if answers and not any(made):
                raise statements.missing(db, ids[0])
            return [event for event in made if event is not None]

    def undo(
        self,
        annotator: str,
        session: str,
        *,
        key: str,
        seconds: float,
        up_to: int | None = None,
    ) -> list[tuple[Label, Claim]]:
        """Take back the annotator's newest answer, or newest page, by appending events.

        The answer before it, if any, holds again; the sample is leased to the annotator once
        more.  Answers of `session` come first, then those of earlier sessions; events after
        `up_to` stay.

        Returns
        -------
        list of (Label, Claim)
            The answers that were taken back, in their order, and the new leases.
        """
        holder = Holder(annotator, session, seconds)
        with self._database.writing() as db:
            reopened = []
            for undone in undo_newest(db, annotator, session, key, up_to, self._database.seed):
                draw = draw_rows.draw_of(undone)
                lease = lease_rows.lease(db, undone.sample_id, holder, draw)
                claim = Claim(statements.sample_by_id(db, undone.sample_id), lease, draw)
                reopened.append((undone, claim))
            return reopened

    def redo(
        self, annotator: str, session: str, *, key: str, up_to: int | None = None
    ) -> list[Label]:
        """Record again what the annotator's newest undo took back, by appending events.

        As in an editor: redo follows undo to any depth, until something else is answered.
        Undos after the event `up_to` stay.

        Returns
        -------
        list of Label
            The new events, in the order of the page; empty if there is nothing to redo.
        """
        with self._database.writing() as db:
            return redo_newest(db, annotator, session, key, up_to)

    def take_back(self, prefix: str, annotator: str | None, session: str, *, key: str) -> int:
        """Undo the answers whose keys have a prefix, and return how many there were.

        Parameters
        ----------
        prefix : str
        annotator : str, optional
            Only this person's answers.
        session, key : str
        """
        with self._database.writing() as db:
            return take_back_by_prefix(db, prefix, annotator, session, key, self._database.seed)

    # --- answers that hold --------------------------------------------------------------

    def recent(self, annotator: str, limit: int, before: int | None = None) -> list[Label]:
        """The annotator's answers that hold, the newest first.

        Parameters
        ----------
        limit : int
        before : int, optional
            Only events with a smaller id.
        """
        query = (
            statements.events_that_hold()
            .where(t.answers.c.annotator == annotator)
            .order_by(t.answers.c.event_id.desc())
            .limit(limit)
        )
        if before is not None:
            query = query.where(t.answers.c.event_id < before)
        with self._database.reading() as db:
            return [statements.event_of(row) for row in db.execute(query)]

    def to_samples(self, sample_ids: Sequence[str], annotator: str) -> dict[str, Label]:
        """The annotator's answer that holds to each of these samples, where there is one."""
        found: dict[str, Label] = {}
        with self._database.reading() as db:
            for part in chunks(sample_ids):
                rows = db.execute(
                    statements.events_that_hold().where(
                        t.answers.c.annotator == annotator, t.answers.c.sample_id.in_(part)
                    )
                )
                found.update((row.sample_id, statements.event_of(row)) for row in rows)
        return found

    def skipped_by(self, annotator: str, limit: int) -> list[str]:
        """Samples that the annotator skipped and nobody has labelled, the oldest skip first."""
        answers, labels = t.answers, t.answers.alias()
        labelled = sa.exists().where(
            labels.c.sample_id == answers.c.sample_id, labels.c.kind == "label"
        )
        query = (
            sa.select(answers.c.sample_id)
            .where(answers.c.annotator == annotator, answers.c.kind == "skip", ~labelled)
            .order_by(answers.c.event_id)
            .limit(limit)
        )
        with self._database.reading() as db:
            return list(db.scalars(query))

    def n_skipped(self) -> int:
        """Number of skips that hold now."""
        with self._database.reading() as db:
            query = sa.select(sa.func.count()).select_from(t.answers)
            return db.execute(query.where(t.answers.c.kind == "skip")).scalar_one()

    def current(self) -> list[Label]:
        """The answers that hold now of each sample and annotator, labels and skips."""
        query = statements.events_that_hold().order_by(t.events.c.event_id)
        with self._database.reading() as db:
            return [statements.event_of(row) for row in db.execute(query)]

    def newest_seconds(self, annotator: str, limit: int) -> list[float]:
        """Active seconds of the annotator's newest labels, if measured."""
        query = (
            sa.select(t.events.c.active_seconds)
            .where(t.events.c.annotator == annotator, t.events.c.kind == "label")
            .order_by(t.events.c.event_id.desc())
            .limit(limit)
        )
        with self._database.reading() as db:
            return [seconds for seconds in db.execute(query).scalars() if seconds is not None]

    def n_sessions(self, annotator: str) -> int:
        """Number of the annotator's sessions that have left an event."""
        with self._database.reading() as db:
            sessions = sa.func.count(t.events.c.session.distinct())
            return db.execute(
                sa.select(sessions).where(t.events.c.annotator == annotator)
            ).scalar_one()


def _sent_before(db: sa.Connection, answer: Answer) -> Label | None:
    return sent_before(
        db,
        answer.key,
        kind=answer.kind,
        annotator=answer.annotator,
        sample_id=answer.sample_id,
        label=answer.label,
    )


def _append(db: sa.Connection, answer: Answer) -> Label:
    """Append an answer, or return the event of its first sending."""
    if (event := _sent_before(db, answer)) is not None:
        return event
    statements.sample_by_id(db, answer.sample_id)
    draw = answer.draw or draw_rows.leased_draw(db, answer.sample_id, answer.annotator)
    event_id = statements.append_event(
        db,
        kind=answer.kind,
        key=answer.key,
        sample_id=answer.sample_id,
        label=answer.label,
        annotator=answer.annotator,
        session=answer.session,
        source="human",
        draw=draw and draw.kind,
        inclusion_probability=draw and draw.probability,
        n_candidates=draw and draw.n_candidates,
        suggested=answer.suggested,
        probability=answer.probability,
        snapshot=answer.snapshot,
        mode=answer.mode,
        shown_at=answer.shown_at,
        active_seconds=answer.active_seconds,
        supersedes=statements.current_event(db, answer.sample_id, answer.annotator),
        batch=answer.batch,
        timing=answer.timing,
        arm=answer.arm,
        suggesters=answer.suggesters,
    )
    statements.set_answer(db, answer.sample_id, answer.annotator)
    lease_rows.drop_lease(db, answer.sample_id, answer.annotator)
    lease_rows.refresh_states(db, [answer.sample_id])
    return statements.event_by_id(db, event_id)
