"""`project.simulate`: real sessions on copies of a project, which itself stays as it is."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.naive_bayes import GaussianNB

import dalt
from dalt.core.records import LeftOut, NotEncoded
from dalt.core.user_warnings import Uncertain
from dalt.study.simulation.conditions import CONDITIONS

N = 40
PAGES: dict[str, Any] = {"each_run": True, "conditions": ["verify"]}


def pool(folder: Path, n: int = N, **settings: Any) -> dalt.Project:
    """Texts of two classes, which their embeddings tell to a head that learns in no time."""
    named = {"classes": ["dark", "bright"], "uniform_share": 1.0, "head": GaussianNB()}
    project = dalt.Project.create(folder, **(named | settings))
    project.add_texts([f"text {number}" for number in range(n)], progress=False)
    rows = np.random.default_rng(0).normal(size=(n, 3))
    rows[:, 0] += np.where(np.arange(n) % 2, 5, -5)
    project.add_embeddings(rows, progress=False)
    return project


def truth_of(project: dalt.Project) -> dict[str, str]:
    ids = project.samples().sample_id
    return {each: ("dark", "bright")[place % 2] for place, each in enumerate(ids)}


def files_of(project: dalt.Project) -> set[str]:
    """All but the signs of life that the project's own trainer gives each second."""
    return {str(each) for each in project.folder.rglob("*") if "trainer.json" not in each.name}


@pytest.fixture
def project(tmp_path: Path) -> Iterator[dalt.Project]:
    with pool(tmp_path / "p.dalt") as made:
        yield made


@pytest.fixture
def few(tmp_path: Path) -> Iterator[dalt.Project]:
    """A pool that is small, where how it was labelled does not matter."""
    with pool(tmp_path / "few.dalt", 16) as made:
        yield made


@pytest.fixture
def truth(project: dalt.Project) -> dict[str, str]:
    return truth_of(project)


def simulated(project: dalt.Project, truth: Any, **options: Any) -> pd.DataFrame:
    return project.simulate(truth, **({"seeds": 1, "progress": False} | options))


# --- what a certified finish saves ----------------------------------------------------------------


def test_a_certified_model_labels_the_rest(tmp_path: Path) -> None:
    with pool(tmp_path / "f.dalt", 200) as project:
        names = ["none", "finish"]
        options = {"conditions": names, "error": 0, "max_error": 0.1, "each_run": True}
        none, finish = simulated(project, truth_of(project), **options).to_dict("records")
        options["conditions"] = ["finish"]
        [again] = simulated(project, truth_of(project), **options).to_dict("records")
    assert (none["by_model"], finish["by_model"] > 0.5) == (0, True)
    assert math.isnan(none["model_error"]) and finish["model_error"] <= 0.1
    assert finish["hours"] < 0.5 * none["hours"] and finish["actions"] < 0.5
    assert again["hours"] == finish["hours"]


def test_a_finish_that_is_refused_leaves_all_labels_to_people(
    project: dalt.Project, truth: dict[str, str]
) -> None:
    [run] = simulated(
        project, truth, conditions=["finish"], max_error=0.001, error=0, each_run=True
    ).to_dict("records")
    assert (run["by_model"], run["accuracy"]) == (0, 1) and math.isnan(run["model_error"])


# --- what it says -------------------------------------------------------------------------------


@pytest.mark.slow  # 600 labels, after each of which the model learns
def test_digits_are_labelled_sooner_by_the_page(tmp_path: Path) -> None:
    digits = load_digits()
    images, names = digits.images[:100].astype(np.uint8), digits.target[:100].astype(str)
    with dalt.Project.create(
        tmp_path / "d.dalt", classes=sorted(set(names)), uniform_share=0.3
    ) as project:
        ids = project.add_images(images * 15, progress=False).ids
        project.add_embeddings(PCA(16, random_state=0).fit_transform(digits.data[:100]))
        truth = dict(zip(ids, names, strict=True))
        found = simulated(project, truth, seeds=2, missed=0, anchoring=0).set_index("condition")
    assert found.index.tolist() == ["none", "suggestions", "verify"]
    assert found.of_unassisted["none"] == 1 and found.seeds.tolist() == [2, 2, 2]
    assert found.of_unassisted["verify"] < 0.8 < found.of_unassisted["suggestions"]
    assert found.actions["none"] == found.actions["suggestions"] == 1 > found.actions["verify"]
    assert (found.accuracy.between(0.93, 1)).all() and found.by_page["verify"] > 0.3
    assert (found.hours_low < found.hours).all() and (found.hours < found.hours_high).all()
    seconds = 1.35 + 0.15 * math.log2(11)
    assert 100 * (seconds + 0.2) < found.hours["none"] * 3_600 < 100 * (seconds + 0.28)
    assert found.attrs == {"runs": 6, "planned": 6}


