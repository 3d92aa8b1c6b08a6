"""The hash chain over the events: each event's hash covers it and all events before it.

The hash of an event is the SHA-256 of the hash before it, in hex (64 zeros before the first one),
and of the event as one line: a JSON list in ASCII of its `FIELDS` as the database has them, without
spaces, without the empty ones at its end.  It is the same in every database, and whoever has the
events can compute it again.

Events are appended by the one writer (`Database.writing`), which seals them at the end of its
transaction, so nobody waits for a chain but for the writer as before.  It seals only events that
its own transaction appended: one that was inserted otherwise stays without a hash, and so
is found.

What it does not find: whoever may write to the database can compute the chain anew after a change.
Against that, keep the newest hash (`dalt check` prints it) somewhere else.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from dalt.storage import tables as t
from dalt.storage.bulk import execute_each

BEFORE_ALL = "0" * 64
"""What the first event is chained to."""
FIELDS = tuple(column.name for column in t.events.columns)
"""What is hashed of an event.  A later column comes last: as long as an event has nothing in it,
its hash stays."""
SINCE = "chained since"
"""The row of ``about`` of a database that a former DALT made: since when its events are chained."""
_SEALED_AT_ONCE = 5_000
# Written once: building a statement takes longer than the database needs for these.
_FROM = f"SELECT {', '.join(FIELDS)} FROM events WHERE event_id > ? ORDER BY event_id"
_PUT = "INSERT INTO chain (event_id, hash) VALUES (?, ?) ON CONFLICT DO NOTHING"
_ENDS = (
    "SELECT e.event_id, e.key, c.event_id, c.hash "
    "FROM (SELECT (SELECT max(event_id) FROM events) AS newest, "
    "(SELECT max(event_id) FROM chain) AS sealed) AS ends "
    "LEFT JOIN events AS e ON e.event_id = ends.newest "
    "LEFT JOIN chain AS c ON c.event_id = ends.sealed"
)
_encode = json.JSONEncoder(separators=(",", ":")).encode


class Newest(NamedTuple):
    """The newest event, by its id and its idempotency key."""

    event_id: int
    key: str


class Ends(NamedTuple):
    """Where the log of events and its chain end.

    Attributes
    ----------
    newest : Newest or None
        None if there are no events.
    sealed : int
        The newest event in the chain; 0 if it has none.
    hash : str
        Its hash.
    """

    newest: Newest | None
    sealed: int
    hash: str

    @property
    def last(self) -> int:
        """The id of the newest event; 0 if there is none."""
        return 0 if self.newest is None else self.newest.event_id


def next_hash(before: str, event: Sequence[Any]) -> str:
    """The hash of an event.

    Parameters
    ----------
    before : str
        The hash of the event before it, or `BEFORE_ALL`.
    event : sequence
        Its `FIELDS` as the database has them: text, numbers, None.

    Returns
    -------
    str
        64 hexadecimal digits.

    Examples
    --------
    >>> next_hash(BEFORE_ALL, [1, "key", "skip", None])[:12]
    '1ba5f5e68a52'
    """
    said = list(event)
    while said and said[-1] is None:
        said.pop()
    return hashlib.sha256(f"{before}\n{_encode(said)}".encode()).hexdigest()


def chained(before: str, events: Iterable[Sequence[Any]]) -> Iterator[tuple[int, str]]:
    """Yield the id and the hash of each event, in order."""
    for event in events:
        before = next_hash(before, event)
        yield event[0], before


def ends(db: sa.Connection) -> Ends:
    """Where the log and the chain end, in one statement."""
    event_id, key, sealed, found = db.exec_driver_sql(_ENDS).one()
    newest = None if event_id is None else Newest(event_id, key)
    return Ends(newest, sealed or 0, found or BEFORE_ALL)


def seal(db: sa.Connection, before: Ends) -> Newest | None:
    """Chain the events that were appended since `before`, and return the newest event."""
    rows = events_after(db, before.last)
    if not rows:
        return before.newest
    execute_each(db, _PUT, list(chained(before.hash, rows)))
    return Newest(rows[-1][0], rows[-1][1])


def events_after(
    db: sa.Connection, event_id: int, limit: int | None = None, query: str = _FROM
) -> Sequence[Sequence[Any]]:
    """The `FIELDS` of events with larger ids, in order, as the database has them."""
    mark = "%s" if db.dialect.name == "postgresql" else "?"
    most = "" if limit is None else f" LIMIT {limit}"
    return db.exec_driver_sql(query.replace("?", mark) + most, (event_id,)).all()


def seal_all(db: sa.Connection) -> None:
    """Chain all events of a database that had no chain; later columns may be missing yet."""
    there = set(db.exec_driver_sql("SELECT * FROM events LIMIT 0").keys())
    columns = [name if name in there else f"NULL AS {name}" for name in FIELDS]
    query = f"SELECT {', '.join(columns)} FROM events WHERE event_id > ? ORDER BY event_id"
    last, before = 0, BEFORE_ALL
    while rows := events_after(db, last, _SEALED_AT_ONCE, query):
        made = list(chained(before, rows))
        execute_each(db, _PUT, made)
        last, before = made[-1]
