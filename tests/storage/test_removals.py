"""Samples taken out of the store and back in, on SQLite and on PostgreSQL."""

from __future__ import annotations

from pathlib import Path

import pytest
from stores import NewPlace, answer, claim, current, samples

from dalt.core.records import Sample, UnknownSample
from dalt.storage.store import Store, move

IDS = [each.id for each in samples(10)]


def test_removing_frees_leases_and_forgets_answers_and_decisions(store: Store) -> None:
    held = claim(store)
    assert held is not None
    label, other = [each for each in IDS if each != held.sample.id][-2:]
    store.answers.record(answer(label, "cat", "k1"))
    store.answers.record(answer(label, "dog", "k2", "bob"))
    store.answers.record(answer(other, None, "k3"))
    store.adjudications.decide({label: "cat"}, "gold", "owner", "s", key="gold")
    gone = [held.sample.id, label, other]
    assert sorted(store.removals.remove(gone, "owner", key="r")) == sorted(gone)
    assert current(store) == {} and store.adjudications.decisions() == []
    assert store.answers.n_skipped() == 0
    counts = store.samples.counts()
    assert (counts.samples, counts.labelled, counts.leased, counts.removed) == (7, 0, 0, 3)
    assert store.leases.available("bob") == (7, 0)
    assert [store.samples.open_mask()[IDS.index(each)] for each in gone] == [False] * 3
    assert [store.leases.free("eva")[IDS.index(each)] for each in gone] == [False] * 3
    assert store.samples.known(IDS) == set(IDS) - set(gone)
    assert store.samples.sources_at([IDS.index(label)]) == []
    assert store.removals.remove(gone, "owner", key="again") == []


def test_restoring_makes_everything_from_the_events_again(store: Store) -> None:
    for number, person in enumerate(("ana", "bob")):
        store.answers.record(answer(IDS[1], ("cat", "dog")[number], f"k{number}", person))
    store.adjudications.decide({IDS[1]: "cat"}, "adjudicate", "owner", "s", key="d")
    store.answers.record(answer(IDS[2], None, "skipped"))
    before = (current(store), store.adjudications.decisions(), store.samples.states())
    store.removals.remove(IDS[1:4], "owner", key="r")
    assert store.removals.restore(IDS, "owner", key="b") == IDS[1:4]
    assert (current(store), store.adjudications.decisions(), store.samples.states()) == before
    assert [event.kind for event in store.events.all()][-6:] == ["remove"] * 3 + ["restore"] * 3
    assert store.answers.n_skipped() == 1


def test_a_resend_after_the_removal_is_acknowledged(store: Store) -> None:
    first = store.answers.record(answer(IDS[0], "cat", "k"))
    store.removals.remove(IDS[:1], "owner", key="r")
    assert store.answers.record(answer(IDS[0], "cat", "k")) == first
    assert store.answers.record_page([answer(IDS[0], "cat", "k")]) == [first]
    assert current(store) == {}


def test_an_answer_to_a_removed_sample_is_refused_by_name(store: Store) -> None:
    store.removals.remove(IDS[:1], "owner", key="r")
    with pytest.raises(UnknownSample, match=r"'s0000' \('0.png'\) was removed.*restore"):
        store.answers.record(answer(IDS[0], "cat", "k"))
    for refused in (store.samples.get, lambda each: store.samples.positions([each])):
        with pytest.raises(UnknownSample, match="was removed"):
            refused(IDS[0])
    with pytest.raises(UnknownSample, match="There is no sample 'nope'"):
        store.removals.remove(["nope"], "owner", key="n")


def test_a_moved_store_has_removed_samples(store: Store, new_place: NewPlace) -> None:
    store.answers.record(answer(IDS[0], "cat", "k"))
    store.removals.remove(IDS[:2], "owner", key="r")
    store.close()
    target = new_place()
    with move(store.place, target, lambda *_: None):
        pass
    with_removed = Store(target)
    assert with_removed.removals.positions() == [0, 1]
    assert with_removed.removals.restore(IDS[:1], "owner", key="b") == IDS[:1]
    assert current(with_removed) == {(IDS[0], "ana"): "cat"}
    with_removed.close()


def test_moving_changes_the_place_and_nothing_else(store: Store) -> None:
    store.answers.record(answer(IDS[0], "cat", "k"))
    moved = Sample(IDS[0], "image", "there/0.png", location={"path": "there/0.png"})
    assert store.samples.move([moved, Sample("nope", "image", "x")]) == 1
    found = store.samples.get(IDS[0])
    assert (found.source, found.location, found.position) == (
        "there/0.png", {"path": "there/0.png"}, 0,
    )  # fmt: skip
    assert current(store) == {(IDS[0], "ana"): "cat"}


def test_many_at_once(path: Path) -> None:
    store = Store(path, create=True)
    many = [Sample(f"m{i:05}", "text", str(i)) for i in range(2_500)]
    store.samples.add(many)
    ids = [each.id for each in many]
    assert len(store.removals.remove(ids[:2_300], "owner", key="r")) == 2_300
    assert store.samples.counts().samples == 200
    assert len(store.removals.restore(ids, "owner", key="b")) == 2_300
    store.close()