def test_the_same_seeds_say_the_same(project: dalt.Project, truth: dict[str, str]) -> None:
    first, again = (simulated(project, truth, **PAGES, seeds=2) for _ in range(2))
    pd.testing.assert_frame_equal(first, again)
    assert first.by_page[0] > 0 and first.hours[0] != first.hours[1]


def test_each_run_has_hours_of_each_activity(project: dalt.Project, truth: dict[str, str]) -> None:
    runs = simulated(project, truth, each_run=True)
    parts = runs[[name for name in map(str, runs) if name.startswith("hours_")]]
    assert parts.sum(axis=1).tolist() == pytest.approx(runs.hours.tolist())
    assert runs.seed.tolist() == [0, 0, 0] and runs.pages[0] == 0 < runs.pages[2]


def test_one_seed_has_no_interval(project: dalt.Project, truth: dict[str, str]) -> None:
    found = simulated(project, truth, conditions=["verify"])
    assert np.isnan(found.hours_low[0]) and np.isnan(found.of_unassisted[0]) and found.hours[0] > 0


def test_the_project_stays_as_it_is(project: dalt.Project, truth: dict[str, str]) -> None:
    with project.session("ana") as session:
        asked = session.next()
        assert asked is not None
        session.submit(asked, "dark")
    project.trainer.wait()
    before = {each: each.stat().st_mtime_ns for each in project.folder.rglob("*.toml")}
    files = files_of(project)
    simulated(project, truth, conditions=["suggestions"])
    assert len(project.history()) == 1 and project.labels().annotator.tolist() == ["ana"]
    assert {each: each.stat().st_mtime_ns for each in project.folder.rglob("*.toml")} == before
    assert files_of(project) == files


