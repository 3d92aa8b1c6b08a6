"""Do suggestions gain by a good source beside the model, and lose nothing by a bad one?

Labels are answered from truth through ``project.session``; accuracy is counted on the samples
without a human label, with each source and without any, paired by seed.  Every project learns on
the same embeddings, by the default encoder.

The sources are simulated.  "right" and "wrong" err alike in all classes: they are right for 70 %
and for 10 % of the samples, and else say any other class.  "right-by-class" and "wrong-by-class"
are right for the same shares, but more in some classes (by 25 and by 10 points at most), and say
the same other class in most errors.

    make bench RUN=sources  # Fashion-MNIST, 5 seeds: a quarter of an hour
    make bench RUN=sources OPTIONS="--keep .cache"
    make bench RUN=sources OPTIONS="--data digits --seeds 2 --budgets 20 50"  # to try it
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import paired
from labelled_pools import Labelled, embedded, labelled
from machine import about_this_machine
from numpy.typing import NDArray

import dalt
from dalt.core.records import Floats
from dalt.labeling.quality.accuracy import expected_calibration_error

BUDGETS = (20, 50, 100, 200)
FIRST = range(1, 21)
"""Numbers of labels over which the first accuracy is averaged."""
RIGHT = {"right": 0.7, "wrong": 0.1, "right-by-class": 0.7, "wrong-by-class": 0.1}
SPREAD = {"right-by-class": 0.25, "wrong-by-class": 0.1}
HABIT = 0.7
"""Share of errors by class that are the same other class."""

Run = dict[int, tuple[float, float]]
"""Accuracy and calibration error by number of labels."""


def main() -> None:
    """Run and print JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default="fashion-mnist", help="fashion-mnist, digits or bbc")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--budgets", type=int, nargs="+", default=list(BUDGETS))
    parser.add_argument("--sources", nargs="+", default=list(RIGHT), choices=list(RIGHT))
    parser.add_argument("--keep", type=Path, help="folder for embeddings, made if need be")
    options = parser.parse_args()
    data = labelled(options.data)
    embeddings, truth = embedded(options.data, options.keep)
    runs: dict[str, list[Run]] = {name: [] for name in ("none", *options.sources)}
    for seed in range(options.first_seed, options.first_seed + options.seeds):
        for name, found in runs.items():
            votes = None if name == "none" else simulated(name, truth, seed)
            found.append(_run(data, embeddings, truth, votes, options.budgets, seed))
            last = {budget: round(found[-1][budget][0], 4) for budget in options.budgets}
            print(f"seed {seed}, {name}: {last}", file=sys.stderr, flush=True)
    result = {
        "benchmark": "sources",
        "data": data.name,
        "pool": len(truth),
        "seeds": options.seeds,
        "machine": about_this_machine(),
        "without": _curve(runs["none"], options.budgets),
        "with": {
            name: _curve(runs[name], options.budgets) | _gains(runs, name, options.budgets)
            for name in options.sources
        },
    }
    print(json.dumps(result, indent=2))


def simulated(name: str, truth: NDArray[np.int64], seed: int) -> NDArray[np.int64]:
    """What a source says of each sample."""
    rng = np.random.default_rng([seed, 7])
    n_classes, n = int(truth.max()) + 1, len(truth)
    spread = SPREAD.get(name, 0.0)
    shares = rng.permutation(np.linspace(-spread, spread, n_classes)) + RIGHT[name]
    turn = int(rng.integers(1, n_classes))  # the habit: every class has another one
    habit = (np.arange(n_classes) + turn) % n_classes
    any_other = (truth + rng.integers(1, n_classes, n)) % n_classes
    by_habit = (rng.random(n) < HABIT) & (spread > 0)
    wrong = np.where(by_habit, habit[truth], any_other)
    return np.where(rng.random(n) < shares[truth], truth, wrong)


def _run(
    data: Labelled,
    embeddings: Floats,
    truth: NDArray[np.int64],
    votes: NDArray[np.int64] | None,
    budgets: Sequence[int],
    seed: int,
) -> Run:
    with (
        tempfile.TemporaryDirectory() as folder,
        dalt.Project.create(Path(folder) / "b.dalt", classes=data.classes, seed=seed) as project,
    ):
        ids = data.add_to(project)
        project.add_embeddings(embeddings, progress=False)
        project.training.stepped()
        if votes is not None:
            said = [
                {"sample_id": i, "label": data.classes[v]} for i, v in zip(ids, votes, strict=True)
            ]
            project.add_suggestions(said, source="simulated", progress=False)
        return _labelled(project, ids, data.classes, truth, budgets)


def _labelled(
    project: dalt.Project,
    ids: Sequence[str],
    classes: Sequence[str],
    truth: NDArray[np.int64],
    budgets: Sequence[int],
) -> Run:
    place = {sample_id: at for at, sample_id in enumerate(ids)}
    judged = {0, *FIRST, *budgets}
    found: Run = {}
    human: list[int] = []
    with project.session(annotator="truth") as session:
        for count in range(max(budgets) + 1):
            if count:
                assignment = session.next()
                assert assignment is not None
                at = place[assignment.sample.id]
                session.submit(assignment, classes[truth[at]])
                human.append(at)
                project.trainer.wait()
            snapshot = project.trainer.snapshot
            if count in judged and snapshot is not None:
                rest = np.setdiff1d(np.arange(len(truth)), human)
                shares = np.asarray(snapshot.probabilities)[rest]
                hits = shares.argmax(axis=1) == truth[rest]
                error = expected_calibration_error(shares.max(axis=1), hits)
                found[count] = (float(hits.mean()), error)
    return found


def _first(run: Run) -> float:
    return float(np.mean([run[n][0] for n in FIRST if n in run]))


def _curve(runs: Sequence[Run], budgets: Sequence[int]) -> dict[str, object]:
    """Means over the seeds."""
    found: dict[str, object] = {
        "accuracy_1_to_20": paired.mean([_first(run) for run in runs]),
        "accuracy": {n: paired.mean([run[n][0] for run in runs]) for n in budgets},
        "calibration_error": {n: paired.mean([run[n][1] for run in runs]) for n in budgets},
    }
    if all(0 in run for run in runs):
        found["accuracy_without_labels"] = paired.mean([run[0][0] for run in runs])
    return found


def _gains(runs: dict[str, list[Run]], name: str, budgets: Sequence[int]) -> dict[str, object]:
    """What a source adds, paired by seed."""
    ours, theirs = runs[name], runs["none"]
    return {
        "gain_1_to_20": paired.gain([_first(r) for r in ours], [_first(r) for r in theirs]),
        "gain": {
            n: paired.gain([r[n][0] for r in ours], [r[n][0] for r in theirs]) for n in budgets
        },
    }


if __name__ == "__main__":
    main()
