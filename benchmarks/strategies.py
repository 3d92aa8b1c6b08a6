"""Does the default strategy ever lose to asking at random?  Curves over several data sets.

The same embeddings and the same head for all strategies.  A fifth of the pool is never
asked, and accuracy is counted there: a strategy that asks the hard samples first leaves
the easy ones, and would look better on what it left.

    make bench RUN=strategies  # all data sets, 5 seeds
    make bench RUN=strategies OPTIONS="--data digits --seeds 2 --strategies cover random"
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence

import numpy as np
import paired
from labelled_pools import embedded
from learner import Learner
from machine import about_this_machine
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from dalt.core.records import Floats, Positions
from dalt.learning.strategies.registry import by_name
from dalt.learning.strategies.situation import Strategy
from dalt.model import Pool

BUDGETS = (20, 50, 100, 200, 500)
STRATEGIES = ("cover", "random", "margin", "entropy", "skactiveml:Badge", "skactiveml:TypiClust")
DATA = ("fashion-mnist", "digits", "digits-imbalanced", "bbc")
EACH_LABEL_UP_TO = 50  # after that a new snapshot at every fifth label
SHARE_HELD = 0.2


def main() -> None:
    """Run and print JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", nargs="+", default=list(DATA))
    parser.add_argument("--strategies", nargs="+", default=list(STRATEGIES))
    parser.add_argument("--seeds", type=int, default=5)
    options = parser.parse_args()
    names = list(dict.fromkeys([*options.strategies, "random"]))
    with threadpool_limits(1):
        found = [_curves(data, names, options.seeds) for data in options.data]
    result = {"benchmark": "strategies", "machine": about_this_machine(), "data": found}
    print(json.dumps(result, indent=2))


def _curves(name: str, strategies: Sequence[str], n_seeds: int) -> dict[str, object]:
    embeddings, truth = _embedded(name)
    budgets = [each for each in BUDGETS if each <= len(truth) * (1 - SHARE_HELD)]
    pool = Pool(embeddings)
    pool.prepare()
    curves: dict[str, list[list[float]]] = {}
    for strategy in strategies:
        curves[strategy] = [
            _curve(pool, truth, by_name(strategy), strategy, budgets, seed)
            for seed in range(n_seeds)
        ]
        print(name, strategy, np.mean(curves[strategy], axis=0).round(4), file=sys.stderr)
    return {
        "data": name,
        "pool": len(truth),
        "seeds": n_seeds,
        "budgets": budgets,
        "strategies": {
            each: {
                "accuracy": [paired.mean(at) for at in zip(*curves[each], strict=True)],
                "against_random": [
                    paired.gain(a, b)
                    for a, b in zip(
                        zip(*curves[each], strict=True),
                        zip(*curves["random"], strict=True),
                        strict=True,
                    )
                ],
            }
            for each in strategies
        },
    }


def _embedded(name: str) -> tuple[Floats, NDArray[np.int64]]:
    """Embeddings by the default encoder; "-imbalanced" keeps ever fewer of each class."""
    embeddings, truth = embedded(name.removesuffix("-imbalanced"))
    if name.endswith("-imbalanced"):
        kept = _imbalanced(truth)
        embeddings, truth = embeddings[kept], truth[kept]
    return embeddings, truth


def _imbalanced(truth: NDArray[np.int64], ratio: float = 20.0) -> Positions:
    """Positions such that the last class is `ratio` times rarer than the first."""
    n_classes = int(truth.max()) + 1
    shares = ratio ** (-np.arange(n_classes) / (n_classes - 1))
    found = [np.flatnonzero(truth == c) for c in range(n_classes)]
    return np.sort(
        np.concatenate(
            [p[: max(int(len(p) * share), 5)] for p, share in zip(found, shares, strict=True)]
        )
    )


def _curve(
    pool: Pool,
    truth: NDArray[np.int64],
    strategy: Strategy,
    name: str,
    budgets: Sequence[int],
    seed: int,
) -> list[float]:
    rng = np.random.default_rng(seed)
    held = np.sort(rng.choice(len(truth), int(SHARE_HELD * len(truth)), replace=False))
    may_ask = np.setdiff1d(np.arange(len(truth)), held)
    learner = Learner(pool, truth, strategy, seed, rng, may_ask)
    if name == "random":
        learner.order = []
    curve: list[float] = []
    while len(curve) < len(budgets):
        learner.ask()
        n = len(learner.asked)
        if n > EACH_LABEL_UP_TO and n % 5 and n not in budgets:
            continue
        probabilities = learner.learn().probabilities
        if n in budgets:
            top = probabilities[held].argmax(axis=1)
            curve.append(float((top == truth[held]).mean()))
    return curve


if __name__ == "__main__":
    main()
