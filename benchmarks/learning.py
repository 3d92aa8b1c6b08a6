"""Suggestion accuracy by number of labels, beside logistic regression on raw values.

Labels are answered from truth through ``project.session``, the encoder is trained on the
pool alone, and accuracy is counted on the samples without a human label at each budget.
The baseline draws its own labels uniformly, with the same seeds, in the same run.

    python benchmarks/learning.py                          # Fashion-MNIST, 5 seeds
    python benchmarks/learning.py --data digits --seeds 3
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from machine import about_this_machine

import dalt
from dalt.demo import DemoData, demo_data

BUDGETS = (20, 50, 100, 200, 500, 1_000)
EACH_LABEL_UP_TO = 200  # after that the trainer is waited for at every tenth label
T_95 = {2: 12.71, 3: 4.30, 4: 3.18, 5: 2.78, 6: 2.57, 8: 2.36, 10: 2.26}  # Student, two-sided


def main() -> None:
    """Run and print JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default="fashion-mnist")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--budgets", type=int, nargs="+", default=list(BUDGETS))
    options = parser.parse_args()
    data = demo_data(options.data)
    budgets = sorted(b for b in options.budgets if b < len(data.truth))
    ours, baseline, seconds = [], [], []
    for seed in range(options.seeds):
        print(f"seed {seed} …", file=sys.stderr, flush=True)
        baseline.append(_logistic_regression(data, budgets, seed))
        curve, timing = _dalt(data, budgets, seed)
        ours.append(curve)
        seconds.append(timing)
        print(f"  ours {curve}\n  base {baseline[-1]}", file=sys.stderr, flush=True)
    result = {
        "benchmark": "learning",
        "data": data.name,
        "pool": len(data.truth),
        "seeds": options.seeds,
        "machine": about_this_machine(),
        "encode_seconds": [t["encode"] for t in seconds],
        "label_to_snapshot_seconds_median": statistics.median(
            s for t in seconds for s in t["snapshot"]
        ),
        "budgets": [_compare(i, b, ours, baseline) for i, b in enumerate(budgets)],
    }
    print(json.dumps(result, indent=2))


def _dalt(
    data: DemoData, budgets: Sequence[int], seed: int
) -> tuple[list[float], dict[str, list[float] | float]]:
    with (
        tempfile.TemporaryDirectory() as folder,
        dalt.Project.create(Path(folder) / "b.dalt", classes=data.classes, seed=seed) as project,
    ):
        ids = project.add_images(data.images, progress=False)
        truth = dict(zip(ids, data.truth, strict=True))
        started = time.perf_counter()
        project.encode(progress=False)
        timing: dict[str, list[float] | float] = {"encode": time.perf_counter() - started}
        curve, waits = _label(project, truth, budgets)
        timing["snapshot"] = waits
        return curve, timing


def _label(
    project: dalt.Project, truth: dict[str, str], budgets: Sequence[int]
) -> tuple[list[float], list[float]]:
    curve: list[float] = []
    waits: list[float] = []
    with project.session(annotator="truth") as session:
        for count in range(1, budgets[-1] + 1):
            assignment = session.next()
            assert assignment is not None
            session.submit(assignment, truth[assignment.sample.id])
            if count <= EACH_LABEL_UP_TO or count % 10 == 0 or count in budgets:
                started = time.perf_counter()
                project.trainer.wait()
                waits.append(time.perf_counter() - started)
            if count in budgets:
                curve.append(_accuracy(project, truth))
    return curve, waits


def _accuracy(project: dalt.Project, truth: dict[str, str]) -> float:
    top = project.suggest().query("rank == 1").set_index("sample_id").label
    open_ids = top.index.difference(project.labels().sample_id)
    return float(np.mean([top[sample_id] == truth[sample_id] for sample_id in open_ids]))


def _logistic_regression(data: DemoData, budgets: Sequence[int], seed: int) -> list[float]:
    from sklearn.linear_model import LogisticRegression

    pixels = data.images.reshape(len(data.images), -1) / 255
    truth = np.array(data.truth)
    order = np.random.default_rng(seed).permutation(len(truth))
    curve = []
    for budget in budgets:
        drawn, rest = order[:budget], order[budget:]
        model = LogisticRegression(max_iter=1_000).fit(pixels[drawn], truth[drawn])
        curve.append(float(model.score(pixels[rest], truth[rest])))
    return curve


def _compare(
    index: int, budget: int, ours: list[list[float]], baseline: list[list[float]]
) -> dict[str, object]:
    a, b = [c[index] for c in ours], [c[index] for c in baseline]
    gain = [x - y for x, y in zip(a, b, strict=True)]
    half = 0.0
    if len(gain) > 1:
        half = T_95.get(len(gain), 2.0) * statistics.stdev(gain) / len(gain) ** 0.5
    mean = statistics.mean(gain)
    return {
        "labels": budget,
        "dalt": round(statistics.mean(a), 4),
        "logistic_regression_on_pixels": round(statistics.mean(b), 4),
        "gain": round(mean, 4),
        "gain_interval_95": [round(mean - half, 4), round(mean + half, 4)],
        "dalt_per_seed": [round(x, 4) for x in a],
        "baseline_per_seed": [round(x, 4) for x in b],
    }


if __name__ == "__main__":
    main()
