"""Outcomes of searches for a better head."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from dalt.core.records import Choice
from dalt.storage import tables as t
from dalt.storage.database import Database


class HeadChoices:
    """Choices, append-only like labels; a part of `dalt.storage.store.Store`.

    Parameters
    ----------
    database : Database
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, choice: Choice) -> int:
        """Append the outcome of a search, and return its number."""
        row = {
            "created_at": choice.created_at,
            "accepted": choice.accepted,
            "content": choice.to_json(),
        }
        with self._database.writing() as db:
            made = db.execute(t.choices.insert().values(row)).inserted_primary_key
            return int(made[0]) if made is not None else 0

    def all(self, limit: int | None = None) -> list[Choice]:
        """Outcomes of the searches, the newest first."""
        with self._database.reading() as db:
            query = sa.select(t.choices).order_by(t.choices.c.choice_id.desc()).limit(limit)
            return [_choice_of(row) for row in db.execute(query)]

    def accepted(self) -> Choice | None:
        """The newest choice of a head; None while the default one learns."""
        with self._database.reading() as db:
            newest = t.choices.c.choice_id.desc()
            query = sa.select(t.choices).where(t.choices.c.accepted).order_by(newest)
            # Choices of an encoder are few among few.
            found = (_choice_of(row) for row in db.execute(query))
            return next((choice for choice in found if choice.recipe.kind != "encoder"), None)

    def newest_id(self) -> int:
        """Number of the newest choice, 0 before the first; one look into an index."""
        with self._database.reading() as db:
            return int(db.execute(sa.select(sa.func.max(t.choices.c.choice_id))).scalar() or 0)


def _choice_of(row: Any) -> Choice:
    return Choice.from_json(row.content, row.choice_id, row.created_at)
