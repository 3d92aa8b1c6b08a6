"""Are the intervals of estimates valid, and how narrow, at 200 labels of Fashion-MNIST?

Labels are drawn as a project with ``strategy="active_inference"`` draws them, by the package's own
chances; a head learns before each stage of the estimate, and its doubts decide what is drawn in it.
*Default head*: pilots learn with the default head as a project does, and each one's models serve
many simulations, which draw anew.  *Own*: every simulation learns its own models, with logistic
regression, which fits in milliseconds.  Coverage counts one class for each simulation, so
that the intervals are independent; suggestions are counted on the samples without a label.

    make bench RUN=estimates  # 2,000 simulations by 20 pilots, 200 with models of their own
    make bench RUN=estimates OPTIONS="--own 20 --reused 40 --pilots 2"
"""

from __future__ import annotations

import argparse
import itertools
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import paired
from labelled_pools import embedded
from learner import UNIFORM_SHARE
from machine import about_this_machine
from numpy.typing import NDArray
from scipy.stats import beta
from threadpoolctl import threadpool_limits

from dalt.core.records import Floats, LabelSet, Positions
from dalt.learning.heads.logistic import LogisticHead
from dalt.learning.heads.registry import default_head
from dalt.learning.strategies.active_inference import active_inference
from dalt.learning.strategies.builtin import cold_start, cover
from dalt.learning.strategies.situation import Situation
from dalt.model import Head, Pool
from dalt.storage.claims import Weights
from dalt.study.estimation.design import Answered, Stage, stage_bounds, stage_of
from dalt.study.estimation.intervals import Interval, Measured
from dalt.study.estimation.targets import share

N_LABELS = 200
BOUNDS = stage_bounds(N_LABELS)
CONFIDENCE = 0.95
EVERY = 5
"""A pilot has a new model after so many labels, as a trainer gives one after a few."""
Model = tuple[Floats, Floats]
"""Probabilities of every sample, and how much each is wanted."""
Models = Callable[[int, Positions], Model | None]
"""The model after a number of labels, from the samples labelled so far; None for the former one."""


@dataclass(frozen=True)
class Data:
    """A pool with its truth."""

    pool: Pool
    truth: NDArray[np.int64]

    @property
    def n_classes(self) -> int:
        return int(self.truth.max()) + 1

    @property
    def shares(self) -> NDArray[np.float64]:
        return np.bincount(self.truth) / len(self.truth)

    def learned(self, head: Head, labelled: Positions, seed: int) -> Floats:
        at = np.sort(labelled)
        targets = np.eye(self.n_classes, dtype=np.float32)[self.truth[at]]
        labels = LabelSet(at, targets, len(at))
        return head.fit(self.pool, labels, self.n_classes, seed=seed).probabilities

    def model(self, head: Head, labelled: Positions, seed: int) -> Model:
        found = self.learned(head, labelled, seed)
        return found, active_inference.scores(self.situation(found, labelled, seed))

    def situation(self, found: Floats, labelled: Positions, seed: int) -> Situation:
        left = np.setdiff1d(np.arange(len(self.truth)), labelled)
        targets = np.eye(self.n_classes, dtype=np.float32)[self.truth[labelled]]
        return Situation(found, self.pool.embeddings, left, labelled, targets, seed)


