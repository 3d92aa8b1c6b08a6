"""Checksums of rows that never change: notes, votes, where samples came from, records of snapshots.

No event says what is in them, so nothing else would tell a bit that a disk has lost.  The rows of a
table have a CRC-32 for each 1,024 numbers of their key, over one line of JSON for each row as the
database has it.  They are in the table ``about``, one text for each table, and are brought up to
date in the transaction that appends the rows.

They find what breaks by itself, not what somebody changes on purpose: for that there is the chain
of events (`dalt.storage.chain`).  Rows behind the last that was summed are those of a former DALT,
and are summed with the next ones.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from dalt.core.findings import Finding, each
from dalt.storage import tables as t

_PREFIX = "sum "
_BLOCK = 1_024
_AT_ONCE = 5_000
_encode = json.JSONEncoder(separators=(",", ":")).encode


@dataclass(frozen=True, slots=True)
class _Kept:
    """A table, the columns that never change, and how its rows are found in order."""

    table: sa.Table
    columns: tuple[str, ...]
    order: tuple[str, ...]

    @property
    def key(self) -> str:
        """The column by which rows are summed: later rows have larger values."""
        return self.order[0]

    @property
    def query(self) -> str:
        """All rows above a key, in order; what is true or false is a number in both databases."""
        told = [
            f"CAST({name} AS INTEGER)" if isinstance(self.table.c[name].type, sa.Boolean) else name
            for name in self.columns
        ]
        return (
            f"SELECT {', '.join(told)} FROM {self.table.name} WHERE {self.key} > :after "
            f"ORDER BY {', '.join(self.order)}"
        )


def _kept(table: sa.Table, *columns: str) -> _Kept:
    names = columns or tuple(column.name for column in table.columns)
    order = tuple(column.name for column in table.primary_key.columns)
    return _Kept(table, (order[0], *(name for name in names if name != order[0])), order)


# Other columns of these say what becomes of a row later.
_KEPT = {
    each.table.name: each
    for each in (
        _kept(t.samples, "id", "kind", "source", "location"),
        _kept(t.sources),
        _kept(t.details),
        _kept(t.notes),
        _kept(t.confirmations),
        _kept(t.snapshots),
        _kept(t.votes),
        _kept(t.studies, "created_at", "hash", "plan"),
        _kept(t.audit_draws, "place", "sample_id", "label", "probability", "rung"),
    )
}


@dataclass(slots=True)
class _Sums:
    """The checksums of a table by block, up to a key."""

    last: int
    blocks: dict[int, int]

    def add(self, rows: Sequence[Sequence[Any]]) -> None:
        """Go on with the next rows."""
        for row in rows:
            block = row[0] // _BLOCK
            line = _encode(list(row)) + "\n"
            self.blocks[block] = zlib.crc32(line.encode(), self.blocks.get(block, 0))
        self.last = rows[-1][0]

    @property
    def text(self) -> str:
        return _encode([self.last, [[block, crc] for block, crc in self.blocks.items()]])


_NOTHING = -1
"""Below every key."""


def seal(db: sa.Connection, *tables: sa.Table) -> None:
    """Sum the rows that were appended to some tables, in the transaction that appended them."""
    for table in tables:
        known = _said(db, table.name)
        sums = _read(known) if known is not None else _Sums(_NOTHING, {})
        _go_on(db, _KEPT[table.name], sums)
        _write(db, table.name, sums, new=known is None)


def forget(db: sa.Connection, *tables: sa.Table) -> None:
    """Forget the checksums of some tables, whose rows are changed or removed on purpose.

    `begin` makes them anew, at the latest when the database is opened the next time.
    """
    for table in tables:
        db.execute(t.about.delete().where(t.about.c.name == f"{_PREFIX}{table.name}"))


def begin(db: sa.Connection) -> None:
    """Sum the tables of a database that has no checksums yet."""
    names = sa.select(t.about.c.name).where(t.about.c.name.startswith(_PREFIX))
    known = set(db.execute(names).scalars())
    seal(db, *(each.table for name, each in _KEPT.items() if f"{_PREFIX}{name}" not in known))


def look(db: sa.Connection, name: str) -> list[Finding]:
    """Compare rows with their checksums.

    Parameters
    ----------
    db : sa.Connection
        In a transaction that sees one state.
    name : str
        The database's, for the findings.
    """
    found = []
    for kept in _KEPT.values():
        known = _said(db, kept.table.name)
        if known is None:
            continue  # a former DALT has written it, and nobody has opened it since
        due, now = _read(known), _Sums(_NOTHING, {})
        _go_on(db, kept, now, due.last)
        wrong = sorted(
            block
            for block in due.blocks.keys() | now.blocks.keys()
            if due.blocks.get(block) != now.blocks.get(block)
        )
        found += each(
            "database",
            [f"{name}, table {kept.table.name}, {kept.key} {_span(each, due.last)}"
             for each in wrong],
            "was changed after it was recorded. Restore the database from a backup.",
        )  # fmt: skip
    return found


def _span(block: int, last: int) -> str:
    first, end = block * _BLOCK, min((block + 1) * _BLOCK - 1, last)
    return f"{first} to {end}"


def _go_on(db: sa.Connection, kept: _Kept, sums: _Sums, last: int | None = None) -> None:
    for rows in _rows(db, kept, sums.last, last):
        sums.add(rows)


def _rows(
    db: sa.Connection, kept: _Kept, after: int, last: int | None
) -> Iterator[Sequence[Sequence[Any]]]:
    query = sa.text(kept.query).execution_options(stream_results=True, yield_per=_AT_ONCE)
    for rows in db.execute(query, {"after": after}).partitions(_AT_ONCE):
        some = rows if last is None else [row for row in rows if row[0] <= last]
        if some:
            yield some
        if len(some) < len(rows):
            return


def _said(db: sa.Connection, name: str) -> str | None:
    query = sa.select(t.about.c.value).where(t.about.c.name == f"{_PREFIX}{name}")
    return db.execute(query).scalar()


def _read(text: str) -> _Sums:
    last, blocks = json.loads(text)
    return _Sums(last, {block: crc for block, crc in blocks})


def _write(db: sa.Connection, name: str, sums: _Sums, *, new: bool) -> None:
    row = f"{_PREFIX}{name}"
    if new:
        db.execute(t.about.insert().values(name=row, value=sums.text))
    else:
        db.execute(t.about.update().where(t.about.c.name == row).values(value=sums.text))
