"""The hash chain over the events, and what a check of a database finds."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from former_schema import make_former
from stores import answer, claim, samples

from dalt.storage import chain, folding, integrity
from dalt.storage import tables as t
from dalt.storage.databases import PostgresSchema
from dalt.storage.imports import ImportedLabel
from dalt.storage.store import Store


def looked(store: Store) -> list[str]:
    with store.database.reading() as db:
        return list(map(str, integrity.look(db, "labels.db", lambda *_: None)))


def run(store: Store, statement: str) -> None:
    """Change the database beside DALT."""
    with store.database.engine.begin() as db:
        if db.dialect.name == "sqlite":
            # Outside of a transaction references cannot be switched off for it alone.
            db.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
        db.exec_driver_sql(statement)


@pytest.fixture
def lived(store: Store) -> Iterator[Store]:
    """Events of every kind, a lease, a decision and a removed sample."""
    store.ask_for(2)
    for number in range(6):
        store.answers.record(answer(f"s{number:04d}", "cat" if number % 3 else None, f"k{number}"))
    store.answers.undo("ana", "ana-1", key="u", seconds=60.0)
    store.answers.redo("ana", "ana-1", key="r")
    store.answers.undo("ana", "ana-1", key="u2", seconds=60.0)
    store.answers.record_page(
        [answer("s0001", "dog", "p1", "bob"), answer("s0002", "x", "p2", "bob")]
    )
    assert claim(store, "cem") is not None
    store.adjudications.decide({"s0007": "dog", "s0001": "cat"}, "adjudicate", "eva", "e", key="d")
    store.adjudications.undo("eva", "e", key="du")
    store.removals.remove(["s0001", "s0008"], "eva", key="rm")
    store.removals.restore(["s0001"], "eva", key="rs")
    labels = [ImportedLabel(f"s{n:04d}", "dog", "file", f"i{n}") for n in (3, 4)]
    store.imports.add(labels, "import")
    assert looked(store) == []
    yield store


def test_anybody_can_compute_the_chain_again(lived: Store) -> None:
    before = "0" * 64
    with lived.database.reading() as db:
        hashes = dict(map(tuple, db.execute(sa.select(t.chain))))
        rows = db.exec_driver_sql(f"SELECT {', '.join(chain.FIELDS)} FROM events ORDER BY event_id")
        for row in map(list, rows):
            while row[-1] is None:
                row.pop()
            line = json.dumps(row, separators=(",", ":"))
            before = hashlib.sha256(f"{before}\n{line}".encode()).hexdigest()
            assert hashes.pop(row[0]) == before
    assert not hashes


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("UPDATE events SET label = 'dog' WHERE event_id = 3", "events: event 3: was changed"),
        ("UPDATE events SET annotator = 'bob' WHERE event_id = 1", "events: event 1: was changed"),
        ("UPDATE events SET active_seconds = 1.5 WHERE event_id = 2", "events: event 2: was chang"),
        ("DELETE FROM events WHERE event_id = 4", "events: event 4: was deleted"),
        ("UPDATE events SET event_id = 99 WHERE event_id = 5", "events: event 99: has no hash"),
        (
            "INSERT INTO events (event_id, key, kind, sample_id, annotator, session, created_at, "
            "source) VALUES (50, 'z', 'skip', 's0009', 'x', 'x', '2026', 'human')",
            "events: event 50: has no hash",
        ),
        ("UPDATE answers SET label = 'dog' WHERE sample_id = 's0002' AND annotator = 'ana'",
         "state: label of sample s0002 by 'ana': is not what the events say"),
        ("DELETE FROM answers WHERE sample_id = 's0001' AND annotator = 'bob'",
         "state: label of sample s0001 by 'bob': is missing"),
        ("UPDATE decisions SET label = 'x' WHERE sample_id = 's0007'",
         "state: decision (adjudicate) of sample s0007: is not what"),
        ("UPDATE samples SET state = 2 WHERE id = 's0009'", "state: state of sample s0009: is not"),
        ("UPDATE samples SET state = 0 WHERE id = 's0008'", "state: state of sample s0008: is not"),
        ("UPDATE tallies SET n = n + 1 WHERE state = 3", "state: counter of removed samples: is"),
        ("UPDATE parties SET takers = '[\"x\"]' WHERE takers <> '[\"x\"]'", "state: party "),
        ("INSERT INTO snapshots VALUES (1, NULL, 900, 0, 'h', 'e', 'd', '2026', 1, '{}')",
         "were deleted: a snapshot has read them"),
        ("DROP TABLE notes", "database: labels.db, table notes: is missing"),
    ],
)  # fmt: skip
def test_each_change_beside_dalt_is_told_by_name(lived: Store, change: str, said: str) -> None:
    run(lived, change)
    assert any(said in each for each in looked(lived)), looked(lived)


def test_what_follows_from_the_events_is_made_anew(lived: Store) -> None:
    with lived.database.reading() as db:
        tables = (t.answers, t.decisions, t.tallies, t.parties)
        before = [sorted(map(repr, db.execute(sa.select(each)).all())) for each in tables]
    for change in (
        "DELETE FROM answers WHERE annotator = 'ana'",
        "UPDATE decisions SET label = 'x'",
        "UPDATE samples SET state = 2, party = ''",
        "UPDATE tallies SET n = 7",
        "UPDATE parties SET takers = '[]'",
    ):
        run(lived, change)
    assert looked(lived)
    with lived.database.writing() as db:
        folding.rebuild(db)
    assert looked(lived) == []
    with lived.database.reading() as db:
        after = [sorted(map(repr, db.execute(sa.select(each)).all())) for each in tables]
    assert after[:2] == before[:2]


def test_the_next_label_does_not_make_a_foreign_event_good(lived: Store) -> None:
    run(
        lived,
        "INSERT INTO events (event_id, key, kind, sample_id, annotator, session, created_at, "
        "source) VALUES (50, 'z', 'undo', 's0009', 'x', 'x', '2026', 'human')",
    )
    if isinstance(lived.place, PostgresSchema):
        run(lived, "SELECT setval(pg_get_serial_sequence('events', 'event_id'), 50)")
    lived.answers.record(answer("s0006", "cat", "after"))
    told = [each for each in looked(lived) if each.startswith("events")]
    assert told == [
        "events: event 50: has no hash: something else than DALT wrote it. Restore the database "
        "from a backup."
    ]


def test_events_cut_off_with_their_hashes_are_missed_in_a_file(file: Store) -> None:
    for number in range(3):
        file.answers.record(answer(f"s000{number}", "cat", f"k{number}"))
    for table in ("answers", "events", "chain"):
        run(file, f"DELETE FROM {table} WHERE event_id = 3")
    assert any("event 3: was deleted" in each for each in looked(file))


def test_a_state_of_an_earlier_time_is_folded(lived: Store) -> None:
    with lived.database.reading() as db:
        folded = folding.fold(db, up_to=2)
        assert {pair: said.label for pair, said in folded.answers().items()} == {
            ("s0000", "ana"): None, ("s0001", "ana"): "cat",
        }  # fmt: skip
        assert (folded.n_events, folded.newest) == (2, 2)
        assert not folded.removed
        assert folding.fold(db).removed == {"s0008"}


@pytest.mark.parametrize("schema", [4, 8, 13])
def test_events_of_a_former_schema_are_chained(path: Path, schema: int) -> None:
    store = Store(path, create=True, seed=3)
    store.samples.add(samples(10))
    for number in range(3):
        store.answers.record(answer(f"s000{number}", "cat", f"k{number}"))
    with store.database.reading() as db:
        before = chain.ends(db)
    store.close()
    make_former(path, schema)
    store = Store(path)
    with store.database.reading() as db:
        assert chain.ends(db) == before
        since = db.execute(sa.select(t.about.c.value).where(t.about.c.name == chain.SINCE))
        assert json.loads(since.scalar_one())["event_id"] == 3
    assert looked(store) == []
    store.answers.record(answer("s0005", "cat", "later"))
    assert looked(store) == []
    store.close()
