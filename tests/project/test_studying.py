"""A randomised study through the project, its pages and its files."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from two_classes import Page, ids_of, taught

import dalt
from dalt.study.running import Study

N = 50
BOTH = ["suggestions", "none"]


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Fifty rows in two clear classes, of which the model knows six."""
    folder = tmp_path_factory.mktemp("taught") / "two.dalt"
    return taught(folder, N, (0, 1, 2, N - 3, N - 2, N - 1))


@pytest.fixture
def project(known: Path, tmp_path: Path) -> Iterator[dalt.Project]:
    """A copy of it, which learns nothing more."""
    with dalt.Project.open(shutil.copytree(known, tmp_path / "two.dalt"), thin=True) as made:
        yield made


def begun(project: dalt.Project, conditions: list[str] = BOTH, **changes: Any) -> Study:
    study = project.study(conditions, **({"warm_up": 0, "gold_share": 0.0} | changes))
    assert study is not None
    return study


def opened(project: dalt.Project, who: str = "ana") -> Page:
    page = Page(project.label(annotator=who))
    page.send("ready")
    return page


def held(page: Page) -> dict[str, dict[str, Any]]:
    """What the page was given, by sample id and in order; suggestions as they are now."""
    found: dict[str, dict[str, Any]] = {}
    for message in page.heard:
        for sample in message.get("samples", ()) if message["type"] == "samples" else ():
            found.setdefault(sample["id"], sample)
    return found


def label_all(project: dalt.Project, page: Page, most: int) -> None:
    """Answer in the order of the screen."""
    done = answered(project)
    names = ["low", "high"]
    for _ in range(most):
        given = held(page)
        waiting = [each for each in given if each not in done]
        if not waiting:
            return
        seen = given[waiting[0]]["suggestion"]
        suggestion = {
            "snapshot": seen["snapshot"],
            "classes": [names[each] for each in seen["classes"]],
            "probabilities": seen["probabilities"],
        }
        page.send(
            "answer", sample_id=waiting[0], label="low", key=f"k{len(done)}", suggestion=suggestion,
            proposed=[], shown_at=None, active_ms=900, mode="single",
        )  # fmt: skip
        done.add(waiting[0])


def answered(project: dalt.Project) -> set[str]:
    events = project.history()
    return set(events[events.annotator == "ana"].sample_id)


def test_labels_have_the_arm_that_was_planned(project: dalt.Project) -> None:
    study = begun(project, block=2)
    page = opened(project)
    label_all(project, page, 24)
    events = project.history().query("annotator == 'ana'")
    assert len(events) == 24
    assert events.arm.tolist() == [study.assignment("ana", n).arm for n in range(24)]
    shown = events[events.arm == "suggestions"]
    hidden = events[events.arm == "none"]
    assert shown.suggested.notna().all() and set(shown["mode"]) == {"single"}
    assert hidden.suggested.isna().all() and set(hidden["mode"]) == {"blind"}
    assert hidden.probability.notna().all() and hidden.snapshot.notna().all()
    running = project.study()
    assert running is not None and running.n_labels == 24


def test_the_status_says_how_far_the_study_is(project: dalt.Project) -> None:
    assert project.status()["study"] is None
    study = begun(project)
    told = project.status()["study"]
    assert json.loads(json.dumps(told)) == told == study.as_dict()
    assert told["conditions"] == BOTH and told["n_labels"] == 0
    assert told["sentence"] == f"{study.sentence}."
    project.end_study()
    assert project.status()["study"] is None


def test_a_script_takes_no_part(project: dalt.Project) -> None:
    begun(project)
    with project.session("cem") as session:
        for _ in range(8):
            assignment = session.next()
            assert assignment is not None and assignment.suggestion.top is not None
            assert session.submit(assignment, "low").arm is None
        assert session.next_page() is not None


def test_a_page_that_is_loaded_anew_changes_nothing(project: dalt.Project) -> None:
    begun(project, block=2)
    first = opened(project)
    before = {each: said["suggestion"].get("condition") for each, said in held(first).items()}
    assert set(before.values()) == {None, "none"}
    first.widget.close()
    again = held(opened(project))
    for sample_id in before.keys() & again.keys():
        assert again[sample_id]["suggestion"].get("condition") == before[sample_id]
    assert before.keys() & again.keys()


def test_two_pages_of_one_annotator_lose_no_sample(project: dalt.Project) -> None:
    """The second gets what the first one assigned after both were open, and did not answer."""
    study = begun(project, block=2)
    first, second = opened(project), opened(project)
    label_all(project, first, 8)
    assigned = {each: said["suggestion"].get("condition") for each, said in held(first).items()}
    first.widget.close()
    label_all(project, second, 100)
    assert len(answered(project)) == N - 6, "all that Ben has not labelled"
    again = held(second)
    both = assigned.keys() & again.keys() - set(list(assigned)[:8])
    assert both, "some came from the page that was closed"
    for sample_id in both:
        assert again[sample_id]["suggestion"].get("condition") == assigned[sample_id]
    running = project.study()
    assert running is not None and running.n_labels == N - 6 and running.number == study.number


