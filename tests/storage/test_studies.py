"""Studies in the store: one at a time, and what it assigns stays."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import pytest

from dalt.core.records import Answer, Drawn, Sample, StudyDraw, Treatment
from dalt.storage.store import Store

HIDDEN = Treatment("none", "none")


@pytest.fixture
def store(new_place: Callable[[], Any]) -> Iterator[Store]:
    made = Store(new_place(), create=True)
    made.samples.add([Sample(f"s{i}", "text", f"row {i}") for i in range(6)])
    yield made
    made.close()


def draws(*numbers: int) -> list[StudyDraw]:
    return [StudyDraw(n, f"s{n}", HIDDEN) for n in numbers]


def test_one_study_runs_at_a_time(store: Store) -> None:
    assert store.studies.running() is None
    first = store.studies.start({"seed": 1}, "abc")
    assert first is not None and (first.study_id, first.hash) == (1, "abc")
    assert first.plan == {"seed": 1} and first.ended_at is None
    assert store.studies.start({"seed": 2}, "def") is None
    assert store.studies.running() == first
    ended = store.studies.end(1)
    assert ended.ended_at is not None and store.studies.running() is None
    assert store.studies.end(1) == ended, "it ended then, and not again"
    second = store.studies.start({"seed": 2}, "def")
    assert [each.study_id for each in store.studies.all()] == [1, 2]
    assert store.studies.running() == second


def test_assignments_continue_where_they_were(store: Store) -> None:
    store.studies.start({}, "abc")
    asked: list[int] = []

    def treat(first: int, new: Sequence[str]) -> list[StudyDraw]:
        asked.append(first)
        return [StudyDraw(first + i, each, HIDDEN) for i, each in enumerate(new)]

    made = store.studies.assign(1, "ana", ["s0", "s1"], treat)
    store.studies.assign(1, "ana", ["s2", "s3"], treat)
    assert asked == [0, 2] and made == draws(0, 1)
    assert [draw for _, draw in store.studies.draws(1, "ana")] == draws(0, 1, 2, 3)
    assert store.studies.draws(1, "ben") == []
    store.studies.assign(
        1, "ben", ["s5"], lambda first, _: [StudyDraw(first, "s5", Treatment(wrong="cat"))]
    )
    [(who, other)] = store.studies.draws(1, "ben")
    assert (who, other.treatment) == ("ben", Treatment("suggestions", None, "cat"))


def test_what_another_session_assigned_holds(store: Store) -> None:
    """Its leases were lost, so the annotator's other session gets the samples."""
    store.studies.start({}, "abc")
    store.studies.assign(1, "ana", ["s0", "s1"], lambda first, _: draws(0, 1))
    asked: list[tuple[int, list[str]]] = []

    def treat(first: int, new: Sequence[str]) -> list[StudyDraw]:
        asked.append((first, list(new)))
        return [StudyDraw(first, each, Treatment()) for each in new]

    made = store.studies.assign(1, "ana", ["s2", "s1"], treat)
    assert asked == [(2, ["s2"])]
    assert made == [*draws(1), StudyDraw(2, "s2", Treatment())], "former ones first, as assigned"
    assert store.studies.assign(1, "ana", ["s0", "s1"], treat) == draws(0, 1)
    assert len(asked) == 1, "nothing was left to share out"


def drawn_of(made: list[StudyDraw], first: int, ids: Sequence[str]) -> list[StudyDraw]:
    return [each for each in made if each.sample_id in ids]


def test_the_newest_study_says_how_a_sample_is_treated(store: Store) -> None:
    for treatment in (HIDDEN, Treatment("order", "order")):
        study = store.studies.start({}, "abc")
        assert study is not None
        for who, ids in (("ana", ["s0"]), ("ben", ["s0", "s1"])):
            made = [StudyDraw(n, each, treatment) for n, each in enumerate(ids)]
            store.studies.assign(study.study_id, who, ids, partial(drawn_of, made))
        store.studies.end(study.study_id)
    store.studies.start({}, "abc")
    store.studies.assign(3, "ana", ["s2"], lambda first, _: [StudyDraw(first, "s2", HIDDEN)])
    assert store.studies.treatments("ana") == {"s0": Treatment("order", "order"), "s2": HIDDEN}
    assert store.studies.treatments("cem") == {}


