"""The search for a better head: engines, the comparison, the choice, and who uses it."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from processes import runs, under
from waiting import PATIENCE, until, until_told

import dalt
from dalt.core.records import (
    BadInput,
    BadSettings,
    Choice,
    EngineMissing,
    LabelSet,
    Recipe,
    TuningFailed,
    utc_now,
)
from dalt.core.settings.tune import TuneSettings, due_at
from dalt.learning.heads.network import NetworkHead, folded
from dalt.learning.heads.predictors import predict
from dalt.learning.heads.registry import default_head
from dalt.learning.heads.tuned import (
    Trying,
    calibrated,
    compare,
    compared,
    excerpt,
    head_of,
    judging,
    right,
    searched,
)
from dalt.learning.tuning.builtin import Here, OptunaTuner
from dalt.learning.tuning.spaces import DEFAULT, PLAIN
from dalt.model import Pool
from dalt.project.search_plan import alone

N_SAMPLES = 300
LAYERS = ({"kind": "linear", "units": 16}, {"kind": "relu"}, {"kind": "linear", "units": 2})
NETWORK = Recipe("network", LAYERS, {"epochs": 30, "rate": 0.01})


def hidden_classes(n: int = N_SAMPLES) -> tuple[np.ndarray, np.ndarray]:
    """Two classes in a small direction among large ones: distances tell nothing of them."""
    draw = np.random.default_rng(0)
    rows = draw.normal(size=(n, 12)).astype(np.float32) * 20
    classes = np.arange(n) % 2
    rows[:, 0] = (classes - 0.5) * 2 + draw.normal(size=n) * 0.2
    return rows, classes


def labels_of(classes: np.ndarray, n: int, n_classes: int = 2) -> LabelSet:
    positions = np.arange(n, dtype=np.int64)
    return LabelSet(positions, np.eye(n_classes, dtype=np.float32)[classes[:n]], n)


@pytest.fixture
def project(tmp_path: Path) -> Iterator[dalt.Project]:
    """A project in which the default head cannot tell the classes, and a network can."""
    rows, classes = hidden_classes()
    with dalt.Project.create(tmp_path / "hidden.dalt", classes=["low", "high"]) as made:
        made.add_table(pd.DataFrame({"x": np.arange(len(rows))}), progress=False)
        made.add_embeddings(rows)
        label(made, classes, 80)
        yield made


def label(project: dalt.Project, classes: np.ndarray, n: int) -> None:
    with project.session(annotator="ana") as session:
        for _ in range(n):
            assignment = session.next()
            assert assignment is not None
            name = ("low", "high")[classes[assignment.sample.position]]
            session.submit(assignment, name)


def wait_for_head(project: dalt.Project, name: str) -> None:
    """Until the trainer has published a snapshot of a head."""

    def published() -> bool:
        snapshot = project.trainer.snapshot
        return snapshot is not None and snapshot.head == name

    until_told(project, published)


# --- recipes and networks -----------------------------------------------------------------------


def test_a_network_predicts_in_numpy_what_torch_does() -> None:
    import torch

    layers: list[dict[str, Any]] = [
        {"kind": "linear", "units": 8}, {"kind": "norm", "epsilon": 1e-5}, {"kind": "tanh"},
        {"kind": "dropout", "share": 0.5}, {"kind": "linear", "units": 6}, {"kind": "silu"},
        {"kind": "linear", "units": 3},
    ]  # fmt: skip
    torch.manual_seed(0)
    network = torch.nn.Sequential(
        torch.nn.Linear(4, 8), torch.nn.BatchNorm1d(8), torch.nn.Tanh(), torch.nn.Dropout(0.5),
        torch.nn.Linear(8, 6), torch.nn.SiLU(), torch.nn.Linear(6, 3),
    )  # fmt: skip
    network(torch.randn(64, 4))  # the norm has seen something
    network.eval()
    rows = np.random.default_rng(0).normal(size=(50, 4)).astype(np.float32)
    arrays = {name: value.numpy() for name, value in network.state_dict().items()}
    arrays |= {"map": np.diag([2.0, 1, 1, 1]), "offset": np.array([1.0, 0, 0, 0])}
    scaled = rows * np.array([2, 1, 1, 1], np.float32) + np.array([1, 0, 0, 0], np.float32)
    with torch.no_grad():
        wanted = torch.softmax(network(torch.from_numpy(scaled)), dim=1).numpy()
    found = predict(folded(layers, arrays), rows, 3)
    np.testing.assert_allclose(found, 0.999 * wanted + 0.001 / 3, atol=1e-5)


def test_a_network_is_the_same_for_the_same_seed_and_leaves_torch_alone() -> None:
    import torch

    rows, classes = hidden_classes()
    pool, labels = Pool(rows), labels_of(classes, 60)
    torch.manual_seed(5)
    before = torch.get_rng_state()
    one = NetworkHead(NETWORK).fit(pool, labels, 2, seed=3)
    two = NetworkHead(NETWORK).fit(pool, labels, 2, seed=3)
    np.testing.assert_array_equal(one.probabilities, two.probabilities)
    assert torch.equal(torch.get_rng_state(), before)


def test_a_network_learns_from_one_label_and_gets_a_class_more() -> None:
    rows, classes = hidden_classes()
    layers = ({"kind": "linear", "units": 8}, {"kind": "norm", "epsilon": 1e-5}, *LAYERS[1:])
    head = NetworkHead(Recipe("network", layers, {"epochs": 3}))
    found = head.fit(Pool(rows), labels_of(classes, 1), 2, seed=0)
    assert found.probabilities.shape == (N_SAMPLES, 2)
    more = head.fit(Pool(rows), labels_of(classes, 20, 3), 3, seed=0)
    assert more.probabilities.shape == (N_SAMPLES, 3)
    assert np.isfinite(more.probabilities).all()


def test_a_network_answers_each_class_where_there_are_several() -> None:
    rows, classes = hidden_classes()
    targets = np.stack([classes, 1 - classes, np.ones_like(classes)], axis=1)[:60]
    labels = LabelSet(np.arange(60), targets.astype(np.float32), 60, multi=True)
    found = NetworkHead(NETWORK).fit(Pool(rows), labels, 3, seed=0).probabilities
    assert right(found[60:120], np.tile(targets[:2], (30, 1)), multi=True).mean() > 0.9


def test_a_network_that_overflows_says_so() -> None:
    rows, classes = hidden_classes()
    recipe = Recipe("network", LAYERS, {"optimizer": "sgd", "rate": 1e12, "epochs": 5})
    with pytest.raises(ValueError, match="does not learn: its weights overflow"):
        NetworkHead(recipe).fit(Pool(rows), labels_of(classes, 60), 2, seed=0)


def test_the_default_settings_are_the_default_head() -> None:
    rows, classes = hidden_classes()
    values = {name: value for name, value in DEFAULT.items() if name != "kind"}
    pool, labels = Pool(rows), labels_of(classes, 40)
    tuned = head_of(Recipe("blend", values=values)).fit(pool, labels, 2, seed=0)
    default = default_head().fit(pool, labels, 2, seed=0)
    np.testing.assert_array_equal(tuned.probabilities, default.probabilities)
    assert set(tuned.weights) == set(default.weights)


@pytest.mark.parametrize("multi", [False, True])
def test_other_settings_of_the_default_head_predict_like_they_fit(multi: bool) -> None:
    rows = np.random.default_rng(1).normal(size=(400, 6)).astype(np.float32)
    classes = (rows[:, 0] > 0).astype(int)
    labels = labels_of(classes, 80)
    labels = LabelSet(labels.positions, labels.targets, 80, multi)
    pool = Pool(rows)
    head = head_of(Recipe("blend", values={"half_way": 2.0, "ridge": 0.05, "reach": 4.0}))
    fitted = head.fit(pool, labels, 2, seed=0)
    again = predict(fitted.weights, rows, 2)
    assert (again.argmax(axis=1) == fitted.probabilities.argmax(axis=1)).mean() > 0.9


# --- the comparison -----------------------------------------------------------------------------


def test_a_better_head_is_found_better_and_the_same_is_not() -> None:
    rows, classes = hidden_classes()
    trying = Trying(Pool(rows), labels_of(classes, 80), seed=0)
    *_, better = compare(trying, default_head(), head_of(NETWORK), repeats=2)
    assert better is not None
    assert better.better and better.tuned > 0.9 > better.current
    *_, same = compare(trying, default_head(), default_head(), repeats=1)
    assert same is not None
    assert (same.better, same.difference) == (False, 0.0)


def test_repeating_the_comparison_makes_no_more_labels_of_them() -> None:
    once = np.zeros((1, 2, 60))
    once[0, 1, ::6] = 1
    found, again = compared(once), compared(np.repeat(once, 5, axis=0))
    assert (found.low, found.high) == (again.low, again.high)
    assert (again.repeats, again.n_labels) == (5, 60)


def test_a_search_does_not_see_the_labels_that_judge_what_it_finds() -> None:
    rows, classes = hidden_classes()
    labels = labels_of(classes, 80)
    judges = judging(labels, seed=3)
    seen = searched(labels, judges)
    assert judges.sum() == 24
    assert not set(seen.positions) & set(labels.positions[judges])
    trying = Trying(Pool(rows), labels, 3, judges)
    parts = [trying.rights(default_head(), part)[1] for part in range(5)]
    assert sorted(np.concatenate(parts)) == np.flatnonzero(judges).tolist()


def test_a_large_pool_is_compared_on_a_share_that_keeps_every_label() -> None:
    rows = np.arange(30_000, dtype=np.float32)[:, None]
    labels = LabelSet(np.array([5, 29_000]), np.eye(2, dtype=np.float32), 2)
    pool, kept = excerpt(Pool(rows), labels, seed=0)
    assert pool.n_samples < 10_003
    assert pool.embeddings[kept.positions].ravel().tolist() == [5, 29_000]


def test_an_overconfident_network_is_made_careful() -> None:
    rows, classes = hidden_classes()
    noisy = classes.copy()
    noisy[::3] = 1 - noisy[::3]
    trying = Trying(Pool(rows), labels_of(noisy, 90), seed=0)
    found = calibrated(trying, Recipe("network", LAYERS, {"epochs": 100, "rate": 0.02}))
    assert found.values["sharpness"] < 0.7


class EnoughTried:
    """Ends a search when so many settings were tried, however long that takes."""

    def __init__(self, wanted: int) -> None:
        self.wanted = wanted
        self.tried = 0

    def progress(self, what: str, done: int, total: int) -> None:
        found = re.search(r"(\d+) tried", what)
        self.tried = int(found[1]) if found else self.tried

    def __call__(self) -> bool:
        return self.tried >= self.wanted


# --- the built-in engine ------------------------------------------------------------------------


def score_by_width(recipe: Recipe, part: int) -> tuple[float, float]:
    """A stand-in for fits: networks are better, and the wider the better."""
    if recipe.kind == "blend":
        return 0.5, -1.0
    widths = [layer["units"] for layer in recipe.layers if layer["kind"] == "linear"]
    return min(0.6 + max(widths) / 2_000, 1.0), -1.0


class Countdown:
    """Stops after so many looks."""

    def __init__(self, looks: int) -> None:
        self.left = looks

    def __call__(self) -> bool:
        self.left -= 1
        return self.left < 0


def test_the_search_finds_what_scores_best_and_keeps_its_history() -> None:
    rows, classes = hidden_classes()
    tuner = OptunaTuner(Here(score_by_width), seed=0, stopping=Countdown(120))
    found = tuner.search(rows, labels_of(classes, 80), 1e6, lambda *_: None)
    assert found.recipe.kind == "network"
    assert found.score > 0.7
    assert found.stopped
    assert dict(found.trials[0].settings) == dict(DEFAULT)
    assert found.versions["optuna"].startswith("5.")
    assert {trial.state for trial in found.trials} == {"complete", "pruned"}
    assert max(trial.spent for trial in found.trials if trial.state == "pruned") < 5


def test_the_search_begins_with_the_settings_in_use() -> None:
    rows, classes = hidden_classes()
    incumbent = dict(PLAIN) | {"units_1": 77}
    tuner = OptunaTuner(Here(score_by_width), incumbent=incumbent, stopping=Countdown(8))
    found = tuner.search(rows, labels_of(classes, 80), 1e6, lambda *_: None)
    assert found.trials[0].settings["units_1"] == 77


def test_settings_that_fail_are_told_and_the_search_goes_on() -> None:
    def evaluate(recipe: Recipe, part: int) -> tuple[float, float]:
        if recipe.kind == "network":
            raise ValueError("its weights overflow")
        return 0.5, -1.0

    rows, classes = hidden_classes()
    tuner = OptunaTuner(Here(evaluate), stopping=Countdown(40))
    found = tuner.search(rows, labels_of(classes, 80), 1e6, lambda *_: None)
    assert found.recipe.kind == "blend"
    assert "failed" in {trial.state for trial in found.trials}


def test_a_search_in_which_nothing_works_says_why() -> None:
    def evaluate(recipe: Recipe, part: int) -> tuple[float, float]:
        raise OSError("No space left on device")

    rows, classes = hidden_classes()
    tuner = OptunaTuner(Here(evaluate), stopping=Countdown(3))
    with pytest.raises(TuningFailed, match=r"found nothing .*No space left"):
        tuner.search(rows, labels_of(classes, 80), 1e6, lambda *_: None)


# --- the project --------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_better_head_learns_from_then_on(project: dalt.Project) -> None:
    project.trainer.wait(PATIENCE)
    assert project.trainer.snapshot is not None
    assert project.trainer.snapshot.head == "blend"
    choice = project.tune("builtin", budget=600, stopping=Countdown(30), progress=False)
    assert choice.accepted, choice.reason
    assert choice.reason.startswith("It is better: +")
    wait_for_head(project, choice.recipe.name)
    status = project.status()
    assert status["head"] == choice.recipe.name
    assert status["tuned"]["accepted"] and status["tuned"]["engine"] == "builtin"
    _, classes = hidden_classes()
    label(project, classes, 5)
    project.trainer.wait(PATIENCE)
    assert project.trainer.snapshot.head == choice.recipe.name
    assert project.trainer.snapshot.cursor == project.workspace.store.events.cursor()
    frame = project.choices()
    assert frame.accepted.tolist() == [True]
    assert len(project.trials()) == len(choice.trials)


def test_the_choice_outlives_the_process(project: dalt.Project, tmp_path: Path) -> None:
    choose(project, NETWORK)
    wait_for_head(project, NETWORK.name)
    folder = project.folder
    project.close()
    with dalt.Project.open(folder) as again:
        _, classes = hidden_classes()
        label(again, classes, 1)
        again.trainer.wait(PATIENCE)
        assert again.trainer.snapshot is not None
        assert again.trainer.snapshot.head == NETWORK.name


def choose(project: dalt.Project, recipe: Recipe, **changes: Any) -> None:
    """Record a choice, as a search would."""
    values: dict[str, Any] = dict(
        created_at=utc_now(), accepted=True, reason="It is better.", engine="builtin",
        versions={}, recipe=recipe, settings={}, score=0.9, seconds=1.0, trials=(),
        before="blend", comparison=None, cursor=1, n_labels=80,
        encoder=project.workspace.cache.version or "",
    )  # fmt: skip
    project.workspace.store.head_choices.add(Choice(**(values | changes)))
    project.trainer.wake()


def test_a_choice_is_for_the_embeddings_that_it_was_made_on(project: dalt.Project) -> None:
    choose(project, NETWORK)
    wait_for_head(project, NETWORK.name)
    rows, _ = hidden_classes()
    project.add_embeddings(rows + 1)
    project.trainer.wait(PATIENCE)
    assert project.trainer.snapshot is not None
    assert project.trainer.snapshot.head == "blend"
    assert project.status()["head"] == "default"


def test_a_chosen_head_that_cannot_learn_gives_way_to_the_default_one(
    project: dalt.Project,
) -> None:
    project.trainer.wait(PATIENCE)
    choose(project, Recipe("network", LAYERS, {"optimizer": "sgd", "rate": 1e12, "epochs": 5}))
    _, classes = hidden_classes()
    label(project, classes, 1)
    project.trainer.wait(PATIENCE)
    assert project.trainer.snapshot is not None
    assert (project.trainer.state, project.trainer.snapshot.head) == ("idle", "blend")


def test_a_head_that_is_no_better_is_recorded_with_the_reason(tmp_path: Path) -> None:
    draw = np.random.default_rng(0)
    classes = np.arange(200) % 2
    rows = (draw.normal(size=(200, 4)) + 8 * classes[:, None]).astype(np.float32)
    with dalt.Project.create(tmp_path / "easy.dalt", classes=["low", "high"]) as easy:
        easy.add_table(pd.DataFrame({"x": np.arange(200)}), progress=False)
        easy.add_embeddings(rows)
        label(easy, classes, 40)
        choice = easy.tune("builtin", budget=600, stopping=Countdown(12), progress=False)
        assert not choice.accepted
        assert easy.status()["head"] == "default"
        assert easy.status()["tuned"]["reason"] == choice.reason
        assert "better" in choice.reason


@pytest.mark.slow
def test_samples_of_several_classes_are_searched_by_the_built_in_engine(tmp_path: Path) -> None:
    rows, classes = hidden_classes()
    with dalt.Project.create(
        tmp_path / "several.dalt", classes=["low", "high"], multi_label=True
    ) as project:
        project.add_table(pd.DataFrame({"x": np.arange(len(rows))}), progress=False)
        project.add_embeddings(rows)
        with project.session(annotator="ana") as session:
            for _ in range(60):
                asked: Any = session.next()
                session.submit(asked, [("low", "high")[classes[asked.sample.position]]])
        with pytest.raises(
            BadInput, match="here a sample can have several: use the engine 'builtin'"
        ):
            project.tune("autopytorch", budget=30, progress=False)
        enough = EnoughTried(8)
        choice = project.tune("builtin", budget=200, stopping=enough, progress=enough.progress)
        assert choice.reason
        project.trainer.wait(PATIENCE)


# --- what can go wrong --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("n", "wanted"),
    [(3, "needs at least 20 labelled samples, and there are 3: label more"), (0, "there are 0")],
)
def test_few_labels_are_refused(tmp_path: Path, n: int, wanted: str) -> None:
    rows, classes = hidden_classes()
    with dalt.Project.create(tmp_path / "few.dalt", classes=["low", "high"]) as few:
        few.add_table(pd.DataFrame({"x": np.arange(len(rows))}), progress=False)
        few.add_embeddings(rows)
        label(few, classes, n)
        with pytest.raises(BadInput, match=wanted):
            few.tune(progress=False)
        label(few, classes, 1)  # labeling goes on


def test_one_class_is_refused(tmp_path: Path) -> None:
    rows, classes = hidden_classes()
    with dalt.Project.create(tmp_path / "one.dalt", classes=["low", "high"]) as one:
        one.add_table(pd.DataFrame({"x": np.arange(len(rows))}), progress=False)
        one.add_embeddings(rows)
        label(one, np.zeros_like(classes), 25)
        with pytest.raises(BadInput, match="two classes with two labels each, and there is one"):
            one.tune(progress=False)


@pytest.mark.parametrize(
    ("budget", "said"),
    [(1, "needs at least 5 seconds"), (0, "needs at least 5 seconds"),
     (-5, "needs at least 5 seconds"), (float("nan"), "budget is a number, not nan")],
)  # fmt: skip
def test_a_budget_of_a_second_is_refused(project: dalt.Project, budget: float, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        project.tune("builtin", budget=budget, progress=False)


def test_a_pool_without_embeddings_is_refused(tmp_path: Path) -> None:
    with (
        dalt.Project.create(tmp_path / "bare.dalt", classes=["a", "b"]) as bare,
        pytest.raises(dalt.NotEncoded, match="dalt encode"),
    ):
        bare.tune(progress=False)


def test_an_engine_that_there_is_not_is_refused(project: dalt.Project) -> None:
    with pytest.raises(BadInput, match="no engine 'ray'; the engines are builtin and autopytorch"):
        project.tune("ray", progress=False)  # type: ignore[arg-type]


def test_a_head_of_ones_own_is_not_replaced(project: dalt.Project) -> None:
    folder = project.folder
    project.close()
    with (
        dalt.Project.open(folder, head=default_head()) as own,
        pytest.raises(BadInput, match="a head of your own"),
    ):
        own.tune(progress=False)


def test_two_searches_at_once_are_refused(project: dalt.Project) -> None:
    with alone(project.workspace), pytest.raises(BadInput, match="runs already"):
        project.tune("builtin", budget=5, progress=False)


def test_a_full_disk_leaves_the_head_in_use(
    project: dalt.Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("dalt.storage.head_choices.HeadChoices.add", full)
    with pytest.raises(OSError, match="No space left"):
        project.tune("builtin", budget=600, stopping=Countdown(6), progress=False)
    monkeypatch.undo()
    assert project.status()["head"] == "default"
    _, classes = hidden_classes()
    label(project, classes, 1)
    project.trainer.wait(PATIENCE)


def test_settings_of_the_search_are_checked() -> None:
    assert [due_at(n) for n in (49, 50, 120, 5_000)] == [0, 50, 100, 3_200]
    with pytest.raises(BadSettings, match="engine is one of builtin, autopytorch"):
        TuneSettings(engine="ray")  # type: ignore[arg-type]  # refused when it runs
    with pytest.raises(BadSettings, match="budget is a number of seconds"):
        TuneSettings(budget=-1)


def test_the_command_ends_by_ctrl_c_and_keeps_what_it_found(project: dalt.Project) -> None:
    folder = project.folder
    project.close()
    process = subprocess.Popen(
        [sys.executable, "-m", "dalt.cli", "tune", str(folder), "--budget", "600"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert "Ctrl+C ends it" in process.stdout.readline()
    process.send_signal(signal.SIGINT)
    out, error = process.communicate(timeout=PATIENCE)
    found_nothing = process.returncode == 1 and "found nothing" in error
    assert found_nothing or (process.returncode == 0 and "ended before its time" in out), error


# --- autoPyTorch's environment and process, without the package -----------------------------------


def test_autopytorch_without_its_environment_is_refused(
    project: dalt.Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("DALT_AUTOPYTORCH_PYTHON", raising=False)
    with pytest.raises(EngineMissing, match="is not there: make it once with `dalt tune --setup`"):
        project.tune("autopytorch", budget=30, progress=False)
    assert project.choices().empty


def test_a_half_built_environment_is_found_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dalt.learning.tuning import environment

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv("DALT_AUTOPYTORCH_PYTHON", raising=False)
    folder = environment.environment_folder()
    environment.python_of(folder).parent.mkdir(parents=True)
    environment.python_of(folder).touch()
    with pytest.raises(EngineMissing, match="was not finished: make it once"):
        environment.interpreter()
    (folder / environment.MARK).write_text('{"torch": "/gone"}', "utf-8")
    with pytest.raises(EngineMissing, match="was not finished"):
        environment.interpreter()


def test_a_named_interpreter_that_is_not_there_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from dalt.learning.tuning import environment

    monkeypatch.setenv("DALT_AUTOPYTORCH_PYTHON", "/nowhere/python")
    with pytest.raises(EngineMissing, match="names /nowhere/python, and there is no interpreter"):
        environment.interpreter()


def test_an_interpreter_without_autopytorch_is_refused() -> None:
    from dalt.learning.tuning import environment

    with pytest.raises(EngineMissing, match=r"cannot run autoPyTorch .*autoPyTorch"):
        environment.check(Path(sys.executable))


def test_an_environment_that_cannot_be_built_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dalt.learning.tuning import environment

    monkeypatch.setattr(environment, "_pins", lambda text: ["--no-such-option"])
    folder = tmp_path / "autopytorch"
    with pytest.raises(TuningFailed, match=r"could not be built .*; all that was said is in"):
        environment.build(lambda *_: None, folder)
    assert not folder.exists()
    assert not list(tmp_path.glob("*.part"))


def test_no_compiler_is_said_before_anything_is_built(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dalt.learning.tuning import environment

    monkeypatch.setattr("shutil.which", lambda name: None)
    with pytest.raises(EngineMissing, match=r"no C\+\+ compiler: install one"):
        environment.build(lambda *_: None, tmp_path / "autopytorch")


def stand_in(tmp_path: Path, body: str) -> Path:
    """An interpreter that does something else than search."""
    script = tmp_path / "python"
    script.write_text(f"#!/bin/sh\n{body}\n", "utf-8")
    script.chmod(0o755)
    return script


def search_by(python: Path, tmp_path: Path, budget: float = 20, **options: Any) -> Any:
    from dalt.learning.tuning.autopytorch import AutoPyTorchTuner

    rows, classes = hidden_classes()
    tuner = AutoPyTorchTuner(python, tmp_path / "log", **options)
    return tuner.search(rows, labels_of(classes, 40), budget, lambda *_: None)


def test_a_child_that_is_killed_is_told_with_its_log(tmp_path: Path) -> None:
    python = stand_in(tmp_path, "echo on its way; kill -9 $$")
    with pytest.raises(TuningFailed, match="ended before it had found anything; its log is"):
        search_by(python, tmp_path)
    assert "on its way" in (tmp_path / "log").read_text("utf-8")


def test_what_the_child_says_went_wrong_is_told(tmp_path: Path) -> None:
    body = """echo '{"error": "OSError: No space left on device"}' > "$4/error.json"; exit 1"""
    with pytest.raises(TuningFailed, match="OSError: No space left on device; its log is"):
        search_by(stand_in(tmp_path, body), tmp_path)


def test_the_limit_holds_for_a_child_that_does_not_listen_and_for_its_children(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dalt.learning.tuning.autopytorch.GRACE_SECONDS", 0.2)
    monkeypatch.setattr("dalt.learning.tuning.autopytorch.HARD_SECONDS", 0.2)
    # A child that ignores the signal, in a process group of its own.
    body = f"trap '' TERM; setsid_less=1; sh -c 'sleep 600' & echo $! > {tmp_path}/pid; wait"
    with pytest.raises(TuningFailed, match="ended before it had found anything"):
        search_by(stand_in(tmp_path, body), tmp_path, budget=0.5)
    pid = int((tmp_path / "pid").read_text())
    assert not runs(pid)


def test_a_search_that_is_over_hands_in_whoever_asks_it_to_end(tmp_path: Path) -> None:
    """The limit may pass while it hands in; what was found was once lost then."""
    api, datasets = tmp_path / "autoPyTorch" / "api", tmp_path / "autoPyTorch" / "datasets"
    for package in (api, datasets):
        package.mkdir(parents=True)
    body = "class TabularClassificationTask:\n    __init__ = search = lambda self, **_: None\n"
    (api / "tabular_classification.py").write_text(body, "utf-8")
    body = "class HoldoutValTypes:\n    stratified_holdout_validation = 0\n"
    (datasets / "resampling_strategy.py").write_text(body, "utf-8")
    code = """
