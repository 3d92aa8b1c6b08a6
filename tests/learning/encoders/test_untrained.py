"""The autoencoder before its training: what suggestions begin with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.neighbors import KNeighborsClassifier

from dalt.core.records import Kind
from dalt.learning.encoders import cache as module
from dalt.learning.encoders.cache import EmbeddingCache
from dalt.learning.encoders.registry import encoder_for, load_encoder

rng = np.random.default_rng(0)
DIGITS = load_digits()
IMAGES = [np.uint8(image * 15.9) for image in DIGITS.images[:400]]
TIME = np.arange(4_410) / 22_050
POOLS: dict[Kind, list[Any]] = {
    "image": IMAGES[:60],
    "text": [
        f"{pet} {verb} {n}" for pet in ("cat", "dog") for verb in ("sat", "ran") for n in "ab"
    ],
    "table": [{"size": float(n), "pet": "cat" if n % 3 else "dog"} for n in range(40)],
    "audio": [np.float32(np.sin(6.28 * (200 + 40 * n) * TIME)) for n in range(20)],
}


@pytest.mark.parametrize("kind", POOLS)
def test_it_is_made_without_training_and_read_back(kind: Kind, tmp_path: Path) -> None:
    steps: list[str] = []
    raw = POOLS[kind]
    embeddings = EmbeddingCache(tmp_path).encode(
        kind, raw, seed=0, encoder="untrained", progress=lambda what, *_: steps.append(what)
    )
    assert "Training the encoder" not in steps and "Distorting images" not in steps
    assert np.isfinite(embeddings).all() and embeddings.std(axis=0).any()
    np.testing.assert_allclose(embeddings.mean(axis=0), 0, atol=1e-4)
    fingerprint = EmbeddingCache(tmp_path).fingerprint
    assert fingerprint is not None
    again = load_encoder(tmp_path / "encoders" / fingerprint).transform(raw)
    np.testing.assert_allclose(again, embeddings, atol=1e-5)


def test_its_embeddings_tell_digits_apart() -> None:
    embeddings = encoder_for("image", "untrained").fit(IMAGES, seed=0).transform(IMAGES)
    knows = KNeighborsClassifier(3).fit(embeddings[:200], DIGITS.target[:200])
    assert knows.score(embeddings[200:], DIGITS.target[200:400]) > 0.9


def test_a_large_pool_is_learned_from_a_part_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "UNTRAINED_LIMIT", 50)
    read: list[int] = []
    embeddings = EmbeddingCache(tmp_path).encode(
        "image",
        IMAGES,
        seed=0,
        encoder="untrained",
        progress=lambda what, _, total: read.append(total) if what == "Reading samples" else None,
    )
    assert set(read) == {50} and len(embeddings) == len(IMAGES)
