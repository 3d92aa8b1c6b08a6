"""Sources of samples and what their rows say, in SQLite and in PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from dalt.core.records import Sample
from dalt.storage.sources import Detail
from dalt.storage.store import Store

N = 1_200  # several chunks of ids


@pytest.fixture
def store(new_place: Callable[[], object]) -> Iterator[Store]:
    made = Store(new_place(), create=True)  # type: ignore[arg-type]
    made.samples.add([Sample(f"s{i}", "text", f"{i}") for i in range(N)])
    yield made
    made.close()


def test_other_sources_are_kept_once_beside_the_first(store: Store) -> None:
    others = [("s1", "b"), ("s0", "0"), ("s1", "c"), ("s1", "b"), ("s1199", "b")]
    assert store.sources.add(others) == 3
    assert store.sources.add(others) == 0
    assert store.sources.of(["s1", "s2", "nothing"]) == {"s1": ["1", "b", "c"], "s2": ["2"]}
    assert store.sources.others([f"s{i}" for i in range(N)]) == {"s1": ["b", "c"], "s1199": ["b"]}
    assert store.samples.sources(["s1"]) == {"s1": "1"}
    found = store.samples.sources_at([1, 1199])
    assert sorted(found) == [
        (1, "s1", "1"), (1, "s1", "b"), (1, "s1", "c"), (1199, "s1199", "1199"),
        (1199, "s1199", "b"),
    ]  # fmt: skip


def test_all_sources_are_told_also_those_of_removed_samples(store: Store) -> None:
    store.sources.add([("s1", "b"), ("s0", "a")])
    store.removals.remove(["s0"], "owner", key="r")
    told = list(store.samples.every_source())
    assert told[:2] == [(0, "0"), (1, "1")]
    assert sorted(told[N:]) == [(0, "a"), (1, "b")]
    assert store.samples.sources_at([0]) == []


def test_of_a_row_the_newest_holds_and_nothing_is_written_twice(store: Store) -> None:
    assert store.details.columns() == {} and store.details.of(["s0"]) == {}
    rows: list[Detail] = [
        ("s0", "0", {"by": "ana", "n": 1}),
        ("s0", "9", {"by": "ben"}),
        ("s2", "2", {}),
    ]
    assert [store.details.add(rows), store.details.add(rows)] == [2, 0]
    assert store.details.add([("s0", "0", {"at": "\0 한국어"})]) == 1
    assert store.details.of(["s0", "s2"]) == {"s0": {"0": {"at": "\0 한국어"}, "9": {"by": "ben"}}}
    assert store.details.columns() == {"by": "text", "n": "int", "at": "text"}


def test_a_column_has_a_type_that_holds_all_its_values(store: Store) -> None:
    columns = {
        "int": (1, -2), "float": (1, 0.5), "bool": (True, False), "text": ("a", "b"),
        "mixed": (1, "b"), "truths": (1, True), "large": (1, 2**63),
    }  # fmt: skip
    for row in range(2):
        content = {name: values[row] for name, values in columns.items()}
        store.details.add([("s0", str(row), content)])
    assert store.details.columns() == {
        **{name: name for name in ("int", "float", "bool", "text")},
        **dict.fromkeys(("mixed", "truths", "large"), "text"),
    }
