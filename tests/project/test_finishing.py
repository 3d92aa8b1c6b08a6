"""Certified finish through a project: the audit, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from audits import MAX_ERROR, N, audited, copied, ended, label, label_some, made, truth
from two_classes import Page

import dalt
from dalt.core.records import BadInput, NotEncoded
from dalt.labeling.session import Session


@pytest.fixture(scope="module")
def labelled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A closed project with the labels that its model needs."""
    with made(tmp_path_factory.mktemp("labelled")) as project:
        label_some(project)
        project.trainer.wait(60)
    return project.folder


@pytest.fixture
def project(labelled: Path, tmp_path: Path) -> Iterator[dalt.Project]:
    with copied(labelled, tmp_path) as project:
        yield project


def test_the_status_says_where_the_finish_stands(project: dalt.Project) -> None:
    assert project.status()["certificate"] is None
    begun = project.finish(MAX_ERROR)
    told = project.status()["certificate"]
    assert json.loads(json.dumps(told)) == begun.as_dict()
    assert told["running"] and told["least_more"] == begun.least_more
    assert told["sentence"] == begun.sentence
    assert "at most 20% errors, at 95% confidence" in begun.sentence


def test_audit_comes_first_uniform_and_without_suggestions(project: dalt.Project) -> None:
    begun = project.finish(MAX_ERROR)
    assert begun.running
    assert not begun.holds
    with project.session(annotator="ana") as session:
        assert session.next_page() is None
        asked = [session.next() for _ in range(3)]
        assert {each.draw.kind for each in asked if each and each.draw} == {"audit"}
        assert [each.suggestion.top for each in asked if each] == [None] * 3
        assert session.suggest(asked[0].sample.id).top is None if asked[0] else False
        first = asked[0]
        assert first is not None
        assert first.draw is not None
        assert first.draw.probability == pytest.approx(1 / first.draw.n_candidates)
        event = session.submit(first, truth(first.sample.position))
        assert (event.draw, event.mode, event.suggested) == ("audit", "blind", None)
        assert session.standing().to_check is not None


def test_asking_again_goes_on_and_spends_nothing(project: dalt.Project) -> None:
    first = project.finish(MAX_ERROR)
    again = project.finish(MAX_ERROR)
    assert (first.attempts, again.attempts) == (1, 1)
    assert again.budget_left == first.budget_left == pytest.approx(0.005)
    assert audited(project).attempts == 1


def test_all_attempts_share_one_budget(project: dalt.Project) -> None:
    for attempt in range(1, 4):
        project.finish(MAX_ERROR + attempt / 50)
    spent = project.workspace.store.audits.all()
    assert [each.state for each in spent] == ["failed", "failed", "running"]
    assert [each.alpha for each in spent] == pytest.approx([0.045, 0.0045, 0.00045])
    assert sum(each.alpha for each in spent) < 0.05
    with pytest.raises(BadInput, match="error budget"):
        project.finish(MAX_ERROR, confidence=0.96)


def test_asking_again_after_the_end_spends_nothing_until_there_is_a_new_label(
    project: dalt.Project,
) -> None:
    project.finish(MAX_ERROR)
    project.void_certificate("Enough.")
    for _ in range(3):
        found = project.finish(MAX_ERROR)
        assert (found.running, found.holds, found.attempts, found.why) == (
            False, False, 1, "Enough.",
        )  # fmt: skip
    label_some(project, 1)
    again = project.finish(MAX_ERROR)
    assert (again.running, again.attempts, again.why) == (True, 2, "")


def test_an_audit_that_fails_in_the_look_begins_no_other(project: dalt.Project) -> None:
    found = project.finish(MAX_ERROR)
    with project.session(annotator="ana") as session:
        while (standing := project.certificate()) and standing.running:
            asked = session.next()
            assert asked is not None
            session.submit(asked, "low" if truth(asked.sample.position) == "high" else "high")
            found = project.finish(MAX_ERROR)
    assert (found.running, found.holds, found.attempts) == (False, False, 1)
    assert "wrong" in found.why
    project.training.started().wait()  # it learns the answers of the audit: no new labels
    assert project.finish(MAX_ERROR) == found


