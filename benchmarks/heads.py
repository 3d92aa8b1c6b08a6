"""Would a torch network serve better than the kernel machine in the default head?

Every head learns from the same uniformly drawn labels on the same embeddings (64 dims by
the default encoder, trained once for each data set) and is judged on the rest of the pool:
accuracy, expected calibration error, and processor time of one fit from nothing.

The networks have one hidden layer.  "mlp" learns from the labels alone, "mlp-spread" also
from what the graph says of every other sample.  Their temperatures are those under which
labels held out in turn are likeliest; so are the weights of "blend-mlp" and
"blend-mlp-spread", the default head with one of them in the place of its kernel machine.

    make bench RUN=heads  # three data sets: some 10 minutes
    make bench RUN=heads OPTIONS="--keep .cache"
    make bench RUN=heads OPTIONS="--data digits --draws 2 --budgets 50"  # to try it
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import paired
import torch
import torch.nn.functional as F
from labelled_pools import embedded
from machine import about_this_machine
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits
from torch import nn

from dalt.core.records import Floats, LabelSet, Positions
from dalt.labeling.quality.accuracy import expected_calibration_error
from dalt.learning.heads.blend import BlendHead
from dalt.learning.heads.predictors import soften, softmax
from dalt.learning.heads.registry import as_head, default_head
from dalt.learning.heads.spreading import Shares, likeliest, spread_labels
from dalt.model import Head, Pool

BUDGETS = (50, 100, 200, 500, 1_000)
DATA = ("fashion-mnist", "digits", "bbc")
HALF_WAY = BlendHead().half_way
ONLY_SPREAD, ONLY_KERNEL = 1e12, 0.0  # labels per class at which both ends count the same
FOLDS = 3
TEMPERATURES = np.geomspace(0.2, 3, 20)  # their inverses
SHARPNESS = np.geomspace(0.5, 5, 16)


@dataclass(frozen=True)
class Recipe:
    """How a network is trained; variants differed by 0.3 points at most on the digits."""

    hidden: int = 256
    dropout: float = 0.3
    rate: float = 3e-3
    decay: float = 0.05
    steps: int = 300
    labels: int = 128
    samples: int = 256
    weight: float = 1.0
    """Of the spread's soft labels in the loss; 0 learns from the labels alone."""


RECIPES = {"mlp": Recipe(weight=0), "mlp-spread": Recipe()}


@dataclass(frozen=True)
class Judged:
    """One head after one draw of labels."""

    accuracy: float
    calibration_error: float
    cpu_seconds: float


