"""The tables of the store, and how the database is opened."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from dalt.records import LabelValue, Region

SCHEMA_VERSION = 5
LIKE_JSON = ("[", '"')
OPEN, LEASED, LABELLED = 0, 1, 2
BUSY_SECONDS = 30


class Utc(sa.types.TypeDecorator[datetime]):
    """ISO 8601 text of fixed width in UTC: sorts as text, reads the same in every database."""

    impl = sa.String(32)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> str | None:
        """Write a time."""
        return None if value is None else value.astimezone(UTC).isoformat(timespec="microseconds")

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> datetime | None:
        """Read a time."""
        return None if value is None else datetime.fromisoformat(value)


class LabelText(sa.types.TypeDecorator[LabelValue]):
    """A class by its name, several classes or regions as a JSON list.

    A name that begins like JSON is written as a JSON string, so that every text has one
    meaning.
    """

    impl = sa.String
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: sa.Dialect) -> str | None:
        """Write a label."""
        if value is None or (isinstance(value, str) and not value.startswith(LIKE_JSON)):
            return value
        return json.dumps(value, ensure_ascii=False, default=Region.to_json)

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> LabelValue | None:
        """Read a label."""
        if value is None or not value.startswith(LIKE_JSON):
            return None if value is None else str(value)
        found = json.loads(value)
        if isinstance(found, str):
            return found
        return tuple(Region.from_json(each) if isinstance(each, dict) else each for each in found)


metadata = sa.MetaData()
about = sa.Table(
    "about",
    metadata,
    sa.Column("name", sa.String, primary_key=True),
    sa.Column("value", sa.String, nullable=False),
)
samples = sa.Table(
    "samples",
    metadata,
    sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("id", sa.String, nullable=False, unique=True),
    sa.Column("kind", sa.String, nullable=False),
    sa.Column("source", sa.String, nullable=False),
    sa.Column("location", sa.JSON, nullable=False),
    # The smallest among the open samples is a uniform draw without replacement, by index.
    sa.Column("shuffle", sa.BigInteger, nullable=False),
    sa.Column("state", sa.SmallInteger, nullable=False, default=OPEN),
)
sa.Index("samples_open", samples.c.shuffle, sqlite_where=samples.c.state == OPEN)
sa.Index("samples_labelled", samples.c.position, sqlite_where=samples.c.state == LABELLED)
events = sa.Table(
    "events",
    metadata,
    sa.Column("event_id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("key", sa.String, nullable=False, unique=True),
    sa.Column("kind", sa.String, nullable=False),
    sa.Column("sample_id", sa.String, sa.ForeignKey("samples.id"), nullable=False),
    sa.Column("label", LabelText),
    sa.Column("annotator", sa.String, nullable=False),
    sa.Column("session", sa.String, nullable=False),
    sa.Column("created_at", Utc, nullable=False),
    sa.Column("source", sa.String, nullable=False),
    sa.Column("draw", sa.String),
    sa.Column("inclusion_probability", sa.Float),
    sa.Column("n_candidates", sa.Integer),
    sa.Column("suggested", LabelText),
    sa.Column("probability", sa.Float),
    sa.Column("snapshot", sa.Integer),
    sa.Column("mode", sa.String),
    sa.Column("shown_at", Utc),
    sa.Column("active_seconds", sa.Float),
    sa.Column("supersedes", sa.Integer),
    # What was recorded as one, a page or its undo, is found again as one.
    sa.Column("batch", sa.String),
    sqlite_autoincrement=True,
)
sa.Index("events_pair", events.c.sample_id, events.c.annotator)
sa.Index("events_annotator", events.c.annotator, events.c.event_id)
sa.Index("events_supersedes", events.c.supersedes)
events_batch = sa.Index("events_batch", events.c.batch, sqlite_where=events.c.batch.is_not(None))
sa.Index("events_uniform", events.c.sample_id, sqlite_where=events.c.draw == "uniform")
answers = sa.Table(
    "answers",
    metadata,
    sa.Column("sample_id", sa.String, sa.ForeignKey("samples.id"), primary_key=True),
    sa.Column("annotator", sa.String, primary_key=True),
    sa.Column("kind", sa.String, nullable=False),
    sa.Column("label", LabelText),
    sa.Column("event_id", sa.Integer, nullable=False),
)
sa.Index("answers_annotator", answers.c.annotator, answers.c.kind)
leases = sa.Table(
    "leases",
    metadata,
    sa.Column("sample_id", sa.String, sa.ForeignKey("samples.id"), primary_key=True),
    sa.Column("annotator", sa.String, nullable=False),
    sa.Column("session", sa.String, nullable=False),
    sa.Column("expires_at", Utc, nullable=False),
    # An expired lease stays, inactive, until the sample is leased anew: so a late answer
    # finds how its sample was drawn.
    sa.Column("active", sa.Boolean, nullable=False),
    sa.Column("draw", sa.String),
    sa.Column("inclusion_probability", sa.Float),
    sa.Column("n_candidates", sa.Integer),
)
sa.Index("leases_active", leases.c.expires_at, sqlite_where=leases.c.active)
snapshots = sa.Table(
    "snapshots",
    metadata,
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("parent", sa.Integer),
    sa.Column("cursor", sa.Integer, nullable=False),
    sa.Column("seed", sa.BigInteger, nullable=False),
    sa.Column("hash", sa.String, nullable=False),
    sa.Column("encoder", sa.String, nullable=False),
    sa.Column("head", sa.String, nullable=False),
    sa.Column("created_at", Utc, nullable=False),
    sa.Column("n_labels", sa.Integer, nullable=False),
    sa.Column("metrics", sa.JSON, nullable=False),
)
notes = sa.Table(
    "notes",
    metadata,
    sa.Column("note_id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("key", sa.String, nullable=False, unique=True),
    sa.Column("sample_id", sa.String, sa.ForeignKey("samples.id"), nullable=False),
    sa.Column("annotator", sa.String, nullable=False),
    sa.Column("session", sa.String, nullable=False),
    sa.Column("created_at", Utc, nullable=False),
    sa.Column("flagged", sa.Boolean, nullable=False),
    sa.Column("comment", sa.String, nullable=False),
    sqlite_autoincrement=True,
)
sa.Index("notes_pair", notes.c.sample_id, notes.c.annotator, notes.c.note_id)
confirmations = sa.Table(
    "confirmations",
    metadata,
    sa.Column("confirmation_id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("key", sa.String, nullable=False, unique=True),
    sa.Column("event_id", sa.Integer, sa.ForeignKey("events.event_id"), nullable=False),
    sa.Column("annotator", sa.String, nullable=False),
    sa.Column("session", sa.String, nullable=False),
    sa.Column("created_at", Utc, nullable=False),
    sqlite_autoincrement=True,
)
# What was decided of samples, by the newest event of its kind: gold, or adjudicated.
decisions = sa.Table(
    "decisions",
    metadata,
    sa.Column("sample_id", sa.String, sa.ForeignKey("samples.id"), primary_key=True),
    sa.Column("kind", sa.String, primary_key=True),
    sa.Column("label", LabelText, nullable=False),
    sa.Column("event_id", sa.Integer, nullable=False),
)


def engine(path: Path) -> sa.Engine:
    """A pool of connections to one SQLite file, each commit of which is durable."""
    made = sa.create_engine(f"sqlite:///{path}", connect_args={"timeout": BUSY_SECONDS})

    @sa.event.listens_for(made, "connect")
    def on_connect(connection: Any, _record: Any) -> None:
        # sqlite3 would begin transactions by itself, and later than we say.
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @sa.event.listens_for(made, "begin")
    def on_begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql(connection.get_execution_options().get("dalt_begin", "BEGIN"))

    return made
