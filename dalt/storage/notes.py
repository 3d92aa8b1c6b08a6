"""Annotators' notes about samples."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from dalt.core.records import Note, utc_now
from dalt.storage import statements, sums
from dalt.storage import tables as t
from dalt.storage.chunks import chunks
from dalt.storage.database import Database


class Notes:
    """Notes, append-only like labels; a part of `dalt.storage.store.Store`.

    Parameters
    ----------
    database : Database
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self,
        sample_id: str,
        annotator: str,
        session: str,
        *,
        key: str,
        flagged: bool | None,
        comment: str | None,
    ) -> Note:
        """Append a note; a resend with the same key changes nothing.

        Parameters
        ----------
        flagged, comment : optional
            None keeps the value of the annotator's former note.

        Raises
        ------
        UnknownSample
            If the sample is not in the pool.
        """
        with self._database.writing() as db:
            sent_before = db.execute(sa.select(t.notes).where(t.notes.c.key == key)).first()
            if sent_before is not None:
                return _note_of(sent_before)
            statements.sample_by_id(db, sample_id)
            mine = t.notes.c.annotator == annotator
            former = db.execute(_newest().where(t.notes.c.sample_id == sample_id, mine)).first()
            if flagged is None:
                flagged = former is not None and former.flagged
            if comment is None:
                comment = "" if former is None else former.comment
            db.execute(
                t.notes.insert().values(
                    sample_id=sample_id,
                    annotator=annotator,
                    session=session,
                    created_at=utc_now(),
                    flagged=flagged,
                    comment=comment,
                    key=key,
                )
            )
            sums.seal(db, t.notes)
            return _note_of(db.execute(sa.select(t.notes).where(t.notes.c.key == key)).one())

    def current(
        self, sample_ids: Sequence[str] | None = None, annotator: str | None = None
    ) -> list[Note]:
        """Return the newest note of each sample and annotator unless empty, the oldest first.

        Samples that were removed have none.

        Parameters
        ----------
        sample_ids : sequence of str, optional
            By default all samples.
        annotator : str, optional
            By default everybody.
        """
        removed = sa.exists().where(t.samples.c.id == t.notes.c.sample_id, t.IS_REMOVED)
        query = _newest().where(t.notes.c.flagged | (t.notes.c.comment != ""), ~removed)
        if annotator is not None:
            query = query.where(t.notes.c.annotator == annotator)
        parts = [None] if sample_ids is None else chunks(sample_ids)
        found = []
        with self._database.reading() as db:
            for part in parts:
                some = query if part is None else query.where(t.notes.c.sample_id.in_(part))
                found += [_note_of(row) for row in db.execute(some)]
        return found


def _newest() -> sa.Select[tuple[object, ...]]:
    """Notes without a later one of the same sample and annotator."""
    later = t.notes.alias("later")
    replaced = sa.exists().where(
        later.c.sample_id == t.notes.c.sample_id,
        later.c.annotator == t.notes.c.annotator,
        later.c.note_id > t.notes.c.note_id,
    )
    return sa.select(t.notes).where(~replaced).order_by(t.notes.c.note_id)


def _note_of(row: sa.Row[tuple[object, ...]]) -> Note:
    return Note(**row._asdict())
