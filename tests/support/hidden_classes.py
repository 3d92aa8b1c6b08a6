"""A pool whose classes the default head cannot tell and a network can, and what searches it."""

from __future__ import annotations

import re

import numpy as np

import dalt
from dalt.core.records import (
    LabelSet,
    Recipe,
)

N_SAMPLES = 300

LAYERS = ({"kind": "linear", "units": 16}, {"kind": "relu"}, {"kind": "linear", "units": 2})

NETWORK = Recipe("network", LAYERS, {"epochs": 30, "rate": 0.01})


def hidden_classes(n: int = N_SAMPLES) -> tuple[np.ndarray, np.ndarray]:
    """Two classes in a small direction among large ones: distances tell nothing of them."""
    draw = np.random.default_rng(0)
    rows = draw.normal(size=(n, 12)).astype(np.float32) * 20
    classes = np.arange(n) % 2
    rows[:, 0] = (classes - 0.5) * 2 + draw.normal(size=n) * 0.2
    return rows, classes


def labels_of(classes: np.ndarray, n: int, n_classes: int = 2) -> LabelSet:
    positions = np.arange(n, dtype=np.int64)
    return LabelSet(positions, np.eye(n_classes, dtype=np.float32)[classes[:n]], n)


def label(project: dalt.Project, classes: np.ndarray, n: int) -> None:
    with project.session(annotator="ana") as session:
        for _ in range(n):
            assignment = session.next()
            assert assignment is not None
            name = ("low", "high")[classes[assignment.sample.position]]
            session.submit(assignment, name)


class EnoughTried:
    """Ends a search when so many settings were tried, however long that takes."""

    def __init__(self, wanted: int) -> None:
        self.wanted = wanted
        self.tried = 0

    def progress(self, what: str, done: int, total: int) -> None:
        found = re.search(r"(\d+) tried", what)
        self.tried = int(found[1]) if found else self.tried

    def __call__(self) -> bool:
        return self.tried >= self.wanted


class Countdown:
    """Stops after so many looks."""

    def __init__(self, looks: int) -> None:
        self.left = looks

    def __call__(self) -> bool:
        self.left -= 1
        return self.left < 0
