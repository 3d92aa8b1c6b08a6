"""The tables of the store, with the same meaning in every database."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from dalt.core.errors import DamagedStore, shown
from dalt.core.records import LabelValue, Region, Timing

SCHEMA_VERSION = 14
LIKE_JSON = ("[", '"')
OPEN, LEASED, LABELLED, REMOVED, KEPT = 0, 1, 2, 3, 4
"""A sample can be given to one more annotator; as many as are asked for have it; as many have
labelled it; it was removed from the project, and only its events are left; it is kept from
annotators, for the audit of a model or because the audited model labels it."""
N_SHARDS = 8
"""Counters are kept in parts, so people who claim at once do not wait for one another."""


def time_text(moment: datetime) -> str:
    """A time as the database has it."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def label_text(label: LabelValue) -> str:
    """A label as the database has it.

    Examples
    --------
    >>> label_text("cat"), label_text("[cat"), label_text(("cat", "dog"))
    ('cat', '"[cat"', '["cat", "dog"]')
    """
    if isinstance(label, str) and not label.startswith(LIKE_JSON):
        return label
    return json.dumps(label, ensure_ascii=False, default=Region.to_json)


@contextmanager
def _told(value: object, due: str) -> Iterator[None]:
    """Say of a value that the database cannot hold unless it is damaged, that it is."""
    try:
        yield
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
        raise DamagedStore(
            f"The database has {shown(value)} where {due} has to be; `dalt check` says what else "
            "is damaged."
        ) from error


class Utc(sa.types.TypeDecorator[datetime]):
    """ISO 8601 text of fixed width in UTC: sorts as text, reads the same in every database."""

    # PostgreSQL would order text by its locale's rules.
    impl = sa.String(32).with_variant(postgresql.VARCHAR(32, collation="C"), "postgresql")
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> str | None:
        """Write a time."""
        return None if value is None else time_text(value)

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> datetime | None:
        """Read a time; raises `DamagedStore` for what is none."""
        with _told(value, "a time"):
            return None if value is None else datetime.fromisoformat(value)


class LabelText(sa.types.TypeDecorator[LabelValue]):
    """A class by its name, several classes or regions as a JSON list.

    A name that begins like JSON is written as a JSON string, so every text has one meaning.
    """

    impl = sa.String
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: sa.Dialect) -> str | None:
        """Write a label."""
        return None if value is None else label_text(value)

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> LabelValue | None:
        """Read a label; raises `DamagedStore` for what is none."""
        if isinstance(value, str) and not value.startswith(LIKE_JSON):
            return value
        if value is None:
            return None
        with _told(value, "a label"):
            found = json.loads(value)
            if isinstance(found, str):
                return found
            return tuple(
                Region.from_json(each) if isinstance(each, dict) else each for each in found
            )


class JsonText(sa.types.TypeDecorator[Any]):
    """JSON as ASCII text: what Python's JSON can say, every database keeps, NaN and NUL too."""

    impl = sa.String
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: sa.Dialect) -> str:
        """Write a value."""
        return json.dumps(value)

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> Any:
        """Read a value; raises `DamagedStore` for what is no JSON."""
        with _told(value, "JSON"):
            return json.loads(value)


class TimingText(sa.types.TypeDecorator[Timing]):
    """What a page measured, as a JSON object of the known values."""

    impl = sa.String
    cache_ok = True

    def process_bind_param(self, value: Timing | None, dialect: sa.Dialect) -> str | None:
        """Write a timing."""
        return None if value is None else json.dumps(value.to_json())

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> Timing | None:
        """Read a timing; raises `DamagedStore` for what is none."""
        with _told(value, "a timing"):
            return None if value is None else Timing.from_json(json.loads(value))


class Names(sa.types.TypeDecorator[tuple[str, ...]]):
    """Several names, as a JSON list; none are NULL."""

    impl = sa.String
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: sa.Dialect) -> str | None:
        """Write names."""
        return json.dumps(list(value), ensure_ascii=False) if value else None

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> tuple[str, ...]:
        """Read names; raises `DamagedStore` for what are none."""
        with _told(value, "a list of names"):
            return () if value is None else tuple(json.loads(value))


def _partial(name: str, *columns: sa.ColumnElement[Any], where: Any) -> sa.Index:
    """An index of only the rows that meet a condition."""
    return sa.Index(name, *columns, sqlite_where=where, postgresql_where=where)


