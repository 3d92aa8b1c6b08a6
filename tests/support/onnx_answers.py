"""Snapshots on encoders of a test's own, and what a file of them answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from dalt.core.records import Encoder, Floats, LabelSet
from dalt.learning.export.model import About, OnnxPredictor, onnx_model
from dalt.learning.heads.blend import BlendHead
from dalt.learning.heads.pool import Pool
from dalt.learning.heads.snapshot import Snapshot

CLASSES = ("cat", "dog", "새")


def snapshot_on(embeddings: Floats, *, multi: bool = False, encoder: str = "none") -> Snapshot:
    """The default head's snapshot of drawn labels for every other row."""
    draw = np.random.default_rng(1)
    positions = np.arange(0, len(embeddings), 2)
    targets = np.eye(len(CLASSES), dtype=np.float32)[draw.integers(0, len(CLASSES), len(positions))]
    if multi:
        targets = (draw.random(targets.shape) < 0.5).astype(np.float32)
    labels = LabelSet(positions, targets, 1, multi=multi)
    fitted = BlendHead().fit(Pool(embeddings), labels, len(CLASSES), seed=0)
    return snapshot_of(fitted.weights, multi=multi, encoder=encoder)


def snapshot_of(weights: dict[str, Any], *, multi: bool = False, encoder: str = "none") -> Snapshot:
    """A snapshot of these weights."""
    none = np.zeros((0, len(CLASSES)), np.float32)
    order = np.zeros(0, np.int64)
    return Snapshot(1, None, 1, 0, encoder, "blend", CLASSES, weights, none, order, multi=multi)


def both_answers(
    encoder: Encoder, raw: Sequence[Any], new: Sequence[Any], *, multi: bool = False
) -> tuple[Floats, Floats, OnnxPredictor]:
    """Probabilities of new samples by the project's way, and by an ONNX file."""
    encoder.fit(raw, seed=0)
    snapshot = snapshot_on(encoder.transform(raw), multi=multi, encoder=encoder.fingerprint)
    predictor = OnnxPredictor(onnx_model(encoder, snapshot, About("pets", n_labels=3)))
    return snapshot.predict(encoder.transform(new)), predictor.predict(new), predictor