def test_copies_are_removed(
    project: dalt.Project, truth: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    simulated(project, truth, conditions=["none"])
    assert list((tmp_path / "temporary").iterdir()) == []


def test_labels_of_the_project_make_nothing_shorter(project: dalt.Project) -> None:
    truth = truth_of(project)
    empty = simulated(project, truth, **PAGES)
    with project.session("ana") as session:
        for _ in range(12):
            asked = session.next()
            assert asked is not None
            session.submit(asked, truth[asked.sample.id])
    pd.testing.assert_frame_equal(simulated(project, truth, **PAGES), empty)


def test_settings_about_several_people_do_not_count(tmp_path: Path) -> None:
    several: dict[str, Any] = {"annotations_per_sample": 3, "settings": {"blind": {"share": 0.5}}}
    with pool(tmp_path / "plain.dalt") as plain, pool(tmp_path / "p.dalt", **several) as project:
        first = simulated(plain, truth_of(plain), **PAGES)
        pd.testing.assert_frame_equal(simulated(project, truth_of(project), **PAGES), first)


def test_removed_samples_are_left_out(project: dalt.Project, truth: dict[str, str]) -> None:
    gone = list(truth)[:10]
    project.remove(gone)
    kept = {each: name for each, name in truth.items() if each not in gone}
    whole = simulated(project, kept, conditions=["none", "verify"], error=0)
    assert whole.actions[0] == 1 and whole.accuracy[0] == 1 and whole.by_page[1] > 0
    assert whole.hours[0] * 3_600 == pytest.approx(30 * 1.83, rel=0.05)


# --- interrupted --------------------------------------------------------------------------------


class Interrupting:
    """Progress that presses Ctrl+C in the middle of a run."""

    def __init__(self, after: float) -> None:
        self.after = after
        self.told: list[str] = []

    def __call__(self, what: str, done: int, total: int) -> None:
        self.told.append(what)
        if done > self.after * total:
            raise KeyboardInterrupt


def test_progress_names_condition_and_seed(project: dalt.Project, truth: dict[str, str]) -> None:
    progress = Interrupting(after=1)
    simulated(project, truth, seeds=2, conditions=["none"], progress=progress)
    assert set(progress.told) == {f"Labeling with none, seed {seed}" for seed in (0, 1)}


def test_what_was_complete_is_told(project: dalt.Project, truth: dict[str, str]) -> None:
    with pytest.warns(Uncertain, match=r"interrupted: 2 of 6 runs were complete"):
        found = simulated(project, truth, seeds=2, progress=Interrupting(after=0.4))
    assert found.condition.tolist() == ["none", "suggestions"] and found.seeds.tolist() == [1, 1]
    assert found.attrs == {"runs": 2, "planned": 6}


def test_an_interruption_before_anything_is_complete(
    project: dalt.Project, truth: dict[str, str]
) -> None:
    with pytest.raises(KeyboardInterrupt):
        simulated(project, truth, progress=Interrupting(after=0.1))
    assert simulated(project, truth, conditions=["none"]).seeds[0] == 1


# --- the truth ----------------------------------------------------------------------------------


def test_the_truth_can_be_a_file_a_frame_or_a_series(few: dalt.Project, tmp_path: Path) -> None:
    truth = truth_of(few)
    wanted = simulated(few, truth, **PAGES)
    frame = pd.DataFrame({"sample_id": list(truth), "label": list(truth.values())})
    frame.to_csv(tmp_path / "truth.csv", index=False)
    texts = pd.DataFrame({"body": [f"text {number}" for number in range(len(truth))]})
    texts["class"] = list(truth.values())
    for given, options in (
        (tmp_path / "truth.csv", {}),
        (str(tmp_path / "truth.csv"), {}),
        (frame, {}),
        (pd.Series(truth), {}),
        (texts, {"sample": "body", "label": "class"}),
    ):
        found = simulated(few, given, **PAGES, **options)
        pd.testing.assert_frame_equal(found, wanted)


def test_paths_name_samples_as_for_an_import(tmp_path: Path) -> None:
    from PIL import Image

    (tmp_path / "photos").mkdir()
    for number in range(8):
        Image.new("L", (4, 4), 30 * number).save(tmp_path / f"photos/{number}.png")
    with dalt.Project.create(tmp_path / "p.dalt", classes=["dark", "bright"]) as project:
        project.add_images(tmp_path / "photos", progress=False)
        project.add_embeddings(np.arange(8.0)[:, None], progress=False)
        truth = {f"photos/{each}.png": "dark" if each < 4 else "bright" for each in range(8)}
        assert simulated(project, truth, conditions=["none"], error=0).accuracy[0] == 1


def test_a_truth_that_lacks_samples(project: dalt.Project, truth: dict[str, str]) -> None:
    first = next(iter(truth))
    short = {each: name for each, name in truth.items() if each != first}
    with pytest.raises(dalt.BadInput, match=rf"lacks 1 of 40 samples \({first}\)\. Complete it"):
        simulated(project, short)
    with pytest.raises(dalt.BadInput, match="lacks 40 of 40 samples"):
        simulated(project, {})


def test_a_misspelled_sample_is_named_where_one_is_lacking(
    project: dalt.Project, truth: dict[str, str]
) -> None:
    first, *others = truth
    wrong = {"texd 0": "dark", **{each: truth[each] for each in others}}
    with pytest.raises(
        dalt.BadInput, match=rf"\({first}\)\. Entry 'texd 0': 'texd 0' is no sample"
    ):
        simulated(project, wrong)


def test_what_is_no_sample_is_left_out(project: dalt.Project, truth: dict[str, str]) -> None:
    with pytest.warns(LeftOut, match="names 1 other that is left out"):
        found = simulated(project, truth | {"another text": "dark"}, conditions=["none"], error=0)
    assert found.accuracy[0] == 1


def test_an_unknown_class(project: dalt.Project, truth: dict[str, str]) -> None:
    first = next(iter(truth))
    with pytest.raises(dalt.BadInput, match=r"of the truth: There is no class 'darc'.*'dark'"):
        simulated(project, truth | {first: "darc"})


def test_a_truth_that_contradicts_itself(project: dalt.Project, truth: dict[str, str]) -> None:
    first = next(iter(truth))
    frame = pd.DataFrame({"sample_id": [*truth, first], "label": [*truth.values(), "bright"]})
    with pytest.raises(
        dalt.BadInput, match=r"Row 40 of the truth says 'bright'.*another says 'dark'"
    ):
        simulated(project, frame)


def test_a_label_that_is_missing(project: dalt.Project, truth: dict[str, str]) -> None:
    first = next(iter(truth))
    with pytest.raises(dalt.BadInput, match="of the truth has no label"):
        simulated(project, truth | {first: None})


@pytest.mark.parametrize("given", [7, None, ["dark"], np.zeros(3)])
def test_what_is_no_truth(project: dalt.Project, given: object) -> None:
    with pytest.raises(dalt.BadInput, match="The truth is the path of a file of labels"):
        simulated(project, given)


def test_columns_that_do_not_say_what_they_are(project: dalt.Project) -> None:
    with pytest.raises(dalt.BadInput, match="no column label"):
        simulated(project, pd.DataFrame({"sample_id": ["a"], "what": ["dark"]}))


def test_columns_of_what_has_none(project: dalt.Project, truth: dict[str, str]) -> None:
    with pytest.raises(dalt.BadInput, match="name columns, and this truth has none"):
        simulated(project, truth, label="class")


# --- what cannot be simulated -------------------------------------------------------------------


def test_a_project_without_samples(tmp_path: Path) -> None:
    with (
        dalt.Project.create(tmp_path / "p.dalt", classes=["a", "b"]) as project,
        pytest.raises(dalt.BadInput, match="has no samples yet"),
    ):
        simulated(project, {})


def test_a_pool_that_is_not_encoded(tmp_path: Path) -> None:
    with dalt.Project.create(tmp_path / "p.dalt", classes=["a", "b"]) as project:
        project.add_texts(["one", "two"], progress=False)
        with pytest.raises(NotEncoded, match=r"not encoded yet \(0 of 2\): run project.encode"):
            simulated(project, {})


def test_a_pool_that_is_encoded_in_part(project: dalt.Project) -> None:
    project.add_texts(["a new one"], progress=False)
    with pytest.raises(NotEncoded, match=r"not encoded completely \(40 of 41\)"):
        simulated(project, {})


def test_a_project_of_one_class(tmp_path: Path) -> None:
    with (
        dalt.Project.create(tmp_path / "p.dalt", classes=["a"]) as project,
        pytest.raises(dalt.BadInput, match="With one class there is nothing to decide"),
    ):
        simulated(project, {})


@pytest.mark.parametrize("settings", [{"multi_label": True}, {"task": "boxes"}, {"task": "spans"}])
def test_a_task_of_another_kind(tmp_path: Path, settings: dict[str, Any]) -> None:
    with (
        dalt.Project.create(tmp_path / "p.dalt", classes=["a", "b"], **settings) as project,
        pytest.raises(dalt.BadInput, match="simulated where a sample has one class"),
    ):
        simulated(project, {})


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"seeds": 0}, "seeds is at least 1 and at most 1,000, not 0"),
        ({"seeds": 1_001}, "seeds is at least 1 and at most 1,000, not 1001"),
        ({"page_size": 0}, "page_size is at least 1, not 0"),
        (
            {"conditions": ["pages"]},
            "Conditions are 'none', 'suggestions', 'verify', 'finish', not 'pages'",
        ),
        ({"conditions": []}, "not an empty list"),
        ({"error": 2}, "error is a share from 0 to 1, not 2"),
        ({"max_error": 1}, "max_error is a share between 0 and 1, not 1"),
    ],
)
def test_options_that_make_no_sense(
    project: dalt.Project, truth: dict[str, str], options: dict[str, Any], message: str
) -> None:
    with pytest.raises(dalt.BadInput, match=message):
        simulated(project, truth, **options)


def test_a_closed_project(project: dalt.Project) -> None:
    project.close()
    with pytest.raises(dalt.Closed):
        simulated(project, {})


def test_every_condition_is_told_in_the_documents() -> None:
    page = Path(dalt.__file__).parents[1] / "docs" / "simulation.md"
    assert [name for name in CONDITIONS if f"`{name}`" not in page.read_text()] == []