metadata = sa.MetaData()
# SQLite numbers rows only in a column of type INTEGER, which has 64 bits all the same.
_Number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
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
    sa.Column("location", JsonText, nullable=False),
    # The smallest among the open samples is a uniform draw without replacement, by index.
    sa.Column("shuffle", sa.BigInteger, nullable=False),
    sa.Column("state", sa.SmallInteger, nullable=False, default=OPEN),
    # Of an open sample: the people who have or had it and must not get it again; "" is nobody.
    sa.Column("party", sa.String(32), nullable=False, server_default=""),
    # `shuffle` until somebody gets the sample; from then on the time of that, in µs.
    sa.Column("turn", sa.BigInteger, nullable=False),
)
_is_open = samples.c.state == sa.literal_column(str(OPEN))
samples_open = _partial("samples_open", samples.c.party, samples.c.turn, where=_is_open)
_is_labelled = samples.c.state == sa.literal_column(str(LABELLED))
_partial("samples_labelled", samples.c.position, where=_is_labelled)
IS_REMOVED = samples.c.state == sa.literal_column(str(REMOVED))
samples_removed = _partial("samples_removed", samples.c.position, where=IS_REMOVED)
# Other places that hold the content of a sample, beside ``samples.source``: most samples have none.
sources = sa.Table(
    "sources",
    metadata,
    sa.Column("source_id", _Number, primary_key=True, autoincrement=True),
    sa.Column("sample_id", sa.String, sa.ForeignKey("samples.id"), nullable=False),
    sa.Column("source", sa.String, nullable=False),
    sqlite_autoincrement=True,
)
sa.Index("sources_sample", sources.c.sample_id)
# What the other columns of a frame say of a row; of one row the newest holds.
details = sa.Table(
    "details",
    metadata,
    sa.Column("detail_id", _Number, primary_key=True, autoincrement=True),
    sa.Column("sample_id", sa.String, sa.ForeignKey("samples.id"), nullable=False),
    sa.Column("source", sa.String, nullable=False),
    sa.Column("content", JsonText, nullable=False),
    sqlite_autoincrement=True,
)
sa.Index("details_sample", details.c.sample_id)
parties = sa.Table(
    "parties",
    metadata,
    sa.Column("party", sa.String(32), primary_key=True),
    # JSON lists of names: people who hold or have labelled a sample, and who have skipped it.
    sa.Column("takers", sa.String, nullable=False),
    sa.Column("skippers", sa.String, nullable=False),
)
# Counts of samples by state, of open ones by party, so nobody has to count a pool.
tallies = sa.Table(
    "tallies",
    metadata,
    sa.Column("state", sa.SmallInteger, primary_key=True, autoincrement=False),
    sa.Column("party", sa.String(32), primary_key=True),
    sa.Column("shard", sa.SmallInteger, primary_key=True, autoincrement=False),
    sa.Column("n", sa.BigInteger, nullable=False),
)
events = sa.Table(
    "events",
    metadata,
    sa.Column("event_id", _Number, primary_key=True, autoincrement=True),
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
    sa.Column("supersedes", _Number),
    # Events recorded together, a page or its undo, are found together.
    sa.Column("batch", sa.String),
    sa.Column("timing", TimingText),
    # The condition that a page drew for the sample at random, if it drew one.
    sa.Column("arm", sa.String),
    # Names of the sources behind the suggestion that was on screen, if there were any.
    sa.Column("suggesters", Names),
    sqlite_autoincrement=True,
)
sa.Index("events_pair", events.c.sample_id, events.c.annotator)
sa.Index("events_annotator", events.c.annotator, events.c.event_id)
sa.Index("events_supersedes", events.c.supersedes)
events_batch = _partial("events_batch", events.c.batch, where=events.c.batch.is_not(None))
_partial("events_uniform", events.c.sample_id, where=events.c.draw == "uniform")
# The hash of each event over itself and all before it (`dalt.storage.chain`).  No foreign key: an
# event that was deleted leaves its hash, and so is missed.
chain = sa.Table(
    "chain",
    metadata,
    sa.Column("event_id", _Number, primary_key=True, autoincrement=False),
    sa.Column("hash", sa.String(64), nullable=False),
)
answers = sa.Table(
    "answers",
    metadata,
    sa.Column("sample_id", sa.String, sa.ForeignKey("samples.id"), primary_key=True),
    sa.Column("annotator", sa.String, primary_key=True),
    sa.Column("kind", sa.String, nullable=False),
    sa.Column("label", LabelText),
    sa.Column("event_id", _Number, nullable=False),
)
sa.Index("answers_annotator", answers.c.annotator, answers.c.kind)
leases = sa.Table(
    "leases",
    metadata,
    sa.Column("sample_id", sa.String, sa.ForeignKey("samples.id"), primary_key=True),
    sa.Column("annotator", sa.String, primary_key=True),
    sa.Column("session", sa.String, nullable=False),
    sa.Column("expires_at", Utc, nullable=False),
    # An expired lease stays, inactive, until its annotator answers or gets the sample again,
    # so a late answer finds how its sample was drawn.
    sa.Column("active", sa.Boolean, nullable=False),
    sa.Column("draw", sa.String),
    sa.Column("inclusion_probability", sa.Float),
    sa.Column("n_candidates", sa.Integer),
)
# Indexes and queries use the same words: otherwise SQLite reads all leases.
IS_ACTIVE = leases.c.active.is_(True)
_partial("leases_active", leases.c.expires_at, where=IS_ACTIVE)
_partial("leases_session", leases.c.session, where=IS_ACTIVE)
snapshots = sa.Table(
    "snapshots",
    metadata,
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("parent", sa.Integer),
    sa.Column("cursor", _Number, nullable=False),
    sa.Column("seed", sa.BigInteger, nullable=False),
    sa.Column("hash", sa.String, nullable=False),
    sa.Column("encoder", sa.String, nullable=False),
    sa.Column("head", sa.String, nullable=False),
    sa.Column("created_at", Utc, nullable=False),
    sa.Column("n_labels", sa.Integer, nullable=False),
    sa.Column("metrics", JsonText, nullable=False),
)
notes = sa.Table(
    "notes",
    metadata,
    sa.Column("note_id", _Number, primary_key=True, autoincrement=True),
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
    sa.Column("confirmation_id", _Number, primary_key=True, autoincrement=True),
    sa.Column("key", sa.String, nullable=False, unique=True),
    sa.Column("event_id", _Number, sa.ForeignKey("events.event_id"), nullable=False),
    sa.Column("annotator", sa.String, nullable=False),
    sa.Column("session", sa.String, nullable=False),
    sa.Column("created_at", Utc, nullable=False),
    sqlite_autoincrement=True,
)
# Outcomes of searches for a better head: the newest accepted one is in use.
choices = sa.Table(
    "choices",
    metadata,
    sa.Column("choice_id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("created_at", Utc, nullable=False),
    sa.Column("accepted", sa.Boolean, nullable=False),
    sa.Column("content", sa.JSON, nullable=False),
    sqlite_autoincrement=True,
)
# Decisions about samples, by the newest event of their kind: gold, or adjudicated.
decisions = sa.Table(
    "decisions",
    metadata,
    sa.Column("sample_id", sa.String, sa.ForeignKey("samples.id"), primary_key=True),
    sa.Column("kind", sa.String, primary_key=True),
    sa.Column("label", LabelText, nullable=False),
    sa.Column("event_id", _Number, nullable=False),
)
# Randomised studies: at most one has not ended.  The plan never changes; its hash is that of the
# registration in the project's folder.
studies = sa.Table(
    "studies",
    metadata,
    sa.Column("study_id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("created_at", Utc, nullable=False),
    sa.Column("ended_at", Utc),
    sa.Column("hash", sa.String, nullable=False),
    sa.Column("plan", JsonText, nullable=False),
    sqlite_autoincrement=True,
)
# What was assigned to an annotator's n-th sample, recorded before the page shows it.
study_draws = sa.Table(
    "study_draws",
    metadata,
    sa.Column("study_id", sa.Integer, sa.ForeignKey("studies.study_id"), primary_key=True),
    sa.Column("annotator", sa.String, primary_key=True),
    sa.Column("n", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("sample_id", sa.String, sa.ForeignKey("samples.id"), nullable=False),
    sa.Column("condition", sa.String, nullable=False),
    # None in the warm-up, and outside of the study's share.
    sa.Column("arm", sa.String),
    # The class that is put first, if the suggestion is wrong on purpose.
    sa.Column("wrong", LabelText),
)
sa.Index(
    "study_draws_sample",
    study_draws.c.study_id,
    study_draws.c.annotator,
    study_draws.c.sample_id,
    unique=True,
)
# Attempts to certify a model's labels: each spends its `alpha` of the project's one error budget.
audits = sa.Table(
    "audits",
    metadata,
    sa.Column("audit_id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("key", sa.String, nullable=False, unique=True),
    sa.Column("started_at", Utc, nullable=False),
    sa.Column("max_error", sa.Float, nullable=False),
    sa.Column("confidence", sa.Float, nullable=False),
    sa.Column("alpha", sa.Float, nullable=False),
    # The newest event before the audit: no answer up to this one can certify the model.
    sa.Column("cursor", _Number, nullable=False),
    # The frozen model, its classes and the thresholds of the rungs.
    sa.Column("content", JsonText, nullable=False),
    sa.Column("state", sa.String, nullable=False),
    sa.Column("why", sa.String, nullable=False),
    sa.Column("ended_at", Utc),
    # The rung that is audited now, and its last place that people have to check.
    sa.Column("testing", sa.SmallInteger, nullable=False),
    sa.Column("due", sa.Integer, nullable=False),
    # Samples up to this rung are kept from annotators; 0 keeps none.
    sa.Column("keeps", sa.SmallInteger, nullable=False),
    sqlite_autoincrement=True,
)
audits_keeping = _partial("audits_keeping", audits.c.audit_id, where=audits.c.keeps > 0)
# The frozen model's label of each sample that it would label, in the order of the checks.
audit_draws = sa.Table(
    "audit_draws",
    metadata,
    sa.Column("audit_id", sa.Integer, sa.ForeignKey("audits.audit_id"), primary_key=True),
    sa.Column("place", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("sample_id", sa.String, sa.ForeignKey("samples.id"), nullable=False),
    sa.Column("label", LabelText, nullable=False),
    sa.Column("probability", sa.Float, nullable=False),
    sa.Column("rung", sa.SmallInteger, nullable=False),
    # Set with a certificate: whether it rests on the sample, and on which answer.
    sa.Column("checked", sa.Boolean, nullable=False),
    sa.Column("answer", LabelText),
)
sa.Index("audit_draws_sample", audit_draws.c.sample_id, audit_draws.c.audit_id)
certificates = sa.Table(
    "certificates",
    metadata,
    sa.Column("certificate_id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("audit_id", sa.Integer, sa.ForeignKey("audits.audit_id"), nullable=False),
    sa.Column("rung", sa.SmallInteger, nullable=False),
    sa.Column("issued_at", Utc, nullable=False),
    # The newest event that the certificate takes into account.
    sa.Column("cursor", _Number, nullable=False),
    sa.Column("n_labelled", sa.Integer, nullable=False),
    sa.Column("n_checked", sa.Integer, nullable=False),
    sa.Column("n_wrong", sa.Integer, nullable=False),
    sa.Column("n_doubtful", sa.Integer, nullable=False),
    sa.Column("error_bound", sa.Float, nullable=False),
    sa.Column("ended_at", Utc),
    sa.Column("why", sa.String, nullable=False),
    sqlite_autoincrement=True,
)
certificates_in_force = _partial(
    "certificates_in_force",
    certificates.c.certificate_id,
    where=certificates.c.ended_at.is_(None),
)
# Sources of suggestions beside the model: other models, rules, files of predictions.  One that was
# removed keeps its row and its votes, so snapshots can be learned again.
suggesters = sa.Table(
    "suggesters",
    metadata,
    sa.Column("suggester_id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("name", sa.String, nullable=False),
    sa.Column("kind", sa.String, nullable=False),
    sa.Column("version", sa.String, nullable=False),
    # Why it does nothing more, or what it could not do; empty if all is well.
    sa.Column("trouble", sa.String, nullable=False),
    sa.Column("created_at", Utc, nullable=False),
    sa.Column("removed_at", Utc),
    sqlite_autoincrement=True,
)
sa.Index(
    "suggesters_present",
    suggesters.c.name,
    unique=True,
    sqlite_where=suggesters.c.removed_at.is_(None),
    postgresql_where=suggesters.c.removed_at.is_(None),
)
# What a source says of a sample: the newest vote of each pair holds.  Votes are never labels.
votes = sa.Table(
    "votes",
    metadata,
    sa.Column("vote_id", _Number, primary_key=True, autoincrement=True),
    sa.Column("suggester_id", sa.Integer, sa.ForeignKey("suggesters.suggester_id"), nullable=False),
    sa.Column("sample_id", sa.String, sa.ForeignKey("samples.id"), nullable=False),
    # From classes, by the names of that time, to probabilities; null says nothing.
    sa.Column("content", JsonText, nullable=False),
    sa.Column("version", sa.String, nullable=False),
    sa.Column("created_at", Utc, nullable=False),
    # The source may have known a label of the sample: the vote says nothing of how good it is.
    sa.Column("knew", sa.Boolean, nullable=False),
    sqlite_autoincrement=True,
)
sa.Index("votes_pair", votes.c.sample_id, votes.c.suggester_id)