def test_a_refused_promise_leaves_the_audit_that_runs(project: dalt.Project) -> None:
    begun = project.finish(MAX_ERROR)
    for refused in (lambda: project.finish(0.001), lambda: project.finish(MAX_ERROR, 0.97)):
        with pytest.raises(BadInput):
            refused()
        assert project.certificate() == begun


def test_a_model_that_learns_nothing_certifies_nothing(tmp_path: Path) -> None:
    with dalt.Project.create(tmp_path / "noise.dalt", classes=["low", "high"]) as project:
        project.add_table(pd.DataFrame({"x": range(N)}), progress=False)
        rng = np.random.default_rng(1)
        project.add_embeddings(rng.normal(size=(N, 4)), progress=False)
        answers = rng.choice(["low", "high"], N)
        with project.session(annotator="ana") as session:
            for _ in range(40):
                asked = session.next()
                assert asked is not None
                session.submit(asked, answers[asked.sample.position])
        try:
            done = audited(project, lambda position: str(answers[position]))
        except BadInput as error:
            assert "not sure enough" in str(error)
        else:
            assert not done.holds
            assert done.why
        assert set(project.labels().source) == {"human"}


def test_labels_of_the_strategy_are_never_taken_for_uniform_ones(project: dalt.Project) -> None:
    begun = project.finish(MAX_ERROR)
    store = project.workspace.store
    audit = store.audits.running()
    assert audit is not None
    ids = project.samples().sample_id
    with project.session(annotator="ana") as session:
        for number, sample_id in enumerate(ids[::2]):  # by themselves, not for the audit
            session.answer(
                sample_id, truth(2 * number), key=f"own {number}",
                suggestion=dalt.core.records.Suggestion(),
            )  # fmt: skip
    found = project.certificate()
    assert found is not None
    assert not found.holds
    assert found.n_checked == found.n_doubtful
    assert begun.n_checked == 0


def test_labels_that_the_model_has_learned_from_do_not_count(project: dalt.Project) -> None:
    found = project.finish(MAX_ERROR)
    assert found.n_checked == 0
    learned = set(project.labels(model=False).sample_id)
    audit = project.workspace.store.audits.running()
    assert audit is not None
    newest = int(project.history().event_id.max())
    assert audit.cursor == newest
    with project.session(annotator="ana") as session:
        asked = session.next()
        assert asked is not None
        assert asked.sample.id not in learned


@pytest.mark.parametrize("whole", [False, True])
def test_a_skip_counts_as_an_error_until_somebody_answers(
    project: dalt.Project, whole: bool
) -> None:
    least = project.finish(MAX_ERROR).least_more
    with project.session(annotator="ana") as session:
        asked = session.next()
        assert asked is not None
        session.skip(asked)
    found = project.finish(MAX_ERROR)
    assert (found.n_checked, found.n_wrong, found.n_doubtful) == (1, 0, 1)
    assert found.least_more > least
    with project.session(annotator="ben") as other:  # it is asked again, of another
        again = other.next()
        assert again is not None
        assert again.sample.id == asked.sample.id
        label(other, again)
    found = project.finish(MAX_ERROR)
    assert (found.n_checked, found.n_doubtful) == (1, 0)
    assert found.least_more == least - 1


def test_quick_answers_do_not_choose_what_counts(project: dalt.Project) -> None:
    project.finish(MAX_ERROR)
    with project.session(annotator="ana") as slow, project.session(annotator="ben") as quick:
        first = slow.next()
        for _ in range(5):
            asked = quick.next()
            assert asked is not None
            label(quick, asked)
        found = project.certificate()
        assert found is not None
        assert found.n_checked == 0  # the first one is still out
        assert first is not None
        label(slow, first)
    found = project.certificate()
    assert found is not None
    assert found.n_checked == 6


