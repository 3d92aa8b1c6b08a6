"""The trainer that learns only when it is asked to."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import dalt
from dalt.core.records import TrainingFailed
from dalt.learning.heads.contract import Fitted
from dalt.learning.training.stepped import SteppedTrainer
from dalt.project.database import store_of
from dalt.project.sessions import Sessions
from dalt.project.training import Training
from dalt.project.workspace import Workspace

N = 40


class Broken:
    """A head that cannot be fitted."""

    name = "broken"

    def fit(self, *_given: object, **_named: object) -> Fitted:
        raise ValueError("nothing fits")


def workspace_at(folder: Path) -> Workspace:
    with dalt.Project.create(folder, classes=["dark", "bright"], seed=4) as project:
        project.add_texts([f"text {number}" for number in range(N)], progress=False)
        rows = np.random.default_rng(0).normal(size=(N, 2))
        rows[:, 0] += np.where(np.arange(N) % 2, 4, -4)
        project.add_embeddings(rows, progress=False)
        settings = project.settings
    return Workspace(folder, settings, store_of(folder, settings))


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    made = workspace_at(tmp_path / "p.dalt")
    yield made
    made.close()


@pytest.fixture
def training(workspace: Workspace) -> Iterator[Training]:
    made = Training(workspace)
    yield made
    made.close()


def answered(sessions: Sessions, trainer: SteppedTrainer, n: int, each: int) -> list[object]:
    """What was asked and suggested; the model learns after every `each` answers."""
    told: list[object] = []
    with sessions.session("ana") as session:
        for number in range(n):
            assignment = session.next()
            assert assignment is not None
            told.append((assignment.sample.position, assignment.suggestion))
            session.submit(assignment, ("dark", "bright")[assignment.sample.position % 2])
            if number % each == each - 1:
                trainer.wait()
    return told


def test_nothing_is_learned_until_it_is_asked_for(workspace: Workspace, training: Training) -> None:
    trainer = training.stepped()
    assert training.started() is trainer
    answered(Sessions(workspace, training), trainer, 5, each=99)
    assert not trainer.snapshot
    trainer.wait()
    learned = trainer.snapshot
    assert learned is not None and learned.cursor == workspace.store.events.cursor() == 5


def test_the_same_answers_bring_the_same_samples_and_suggestions(tmp_path: Path) -> None:
    told = []
    for name in ("a", "b"):
        workspace = workspace_at(tmp_path / f"{name}.dalt")
        training = Training(workspace)
        told.append(answered(Sessions(workspace, training), training.stepped(), 25, each=3))
        training.close()
        workspace.close()
    assert told[0] == told[1]


def test_a_head_that_cannot_learn_is_told(workspace: Workspace) -> None:
    training = Training(workspace, Broken())
    trainer = training.stepped()
    answered(Sessions(workspace, training), trainer, 2, each=99)
    with pytest.raises(TrainingFailed, match="nothing fits"):
        trainer.wait()
    training.close()


def test_closing_leaves_no_thread_and_no_lock(workspace: Workspace, training: Training) -> None:
    before = threading.active_count()
    trainer = training.stepped()
    answered(Sessions(workspace, training), trainer, 2, each=1)
    training.close()
    assert threading.active_count() == before
    other = Training(workspace)
    other.learner().take(timeout=0)
    other.close()
