"""The store: durable, append-only, and no sample for two people."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa
from former_schema import make_former

from dalt.core.records import Answer, DamagedStore, Label, LabelValue, Sample, UnknownSample
from dalt.storage import tables as t
from dalt.storage.databases import Place, SqliteFile
from dalt.storage.lazy_rows import Pages
from dalt.storage.store import Claim, Store

NewPlace = Callable[[], Place]


def samples(n: int) -> list[Sample]:
    return [Sample(f"s{i:04d}", "image", f"{i}.png", location={"row": i}) for i in range(n)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "labels.db"


@pytest.fixture
def place(new_place: NewPlace) -> Place:
    return new_place()


@pytest.fixture
def store(place: Place) -> Iterator[Store]:
    made = Store(place, create=True, seed=3)
    made.samples.add(samples(10))
    yield made
    made.close()


@pytest.fixture
def file(path: Path) -> Iterator[Store]:
    """A store in SQLite, whose file is looked into."""
    made = Store(path, create=True, seed=3)
    made.samples.add(samples(10))
    yield made
    made.close()


def claim(store: Store, annotator: str = "ana", **changes: object) -> Claim | None:
    wanted: dict[str, object] = {
        "candidates": [], "uniform": False, "uniform_share": 0.1, "seconds": 60.0
    }  # fmt: skip
    return store.leases.claim(annotator, f"{annotator}-1", **(wanted | changes))  # type: ignore[arg-type]


def answer(sample_id: str, label: str | None, key: str, annotator: str = "ana") -> Answer:
    return Answer(
        kind="skip" if label is None else "label",
        sample_id=sample_id,
        label=label,
        annotator=annotator,
        session=f"{annotator}-1",
        key=key,
    )


def by_command(place: Place) -> tuple[list[str], dict[str, str]]:
    """A place as a process is told of it: arguments and environment."""
    if isinstance(place, SqliteFile):
        return [str(place.path)], {}
    address = place.url.render_as_string(hide_password=False)
    return [place.schema.removeprefix("dalt_"), "in PostgreSQL"], {"DALT_DATABASE_URL": address}


def current(store: Store) -> dict[tuple[str, str], LabelValue | None]:
    return {(e.sample_id, e.annotator): e.label for e in store.labels.current()}


# --- samples ----------------------------------------------------------------------------


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


# --- durability -------------------------------------------------------------------------


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
    again = store.answers.record(answer("s0001", "dog", "same"))
    assert again == first
    assert len(list(store.events.all())) == 1


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


# --- leases -----------------------------------------------------------------------------


def test_candidates_are_leased_in_their_order(store: Store) -> None:
    got = [claim(store, candidates=[7, 2, 5]) for _ in range(3)]
    assert [c.sample.position for c in got if c] == [7, 2, 5]
    assert {c.draw.kind for c in got if c and c.draw} == {"strategy"}


def test_without_candidates_every_sample_comes_once_in_a_seeded_order(
    new_place: NewPlace,
) -> None:
    orders = []
    for seed in (1, 1, 2):
        store = Store(new_place(), create=True, seed=seed)
        store.samples.add(samples(10))
        got = [claim(store) for _ in range(11)]
        assert got[-1] is None
        assert all(c.draw and c.draw.kind == "uniform" for c in got if c)
        orders.append([c.sample.position for c in got if c])
        store.close()
    assert sorted(orders[0]) == list(range(10))
    assert orders[0] == orders[1] != orders[2]


def test_uniform_draws_are_uniform_over_seeds(tmp_path: Path) -> None:
    counts = np.zeros(4)
    for seed in range(200):
        store = Store(tmp_path / f"{seed}.db", create=True, seed=seed)
        store.samples.add(samples(4))
        drawn = claim(store, candidates=[0], uniform=True)
        assert drawn is not None
        counts[drawn.sample.position] += 1
        store.close()
    expected = 50.0
    assert ((counts - expected) ** 2 / expected).sum() < 16.3  # chi-squared, 3 df, p = 0.001


def test_the_inclusion_probability_counts_both_ways_of_drawing(store: Store) -> None:
    by_strategy = claim(store, candidates=[0], uniform_share=0.2)
    assert by_strategy is not None and by_strategy.draw is not None
    assert by_strategy.draw.probability == pytest.approx(0.8 + 0.2 / 10)
    assert by_strategy.draw.n_candidates == 10
    uniform = claim(store, candidates=[99], uniform=True, uniform_share=0.2)
    assert uniform is not None and uniform.draw is not None
    assert uniform.draw.probability == pytest.approx(1 / 9)  # no candidate is open


def test_an_expired_lease_comes_back_and_a_late_answer_is_kept(store: Store) -> None:
    mine = claim(store, candidates=[4], seconds=-1.0)
    theirs = claim(store, "bob", candidates=[4])
    assert mine is not None and theirs is not None
    assert theirs.sample == mine.sample
    store.answers.record(answer("s0004", "cat", "late"))
    store.answers.record(answer("s0004", "dog", "in time", annotator="bob"))
    assert current(store) == {("s0004", "ana"): "cat", ("s0004", "bob"): "dog"}


def test_a_late_answer_by_id_still_knows_how_its_sample_was_drawn(store: Store) -> None:
    claim(store, candidates=[4], seconds=-1.0)
    claim(store, "bob", candidates=[5])  # takes expired leases back first
    event = store.answers.record(answer("s0004", "cat", "late"))
    assert (event.draw, event.n_candidates) == ("strategy", 10)


def test_renewing_holds_and_releasing_frees(store: Store) -> None:
    claim(store, candidates=[4], seconds=-1.0)
    store.leases.renew("ana-1", 60.0)
    other = claim(store, "bob", candidates=[4, 5])
    assert other is not None and other.sample.position == 5
    store.leases.release("ana-1")
    again = claim(store, "bob", candidates=[4])
    assert again is not None and again.sample.position == 4


def test_a_skip_comes_back_for_others_only(store: Store) -> None:
    mine = claim(store, candidates=[4])
    assert mine is not None
    store.answers.record(answer("s0004", None, "k"))
    next_of_mine = claim(store, candidates=[4])
    assert next_of_mine is not None and next_of_mine.sample.position != 4
    theirs = claim(store, "bob", candidates=[4])
    assert theirs is not None and theirs.sample.position == 4


def test_what_was_skipped_is_listed_until_somebody_labels_it(store: Store) -> None:
    for position in (4, 2, 7):
        store.answers.record(answer(f"s{position:04d}", None, f"skip {position}"))
    assert store.answers.skipped_by("ana", 10) == ["s0004", "s0002", "s0007"]
    assert store.answers.skipped_by("ana", 1) == ["s0004"]
    assert store.answers.skipped_by("bob", 10) == []
    store.answers.record(answer("s0002", "cat", "label", annotator="bob"))
    store.answers.record(answer("s0004", None, "again"))
    assert store.answers.skipped_by("ana", 10) == ["s0007", "s0004"]


def _claim_all(place: Place, name: str, start: Any, found: Any) -> None:
    store = Store(place)
    ids: list[str] = []
    start.wait()  # until the others, too, are there
    while (c := claim(store, name, candidates=range(400), uniform=len(ids) % 5 == 0)) is not None:
        ids.append(c.sample.id)
        if len(ids) == 1:
            start.wait()  # nobody runs ahead before each has one
        page = store.leases.claim_page(
            name, name, candidates=range(399, 0, -3), size=4, seconds=60.0
        )
        ids += [c.sample.id for c in page]
    found.put(ids)


def test_processes_that_race_never_get_the_same_sample(place: Place) -> None:
    store = Store(place, create=True)
    store.samples.add(samples(400))
    context = multiprocessing.get_context("spawn")
    found, start = context.Queue(), context.Barrier(3, timeout=120)
    racers = [
        context.Process(target=_claim_all, args=(place, f"p{i}", start, found)) for i in range(3)
    ]
    for racer in racers:
        racer.start()
    got = [found.get(timeout=120) for _ in racers]
    for racer in racers:
        racer.join()
    ids = [sample_id for part in got for sample_id in part]
    assert len(ids) == 400 and len(set(ids)) == 400
    assert all(got), "each of them took part"


def test_threads_share_a_store(store: Store) -> None:
    errors: list[BaseException] = []

    def label(name: str) -> None:
        try:
            while (c := claim(store, name)) is not None:
                store.answers.record(answer(c.sample.id, "cat", f"{name}-{c.sample.id}", name))
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=label, args=(f"t{i}",)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    assert len(store.labels.current()) == 10


# --- undo ---------------------------------------------------------------------------------


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


# --- what a head reads --------------------------------------------------------------------


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


# --- opening ------------------------------------------------------------------------------


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
    assert store.samples.known(["a", "b"]) == {"a"}


# --- several people for each sample ---------------------------------------------------------


@pytest.fixture
def pairs(place: Place) -> Iterator[Store]:
    """A store that asks two people for each sample."""
    made = Store(place, create=True, annotations_per_sample=2)
    made.samples.add(samples(10))
    yield made
    made.close()


def position(got: Claim | None) -> int | None:
    return None if got is None else got.sample.position


def test_a_sample_goes_to_as_many_people_as_are_asked_for(pairs: Store) -> None:
    assert [position(claim(pairs, who, candidates=[4, 5])) for who in ("ana", "bob", "cem")] == [
        4, 4, 5,
    ]  # fmt: skip
    assert pairs.samples.counts().leased == 1 and pairs.samples.counts().open == 9


def test_what_others_have_begun_is_finished_first_the_earliest_before_all(pairs: Store) -> None:
    for number in (7, 2):
        claim(pairs, candidates=[number])
    got = [position(claim(pairs, "bob", candidates=[5, 2], uniform=n == 1)) for n in range(3)]
    assert got == [7, 2, 5]


def test_a_sample_is_labelled_when_enough_have_labelled_it(pairs: Store) -> None:
    pairs.answers.record(answer("s0004", "cat", "k1"))
    assert (pairs.samples.counts().labelled, pairs.samples.counts().open) == (0, 10)
    assert not pairs.samples.open_mask()[4], "the trainer need not choose it"
    pairs.answers.record(answer("s0004", "dog", "k2", "bob"))
    assert (pairs.samples.counts().labelled, pairs.samples.counts().open) == (1, 9)
    pairs.answers.undo("bob", "bob-1", key="u", seconds=60.0)
    assert (pairs.samples.counts().labelled, pairs.samples.counts().leased) == (0, 1)


def test_a_skip_does_not_count_and_does_not_come_back(pairs: Store) -> None:
    pairs.answers.record(answer("s0004", None, "k1"))
    got = [position(claim(pairs, who, candidates=[4, 5])) for who in ("ana", "bob", "cem")]
    assert got == [5, 5, 4]
    assert position(claim(pairs, "dan", candidates=[0])) == 4, "two besides the one who skipped"


def test_a_late_answer_is_kept_also_when_it_is_one_too_many(pairs: Store) -> None:
    claim(pairs, candidates=[4], seconds=-1.0)
    for who in ("bob", "cem"):
        assert position(claim(pairs, who, candidates=[4])) == 4
        pairs.answers.record(answer("s0004", "cat", who, who))
    late = pairs.answers.record(answer("s0004", "dog", "late"))
    assert late.draw == "strategy" and len(pairs.labels.current()) == 3
    assert pairs.samples.counts().labelled == 1


def test_who_comes_second_keeps_how_the_sample_was_drawn(pairs: Store) -> None:
    first = claim(pairs, candidates=[4], uniform=True)
    second = claim(pairs, "bob", candidates=[5])
    assert first is not None and second is not None
    assert (second.sample, second.draw) == (first.sample, first.draw)


def test_more_people_can_be_asked_for_later_and_fewer(store: Store, place: Place) -> None:
    store.answers.record(answer("s0004", "cat", "k1"))
    assert store.samples.counts().labelled == 1
    again = Store(place, annotations_per_sample=2)
    assert again.samples.counts().labelled == 0
    assert position(claim(again, "bob", candidates=[5])) == 4
    store.ask_for(1)
    again.ask_for(2)
    again.ask_for(1)
    assert (again.samples.counts().labelled, again.samples.counts().leased) == (1, 0)
    again.close()


def test_one_who_has_answered_all_has_nothing_left_and_others_have(pairs: Store) -> None:
    while (got := claim(pairs)) is not None:
        pairs.answers.record(answer(got.sample.id, "cat", got.sample.id))
    assert pairs.leases.available("ana") == (0, 0)
    assert pairs.leases.available("bob") == (10, 0)


def test_expired_leases_come_back_in_any_number(store: Store) -> None:
    store.samples.add(samples(1_300))
    page = store.leases.claim_page(
        "ana", "ana-1", candidates=range(1_300), size=1_300, seconds=-1.0
    )
    assert len(page) == 1_300
    assert store.leases.available("bob") == (1_300, 0)


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


def test_a_claim_reads_no_table_from_end_to_end(file: Store) -> None:
    """Whatever is held or was answered, the database finds rows by index."""
    asked: list[tuple[str, Any]] = []
    hold = {"uniform_share": 0.1, "seconds": 60.0}

    @sa.event.listens_for(file.database.engine, "before_cursor_execute")
    def keep(_db: Any, _cursor: Any, statement: str, values: Any, _: Any, many: bool) -> None:
        if not many and statement.split()[0] in ("SELECT", "UPDATE", "DELETE"):
            asked.append((statement, values))

    for uniform in (False, True):
        file.leases.claim("ana", "a", candidates=[3, 4], uniform=uniform, **hold)
    file.leases.renew("a", 60.0)
    file.answers.record(answer("s0003", "cat", "k"))
    file.answers.undo("ana", "a", key="u", seconds=-1.0)
    file.leases.claim("bob", "b", candidates=[3, 4], uniform=False, **hold)
    file.leases.release("a")
    sa.event.remove(file.database.engine, "before_cursor_execute", keep)
    assert len(asked) > 20
    with file.database.engine.connect() as db:
        for statement, values in asked:
            plan = db.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all()
            read_whole = {row[3].split()[1] for row in plan if row[3].startswith("SCAN")}
            assert not read_whole & set(t.metadata.tables), statement
