"""Heads and strategies as a project's user chooses them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import RandomForestClassifier

import dalt
from dalt.learning.encoders.dense import TableEncoder
from dalt.learning.encoders.training import Schedule


@pytest.fixture(autouse=True)
def brief(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Train the encoder for ten steps: what is chosen is tested, not the embeddings."""
    brief = TableEncoder(schedule=Schedule(most=10))
    monkeypatch.setattr(
        "dalt.learning.encoders.cache.encoder_for", lambda kind, name="autoencoder": brief
    )
    yield


def flowers(n: int = 120) -> tuple[pd.DataFrame, list[str]]:
    draws = np.random.default_rng(0)
    truth = draws.integers(2, size=n)
    columns = {f"c{i}": truth * 2 + draws.normal(size=n) for i in range(3)}
    return pd.DataFrame(columns), ["lily" if each else "rose" for each in truth]


def labelled(folder: Path, n_labels: int = 20, **choices: Any) -> dalt.Project:
    project = dalt.Project.create(folder, classes=["lily", "rose"], **choices)
    frame, truth = flowers()
    ids = project.add_table(frame, progress=False)
    answers = dict(zip(ids, truth, strict=True))
    project.encode(progress=False)
    with project.session(annotator="ana") as session:
        for _ in range(n_labels):
            assignment = session.next()
            assert assignment is not None
            session.submit(assignment, answers[assignment.sample.id])
            project.trainer.wait(60)
    return project


def test_an_estimator_learns_in_place_of_the_head(tmp_path: Path) -> None:
    with labelled(tmp_path / "p.dalt", head=RandomForestClassifier(20)) as project:
        assert project.trainer.snapshot is not None
        assert project.trainer.snapshot.head == "sklearn:RandomForestClassifier"
        top = project.suggest().query("rank == 1").set_index("sample_id").label
        answers = dict(zip(project.samples().sample_id, flowers()[1], strict=True))
        assert np.mean([top[each] == answers[each] for each in answers]) > 0.8
        frame, _ = flowers(5)
        assert len(project.predict(frame)) == 10


def test_a_head_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(dalt.BadInput, match="scikit-learn classifier"):
        dalt.Project.create(tmp_path / "p.dalt", classes=["a"], head="svm")
    assert not (tmp_path / "p.dalt").exists()
    dalt.Project.create(tmp_path / "p.dalt", classes=["a"]).close()
    with (
        dalt.Project.open(tmp_path / "p.dalt", head="svm") as project,
        pytest.raises(dalt.BadInput, match="scikit-learn classifier"),
    ):
        project.session(annotator="ana")


def test_random_draws_are_all_uniform(tmp_path: Path) -> None:
    with labelled(tmp_path / "p.dalt", strategy="random") as project:
        history = project.history()
        assert set(history.draw) == {"uniform"}
        np.testing.assert_allclose(history.inclusion_probability * history.n_candidates, 1)


@pytest.mark.parametrize("strategy", ["margin", "skactiveml:Badge"])
def test_the_strategy_is_kept_with_the_project(tmp_path: Path, strategy: str) -> None:
    with labelled(tmp_path / "p.dalt", strategy=strategy, uniform_share=0) as project:
        snapshot = project.trainer.snapshot
        assert snapshot is not None and len(snapshot.order)
        assert set(project.history().draw) == {"strategy"}
    with dalt.Project.open(tmp_path / "p.dalt") as again:
        assert again.settings.strategy == strategy


def test_a_strategy_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(dalt.BadSettings, match="Did you mean 'margin'"):
        dalt.Project.create(tmp_path / "p.dalt", classes=["a", "b"], strategy="margins")
    assert not (tmp_path / "p.dalt").exists()
