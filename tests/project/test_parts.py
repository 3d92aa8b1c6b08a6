"""The parts of a project, each made alone on an open folder, and the facade that hands calls on."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import numpy as np
import pytest

import dalt
from dalt.core.records import Answer, Draw, EngineName, LabelSet, Progress, Recipe, TunedHead
from dalt.core.settings import editing, project_file
from dalt.learning.training.follower import Follower
from dalt.learning.training.trainer import Trainer
from dalt.learning.tuning.spaces import DEFAULT
from dalt.project.classes import ClassEditor
from dalt.project.data import DataIntake
from dalt.project.database import store_of
from dalt.project.encoding import Encoding
from dalt.project.exporting import LabelExporter
from dalt.project.head_search import HeadSearch
from dalt.project.importing.importer import LabelImporter
from dalt.project.membership import Membership
from dalt.project.quality import LabelQuality
from dalt.project.relocating import Relocating
from dalt.project.results import Results
from dalt.project.search_plan import alone, planned
from dalt.project.training import Training
from dalt.project.tuning import Tuning
from dalt.project.workspace import Workspace

PARTS = (
    ClassEditor, DataIntake, Encoding, LabelImporter, LabelQuality, Membership, Relocating,
    Results, Tuning,
)  # fmt: skip
N = 20


def opened(folder: Path) -> Workspace:
    settings = project_file.load(folder)
    return Workspace(folder, settings, store_of(folder, settings))


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    dalt.Project.create(tmp_path / "pets.dalt", classes=["cat", "dog"]).close()
    workspace = opened(tmp_path / "pets.dalt")
    yield workspace
    if not workspace.closed:
        workspace.close()


@pytest.fixture
def training(workspace: Workspace) -> Iterator[Training]:
    training = Training(workspace)
    yield training
    training.close()


@pytest.fixture
def embedded(workspace: Workspace, training: Training) -> Workspace:
    """Texts whose embeddings tell their classes, all of them labelled."""
    added = DataIntake(workspace).add_texts([f"text {i}" for i in range(N)], progress=False)
    rows = np.random.default_rng(0).normal(size=(N, 2))
    rows[:, 0] += np.where(np.arange(N) % 2, 3, -3)
    Encoding(workspace, training).add_embeddings(rows, progress=False)
    for number, sample_id in enumerate(added.ids):
        said = ("cat", "dog")[number % 2]
        workspace.store.answers.record(Answer("label", sample_id, said, "ana", "s", f"k{number}"))
    return workspace


# --- the facade ---------------------------------------------------------------------------------


def test_a_project_is_one_class_whose_methods_are_those_of_its_parts() -> None:
    assert dalt.Project.__bases__ == (object,)
    handed_on = []
    for part in PARTS:
        for name, method in vars(part).items():
            if name.startswith("_"):
                continue
            facade = getattr(dalt.Project, name)
            assert facade.__doc__ == method.__doc__, name
            assert inspect.signature(facade) == inspect.signature(method), name
            handed_on.append(name)
    assert sorted(set(handed_on)) == sorted(handed_on), "no two parts have a method of one name"


# --- the workspace ------------------------------------------------------------------------------


def test_a_workspace_knows_what_its_samples_are(workspace: Workspace) -> None:
    assert workspace.kind is None
    DataIntake(workspace).add_texts(["one"], progress=False)
    assert workspace.kind == "text"


def test_a_closed_workspace_has_settings_and_nothing_else(workspace: Workspace) -> None:
    workspace.close()
    assert workspace.closed and workspace.settings.name == "pets"
    for refused in ("store", "kind", "cache"):
        with pytest.raises(dalt.Closed, match=r"Project\.open\('.*pets\.dalt'\)"):
            getattr(workspace, refused)
    with pytest.raises(dalt.Closed):
        workspace.check_open()


def test_a_workspace_sees_classes_that_another_process_added(workspace: Workspace) -> None:
    editing.add_class(workspace.folder, "bird")
    workspace.live.look_again()
    assert workspace.class_set.names == ("cat", "dog", "bird")


# --- the trainer --------------------------------------------------------------------------------


def test_there_is_one_trainer_made_when_it_is_needed(training: Training) -> None:
    training.wake()  # nobody is there to be woken
    assert training.newest() is None
    trainer = training.trainer
    assert isinstance(trainer, Trainer) and training.trainer is trainer
    assert training.learner() is training.trainer is not trainer


def test_a_thin_one_follows_and_says_what_it_cannot(workspace: Workspace) -> None:
    training = Training(workspace, thin=True)
    assert isinstance(training.trainer, Follower)
    assert training.follower() is training.trainer
    with pytest.raises(dalt.ThinProject, match=r"^project\.encode\(\) needs a project that learns"):
        training.check_learns("project.encode()")
    training.close()


def test_no_trainer_is_made_of_a_closed_project(workspace: Workspace, training: Training) -> None:
    workspace.close()
    with pytest.raises(dalt.Closed):
        training.started()


def test_the_newest_snapshot_has_the_present_names(embedded: Workspace, training: Training) -> None:
    training.started().wait(60)
    ClassEditor(embedded, training).rename_class("cat", "lynx")
    snapshot = training.newest()
    assert snapshot is not None and snapshot.classes == ("lynx", "dog")
    training.close()  # read from its file now
    again = training.newest()
    assert again is not None and again.classes == ("lynx", "dog")


# --- data and labels ----------------------------------------------------------------------------


def test_what_comes_in_is_in_the_results(workspace: Workspace, training: Training) -> None:
    added = DataIntake(workspace).add_texts(["one", "two", "one"], progress=False)
    assert list(Results(workspace, training).samples().sample_id) == added.ids[:2]
    assert Results(workspace, training).status()["samples"] == 2


def test_labels_go_from_one_project_to_another(
    embedded: Workspace, training: Training, tmp_path: Path
) -> None:
    path = tmp_path / "labels.csv"
    assert LabelExporter(embedded).export(path, progress=False) == N
    dalt.Project.create(tmp_path / "other.dalt", classes=["cat", "dog"]).close()
    other = opened(tmp_path / "other.dalt")
    DataIntake(other).add_texts([f"text {i}" for i in range(N)], progress=False)
    elsewhere = Training(other)
    assert LabelImporter(other, elsewhere).import_labels(path, progress=False) == N
    here, there = (
        Results(each, learns).labels()[["sample_id", "label", "annotator"]]
        for each, learns in ((embedded, training), (other, elsewhere))
    )
    assert here.values.tolist() == there.values.tolist()
    other.close()


def test_half_of_the_gold_is_answered_correctly(embedded: Workspace, training: Training) -> None:
    quality = LabelQuality(embedded, training)
    [first, second] = embedded.store.samples.all()[:2]
    assert quality.set_gold({first.id: "cat", second.id: "dog"}) == 2
    drawn = Draw("gold", 0.5, 2)
    for number, sample in enumerate((first, second)):
        answer = Answer("label", sample.id, "cat", "ben", "s", f"b{number}", draw=drawn)
        embedded.store.answers.record(answer)
    board = quality.board().set_index("annotator")
    assert (board.gold["ben"], board.gold_n["ben"]) == (0.5, 2)


# --- searches -----------------------------------------------------------------------------------


def quiet(what: str, done: int, total: int) -> None:
    """Report to nobody."""


def test_no_search_is_planned_before_there_are_embeddings(workspace: Workspace) -> None:
    with pytest.raises(dalt.NotEncoded, match=r"run project\.encode"):
        planned(workspace, 1.0, quiet, lambda: False)


def test_a_plan_has_the_labels_of_embedded_samples(embedded: Workspace) -> None:
    late = DataIntake(embedded).add_texts(["too late"], progress=False)
    embedded.store.answers.record(Answer("label", late.ids[0], "cat", "ana", "s", "late"))
    plan = planned(embedded, 2.0, quiet, lambda: False)
    assert (plan.pool.n_samples, plan.seconds, plan.seed) == (N, 2.0, 0)
    assert plan.labels.positions.tolist() == list(range(N))


def test_one_search_at_a_time(workspace: Workspace) -> None:
    with alone(workspace):
        second = opened(workspace.folder)
        with pytest.raises(dalt.BadInput, match=r"^A search for pets runs already"):
            alone(second)
    with alone(second):
        pass
    second.close()


class FindsTheUsual:
    """An engine that finds the head that is in use already."""

    name: EngineName = "builtin"

    def search(
        self, embeddings: np.ndarray, labels: LabelSet, budget_s: float, progress: Progress
    ) -> TunedHead:
        values = {name: value for name, value in DEFAULT.items() if name != "kind"}
        recipe = Recipe("blend", values=values)
        return TunedHead(
            engine=self.name, versions={}, recipe=recipe, settings=values, weights={},
            classes=(0, 1), score=1.0, trials=(), seconds=budget_s,
        )  # fmt: skip


def test_a_search_that_finds_what_is_in_use_is_recorded_and_changes_nothing(
    embedded: Workspace, training: Training
) -> None:
    plan = planned(embedded, 1.0, quiet, lambda: False)
    with HeadSearch(plan, embedded.store, embedded.tuning_folder) as search:
        choice = search.run(FindsTheUsual())
    assert not choice.accepted and choice.reason == "Nothing better than the head in use was found."
    assert embedded.store.head_choices.accepted() is None
    tuning = Tuning(embedded, training, Encoding(embedded, training))
    assert list(tuning.choices().choice_id) == [choice.choice_id]
    assert tuning.trials().empty
    assert Results(embedded, training).status()["tuned"]["reason"] == choice.reason


def test_before_a_search_there_are_columns_and_no_trials(
    workspace: Workspace, training: Training
) -> None:
    tuning = Tuning(workspace, training, Encoding(workspace, training))
    assert len(tuning.choices()) == 0 and "accepted" in tuning.choices().columns
    with pytest.raises(dalt.BadInput, match="There is no search yet"):
        tuning.trials()


def test_threads_share_one_trainer(training: Training) -> None:
    gate = Barrier(8)

    def begin(_: int) -> int:
        gate.wait()
        return id(training.started())

    with ThreadPoolExecutor(8) as threads:
        assert len(set(threads.map(begin, range(8)))) == 1
