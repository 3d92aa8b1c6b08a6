"""Estimates of a project: what counts, what is said, and what is refused."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from assignments import answer_in_order, assigned
from two_classes import Page, ids_of

import dalt
from dalt.cli import main

N = 120
TRUTH = np.array(["low", "high"])[(np.arange(N) % 3 == 0).astype(int)]


def rows() -> np.ndarray:
    made = np.random.default_rng(0).normal(size=(N, 3))
    made[TRUTH == "high"] += 3
    return made


def frame() -> pd.DataFrame:
    rng = np.random.default_rng(1)
    return pd.DataFrame(
        {
            "text": [f"text {i}" for i in range(N)],
            "length": np.where(TRUTH == "high", 5.0, 2.0) + rng.normal(size=N),
            "year": rng.normal(size=N),
            "author": "ana",
        }
    )


def made(folder: Path, **settings: object) -> dalt.Project:
    wanted: dict[str, object] = {"classes": ["low", "high"], "strategy": "active_inference"}
    project = dalt.Project.create(folder / "t.dalt", **(wanted | settings))  # type: ignore[arg-type]
    project.add_texts(frame(), column="text", progress=False)
    project.add_embeddings(rows(), progress=False)
    return project


@pytest.fixture
def project(tmp_path: Path) -> Iterator[dalt.Project]:
    with made(tmp_path) as project:
        yield project


@pytest.fixture(scope="module")
def of_thirty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A closed project of which 30 samples are labelled and learned."""
    with made(tmp_path_factory.mktemp("labelled")) as project:
        label(project, 30)
    return project.folder


@pytest.fixture
def labelled(of_thirty: Path, tmp_path: Path) -> Iterator[dalt.Project]:
    with dalt.Project.open(shutil.copytree(of_thirty, tmp_path / "t.dalt")) as project:
        yield project


def label(project: dalt.Project, n: int, *, every: int = 10, skip: int = 0) -> None:
    with project.session(annotator="ana") as session:
        for number in range(n):
            asked = assigned(session)
            if skip and number % skip == skip - 1:
                session.skip(asked)
                continue
            said = str(TRUTH[asked.sample.position % N])
            session.submit(asked, said if not project.settings.multi_label else [said])
            if number % every == every - 1:
                project.trainer.wait(60)


def notes(found: pd.DataFrame) -> str:
    return " ".join(found.attrs["notes"])


def test_every_label_of_active_inference_counts(project: dalt.Project) -> None:
    label(project, 50)
    found = project.estimate(progress=False)
    assert list(found.columns) == ["class", "share", "low", "high", "n_labels", "n_class", "method"]
    assert found["n_labels"].tolist() == [50, 50] and found["n_class"].sum() == 50
    assert set(found["method"]) == {"prediction-powered"}
    for name, share, low, high in found[["class", "share", "low", "high"]].itertuples(index=False):
        truth = (name == TRUTH).mean()
        assert 0 <= low <= truth <= high <= 1 and low < share < high
    classical = 2 * 1.96 * np.sqrt(2 / 9 / 50 * (1 - 50 / N))
    assert (found["high"] - found["low"]).max() < 0.8 * classical
    assert "50 of 50 labels counted" in notes(found)
    assert "With the default strategy about 5 of these labels would have counted" in notes(found)


def test_of_the_default_strategy_only_uniform_draws_count(tmp_path: Path) -> None:
    with made(tmp_path, strategy="cover", uniform_share=0.4) as project:
        label(project, 80)
        n_uniform = int((project.history().draw == "uniform").sum())
        found = project.estimate(progress=False)
    assert n_uniform >= 20 and set(found["n_labels"]) == {n_uniform}
    said = notes(found)
    assert f"{n_uniform} of 80 labels counted" in said
    assert f"{80 - n_uniform} labels (the strategy's own choices, pages, imports and gold)" in said
    assert 'With strategy="active_inference" all 80 labels would have counted' in said
    truth = [(name == TRUTH).mean() for name in found["class"]]
    assert ((found["low"] <= truth) & (truth <= found["high"])).all()


