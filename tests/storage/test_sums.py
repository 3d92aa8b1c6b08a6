"""Checksums of rows that no event witnesses: one changed value is told, and honest work is not."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
from certified_stores import certify
from stores import answer, samples

from dalt.core.records import Sample, SnapshotRecord, utc_now
from dalt.storage import integrity, sums
from dalt.storage import tables as t
from dalt.storage.store import Store


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with something in every table that has checksums."""
    path = tmp_path_factory.mktemp("sums") / "labels.db"
    with closing(Store(path, create=True, seed=3)) as made:
        made.samples.add(samples(12))
        ids = [each.id for each in made.samples.all()]
        event = made.answers.record(answer(ids[0], "cat", "k"))
        made.sources.add([(ids[0], "copies/0.png")])
        made.details.add([(ids[0], "0", {"by": "한국어", "share": 0.1 + 0.2})])
        made.notes.add(ids[0], "ana", "a", key="n", flagged=True, comment="both?")
        made.confirmations.add(event.event_id, "ana", "a", key="c")
        made.studies.start({"seed": 2**40}, "hash")
        certify(made, ids[10])
        source = made.suggesters.put("model", "file", "v1")
        made.suggesters.vote(source.suggester_id, {ids[1]: {"cat": 0.3}, ids[2]: None}, "v1")
        made.snapshots.add(
            SnapshotRecord(version=1, parent=None, cursor=1, seed=2**62, hash="h", encoder="e",
                           head="d", created_at=utc_now(), n_labels=3, metrics={"loss": 0.5})
        )  # fmt: skip
    return path


@pytest.fixture
def store(lived: Path, tmp_path: Path) -> Iterator[Store]:
    """A copy of its own."""
    with closing(Store(Path(shutil.copyfile(lived, tmp_path / "labels.db")))) as opened:
        yield opened


def told(store: Store) -> list[str]:
    with store.database.reading() as db:
        found = integrity.look(db, "labels.db", lambda *_: None)
    return [f"{each.name} {each.what}" for each in found]


def by_sql(store: Store, statement: str) -> None:
    with store.database.engine.begin() as db:
        db.exec_driver_sql(statement)


CHANGES = {
    "notes": "UPDATE notes SET comment = 'neither'",
    "confirmations": "UPDATE confirmations SET annotator = 'zoe'",
    "votes": "UPDATE votes SET content = '{\"cat\": 0.9}' WHERE vote_id = 1",
    "samples": "UPDATE samples SET source = 'elsewhere' WHERE position = 3",
    "sources": "UPDATE sources SET source = 'elsewhere'",
    "details": "UPDATE details SET content = '{}'",
    "studies": "UPDATE studies SET plan = '{}'",
    "audit_draws": "UPDATE audit_draws SET probability = 0.5",
    "snapshots": "UPDATE snapshots SET n_labels = n_labels + 1",
}


def test_what_was_recorded_honestly_is_sound(store: Store) -> None:
    assert told(store) == []


@pytest.mark.parametrize("table", CHANGES)
def test_one_changed_value_is_told_by_its_table(store: Store, table: str) -> None:
    by_sql(store, CHANGES[table])
    (said,) = told(store)
    assert f"labels.db, table {table}, " in said and "was changed after it was recorded" in said


@pytest.mark.parametrize("table", ["notes", "votes", "sources"])
def test_a_row_that_is_gone_is_told(store: Store, table: str) -> None:
    by_sql(store, f"DELETE FROM {table}")
    assert any(f"table {table}, " in said for said in told(store))


def test_rows_of_a_former_version_are_summed_with_the_next_ones(store: Store) -> None:
    by_sql(store, "DELETE FROM about WHERE substr(name, 1, 4) = 'sum '")
    sample = store.samples.all()[0].id
    store.notes.add(sample, "ana", "a", key="later", flagged=None, comment="later")
    assert told(store) == []
    by_sql(store, "UPDATE notes SET comment = 'neither' WHERE key = 'n'")
    assert "table notes, note_id 0 to 2 " in told(store)[0]


def test_samples_that_move_are_summed_anew(store: Store) -> None:
    sample = store.samples.all()[2]
    moved = Sample(sample.id, sample.kind, "there", sample.position, dict(sample.location))
    assert store.samples.move([moved]) == 1
    assert told(store) == []
    by_sql(store, "UPDATE samples SET source = 'here' WHERE position = 2")
    assert "table samples, position 0 to 11 " in told(store)[0]


def test_many_rows_are_summed_in_parts(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sums, "_BLOCK", 4)
    monkeypatch.setattr(sums, "_AT_ONCE", 3)
    with store.database.writing() as db:
        sums.forget(db, t.samples)
        sums.begin(db)
    by_sql(store, "UPDATE samples SET source = 'x' WHERE position IN (5, 11)")
    assert [said.split(", ")[-1].split(" was")[0] for said in told(store)] == [
        "position 4 to 7", "position 8 to 11"
    ]  # fmt: skip


def test_a_damaged_checksum_is_told_and_not_raised(store: Store) -> None:
    by_sql(store, "UPDATE about SET value = 'x' || value WHERE name = 'sum notes'")
    (said,) = told(store)
    assert "summing rows failed" in said
    with store.database.reading() as db:
        assert db.execute(sa.select(t.notes)).first() is not None
