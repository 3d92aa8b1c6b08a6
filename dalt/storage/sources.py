"""Where the content of samples came from, and what frames say of each row beside it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any, Literal

import sqlalchemy as sa

from dalt.storage import sums
from dalt.storage import tables as t
from dalt.storage.chunks import chunks
from dalt.storage.database import Database

_AT_ONCE = 5_000  # rows in memory and in one transaction; annotators write in between
_COLUMNS = "detail_columns"
ColumnType = Literal["bool", "int", "float", "text"]
Detail = tuple[str, str, Mapping[str, Any]]
"""A sample's id, the source of one of its rows, and that row's other columns."""


class Sources:
    """All places that hold the content of a sample; a part of `dalt.storage.store.Store`.

    The first place is `Sample.source`; the table ``sources`` has the others, so a pool without
    equal content costs nothing.

    Parameters
    ----------
    database : Database
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, others: Sequence[tuple[str, str]]) -> int:
        """Append other sources of samples of the pool; known ones stay as they are.

        Parameters
        ----------
        others : sequence of (sample_id, source)

        Returns
        -------
        int
            How many were new.
        """
        added = 0
        for part in chunks(list(dict.fromkeys(others)), _AT_ONCE):
            with self._database.writing() as db:
                known = _all_of(db, list(dict.fromkeys(sample_id for sample_id, _ in part)))
                new = [each for each in part if each[1] not in known.get(each[0], (each[1],))]
                if new:
                    rows = [{"sample_id": sample_id, "source": source} for sample_id, source in new]
                    db.execute(t.sources.insert(), rows)
                    sums.seal(db, t.sources)
                added += len(new)
        return added

    def of(self, ids: Sequence[str]) -> dict[str, list[str]]:
        """All sources of these samples, by id, each sample's first source before the others."""
        with self._database.reading() as db:
            return _all_of(db, ids)

    def others(self, ids: Sequence[str]) -> dict[str, list[str]]:
        """The sources of these samples beside their first one, by id; of most there are none."""
        with self._database.reading() as db:
            return _others_of(db, ids)

    def any_others(self) -> bool:
        """Whether any sample has several sources."""
        with self._database.reading() as db:
            return not _is_empty(db, t.sources)


class Details:
    """The other columns of the frames that samples came from; a part of `Store`.

    Parameters
    ----------
    database : Database
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def columns(self) -> dict[str, ColumnType]:
        """All columns by name, in the order of adding, with a type that holds all their values."""
        with self._database.reading() as db:
            return _columns(db)

    def add(self, rows: Iterable[Detail]) -> int:
        """Append what rows say; what is known already is left out.

        Returns
        -------
        int
            How many rows say something new.
        """
        remaining, added = iter(rows), 0
        while part := list(islice(remaining, _AT_ONCE)):
            with self._database.writing() as db:
                added += _append(db, part)
        return added

    def of(self, ids: Sequence[str]) -> dict[str, dict[str, dict[str, Any]]]:
        """What rows say, by sample and source, from column to value; those that came first first.

        Samples without other columns are left out.
        """
        with self._database.reading() as db:
            return _details_of(db, ids)


def _all_of(db: sa.Connection, ids: Sequence[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for part in chunks(ids):
        query = sa.select(t.samples.c.id, t.samples.c.source).where(t.samples.c.id.in_(part))
        found.update((row.id, [row.source]) for row in db.execute(query))
    for sample_id, sources in _others_of(db, ids).items():
        found[sample_id] += sources
    return found


def _others_of(db: sa.Connection, ids: Sequence[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    if _is_empty(db, t.sources):
        return found
    for part in chunks(ids):
        query = sa.select(t.sources.c.sample_id, t.sources.c.source)
        query = query.where(t.sources.c.sample_id.in_(part)).order_by(t.sources.c.source_id)
        for row in db.execute(query):
            found.setdefault(row.sample_id, []).append(row.source)
    return found


def _details_of(db: sa.Connection, ids: Sequence[str]) -> dict[str, dict[str, dict[str, Any]]]:
    found: dict[str, dict[str, dict[str, Any]]] = {}
    if _is_empty(db, t.details):
        return found
    for part in chunks(ids):
        query = sa.select(t.details.c.sample_id, t.details.c.source, t.details.c.content)
        query = query.where(t.details.c.sample_id.in_(part)).order_by(t.details.c.detail_id)
        for row in db.execute(query):
            found.setdefault(row.sample_id, {})[row.source] = row.content
    return found


def _append(db: sa.Connection, rows: Sequence[Detail]) -> int:
    known = _details_of(db, list(dict.fromkeys(sample_id for sample_id, *_ in rows)))
    new = [
        {"sample_id": sample_id, "source": source, "content": content}
        for sample_id, source, content in rows
        if content != known.get(sample_id, {}).get(source, {})
    ]
    if new:
        _remember_columns(db, [content for _, _, content in rows])
        db.execute(t.details.insert(), new)
        sums.seal(db, t.details)
    return len(new)


def _columns(db: sa.Connection) -> dict[str, ColumnType]:
    said = db.execute(sa.select(t.about.c.value).where(t.about.c.name == _COLUMNS)).scalar()
    return dict(json.loads(said)) if said else {}


def _remember_columns(db: sa.Connection, contents: Iterable[Mapping[str, Any]]) -> None:
    """Keep names and types in a place of their own: nobody has to read all rows for them."""
    known = _columns(db)
    found = dict(known)
    for content in contents:
        for name, value in content.items():
            found[name] = _common(found.get(name), value)
    if found == known:
        return
    said = json.dumps(found)
    if known:
        db.execute(t.about.update().where(t.about.c.name == _COLUMNS).values(value=said))
    else:
        db.execute(t.about.insert().values(name=_COLUMNS, value=said))


def _common(known: ColumnType | None, value: object) -> ColumnType:
    """A type that holds what a column has so far and one more value."""
    if isinstance(value, bool):
        found: ColumnType = "bool"
    elif isinstance(value, int) and abs(value) < 2**63:
        found = "int"
    else:
        found = "float" if isinstance(value, float) else "text"
    if known in (None, found):
        return found
    return "float" if {known, found} == {"int", "float"} else "text"


def _is_empty(db: sa.Connection, table: sa.Table) -> bool:
    return db.execute(sa.select(table.c.sample_id).limit(1)).first() is None