def main() -> None:
    """Run and print JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--own", type=int, default=200)
    parser.add_argument("--reused", type=int, default=2_000)
    parser.add_argument("--pilots", type=int, default=20)
    parser.add_argument("--data", default="fashion-mnist")
    parser.add_argument("--keep", type=Path, help="folder that keeps the embeddings")
    options = parser.parse_args()
    with threadpool_limits(1):
        embeddings, truth = embedded(options.data, options.keep)
        data = Data(Pool(embeddings), truth)
        data.pool.prepare()
        piloted, accuracy = _pilots(data, options.pilots, options.reused)
        result = {
            "benchmark": "estimates",
            "data": options.data,
            "pool": len(truth),
            "labels": N_LABELS,
            "machine": about_this_machine(),
            "default_head": piloted,
            "own": _own(data, options.own),
            "suggestions": accuracy,
        }
    print(json.dumps(result, indent=2))


def _own(data: Data, n: int) -> dict[str, object]:
    """Simulations that learn their own models."""
    head, found = LogisticHead(), []
    for seed in range(n):

        def model(start: int, labelled: Positions, seed: int = seed) -> Model | None:
            return data.model(head, labelled, seed) if start in BOUNDS[1:] else None

        found.append(_estimated(data, *_drawn(data, model, seed)))
        _tell("own", seed, n)
    return _summary(data, found)


def _pilots(data: Data, n_pilots: int, n: int) -> tuple[dict[str, object], dict[str, object]]:
    """Simulations with the models of pilots, and how good the pilots' suggestions are."""
    found, ours, theirs = [], [], []
    for pilot in range(n_pilots):
        models: dict[int, Model] = {}

        def model(
            start: int,
            labelled: Positions,
            models: dict[int, Model] = models,
            pilot: int = pilot,
        ) -> Model | None:
            wanted = start in BOUNDS or start % EVERY == 0
            if start and wanted and start not in models:
                models[start] = data.model(default_head(), labelled, pilot)
            return models.get(start)

        answered, stages = _drawn(data, model, pilot)
        found.append(_estimated(data, answered, stages))
        ours.append(_accuracy(data, answered.positions, pilot))
        theirs.append(_accuracy(data, _covered(data, pilot), pilot))
        for again in range(1, n // n_pilots):
            found.append(_estimated(data, *_drawn(data, model, 1_000_000 + pilot * n + again)))
        _tell("pilots", pilot, n_pilots)
    accuracy = {
        "active_inference": paired.mean(ours),
        "cover": paired.mean(theirs),
        "difference": paired.gain(ours, theirs),
    }
    return _summary(data, found), accuracy


def _drawn(data: Data, model: Models, seed: int) -> tuple[Answered, list[Stage]]:
    """Draw and answer, a stage after the other."""
    rng = np.random.default_rng([seed, 19])
    n = len(data.truth)
    is_open = np.ones(n, bool)
    at, chances = np.empty(N_LABELS, np.int64), np.empty(N_LABELS)
    predicted: dict[int, Floats | None] = {}
    found: Model | None = None
    for step in range(N_LABELS):
        found = model(step, at[:step]) or found
        if step in BOUNDS:
            predicted[step] = None if found is None else found[0]
        left = np.flatnonzero(is_open)
        if found is None or rng.random() < UNIFORM_SHARE:
            each = np.full(len(left), 1 / len(left))
        else:
            each = Weights(found[1], rng.random).chances(left)
        place = np.searchsorted(np.cumsum(each), rng.random() * each.sum(), side="right")
        at[step], chances[step] = left[place], each[place]
        is_open[at[step]] = False
    outcomes = np.eye(data.n_classes + 1)[data.truth[at]]
    answered = Answered(at, chances, outcomes, n)
    stages = [
        stage_of(answered, start, stop, predicted[start])
        for start, stop in itertools.pairwise(BOUNDS)
    ]
    return answered, stages


def _estimated(data: Data, answered: Answered, stages: Sequence[Stage]) -> list[Interval]:
    measured = Measured(answered, stages, CONFIDENCE)
    return [
        measured.interval(share(measured.totals, which), bounds=(0.0, 1.0))
        for which in range(data.n_classes)
    ]


def _covered(data: Data, seed: int) -> Positions:
    """What the default strategy asks, with the same fits."""
    rng = np.random.default_rng([seed, 20])
    n = len(data.truth)
    order = cold_start(data.pool.embeddings, 500, seed)
    asked: list[int] = []
    for step in range(N_LABELS):
        if step and (step in BOUNDS or step % EVERY == 0):
            known = np.array(asked)
            found = data.learned(default_head(), known, seed)
            order = cover(data.situation(found, known, seed + step), 100)
        fresh = order[~np.isin(order, asked)]
        if rng.random() < UNIFORM_SHARE or not len(fresh):
            fresh = rng.permutation(np.setdiff1d(np.arange(n), asked))
        asked.append(int(fresh[0]))
    return np.array(asked)


def _accuracy(data: Data, labelled: Positions, seed: int) -> float:
    found = data.learned(default_head(), labelled, seed).argmax(axis=1)
    left = np.setdiff1d(np.arange(len(data.truth)), labelled)
    return float((found[left] == data.truth[left]).mean())


def _summary(data: Data, found: Sequence[Sequence[Interval]]) -> dict[str, object]:
    """Coverage with its binomial 99 % interval, and widths against 200 uniform labels."""
    truth = data.shares
    hits = np.array([[each.low <= s <= each.high for each, s in zip(f, truth, strict=True)]
                     for f in found])  # fmt: skip
    widths = np.array([[each.high - each.low for each in f] for f in found])
    powers = np.array([[each.power for each in f] for f in found])
    values = np.array([[each.value for each in f] for f in found])
    classical = 2 * 1.959964 * np.sqrt(truth * (1 - truth) / N_LABELS)
    one = hits[np.arange(len(hits)), np.arange(len(hits)) % len(truth)]
    n, n_hits = len(one), int(one.sum())
    return {
        "simulations": n,
        "coverage": round(n_hits / n, 4),
        "coverage_interval_99": [
            round(float(beta.ppf(0.005, n_hits, n - n_hits + 1)) if n_hits else 0.0, 4),
            round(float(beta.ppf(0.995, n_hits + 1, n - n_hits)) if n_hits < n else 1.0, 4),
        ],
        "coverage_of_all_classes": round(float(hits.mean()), 4),
        "coverage_by_class": hits.mean(axis=0).round(3).tolist(),
        "width_to_classical_median": round(float(np.median(widths / classical)), 3),
        "width_to_classical_by_class": np.median(widths / classical, axis=0).round(3).tolist(),
        "bias_by_class": (values.mean(axis=0) - truth).round(4).tolist(),
        "standard_deviation_by_class": values.std(axis=0).round(4).tolist(),
        "power_median": round(float(np.median(powers)), 2),
    }


def _tell(what: str, done: int, total: int) -> None:
    if (done + 1) % max(1, total // 20) == 0:
        print(f"{what}: {done + 1} of {total}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
