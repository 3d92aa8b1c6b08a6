"""Certified finish through a project: audit, certificate, exports, and what ends it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
import pytest
from sklearn.naive_bayes import GaussianNB
from two_classes import Page

import dalt
from dalt.cli import main
from dalt.core.records import Assignment, BadInput, NotEncoded, Suggestion
from dalt.core.summaries import percent
from dalt.labeling.session import Session
from dalt.study.certificates.finish import Finish

N = 200
MAX_ERROR = 0.2


def truth(position: int) -> str:
    return "low" if position < N // 2 else "high"


def label(session: Session, asked: Assignment, says: Callable[[int], str] = truth) -> None:
    session.submit(asked, says(asked.sample.position))


def label_some(project: dalt.Project, n: int = 24) -> None:
    with project.session(annotator="ana") as session:
        for _ in range(n):
            asked = session.next()
            assert asked is not None
            label(session, asked)


def audited(
    project: dalt.Project, says: Callable[[int], str] = truth, max_error: float = MAX_ERROR
) -> Finish:
    """Go through the audit to its end."""
    found = project.finish(max_error)
    with project.session(annotator="ana") as session:
        while found.running:
            asked = session.next()
            assert asked is not None
            label(session, asked, says)
            found = project.certificate() or found
    return found


@pytest.fixture
def project(tmp_path: Path) -> Iterator[dalt.Project]:
    with made(tmp_path) as it:
        label_some(it)
        yield it


def made(folder: Path, **settings: object) -> dalt.Project:
    head = GaussianNB()  # quicker than the default one
    it = dalt.Project.create(folder / "t.dalt", classes=["low", "high"], head=head, **settings)  # type: ignore[arg-type]
    it.add_table(pd.DataFrame({"x": range(N)}), progress=False)
    noise = np.random.default_rng(0).normal(0, 0.05, (N, 2))
    it.add_embeddings(np.repeat([[0.0, 1.0], [1.0, 0.0]], N // 2, axis=0) + noise, progress=False)
    return it


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


def test_model_labels_what_is_certified(project: dalt.Project, tmp_path: Path) -> None:
    done = audited(project)
    assert done.holds
    assert done.error_bound is not None
    assert done.error_bound <= MAX_ERROR
    labels = project.labels()
    certified = labels[labels.source == "model"]
    assert len(certified) == done.n_model > N // 2
    people = set(labels[labels.source == "human"].sample_id)
    assert not people & set(certified.sample_id)
    assert set(certified.error_bound) == {done.error_bound}
    assert set(certified.confidence) == {0.95}
    position = dict(zip(project.samples().sample_id, range(N), strict=True))
    wrong = sum(truth(position[each.sample_id]) != each.label for each in certified.itertuples())
    assert wrong <= MAX_ERROR * len(certified)
    assert "model" not in set(project.labels(model=False).source)
    assert "error_bound" not in project.labels(model=False)
    joined = project.join(project.samples())
    assert (joined.annotator == "model").sum() == len(certified)


READERS: dict[str, Callable[[Path], pd.DataFrame]] = {
    "csv": pd.read_csv,
    "xlsx": pd.read_excel,
    "parquet": pd.read_parquet,
    "jsonl": lambda path: pd.DataFrame(map(json.loads, path.read_text().splitlines())),
}


@pytest.mark.parametrize("ending", READERS)
def test_exports_have_the_models_labels(project: dalt.Project, tmp_path: Path, ending: str) -> None:
    done = audited(project)
    path = tmp_path / f"labels.{ending}"
    n_people = len(project.labels(model=False))
    assert project.export(path, progress=False) == n_people + done.n_model
    frame = READERS[ending](path)
    certified = frame[frame.source == "model"]
    assert len(certified) == done.n_model
    assert certified.error_bound.astype(float).max() == pytest.approx(done.error_bound)
    assert frame[frame.source == "human"].error_bound.isna().all()
    project.export(path, model=False, progress=False)
    consensus = tmp_path / f"consensus.{ending}"
    assert project.export(consensus, labels="consensus", progress=False) == N - done.n_remaining


def test_exported_model_labels_do_not_come_back_as_a_persons(
    project: dalt.Project, tmp_path: Path
) -> None:
    audited(project)
    before = len(project.labels(model=False))
    project.export(tmp_path / "all.csv", progress=False)
    with pytest.warns(UserWarning, match="certified model"):
        project.import_labels(tmp_path / "all.csv", progress=False)
    assert len(project.labels(model=False)) == before


@pytest.mark.parametrize("who", ["source", "annotator"])
def test_some_columns_of_the_labels_bring_no_label_of_the_model_either(
    project: dalt.Project, tmp_path: Path, who: str
) -> None:
    done = audited(project)
    project.labels()[["sample_id", "label", who]].to_csv(tmp_path / "some.csv", index=False)
    n_people = len(project.labels(model=False))
    (tmp_path / "other").mkdir()
    with made(tmp_path / "other") as other:
        with pytest.warns(UserWarning, match=f"{done.n_model} .*certified model"):
            assert other.import_labels(tmp_path / "some.csv", progress=False) == n_people
        assert set(other.labels().source) == {"import"}


@pytest.mark.parametrize("labels", ["each", "consensus"])
def test_formats_without_an_error_bound_have_the_models_labels_only_if_asked(
    project: dalt.Project, tmp_path: Path, labels: Literal["each", "consensus"]
) -> None:
    done = audited(project)
    n_people = len(project.labels(model=False))

    def written(model: bool | None) -> int:
        path = tmp_path / "tasks.json"
        return project.export(path, "label-studio", labels=labels, model=model, progress=False)

    with pytest.warns(UserWarning, match=f"{done.n_model} labels of the certified model stayed"):
        assert written(None) == n_people
    assert written(False) == n_people
    assert written(True) == n_people + done.n_model


def test_the_command_exports_the_models_labels_alike(
    project: dalt.Project, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    done = audited(project)
    n_people = len(project.labels(model=False))

    def exported(name: str, *options: str) -> str:
        capsys.readouterr()
        assert main(["export", str(tmp_path / "t.dalt"), str(tmp_path / name), *options]) == 0
        return capsys.readouterr().out

    label_studio, every = ("--format", "label-studio"), f"{n_people + done.n_model} labels"
    with pytest.warns(UserWarning, match="--with-model"):
        assert f"{n_people} labels" in exported("a.json", *label_studio)
    assert every in exported("b.json", *label_studio, "--with-model")
    assert every in exported("c.csv")
    assert f"{n_people} labels" in exported("d.csv", "--without-model")


def test_a_cell_tells_the_models_labels_from_peoples(project: dalt.Project) -> None:
    done = audited(project)
    n_people = len(project.labels(model=False))
    assert f"{n_people:,} labelled, {done.n_model:,} more by the model" in project._repr_html_()


def test_nothing_that_a_certified_model_labels_is_handed_out(project: dalt.Project) -> None:
    done = audited(project)
    with project.session(annotator="ben") as session:
        asked = [each for each in iter(session.next, None) if each]
    assert len(asked) == done.n_remaining
    assert project.samples().status.tolist().count("audit") == done.n_model


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


def test_the_reason_of_a_failed_attempt_is_told_beside_a_certificate_that_holds(
    project: dalt.Project,
) -> None:
    audited(project, max_error=0.2)
    found = project.finish(0.15)
    with project.session(annotator="ana") as session:
        while found.running:
            asked = session.next()
            assert asked is not None
            session.submit(asked, "low" if truth(asked.sample.position) == "high" else "high")
            found = project.finish(0.15)
    assert (found.holds, found.max_error, found.attempts) == (True, 0.2, 2)
    assert "wrong" in found.why


def test_a_refused_promise_leaves_the_audit_that_runs(project: dalt.Project) -> None:
    begun = project.finish(MAX_ERROR)
    for refused in (lambda: project.finish(0.001), lambda: project.finish(MAX_ERROR, 0.97)):
        with pytest.raises(BadInput):
            refused()
        assert project.certificate() == begun


def test_a_promise_that_holds_may_be_asked_for_while_another_is_audited(
    project: dalt.Project,
) -> None:
    audited(project, max_error=0.2)
    project.finish(0.15)
    again = project.finish(0.2)
    assert (again.holds, again.running, again.attempts) == (True, True, 2)


def test_a_certificate_stays_until_the_next_one_holds(project: dalt.Project) -> None:
    first = audited(project, max_error=0.2)
    other = project.finish(0.15)
    assert other.holds
    assert other.running
    assert other.max_error == 0.2
    assert len(project.labels()) - len(project.labels(model=False)) <= first.n_model
    done = audited(project, max_error=0.15)
    assert (done.holds, done.max_error) == (True, 0.15)


def test_a_better_model_is_audited_anew_where_that_is_asked_for(project: dalt.Project) -> None:
    first = audited(project)
    assert project.finish(MAX_ERROR, anew=True).attempts == 1, "nobody has labelled since"
    position = dict(zip(project.samples().sample_id, range(N), strict=True))
    labels = project.labels()
    chosen = labels.sample_id[labels.source == "model"].iloc[0]
    with project.session(annotator="ana") as session:
        session.answer(chosen, truth(position[chosen]), key="k", suggestion=Suggestion())
    begun = project.finish(MAX_ERROR, anew=True)
    assert (begun.holds, begun.running, begun.attempts) == (True, True, 2)
    assert project.finish(MAX_ERROR).attempts == 2 == project.finish(MAX_ERROR, anew=True).attempts
    again = audited(project)
    assert (again.holds, again.attempts) == (True, 2) and again.snapshot != first.snapshot


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


def ended(project: dalt.Project) -> str:
    """Why nothing is certified any more."""
    found = project.certificate()
    assert found is not None
    assert not found.holds
    assert not found.running
    assert set(project.labels().source) <= {"human", "import"}
    assert "audit" not in set(project.samples().status)
    return found.why


def test_new_samples_end_it(project: dalt.Project) -> None:
    audited(project)
    project.add_table(pd.DataFrame({"x": [N + 1]}), progress=False)
    assert "added" in ended(project)


def test_new_samples_end_a_running_audit(project: dalt.Project) -> None:
    project.finish(MAX_ERROR)
    project.add_table(pd.DataFrame({"x": [N + 1]}), progress=False)
    assert "added" in ended(project)


def test_removed_and_restored_samples_end_it(project: dalt.Project) -> None:
    audited(project)
    certified = project.labels().query("source == 'model'").sample_id.tolist()
    project.remove(certified[:1])
    assert "removed" in ended(project)
    project.restore(certified[:1])


def test_a_checked_sample_that_is_removed_ends_it_for_that_reason(project: dalt.Project) -> None:
    audited(project)
    project.remove([checked_samples(project).sample_id[0]])
    assert ended(project).endswith("of those that the model labels or people check.")


def test_a_class_that_is_added_ends_it(project: dalt.Project) -> None:
    audited(project)
    project.add_class("middle")
    assert "classes" in ended(project)


def n_in_cell(project: dalt.Project, tmp_path: Path) -> int:
    return project._repr_html_().count("more by the model")


def n_exported(project: dalt.Project, tmp_path: Path) -> int:
    project.export(tmp_path / "labels.jsonl", progress=False)
    return (tmp_path / "labels.jsonl").read_text().count('"source": "model"')


SHOWS_MODEL_LABELS: dict[str, Callable[[dalt.Project, Path], int]] = {
    "labels": lambda project, _: int((project.labels().source == "model").sum()),
    "live": lambda project, _: int((project.live().frame.source == "model").sum()),
    "join": lambda project, _: int(
        (project.join(project.samples()[["sample_id"]]).annotator == "model").sum()
    ),
    "status": lambda project, _: int(project.status()["certificate"]["holds"]),
    "samples": lambda project, _: int((project.samples().status == "audit").sum()),
    "cell": n_in_cell,
    "export": n_exported,
    "card": lambda project, _: int(project.card().facts.certificate is not None),
}


@pytest.mark.parametrize("place", SHOWS_MODEL_LABELS)
def test_changed_classes_take_the_labels_away_wherever_they_are_read(
    project: dalt.Project, tmp_path: Path, place: str
) -> None:
    audited(project)
    assert SHOWS_MODEL_LABELS[place](project, tmp_path) > 0
    project.add_class("middle")
    assert SHOWS_MODEL_LABELS[place](project, tmp_path) == 0


def test_errors_in_imported_labels_take_the_labels_away_at_once(
    project: dalt.Project, tmp_path: Path
) -> None:
    audited(project)
    certified = project.labels().query("source == 'model'")[["sample_id", "label"]]
    wrong = certified.iloc[::2].replace({"label": {"low": "high", "high": "low"}})
    wrong.to_csv(tmp_path / "wrong.csv", index=False)
    project.import_labels(tmp_path / "wrong.csv", annotator="ben", progress=False)
    assert set(project.labels().source) == {"human", "import"}
    assert "more errors" in ended(project)


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


def checked_samples(project: dalt.Project) -> pd.DataFrame:
    history = project.history()
    return history[history.draw == "audit"].reset_index()


def test_the_same_answer_again_on_a_page_changes_nothing(project: dalt.Project) -> None:
    done = audited(project)
    first = checked_samples(project).iloc[0]
    with project.session(annotator="ana") as session:
        session.answer(first.sample_id, first.label, key="again", suggestion=Suggestion())
    assert project.history().iloc[-1]["mode"] == "single"
    found = project.certificate()
    assert found is not None and found.holds
    assert (found.n_checked, found.n_wrong, found.n_doubtful) == (done.n_checked, 0, 0)


def test_an_answer_under_its_new_name_is_the_same(project: dalt.Project) -> None:
    audited(project)
    project.rename_class("low", "small")
    checked = checked_samples(project)
    low = checked[checked.label == "low"].sample_id.tolist()  # as it was recorded
    project.set_gold({low[0]: "small"})
    with project.session(annotator="ana") as session:
        session.answer(low[1], "small", key="again", suggestion=Suggestion())
    found = project.certificate()
    assert found is not None and found.holds
    project.set_gold({low[0]: "high"})
    assert "changed" in ended(project)


def test_a_changed_answer_ends_it_visibly(project: dalt.Project) -> None:
    audited(project)
    with project.session(annotator="ana") as session:
        [reopened] = session.undo()
        assert reopened.suggestion.top is None
    assert "changed" in ended(project)


def test_a_decision_against_an_answer_ends_it(project: dalt.Project) -> None:
    audited(project)
    history = project.history()
    checked = history[history.draw == "audit"].iloc[0]
    other = "high" if checked.label == "low" else "low"
    with project.session(annotator="owner") as session:
        session.adjudicate(checked.sample_id, other)
    assert "changed" in ended(project)


def test_peoples_own_labels_come_before_the_models(project: dalt.Project) -> None:
    done = audited(project)
    certified = project.labels().query("source == 'model'").sample_id.tolist()
    with project.session(annotator="ana") as session:
        session.answer(certified[0], "low", key="own", suggestion=dalt.core.records.Suggestion())
    found = project.certificate()
    assert found is not None
    assert (found.holds, found.n_model) == (True, done.n_model - 1)
    of_it = project.labels()[lambda frame: frame.sample_id == certified[0]]
    assert of_it.source.tolist() == ["human"]


def test_errors_that_people_find_end_it(project: dalt.Project) -> None:
    audited(project)
    certified = project.labels().query("source == 'model'")
    with project.session(annotator="ana") as session:
        for sample_id, label in zip(certified.sample_id, certified.label, strict=True):
            other = "high" if label == "low" else "low"
            session.answer(sample_id, other, key=sample_id, suggestion=Suggestion())
            found = project.certificate()
            if found is not None and not found.holds:
                break
    assert "more errors" in ended(project)


def test_the_bound_is_that_of_the_labels_that_people_have_left(
    project: dalt.Project, tmp_path: Path
) -> None:
    done = audited(project)
    assert done.error_bound is not None
    allowed = round(done.error_bound * done.n_model)  # so many may be wrong
    certified = project.labels().query("source == 'model'")[["sample_id", "label"]]
    some = certified.iloc[allowed + 10 :].copy()  # the model may be wrong in all of the others
    some.iloc[0, 1] = "high" if some.iloc[0, 1] == "low" else "low"
    some.to_csv(tmp_path / "some.csv", index=False)
    project.import_labels(tmp_path / "some.csv", annotator="ben", progress=False)
    found = project.certificate()
    assert found is not None and found.holds and found.n_model == allowed + 10
    assert found.error_bound == (allowed - 1) / (allowed + 10) > MAX_ERROR
    assert f"at most {percent(found.error_bound)} of them are wrong" in found.sentence
    assert "more than the 20% promised" in found.sentence
    assert "more than" not in done.sentence
    left = project.labels().query("source == 'model'")
    assert set(left.error_bound) == {found.error_bound}
    project.export(tmp_path / "all.csv", progress=False)
    written = pd.read_csv(tmp_path / "all.csv").query("source == 'model'")
    assert written.error_bound.tolist() == pytest.approx([found.error_bound] * (allowed + 10))
    [issued] = project.workspace.store.audits.certificates()
    assert issued.error_bound == done.error_bound  # the record says what was promised
    assert f"at most {done.error_bound:.2%} are wrong" in project.card(progress=False).markdown


def test_it_can_be_given_up(project: dalt.Project) -> None:
    assert project.certificate() is None
    assert not project.void_certificate()
    audited(project)
    assert project.void_certificate("We want to look at all.")
    assert ended(project) == "We want to look at all."


def test_a_certificate_is_there_after_opening_again(tmp_path: Path) -> None:
    with made(tmp_path) as project:
        label_some(project)
        done = audited(project)
    with dalt.Project.open(tmp_path / "t.dalt") as project:
        found = project.certificate()
        assert found is not None
        assert (found.holds, found.n_model) == (True, done.n_model)


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
