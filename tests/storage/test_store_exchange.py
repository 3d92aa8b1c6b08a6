"""Labels out and in by the million, in SQLite and in PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa

from dalt.core.records import Answer, ClassSet, LabelValue, Region, Sample, UnknownSample
from dalt.storage import counters, lease_rows
from dalt.storage import tables as t
from dalt.storage.imports import ImportedLabel, Recorded
from dalt.storage.store import Store

N = 12


@pytest.fixture
def store(new_place: Callable[[], object]) -> Iterator[Store]:
    made = Store(new_place(), create=True)  # type: ignore[arg-type]
    made.samples.add([Sample(f"s{i}", "text", f"file {i}") for i in range(N)])
    yield made
    made.close()


def imported(number: int, label: object = "cat", annotator: str = "ana") -> ImportedLabel:
    return ImportedLabel(f"s{number}", label, annotator, f"{annotator}:{number}:{label}")  # type: ignore[arg-type]


def answer(store: Store, number: int, label: object, key: str, annotator: str = "ana") -> int:
    said = Answer("label", f"s{number}", label, annotator, "sitting", key)  # type: ignore[arg-type]
    return store.answers.record(said).event_id


def test_rows_are_the_labels_that_hold(store: Store) -> None:
    answer(store, 0, "cat", "a")
    answer(store, 0, "dog", "b")
    answer(store, 1, ("cat", "dog"), "c")
    answer(store, 2, (Region("point", "cat", points=((1, 2),)),), "d")
    rows = list(store.labels.rows())
    assert [row[:4] for row in rows] == [
        ("s0", "dog", "ana", "human"),
        ("s1", ("cat", "dog"), "ana", "human"),
        ("s2", (Region("point", "cat", points=((1, 2),)),), "ana", "human"),
    ]
    assert rows[0][4].endswith("+00:00") and rows[0][8] == "file 0"


def test_a_reader_that_stops_early_leaves_the_store_free(store: Store) -> None:
    store.imports.add([imported(i) for i in range(N)], "s")
    rows: Any = store.labels.rows()
    next(rows)
    rows.close()
    answer(store, 0, "dog", "later")
    assert len(list(store.labels.rows())) == N


def test_labels_come_by_sample(store: Store) -> None:
    store.ask_for(2)
    answer(store, 5, "cat", "a", "ben")
    answer(store, 1, "dog", "b", "ana")
    answer(store, 5, "dog", "c", "ana")
    found = [(sample.id, labels) for sample, labels in store.labels.by_sample()]
    assert found == [("s1", (("ana", "dog"),)), ("s5", (("ben", "cat"), ("ana", "dog")))]


def test_imported_labels_hold_and_close_their_samples(store: Store) -> None:
    assert store.imports.add([imported(i) for i in range(5)], "s").new == 5
    assert {event.kind for event in store.labels.current()} == {"import"}
    assert store.samples.counts().labelled == 5 and store.samples.counts().open == N - 5
    assert list(store.samples.open_mask()) == [False] * 5 + [True] * (N - 5)
    assert len(store.labels.label_set(ClassSet(("cat",))).positions) == 5


def test_a_key_is_recorded_once(store: Store) -> None:
    labels = [imported(i) for i in range(3)]
    done = [store.imports.add(labels, "s"), store.imports.add([*labels, imported(3)], "s")]
    assert [(each.new, each.unchanged) for each in done] == [(3, 0), (1, 3)]
    assert store.events.newest_id() - 4 == min(e.event_id for e in store.labels.current()) - 1


def test_the_last_label_of_a_person_in_one_file_holds(store: Store) -> None:
    store.imports.add([imported(0, "cat"), imported(0, "dog")], "s")
    (event,) = store.labels.current()
    assert event.label == "dog"


def test_an_import_can_be_answered_and_undone(store: Store) -> None:
    store.imports.add([imported(0)], "s")
    answer(store, 0, "dog", "a")
    store.answers.undo("ana", "sitting", key="u", seconds=60)
    (event,) = store.labels.current()
    assert (event.kind, event.label) == ("import", "cat")


def test_an_unknown_sample_takes_its_part_along(store: Store) -> None:
    with pytest.raises(UnknownSample, match="'s99'"):
        store.imports.add([imported(0), imported(99)], "s")
    assert store.events.newest_id() == 0


def test_what_is_taken_back_is_told_by_its_key(store: Store) -> None:
    answer(store, 0, "cat", "x:1:a")
    answer(store, 0, "dog", "x:1:b")
    answer(store, 1, "cat", "x:11:a")
    answer(store, 2, "cat", "x_1:a")
    assert store.answers.take_back("x:1:", None, "s", key="x:1:gone") == 2
    assert [event.sample_id for event in store.labels.current()] == ["s1", "s2"]
    assert store.samples.counts().open == N - 2
    assert store.answers.take_back("x:1:", None, "s", key="x:1:gone") == 0
    assert store.answers.take_back("x_", "ben", "s", key="other") == 0


def test_pages_of_labels_and_events(store: Store) -> None:
    for i in range(5):
        answer(store, i, "cat", str(i))
    answer(store, 0, "dog", "again")
    ids = [event.event_id for event in store.labels.current()]
    found, after = [], 0
    while page := store.labels.after(after, 2):
        found += [event.event_id for event in page]
        after = page[-1].event_id
    assert found == ids
    assert [e.event_id for e in store.events.after(ids[0], 3)] == [ids[0] + 1 + i for i in range(3)]


def test_samples_are_found_by_their_ids(store: Store) -> None:
    found = store.samples.by_ids(["s3", "nothing", "s1"])
    assert {name: sample.position for name, sample in found.items()} == {"s3": 3, "s1": 1}


# --- imports ------------------------------------------------------------------------------------


def test_what_holds_already_is_not_recorded_again(store: Store) -> None:
    answer(store, 0, "cat", "a")
    answer(store, 1, "dog", "b")
    store.answers.record(Answer("skip", "s2", None, "ana", "sitting", "c"))
    given = [imported(0), imported(1), imported(2), imported(3, "cat", "ben")]
    assert store.imports.compare(given) == store.imports.add(given, "s") != Recorded()
    assert store.imports.add(given, "s") == Recorded(0, 4)
    held = {(e.sample_id, e.annotator): (e.label, e.kind) for e in store.labels.current()}
    assert held == {
        ("s0", "ana"): ("cat", "label"),
        ("s1", "ana"): ("cat", "import"),
        ("s2", "ana"): ("cat", "import"),
        ("s3", "ben"): ("cat", "import"),
    }
    newer = {e.sample_id: e.supersedes for e in store.events.after(3, 9)}
    assert newer == {"s1": 2, "s2": 3, "s3": None}


def test_a_label_of_a_class_that_was_renamed_holds_already(store: Store) -> None:
    answer(store, 0, "cat", "a")
    lynx = ImportedLabel("s0", "lynx", "ana", "k")
    pets = ClassSet(("lynx",), {"cat": "lynx"})
    assert store.imports.add([lynx], "s", pets.present) == Recorded(0, 1)
    assert store.imports.compare([lynx]).new == 1


def test_what_was_answered_otherwise_since_is_told(store: Store) -> None:
    store.imports.add([imported(0), imported(1)], "s")
    answer(store, 0, "dog", "a")
    done = store.imports.add([imported(0), imported(1)], "s")
    assert done == Recorded(0, 1, (imported(0),))
    assert [e.label for e in store.labels.current()] == ["cat", "dog"]


@pytest.mark.parametrize("wanted", [1, 2, 3])
def test_after_any_imports_the_tables_say_what_the_events_say(store: Store, wanted: int) -> None:
    store.ask_for(wanted)
    random = np.random.default_rng(wanted)
    people = ["ana", "ben", "cem"]
    for turn in range(12):
        who = people[turn % 3]
        store.leases.claim(
            who, who, candidates=range(N), uniform=False, uniform_share=0.0, seconds=60.0
        )
        kind: Any = "skip" if turn % 4 == 0 else "label"
        label = None if kind == "skip" else "cat"
        number = int(random.integers(N))
        store.answers.record(Answer(kind, f"s{number}", label, who, who, f"a{turn}"))
        labels: list[LabelValue] = ["cat", ("cat", "dog")]
        given = [
            ImportedLabel(f"s{n}", labels[n % 2], people[n % 3], f"{turn}:{n}")
            for n in random.integers(0, N, 5).tolist()
        ]
        store.imports.add(given, "s")
        said = states(store)
        with store.database.writing() as db:
            lease_rows.refresh_states(db, [f"s{n}" for n in range(N)])
            counters.settle(db)
            before = {state: n for state, n in counters.n_in_state(db).items() if n}
            counters.recount(db)
            assert before == counters.n_in_state(db)
        assert states(store) == said


def states(store: Store) -> list[tuple[Any, ...]]:
    with store.database.reading() as db:
        rows = db.execute(sa.select(t.samples.c.id, t.samples.c.state, t.samples.c.party))
        return sorted(map(tuple, rows))