def test_new_samples_end_a_running_audit(project: dalt.Project) -> None:
    project.finish(MAX_ERROR)
    project.add_table(pd.DataFrame({"x": [N + 1]}), progress=False)
    assert "added" in ended(project)


def test_a_look_after_the_classes_changed_issues_nothing(project: dalt.Project) -> None:
    found = project.finish(MAX_ERROR)
    with project.session(annotator="ana") as session:
        while found.least_more > 1:
            asked = session.next()
            assert asked is not None
            label(session, asked)
            found = project.certificate() or found
        last = session.next()
        assert last is not None
        project.add_class("middle")
        label(session, last)
    assert "classes" in ended(project)
    assert project.workspace.store.audits.certificates() == []


def test_a_class_with_a_new_name_keeps_its_labels(project: dalt.Project) -> None:
    project.finish(MAX_ERROR)
    project.rename_class("low", "small")
    with project.session(annotator="ana") as session:
        while (found := project.certificate()) and found.running:
            asked = session.next()
            assert asked is not None
            label(session, asked, lambda position: truth(position).replace("low", "small"))
    found = project.certificate()
    assert found is not None
    assert found.holds
    assert found.n_wrong == 0
    assert set(project.labels().query("source == 'model'").label) == {"small", "high"}


def test_it_can_be_given_up(project: dalt.Project) -> None:
    assert project.certificate() is None
    assert not project.void_certificate()
    audited(project)
    assert project.void_certificate("We want to look at all.")
    assert ended(project) == "We want to look at all."


def test_few_labels_say_nothing(tmp_path: Path) -> None:
    with made(tmp_path) as project, pytest.raises(BadInput, match="learned"):
        label_some(project, 5)
        project.finish(MAX_ERROR)


def test_a_single_label_is_told_in_good_english(tmp_path: Path) -> None:
    with made(tmp_path) as project:
        label_some(project, 1)
        with pytest.raises(BadInput, match="learned from 1 label, too few"):
            project.finish(MAX_ERROR)


def test_where_no_sample_is_left_the_model_has_nothing_to_label(
    project: dalt.Project, tmp_path: Path
) -> None:
    rest = pd.DataFrame({"sample_id": project.samples().sample_id, "label": "low"})
    rest.to_csv(tmp_path / "rest.csv", index=False)
    project.import_labels(tmp_path / "rest.csv", annotator="ben", progress=False)
    with pytest.raises(BadInput, match="No sample is left"):
        project.finish(MAX_ERROR)


def test_a_pool_that_is_too_small_is_labelled_whole(project: dalt.Project) -> None:
    with pytest.raises(BadInput, match="not sure enough of enough"):
        project.finish(0.001)


@pytest.mark.parametrize("share", [0, 1, -0.1, 2, 10**400])
def test_shares_out_of_range_are_refused(project: dalt.Project, share: float) -> None:
    with pytest.raises(BadInput, match="max_error"):
        project.finish(share)
    with pytest.raises(BadInput, match="confidence"):
        project.finish(0.1, share)


@pytest.mark.parametrize("share", [0, 1, 1.5])
def test_a_confidence_out_of_range_is_told_what_it_is(project: dalt.Project, share: float) -> None:
    with pytest.raises(BadInput, match=rf"confidence={share}: it is a share between 0 and 1, as"):
        project.finish(0.1, share)


def test_projects_without_embeddings_or_classes_are_refused(tmp_path: Path) -> None:
    regions = dalt.Project.create(tmp_path / "r.dalt", classes=["a"], task="spans")
    with regions as project, pytest.raises(BadInput, match="regions"):
        project.finish()
    with dalt.Project.create(tmp_path / "e.dalt", classes=["a", "b"]) as project:
        project.add_texts(["one", "two"], progress=False)
        with project.session(annotator="ana") as session:
            asked = session.next()
            assert asked is not None
            session.submit(asked, "a")
        with pytest.raises(NotEncoded):
            project.finish()