@pytest.mark.parametrize("n", [0, 5])
def test_from_few_labels_nothing_is_said(project: dalt.Project, n: int) -> None:
    label(project, n)
    found = project.estimate(progress=False)
    assert found[["share", "low", "high"]].isna().all(axis=None)
    assert set(found["method"]) == {"unknown"}
    assert notes(found).startswith(
        f"Nothing can be said yet: {n} labels were drawn at random, and 20 are needed."
    )


def test_imported_labels_alone_say_nothing_of_the_pool(project: dalt.Project) -> None:
    ids = project.samples()["sample_id"]
    given = pd.DataFrame({"sample_id": ids[:60], "label": TRUTH[:60]})
    given.to_csv(project.folder.parent / "given.csv", index=False)
    project.import_labels(project.folder.parent / "given.csv", progress=False)
    found = project.estimate(progress=False)
    assert set(found["method"]) == {"unknown"} and found.attrs["n_known"] == 60


def test_all_labels_leave_no_doubt(tmp_path: Path) -> None:
    with made(tmp_path, strategy="random") as project:
        answer_in_order(project, TRUTH.tolist())
        found = project.estimate(progress=False)
    assert found["share"].tolist() == pytest.approx([(c == TRUTH).mean() for c in ("low", "high")])
    assert (found["low"] == found["high"]).all()
    assert found.attrs["notes"] == ["All 120 samples are answered: nothing is left to estimate."]


@pytest.mark.parametrize("strategy", ["random", "cover", "active_inference"])
def test_answered_and_removed_samples_together_leave_no_doubt(
    tmp_path: Path, strategy: str
) -> None:
    with made(tmp_path, strategy=strategy) as project:
        label(project, 100, every=200, skip=5)
        answered = set(project.history()["sample_id"])
        ids = project.samples()["sample_id"].tolist()
        project.remove([each for each in ids if each not in answered])
        found = project.estimate(progress=False)
        means = project.estimate("length", progress=False)
        given = project.labels()["label"].value_counts()
    assert (found["low"] == found["high"]).all() and (means["low"] == means["high"]).all()
    assert found["share"].tolist() == pytest.approx([given[name] / 80 for name in found["class"]])
    assert set(found["n_labels"]) == {80} and found.attrs["n_samples"] == 100
    assert [each.split(":")[0] for each in found.attrs["notes"]] == [
        "All 100 samples are answered",
        "20 samples without a label (skipped)",
    ]


def test_an_answer_that_was_taken_back_is_no_skip(project: dalt.Project) -> None:
    with project.session(annotator="ana") as session:
        for _ in range(30):
            asked = assigned(session)
            session.submit(asked, str(TRUTH[asked.sample.position]))
        session.undo()
    found = project.estimate(progress=False)
    assert set(found["n_labels"]) == {29} and found.attrs["n_skipped"] == 0
    assert "skipped" not in notes(found) and "29 of 29 labels counted" in notes(found)


def test_a_pool_whose_last_answer_was_taken_back_is_not_complete(tmp_path: Path) -> None:
    with made(tmp_path, strategy="random") as project:
        with project.session(annotator="ana") as session:
            for _ in range(N):
                asked = assigned(session)
                session.submit(asked, str(TRUTH[asked.sample.position]))
            session.undo()
        found = project.estimate(progress=False)
    assert (found["low"] < found["high"]).all() and "119 of 119 labels counted" in notes(found)


def test_what_the_other_strategy_would_change_is_said_of_its_draws_only(tmp_path: Path) -> None:
    with made(tmp_path, strategy="cover", uniform_share=0.5) as project:
        label(project, 60, every=200)
        drawn = project.history()["draw"].value_counts()
        left = [
            each for each in project.samples().query("status == 'open'")["sample_id"].tolist()[:20]
        ]
        given = pd.DataFrame({"sample_id": left, "label": "low"})
        given.to_csv(tmp_path / "given.csv", index=False)
        project.import_labels(tmp_path / "given.csv", progress=False)
        said = notes(project.estimate(progress=False))
    assert f"{drawn['uniform']} of 80 labels counted" in said
    assert 'With strategy="active_inference" 60 of 80 labels would have counted' in said


