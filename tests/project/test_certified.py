"""A certificate of a project: what the model labels, where it is shown, and what ends it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import pandas as pd
import pytest
from audits import MAX_ERROR, N, audited, copied, ended, label_some, made, truth

import dalt
from dalt.cli import main
from dalt.core.records import Suggestion
from dalt.core.summaries import percent
from dalt.study.certificates.finish import Finish


@pytest.fixture(scope="module")
def certified(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Finish]:
    """A closed project whose audit is over, and how it stood at its end."""
    with made(tmp_path_factory.mktemp("certified")) as project:
        label_some(project)
        done = audited(project)
        project.trainer.wait(60)
    return project.folder, done


@pytest.fixture
def done(certified: tuple[Path, Finish]) -> Finish:
    return certified[1]


@pytest.fixture
def project(certified: tuple[Path, Finish], tmp_path: Path) -> Iterator[dalt.Project]:
    with copied(certified[0], tmp_path) as project:
        yield project


def test_model_labels_what_is_certified(
    project: dalt.Project, done: Finish, tmp_path: Path
) -> None:
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
def test_exports_have_the_models_labels(
    project: dalt.Project, done: Finish, tmp_path: Path, ending: str
) -> None:
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
    before = len(project.labels(model=False))
    project.export(tmp_path / "all.csv", progress=False)
    with pytest.warns(UserWarning, match="certified model"):
        project.import_labels(tmp_path / "all.csv", progress=False)
    assert len(project.labels(model=False)) == before


@pytest.mark.parametrize("who", ["source", "annotator"])
def test_some_columns_of_the_labels_bring_no_label_of_the_model_either(
    project: dalt.Project, done: Finish, tmp_path: Path, who: str
) -> None:
    project.labels()[["sample_id", "label", who]].to_csv(tmp_path / "some.csv", index=False)
    n_people = len(project.labels(model=False))
    (tmp_path / "other").mkdir()
    with made(tmp_path / "other") as other:
        with pytest.warns(UserWarning, match=f"{done.n_model} .*certified model"):
            assert other.import_labels(tmp_path / "some.csv", progress=False) == n_people
        assert set(other.labels().source) == {"import"}


@pytest.mark.parametrize("labels", ["each", "consensus"])
def test_formats_without_an_error_bound_have_the_models_labels_only_if_asked(
    project: dalt.Project, done: Finish, tmp_path: Path, labels: Literal["each", "consensus"]
) -> None:
    n_people = len(project.labels(model=False))

    def written(model: bool | None) -> int:
        path = tmp_path / "tasks.json"
        return project.export(path, "label-studio", labels=labels, model=model, progress=False)

    with pytest.warns(UserWarning, match=f"{done.n_model} labels of the certified model stayed"):
        assert written(None) == n_people
    assert written(False) == n_people
    assert written(True) == n_people + done.n_model


def test_the_command_exports_the_models_labels_alike(
    project: dalt.Project, done: Finish, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
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


def test_a_cell_tells_the_models_labels_from_peoples(project: dalt.Project, done: Finish) -> None:
    n_people = len(project.labels(model=False))
    assert f"{n_people:,} labelled, {done.n_model:,} more by the model" in project._repr_html_()


def test_nothing_that_a_certified_model_labels_is_handed_out(
    project: dalt.Project, done: Finish
) -> None:
    with project.session(annotator="ben") as session:
        asked = [each for each in iter(session.next, None) if each]
    assert len(asked) == done.n_remaining
    assert project.samples().status.tolist().count("audit") == done.n_model


def test_the_reason_of_a_failed_attempt_is_told_beside_a_certificate_that_holds(
    project: dalt.Project,
) -> None:
    found = project.finish(0.15)
    with project.session(annotator="ana") as session:
        while found.running:
            asked = session.next()
            assert asked is not None
            session.submit(asked, "low" if truth(asked.sample.position) == "high" else "high")
            found = project.finish(0.15)
    assert (found.holds, found.max_error, found.attempts) == (True, 0.2, 2)
    assert "wrong" in found.why


def test_a_promise_that_holds_may_be_asked_for_while_another_is_audited(
    project: dalt.Project,
) -> None:
    project.finish(0.15)
    again = project.finish(0.2)
    assert (again.holds, again.running, again.attempts) == (True, True, 2)


def test_a_certificate_stays_until_the_next_one_holds(
    project: dalt.Project, certified: tuple[Path, Finish]
) -> None:
    other = project.finish(0.15)
    assert other.holds
    assert other.running
    assert other.max_error == 0.2
    assert len(project.labels()) - len(project.labels(model=False)) <= certified[1].n_model
    done = audited(project, max_error=0.15)
    assert (done.holds, done.max_error) == (True, 0.15)


def test_a_better_model_is_audited_anew_where_that_is_asked_for(
    project: dalt.Project, done: Finish
) -> None:
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
    assert (again.holds, again.attempts) == (True, 2) and again.snapshot != done.snapshot


def test_new_samples_end_it(project: dalt.Project) -> None:
    project.add_table(pd.DataFrame({"x": [N + 1]}), progress=False)
    assert "added" in ended(project)


def test_removed_and_restored_samples_end_it(project: dalt.Project) -> None:
    certified = project.labels().query("source == 'model'").sample_id.tolist()
    project.remove(certified[:1])
    assert "removed" in ended(project)
    project.restore(certified[:1])


def test_a_checked_sample_that_is_removed_ends_it_for_that_reason(project: dalt.Project) -> None:
    project.remove([checked_samples(project).sample_id[0]])
    assert ended(project).endswith("of those that the model labels or people check.")


def test_a_class_that_is_added_ends_it(project: dalt.Project) -> None:
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
    assert SHOWS_MODEL_LABELS[place](project, tmp_path) > 0
    project.add_class("middle")
    assert SHOWS_MODEL_LABELS[place](project, tmp_path) == 0


def test_errors_in_imported_labels_take_the_labels_away_at_once(
    project: dalt.Project, tmp_path: Path
) -> None:
    certified = project.labels().query("source == 'model'")[["sample_id", "label"]]
    wrong = certified.iloc[::2].replace({"label": {"low": "high", "high": "low"}})
    wrong.to_csv(tmp_path / "wrong.csv", index=False)
    project.import_labels(tmp_path / "wrong.csv", annotator="ben", progress=False)
    assert set(project.labels().source) == {"human", "import"}
    assert "more errors" in ended(project)


def checked_samples(project: dalt.Project) -> pd.DataFrame:
    history = project.history()
    return history[history.draw == "audit"].reset_index()


def test_the_same_answer_again_on_a_page_changes_nothing(
    project: dalt.Project, done: Finish
) -> None:
    first = checked_samples(project).iloc[0]
    with project.session(annotator="ana") as session:
        session.answer(first.sample_id, first.label, key="again", suggestion=Suggestion())
    assert project.history().iloc[-1]["mode"] == "single"
    found = project.certificate()
    assert found is not None and found.holds
    assert (found.n_checked, found.n_wrong, found.n_doubtful) == (done.n_checked, 0, 0)


def test_an_answer_under_its_new_name_is_the_same(project: dalt.Project) -> None:
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
    with project.session(annotator="ana") as session:
        [reopened] = session.undo()
        assert reopened.suggestion.top is None
    assert "changed" in ended(project)


def test_a_decision_against_an_answer_ends_it(project: dalt.Project) -> None:
    history = project.history()
    checked = history[history.draw == "audit"].iloc[0]
    other = "high" if checked.label == "low" else "low"
    with project.session(annotator="owner") as session:
        session.adjudicate(checked.sample_id, other)
    assert "changed" in ended(project)


def test_peoples_own_labels_come_before_the_models(project: dalt.Project, done: Finish) -> None:
    certified = project.labels().query("source == 'model'").sample_id.tolist()
    with project.session(annotator="ana") as session:
        session.answer(certified[0], "low", key="own", suggestion=Suggestion())
    found = project.certificate()
    assert found is not None
    assert (found.holds, found.n_model) == (True, done.n_model - 1)
    of_it = project.labels()[lambda frame: frame.sample_id == certified[0]]
    assert of_it.source.tolist() == ["human"]


def test_errors_that_people_find_end_it(project: dalt.Project) -> None:
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
    project: dalt.Project, done: Finish, tmp_path: Path
) -> None:
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


def test_a_certificate_is_there_after_opening_again(
    certified: tuple[Path, Finish], tmp_path: Path
) -> None:
    folder, done = certified
    with dalt.Project.open(shutil.copytree(folder, tmp_path / "t.dalt")) as project:
        found = project.certificate()
        assert found is not None
        assert (found.holds, found.n_model) == (True, done.n_model)