def test_a_late_answer_has_the_arm_of_a_study_that_has_ended(project: dalt.Project) -> None:
    """The page still shows the samples; the kernel is a new one."""
    begun(project, block=2)
    first = opened(project)
    given = held(first)
    assigned = {
        each: said["suggestion"].get("condition", "suggestions") for each, said in given.items()
    }
    project.end_study()
    with dalt.Project.open(project.folder, thin=True) as elsewhere:
        again = opened(elsewhere)
        again.heard[:0] = first.heard  # what is on screen
        label_all(elsewhere, again, len(assigned))
        events = elsewhere.history().query("annotator == 'ana'").set_index("sample_id")
    assert set(assigned.values()) == {"suggestions", "none"}
    found = {each: arm for each, arm in events.arm.items() if each in assigned}
    assert len(found) > 3 and found == {each: assigned[each] for each in found}


def test_the_end_of_a_study_frees_what_no_page_has_loaded(project: dalt.Project) -> None:
    """A group of forty is drawn together, of which the page loads a few at a time."""
    begun(project, block=20)
    page = opened(project)
    label_all(project, page, 1)
    loaded = set(held(page))
    assert 1 < len(loaded) < 10
    project.end_study()
    label_all(project, page, N)
    events = project.history().query("annotator == 'ana'").set_index("sample_id")
    assert len(events) == N - 6
    settings = project.settings
    usual = [settings.blind.hides(each, settings.seed) for each in events.index]
    as_usual = (events.arm == "none") == usual
    assert as_usual[~events.index.isin(loaded)].all()
    drawn = project.workspace.store.studies.draws(1, "ana")
    assert {each.sample_id for _, each in drawn} == loaded, "nothing else is of the study"
    assert all(events.arm[each.sample_id] == each.treatment.arm for _, each in drawn)


def test_a_study_after_another_assigns_all_but_what_is_loaded(project: dalt.Project) -> None:
    begun(project, block=10)
    page = opened(project)
    loaded = set(held(page))
    project.end_study()
    begun(project, ["emphasis", "order"], block=2)
    label_all(project, page, N)
    arms = project.history().query("annotator == 'ana'").set_index("sample_id").arm
    assert set(arms[arms.index.isin(loaded)]) <= set(BOTH)
    assert set(arms[~arms.index.isin(loaded)]) == {"emphasis", "order"}


def test_a_new_study_assigns_anew_what_the_former_one_left(project: dalt.Project) -> None:
    begun(project, block=2)
    left = opened(project)
    assert held(left)
    left.widget.close()
    project.end_study()
    begun(project, ["emphasis", "order"], block=2)
    said = [each["suggestion"].get("condition") for each in held(opened(project)).values()]
    assert set(said) == {"emphasis", "order"}


def test_pages_to_verify_rest_while_a_study_runs(project: dalt.Project) -> None:
    page = opened(project)
    assert page.last("setup")["by_page"] is True
    begun(project)
    page.send("pages", size=12)
    assert page.last("pages")["pages"] == [] and page.last("pages")["nothing"]
    page.send("heartbeat")
    fresh = opened(project, "dan")
    assert fresh.last("setup")["by_page"] is False and fresh.last("setup")["hides_some"] is True
    project.end_study()
    page.send("pages", size=12)
    assert page.last("pages")["pages"]


@pytest.mark.parametrize("condition", ["emphasis", "order"])
def test_the_page_is_told_how_to_show_a_suggestion(project: dalt.Project, condition: str) -> None:
    begun(project, ["suggestions", condition], block=1)
    said = [each["suggestion"] for each in held(opened(project)).values()]
    assert {each.get("condition") for each in said} == {None, condition}
    assert all(each["classes"] for each in said)


def test_gold_is_hidden_in_the_study_and_may_be_wrong_on_purpose(project: dalt.Project) -> None:
    ids = ids_of(project)
    project.set_gold({each: "low" for each in ids[3:24]})
    begun(project, gold_share=1.0, wrong_share=1.0, block=2)
    page = opened(project)
    label_all(project, page, 16)
    events = project.history().query("annotator == 'ana'")
    assert set(events.draw) == {"gold"}
    shown = events[events.arm == "suggestions"]
    assert len(shown) == 8 and set(shown.suggested) == {"high"}, "and low would be right"
    assert events[events.arm == "none"].suggested.isna().all()


def test_a_suggestion_that_is_wrong_on_purpose_stays_wrong_under_a_new_name(
    project: dalt.Project,
) -> None:
    project.set_gold({each: "low" for each in ids_of(project)[3:11]})
    begun(project, gold_share=1.0, wrong_share=1.0, block=2)
    first = opened(project)
    assigned = {each for each, said in held(first).items() if said["suggestion"]["classes"]}
    first.widget.close()
    project.rename_class("high", "tall")
    again = held(opened(project))
    shown = [again[each]["suggestion"]["classes"] for each in assigned & again.keys()]
    shown = [each for each in shown if each]
    assert shown and {each[0] for each in shown} == {1}, "tall comes first, and low is right"


