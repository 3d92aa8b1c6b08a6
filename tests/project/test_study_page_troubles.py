"""What may go wrong in a study of pages: gone classes and samples, dead kernels, other windows."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from page_turns import KNOWN, N, Person, begun, events_of, ids_on, seen, teach
from two_classes import Page, ids_of, say

import dalt


@pytest.fixture(scope="module")
def taught(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return teach(tmp_path_factory.mktemp("troubled") / "two.dalt")


@pytest.fixture
def project(taught: Path, tmp_path: Path) -> Iterator[dalt.Project]:
    with dalt.Project.open(shutil.copytree(taught, tmp_path / "two.dalt"), thin=True) as made:
        yield made


def until_page(person: Person) -> dict[str, Any]:
    """Answer single samples until the turn of a page."""
    found = person.next()
    while found is not None and "samples" not in found:
        person.answer(1)
        found = person.next()
    assert found is not None
    return found


def verified(page: dict[str, Any]) -> dict[str, Any]:
    said = [
        {"sample_id": each["id"], "label": page["label"], "suggestion": seen(each)}
        for each in page["samples"]
    ]
    return {
        "page_id": page["id"], "samples": said, "key": page["id"], "shown_at": None,
        "active_ms": 3_000,
    }  # fmt: skip


def pages_sent(page: Page) -> list[dict[str, Any]]:
    return [each for said in page.heard if said["type"] == "pages" for each in said["pages"]]


def only(project: dalt.Project, left: set[str]) -> None:
    """Let somebody else label all samples but these."""
    for sample_id in set(ids_of(project)) - left:
        say(project, "cem", sample_id, "low")


def test_samples_of_a_gone_class_come_singly(project: dalt.Project) -> None:
    begun(project)
    ana = Person(project)
    page = until_page(ana)
    project.add_class("mid")
    other = {"low": "high", "high": "low"}[page["label"]]
    for position in KNOWN:
        say(project, "ben", ids_of(project)[position], other)
    project.remove_class(page["label"])
    ana.page.heard.clear()
    ana.page.send("more", held=[])
    came = {each["id"] for each in ana.page.last("samples")["samples"]}
    assert set(ids_on(page)) <= came
    assert page["id"] not in {each["id"] for each in pages_sent(ana.page)}


def test_a_page_of_removed_samples_does_not_come_back(project: dalt.Project) -> None:
    begun(project)
    ana = Person(project)
    page = until_page(ana)
    project.remove(ids_on(page))
    ana.page.send("verify", **verified(page))
    assert "removed" in ana.page.last("refused")["message"]
    ana.page.heard.clear()
    ana.page.send("more", held=[])
    assert page["id"] not in {each["id"] for each in pages_sent(ana.page)}


def test_a_page_keeps_its_class_under_a_new_name(project: dalt.Project) -> None:
    begun(project)
    ana = Person(project)
    page = until_page(ana)
    project.rename_class(page["label"], "new")
    ana.page.heard.clear()
    ana.page.send("ready", held=[])
    again = next(each for each in pages_sent(ana.page) if each["id"] == page["id"])
    assert again["label"] == "new"


def test_a_late_page_is_not_asked_again_by_the_next_kernel(project: dalt.Project) -> None:
    """The browser has the answer in its outbox while the kernel dies, and says hello first."""
    begun(project)
    first = Person(project)
    page = until_page(first)
    only(project, set(ids_on(page)))
    again = Page(project.label("ana"))
    again.send("ready", held=[], former=first.page.last("setup")["session"])
    assert {each for page in pages_sent(again) for each in ids_on(page)} & set(ids_on(page))
    again.send("verify", **verified(page))
    again.heard.clear()
    again.send("more", held=[])
    assert pages_sent(again) == [] and again.last("samples")["samples"] == []
    assert again.last("samples")["done"]
    assert set(events_of(project).arm.dropna()) <= {"suggestions", "verify"}


def test_what_another_window_was_assigned_holds_in_this_one(project: dalt.Project) -> None:
    """Also where too few samples are left for a group, and they come one by one."""
    study = begun(project)
    here, there = Person(project), Person(project)
    held = [each["id"] for each in there.open("samples")]
    held += [each for page in there.open("pages") for each in ids_on(page)]
    mine = {each["id"] for each in here.open("samples")}
    mine |= {each for page in here.open("pages") for each in ids_on(page)}
    left = set(held[:2] + held[-2:])
    only(project, left | mine)
    there.page.widget.close()
    here.answer(N)
    draws = {each: arm for each, arm in _assigned(project, study.number)}
    events = events_of(project)
    found = dict(zip(events.sample_id, events.arm, strict=True))
    assert left <= set(found)
    assert {each: found[each] for each in left} == {each: draws[each] for each in left}


def _assigned(project: dalt.Project, number: int) -> list[tuple[str, str | None]]:
    draws = project.workspace.store.studies.draws(number, "ana")
    return [(each.sample_id, each.treatment.arm) for _, each in draws]


def test_gold_is_kept_for_the_groups(project: dalt.Project) -> None:
    """What has no arm would use it up before anybody is compared by it."""
    ids = ids_of(project)
    project.set_gold({each: "low" for each in ids[5:15]})
    begun(project, gold_share=1.0, block=20)  # there are no groups of forty
    Person(project).answer(12)
    events = events_of(project)
    assert len(events) == 12 and events.arm.isna().all()
    assert "gold" not in set(events.draw)


def test_the_end_of_a_study_leaves_turns_to_what_is_held(project: dalt.Project) -> None:
    """So that a page of it is answered in its turn, and not only if somebody chooses pages."""
    begun(project)
    ana = Person(project)
    page = until_page(ana)
    project.end_study()
    ana.page.send("ready", held=[])
    ana.answer(N)
    assert set(ids_on(page)) <= set(events_of(project).sample_id)
    turns = [each["turn"] for said in ana.page.heard for each in said.get("samples", ())]
    assert max(turns) > page["turn"]
    assert len(events_of(project)) == N - len(KNOWN)


def test_all_suggestions_of_a_block_are_asked_for_at_once(
    project: dalt.Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun(project, block=6)
    asked: list[int] = []
    trainer = type(project.trainer)
    real = trainer.suggestions

    def counted(self: Any, samples: Any) -> Any:
        asked.append(len(samples))
        return real(self, samples)

    monkeypatch.setattr(trainer, "suggestions", counted)
    widget = project.label("ana")
    Page(widget).send("ready")
    assert asked[:3] == [12, 6, 6], "a group to divide it, then its blocks"


def test_five_labels_say_which_conditions_are_compared(project: dalt.Project) -> None:
    """Also if all of them are of one condition, or the project hides some suggestions anyway."""
    Person(project, "cem").answer(8)
    assert project.report().findings.units.control == "none"
    begun(project, block=6)
    ana = Person(project)
    until_page(ana)
    ana.answer(1)
    report = project.report()
    assert (report.findings.units.treatment, report.findings.units.control) == (
        "verify", "suggestions",
    )  # fmt: skip
    assert "6 samples with verifying by the page" in report.findings.sentence
    ana.answer(N)
    assert "too few blocks and pages" in project.report().findings.sentence
