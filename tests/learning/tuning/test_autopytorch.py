"""The real autoPyTorch: its environment is built, it searches, and its network is rebuilt.

Where the environment cannot be built this fails and is not skipped; DALT_WITHOUT_AUTOPYTORCH=1
leaves it out, and says so.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pandas as pd
import pytest
from waiting import until

import dalt
from dalt.core.records import LabelSet, TunedHead, TuningFailed
from dalt.learning.heads.network import folded
from dalt.learning.heads.predictors import predict
from dalt.learning.tuning.autopytorch import AutoPyTorchTuner
from dalt.learning.tuning.environment import build, check

T = TypeVar("T")
WITHOUT = "DALT_WITHOUT_AUTOPYTORCH"
BUDGETS = (40.0, 120.0)
"""Seconds of a search: on a busy machine it trains no network in the first of them."""
PATIENCE = 120.0

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
if os.environ.get(WITHOUT) == "1":
    print(f"\n{WITHOUT}=1: the tests of the real autoPyTorch are LEFT OUT")
    pytestmark.append(pytest.mark.skip(reason=f"left out by {WITHOUT}=1"))


def digits() -> tuple[np.ndarray, np.ndarray]:
    from sklearn.datasets import load_digits
    from sklearn.decomposition import PCA

    pixels, classes = load_digits(return_X_y=True)
    return PCA(32, random_state=0).fit_transform(pixels).astype(np.float32), classes


def labels_of(classes: np.ndarray, n: int) -> LabelSet:
    positions = np.arange(n, dtype=np.int64)
    return LabelSet(positions, np.eye(10, dtype=np.float32)[classes[:n]], n)


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """An environment that is built for these tests, from the lock."""
    steps: list[str] = []
    folder = tmp_path_factory.mktemp("cache") / "autopytorch"
    made = build(lambda what, done, total: steps.append(what), folder)
    assert steps[-1] == "Done"
    yield made


def in_time(search: Callable[[float], T]) -> T:
    """Search, and do what the refusal says where the machine was too busy: allow more seconds."""
    for budget in BUDGETS[:-1]:
        try:
            return search(budget)
        except TuningFailed as error:
            if "allow it more" not in str(error):
                raise
    return search(BUDGETS[-1])


@pytest.fixture(scope="module")
def found(python: Path, tmp_path_factory: pytest.TempPathFactory) -> TunedHead:
    """What a real search finds by its limit."""
    rows, classes = digits()
    log = tmp_path_factory.mktemp("log") / "autopytorch.log"
    tuner = AutoPyTorchTuner(python, log, seed=1)
    try:
        return in_time(
            lambda budget: tuner.search(rows, labels_of(classes, 600), budget, lambda *_: None)
        )
    except TuningFailed as error:
        error.add_note(log.read_text("utf-8", "replace")[-4000:])
        raise


def test_the_environment_has_the_versions_of_the_lock(python: Path) -> None:
    versions = check(python)
    assert versions["autoPyTorch"] == "0.2.1"
    assert versions["numpy"] == "1.26.4"
    assert build(lambda *_: pytest.fail("it is there already"), python.parents[1]) == python


def test_the_search_ends_at_its_limit_with_what_it_found(found: TunedHead) -> None:
    assert found.engine == "autopytorch"
    assert found.versions["smac"] == "1.4.0"
    assert any(trial.score is not None for trial in found.trials)


def test_the_rebuilt_network_says_what_autopytorch_does(found: TunedHead) -> None:
    tuned = found
    weights = folded(tuned.recipe.layers, tuned.weights)
    ours = predict(weights, tuned.weights["check"], 10)
    own = tuned.weights["probabilities"]
    assert (ours.argmax(axis=1) == own.argmax(axis=1)).mean() >= 0.999
    np.testing.assert_allclose(ours, 0.999 * own + 0.0001, atol=1e-4)
    _, classes = digits()
    scores = [(each.argmax(axis=1) == classes[: len(each)]).mean() for each in (ours, own)]
    assert abs(scores[0] - scores[1]) <= 0.002


def test_a_project_learns_with_what_it_found(
    python: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Labels go on being learned by the network that autoPyTorch found, if it is better."""
    monkeypatch.setenv("DALT_AUTOPYTORCH_PYTHON", str(python))
    draw = np.random.default_rng(0)
    rows = draw.normal(size=(300, 12)).astype(np.float32) * 20
    classes = np.arange(300) % 2
    rows[:, 0] = (classes - 0.5) * 2 + draw.normal(size=300) * 0.2  # distances tell nothing
    with dalt.Project.create(tmp_path / "hidden.dalt", classes=["low", "high"]) as project:
        project.add_table(pd.DataFrame({"x": np.arange(300)}), progress=False)
        project.add_embeddings(rows)
        with project.session(annotator="ana") as session:
            for _ in range(120):
                assignment: Any = session.next()
                session.submit(assignment, ("low", "high")[classes[assignment.sample.position]])
        choice = in_time(lambda budget: project.tune("autopytorch", budget=budget, progress=False))
        assert choice.engine == "autopytorch"
        assert choice.accepted, choice.reason
        project.trainer.wait(PATIENCE)

        def published() -> Any:
            project.trainer.wake()
            project.trainer.wait(PATIENCE)
            now = project.trainer.snapshot
            return now if now is not None and now.head == choice.recipe.name else None

        now = until(published, seconds=PATIENCE)
        assert (now.probabilities.argmax(axis=1) == classes).mean() > 0.9
        assert (project.folder / "tuning" / "autopytorch.log").stat().st_size >= 0
        assert list((project.folder / "tuning").glob("tuned-*.safetensors"))
