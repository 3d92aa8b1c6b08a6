"""The search for a better head through a project: the choice, who uses it, and what is refused."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hidden_classes import LAYERS, NETWORK, Countdown, EnoughTried, hidden_classes, label
from waiting import PATIENCE, until_told

import dalt
from dalt.core.records import (
    BadInput,
    BadSettings,
    Choice,
    Recipe,
    utc_now,
)
from dalt.core.settings.tune import TuneSettings, due_at
from dalt.learning.heads.registry import default_head
from dalt.project.search_plan import alone


def wait_for_head(project: dalt.Project, name: str) -> None:
    """Until the trainer has published a snapshot of a head."""

    def published() -> bool:
        snapshot = project.trainer.snapshot
        return snapshot is not None and snapshot.head == name

    until_told(project, published)


# --- the project ------------------------------------------------------------------------------


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


# --- what can go wrong ------------------------------------------------------------------------


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
