"""From how many labels on should pages show suggestions?  A simulation.

How good the first few suggestions are decides how people treat all later ones ("Bias in the Loop",
2025, an experiment with 2,784 people).  Suggestions that begin at once are often wrong at first;
those that begin late help for fewer labels.  Real suggestions are used: the default head learns
label by label what the default strategy asks, and each suggestion is right or wrong for the
sample that is asked next.  The person is simulated:

- the share of right ones among the first ten suggestions that they see is how often they rely
  on each later one (half, until they have seen ten);
- times are of the keystroke-level model (Card, Moran and Newell, 1980), choices of Hick's law with
  0.15 s a bit; a look takes 0.3 s.  Who decides alone looks, thinks, chooses among all classes and
  presses a key.  Who relies looks at the sample and the suggestion and says yes, or then goes on as
  if alone;
- who relies accepts a share of the wrong suggestions, and each such error costs the time to find
  and to label it again.

    make bench RUN=first_suggestions  # all data sets, 10 seeds
    make bench RUN=first_suggestions OPTIONS="--data digits --seeds 2 --labels 100"
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import paired
from labelled_pools import embedded
from learner import Learner
from machine import about_this_machine
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from dalt.labeling.keystrokes import GLANCE, KEY, THINK, choosing
from dalt.learning.strategies.registry import by_name
from dalt.model import Pool

DATA = ("digits", "fashion-mnist", "bbc")
STARTS = (1, 3, 5, 10, 15, 20, 30, 40, 50, 75, 100)
EACH_LABEL_UP_TO = 60  # after that a new snapshot at every fifth label
FIRST = 10  # suggestions that decide how people treat the later ones
ACCEPTED = 0.15  # share of wrong suggestions that somebody accepts who relies on them


def main() -> None:
    """Run and print JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", nargs="+", default=list(DATA))
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--labels", type=int, default=300)
    parser.add_argument("--keep", type=Path, help="folder of embeddings, for another run")
    options = parser.parse_args()
    with threadpool_limits(1):
        found = [_of(name, options.seeds, options.labels, options.keep) for name in options.data]
    relative = np.mean([[row["relative"] for row in each["starts"]] for each in found], axis=0)
    result = {
        "benchmark": "first_suggestions",
        "machine": about_this_machine(),
        "labels": options.labels,
        "data": found,
        "mean_relative": dict(zip(map(str, STARTS), relative.round(4).tolist(), strict=True)),
        "best": STARTS[int(relative.argmin())],
    }
    print(json.dumps(result, indent=2))


def _of(name: str, n_seeds: int, n_labels: int, keep: Path | None) -> dict[str, Any]:
    """What each start costs on one data set, beside deciding everything alone."""
    embeddings, truth = embedded(name, keep)
    n_classes = int(truth.max()) + 1
    pool = Pool(embeddings)
    pool.prepare()
    right = np.array([right_ones(pool, truth, n_labels, seed) for seed in range(n_seeds)])
    costs = np.array([[seconds(row, start, n_classes) for start in STARTS] for row in right])
    alone = n_labels * _alone(n_classes)
    best = int(costs.mean(axis=0).argmin())
    print(name, right.mean(axis=0)[:60].round(2), file=sys.stderr)
    return {
        "data": name,
        "seeds": n_seeds,
        "right_at": {
            str(at): float(right[:, at : at + 10].mean().round(3))
            for at in (1, 10, 20, 30, 50, 100)
            if at + 10 <= n_labels
        },
        "starts": [
            {
                "from": start,
                "relative": float((costs[:, at].mean() / alone).round(4)),
                "more_than_best": paired.gain(costs[:, at] / alone, costs[:, best] / alone),
            }
            for at, start in enumerate(STARTS)
        ],
        "best": STARTS[best],
    }


def seconds(right: NDArray[np.bool_], start: int, n_classes: int) -> float:
    """Expected seconds for all labels if suggestions begin after `start` labels."""
    alone, yes = _alone(n_classes), GLANCE + GLANCE + choosing(1) + KEY
    refused = yes - KEY + alone - GLANCE
    error = 2 * alone
    seen = right[start : start + FIRST]
    trust = (seen.sum() + 1) / (len(seen) + 2)
    total = min(start, len(right)) * alone
    for at, is_right in enumerate(right[start:]):
        relies = trust if at >= FIRST else 0.5
        wrong = ACCEPTED * (yes + error) + (1 - ACCEPTED) * refused
        total += relies * (yes if is_right else wrong) + (1 - relies) * alone
    return float(total)


def _alone(n_classes: int) -> float:
    return GLANCE + THINK + choosing(n_classes) + KEY


def right_ones(pool: Pool, truth: NDArray[np.int64], n_labels: int, seed: int) -> NDArray[np.bool_]:
    """Whether the suggestion for each sample was right when it was asked: bool, (n_labels,)."""
    everything = np.arange(pool.n_samples)
    rng = np.random.default_rng(seed)
    learner = Learner(pool, truth, by_name("cover"), seed, rng, everything)
    right = np.zeros(n_labels, bool)
    for n in range(n_labels):
        position = learner.ask()
        if learner.snapshot is not None:
            right[n] = int(learner.snapshot.probabilities[position].argmax()) == truth[position]
        if n < EACH_LABEL_UP_TO or not n % 5:
            learner.learn()
    return right


if __name__ == "__main__":
    main()
