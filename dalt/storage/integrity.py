"""Checks a database against itself: its pages, the chain of events, and what follows from them.

Everything is read in one transaction and nothing is written.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DatabaseError

from dalt.core.errors import first_line
from dalt.core.findings import Finding, Told, each
from dalt.storage import chain, folding, party_rows, sums
from dalt.storage import tables as t
from dalt.storage.database import Database

_AT_ONCE = 5_000
_MOST_LINES = 100
"""Lines of SQLite's own check."""
_BACKUP = "Restore the database from a backup."


def look(db: sa.Connection, name: str, told: Told) -> list[Finding]:
    """Check everything in a database of the present schema.

    Parameters
    ----------
    db : sa.Connection
        In a transaction that sees one state.
    name : str
        The database's, for the findings.
    told : callable
        Gets the step, how much of it is done and of how much.

    Returns
    -------
    list of Finding
        Empty if all is well.
    """
    missing = _missing_tables(db, name)
    if any(not found.repairable for found in missing):
        return missing  # the other steps need them
    return [*missing, *(finding for part in _steps(db, name, told) for finding in part)]


def _steps(db: sa.Connection, name: str, told: Told) -> Iterator[list[Finding]]:
    n_events = _count(db, t.events)
    folded = folding.Folded()
    steps: tuple[tuple[str, Callable[[], list[Finding]]], ...] = (
        ("reading the database", lambda: pages(db, name)),
        ("checking the events", lambda: _events(db, folded, n_events, told)),
        ("comparing labels", lambda: _answers(db, folded)),
        ("comparing decisions", lambda: _decisions(db, folded)),
        ("comparing samples", lambda: _states(db, folded)),
        ("counting", lambda: _counters(db) + _parties(db)),
        ("comparing snapshots", lambda: _cursors(db, folded)),
        ("summing rows", lambda: sums.look(db, name)),
    )
    for number, (what, step) in enumerate(steps):
        told(what, number, len(steps))
        try:
            yield step()
        except Exception as error:
            # Damage that keeps a statement from being answered, or that nobody foresaw: the pages'
            # findings say more.
            why = first_line(str(getattr(error, "orig", error)))
            yield [Finding("database", name, f"{what} failed ({why}). {_BACKUP}")]


def _count(db: sa.Connection, table: sa.Table) -> int:
    try:
        return int(db.execute(sa.select(sa.func.count()).select_from(table)).scalar_one())
    except DatabaseError:
        return 0  # the steps tell of it


def _missing_tables(db: sa.Connection, name: str) -> list[Finding]:
    schema, seen = _schema(db), sa.inspect(db)
    there = set(seen.get_table_names(schema=schema))
    gone = [table.name for table in t.metadata.sorted_tables if table.name not in there]
    if gone:
        named = [f"{name}, table {table}" for table in gone]
        return each("database", named, f"is missing. {_BACKUP}")
    indexes = [
        f"{name}, index {index.name}"
        for table in t.metadata.sorted_tables
        for index in table.indexes
        if index.name not in {found["name"] for found in seen.get_indexes(table.name, schema)}
    ]
    return each("database", sorted(indexes), "is missing. It can be made anew.", repairable=True)


def _schema(db: sa.Connection) -> str | None:
    if db.dialect.name != "postgresql":
        return None
    return str(db.exec_driver_sql("SELECT current_schema()").scalar())


# --- pages --------------------------------------------------------------------------------------


def pages(db: sa.Connection, name: str) -> list[Finding]:
    """What the database itself says of its pages, indexes and references."""
    if db.dialect.name == "postgresql":
        return _readable(db, name)
    found = []
    for (line,) in db.exec_driver_sql(f"PRAGMA integrity_check({_MOST_LINES})"):
        if line != "ok":
            of_index = "index" in line
            way_out = "Its index can be made anew." if of_index else _BACKUP
            found.append(
                Finding("database", name, f"is damaged: {first_line(line)}. {way_out}", of_index)
            )
    # A page that cannot be read breaks this statement as well.
    if not found:
        broken = {(row[0], row[2]) for row in db.exec_driver_sql("PRAGMA foreign_key_check")}
        found += [
            Finding("database", f"{name}, table {table}", f"refers to {other} that are not there. "
                    f"{_BACKUP}")
            for table, other in sorted(broken)
        ]  # fmt: skip
    return found


