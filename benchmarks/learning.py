"""Suggestion accuracy by number of labels, beside what other notebook tools do.

Labels are answered from truth through ``project.session``, the encoder is trained on the
pool alone, and accuracy is counted on the samples without a human label at each budget.
The peers draw their own labels, with the same seeds, in the same run (`peers.py`).

    make bench RUN=learning  # Fashion-MNIST, 5 seeds
    make bench RUN=learning OPTIONS="--data bbc"
    make bench RUN=learning OPTIONS="--data digits --seeds 2 --budgets 20 50"  # to try it
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import paired
import peers
from labelled_pools import Labelled, labelled
from machine import about_this_machine
from numpy.typing import NDArray

import dalt
from dalt.labeling.quality.accuracy import expected_calibration_error

BUDGETS = (20, 50, 100, 200, 500, 1_000)
EACH_LABEL_UP_TO = 200  # after that the trainer is waited for at every tenth label
ON_RAW = {
    "logistic_regression_raw_uniform": peers.uniform_draws,
    "logistic_regression_raw_entropy": peers.entropy_sampling,
}
ON_EMBEDDINGS = {
    "modal_margin_same_embeddings": peers.modal_margin,
    "typiclust_same_embeddings": peers.typiclust,
}


@dataclass
class Run:
    """What one seed gave."""

    accuracy: list[float] = field(default_factory=list)
    calibration_error: list[float] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    encode: float = 0.0
    peers: dict[str, list[float]] = field(default_factory=dict)


def main() -> None:
    """Run and print JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default="fashion-mnist", help="fashion-mnist, digits or bbc")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--budgets", type=int, nargs="+", default=list(BUDGETS))
    parser.add_argument("--without-peers", action="store_true", help="only logistic regression")
    options = parser.parse_args()
    data = labelled(options.data)
    budgets = sorted(b for b in options.budgets if b < len(data.truth))
    runs = []
    for seed in range(options.seeds):
        runs.append(_run(data, budgets, seed, not options.without_peers))
        print(f"seed {seed}: {np.round(runs[-1].accuracy, 4)}", file=sys.stderr, flush=True)
    print(json.dumps(_result(data, budgets, runs), indent=2))


def _run(data: Labelled, budgets: Sequence[int], seed: int, with_peers: bool) -> Run:
    run = Run()
    with (
        tempfile.TemporaryDirectory() as folder,
        dalt.Project.create(Path(folder) / "b.dalt", classes=data.classes, seed=seed) as project,
    ):
        ids = data.add_to(project)
        truth = dict(zip(ids, data.truth.tolist(), strict=True))
        started = time.perf_counter()
        embeddings = np.array(project.encode(progress=False))
        run.encode = time.perf_counter() - started
        _label(project, truth, budgets, run)
    for name, peer in ON_RAW.items():
        run.peers[name] = peer(data.features, data.truth, budgets, seed)
    for name, learned in ON_EMBEDDINGS.items() if with_peers else ():
        upto = [budget for budget in budgets if budget <= 500]
        run.peers[name] = learned(embeddings, data.truth, upto, seed)
    return run


def _label(project: dalt.Project, truth: dict[str, str], budgets: Sequence[int], run: Run) -> None:
    with project.session(annotator="truth") as session:
        for count in range(1, budgets[-1] + 1):
            assignment = session.next()
            assert assignment is not None
            session.submit(assignment, truth[assignment.sample.id])
            if count <= EACH_LABEL_UP_TO or count % 10 == 0 or count in budgets:
                started = time.perf_counter()
                project.trainer.wait()
                run.waits.append(time.perf_counter() - started)
            if count in budgets:
                confidences, hits = _judged(project, truth)
                run.accuracy.append(float(np.mean(hits)))
                run.calibration_error.append(expected_calibration_error(confidences.tolist(), hits))


def _judged(
    project: dalt.Project, truth: dict[str, str]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Probability of the top suggestion of each sample without a label, and whether it is right."""
    top = project.suggest().query("rank == 1").set_index("sample_id")
    rest = top.loc[top.index.difference(list(project.labels().sample_id))]
    hits = np.array([label == truth[str(each)] for each, label in rest.label.items()])
    return rest.probability.to_numpy(), hits


def _result(data: Labelled, budgets: Sequence[int], runs: Sequence[Run]) -> dict[str, object]:
    names = list(runs[0].peers)
    return {
        "benchmark": "learning",
        "data": data.name,
        "pool": len(data.truth),
        "seeds": len(runs),
        "machine": about_this_machine(),
        "encode_seconds": [round(run.encode, 1) for run in runs],
        "label_to_snapshot_seconds_median": statistics.median(w for run in runs for w in run.waits),
        "budgets": [_at(index, budget, runs) for index, budget in enumerate(budgets)],
        "area_20_500": _areas(budgets, runs, names),
    }


def _at(index: int, budget: int, runs: Sequence[Run]) -> dict[str, object]:
    ours = [run.accuracy[index] for run in runs]
    found: dict[str, object] = {
        "labels": budget,
        "dalt": paired.mean(ours),
        "dalt_per_seed": [round(each, 4) for each in ours],
        "calibration_error": paired.mean([run.calibration_error[index] for run in runs]),
    }
    for name, curve in runs[0].peers.items():
        if index < len(curve):
            theirs = [run.peers[name][index] for run in runs]
            found[name] = {"accuracy": paired.mean(theirs), **paired.gain(ours, theirs)}
    return found


def _areas(budgets: Sequence[int], runs: Sequence[Run], names: Sequence[str]) -> dict[str, object]:
    ours = [paired.area(budgets, run.accuracy) for run in runs]
    found: dict[str, object] = {"dalt": paired.mean(ours)}
    for name in names:
        theirs = [paired.area(budgets, run.peers[name]) for run in runs]
        found[name] = {"area": paired.mean(theirs), **paired.gain(ours, theirs)}
    return found


if __name__ == "__main__":
    main()
