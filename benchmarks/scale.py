"""A million samples: label to new snapshot, building the neighbour graph, and memory.

A project of table rows with given embeddings (64 dims, a synthetic mixture of 200 bells
in 10 classes), through ``project.session`` and its trainer as a person would use it.  Each
phase runs in a process of its own, so that its peak of memory is its own; the baseline is
the process with everything imported and no project opened.

    make bench RUN=scale  # 100,000 and 1,000,000
    make bench RUN=scale OPTIONS="--samples 5000"  # to try it
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np
import psutil
from machine import about_this_machine
from numpy.typing import NDArray

import dalt

N_DIMS = 64
N_CLASSES = 10
N_BELLS = 200
AT_ONCE = 50_000
N_FIRST = 100  # labels that are there before the measured ones
N_MEASURED = 20


def main() -> None:
    """Run and print JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--phase", choices=sorted(PHASES), help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.phase:
        print(json.dumps(PHASES[options.phase](options.folder, options.samples[0])))
        return
    found = [_measure(n) for n in options.samples]
    result = {"benchmark": "scale", "machine": about_this_machine(), "pools": found}
    print(json.dumps(result, indent=2))


def _measure(n_samples: int) -> dict[str, object]:
    found: dict[str, object] = {
        "samples": n_samples,
        "embeddings_mb": round(n_samples * N_DIMS * 4 / 1e6),
    }
    with tempfile.TemporaryDirectory() as folder:
        for phase in ("fill", "graph", "label", "bound"):
            command = [sys.executable, __file__, "--phase", phase, "--folder", folder]
            done = subprocess.run(
                [*command, "--samples", str(n_samples)], stdout=subprocess.PIPE, check=True
            )
            found[phase] = json.loads(done.stdout)
            print(n_samples, phase, found[phase], file=sys.stderr, flush=True)
    return found


# --- phases: each in a process of its own -------------------------------------------------


def fill(folder: Path, n_samples: int) -> dict[str, object]:
    """Make the project; its rows say nothing, its embeddings are given."""
    import pandas as pd

    started = time.perf_counter()
    embeddings, truth = _mixture(n_samples)
    np.save(folder / "truth.npy", truth)
    with _project(folder, create=True) as project:
        for first in range(0, n_samples, AT_ONCE):
            part = range(first, min(first + AT_ONCE, n_samples))
            project.add_table(pd.DataFrame({"row": part}), progress=False)
        project.add_embeddings(embeddings, progress=False)
    return {"seconds": round(time.perf_counter() - started, 1)}


def graph(folder: Path, n_samples: int) -> dict[str, object]:
    """Build the neighbour graph and what else a first fit waits for."""
    import dalt.learning.training.trainer  # noqa: F401
    from dalt.learning.heads.graph import read_graph

    for old in (folder / "scale.dalt" / "embeddings").glob("graph-*"):
        old.unlink()  # built when the embeddings were given
    before = _peak_mb()
    with _project(folder) as project, _watched() as together:
        started = time.perf_counter()
        embeddings = project.encode(progress=False)
        seconds = time.perf_counter() - started
    peak = _peak_mb() - before
    (path,) = (folder / "scale.dalt" / "embeddings").glob("graph-*")
    found = read_graph(path, n_samples)
    assert found is not None
    return {
        "seconds": round(seconds, 1),
        "edges_per_sample": round(found.weights.nnz / n_samples, 1),
        "recall": _recall(np.asarray(embeddings), found.weights),
        "peak_mb_here": round(peak),
        "peak_mb_of_the_search": round(_peak_mb(resource.RUSAGE_CHILDREN)),
        "peak_mb_together_above_baseline": round(max(together) - before),
    }


def label(folder: Path, n_samples: int) -> dict[str, object]:
    """Label, wait for the snapshot, label again."""
    import pandas as pd  # noqa: F401
    import scipy.linalg
    import scipy.sparse  # noqa: F401

    import dalt.labeling.session
    import dalt.learning.heads.blend  # noqa: F401

    truth = np.load(folder / "truth.npy", mmap_mode="r")
    before = _peak_mb()
    with _project(folder) as project, project.session(annotator="truth") as session:

        def one() -> float:
            assignment = session.next()
            assert assignment is not None
            started = time.perf_counter()
            session.submit(assignment, str(truth[assignment.sample.position]))
            return time.perf_counter() - started

        for _ in range(N_FIRST):
            one()
        started = time.perf_counter()
        project.trainer.wait()
        first = time.perf_counter() - started
        acknowledged, learned = [], []
        for _ in range(N_MEASURED):
            acknowledged.append(one())
            started = time.perf_counter()
            project.trainer.wait()
            learned.append(acknowledged[-1] + time.perf_counter() - started)
        snapshot = project.trainer.snapshot
        assert snapshot is not None
        right = snapshot.probabilities.argmax(axis=1) == truth
    return {
        f"first_snapshot_of_{N_FIRST}_labels_s": round(first, 2),
        "label_to_snapshot_s": {
            "median": round(statistics.median(learned), 3),
            "p95": round(float(np.quantile(learned, 0.95)), 3),
        },
        "acknowledged_ms_median": round(1_000 * statistics.median(acknowledged), 1),
        "peak_mb_above_baseline": round(_peak_mb() - before),
        "baseline_mb": round(before),
        "top_1": round(float(right.mean()), 3),
    }


