"""Do exported models answer as the project does, on data that neither has seen, and how quickly?

A project learns 100 labels of one half of a data set.  The other half is predicted by the project,
by the ONNX file and by the file of skops; the files are read back first.

    make bench RUN=exported  # digits, Fashion-MNIST, BBC News and a table
    make bench RUN=exported OPTIONS="--data table --samples 200"  # to try it
    make bench RUN=exported OPTIONS="--data fashion-mnist --encoder mobilenet --samples 400"
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from labelled_pools import labelled
from machine import about_this_machine

import dalt
from dalt.core.records import Floats
from dalt.learning.export.model import OnnxPredictor
from dalt.model import load_estimator

DATA = ("digits", "fashion-mnist", "bbc", "table")
N_LABELS = 100


def main() -> None:
    """Run and print JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", choices=DATA, nargs="+", default=list(DATA))
    parser.add_argument("--samples", type=int, default=2_000)
    parser.add_argument("--encoder", default="autoencoder")
    options = parser.parse_args()
    found = {}
    for name in options.data:
        print(f"{name} …", file=sys.stderr, flush=True)
        found[name] = measure(name, options.samples, options.encoder)
    print(json.dumps({"machine": about_this_machine(), "exported": found}, indent=2))


def measure(name: str, n_samples: int, encoder: str) -> dict[str, Any]:
    """Differences and times of one data set."""
    raw, truth = _data(name, n_samples)
    half = len(truth) // 2
    classes = sorted(set(truth))
    with (
        tempfile.TemporaryDirectory() as folder,
        dalt.Project.create(Path(folder) / "b.dalt", classes=classes) as project,
    ):
        _learn(project, raw[:half], truth[:half], encoder)
        new = raw[half:]
        expected, seconds = _timed(lambda: _by_project(project, new))
        said: dict[str, Any] = {
            "n_new": len(new),
            "accuracy": _accuracy(expected, truth[half:], classes),
            "project_ms_each": _each(seconds, new),
        }
        for ending, answer in (("onnx", _by_onnx), ("skops", _by_skops)):
            path = Path(folder) / f"model.{ending}"
            made, writing = _timed(partial(project.export_model, path, progress=False))
            answers, seconds = _timed(partial(answer, path, new))
            said[ending] = {
                "megabytes": round(made.n_bytes / 1e6, 2),
                "write_seconds": round(writing, 2),
                "ms_each": _each(seconds, new),
                "largest_difference": float(np.abs(answers - expected).max()),
                "same_label": float((answers.argmax(1) == expected.argmax(1)).mean()),
            }
        return said


def _data(name: str, n_samples: int) -> tuple[Any, list[str]]:
    if name == "table":
        from sklearn.datasets import load_breast_cancer

        found = load_breast_cancer(as_frame=True)
        order = np.random.default_rng(0).permutation(len(found.data))[:n_samples]
        rows: pd.DataFrame = found.data.iloc[order].reset_index(drop=True)
        return rows, [str(found.target_names[i]) for i in found.target.iloc[order]]
    data = labelled(name)
    return data.raw[:n_samples], data.truth[:n_samples].tolist()


def _learn(project: dalt.Project, raw: Any, truth: list[str], encoder: str) -> None:
    if isinstance(raw, pd.DataFrame):
        ids = project.add_table(raw, progress=False)
    elif isinstance(raw, list):
        ids = project.add_texts(raw, progress=False)
    else:
        ids = project.add_images(raw, progress=False)
    of_id = dict(zip(ids, truth, strict=True))
    project.encode(encoder, progress=False)
    with project.session("ana") as session:
        for _ in range(min(N_LABELS, len(of_id))):
            asked = session.next()
            assert asked is not None
            session.submit(asked, of_id[asked.sample.id])
    project.trainer.wait()


def _by_project(project: dalt.Project, new: Any) -> Floats:
    frame = project.predict(new, progress=False)
    classes = [each.name for each in project.classes]
    places = frame["label"].map(classes.index).to_numpy().reshape(-1, len(classes))
    values = frame["probability"].to_numpy(np.float32).reshape(-1, len(classes))
    found = np.empty_like(values)
    np.put_along_axis(found, places, values, axis=1)
    return found


def _by_onnx(path: Path, new: Any) -> Floats:
    raw = new.to_dict("records") if isinstance(new, pd.DataFrame) else new
    parts = [raw[start : start + 100] for start in range(0, len(raw), 100)]
    predictor = OnnxPredictor(path.read_bytes())
    return np.concatenate([predictor.predict(part) for part in parts])


def _by_skops(path: Path, new: Any) -> Floats:
    found: Floats = load_estimator(path).predict_proba(new)
    return found


def _timed(work: Callable[[], Any]) -> tuple[Any, float]:
    started = time.perf_counter()
    return work(), time.perf_counter() - started


def _each(seconds: float, new: Any) -> float:
    return round(seconds / len(new) * 1_000, 3)


def _accuracy(found: Floats, truth: list[str], classes: list[str]) -> float:
    right = [classes[i] == each for i, each in zip(found.argmax(1), truth, strict=True)]
    return round(float(np.mean(right)), 3)


if __name__ == "__main__":
    main()
