"""Statements that are compiled once in a process, not once for each of its databases.

SQLAlchemy keeps what it compiles with each engine, and a run makes thousands: half of what a small
test took was compiling the same statements again.  What is compiled depends on the statement and
on the kind and version of the database alone, so all engines of a kind can share it.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.schema import CreateIndex, CreateTable
from sqlalchemy.util import LRUCache

N_STATEMENTS = 5_000


def share_compiled() -> None:
    """Let all engines of this process share what is compiled."""
    shared: LRUCache[Any, Any] = LRUCache(N_STATEMENTS)

    @sa.event.listens_for(sa.Engine, "engine_connect")
    def on_connect(connection: sa.Connection) -> None:
        connection.execution_options(compiled_cache=shared)

    for dialect in (SQLiteDialect_pysqlite, PGDialect_psycopg):
        _compare_by_kind(dialect)
    for creating in (CreateTable, CreateIndex):
        _keep(creating, LRUCache(N_STATEMENTS))


def _compare_by_kind(dialect: Any) -> None:
    """Make dialects equal that compile the same; they are a part of the cache's keys."""

    def kind(self: Any) -> tuple[object, ...]:
        return type(self), self.paramstyle, self.server_version_info, self.use_insertmanyvalues

    dialect.__hash__ = lambda self: hash((type(self), self.paramstyle))
    dialect.__eq__ = lambda self, other: type(self) is type(other) and kind(self) == kind(other)


def _keep(creating: Any, kept: LRUCache[Any, Any]) -> None:
    """Keep what makes a table or an index too, which SQLAlchemy itself never does."""
    compile = creating._compiler  # noqa: SLF001  there is no public way

    def compiled(self: Any, dialect: Any, **options: Any) -> Any:
        if any(options.values()):
            return compile(self, dialect, **options)
        keys = getattr(self, "include_foreign_key_constraints", None)
        key = (
            dialect, self.element, self.if_not_exists, None if keys is None else frozenset(keys)
        )  # fmt: skip
        found = kept.get(key)
        if found is None:
            found = kept[key] = compile(self, dialect, **options)
        return found

    creating._compiler = compiled  # noqa: SLF001