import os, pathlib, signal
from dalt.learning.tuning import autopytorch_worker as worker
signal.signal(signal.SIGTERM, worker._stop)
worker.search({"seed": 0, "until": 0}, [], [], pathlib.Path())
os.kill(os.getpid(), signal.SIGTERM)
print("handed in")
"""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
    )
    assert done.stdout.endswith("handed in\n"), done.stderr


def test_a_search_that_is_given_up_ends_its_process(tmp_path: Path) -> None:
    body = f"echo $$ > {tmp_path}/pid; exec sleep 600"
    with pytest.raises(TuningFailed):
        search_by(stand_in(tmp_path, body), tmp_path, stopping=lambda: (tmp_path / "pid").exists())
    assert not runs(int((tmp_path / "pid").read_text()))


def test_labels_that_its_hold_out_cannot_be_made_of_are_refused(tmp_path: Path) -> None:
    from dalt.learning.tuning.autopytorch import AutoPyTorchTuner

    rows, _ = hidden_classes()
    tuner = AutoPyTorchTuner(stand_in(tmp_path, "exit 1"), tmp_path / "log")
    many = LabelSet(np.arange(20), np.eye(10, dtype=np.float32)[np.arange(20) % 10], 20)
    with pytest.raises(BadInput, match="20 labels of 10 classes that have two or more are too few"):
        tuner.search(rows, many, 30, lambda *_: None)


def test_a_network_that_is_rebuilt_wrongly_is_refused() -> None:
    from dalt.core.records import TunedHead
    from dalt.project.head_search import check_rebuilt

    arrays: dict[str, Any] = {
        "0.weight": np.eye(2), "0.bias": np.zeros(2), "map": np.eye(2), "offset": np.zeros(2),
        "check": np.eye(2, dtype=np.float32), "probabilities": np.eye(2)[::-1],
    }  # fmt: skip
    recipe = Recipe("network", ({"kind": "linear", "units": 2},))
    tuned = TunedHead("autopytorch", {}, recipe, {}, 0.5, (), 1.0, arrays)
    with pytest.raises(TuningFailed, match=r"could not be rebuilt: it says the same of 0.0%"):
        check_rebuilt(tuned)


def test_autopytorchs_settings_become_a_recipe() -> None:
    from dalt.learning.tuning.autopytorch import recipe_of

    settings = {
        "optimizer:__choice__": "RMSpropOptimizer", "optimizer:RMSpropOptimizer:lr": 0.02,
        "optimizer:RMSpropOptimizer:alpha": 0.9, "optimizer:RMSpropOptimizer:momentum": 0.1,
        "optimizer:RMSpropOptimizer:weight_decay": 0.01, "scaler:__choice__": "MinMaxScaler",
        "data_loader:batch_size": 48, "lr_scheduler:__choice__": "CosineAnnealingLR",
        "lr_scheduler:CosineAnnealingLR:T_max": 60, "trainer:StandardTrainer:weighted_loss": True,
    }  # fmt: skip
    made = recipe_of({"settings": settings, "layers": list(LAYERS), "epochs": 45.0})
    assert dict(made.values) == {
        "scaler": "minmax", "optimizer": "rmsprop", "batch": 48, "epochs": 45, "weighted": True,
        "rate": 0.02, "decay": 0.01, "momentum": 0.1, "alpha": 0.9, "schedule": "cosine",
        "cycle": 60.0,
    }  # fmt: skip
    assert json.loads(json.dumps(made.to_json())) == made.to_json()


# --- the encoder --------------------------------------------------------------------------------


def striped(n: int = 120) -> np.ndarray:
    """Pictures of two classes: stripes across or down."""
    draw = np.random.default_rng(0)
    pictures = draw.integers(0, 120, (n, 8, 8)).astype(np.uint8)
    pictures[::2, ::2] += 100
    pictures[1::2, :, ::2] += 100
    return pictures


@pytest.mark.parametrize("kind", ["image", "table", "text", "audio"])
def test_an_autoencoder_of_another_size_is_saved_and_read_back(kind: Any, tmp_path: Path) -> None:
    from dalt.learning.encoders.registry import load_encoder
    from dalt.learning.encoders.size_search import autoencoder_of

    waves = [np.sin(np.arange(4_000) * (0.02 + 0.01 * i)).astype(np.float32) for i in range(20)]
    raw: Any = {
        "image": list(striped(20)),
        "table": [{"x": float(i), "y": float(i * i % 7)} for i in range(20)],
        "text": [f"word{i} and word{i % 3}" for i in range(20)],
        "audio": waves,
    }[kind]
    settings = {"n_dims": 16, "width": 0.5, "depth": 1, "noise": 2.0}
    encoder: Any = autoencoder_of(kind, settings, steps=3).fit(raw, seed=0)
    encoder.save(tmp_path / "encoder")
    again: Any = load_encoder(tmp_path / "encoder")
    np.testing.assert_array_equal(again.transform(raw), encoder.transform(raw))
    assert again.fingerprint == encoder.fingerprint
    assert 0 < again.unexplained(raw) < 10


def test_the_usual_size_leaves_fingerprints_as_they_were() -> None:
    from dalt.learning.encoders.autoencoder import Size

    assert Size().to_settings() == {}
    assert Size.from_settings({}) == Size()
    assert Size.from_settings(Size(0.5, 2).to_settings()) == Size(0.5, 2)


@pytest.fixture
def quick_trials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dalt.learning.encoders.size_search.STEPS", (3, 6))


@pytest.mark.slow
def test_a_better_autoencoder_embeds_the_pool(
    tmp_path: Path, quick_trials: None, brief_training: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dalt.project.encoder_search.LESS_LOST", -1.0)  # whatever is found is taken
    with dalt.Project.create(tmp_path / "stripes.dalt", classes=["across", "down"]) as project:
        project.add_images(striped(), progress=False)
        project.encode(progress=False)
        before = project.status()["encoder"]
        choice = project.tune_encoder(budget=600, stopping=Countdown(5), progress=False)
        assert (choice.accepted, choice.recipe.kind) == (True, "encoder")
        assert choice.reason.startswith("It is better: it loses ")
        status = project.status()
        assert status["encoder"] != before
        assert status["head"] == "default"
        assert status["tuned"]["reason"] == choice.reason
        assert set(project.trials()) >= {"width", "depth", "noise"}


@pytest.mark.slow
def test_with_labels_an_autoencoder_has_to_tell_classes_better(
    tmp_path: Path, quick_trials: None, brief_training: None
) -> None:
    with dalt.Project.create(tmp_path / "stripes.dalt", classes=["low", "high"]) as project:
        project.add_images(striped(), progress=False)
        project.encode(progress=False)
        label(project, np.arange(120) % 2, 40)
        before = project.status()["encoder"]
        choice = project.tune_encoder(budget=600, stopping=Countdown(5), progress=False)
        assert choice.comparison is not None
        assert choice.accepted == choice.comparison.better
        assert (project.status()["encoder"] == before) is not choice.accepted
        assert "n_dims" in choice.settings


def test_given_embeddings_have_no_autoencoder_to_search_for(project: dalt.Project) -> None:
    with pytest.raises(BadInput, match="embeddings of this pool were given"):
        project.tune_encoder(progress=False)


# --- by itself, and over a cluster --------------------------------------------------------------


class Told(list[str]):
    """Collects what is said, and waits for it."""

    def __init__(self) -> None:
        super().__init__()
        self._more = threading.Event()

    def say(self, line: str) -> None:
        self.append(line)
        self._more.set()

    def wait_for(self, part: str) -> str:
        found = until(
            lambda: [line for line in self if part in line], lambda: self, told=self._more
        )
        return found[0]


def auto_tuner(project: dalt.Project, told: Told, **options: Any) -> Any:
    from dalt.server.autotuning import AutoTuner

    project.trainer.wait(PATIENCE)
    trainer: Any = project.trainer
    return AutoTuner(project, trainer, told.say, **({"idle": lambda: True} | options))


@pytest.mark.slow
def test_a_search_begins_by_itself_once_for_each_number_of_labels(project: dalt.Project) -> None:
    with (project.folder / "project.toml").open("a", encoding="utf-8") as file:
        file.write("\n[tune]\nbudget = 10\n")
    told = Told()
    tuner = auto_tuner(project, told, look_seconds=0.1)
    tuner.start()
    try:
        told.wait_for("50 labels: searching for a better head")
        end = told.wait_for("search")
        end = told.wait_for("The search is over")
    finally:
        tuner.close()
    assert "better" in end
    assert len([line for line in told if "labels: searching" in line]) == 1
    assert project.status()["tuned"]["n_labels"] == 80


@pytest.mark.parametrize("busy", ["machine", "settings"])
def test_no_search_begins_while_it_would_disturb(project: dalt.Project, busy: str) -> None:
    told = Told()
    tuner = auto_tuner(project, told, idle=lambda: busy != "machine")
    if busy == "settings":
        with (project.folder / "project.toml").open("a", encoding="utf-8") as file:
            file.write("\n[tune]\nauto = false\n")
    tuner.look()
    assert told == []


def test_a_search_by_itself_ends_with_the_trainer(project: dalt.Project) -> None:
    told = Told()
    tuner = auto_tuner(project, told)
    tuner.look()
    [process] = until(lambda: under(os.getpid(), "--until-orphaned"))
    until(  # it is made nice a moment after it began
        lambda: process.nice() >= 10, "the search is not nice to others"
    )
    tuner.close()
    assert not runs(process)


@pytest.mark.slow
def test_the_search_goes_over_a_dask_cluster(project: dalt.Project) -> None:
    from distributed import LocalCluster

    enough = EnoughTried(12)
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        choice = project.tune(
            "builtin",
            budget=250,
            dask=cluster.scheduler_address,
            stopping=enough,
            progress=enough.progress,
        )
    assert choice.recipe.kind == "network"
    assert choice.accepted, choice.reason


def test_a_cluster_that_is_not_there_is_said(
    project: dalt.Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dalt.learning.tuning.cluster.CONNECT_SECONDS", 0.5)
    with pytest.raises(dalt.ClusterFailed, match="no Dask cluster with workers at tcp://127"):
        project.tune("builtin", budget=5, dask="tcp://127.0.0.1:9", progress=False)


@pytest.mark.slow
def test_the_owners_button_searches_and_says_what_came_of_it(project: dalt.Project) -> None:
    with (project.folder / "project.toml").open("a", encoding="utf-8") as file:
        file.write("\n[tune]\nbudget = 10\n")
    panel = project.tune_button()
    said = Told()
    panel.said.observe(lambda change: said.say(change["new"]), "value")
    panel.button.click()
    assert panel.button.description == "Stop the search"
    said.wait_for("better")
    assert panel.button.description == "Search for a better head"
    assert project.choices().reason[0] in panel.said.value
    panel.close()