def test_several_annotators_share_an_audit_and_the_first_answer_counts(tmp_path: Path) -> None:
    with made(tmp_path, annotations_per_sample=2) as project:
        label_some(project, 24)
        project.finish(MAX_ERROR)
        with project.session(annotator="ana") as ana, project.session(annotator="ben") as ben:
            turn = 0
            seen: set[str] = set()
            while (found := project.certificate()) and found.running:
                session, turn = (ana, ben)[turn % 2], turn + 1
                asked = session.next()
                assert asked is not None
                assert asked.sample.id not in seen
                seen.add(asked.sample.id)
                label(session, asked)
        assert found is not None
        assert found.holds
        assert found.n_checked == len(seen)


def test_who_comes_second_after_an_audit_gets_a_suggestion(tmp_path: Path) -> None:
    with made(tmp_path, annotations_per_sample=2) as project:
        label_some(project)
        audited(project)
        events = project.history()
        checked = set(events[events.draw == "audit"].sample_id)
        with project.session(annotator="ben") as session:
            while (asked := session.next()) is not None and asked.sample.id not in checked:
                label(session, asked)
            assert asked is not None and asked.draw is not None
            assert asked.draw.kind != "audit" and asked.suggestion.top is not None
            event = session.submit(asked, truth(asked.sample.position))
        assert (event.mode, event.suggested is None) == ("single", False)


def test_what_an_audit_asked_is_in_no_arm_also_after_its_end(tmp_path: Path) -> None:
    """The page had the sample without a suggestion, and chance had no part in that."""
    settings = {"page": {"suggestions_from": 0}, "blind": {"share": 0.5}}
    with made(tmp_path, settings=settings) as project:
        label_some(project)
        project.finish(MAX_ERROR)
        page = Page(project.label(annotator="ben"))
        page.send("ready")
        asked = page.last("samples")["samples"]
        assert len(asked) > 2 and not any(each["suggestion"]["classes"] for each in asked)
        project.void_certificate("enough")
        nothing: dict[str, Any] = {"snapshot": None, "classes": [], "probabilities": []}
        for at, each in enumerate(asked):
            page.send(
                "answer", sample_id=each["id"], label="low", key=f"k{at}", suggestion=nothing,
                proposed=[], shown_at=None, active_ms=900, mode="single",
            )  # fmt: skip
        events = project.history().query("annotator == 'ben'")
        assert set(events.draw) == {"audit"} and set(events["mode"]) == {"blind"}
        assert len(events) == len(asked) and events.arm.isna().all()
        assert events.probability.isna().all(), "nothing was hidden by chance"


def test_several_classes_are_right_only_as_a_whole(tmp_path: Path) -> None:
    with dalt.Project.create(
        tmp_path / "m.dalt", classes=["low", "high"], multi_label=True
    ) as project:
        project.add_table(pd.DataFrame({"x": range(N)}), progress=False)
        noise = np.random.default_rng(0).normal(0, 0.05, (N, 2))
        rows = np.repeat([[0.0, 1.0], [1.0, 0.0]], N // 2, axis=0) + noise
        project.add_embeddings(rows, progress=False)

        def answer(session: Session, *more: str) -> None:
            asked = session.next()
            assert asked is not None
            session.submit(asked, [truth(asked.sample.position), *more])

        with project.session(annotator="ana") as session:
            for _ in range(60):
                answer(session)
            project.finish(0.2)
            asked = session.next()
            assert asked is not None
            session.submit(asked, ["low", "high"])
            found = project.certificate()
            assert found is not None
            assert (found.n_checked, found.n_wrong) == (1, 1)
            while (found := project.certificate()) and found.running:
                answer(session)
        assert found is not None
        assert found.holds
        certified = project.labels().query("source == 'model'").label
        assert {tuple(each) for each in certified} <= {("low",), ("high",)}
