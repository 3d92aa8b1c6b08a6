"""Randomised studies, and the treatment of each annotator's samples."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from dalt.core.records import Drawn, StudyDraw, StudyRecord, Treatment, utc_now
from dalt.storage import lease_rows, sums
from dalt.storage import tables as t
from dalt.storage.database import Database


class Studies:
    """Studies and their draws; a part of `dalt.storage.store.Store`.

    They are append-only like labels, except for draws that nobody was shown: see `give_back`.
    Every method is one transaction.

    Parameters
    ----------
    database : Database
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def start(self, plan: Mapping[str, Any], hash: str) -> StudyRecord | None:
        """Record a study, or return None because another one runs."""
        with self._database.writing() as db:
            if _running(db) is not None:
                return None
            made = db.execute(
                t.studies.insert().values(created_at=utc_now(), hash=hash, plan=dict(plan))
            )
            sums.seal(db, t.studies)
            assert made.inserted_primary_key is not None
            where = t.studies.c.study_id == made.inserted_primary_key[0]
            return _study_of(db.execute(sa.select(t.studies).where(where)).one())

    def end(self, study_id: int) -> StudyRecord:
        """End a study; one that has ended stays as it is."""
        where = t.studies.c.study_id == study_id
        with self._database.writing() as db:
            db.execute(
                t.studies.update()
                .where(where, t.studies.c.ended_at.is_(None))
                .values(ended_at=utc_now())
            )
            return _study_of(db.execute(sa.select(t.studies).where(where)).one())

    def running(self) -> StudyRecord | None:
        """The study that has not ended, if there is one."""
        with self._database.reading() as db:
            return _running(db)

    def all(self) -> list[StudyRecord]:
        """All studies, in their order."""
        with self._database.reading() as db:
            rows = db.execute(sa.select(t.studies).order_by(t.studies.c.study_id))
            return [_study_of(row) for row in rows]

    # --- what is assigned ---------------------------------------------------------------

    def assign(
        self,
        study_id: int,
        annotator: str,
        sample_ids: Sequence[str],
        treat: Callable[[int, Sequence[str]], Sequence[StudyDraw]],
    ) -> list[StudyDraw]:
        """Record an annotator's next treatments before they are shown.

        Another session of the same annotator may have assigned some of the samples, and lost
        their leases: what it assigned holds.

        Parameters
        ----------
        study_id : int
        annotator : str
        sample_ids : sequence of str
            The samples that were drawn.
        treat : callable
            Gets the smallest number that is larger than all of this annotator's draws, and those
            of the samples that the study has not assigned to them; returns the draws of these.
            It is not called if there are none.

        Returns
        -------
        list of StudyDraw
            The draws that the samples had before, by their numbers, then the new ones; empty if
            the study has ended meanwhile.
        """
        mine = t.study_draws.c.study_id == study_id, t.study_draws.c.annotator == annotator
        with self._database.writing() as db:
            found = _running(db)
            if found is None or found.study_id != study_id:
                return []
            asked = t.study_draws.c.sample_id.in_(sample_ids)
            query = sa.select(t.study_draws).where(*mine, asked).order_by(t.study_draws.c.n)
            former = [_draw_of(row) for row in db.execute(query)]
            assigned = {each.sample_id for each in former}
            new = [each for each in sample_ids if each not in assigned]
            if not new:
                return former
            last = db.execute(sa.select(sa.func.max(t.study_draws.c.n)).where(*mine)).scalar()
            draws = list(treat(0 if last is None else last + 1, new))
            if draws:
                rows = [_row_of(study_id, annotator, each) for each in draws]
                db.execute(t.study_draws.insert(), rows)
            return [*former, *draws]

    def give_back(
        self, study_id: int, annotator: str, session: str, sample_ids: Sequence[str]
    ) -> list[str]:
        """Free samples of a session that nobody was shown, and forget what the study assigned.

        Returns
        -------
        list of str
            The samples whose assignment is forgotten: not those that the annotator has answered, or
            that another session has got meanwhile and may show.
        """
        draws, leases, events = t.study_draws.c, t.leases.c, t.events.c
        held = t.IS_ACTIVE & (leases.session == session) & leases.sample_id.in_(sample_ids)
        answered = sa.select(events.sample_id).where(
            events.annotator == annotator, events.sample_id.in_(sample_ids)
        )
        unseen = sa.select(leases.sample_id).where(held, leases.sample_id.not_in(answered))
        with self._database.writing() as db:
            forgotten = list(db.execute(unseen).scalars())
            db.execute(
                t.study_draws.delete().where(
                    draws.study_id == study_id,
                    draws.annotator == annotator,
                    draws.sample_id.in_(forgotten),
                )
            )
            lease_rows.end_leases(db, held)
            return forgotten

    def draws(self, study_id: int, annotator: str | None = None) -> list[tuple[str, StudyDraw]]:
        """Annotators and their assignments, in order; by default of all annotators."""
        query = sa.select(t.study_draws).where(t.study_draws.c.study_id == study_id)
        if annotator is not None:
            query = query.where(t.study_draws.c.annotator == annotator)
        query = query.order_by(t.study_draws.c.annotator, t.study_draws.c.n)
        with self._database.reading() as db:
            return [(row.annotator, _draw_of(row)) for row in db.execute(query)]

    def treatments(
        self, annotator: str, sample_ids: Sequence[str] | None = None
    ) -> dict[str, Treatment]:
        """What all studies assigned to an annotator, by sample; the newest study counts.

        By default of all samples.
        """
        query = sa.select(t.study_draws).where(t.study_draws.c.annotator == annotator)
        if sample_ids is not None:
            query = query.where(t.study_draws.c.sample_id.in_(sample_ids))
        with self._database.reading() as db:
            rows = db.execute(query.order_by(t.study_draws.c.study_id))
            return {row.sample_id: _draw_of(row).treatment for row in rows}

    def drawn(self) -> dict[tuple[str, str], Drawn]:
        """What the newest study that assigned each sample decided, by annotator and sample."""
        draws = t.study_draws.c
        query = sa.select(draws.annotator, draws.sample_id, draws.study_id, draws.n, draws.wrong)
        sizes = {each.study_id: each.plan.get("plan", {}).get("block") for each in self.all()}
        with self._database.reading() as db:
            return {
                (row.annotator, row.sample_id): Drawn(
                    row.study_id, _block(row.n, sizes.get(row.study_id)), row.wrong
                )
                for row in db.execute(query.order_by(draws.study_id))
            }

    def n_labels(self, study_id: int) -> int:
        """How many assigned samples that count have a valid label of their annotator.

        A sample counts if the first answer was recorded with an arm: none is before suggestions
        begin, in blind mode, in a script and for what an audit asks, whatever the study had drawn.
        """
        draws, answers, events = t.study_draws.c, t.answers.c, t.events.c
        earlier = t.events.alias().c
        first = sa.select(sa.func.min(earlier.event_id)).where(
            earlier.sample_id == draws.sample_id,
            earlier.annotator == draws.annotator,
            earlier.kind.in_(("label", "skip")),
        )
        counted = sa.exists().where(
            events.event_id == first.correlate(t.study_draws).scalar_subquery(),
            events.arm.is_not(None),
        )
        query = (
            sa.select(sa.func.count())
            .select_from(t.study_draws)
            .join(
                t.answers,
                (answers.sample_id == draws.sample_id) & (answers.annotator == draws.annotator),
            )
            .where(
                draws.study_id == study_id,
                draws.arm.is_not(None),
                answers.kind == "label",
                counted,
            )
        )
        with self._database.reading() as db:
            return int(db.execute(query).scalar_one())


def _running(db: sa.Connection) -> StudyRecord | None:
    row = db.execute(sa.select(t.studies).where(t.studies.c.ended_at.is_(None))).first()
    return None if row is None else _study_of(row)


def _block(n: int, size: int | None) -> int | None:
    return n // size if size else None


def _study_of(row: sa.Row[Any]) -> StudyRecord:
    return StudyRecord(**row._asdict())


def _row_of(study_id: int, annotator: str, draw: StudyDraw) -> dict[str, Any]:
    treatment = draw.treatment
    return {
        "study_id": study_id,
        "annotator": annotator,
        "n": draw.n,
        "sample_id": draw.sample_id,
        "condition": treatment.condition,
        "arm": treatment.arm,
        "wrong": treatment.wrong,
    }


def _draw_of(row: sa.Row[Any]) -> StudyDraw:
    return StudyDraw(row.n, row.sample_id, Treatment(row.condition, row.arm, row.wrong))
