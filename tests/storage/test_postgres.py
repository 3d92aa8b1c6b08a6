"""What only PostgreSQL can do wrong: outages, writers beside one another, and secrets."""

from __future__ import annotations

import logging
import threading
import traceback
import uuid
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from cluster import Cluster

import dalt
from dalt.core.records import (
    Answer,
    BadSettings,
    DaltError,
    DamagedStore,
    Sample,
    StoreReplaced,
    StoreUnreachable,
)
from dalt.storage import tables as t
from dalt.storage.databases import PostgresSchema, place_of
from dalt.storage.store import Store

PATIENCE = 60.0


@pytest.fixture
def place(cluster: Cluster) -> PostgresSchema:
    address = {"DALT_DATABASE_URL": cluster.url("postgres_alone")}
    made = place_of(Path(), uuid.uuid4().hex, "postgresql", address)
    assert isinstance(made, PostgresSchema)
    return made


@pytest.fixture
def store(place: PostgresSchema) -> Iterator[Store]:
    made = Store(place, create=True)
    made.samples.add([Sample(f"s{i}", "text", str(i)) for i in range(10)])
    yield made
    made.close()


def answer(number: int, key: str | None = None) -> Answer:
    return Answer("label", f"s{number}", "cat", "ana", "a", key or f"k{number}")


# --- outages ------------------------------------------------------------------------------


def test_an_outage_is_one_sentence_and_the_next_call_goes_on(
    store: Store, cluster: Cluster, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for number in range(3):
        store.answers.record(answer(number))
    cluster.kill()
    try:
        for call in (store.samples.counts, lambda: store.answers.record(answer(3))):
            with pytest.raises(StoreUnreachable, match="cannot be reached") as away:
                call()
            assert "\n" not in str(away.value)
            told = "".join(traceback.format_exception(away.value)) + caplog.text
            assert cluster.password not in told
    finally:
        cluster.start()
    store.answers.record(answer(3))
    assert [event.key for event in store.events.all()] == ["k0", "k1", "k2", "k3"]


def emptied(place: PostgresSchema, cluster: Cluster, statement: str) -> None:
    with psycopg.connect(cluster.url("postgres_alone"), autocommit=True) as db:
        names = db.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = %s", [place.schema]
        ).fetchall()
        tables = ", ".join(f"{place.schema}.{name}" for (name,) in names)
        db.execute(statement.format(schema=place.schema, tables=tables).encode())


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("DROP SCHEMA {schema} CASCADE", "does not hold the labels of this project any more"),
        (
            "DROP SCHEMA {schema} CASCADE; CREATE SCHEMA {schema}",
            "does not hold the labels of this project any more",
        ),
        ("TRUNCATE {tables}", "was set back while this project was open"),
    ],
    ids=["dropped", "made anew", "emptied"],
)
def test_nothing_is_acknowledged_by_a_schema_that_was_dropped_or_emptied(
    store: Store, place: PostgresSchema, cluster: Cluster, statement: str, said: str
) -> None:
    store.answers.record(answer(0))
    emptied(place, cluster, statement)
    for _ in range(2):
        with pytest.raises(DamagedStore, match=said) as refused:
            store.answers.record(answer(1))
        assert "\n" not in str(refused.value)


def test_nothing_is_acknowledged_by_a_database_that_was_set_back(
    store: Store, place: PostgresSchema, cluster: Cluster
) -> None:
    """An older state is restored, as from a dump, while the project is open."""
    store.answers.record(answer(0))
    with psycopg.connect(cluster.url("postgres_alone"), autocommit=True) as db:
        # Rows come back in any order.
        db.execute(f"SET session_replication_role = replica; SET search_path TO {place.schema}")
        tables = [table.name for table in t.metadata.sorted_tables]
        for table in tables:
            db.execute(f"CREATE TEMPORARY TABLE kept_{table} AS TABLE {table}")
        store.answers.record_page([answer(1), answer(2)])
        db.execute(f"TRUNCATE {', '.join(tables)}")
        for table in tables:
            db.execute(f"INSERT INTO {table} SELECT * FROM kept_{table}")
    for _ in range(2):  # it stays so
        with pytest.raises(StoreReplaced, match=r"was set back .* 2 events .* are gone"):
            store.answers.record(answer(3))
    assert [event.key for event in store.events.all()] == ["k0"]
    again = Store(place)
    again.answers.record(answer(1))
    assert [event.key for event in again.events.all()] == ["k0", "k1"]
    again.close()


