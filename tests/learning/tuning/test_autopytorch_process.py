"""autoPyTorch's environment and process, without the package."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hidden_classes import LAYERS, hidden_classes, labels_of
from processes import runs
from waiting import until

import dalt
from dalt.core.records import (
    BadInput,
    EngineMissing,
    LabelSet,
    Recipe,
    TuningFailed,
)


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


@pytest.mark.slow
def test_an_environment_that_cannot_be_built_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dalt.learning.tuning import environment

    monkeypatch.setattr(environment, "_pins", lambda text: ["--no-such-option"])
    folder = tmp_path / "autopytorch"
    with pytest.raises(TuningFailed, match=r"could not be built .*; the full output is in"):
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
    until(lambda: not runs(pid))  # it is nobody's child any more, and so nobody waits for its end


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