def _readable(db: sa.Connection, name: str) -> list[Finding]:
    """Read every row: PostgreSQL says which page it cannot read, or whose checksum is wrong."""
    for table in t.metadata.sorted_tables:
        query = sa.text(f"SELECT {table.name}::text FROM {table.name}")
        rows = db.execute(query.execution_options(stream_results=True, yield_per=_AT_ONCE))
        try:
            for _ in rows.partitions(_AT_ONCE):
                pass
        except DatabaseError as error:
            why = first_line(str(error.orig))
            return [Finding("database", f"{name}, table {table.name}",
                            f"cannot be read: {why}. {_BACKUP}")]  # fmt: skip
    return []


# --- events -------------------------------------------------------------------------------------


def _events(db: sa.Connection, folded: folding.Folded, n_events: int, told: Told) -> list[Finding]:
    """Compare each event with its hash, and fold all of them."""
    changed: list[int] = []
    deleted: list[int] = []
    foreign: list[int] = []
    before, after = chain.BEFORE_ALL, 0
    while True:
        told("checking the events", folded.n_events, n_events)
        rows = {row[0]: row for row in chain.events_after(db, after, _AT_ONCE)}
        last = max(rows, default=None)
        sealed = _sealed(db, after, last)
        for event_id in sorted(rows.keys() | sealed.keys()):
            row, said = rows.get(event_id), sealed.get(event_id)
            if row is not None:
                folded.add(row)
            if row is None:
                deleted.append(event_id)
            elif said is None:
                foreign.append(event_id)
            elif chain.next_hash(before, row) != said:
                changed.append(event_id)
            before = before if said is None else said  # so that one change is told once
        if last is None:
            break
        after = last
    if not deleted:
        deleted = _cut_off(db, max(folded.newest, 0))
    return [
        *each("events", _named(changed), f"was changed after it was recorded. {_BACKUP}"),
        *each("events", _named(deleted), f"was deleted. {_BACKUP}"),
        *each("events", _named(foreign), "has no hash: something else than DALT wrote it. "
              f"{_BACKUP}"),
    ]  # fmt: skip


def _sealed(db: sa.Connection, after: int, last: int | None) -> dict[int, str]:
    query = sa.select(t.chain.c.event_id, t.chain.c.hash).where(t.chain.c.event_id > after)
    if last is not None:
        query = query.where(t.chain.c.event_id <= last)
    return dict(map(tuple, db.execute(query)))


def _named(ids: Sequence[int]) -> list[str]:
    return [f"event {event_id}" for event_id in ids]


def _cut_off(db: sa.Connection, newest: int) -> list[int]:
    """Events at the end that were deleted together with their hashes.

    SQLite remembers the largest number that it gave; a PostgreSQL sequence also counts
    transactions that came to nothing, and says nothing.
    """
    if db.dialect.name != "sqlite":
        return []
    query = "SELECT seq FROM sqlite_sequence WHERE name = 'events'"
    given = db.exec_driver_sql(query).scalar() or 0
    return list(range(newest + 1, min(int(given), newest + _AT_ONCE) + 1))


# --- what follows from the events ---------------------------------------------------------------


def _answers(db: sa.Connection, folded: folding.Folded) -> list[Finding]:
    query = "SELECT sample_id, annotator, kind, label, event_id FROM answers"
    found = {
        (sample_id, annotator): folding.Said(*said)
        for sample_id, annotator, *said in db.exec_driver_sql(query)
    }
    return _compared(found, folded.answers(), lambda of: f"label of sample {of[0]} by {of[1]!r}")


def _decisions(db: sa.Connection, folded: folding.Folded) -> list[Finding]:
    query = "SELECT sample_id, kind, label, event_id FROM decisions"
    found = {
        (sample_id, kind): folding.Said(kind, *said)
        for sample_id, kind, *said in db.exec_driver_sql(query)
    }
    return _compared(found, folded.decisions(), lambda of: f"decision ({of[1]}) of sample {of[0]}")


def _compared(found: Any, due: Any, name: Callable[[Any], str]) -> list[Finding]:
    missing, extra, other = folding.differences(found, due)
    said = [
        *each("state", list(map(name, missing)), "is missing, though the events have it. "
              "It can be made anew from them.", repairable=True),
        *each("state", list(map(name, extra)), "is in no event. It can be made anew from them.",
              repairable=True),
        *each("state", list(map(name, other)), "is not what the events say. It can be made anew "
              "from them.", repairable=True),
    ]  # fmt: skip
    return said


