"""Label → new snapshot: how long until the suggestions know of a label.

Beside it, in the same run, the fit of scikit-learn's logistic regression on the pixels
with a full rescoring of the pool, which is what a notebook with a "retrain" button does.

    make bench RUN=snapshot  # 100 labels of Fashion-MNIST
    make bench RUN=snapshot OPTIONS="--data digits --labels 10"  # to try it
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
from machine import about_this_machine

import dalt
from dalt.data.demo import demo_data


def main() -> None:
    """Run and print JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default="fashion-mnist")
    parser.add_argument("--labels", type=int, default=100)
    options = parser.parse_args()
    data = demo_data(options.data)
    with (
        tempfile.TemporaryDirectory() as folder,
        dalt.Project.create(Path(folder) / "b.dalt", classes=data.classes) as project,
    ):
        ids = project.add_images(data.images, progress=False)
        truth = dict(zip(ids, data.truth, strict=True))
        project.encode(progress=False)
        acknowledged, learned, retrained = [], [], []
        with project.session(annotator="truth") as session:
            for _ in range(options.labels):
                assignment = session.next()
                assert assignment is not None
                started = time.perf_counter()
                session.submit(assignment, truth[assignment.sample.id])
                acknowledged.append(time.perf_counter() - started)
                project.trainer.wait()
                learned.append(time.perf_counter() - started)
        pixels = data.images.reshape(len(ids), -1) / 255
        labels = project.labels()
        row_of = {sample_id: row for row, sample_id in enumerate(ids)}
        rows = [row_of[sample_id] for sample_id in labels.sample_id]
        for _ in range(5):
            retrained.append(_retrain(pixels, rows, labels.label.to_numpy()))
    median = statistics.median(learned[5:])
    result = {
        "benchmark": "label to snapshot",
        "data": data.name,
        "pool": len(ids),
        "labels": options.labels,
        "machine": about_this_machine(),
        "acknowledged_ms": _quantiles(acknowledged),
        "snapshot_ms": _quantiles(learned[5:]),
        "logistic_regression_retrain_ms": _quantiles(retrained),
        "ratio_to_retrain": round(median / statistics.median(retrained), 3),
    }
    print(json.dumps(result, indent=2))


def _retrain(pixels: np.ndarray, rows: list[int], labels: np.ndarray) -> float:
    from sklearn.linear_model import LogisticRegression

    started = time.perf_counter()
    LogisticRegression(max_iter=1_000).fit(pixels[rows], labels).predict_proba(pixels)
    return time.perf_counter() - started


def _quantiles(seconds: list[float]) -> dict[str, float]:
    cuts = np.quantile(np.array(seconds) * 1_000, [0.5, 0.95])
    return {"median": round(float(cuts[0]), 2), "p95": round(float(cuts[1]), 2)}


if __name__ == "__main__":
    main()