def test_what_was_drawn_names_the_study_and_the_block(store: Store) -> None:
    for plan in ({"plan": {"block": 2}}, {}):
        study = store.studies.start(plan, "abc")
        assert study is not None
        made = [StudyDraw(n, f"s{n}", Treatment("order", "order", "cat")) for n in (2, 3, 4)]
        ids = ["s2", "s3", "s4"][study.study_id - 1 :]
        store.studies.assign(study.study_id, "ana", ids, partial(drawn_of, made))
        store.studies.end(study.study_id)
    assert store.studies.drawn() == {
        ("ana", "s2"): Drawn(1, 1, "cat"),
        ("ana", "s3"): Drawn(2, None, "cat"),
        ("ana", "s4"): Drawn(2, None, "cat"),
    }


def test_what_nobody_was_shown_is_given_back(store: Store) -> None:
    store.studies.start({}, "abc")
    store.studies.assign(1, "ana", ["s0", "s1", "s2"], lambda first, _: draws(0, 1, 2))
    for session, wanted in (("sitting", [0, 1]), ("elsewhere", [2])):
        for position in wanted:
            claim = store.leases.claim(
                "ana", session, candidates=[position], uniform=False, uniform_share=0.0, seconds=60
            )
            assert claim is not None and claim.sample.id == f"s{position}"
    store.answers.record(Answer("label", "s1", "cat", "ana", "sitting", "key", arm="none"))
    store.answers.undo("ana", "sitting", key="undo", seconds=60)
    store.studies.end(1)
    given_back = store.studies.give_back(1, "ana", "sitting", ["s0", "s1", "s2"])
    assert given_back == ["s0"], "the others were answered once, or are in another session"
    assert [each.sample_id for _, each in store.studies.draws(1)] == ["s1", "s2"]
    n_open, n_held = store.leases.available("ana")
    assert (n_open, n_held) == (5, 1), "only the other session holds its sample"


def test_a_study_that_has_ended_assigns_nothing(store: Store) -> None:
    store.studies.start({}, "abc")
    store.studies.end(1)
    assert store.studies.assign(1, "ana", ["s0"], lambda first, _: draws(first)) == []
    assert store.studies.draws(1) == []


def test_labels_of_samples_that_count_are_counted(store: Store) -> None:
    store.studies.start({}, "abc")
    warm_up = StudyDraw(2, "s2", Treatment("none", None))
    store.studies.assign(
        1, "ana", ["s0", "s1", "s2", "s3"], lambda first, _: [*draws(0, 1, 3), warm_up]
    )
    for sample_id, who, kind, arm in (
        ("s0", "ana", "label", "none"),
        ("s1", "ana", "skip", "none"),
        ("s2", "ana", "label", None),
        ("s0", "ben", "label", "none"),
        ("s3", "ana", "label", None),  # drawn, but answered in blind mode or before suggestions
    ):
        label = "cat" if kind == "label" else None
        key = f"{who}{sample_id}"
        store.answers.record(Answer(kind, sample_id, label, who, "sitting", key, arm=arm))  # type: ignore[arg-type]
    assert store.studies.n_labels(1) == 1
    store.answers.record(Answer("label", "s0", "dog", "ana", "script", "again"))
    assert store.studies.n_labels(1) == 1, "its first answer has the arm"
    store.answers.record(Answer("label", "s3", "dog", "ana", "sitting", "later", arm="none"))
    assert store.studies.n_labels(1) == 1, "its first answer has none"


def test_an_event_keeps_its_arm_also_when_it_is_redone(store: Store) -> None:
    said = Answer("label", "s0", "cat", "ana", "sitting", "key", arm="none")
    assert store.answers.record(said).arm == "none"
    store.answers.undo("ana", "sitting", key="u", seconds=60)
    [redone] = store.answers.redo("ana", "sitting", key="r")
    assert redone.arm == "none"
