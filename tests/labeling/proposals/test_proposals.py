"""Whether proposed regions are kept: the numbers alone, and through the session."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from assignments import assigned
from comms import deliver

import dalt
from dalt.core.records import Answer, Region, Sample, Suggestion
from dalt.labeling.proposals.precision import CONFIDENCE, LEAST, earned, kept, newest
from dalt.labeling.quality.accuracy import wilson
from dalt.storage.store import Store


def box(left: float, top: float, right: float, bottom: float, label: str = "cat") -> Region:
    return Region("box", label, ((left, top), (right, bottom)))


def polygon(*points: tuple[float, float]) -> Region:
    return Region("polygon", "cat", points)


SQUARE = polygon((0, 0), (10, 0), (10, 10), (0, 10))
TRIANGLE = polygon((0, 0), (10, 0), (0, 10))
# In the bounds of the square, and a quarter of it.
HOOK = polygon((0, 0), (10, 0), (10, 1.25), (1.25, 1.25), (1.25, 10), (0, 10))


@pytest.mark.parametrize(
    ("proposed", "answered", "reach", "expected"),
    [
        (box(0, 0, 10, 10), box(0, 0, 10, 10), 0, True),
        (box(0, 0, 10, 10), box(0, 0, 10, 5), 0, True),  # by half exactly
        (box(0, 0, 10, 10), box(0, 0, 10, 4.9), 0, False),
        (box(0, 0, 10, 10), box(0, 0, 10, 10, "dog"), 0, False),
        (box(0, 0, 10, 10), box(20, 0, 30, 10), 0, False),
        (SQUARE, SQUARE, 0, True),
        (SQUARE, polygon((0, 0), (10, 0), (10, 10), (0, 10), (0, 5)), 0, True),
        (SQUARE, polygon((0, 0), (9, 0), (0, 9)), 0, False),  # 40 %
        (TRIANGLE, polygon((10, 0), (10, 10), (0, 10)), 0, False),  # the same bounds
        (SQUARE, HOOK, 0, False),
        (HOOK, HOOK, 0, True),
        (Region("point", "cat", ((5, 5),)), Region("point", "cat", ((8, 9),)), 5, True),
        (Region("point", "cat", ((5, 5),)), Region("point", "cat", ((8, 9.01),)), 5, False),
        (Region("point", "cat", ((5, 5),)), Region("point", "cat", ((5, 5),)), 0, True),
        (Region("point", "cat", ((5, 5),)), Region("point", "cat", ((5, 6),)), 0, False),
        (Region("span", "cat", (), 2, 5), Region("span", "cat", (), 2, 5), 0, True),
        (Region("span", "cat", (), 2, 5), Region("span", "cat", (), 2, 6), 0, False),
        (Region("span", "cat", (), 2, 5), Region("span", "dog", (), 2, 5), 0, False),
    ],
)
def test_a_proposal_is_kept_where_the_answer_has_its_like(
    proposed: Region, answered: Region, reach: float, expected: bool
) -> None:
    assert kept([proposed], [answered], reach) == (expected,)
    assert kept([answered], [proposed], reach) == (expected,)


def test_one_region_keeps_one_proposal_the_likest() -> None:
    proposed = [box(0, 0, 10, 8), box(0, 0, 10, 10), box(40, 40, 50, 50)]
    assert kept(proposed, [box(0, 0, 10, 10)]) == (False, True, False)
    assert kept(proposed, []) == (False, False, False)
    assert kept([], proposed) == ()


def test_only_the_newest_fifty_are_counted() -> None:
    assert newest([]) == (0, 0)
    assert newest([(True,) * 30, (False,) * 30]) == (30, 50)
    assert newest([(True,) * 50, (False,) * 30]) == (50, 50)
    assert newest([(False,) * 60]) == (0, 50)
    assert newest([(True, False)] * 7) == (7, 14)


@pytest.mark.parametrize(
    ("n", "least"),
    # Of so few, so many: by Wilson's formula, worked out by hand.
    [(4, None), (5, 5), (10, 9), (20, 16), (50, 36)],
)
def test_the_lower_end_of_the_interval_decides(n: int, least: int | None) -> None:
    found = [k for k in range(n + 1) if earned(wilson(k, n, CONFIDENCE))]
    assert found == ([] if least is None else [*range(least, n + 1)])
    if least:
        z = 1.6448536
        for k, right in ((least, True), (least - 1, False)):
            share, shrink = k / n, 1 + z * z / n
            half = z / shrink * (share * (1 - share) / n + z * z / (4 * n * n)) ** 0.5
            low = (share + z * z / (2 * n)) / shrink - half
            assert (low >= LEAST) is right
    assert not earned(None)


# --- through the session --------------------------------------------------------------------

Say = Callable[..., Any]


@pytest.fixture
def project(tmp_path: Path) -> dalt.Project:
    made = dalt.Project.create(tmp_path / "p.dalt", classes=["cat", "dog"], task="boxes")
    random = np.random.default_rng(0)
    made.add_images(random.integers(0, 255, (40, 40, 60), np.uint8), progress=False)
    return made


def say(session: Any, proposed: Any, answered: Any, key: str, sample_id: str | None = None) -> str:
    if sample_id is None:
        assignment = session.next()
        assert assignment is not None
        sample_id = str(assignment.sample.id)
    session.answer(sample_id, answered, key=key, suggestion=Suggestion(), proposed=proposed)
    return sample_id


THERE = [box(1, 1, 9, 9), box(20, 20, 30, 30, "dog")]


def test_what_people_did_with_proposals_earns_and_loses_enter(project: dalt.Project) -> None:
    with project, project.session("ana") as ana, project.session("ben") as ben:
        assert ana.proposal_precision() is None and not ana.submits_proposals
        say(ana, None, THERE, "no page was looked at")
        say(ana, [], THERE, "nothing was proposed")
        assert ana.proposal_precision() is None
        for at in range(3):
            say(ana, THERE, THERE, f"ana {at}")
        for session in (ana, ben):  # the same for all
            precision = session.proposal_precision()
            assert precision is not None and (precision.n, precision.value) == (6, 1.0)
            assert session.submits_proposals
            standing = session.standing()
            assert standing.submits_proposals and standing.proposals == precision
        for at in range(2):
            say(ben, THERE, [], f"ben {at}")
        precision = ana.proposal_precision()
        assert precision is not None and (precision.n, precision.value) == (10, 0.6)
        assert not ana.submits_proposals and not ben.standing().submits_proposals
        ben.undo()
        ben.undo()
        assert bool(ana.submits_proposals)  # mypy holds on to what was asserted before
        ben.redo()
        assert ana.proposal_precision() == wilson(6, 8, CONFIDENCE)


def test_it_survives_a_restart_and_old_answers_fade(project: dalt.Project, tmp_path: Path) -> None:
    with project, project.session("ana") as session:
        for at in range(4):
            say(session, THERE, [], f"bad {at}")
        for at in range(20):
            say(session, THERE, THERE, f"good {at}")
        assert session.proposal_precision() == wilson(42 - 2, 48, CONFIDENCE)
    with dalt.Project.open(tmp_path / "p.dalt") as again, again.session("ben") as session:
        assert session.proposal_precision() == wilson(40, 48, CONFIDENCE)
        assert session.submits_proposals
        for at in range(5):
            say(session, THERE, THERE, f"more {at}")
        assert session.proposal_precision() == wilson(50, 50, CONFIDENCE)


def test_skips_blind_answers_and_those_replaced_do_not_count(project: dalt.Project) -> None:
    with project, project.session("ana") as session:
        say(session, THERE, None, "a skip")
        sample_id = say(session, THERE, [], "at first")
        assert session.proposal_precision() == wilson(0, 2, CONFIDENCE)
        say(session, THERE, THERE, "anew", sample_id)
        assert session.proposal_precision() == wilson(2, 2, CONFIDENCE)
        say(session, [], THERE, "opened again: nothing was proposed", sample_id)
        assert session.proposal_precision() is None


def test_a_renamed_class_is_the_same_class(project: dalt.Project) -> None:
    with project, project.session("ana") as session:
        say(session, THERE, THERE, "before")
        project.rename_class("cat", "Cat")
        say(session, THERE, [box(1, 1, 9, 9, "Cat"), THERE[1]], "named by a page of before")
        assert session.proposal_precision() == wilson(4, 4, CONFIDENCE)


def test_points_may_be_as_far_off_as_the_picture_is_large(tmp_path: Path) -> None:
    with dalt.Project.create(tmp_path / "p.dalt", classes=["eye"], task="points") as project:
        [sample_id] = project.add_images(np.zeros((1, 100, 200), np.uint8), progress=False)
        with project.session("ana") as session:
            for at, (x, n) in enumerate([(56, 1), (56.1, 0)]):
                near = Region("point", "eye", ((x, 50),))
                say(session, [Region("point", "eye", ((50, 50),))], [near], str(at), sample_id)
                assert session.proposal_precision() == wilson(n, 1, CONFIDENCE)


def test_where_samples_have_classes_nothing_is_earned(tmp_path: Path) -> None:
    with dalt.Project.create(tmp_path / "p.dalt", classes=["a", "b"]) as project:
        project.add_texts(["one", "two"], progress=False)
        with project.session("ana") as session:
            session.submit(assigned(session), "a")
            assert session.proposal_precision() is None
            assert session.standing().proposals is None


# --- what a page is told --------------------------------------------------------------------


def test_a_page_is_told_with_each_sample_and_those_that_wait_follow(project: dalt.Project) -> None:
    heard: list[dict[str, Any]] = []
    refreshed = threading.Event()
    page = project.label("ana", ahead=2)

    def hear(content: dict[str, Any], _buffers: Any = None) -> None:
        heard.append(content)
        if content["type"] == "refresh" and content["standing"]["submits_proposals"]:
            refreshed.set()

    page.send = hear

    def told(content: dict[str, Any]) -> dict[str, bool]:
        heard.clear()
        deliver(page.comm, content)
        [message] = [each for each in heard if each["type"] == "samples"]
        return {each["id"]: each["submits_proposals"] for each in message["samples"]}

    held = told({"type": "ready", "page": "p", "held": []})
    assert list(held.values()) == [False, False]
    first, second = held
    regions = [each.to_json() for each in [*THERE, box(40, 2, 50, 9), box(40, 20, 50, 30)]]
    more = {"label": regions, "proposed": regions, "suggestion": None}
    one = {"type": "answer", "key": "1", "sample_id": first, "page": "p", **more}
    assert list(told(one).values()) == [False]  # four of four
    two = {"type": "answer", "key": "2", "sample_id": second, "page": "p", **more}
    assert list(told(two).values()) == [True]
    assert refreshed.wait(60)
    *_, message = [each for each in heard if each["type"] == "refresh"]
    assert [each["submits_proposals"] for each in message["suggestions"].values()] == [True] * 2
    assert message["standing"]["proposals"]["n"] == 8
    page.close()
    project.close()


# --- in the database ------------------------------------------------------------------------


def answer(sample_id: str, key: str, suggested: Any, **more: Any) -> Answer:
    values = {"kind": "label", "label": (box(0, 0, 5, 5),), "annotator": "ana", "session": "s"}
    return Answer(sample_id=sample_id, key=key, suggested=suggested, **{**values, **more})


def test_answers_to_proposals_are_found_newest_first(new_place: Callable[[], Any]) -> None:
    store = Store(new_place(), create=True)
    store.samples.add([Sample(f"s{n}", "image", f"{n}.png", n) for n in range(8)])
    proposals = (box(0, 0, 5, 5), box(7, 7, 9, 9))
    store.answers.record(answer("s0", "first", proposals))
    store.answers.record(answer("s1", "nothing proposed", ()))
    store.answers.record(answer("s2", "no page", None))
    store.answers.record(answer("s3", "blind", proposals, mode="blind"))
    store.answers.record(answer("s4", "skip", proposals, kind="skip", label=None))
    store.answers.record(answer("s5", "of somebody else", proposals[:1], annotator="ben", label=()))
    store.answers.record(answer("s0", "of a second person", proposals, annotator="ben"))
    store.answers.record(answer("s6", "taken back", proposals))
    store.answers.undo("ana", "s", key="undo", seconds=60)
    found = store.events.newest_proposed(50)
    assert [each.key for each in found] == ["of a second person", "of somebody else", "first"]
    assert found[1].suggested == proposals[:1] and found[1].label == ()
    assert [each.key for each in store.events.newest_proposed(1)] == ["of a second person"]
    store.answers.redo("ana", "s", key="redo")
    assert store.events.newest_proposed(1)[0].sample_id == "s6"
    store.close()


def test_a_long_history_is_not_searched(
    new_place: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dalt.storage.events.LOOKED_BACK", 20)
    store = Store(new_place(), create=True)
    store.samples.add([Sample("s", "image", "s.png", 0), Sample("t", "image", "t.png", 1)])
    store.answers.record(answer("s", "proposed", (box(0, 0, 5, 5),)))
    store.answers.record_page([answer("t", f"{n}", None) for n in range(19)])
    assert len(store.events.newest_proposed(50)) == 1
    store.answers.record(answer("t", "one more", None))
    assert store.events.newest_proposed(50) == []
    store.close()