def _states(db: sa.Connection, folded: folding.Folded) -> list[Finding]:
    due = folding.states(db, folded)
    plain = folding.State(t.OPEN, "")
    wrong: list[str] = []
    positions: list[str] = []
    rows = db.exec_driver_sql("SELECT position, id, state, party FROM samples ORDER BY position")
    for number, (position, sample_id, state, party) in enumerate(rows):
        if (state, party) != due.get(sample_id, plain):
            wrong.append(f"state of sample {sample_id}")
        if position != number and not positions:
            positions.append(f"position {number}")
    return [
        *each("state", wrong, "is not what the events and leases say. It can be made anew.",
              repairable=True),
        *each("samples", positions, f"has no sample; positions have no gaps. {_BACKUP}"),
    ]  # fmt: skip


def _counters(db: sa.Connection) -> list[Finding]:
    shard = t.samples.c.position % t.N_SHARDS
    counted: Counter[tuple[int, str, int]] = Counter()
    query = sa.select(t.samples.c.state, t.samples.c.party, shard, sa.func.count())
    for state, party, part, n in db.execute(
        query.group_by(t.samples.c.state, t.samples.c.party, shard)
    ):
        counted[state, party if state == t.OPEN else "", part] += n
    tallies = t.tallies.c
    found = {
        (row.state, row.party, row.shard): row.n
        for row in db.execute(sa.select(tallies.state, tallies.party, tallies.shard, tallies.n))
        if row.n
    }
    names = {t.OPEN: "open", t.LEASED: "leased", t.LABELLED: "labelled", t.REMOVED: "removed",
             t.KEPT: "kept"}  # fmt: skip
    wrong = {key[0] for part in folding.differences(found, counted) for key in part}
    told = [f"counter of {names.get(state, f'state {state}')} samples" for state in sorted(wrong)]
    return each("state", told, "is not the number of samples. It can be counted anew.",
                repairable=True)  # fmt: skip


def _parties(db: sa.Connection) -> list[Finding]:
    """The people of each open sample's party must be those of its key."""
    wrong = []
    rows = db.exec_driver_sql("SELECT party, takers, skippers FROM parties ORDER BY party").all()
    for party, takers, skippers in rows:
        try:
            people = frozenset(json.loads(takers)), frozenset(json.loads(skippers))
            right = party_rows.party_key(*people) == party
        except (ValueError, TypeError):
            right = False
        if not right:
            wrong.append(f"party {party}")
    there = {row[0] for row in rows}
    used = set(db.execute(sa.select(t.samples.c.party).distinct()).scalars()) - {""}
    wrong += [f"party {party}" for party in sorted(used - there)]
    return each("state", wrong, "is not the people that it is named after. It can be made anew.",
                repairable=True)  # fmt: skip


def _cursors(db: sa.Connection, folded: folding.Folded) -> list[Finding]:
    """A snapshot has read events up to one; it is more than the log has only if some are gone."""
    query = sa.select(t.snapshots.c.version).where(t.snapshots.c.cursor > folded.newest)
    names = [f"events after {folded.newest}" for _ in db.execute(query.limit(1))]
    return each("events", names, f"were deleted: a snapshot has read them. {_BACKUP}")


def head(db: sa.Connection) -> tuple[int, str]:
    """The newest event in the chain and its hash, for keeping somewhere else."""
    found = chain.ends(db)
    return found.sealed, found.hash


class Integrity:
    """Makes anew what follows from sound rows; a part of `dalt.storage.store.Store`.

    Parameters
    ----------
    database : Database
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def rebuild(self) -> folding.Rebuilt:
        """Make answers, decisions, states and counters anew from the events, in one transaction."""
        with self._database.writing() as db:
            return folding.rebuild(db)

    def is_sealed(self) -> bool:
        """Whether the newest event is the newest in the chain: one look at the end of both."""
        with self._database.reading() as db:
            found = chain.ends(db)
        return found.last == found.sealed

    def reindex(self) -> None:
        """Make all indexes anew from the rows, missing ones too."""
        with self._database.writing() as db:
            for table in t.metadata.sorted_tables:
                for index in table.indexes:
                    db.execute(sa.schema.CreateIndex(index, if_not_exists=True))
            if db.dialect.name == "sqlite":
                db.exec_driver_sql("REINDEX")
            else:
                for table in t.metadata.sorted_tables:
                    db.exec_driver_sql(f"REINDEX TABLE {table.name}")