def test_where_all_draws_count_nothing_is_said_of_another_strategy(tmp_path: Path) -> None:
    with made(tmp_path, strategy="random") as project:
        label(project, 40)
        said = notes(project.estimate(progress=False))
    assert "40 of 40 labels counted" in said and "strategy" not in said


def test_a_model_that_came_too_late_is_not_blamed_on_embeddings(project: dalt.Project) -> None:
    assert "embeddings" not in notes(project.estimate(progress=False))
    label(project, 30)
    project.add_embeddings(rows() + 1.0, progress=False)
    assert "none could be made before these labels" in notes(project.estimate(progress=False))


def test_a_regression_knows_classes_that_no_random_draw_has_shown(tmp_path: Path) -> None:
    with made(tmp_path, classes=["low", "high", "rare"], strategy="random") as project:
        label(project, 40)
        left = project.samples().query("status == 'open'")["sample_id"].tolist()[:3]
        given = pd.DataFrame({"sample_id": left, "label": "rare"})
        given.to_csv(tmp_path / "given.csv", index=False)
        project.import_labels(tmp_path / "given.csv", progress=False)
        found = project.estimate("length", columns=["year"], progress=False)
    assert found["term"].tolist() == ["low", "high", "rare", "year"]


def test_without_embeddings_the_labels_speak_alone(tmp_path: Path) -> None:
    with dalt.Project.create(tmp_path / "t.dalt", classes=["low", "high"]) as project:
        project.add_texts(frame(), column="text", progress=False)
        label(project, 30, every=100)
        found = project.estimate(progress=False)
    assert set(found["method"]) == {"labels alone"}
    assert "no embeddings to learn on" in notes(found)


def test_means_and_regressions_by_class(project: dalt.Project) -> None:
    label(project, 60)
    means = project.estimate("length", progress=False)
    own = frame().assign(label=TRUTH)
    expected = own.groupby("label").length.mean()
    assert list(means.columns)[:2] == ["class", "mean"]
    for name, low, high in means[["class", "low", "high"]].itertuples(index=False):
        assert low < expected[name] < high and high - low < 1.5
    found = project.estimate("length", columns=["year"], progress=False)
    assert found["term"].tolist() == ["low", "high", "year"]
    assert list(found.columns)[1] == "coefficient"
    slope = found[found.term == "year"].iloc[0]
    assert slope.low < 0.5 and slope.high > -0.5 and pd.isna(slope.n_class)


def test_samples_without_a_value_are_left_out(tmp_path: Path) -> None:
    some = frame().astype({"length": object})
    some.loc[::2, "length"] = None
    with dalt.Project.create(
        tmp_path / "t.dalt", classes=["low", "high"], strategy="random"
    ) as project:
        project.add_texts(some, column="text", progress=False)
        label(project, 60, every=100)
        n_drawn = project.labels().sample_id.isin(project.samples().sample_id[1::2]).sum()
        means = project.estimate("length", progress=False)
    assert set(means["n_labels"]) == {n_drawn} and n_drawn < 60


def test_columns_of_tables_count_too(tmp_path: Path) -> None:
    table = frame()[["length", "year"]]
    with dalt.Project.create(tmp_path / "t.dalt", classes=["low", "high"]) as project:
        project.add_table(table, progress=False)
        answer_in_order(project, TRUTH.tolist())
        means = project.estimate("length", progress=False)
    expected = table.length.groupby(TRUTH).mean()
    assert means["mean"].tolist() == pytest.approx([expected["low"], expected["high"]])


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"column": "lenght"}, "The samples have no column 'lenght'. Did you mean 'length'?"),
        ({"column": "author"}, "The column 'author' is not numeric (it has 'ana')"),
        ({"columns": ["year"]}, "columns= are the explaining columns of a regression"),
        ({"confidence": 1.0}, "confidence=1.0: it is a share between 0 and 1, as 0.95."),
        ({"column": "length", "columns": ["nothing"]}, "have no column 'nothing'; there are"),
    ],
)
def test_bad_input_is_one_sentence(
    project: dalt.Project, asked: dict[str, object], message: str
) -> None:
    with pytest.raises(dalt.BadInput) as refused:
        project.estimate(progress=False, **asked)  # type: ignore[arg-type]
    assert message in str(refused.value)


