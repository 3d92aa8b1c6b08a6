"""Label after label as a project learns, in memory: what several benchmarks measure."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from dalt.core.records import LabelSet, Positions
from dalt.learning.heads.registry import default_head
from dalt.learning.strategies.builtin import cold_start
from dalt.learning.strategies.situation import Situation, Strategy
from dalt.model import Head, Pool, Snapshot

UNIFORM_SHARE = 0.1  # as in a project
CANDIDATES = 100  # of a snapshot


@dataclass
class Learner:
    """Asks samples as a session does, and learns from their truth as a trainer does.

    Attributes
    ----------
    pool : Pool
    truth : ndarray of shape (n_samples,), int64
    strategy : Strategy
    seed : int
    rng : numpy.random.Generator
        Draws the uniform samples.
    may_ask : ndarray of int64
        Positions; the others are never asked.
    asked : list of int
        Positions in the order in which they were asked.
    snapshot : Snapshot or None
        What was learned last.
    """

    pool: Pool
    truth: NDArray[np.int64]
    strategy: Strategy
    seed: int
    rng: np.random.Generator
    may_ask: Positions
    head: Head = field(default_factory=default_head)
    asked: list[int] = field(default_factory=list)
    snapshot: Snapshot | None = None

    def __post_init__(self) -> None:
        start = cold_start(self.pool.embeddings, min(500, self.pool.n_samples), self.seed)
        self.order = start[np.isin(start, self.may_ask)].tolist()

    def ask(self) -> int:
        """The strategy's first open choice, or now and then a uniform draw."""
        position = self._next()
        self.asked.append(position)
        return position

    def learn(self) -> Snapshot:
        """Learn from all that was asked, and order what is asked next."""
        positions = np.sort(np.array(self.asked))
        n_classes, n = int(self.truth.max()) + 1, len(self.asked)
        targets = np.eye(n_classes, dtype=np.float32)[self.truth[positions]]
        labels = LabelSet(positions, targets, n)
        fitted = self.head.fit(self.pool, labels, n_classes, seed=self.seed, parent=self.snapshot)
        self.snapshot = Snapshot(
            version=n,
            parent=None,
            cursor=n,
            seed=self.seed,
            encoder="",
            head=self.head.name,
            classes=tuple(map(str, range(n_classes))),
            weights=fitted.weights,
            probabilities=fitted.probabilities,
            order=np.zeros(0, np.int64),
        )
        left = np.setdiff1d(self.may_ask, positions)
        situation = Situation(
            fitted.probabilities, self.pool.embeddings, left, positions, targets, self.seed + n
        )
        self.order = self.strategy(situation, CANDIDATES).tolist()
        return self.snapshot

    def _next(self) -> int:
        asked = set(self.asked)
        if self.rng.random() >= UNIFORM_SHARE:
            for position in self.order:
                if position not in asked:
                    return int(position)
        return int(self.rng.choice(np.setdiff1d(self.may_ask, self.asked)))