def test_where_samples_have_several_classes_none_is_wrong_on_purpose(tmp_path: Path) -> None:
    with dalt.Project.create(tmp_path / "m.dalt", classes=["a", "b"], multi_label=True) as several:
        several.add_texts(["one"], progress=False)
        [sample_id] = ids_of(several)
        several.set_gold({sample_id: ["a"]})
        with pytest.raises(dalt.BadInput, match="in which a sample has one class"):
            several.study(BOTH, wrong_share=0.5)
        assert several.study() is None


def test_the_warm_up_has_no_arm(project: dalt.Project) -> None:
    begun(project, warm_up=4, block=2)
    page = opened(project)
    label_all(project, page, 8)
    arms = project.history().query("annotator == 'ana'").arm
    assert arms.isna().tolist() == [True] * 4 + [False] * 4


def test_the_pool_may_end_within_a_group(project: dalt.Project) -> None:
    begun(project, block=5)
    page = opened(project)
    label_all(project, page, 100)
    assert len(answered(project)) == N - 6, "all that Ben has not labelled"
    assert page.last("samples")["done"]


def test_the_plan_is_registered_before_the_first_label(project: dalt.Project) -> None:
    study = begun(project, seed=9)
    said = json.loads(study.registration.read_text("utf-8"))
    assert said["plan"]["seed"] == 9 and said["project"]["classes"] == ["low", "high"]
    assert study.hash in study.registration.with_suffix(".md").read_text("utf-8")
    assert study.registration.parent == project.folder / "studies"
    assert study.n_labels == 0 and study.plan.sd_is_measured is False
    assert study.hash in repr(study) and "planned labels" in study._repr_html_()


def test_a_cell_that_runs_again_has_the_same_study(project: dalt.Project) -> None:
    first = begun(project)
    assert begun(project) == first and project.study() == first
    with dalt.Project.open(project.folder, thin=True) as elsewhere:
        assert elsewhere.study() == first


def test_a_plan_does_not_change_midway(project: dalt.Project) -> None:
    begun(project)
    with pytest.raises(dalt.BadInput, match=r"runs with another plan.*project\.end_study\(\)"):
        begun(project, block=8)
    ended = project.end_study()
    assert ended.ended_at is not None and project.study() is None
    assert begun(project, block=8).number == 2
    with pytest.raises(dalt.BadInput, match="A plan needs its conditions"):
        project.study(block=4, power=0.9)
    with pytest.raises(dalt.BadInput, match="No study runs"):
        project.end_study()
        project.end_study()


def test_a_registration_that_was_changed_is_told_of(project: dalt.Project) -> None:
    study = begun(project)
    text = study.registration.read_text("utf-8")
    study.registration.write_text(text.replace("0.8", "0.9"), "utf-8")
    with pytest.warns(UserWarning, match="was changed after the study began"):
        assert project.study() == study
    study.registration.unlink()
    assert project.study() == study
    assert study.registration.read_text("utf-8") == text, "as it was registered"


def test_the_spread_comes_from_the_projects_own_labels(project: dalt.Project) -> None:
    seconds = np.exp(np.random.default_rng(0).normal(0, 0.3, 36))
    with project.session("eva") as session:
        for each in seconds:
            assignment = session.next()
            assert assignment is not None
            session.submit(assignment, "low", active_seconds=float(each))
    plan = begun(project).plan
    assert plan.sd_is_measured and plan.sd == pytest.approx(np.log(seconds).std(ddof=1))
    assert begun(project).plan == plan, "what it was planned with stays"


def test_studies_without_gold_say_what_they_cannot(project: dalt.Project) -> None:
    with pytest.raises(dalt.BadInput, match="the project has none"):
        project.study(BOTH, wrong_share=0.5)
    assert project.study() is None
    with pytest.warns(UserWarning, match="no gold samples"):
        project.study(BOTH)


def test_everybody_else_goes_on_with_the_always_on_share(project: dalt.Project) -> None:
    """Without a study, a twentieth of the samples of a page is hidden, the same for everyone."""
    assert project.settings.blind.share == 0.05
    with project.session("ana") as session:
        assert not any(session.hides(each) for each in ids_of(project)), "never in a session"
    hidden = [
        each
        for each in ids_of(project)
        if project.settings.blind.hides(each, project.settings.seed)
    ]
    page = opened(project)
    label_all(project, page, N)
    events = project.history().query("annotator == 'ana'")
    assert set(events[events.arm == "none"].sample_id) == set(hidden) & set(events.sample_id)
    assert hidden and set(events.arm) == {"suggestions", "none"}


def test_a_project_from_before_hides_nothing(project: dalt.Project) -> None:
    path = project.folder / "project.toml"
    path.write_text(path.read_text("utf-8").replace("[blind]\nshare = 0.05\n", ""), "utf-8")
    with dalt.Project.open(project.folder, thin=True) as former:
        assert former.settings.blind.share == 0
        page = opened(former)
        assert page.last("setup")["hides_some"] is False
        label_all(former, page, 10)
    assert project.history().query("annotator == 'ana'").arm.isna().all()