def test_projects_that_mark_regions_are_refused(tmp_path: Path) -> None:
    with (
        dalt.Project.create(tmp_path / "t.dalt", classes=["name"], task="spans") as project,
        pytest.raises(dalt.BadInput, match=r"this project marks spans: count them"),
    ):
        project.estimate()


def test_one_class_is_everything(tmp_path: Path) -> None:
    with made(tmp_path, classes=["low"]) as project:
        with project.session(annotator="ana") as session:
            for _ in range(25):
                session.submit(assigned(session), "low")
        found = project.estimate(progress=False)
    assert found[["share", "low", "high"]].iloc[0].tolist() == [1.0, 1.0, 1.0]


def test_several_classes_for_a_sample_have_shares_of_their_own(tmp_path: Path) -> None:
    with made(tmp_path, multi_label=True) as project:
        label(project, 50)
        found = project.estimate(progress=False)
        assert found["n_class"].sum() == 50
        truth = [(name == TRUTH).mean() for name in found["class"]]
        assert ((found["low"] <= truth) & (truth <= found["high"])).all()
        with pytest.raises(dalt.BadInput, match="one class per sample"):
            project.estimate("length", columns=["year"])


def test_a_renamed_class_keeps_its_labels(labelled: dalt.Project) -> None:
    before = labelled.estimate(progress=False)
    labelled.rename_class("low", "deep")
    after = labelled.estimate(progress=False)
    assert after["class"].tolist() == ["deep", "high"]
    pd.testing.assert_frame_equal(after.drop(columns="class"), before.drop(columns="class"))


def test_skipped_samples_have_no_label(project: dalt.Project) -> None:
    label(project, 50, skip=5)
    found = project.estimate(progress=False)
    assert set(found["n_labels"]) == {40} and found.attrs["n_skipped"] == 10
    assert "10 drawn samples without a label (skipped)" in notes(found)
    assert found["share"].sum() == pytest.approx(1.0, abs=0.05)


def test_draws_before_samples_were_added_do_not_count(labelled: dalt.Project) -> None:
    more = [f"more {i}" for i in range(80)]
    labelled.add_texts(more, progress=False)
    found = labelled.estimate(progress=False)
    assert set(found["n_labels"]) == {0} and set(found["method"]) == {"unknown"}
    said = notes(found)
    assert "30 drawn labels do not count: some samples of the pool could not be drawn" in said
    assert "the strategy's own choices" not in said and found.attrs["n_known"] == 0


def test_draws_of_a_study_count_though_a_page_draws_a_group_together(
    project: dalt.Project,
) -> None:
    """The order of the screen is not that of the draws."""
    study = project.study(["suggestions", "none"], block=6, warm_up=0, gold_share=0)
    assert study is not None and study.plan.group == 12
    page = Page(project.label(annotator="ana"))
    page.send("ready")
    done: list[str] = []
    position = {each: at for at, each in enumerate(ids_of(project))}
    nothing: dict[str, Any] = {"snapshot": None, "classes": [], "probabilities": []}
    while len(done) < 48:
        given = [each["id"] for said in page.heard for each in said.get("samples", ())]
        name = next(each for each in given if each not in done)
        page.send(
            "answer", sample_id=name, label=str(TRUTH[position[name]]), key=name,
            suggestion=nothing, proposed=[], shown_at=None, active_ms=900, mode="single",
        )  # fmt: skip
        done.append(name)
    found = project.estimate(progress=False)
    assert set(found["n_labels"]) == {48}
    assert "could not be drawn" not in notes(found)


