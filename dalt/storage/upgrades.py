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
        # Sorted: quotes first, so that what the others are turned into is not turned again.
        for name in sorted(db.execute(sa.select(plain).where(begins).distinct()).scalars()):
            # Bound as a label, the same text is written as JSON.
            db.execute(table.update().where(plain == name).values({column: name}))


_STEPS = (_labels_may_be_lists,)
