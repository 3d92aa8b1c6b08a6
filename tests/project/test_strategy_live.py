"""A strategy that is edited while a project is open is the one of the next snapshot."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from assignments import assigned

import dalt
from dalt.core.files import write_atomically
from dalt.learning.strategies.builtin import at_random, cover, most_entropy


@pytest.fixture
def project(tmp_path: Path) -> Iterator[dalt.Project]:
    with dalt.Project.create(
        tmp_path / "texts.dalt", classes=["a", "b"], strategy="random"
    ) as project:
        project.add_texts([f"text {i}" for i in range(12)], progress=False)
        project.add_embeddings(np.random.default_rng(0).normal(size=(12, 3)), progress=False)
        yield project


def choose(project: dalt.Project, name: str) -> None:
    path = project.folder / "project.toml"
    former = f'strategy = "{project.settings.strategy}"'
    text = path.read_text()
    assert former in text
    write_atomically(path, text.replace(former, f'strategy = "{name}"'))


def test_the_next_snapshot_is_ordered_by_it(project: dalt.Project) -> None:
    for name in ("random", "margin", "entropy"):
        if name != "random":
            choose(project, name)
        with project.session("ana") as session:
            session.submit(assigned(session), "a")
        project.trainer.wait(60)
        conditions = (project.folder / "snapshots" / "conditions.jsonl").read_text().splitlines()
        assert json.loads(conditions[-1])["strategy"] == name
    assert project.training.strategy is most_entropy


def test_samples_are_asked_by_it_before_the_first_snapshot(project: dalt.Project) -> None:
    assert len(project.trainer.candidates) == 0 and project.training.strategy is at_random
    choose(project, "cover")
    assert len(project.trainer.candidates) and project.training.strategy is cover


def test_one_that_there_is_not_is_told_and_the_former_stays(
    project: dalt.Project, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        choose(project, "covr")
        assert project.settings.strategy == "random"
    [said] = [each.getMessage() for each in caplog.records]
    assert "There is no strategy 'covr'. Did you mean 'cover'?" in said
    with pytest.raises(dalt.BadSettings, match="There is no strategy 'covr'"):
        project.add_class("c")
