"""Writing and reading answers; every method is one transaction."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

import sqlalchemy as sa

from dalt.core.records import Answer, ClassSet, Label, LabelSet, LabelValue
from dalt.storage import leases as held
from dalt.storage import statements as do
from dalt.storage import tables as t
from dalt.storage.answers import append_answer, redo_newest, undo_newest
from dalt.storage.chunks import chunks
from dalt.storage.claims import Claim
from dalt.storage.database import Database
from dalt.storage.label_sets import ToLearn, read_label_set

LOOKED_BACK = 2_000
"""Number of newest events, of any kind, searched for answers to proposals."""


class Events(Database):
    """Label events; a part of `dalt.storage.store.Store`."""

    def record(self, answer: Answer) -> Label:
        """Append an answer; a resend with the same key changes nothing.

        Returns
        -------
        Label
            The event, committed durably; for a resend that of the first sending.

        Raises
        ------
        UnknownSample
            If the sample is not in the pool.
        """
        return self.record_page([answer])[0]

    def record_page(self, answers: Sequence[Answer]) -> list[Label]:
        """Append answers in one transaction: all or none; known keys change nothing.

        Raises
        ------
        UnknownSample
            If one of the samples is not in the pool.
        """
        with self._write() as db:
            held.lock_samples(db, [answer.sample_id for answer in answers])
            return [append_answer(db, answer) for answer in answers]

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
        with self._write() as db:
            reopened = []
            for undone in undo_newest(db, annotator, session, key, up_to):
                draw = held.draw_of(undone)
                lease = held.lease(db, undone.sample_id, annotator, session, seconds, draw)
                claim = Claim(do.sample_by_id(db, undone.sample_id), lease, draw)
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
        with self._write() as db:
            return redo_newest(db, annotator, session, key, up_to)

    def reopen(
        self, sample_ids: Sequence[str], annotator: str, session: str, *, seconds: float
    ) -> list[Claim]:
        """Lease samples that the annotator has answered, to change the answers.

        The former answers hold until then.  Left out are samples that the annotator never answered,
        and those with as many other holders as people are asked for.
        """
        self._reap()
        with self._write() as db:
            held.lock_samples(db, sample_ids)
            claims = []
            for sample_id in sample_ids:
                event_id = do.current_event(db, sample_id, annotator)
                if event_id is None or not held.may_reopen(db, sample_id, annotator):
                    continue
                draw = held.draw_of(do.event_by_id(db, event_id))
                lease = held.lease(db, sample_id, annotator, session, seconds, draw)
                claims.append(Claim(do.sample_by_id(db, sample_id), lease, draw))
            return claims

    def recent(self, annotator: str, limit: int, before: int | None = None) -> list[Label]:
        """The annotator's answers that hold, the newest first.

        Parameters
        ----------
        limit : int
        before : int, optional
            Only events with a smaller id.
        """
        query = (
            sa.select(t.events)
            .join(t.answers, t.answers.c.event_id == t.events.c.event_id)
            .where(t.answers.c.annotator == annotator)
            .order_by(t.answers.c.event_id.desc())
            .limit(limit)
        )
        if before is not None:
            query = query.where(t.answers.c.event_id < before)
        with self._read() as db:
            return [do.event_of(row) for row in db.execute(query)]

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
        with self._read() as db:
            return list(db.scalars(query))

    def labelled_as(self, names: Sequence[str], limit: int, *, whole: bool) -> list[Label]:
        """Answers of anyone that hold and name one of these classes, the newest first.

        Parameters
        ----------
        names : sequence of str
        limit : int
        whole : bool
            Whether a label is one class; otherwise it is a list in which a name may also mean
            something else, and the caller checks again.
        """
        label = t.answers.c.label
        text = sa.type_coerce(label, sa.String)
        named = (
            label.in_(list(names))
            if whole
            else sa.or_(
                *(
                    text.contains(json.dumps(name, ensure_ascii=False), autoescape=True)
                    for name in names
                )
            )
        )
        query = (
            sa.select(t.events)
            .join(t.answers, t.answers.c.event_id == t.events.c.event_id)
            .where(t.answers.c.kind == "label", named)
            .order_by(t.answers.c.event_id.desc())
            .limit(limit)
        )
        with self._read() as db:
            return [do.event_of(row) for row in db.execute(query)]

    def answers_to(self, sample_ids: Sequence[str], annotator: str) -> dict[str, Label]:
        """The annotator's answer that holds to each of these samples, where there is one."""
        found: dict[str, Label] = {}
        with self._read() as db:
            for part in chunks(sample_ids):
                rows = db.execute(
                    sa.select(t.events)
                    .join(t.answers, t.answers.c.event_id == t.events.c.event_id)
                    .where(t.answers.c.annotator == annotator, t.answers.c.sample_id.in_(part))
                )
                found.update((row.sample_id, do.event_of(row)) for row in rows)
        return found

    def label_events(self) -> list[int]:
        """Ids of all label events, in order."""
        query = sa.select(t.events.c.event_id).where(t.events.c.kind == "label")
        with self._read() as db:
            return list(db.execute(query.order_by(t.events.c.event_id)).scalars())

    def label_counts(self) -> list[tuple[LabelValue, int]]:
        """Every label value that holds now, with its count."""
        query = sa.select(t.answers.c.label, sa.func.count()).where(t.answers.c.kind == "label")
        with self._read() as db:
            return [(label, n) for label, n in db.execute(query.group_by(t.answers.c.label))]

    def newest_seconds(self, annotator: str, limit: int) -> list[float]:
        """Active seconds of the annotator's newest labels, if measured."""
        query = (
            sa.select(t.events.c.active_seconds)
            .where(t.events.c.annotator == annotator, t.events.c.kind == "label")
            .order_by(t.events.c.event_id.desc())
            .limit(limit)
        )
        with self._read() as db:
            return [seconds for seconds in db.execute(query).scalars() if seconds is not None]

    def current_labels(self, sample_ids: Sequence[str] | None = None) -> list[Label]:
        """The labels that hold now of each sample and annotator, by event; of some or all."""
        query = (
            sa.select(t.events)
            .join(t.answers, t.answers.c.event_id == t.events.c.event_id)
            .where(t.answers.c.kind == "label")
            .order_by(t.events.c.event_id)
        )
        with self._read() as db:
            if sample_ids is None:
                return [do.event_of(row) for row in db.execute(query)]
            return [
                do.event_of(row)
                for part in chunks(sample_ids)
                for row in db.execute(query.where(t.answers.c.sample_id.in_(part)))
            ]

    def labels_after(self, event_id: int, limit: int) -> list[Label]:
        """The first labels that hold now among the events after one, by event."""
        query = (
            sa.select(t.events)
            .join(t.answers, t.answers.c.event_id == t.events.c.event_id)
            .where(t.answers.c.kind == "label", t.answers.c.event_id > event_id)
            .order_by(t.answers.c.event_id)
            .limit(limit)
        )
        with self._read() as db:
            return [do.event_of(row) for row in db.execute(query)]

    def events_after(self, event_id: int, limit: int) -> list[Label]:
        """The first events of any kind after one, in order."""
        query = sa.select(t.events).where(t.events.c.event_id > event_id)
        with self._read() as db:
            rows = db.execute(query.order_by(t.events.c.event_id).limit(limit))
            return [do.event_of(row) for row in rows]

    def events(self, after: int = 0) -> Iterator[Label]:
        """Every event with an id above `after`, in order, in parts."""
        while True:
            with self._read() as db:
                query = sa.select(t.events).where(t.events.c.event_id > after)
                rows = db.execute(query.order_by(t.events.c.event_id).limit(5_000)).all()
            if not rows:
                return
            yield from map(do.event_of, rows)
            after = rows[-1].event_id

    def newest_event(self) -> int:
        """The id of the newest event of any kind; 0 if there is none."""
        with self._read() as db:
            return db.execute(sa.select(sa.func.max(t.events.c.event_id))).scalar() or 0

    def cursor(self) -> int:
        """The newest event that changes a head's labels; 0 if there is none."""
        with self._read() as db:
            return do.cursor(db)

    def label_set(self, classes: ClassSet | Sequence[str]) -> LabelSet:
        """The current labels for a head, with their cursor."""
        with self._read() as db:
            return read_label_set(db, classes)

    def to_learn(self, classes: ClassSet) -> ToLearn:
        """Everything that a fit reads from the store, as of one moment."""
        with self._read() as db:
            newest = db.execute(sa.select(sa.func.max(t.events.c.event_id))).scalar() or 0
            return ToLearn(read_label_set(db, classes), do.open_mask(db), newest)

    def n_sessions(self, annotator: str) -> int:
        """Number of the annotator's sessions that have left an event."""
        with self._read() as db:
            sessions = sa.func.count(t.events.c.session.distinct())
            return db.execute(
                sa.select(sessions).where(t.events.c.annotator == annotator)
            ).scalar_one()

    def skipped(self) -> int:
        """Number of skips that hold now."""
        with self._read() as db:
            query = sa.select(sa.func.count()).select_from(t.answers)
            return db.execute(query.where(t.answers.c.kind == "skip")).scalar_one()

    def uniform_events(self) -> list[Label]:
        """Every event of the samples that were once drawn uniformly, in order."""
        drawn = sa.select(t.events.c.sample_id).where(
            t.events.c.draw == sa.literal_column("'uniform'")
        )
        with self._read() as db:
            rows = db.execute(
                sa.select(t.events)
                .where(t.events.c.sample_id.in_(drawn))
                .order_by(t.events.c.event_id)
            )
            return [do.event_of(row) for row in rows]

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
        with self._read() as db:
            return [do.event_of(row) for row in db.execute(query)]

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
        with self._read() as db:
            rows = db.execute(newest).all()
        return len(rows), sum(row.label == row.suggested for row in rows)
