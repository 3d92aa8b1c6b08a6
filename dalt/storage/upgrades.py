"""Brings the database of a former DALT up to date, inside one transaction."""

from __future__ import annotations

import sqlalchemy as sa

from dalt.storage import tables as t


def upgrade(db: sa.Connection, schema: int) -> None:
    """Take every step from `schema` to the present one; nothing if it is the present one."""
    for step in _STEPS[schema - 1 :]:
        step(db)
    if schema < t.SCHEMA_VERSION:
        db.execute(
            t.about.update().where(t.about.c.name == "schema").values(value=str(t.SCHEMA_VERSION))
        )


def _labels_may_be_lists(db: sa.Connection) -> None:
    """Schema 2: a label that begins like JSON is JSON, so names that do are quoted."""
    for table, column in ((t.events, "label"), (t.events, "suggested"), (t.answers, "label")):
        plain = sa.type_coerce(table.c[column], sa.String)
        begins = sa.or_(*(plain.startswith(sign, autoescape=True) for sign in t.LIKE_JSON))
        # All rows at once: what one name is turned into may be another name as it was.
        quoted = sa.type_coerce(sa.func.json_quote(plain), table.c[column].type)
        db.execute(table.update().where(begins).values({column: quoted}))


def _events_come_in_batches(db: sa.Connection) -> None:
    """Schema 3: events that were recorded as one say so."""
    db.exec_driver_sql("ALTER TABLE events ADD COLUMN batch VARCHAR")
    t.events_batch.create(db)


def _samples_have_notes(db: sa.Connection) -> None:
    """Schema 4: what is noted of samples, and which labels were found right in a review."""
    t.metadata.create_all(db, tables=[t.notes, t.confirmations])


def _samples_are_decided(db: sa.Connection) -> None:
    """Schema 5: what was decided of samples, beforehand or where annotators disagreed."""
    t.metadata.create_all(db, tables=[t.decisions])


_STEPS = (_labels_may_be_lists, _events_come_in_batches, _samples_have_notes, _samples_are_decided)