def test_an_acknowledgement_that_is_lost_is_made_up_for_by_sending_again(
    store: Store, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server dies when the answer is committed and nobody has been told."""
    commit = psycopg.Connection.commit

    def commit_unheard(connection: psycopg.Connection[object]) -> None:
        commit(connection)
        monkeypatch.undo()
        cluster.kill()
        raise psycopg.OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(psycopg.Connection, "commit", commit_unheard)
    try:
        with pytest.raises(StoreUnreachable):
            store.answers.record(answer(5))
    finally:
        monkeypatch.undo()
        cluster.start()
    [first] = store.events.all()
    assert store.answers.record(answer(5)) == first
    assert store.events.newest_id() == first.event_id


@pytest.mark.slow
def test_whatever_was_acknowledged_is_there_after_the_server_was_killed(
    store: Store, cluster: Cluster
) -> None:
    acknowledged, begun = [], threading.Event()

    def write() -> None:
        with suppress(StoreUnreachable):
            for number in range(100_000):
                acknowledged.append(store.answers.record(answer(number % 10, f"n{number}")).key)
                if number == 20:
                    begun.set()

    writer = threading.Thread(target=write)
    writer.start()
    assert begun.wait(PATIENCE)
    cluster.kill()
    writer.join(PATIENCE)
    cluster.start()
    kept = [event.key for event in store.events.all()]
    assert kept[: len(acknowledged)] == acknowledged
    assert len(kept) - len(acknowledged) <= 1, "one may have been committed unheard"


def test_a_server_that_is_away_at_the_start_is_told_of(tmp_path: Path) -> None:
    nobody = "postgresql://dalt:not-to-be-seen@127.0.0.1:1/none"
    with pytest.raises(StoreUnreachable, match=r"127\.0\.0\.1:1 cannot be reached") as away:
        Store(place_of(tmp_path, "1f", "postgresql", {"DALT_DATABASE_URL": nobody}))
    assert "not-to-be-seen" not in "".join(traceback.format_exception(away.value))


def test_a_wrong_password_is_told_of_without_it(cluster: Cluster, tmp_path: Path) -> None:
    address = cluster.url("postgres").replace(cluster.password, "mistyped")
    with pytest.raises(DaltError, match="password authentication failed") as refused:
        Store(place_of(tmp_path, "1f", "postgresql", {"DALT_DATABASE_URL": address}))
    assert "mistyped" not in "".join(traceback.format_exception(refused.value))


# --- order ----------------------------------------------------------------------------------


def test_who_reads_by_cursor_misses_no_event(store: Store) -> None:
    """An event is never committed before one with a smaller id."""
    entered, go_on = threading.Event(), threading.Event()
    first = threading.local()

    @sa.event.listens_for(store.database.engine, "commit")
    def hold_back(_: sa.Connection) -> None:
        if getattr(first, "mine", False):
            entered.set()
            assert go_on.wait(PATIENCE)

    def slow() -> None:
        first.mine = True
        store.answers.record(answer(1))

    threads = [threading.Thread(target=slow)]
    threads[0].start()
    assert entered.wait(PATIENCE)
    threads.append(threading.Thread(target=store.answers.record, args=(answer(2),)))
    threads[1].start()
    waiting = sa.text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
    with store.database.engine.connect() as db:
        while threads[1].is_alive() and not db.execute(waiting).scalar():
            db.rollback()
    seen = [event.event_id for event in store.events.all()]
    go_on.set()
    for thread in threads:
        thread.join(PATIENCE)
    cursor = seen[-1] if seen else 0
    later = [event.event_id for event in store.events.all(after=cursor)]
    assert (
        seen + later == [event.event_id for event in store.events.all()] and len(seen + later) == 2
    )


def test_one_read_sees_one_state(store: Store) -> None:
    """A label set and its cursor are of the same moment, whatever is written meanwhile."""
    store.answers.record(answer(1))
    once = iter([None])

    @sa.event.listens_for(store.database.engine, "after_cursor_execute")
    def write_meanwhile(*_: object) -> None:
        with suppress(StopIteration):
            next(once)
            other.answers.record(answer(2))

    other = Store(store.place)
    found = store.labels.label_set(["cat"])
    assert (found.cursor, len(found.positions)) == (1, 1)
    other.close()


def test_claims_do_not_wait_for_a_writer(store: Store) -> None:
    """A claim passes over a sample that is being answered just then."""
    entered, go_on = threading.Event(), threading.Event()
    slow = Store(store.place)

    @sa.event.listens_for(slow.database.engine, "commit")
    def hold_back(_: sa.Connection) -> None:
        entered.set()
        assert go_on.wait(PATIENCE)

    writer = threading.Thread(target=slow.answers.record, args=(answer(4),))
    writer.start()
    assert entered.wait(PATIENCE)
    got = store.leases.claim(
        "bob", "b", candidates=[4, 5], uniform=False, uniform_share=0.0, seconds=60.0
    )
    go_on.set()
    writer.join(PATIENCE)
    slow.close()
    assert got is not None and got.sample.id == "s5"


# --- the database -----------------------------------------------------------------------------


def test_a_claim_goes_to_the_server_and_back_a_few_times_only(store: Store) -> None:
    sent: list[str] = []
    engine = store.database.engine
    sa.event.listen(engine, "before_cursor_execute", lambda *given: sent.append(given[2]))
    asked: Any = {"candidates": range(10), "uniform_share": 0.1, "seconds": 60}
    assert store.leases.claim("ana", "a", uniform=False, **asked) is not None
    [whole] = sent
    assert "SKIP LOCKED" in whole and "INSERT INTO leases" in whole
    sent.clear()
    assert store.leases.claim("ana", "a", uniform=True, **asked) is not None
    look, _, candidates, taken, counted = sent
    assert look.startswith("SELECT tallies")
    assert candidates.endswith("SKIP LOCKED")
    assert "INSERT INTO leases" in taken and "UPDATE samples" in taken
    assert counted.startswith("INSERT INTO tallies")


def test_commits_wait_for_the_disk_also_where_the_server_would_not(
    store: Store, cluster: Cluster
) -> None:
    with psycopg.connect(cluster.url("postgres_alone"), autocommit=True) as db:
        db.execute("ALTER DATABASE postgres_alone SET synchronous_commit TO off")
    store.close()
    with store.database.engine.connect() as db:
        assert db.exec_driver_sql("SHOW synchronous_commit").scalar() == "on"


def test_projects_share_a_database_and_know_nothing_of_one_another(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DALT_DATABASE_URL", cluster.url("shared"))
    for name in ("cats", "dogs"):
        with dalt.Project.create(tmp_path / f"{name}.dalt", classes=["a", "b"]) as project:
            project.add_texts([name], progress=False)
    for name in ("cats", "dogs"):
        with dalt.Project.open(tmp_path / f"{name}.dalt") as project:
            assert len(project.samples()) == 1 and not list(project.folder.glob("labels.db*"))
            assert cluster.password not in (project.folder / "project.toml").read_text()
            settings = project.settings
            assert cluster.password not in repr(place_of(tmp_path, settings.id, settings.database))


def test_a_database_that_cannot_hold_every_text_is_refused(
    cluster: Cluster, tmp_path: Path
) -> None:
    address = cluster.url("postgres")
    with psycopg.connect(address, autocommit=True) as db:
        db.execute("CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
    latin = {"DALT_DATABASE_URL": address.removesuffix("postgres") + "latin"}
    with pytest.raises(BadSettings, match="LATIN1"):
        Store(place_of(tmp_path, "1f", "postgresql", latin), create=True)
    assert schemas(latin["DALT_DATABASE_URL"]) == set(), "what it had made is taken back"


def schemas(address: str) -> set[str]:
    """DALT's in a database."""
    with psycopg.connect(address) as db:
        found = db.execute("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'dalt%'")
        return {name for (name,) in found}


def test_a_project_that_cannot_be_written_leaves_no_schema(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk is full when ``project.toml`` is written."""

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    address = cluster.url("unwritten")
    monkeypatch.setenv("DALT_DATABASE_URL", address)
    with monkeypatch.context() as patched:
        patched.setattr("dalt.core.settings.project_file.write_atomically", full)
        with pytest.raises(BadSettings, match=r"project\.toml cannot be written: No space left"):
            dalt.Project.create(tmp_path / "pets.dalt", classes=["a", "b"])
    assert schemas(address) == set()
    assert not (tmp_path / "pets.dalt").exists()


def test_only_what_was_made_here_and_is_empty_is_taken_back(
    store: Store, place: PostgresSchema
) -> None:
    Store(place, create=True).discard()  # it was there before
    assert store.samples.counts().samples == 10
    store.discard()  # it holds samples
    assert store.samples.counts().samples == 10


def test_what_others_keep_in_the_schema_is_not_removed(place: PostgresSchema) -> None:
    made = Store(place, create=True)
    with made.database.claiming() as db:
        db.exec_driver_sql("CREATE VIEW of_others AS SELECT * FROM samples")
    made.discard()
    there = Store(place)
    with there.database.reading() as db:
        assert db.exec_driver_sql("SELECT * FROM of_others").all() == []
    there.close()
