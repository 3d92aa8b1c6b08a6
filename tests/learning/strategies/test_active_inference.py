"""The strategy that draws at random: its scores, its snapshots, its draws in a project."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from assignments import assigned

import dalt
from dalt.learning.heads.snapshot import Snapshot
from dalt.learning.strategies.active_inference import TEACHING, active_inference, deviations
from dalt.learning.strategies.builtin import GREEDY, cover
from dalt.learning.strategies.registry import by_name, name_of
from dalt.learning.strategies.situation import Situation, scores_of
from dalt.server.trainer_process import replay
from dalt.storage.claims import FLOOR

N = 60


def situation(probabilities: np.ndarray, multi: bool = False) -> Situation:
    n = len(probabilities)
    rows = np.eye(n, dtype=np.float32)
    return Situation(probabilities, rows, np.arange(n), np.arange(0), rows[:0], 0, multi)


def test_scores_are_deviations_and_what_the_default_strategy_asks() -> None:
    rng = np.random.default_rng(0)
    given = situation(rng.dirichlet(np.ones(3), 80).astype(np.float32))
    given = replace(given, open_positions=np.arange(10, 80), labelled=np.arange(10))
    found = active_inference.scores(given)
    spread = deviations(given.probabilities)
    best = cover(given, GREEDY)
    expected = spread / spread[10:].sum()
    expected[best] += TEACHING / GREEDY
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    assert found[10:].sum() == pytest.approx(1 + TEACHING, rel=1e-5)


def test_a_sure_model_leaves_what_covers_most() -> None:
    found = active_inference.scores(situation(np.tile([[1.0, 0.0]], (60, 1))))
    assert np.isfinite(found).all() and (found > 0).sum() == GREEDY


def test_several_classes_have_a_deviation_each() -> None:
    np.testing.assert_allclose(deviations(np.array([[0.5, 0.5], [1.0, 1.0]])), [0.5**0.5, 0])


def test_it_takes_nothing_outright_and_others_give_no_scores() -> None:
    some = situation(np.full((4, 2), 0.5))
    assert len(active_inference(some, 3)) == 0
    assert scores_of(cover, some) is None
    assert scores_of(active_inference, some) is not None


def test_it_has_a_name() -> None:
    assert name_of(by_name("active_inference")) == "active_inference"


def snapshot(scores: np.ndarray | None) -> Snapshot:
    return Snapshot(
        1, None, 1, 0, "e", "h", ("a", "b"), {}, np.full((3, 2), 0.5, np.float32),
        np.zeros(0, np.int64), scores=scores,
    )  # fmt: skip


def test_a_snapshot_keeps_its_scores(tmp_path: Path) -> None:
    made = snapshot(np.array([0.1, 0.2, 0.3], np.float32))
    made.save(tmp_path / "one.safetensors")
    again = Snapshot.load(tmp_path / "one.safetensors")
    assert again.scores is not None and again.scores.tolist() == made.scores.tolist()  # type: ignore[union-attr]
    assert again.hash == made.hash != snapshot(None).hash


def test_snapshots_of_other_strategies_have_none(tmp_path: Path) -> None:
    snapshot(None).save(tmp_path / "one.safetensors")
    assert Snapshot.load(tmp_path / "one.safetensors").scores is None


@pytest.fixture
def project(tmp_path: Path) -> Iterator[dalt.Project]:
    rows = np.random.default_rng(0).normal(size=(N, 3))
    rows[N // 2 :] += 4
    with dalt.Project.create(
        tmp_path / "t.dalt", classes=["low", "high"], strategy="active_inference"
    ) as made:
        made.add_texts([f"text {i}" for i in range(N)], progress=False)
        made.add_embeddings(rows, progress=False)
        yield made


def answer(project: dalt.Project, n: int) -> None:
    with project.session(annotator="ana") as session:
        for _ in range(n):
            asked = assigned(session)
            session.submit(asked, "low" if asked.sample.position < N // 2 else "high")
            project.trainer.wait(60)


def test_every_draw_of_a_project_has_a_known_chance(project: dalt.Project) -> None:
    assert len(project.trainer.candidates) == 0
    answer(project, 20)
    history = project.history()
    assert set(history.draw) == {"uniform", "weighted"}
    assert history.draw[0] == "uniform"  # nothing is known yet
    assert history.n_candidates.tolist() == list(range(N, N - 20, -1))
    uniform = history[history.draw == "uniform"]
    np.testing.assert_allclose(uniform.inclusion_probability, 1 / uniform.n_candidates.astype(int))
    weighted = history[history.draw == "weighted"]
    assert (
        weighted.inclusion_probability * weighted.n_candidates.astype(int) >= FLOOR - 1e-9
    ).all()
    assert weighted.inclusion_probability.nunique() > 5


def test_a_replay_finds_the_same_snapshots(project: dalt.Project) -> None:
    answer(project, 6)
    project.close()
    found = list(replay(project.folder))
    assert len(found) >= 1 and all(each.same for each in found)
