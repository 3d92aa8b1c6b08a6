"""A study that compares verifying by the page with labelling one by one, through its pages."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from page_turns import KNOWN, N, Person, begun, events_of, ids_on, teach
from two_classes import ids_of

import dalt


@pytest.fixture(scope="module")
def taught(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return teach(tmp_path_factory.mktemp("taught") / "two.dalt")


@pytest.fixture
def project(taught: Path, tmp_path: Path) -> Iterator[dalt.Project]:
    """A copy of it, which learns nothing more."""
    with dalt.Project.open(shutil.copytree(taught, tmp_path / "two.dalt"), thin=True) as made:
        yield made


def test_blocks_are_pages_or_single_samples_as_assigned(project: dalt.Project) -> None:
    study = begun(project)
    ana = Person(project)
    ana.answer(8)  # two groups: of each a page and three samples
    events = events_of(project)
    assert len(events) == 12
    assert events.arm.tolist() == [study.assignment("ana", n).arm for n in range(12)]
    assert [len(each) for each in ana.seen if len(each) > 1] == [3, 3]
    paged = events[events.arm == "verify"]
    assert set(paged["mode"]) == {"verify"}
    assert set(paged.active_seconds) == {1.0}, "the time of a page is shared among its samples"
    single = events[events.arm == "suggestions"]
    assert set(single["mode"]) == {"single"} and set(single.active_seconds) == {2.0}
    assert set(events.draw) == {"verify"}, "all are samples that pages take"
    running = project.study()
    assert running is not None and running.n_labels == 12


def test_samples_of_a_group_are_of_one_class_and_equally_sure(project: dalt.Project) -> None:
    begun(project)
    Person(project).answer(8)
    events = events_of(project)
    assert len(events) == 12
    for _, group in events.groupby(np.arange(12) // 6):
        assert group.suggested.nunique() == 1
        assert (group.probability >= 0.7).all()
        arms = group.groupby("arm").probability.mean()
        assert abs(arms["verify"] - arms["suggestions"]) < 0.05


def test_the_page_knows_that_nobody_chooses(project: dalt.Project) -> None:
    page = Person(project).page
    assert page.last("setup")["by_page"] and not page.last("setup")["by_turns"]
    begun(project)
    setup = Person(project, "cem").page.last("setup")
    assert setup["by_turns"] and not setup["by_page"] and not setup["hides_some"]
    project.end_study()
    assert not Person(project, "dan").page.last("setup")["by_turns"]


def test_pages_against_nothing_suggested(project: dalt.Project) -> None:
    begun(project, "none", "verify")
    Person(project).answer(8)
    events = events_of(project)
    hidden = events[events.arm == "none"]
    assert set(hidden["mode"]) == {"blind"} and hidden.suggested.isna().all()
    assert hidden.probability.notna().all()
    assert set(events[events.arm == "verify"]["mode"]) == {"verify"}


def test_where_the_model_is_not_sure_of_enough_nothing_counts(project: dalt.Project) -> None:
    """Sixty rows hold no group of forty of one class."""
    begun(project, block=20)
    ana = Person(project)
    ana.answer(7)
    events = events_of(project)
    assert len(events) == 7 and events.arm.isna().all() and set(events["mode"]) == {"single"}
    assert set(events.draw) != {"verify"}


def test_everything_is_labelled_in_the_end(project: dalt.Project) -> None:
    begun(project, block=5)
    ana = Person(project)
    ana.answer(N)
    assert len(events_of(project)) == N - len(KNOWN)
    assert ana.page.last("samples")["done"]


def test_a_page_that_is_loaded_anew_keeps_what_was_assigned(project: dalt.Project) -> None:
    begun(project)
    first = Person(project)
    [page, *_] = first.open("pages")
    before = {each["id"] for each in page["samples"]}
    first.page.widget.close()
    again = Person(project)
    again.answer(60)
    arms = events_of(project).set_index("sample_id").arm
    assert set(arms[list(before)]) == {"verify"}
    running = project.study()
    assert running is not None and running.n_labels > 30


def test_the_browser_that_lost_a_message_gets_it_again(project: dalt.Project) -> None:
    begun(project)
    ana = Person(project)
    [page, *_] = ana.open("pages")
    ana.page.heard.clear()
    ana.page.send("more", held=[])
    assert next(each["id"] for each in ana.open("pages")) == page["id"]
    types = [
        message["type"] for message in ana.page.heard if message["type"] in ("pages", "samples")
    ]
    paged = "samples" in (ana.next() or {})
    assert types == (["pages", "samples"] if paged else ["samples", "pages"]), (
        "what is next is first"
    )


def test_a_page_can_be_undone_and_keeps_its_turn(project: dalt.Project) -> None:
    begun(project)
    ana = Person(project)
    while not ana.seen or len(ana.seen[-1]) == 1:
        ana.answer(1)
    sent = next(each for each in _all(ana) if ana.seen[-1][0] in ids_on(each))
    ana.page.send(
        "undo", key="u", page_id=sent["id"], label=sent["label"], sample_ids=list(ana.seen[-1]),
        up_to=None,
    )  # fmt: skip
    assert ana.page.last("undone")["sample_ids"] == list(ana.seen[-1])
    ana.page.send("ready", held=[])
    again = ana.page.last("pages")["pages"][0]
    assert again["turn"] == sent["turn"] and ids_on(again) == list(ana.seen[-1])


def _all(person: Person) -> list[dict[str, Any]]:
    return [each for said in person.page.heard if said["type"] == "pages" for each in said["pages"]]


def test_the_end_of_a_study_frees_pages_that_were_not_given_out(project: dalt.Project) -> None:
    begun(project)
    ana = Person(project)
    ana.answer(1)
    project.end_study()
    ana.answer(N)
    events = events_of(project)
    assert len(events) == N - len(KNOWN), "none is lost"
    assert not ana.page.last("setup")["by_turns"]


def test_gold_stands_on_pages_too(project: dalt.Project) -> None:
    ids = ids_of(project)
    known = {each: "low" if n < N // 2 else "high" for n, each in enumerate(ids)}
    project.set_gold({each: known[each] for each in ids[5:55:2]})
    begun(project, gold_share=1.0, block=2)
    Person(project).answer(8)
    events = events_of(project)
    assert set(events.draw) == {"gold"} and set(events.arm) == {"suggestions", "verify"}
    assert set(events.sample_id) <= set(ids[5:55:2])


def test_a_script_takes_no_part(project: dalt.Project) -> None:
    begun(project)
    with project.session("cem") as session:
        assert not session.by_turns and session.assigned_page() is None
        page = session.next_page()
        assert page is not None
        assert {each.arm for each in session.verify(page)} == {None}


def test_the_plan_says_what_is_compared(project: dalt.Project) -> None:
    study = project.study(["suggestions", "verify"], gold_share=0)
    assert study is not None and study.plan.block == 12 and study.plan.n_warm_up == 24
    text = study.registration.with_suffix(".md").read_text("utf-8")
    assert "those that pages to verify would take" in text
    project.end_study()
    with pytest.raises(dalt.BadInput, match=r"wrong_share= is not for studies with .*'verify'"):
        project.study(["suggestions", "verify"], wrong_share=0.5)
