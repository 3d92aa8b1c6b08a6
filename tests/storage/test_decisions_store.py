"""Decisions in the store, on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from dalt.core.records import Answer, Sample, UnknownSample
from dalt.storage.databases import Place
from dalt.storage.store import Store


@pytest.fixture
def store(new_place: Callable[[], Place]) -> Iterator[Store]:
    made = Store(new_place(), create=True, seed=3)
    made.samples.add([Sample(f"s{i}", "text", f"{i}") for i in range(8)])
    yield made
    made.close()


def test_decisions_close_and_open_samples(store: Store) -> None:
    first = store.adjudications.decide({"s0": "a", "s1": "b"}, "gold", "eva", "one", key="k")
    assert (
        store.adjudications.decide({"s0": "a", "s1": "b"}, "gold", "eva", "one", key="k") == first
    )
    store.adjudications.decide({"s2": "a"}, "adjudicate", "eva", "one", key="l")
    assert store.samples.counts().labelled == 3
    learned = store.labels.label_set(["a", "b"])
    assert learned.positions.tolist() == [2], "gold is not learned"
    undone = store.adjudications.undo("eva", "one", key="u")
    assert undone is not None and undone.sample_id == "s2"
    store.adjudications.decide({"s0": None}, "gold", "eva", "one", key="m")
    assert [each.sample_id for each in store.adjudications.decisions()] == ["s1"]
    assert store.samples.counts().labelled == 1
    assert store.events.last_seen().keys() == {"eva"}


def test_all_are_decided_or_none(store: Store) -> None:
    with pytest.raises(UnknownSample):
        store.adjudications.decide({"s0": "a", "nowhere": "a"}, "gold", "eva", "one", key="k")
    assert store.adjudications.decisions() == [] and store.events.newest_id() == 0


def test_gold_is_held_by_several_at_once_and_by_nobody_twice(store: Store) -> None:
    store.adjudications.decide({f"s{i}": "a" for i in range(3)}, "gold", "eva", "one", key="k")
    for name in ("ana", "ben"):
        seen = set()
        for _ in range(3):
            claim = store.adjudications.claim_gold(name, name, pick=0.5, share=0.1, seconds=60)
            assert claim is not None and claim.draw is not None and claim.draw.kind == "gold"
            seen.add(claim.sample.id)
        assert seen == {"s0", "s1", "s2"}
        assert store.adjudications.claim_gold(name, name, pick=0.5, share=0.1, seconds=60) is None
    event = store.answers.record(Answer("label", "s1", "b", "ben", "ben", "answer"))
    assert event.draw == "gold", "the lease remembers it"
    store.leases.release("ben")
    assert store.adjudications.n_gold_left("ben") == 2
    assert store.samples.counts().labelled == 3 and store.samples.counts().open == 5
