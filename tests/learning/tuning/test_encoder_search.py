"""The search for a better autoencoder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hidden_classes import Countdown, label

import dalt
from dalt.core.records import (
    BadInput,
)


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
