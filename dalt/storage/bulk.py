"""Statements about thousands of rows at once, inside a transaction of `dalt.storage.database`.

A list goes into a statement as one parameter, and rows go to the driver as they are: building
statements and binding parameters one by one takes longer than what the database does with them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

Query = Callable[[sa.FromClause], sa.Select[Any] | sa.CompoundSelect[Any]]
"""Makes a query from a table of listed texts with the column ``value``."""


class Listed:
    """A query about a list of texts, such as ids or keys.

    Parameters
    ----------
    query : callable
        Makes the query of a table of the texts.

    Examples
    --------
    >>> engine = sa.create_engine("sqlite://")
    >>> once = Listed(lambda texts: sa.select(texts.c.value).order_by(texts.c.value))
    >>> with engine.connect() as db:
    ...     [text for (text,) in once.rows(db, ["b", "a"])]
    ['a', 'b']
    """

    def __init__(self, query: Query) -> None:
        # Built once: building one takes longer than running it.
        self._queries = {name: query(_table(name)) for name in ("sqlite", "postgresql")}

    def rows(self, db: sa.Connection, texts: Sequence[str]) -> Sequence[Any]:
        """All rows of the query for these texts, each of which counts once."""
        distinct = list(dict.fromkeys(texts))
        name = db.dialect.name
        given = distinct if name == "postgresql" else json.dumps(distinct)
        return db.execute(self._queries[name], {"listed": given}).all()


def _table(dialect: str) -> sa.FromClause:
    if dialect == "postgresql":
        given = sa.bindparam("listed", type_=postgresql.ARRAY(sa.String()))
        return sa.func.unnest(given).table_valued("value").render_derived("listed")
    given = sa.bindparam("listed", type_=sa.String())
    return sa.func.json_each(given).table_valued("value", name="listed")


def execute_each(db: sa.Connection, statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
    """Execute a statement for each row of its parameters, which it writes as ``?``.

    Values have to be what the database stores: text, numbers, None.
    """
    if rows:
        mark = "%s" if db.dialect.name == "postgresql" else "?"
        db.exec_driver_sql(statement.replace("?", mark), list(rows))
