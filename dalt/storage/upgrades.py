"""Upgrades the database of a former DALT, inside one transaction."""

from __future__ import annotations

import json

import sqlalchemy as sa

from dalt.core.records import utc_now
from dalt.storage import chain, counters, lease_rows
from dalt.storage import tables as t


def upgrade(db: sa.Connection, schema: int) -> None:
    """Take every step from `schema` to the present one; nothing if it is current."""
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
        # All rows at once: the new form of one name may be the old form of another.
        quoted = sa.type_coerce(sa.func.json_quote(plain), table.c[column].type)
        db.execute(table.update().where(begins).values({column: quoted}))


def _events_come_in_batches(db: sa.Connection) -> None:
    """Schema 3: events that were recorded together say so."""
    db.exec_driver_sql("ALTER TABLE events ADD COLUMN batch VARCHAR")
    t.events_batch.create(db)


def _samples_have_notes(db: sa.Connection) -> None:
    """Schema 4: notes about samples, and labels confirmed in a review."""
    t.metadata.create_all(db, tables=[t.notes, t.confirmations])


def _samples_have_parties(db: sa.Connection) -> None:
    """Schema 5: several people can have a sample at once, and nobody counts the pool."""
    for statement in (
        "DROP INDEX samples_open",
        "ALTER TABLE samples ADD COLUMN party VARCHAR(32) NOT NULL DEFAULT ''",
        "ALTER TABLE samples ADD COLUMN turn BIGINT NOT NULL DEFAULT 0",
        "UPDATE samples SET turn = shuffle",
        "ALTER TABLE leases RENAME TO former_leases",
        "DROP INDEX leases_active",
    ):
        db.exec_driver_sql(statement)
    depends_on = [t.decisions, t.audits, t.audit_draws, t.certificates]  # of later schemas
    t.metadata.create_all(db, tables=[t.leases, t.parties, t.tallies, *depends_on])
    columns = ", ".join(column.name for column in t.leases.columns)
    db.exec_driver_sql(f"INSERT INTO leases ({columns}) SELECT {columns} FROM former_leases")
    db.exec_driver_sql("DROP TABLE former_leases")
    db.execute(t.about.insert().values(name=counters.OVERLAP, value="1"))
    counters.recount(db)
    t.samples_open.create(db)
    skipped = sa.select(t.answers.c.sample_id).where(t.answers.c.kind == "skip").distinct()
    lease_rows.refresh_states(db, sorted(db.execute(skipped).scalars()))


def _samples_are_decided(db: sa.Connection) -> None:
    """Schema 6: decisions about samples: gold, and adjudication."""
    t.metadata.create_all(db, tables=[t.decisions])


def _heads_are_chosen(db: sa.Connection) -> None:
    """Schema 7: outcomes of searches for a better head."""
    t.metadata.create_all(db, tables=[t.choices])


def _samples_have_sources(db: sa.Connection) -> None:
    """Schema 8: every place of a sample's content, and what its row says beside it."""
    t.metadata.create_all(db, tables=[t.sources, t.details])


def _samples_are_removed(db: sa.Connection) -> None:
    """Schema 9: samples can be removed, and former versions would give them out."""
    t.samples_removed.create(db)


def _answers_are_timed(db: sa.Connection) -> None:
    """Schema 10: what a page measured of an answer, and the condition that it drew for it."""
    for column in ("timing", "arm"):
        db.exec_driver_sql(f"ALTER TABLE events ADD COLUMN {column} VARCHAR")


def _projects_have_studies(db: sa.Connection) -> None:
    """Schema 11: randomised studies, and what they assigned."""
    t.metadata.create_all(db, tables=[t.studies, t.study_draws])


def _models_are_certified(db: sa.Connection) -> None:
    """Schema 12: audits of frozen models, and certificates."""
    t.metadata.create_all(db, tables=[t.audits, t.audit_draws, t.certificates])


def _samples_have_votes(db: sa.Connection) -> None:
    """Schema 13: sources of suggestions, their votes, and which were on screen."""
    db.exec_driver_sql("ALTER TABLE events ADD COLUMN suggesters VARCHAR")
    t.metadata.create_all(db, tables=[t.suggesters, t.votes])


def _events_are_chained(db: sa.Connection) -> None:
    """Schema 14: a hash chain over the events.  What was changed before cannot be found by it."""
    t.metadata.create_all(db, tables=[t.chain])
    chain.seal_all(db)
    for table in t.metadata.sorted_tables:  # a check misses those that former steps did not make
        for index in table.indexes:
            db.execute(sa.schema.CreateIndex(index, if_not_exists=True))
    newest = chain.ends(db).sealed
    since = json.dumps({"event_id": newest, "at": t.time_text(utc_now())})
    db.execute(t.about.insert().values(name=chain.SINCE, value=since))


_STEPS = (
    _labels_may_be_lists,
    _events_come_in_batches,
    _samples_have_notes,
    _samples_have_parties,
    _samples_are_decided,
    _heads_are_chosen,
    _samples_have_sources,
    _samples_are_removed,
    _answers_are_timed,
    _projects_have_studies,
    _models_are_certified,
    _samples_have_votes,
    _events_are_chained,
)