def main() -> None:
    """Run and print JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", nargs="+", default=list(DATA))
    parser.add_argument("--budgets", nargs="+", type=int, default=list(BUDGETS))
    parser.add_argument("--draws", type=int, default=5)
    parser.add_argument("--keep", type=Path, help="folder for embeddings, made if need be")
    options = parser.parse_args()
    torch.set_num_threads(1)
    with threadpool_limits(1):
        found = [
            _compared(name, options.budgets, options.draws, options.keep) for name in options.data
        ]
    result = {"benchmark": "heads", "machine": about_this_machine(), "data": found}
    print(json.dumps(result, indent=2))


def _compared(
    name: str, budgets: Sequence[int], n_draws: int, keep: Path | None
) -> dict[str, object]:
    embeddings, truth = embedded(name, keep)
    pool = Pool(embeddings)
    pool.prepare()
    rows = []
    for budget in (each for each in budgets if each < len(truth)):
        judged = [_draw(pool, truth, budget, seed) for seed in range(n_draws)]
        rows.append({"labels": budget, "heads": _against_default(judged)})
        print(name, json.dumps(rows[-1]), file=sys.stderr, flush=True)
    return {"data": name, "pool": len(truth), "draws": n_draws, "budgets": rows}


def _against_default(draws: Sequence[dict[str, Judged]]) -> dict[str, object]:
    def of(head: str, figure: str) -> list[float]:
        return [getattr(each[head], figure) for each in draws]

    return {
        head: {
            "accuracy": paired.mean(of(head, "accuracy")),
            "against_default": paired.gain(of(head, "accuracy"), of("default", "accuracy")),
            "calibration_error": paired.mean(of(head, "calibration_error")),
            "cpu_seconds": paired.mean(of(head, "cpu_seconds")),
        }
        for head in draws[0]
    }


def _draw(pool: Pool, truth: NDArray[np.int64], budget: int, seed: int) -> dict[str, Judged]:
    """All heads on the same labels."""
    positions = np.sort(np.random.default_rng(seed).choice(len(truth), budget, replace=False))
    targets = np.eye(int(truth.max()) + 1, dtype=np.float32)[truth[positions]]
    labels = LabelSet(positions, targets, budget)
    rest = np.setdiff1d(np.arange(len(truth)), positions)

    def judged(probabilities: Floats, cpu_seconds: float) -> Judged:
        top = probabilities[rest].argmax(axis=1)
        hits = top == truth[rest]
        error = expected_calibration_error(probabilities[rest].max(axis=1), hits)
        return Judged(float(hits.mean()), error, cpu_seconds)

    found = {}
    for name, head in _heads().items():
        began = time.process_time()
        fitted = head.fit(pool, labels, targets.shape[1], seed=seed)
        found[name] = judged(fitted.probabilities, time.process_time() - began)
    for name, recipe in RECIPES.items():
        began = time.process_time()
        network = fit_network(pool, labels, recipe, seed)
        took = time.process_time() - began
        found[name] = judged(network.probabilities(), took)
        began = time.process_time()
        probabilities = blended(pool, labels, network)
        found[f"blend-{name}"] = judged(probabilities, took + time.process_time() - began)
    return found


def _heads() -> dict[str, Head]:
    return {
        "default": default_head(),
        "spread": BlendHead(ONLY_SPREAD),
        "kernel": BlendHead(ONLY_KERNEL),
        "logistic": as_head(LogisticRegression(max_iter=1_000)),
    }


# --- networks -----------------------------------------------------------------------


@dataclass(frozen=True)
class Network:
    """Scores of a network, sharpened so that labels which it has not seen are likeliest.

    Attributes
    ----------
    scores : ndarray of shape (n_samples, n_classes), float32
    left_out : ndarray of shape (n_labels, n_classes), float32
        Scores of the labelled rows by networks that have not seen their labels.
    """

    scores: Floats
    left_out: Floats

    def probabilities(self) -> Floats:
        return soften(softmax(self.scores))


def fit_network(pool: Pool, labels: LabelSet, recipe: Recipe, seed: int) -> Network:
    """One network of all labels, and one for each fold of them that it does not see."""
    left_out = np.empty_like(labels.targets)
    for fold, seen in _folds(len(labels.positions), seed):
        some = LabelSet(labels.positions[seen], labels.targets[seen], labels.cursor)
        left_out[fold] = _scores(pool, some, recipe, seed)[labels.positions[fold]]
    inverse = likeliest(left_out, labels.targets, TEMPERATURES, usual=0.7)[0]
    return Network(inverse * _scores(pool, labels, recipe, seed), inverse * left_out)


def _folds(n_labels: int, seed: int) -> Iterator[tuple[Positions, Positions]]:
    order = np.random.default_rng(seed).permutation(n_labels)
    for first in range(FOLDS):
        fold = np.sort(order[first::FOLDS])
        yield fold, np.setdiff1d(order, fold)


def _scores(pool: Pool, labels: LabelSet, recipe: Recipe, seed: int) -> Floats:
    """Train a network and score the pool."""
    torch.manual_seed(seed)
    n_classes = labels.targets.shape[1]
    middle, spread = pool.embeddings.mean(axis=0), pool.embeddings.std() + 1e-9
    rows = torch.from_numpy((pool.embeddings - middle) / spread)
    network = nn.Sequential(
        nn.Linear(pool.n_dims, recipe.hidden),
        nn.ReLU(),
        nn.Dropout(recipe.dropout),
        nn.Linear(recipe.hidden, n_classes),
    )
    optimizer = torch.optim.AdamW(network.parameters(), recipe.rate, weight_decay=recipe.decay)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, recipe.steps)
    positions, targets = torch.from_numpy(labels.positions), torch.from_numpy(labels.targets)
    if recipe.weight:
        soft = BlendHead(ONLY_SPREAD).fit(pool, labels, n_classes, seed=seed).probabilities
        said = torch.from_numpy(soft)
    for _ in range(recipe.steps):
        some = torch.randint(len(positions), (min(recipe.labels, len(positions)),))
        loss = F.cross_entropy(network(rows[positions[some]]), targets[some])
        if recipe.weight:
            others = torch.randint(len(rows), (recipe.samples,))
            loss = loss + recipe.weight * F.cross_entropy(network(rows[others]), said[others])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    network.eval()
    with torch.inference_mode():
        return np.asarray(network(rows).numpy())


def blended(pool: Pool, labels: LabelSet, network: Network) -> Floats:
    """What `BlendHead` does, with the network in the place of the kernel machine."""
    n_labels, n_classes = labels.targets.shape
    weight = n_labels / (n_labels + HALF_WAY * n_classes)
    flow = spread_labels(pool, labels, n_classes, None, lambda: None)
    shares = Shares.of(flow.mass, labels.targets)
    known = np.isfinite(flow.returns)
    mass = flow.mass[labels.positions] - flow.returns[:, None] * labels.targets
    left_out = (1 - weight) * shares.log(mass[known]) + weight * network.left_out[known]
    sharpness, _ = likeliest(left_out, labels.targets[known], SHARPNESS, usual=1.3)
    scores = (1 - weight) * shares.log(flow.mass) + weight * network.scores
    return soften(softmax(sharpness * scores))


if __name__ == "__main__":
    main()
