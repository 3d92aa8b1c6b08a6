"""Sources of suggestions and their votes, in every database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from former_schema import make_former

from dalt.core.records import Answer, Sample
from dalt.core.suggesters import Voted
from dalt.storage import suggesters
from dalt.storage.store import Store

CAT = {"cat": 1.0}


@pytest.fixture
def store(new_place: Callable[[], Any]) -> Iterator[Store]:
    with closing(Store(new_place(), create=True)) as made:
        made.samples.add([Sample(f"s{n}", "text", f"row {n}") for n in range(6)])
        yield made


def said(store: Store, after: int = 0) -> list[tuple[int, Any]]:
    return [
        (each.position, each.content) for part in store.suggesters.votes(after) for each in part
    ]


def test_votes_come_back_in_their_order(store: Store) -> None:
    rules = store.suggesters.put("rules", "file", "1").suggester_id
    assert store.suggesters.vote(rules, {"s3": CAT, "s0": None}, "1") == Voted(new=2)
    assert store.suggesters.vote(rules, {"s3": {"dog": 0.5}}, "1") == Voted(replaced=1)
    assert said(store) == [(3, CAT), (0, None), (3, {"dog": 0.5})]
    newest = store.suggesters.mark()[0]
    assert said(store, after=newest - 1) == [(3, {"dog": 0.5})]
    assert store.suggesters.counts() == {rules: 1}, "what says nothing does not count"


def test_the_same_votes_again_change_nothing(store: Store) -> None:
    rules = store.suggesters.put("rules", "file", "1").suggester_id
    store.suggesters.vote(rules, {"s1": CAT, "s2": None}, "1")
    mark = store.suggesters.mark()
    assert store.suggesters.vote(rules, {"s1": CAT, "s2": None}, "1") == Voted(unchanged=2)
    assert store.suggesters.mark() == mark


def test_the_mark_grows_when_a_source_comes_or_goes(store: Store) -> None:
    marks = [store.suggesters.mark()]
    store.suggesters.put("rules", "file", "1")
    marks.append(store.suggesters.mark())
    assert store.suggesters.remove("rules") and not store.suggesters.remove("rules")
    marks.append(store.suggesters.mark())
    store.suggesters.put("rules", "live", "1")
    marks.append(store.suggesters.mark())
    assert marks == sorted(set(marks))


def test_a_removed_source_keeps_its_votes_and_gets_no_others(store: Store) -> None:
    former = store.suggesters.put("rules", "file", "1").suggester_id
    store.suggesters.vote(former, {"s1": CAT}, "1")
    store.suggesters.remove("rules")
    assert store.suggesters.vote(former, {"s2": CAT}, "1") == Voted()
    again = store.suggesters.put("rules", "file", "1").suggester_id
    assert again != former and store.suggesters.counts().get(again) is None
    assert [each.suggester_id for each in store.suggesters.all()] == [again]
    assert [each.suggester_id for each in store.suggesters.all(removed=True)] == [former, again]
    assert said(store) == [(1, CAT)]


def test_samples_that_are_not_in_the_pool_get_no_votes(store: Store) -> None:
    rules = store.suggesters.put("rules", "file", "1").suggester_id
    store.suggesters.vote(rules, {"s4": CAT}, "1")
    store.removals.remove(["s4", "s5"], "owner", key="r")
    assert store.suggesters.vote(rules, {"s5": CAT, "nobody": CAT}, "1") == Voted()
    assert store.suggesters.counts() == {}
    store.removals.restore(["s4"], "owner", key="b")
    assert store.suggesters.counts() == {rules: 1}


def test_votes_that_may_know_a_label_say_so(store: Store) -> None:
    store.answers.record(Answer("label", "s0", "cat", "ana", "a", "k0"))
    rules = store.suggesters.put("rules", "file", "1").suggester_id
    store.suggesters.vote(rules, {"s0": CAT, "s1": CAT, "s2": CAT}, "1", informed=True, knew=["s1"])
    [part] = store.suggesters.votes()
    assert [each.knew for each in part] == [True, True, False]
    assert store.suggesters.on(["s0", "s2"]) == {rules: {"s0": None, "s2": CAT}}


def test_what_a_version_was_asked_about(store: Store) -> None:
    rules = store.suggesters.put("rules", "live", "1").suggester_id
    store.suggesters.vote(rules, {"s0": CAT, "s1": None}, "1")
    store.suggesters.renew(rules, "2")
    store.suggesters.vote(rules, {"s1": None}, "2")
    assert store.suggesters.asked(rules, "1").tolist() == [0]
    assert store.suggesters.asked(rules, "2").tolist() == [1]


def test_events_keep_which_sources_were_on_screen(store: Store) -> None:
    answer = Answer("label", "s0", "cat", "ana", "a", "k0", suggesters=("rules", "모델"))
    assert store.answers.record(answer).suggesters == ("rules", "모델")
    store.answers.undo("ana", "a", key="u", seconds=60.0)
    [again] = store.answers.redo("ana", "a", key="r")
    assert again.suggesters == ("rules", "모델")
    plain = Answer("label", "s1", "cat", "ana", "a", "k1")
    assert store.answers.record(plain).suggesters == ()


def test_a_database_of_schema_12_gets_sources(tmp_path: Path) -> None:
    path = tmp_path / "labels.db"
    with closing(Store(path, create=True)) as store:
        store.samples.add([Sample("s0", "text", "row 0")])
        store.answers.record(Answer("label", "s0", "cat", "ana", "a", "k0"))
    make_former(path, 12)
    with closing(Store(path)) as store:
        assert [each.suggesters for each in store.events.all()] == [()]
        rules = store.suggesters.put("rules", "file", "1").suggester_id
        assert store.suggesters.vote(rules, {"s0": CAT}, "1") == Voted(new=1)


def test_what_a_former_version_says_late_replaces_nothing(store: Store) -> None:
    rules = store.suggesters.put("rules", "live", "1").suggester_id
    store.suggesters.put("rules", "live", "2")
    store.suggesters.vote(rules, {"s0": CAT}, "2")
    assert store.suggesters.vote(rules, {"s0": {"dog": 1.0}, "s1": CAT}, "1") == Voted()
    assert said(store) == [(0, CAT)]


def test_a_removed_source_is_not_renewed(store: Store) -> None:
    rules = store.suggesters.put("rules", "live", "1").suggester_id
    assert store.suggesters.renew(rules, "2").version == "2"  # type: ignore[union-attr]
    store.suggesters.remove("rules")
    assert store.suggesters.renew(rules, "3") is None and store.suggesters.all() == []


def test_that_a_source_had_known_labels_can_be_said_afterwards(store: Store) -> None:
    store.answers.record(Answer("label", "s0", "cat", "ana", "a", "k0"))
    rules = store.suggesters.put("rules", "file", "1").suggester_id
    votes = {"s0": CAT, "s1": CAT}
    store.suggesters.vote(rules, votes, "1")
    store.answers.record(Answer("label", "s1", "cat", "ana", "a", "k1"))
    assert store.suggesters.vote(rules, votes, "1", informed=True) == Voted(replaced=1, unchanged=1)
    later = "a label that came after the vote judges it"
    assert store.suggesters.on(["s0", "s1"]) == {rules: {"s0": None, "s1": CAT}}, later
    assert store.suggesters.vote(rules, votes, "1", informed=True) == Voted(unchanged=2)
    assert store.suggesters.vote(rules, votes, "1") == Voted(unchanged=2), "it is not forgotten"


def test_votes_on_a_class_that_is_removed_are_forgotten(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(suggesters, "VOTES_AT_ONCE", 2)
    rules = store.suggesters.put("rules", "file", "1").suggester_id
    given = {"s0": CAT, "s1": {"cat": 0.6, "dog": 0.4}, "s2": {"dog": 1.0}, "s3": None, "s4": CAT}
    store.suggesters.vote(rules, given, "1", knew=["s1"])
    store.suggesters.vote(rules, {"s4": {"dog": 0.5}}, "1")
    assert store.suggesters.forget(["cat", "Cat"]) == 2
    assert store.suggesters.on([f"s{n}" for n in range(5)]) == {
        rules: {"s0": None, "s1": None, "s2": {"dog": 1.0}, "s3": None, "s4": {"dog": 0.5}}
    }
    assert said(store)[-2:] == [(0, None), (1, {"dog": 0.4})]
    assert store.suggesters.forget(["cat"]) == 0
    assert store.suggesters.counts() == {rules: 3}