def bound(folder: Path, n_samples: int) -> dict[str, object]:
    """What one pass over the pool costs at least, with one thread."""
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits

    with _project(folder) as project:
        embeddings = np.asarray(project.encode(progress=False))
    truth = np.load(folder / "truth.npy")
    weights = np.ones((N_DIMS, N_CLASSES), np.float32)
    with threadpool_limits(1):
        read = _seconds(lambda: embeddings.view(np.int32).max())
        scored = _seconds(lambda: embeddings @ weights)
        model = LogisticRegression(max_iter=1_000).fit(embeddings[:200], truth[:200])
        retrained = _seconds(
            lambda: model.fit(embeddings[:200], truth[:200]).predict_proba(embeddings)
        )
    return {
        "reading_the_embeddings_s": round(read, 4),
        "gigabytes_per_second": round(embeddings.nbytes / read / 1e9, 1),
        "linear_scores_s": round(scored, 4),
        "logistic_regression_fit_and_rescoring_s": round(retrained, 3),
    }


PHASES: dict[str, Callable[[Path, int], dict[str, object]]] = {
    "fill": fill,
    "graph": graph,
    "label": label,
    "bound": bound,
}


def _project(folder: Path, create: bool = False) -> dalt.Project:
    path = folder / "scale.dalt"
    if create:
        return dalt.Project.create(path, classes=[str(c) for c in range(N_CLASSES)])
    return dalt.Project.open(path)


def _mixture(n_samples: int) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Bells of different width in each direction, which overlap."""
    rng = np.random.default_rng(0)
    width = np.arange(1, N_DIMS + 1, dtype=np.float32) ** -0.7
    centres = 1.5 * rng.normal(size=(N_BELLS, N_DIMS)).astype(np.float32)
    bell = rng.integers(N_BELLS, size=n_samples)
    embeddings = np.empty((n_samples, N_DIMS), np.float32)
    for first in range(0, n_samples, AT_ONCE):
        part = slice(first, min(first + AT_ONCE, n_samples))
        noise = rng.standard_normal((part.stop - first, N_DIMS), dtype=np.float32)
        embeddings[part] = (centres[bell[part]] + noise) * width
    return embeddings, rng.integers(N_CLASSES, size=N_BELLS)[bell]


def _recall(embeddings: NDArray[np.float32], weights: object, n_looked_at: int = 200) -> float:
    """How many of the ten nearest samples by cosine the graph joins."""
    rows = embeddings - embeddings.mean(axis=0)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    some = np.random.default_rng(0).choice(len(rows), n_looked_at, replace=False)
    near = rows[some] @ rows.T
    near[np.arange(n_looked_at), some] = -2
    best = np.argpartition(-near, 10, axis=1)[:, :10]
    joined = [weights[row].indices for row in some]  # type: ignore[index]
    found = [np.isin(a, b).mean() for a, b in zip(best, joined, strict=True)]
    return round(float(np.mean(found)), 3)


def _peak_mb(whose: int = resource.RUSAGE_SELF) -> float:
    return resource.getrusage(whose).ru_maxrss / 1024


@contextmanager
def _watched() -> Iterator[list[float]]:
    """Memory of this process and its children together, looked at ten times a second."""
    found: list[float] = []
    ended = threading.Event()

    def look() -> None:
        here = psutil.Process()
        while not ended.wait(0.1):
            total = 0
            for each in [here, *here.children()]:
                with suppress(psutil.NoSuchProcess):
                    total += each.memory_info().rss
            found.append(total / 2**20)

    watcher = threading.Thread(target=look, daemon=True)
    watcher.start()
    try:
        yield found
    finally:
        ended.set()
        watcher.join()


def _seconds(work: Callable[[], object]) -> float:
    times = []
    for _ in range(3):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return min(times)


if __name__ == "__main__":
    main()