def test_a_pool_that_grew_a_little_is_another_pool(labelled: dalt.Project) -> None:
    labelled.add_texts([f"more {i}" for i in range(3)], progress=False)
    assert set(labelled.estimate(progress=False)["n_labels"]) == {0}
    label(labelled, 25)
    assert set(labelled.estimate(progress=False)["n_labels"]) == {25}


def test_draws_from_a_replaced_pool_do_not_count(labelled: dalt.Project) -> None:
    ids = labelled.samples()["sample_id"].tolist()
    labelled.add_texts([f"more {i}" for i in range(N)], progress=False)
    labelled.remove(ids)
    found = labelled.estimate(progress=False)
    assert set(found["n_labels"]) == {0} and set(found["method"]) == {"unknown"}


def test_draws_count_again_if_what_was_added_is_removed(labelled: dalt.Project) -> None:
    labelled.add_texts([f"more {i}" for i in range(80)], progress=False)
    labelled.remove(labelled.samples()["sample_id"].tolist()[N:])
    assert set(labelled.estimate(progress=False)["n_labels"]) == {30}


def test_draws_while_samples_were_removed_do_not_count(project: dalt.Project) -> None:
    label(project, 20)
    answered = set(project.labels()["sample_id"])
    gone = [each for each in project.samples()["sample_id"] if each not in answered][:5]
    project.remove(gone)
    label(project, 15)
    assert set(project.estimate(progress=False)["n_labels"]) == {35}
    project.restore(gone)
    label(project, 5)
    assert set(project.estimate(progress=False)["n_labels"]) == {25}


def test_several_annotators_count_once_by_their_consensus(tmp_path: Path) -> None:
    with made(tmp_path, annotations_per_sample=2, strategy="random") as project:
        for name in ("ana", "ben"):
            with project.session(annotator=name) as session:
                for _ in range(25):
                    asked = assigned(session)
                    session.submit(asked, str(TRUTH[asked.sample.position]))
        assert len(project.labels()) == 50
        found = project.estimate(progress=False)
    assert set(found["n_labels"]) == {25}


def test_labels_that_the_encoder_may_have_learned_are_not_predicted(labelled: dalt.Project) -> None:
    labelled.add_embeddings(rows() + 1.0, progress=False)
    found = labelled.estimate(progress=False)
    assert set(found["method"]) == {"labels alone"} and set(found["n_labels"]) == {30}


def test_the_command_prints_the_table_and_what_counted(
    labelled: dalt.Project, capsys: pytest.CaptureFixture[str]
) -> None:
    labelled.close()
    assert main(["estimate", str(labelled.folder)]) == 0
    printed = capsys.readouterr().out
    assert "prediction-powered" in printed and "30 of 30 labels counted" in printed
    assert main(["estimate", str(labelled.folder), "--column", "length", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [each["class"] for each in told["estimates"]] == ["low", "high"]
    assert told["n_counted"] == 30 and told["confidence"] == 0.95
    assert main(["estimate", str(labelled.folder), "--column", "nothing"]) == 1
    assert "have no column 'nothing'" in capsys.readouterr().err


def test_removed_samples_are_no_part_of_the_pool(project: dalt.Project) -> None:
    label(project, 50)
    ids = project.samples()["sample_id"].tolist()
    drawn = project.labels()["sample_id"].tolist()
    gone = [drawn[0], next(each for each in ids if each not in drawn)]
    project.remove(gone)
    found = project.estimate(progress=False)
    assert set(found["n_labels"]) == {49} and found.attrs["n_samples"] == N - 2
    assert found.attrs["n_skipped"] == 0
    left = [TRUTH[row] for row, each in enumerate(ids) if each not in gone]
    truth = [np.mean([said == name for said in left]) for name in found["class"]]
    assert ((found["low"] <= truth) & (truth <= found["high"])).all()
