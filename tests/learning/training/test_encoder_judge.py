"""Comparing candidates by labels, and the better one taking over while people label."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import dalt
from dalt.core.records import LabelSet
from dalt.learning.encoders.best import BOTH, BestEncoder, Judged, Rival
from dalt.learning.heads.registry import default_head
from dalt.learning.training import encoder_judge
from dalt.learning.training.encoder_judge import EncoderJudge, Scores, better, scored

rng = np.random.default_rng(0)
N = 200
TRUTH = rng.integers(0, 3, N)
TELLING = (np.eye(3)[TRUTH] * 4 + rng.normal(size=(N, 3))).astype(np.float32)
BLIND = rng.normal(size=(N, 3)).astype(np.float32)
CLASSES = ["a", "b", "c"]


def labels(n: int) -> LabelSet:
    rows = np.sort(np.random.default_rng(1).permutation(N)[:n])
    return LabelSet(rows, np.eye(3, dtype=np.float32)[TRUTH[rows]], n)


def run(work: Any) -> Any:
    while True:
        try:
            next(work)
        except StopIteration as end:
            return end.value


def test_embeddings_that_tell_the_classes_apart_are_better_on_labels_left_out() -> None:
    rivals = [Rival("blind", "1", BLIND), Rival("telling", "2", TELLING)]
    scores = run(scored(rivals, labels(30), default_head(), seed=0))
    assert scores.right["telling"].mean() > 0.9 > 0.6 > scores.right["blind"].mean()
    assert better(scores, "blind") == "telling" == better(scores, "telling")


def test_the_same_seed_gives_the_same_scores() -> None:
    rivals = [Rival("telling", "2", TELLING)]
    first, again = (
        run(scored(rivals, labels(24), default_head(), seed=3)).likelihood["telling"]
        for _ in range(2)
    )
    np.testing.assert_array_equal(first, again)


def test_a_difference_by_chance_changes_nothing() -> None:
    logs = {"one": rng.normal(-1, 1, 40), "two": rng.normal(-0.99, 1, 40)}
    assert better(Scores(logs, logs), "one") == "one"
    assert better(Scores(logs, logs), "two") == "two"
