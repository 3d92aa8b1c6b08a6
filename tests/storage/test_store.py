"""The store: durable, append-only, and nothing is lost on opening."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
import sqlalchemy as sa
from former_schema import make_former
from stores import answer, claim, current, samples

from dalt.core.records import Answer, DamagedStore, KeyUsed, Label, Sample, UnknownSample
from dalt.storage.databases import Place, SqliteFile
from dalt.storage.lazy_rows import Pages
from dalt.storage.store import Claim, Store


def by_command(place: Place) -> tuple[list[str], dict[str, str]]:
    """A place as a process is told of it: arguments and environment."""
    if isinstance(place, SqliteFile):
        return [str(place.path)], {}
    address = place.url.render_as_string(hide_password=False)
    return [place.schema.removeprefix("dalt_"), "in PostgreSQL"], {"DALT_DATABASE_URL": address}


# --- samples ----------------------------------------------------------------------------------


def test_adding_the_same_samples_again_adds_nothing(store: Store) -> None:
    assert store.samples.add(samples(12)) == 2
    assert [s.position for s in store.samples.all()] == list(range(12))
    assert [s.position for s in store.samples.all()[3:9:2]] == [3, 5, 7]
    assert store.samples.get("s0003").location == {"row": 3}


def test_a_sample_that_comes_twice_in_one_batch_is_one(store: Store) -> None:
    assert store.samples.add([*samples(11), *samples(11)]) == 1


def test_positions_follow_the_ids_that_are_asked_for(store: Store) -> None:
    assert store.samples.positions(["s0004", "s0001"]) == [4, 1]
    with pytest.raises(UnknownSample, match="'nope'"):
        store.samples.positions(["s0004", "nope"])


# --- durability -------------------------------------------------------------------------------


def test_an_answer_is_there_for_a_second_connection_when_record_returns(
    store: Store, place: Place
) -> None:
    store.answers.record(answer("s0002", "cat", "k1"))
    other = Store(place)
    assert current(other) == {("s0002", "ana"): "cat"}
    other.close()


def test_every_connection_commits_with_full_synchronisation(file: Store) -> None:
    with file.database.engine.connect() as db:
        assert db.exec_driver_sql("PRAGMA synchronous").scalar() == 2
        assert db.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"


def test_a_killed_process_loses_no_acknowledged_answer(store: Store, place: Place) -> None:
    script = (
        "import os, signal, sys; from pathlib import Path\n"
        "from dalt.core.records import Answer; from dalt.storage.store import Store\n"
        "from dalt.storage.databases import place_of\n"
        "store = Store(Path(sys.argv[1]) if len(sys.argv) == 2\n"
        "              else place_of(Path(), sys.argv[1], 'postgresql'))\n"
        "for i in range(5):\n"
        "    store.answers.record(Answer('label', f's{i:04d}', 'cat', 'bob', 'b', f'k{i}'))\n"
        "    print(i, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    arguments, environment = by_command(place)
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        capture_output=True, text=True, check=False, env=os.environ | environment,
    )  # fmt: skip
    assert done.returncode == -signal.SIGKILL
    assert done.stdout.split() == list("01234")
    assert len(store.labels.current()) == 5


def test_a_resend_with_the_same_key_is_recorded_once(store: Store) -> None:
    first = store.answers.record(answer("s0001", "cat", "same"))
    again = store.answers.record(answer("s0001", "cat", "same"))
    assert again == first
    assert len(list(store.events.all())) == 1


@pytest.mark.parametrize("other", ["sample", "label", "kind", "person"])
def test_a_key_never_answers_for_something_else(store: Store, other: str) -> None:
    store.answers.record(answer("s0001", "cat", "same"))
    wrong = {
        "sample": answer("s0002", "cat", "same"),
        "label": answer("s0001", "dog", "same"),
        "kind": answer("s0001", None, "same"),
        "person": replace(answer("s0001", "cat", "same"), annotator="bob"),
    }[other]
    with pytest.raises(KeyUsed, match=r"The key 'same' has recorded something else already; noth"):
        store.answers.record(wrong)
    assert len(list(store.events.all())) == 1


def test_an_undo_and_a_decision_do_not_take_the_key_of_an_answer(store: Store) -> None:
    first = store.answers.record(answer("s0001", "cat", "same:0"))
    with pytest.raises(KeyUsed):
        store.answers.undo(first.annotator, "a", key="same:0", seconds=60.0)
    with pytest.raises(KeyUsed):
        store.adjudications.decide({"s0001": "dog"}, "adjudicate", "eva", "e", key="same")
    with pytest.raises(KeyUsed):
        store.adjudications.undo("eva", "e", key="same:0")
    assert list(store.events.all()) == [first]


def test_an_answer_to_a_sample_that_is_not_there_records_nothing(store: Store) -> None:
    with pytest.raises(UnknownSample):
        store.answers.record(answer("nope", "cat", "k"))
    assert list(store.events.all()) == []


def test_times_come_back_in_utc(store: Store) -> None:
    here = datetime(2026, 3, 1, 12, 0, tzinfo=timezone(timedelta(hours=9)))
    event = store.answers.record(
        Answer("label", "s0001", "cat", "ana", "a", "k", shown_at=here, active_seconds=1.5)
    )
    assert event.shown_at == datetime(2026, 3, 1, 3, 0, tzinfo=UTC)
    assert event.shown_at.utcoffset() == timedelta(0)
    assert event.created_at.utcoffset() == timedelta(0)


# --- undo -------------------------------------------------------------------------------------


def undo(store: Store, key: str, annotator: str = "ana") -> tuple[Label, Claim] | None:
    """Take back one answer, not a page."""
    undone = store.answers.undo(annotator, f"{annotator}-1", key=key, seconds=60.0)
    assert len(undone) <= 1
    return undone[0] if undone else None


def test_undo_appends_brings_the_former_label_back_and_leases_anew(store: Store) -> None:
    store.answers.record(answer("s0001", "cat", "k1"))
    store.answers.record(answer("s0001", "dog", "k2"))
    undone = undo(store, "u1")
    assert undone is not None and undone[0].label == "dog"
    assert current(store) == {("s0001", "ana"): "cat"}
    undo(store, "u2")
    assert current(store) == {}
    assert [e.kind for e in store.events.all()] == ["label", "label", "undo", "undo"]
    assert undo(store, "u3") is None
    other = claim(store, "bob", candidates=[1, 2])
    assert other is not None and other.sample.position == 2, "the undone sample is held for ana"


def test_a_resent_undo_takes_back_one_answer(store: Store) -> None:
    store.answers.record(answer("s0001", "cat", "k1"))
    store.answers.record(answer("s0002", "dog", "k2"))
    first, again = undo(store, "u"), undo(store, "u")
    assert first is not None and again is not None and first[0] == again[0]
    assert current(store) == {("s0001", "ana"): "cat"}


def test_undo_reaches_back_to_an_earlier_sitting_but_not_to_others(store: Store) -> None:
    store.answers.record(answer("s0001", "cat", "k1"))
    store.answers.record(answer("s0002", "dog", "k2", annotator="bob"))
    [undone] = store.answers.undo("ana", "a new sitting", key="u", seconds=60.0)
    assert undone[0].sample_id == "s0001"
    assert current(store) == {("s0002", "bob"): "dog"}


def test_an_undone_sample_keeps_how_it_was_drawn(store: Store) -> None:
    drawn = claim(store, candidates=[4], uniform=True)
    assert drawn is not None
    store.answers.record(answer(drawn.sample.id, "cat", "k"))
    undone = undo(store, "u")
    assert undone is not None and undone[1].draw == drawn.draw


def test_how_a_sample_was_drawn_is_not_made_up_after_an_undo(store: Store) -> None:
    store.answers.record(answer("s0001", "cat", "by id, without a lease"))
    undone = undo(store, "u")
    assert undone is not None and undone[1].draw is None
    again = store.answers.record(answer("s0001", "dog", "k2"))
    assert (again.draw, again.inclusion_probability, again.n_candidates) == (None, None, None)


# --- what a head reads ------------------------------------------------------------------------


def test_a_label_set_shares_the_answers_of_annotators_who_disagree(store: Store) -> None:
    store.answers.record(answer("s0005", "cat", "k1"))
    store.answers.record(answer("s0002", "dog", "k2"))
    store.answers.record(answer("s0005", "dog", "k3", annotator="bob"))
    store.answers.record(answer("s0007", None, "k4"))
    labels = store.labels.label_set(["cat", "dog"])
    assert labels.positions.tolist() == [2, 5]
    assert labels.targets.tolist() == [[0.0, 1.0], [0.5, 0.5]]
    assert labels.cursor == store.events.cursor() == 3, "a skip teaches nothing"


def test_a_label_set_of_nothing_is_empty(store: Store) -> None:
    labels = store.labels.label_set(["cat", "dog"])
    assert labels.positions.shape == (0,) and labels.targets.shape == (0, 2)
    assert labels.cursor == 0


# --- opening ----------------------------------------------------------------------------------


def test_a_missing_database_is_not_made_anew(path: Path) -> None:
    with pytest.raises(DamagedStore, match="is missing"):
        Store(path)
    assert not path.exists()


def test_a_file_that_is_no_database_is_refused(path: Path) -> None:
    path.write_text("not a database, " * 500)
    with pytest.raises(DamagedStore, match="cannot be read"):
        Store(path)


def test_an_empty_file_is_refused(path: Path) -> None:
    path.touch()
    with pytest.raises(DamagedStore, match="no tables of DALT"):
        Store(path)


def test_a_database_with_torn_pages_is_refused(file: Store, path: Path) -> None:
    file.samples.add(samples(2_000))
    file.close()
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    size = path.stat().st_size
    with path.open("r+b") as pages:
        pages.seek(size // 2)
        pages.write(os.urandom(size // 4))
    with pytest.raises(DamagedStore, match=r"labels\.db cannot be read"):
        Store(path)


def test_a_newer_schema_is_refused(store: Store, place: Place) -> None:
    with store.database.writing() as db:
        db.exec_driver_sql("UPDATE about SET value = '99' WHERE name = 'schema'")
    with pytest.raises(DamagedStore, match="newer DALT"):
        Store(place)


def test_a_long_pool_is_read_a_page_at_a_time():
    asked = []

    def read(first, last):
        asked.append((first, last))
        return [Sample(str(i), "text", "", i) for i in range(first, min(last, 2_500))]

    pages = Pages(read, range(2_500))
    assert [sample.position for sample in pages] == list(range(2_500))
    assert asked == [(0, 1_000), (1_000, 2_000), (2_000, 3_000)]
    assert pages[-1].position == 2_499
    with pytest.raises(IndexError):
        pages[2_500]


def test_a_database_that_cannot_be_written_says_so(tmp_path):
    store = Store(tmp_path / "labels.db", create=True)
    store.samples.add([Sample("a", "text", "0")])

    @sa.event.listens_for(store.database.engine, "connect")
    def read_only(connection, _record):
        connection.execute("PRAGMA query_only = ON")

    store.close()
    with pytest.raises(DamagedStore, match=r"cannot be written: attempt to write a readonly"):
        store.samples.add([Sample("b", "text", "1")])
    assert store.samples.known(["a", "b", "\ud800"]) == {"a"}


# --- several people for each sample -----------------------------------------------------------


def test_a_database_of_schema_4_is_brought_up_to_date(file: Store, path: Path) -> None:
    file.answers.record(answer("s0001", "cat", "k1"))
    file.answers.record(answer("s0002", None, "k2"))
    held, expired = claim(file, candidates=[3]), claim(file, candidates=[4], seconds=-1.0)
    assert held is not None and expired is not None
    file.close()
    make_former(path, 4)
    for _ in range(2):  # brought up to date, and opened again
        store = Store(path)
        assert store.leases.available("ana") == (7, 1) and store.leases.available("bob") == (8, 1)
        counts = store.samples.counts()
        assert (counts.labelled, counts.leased, counts.open) == (1, 1, 8)
        store.close()
    assert file.answers.record(answer("s0004", "cat", "late")).draw == "strategy"
