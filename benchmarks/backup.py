"""How long a backup takes while people label, what it costs them, and how long restoring takes.

    make bench RUN=backup  # 20,000 labels
    make bench RUN=backup OPTIONS="--labels 1000000 --seconds 30"  # the bar
    make bench RUN=backup OPTIONS="--labels 2000 --people 2 --seconds 2"  # to try it

`--people` processes, each with a project of its own as a page's kernel has it, take a sample and
submit its label `--pace` times a second: at first alone, then while `dalt backup` runs as a
process of its own, again and again for as long.  The time of one label is that of claim and commit
together.  At the end every backup is restored and counted.  Prints JSON.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

import numpy as np
from machine import about_this_machine

import dalt
from dalt.core.records import Sample

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))
from cluster import Cluster  # the tests' own server

BARS = {"backup_s": 30.0, "p95_ratio": 2.0, "lost": 0}
OPEN = 20_000
"""Samples that are left for the people."""
Timed = tuple[float, float]
"""When a label was begun, and how many milliseconds it took."""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--labels", type=int, default=20_000)
    parser.add_argument("--dims", type=int, default=64, help="of the embeddings; 0: none")
    parser.add_argument("--people", type=int, default=8)
    parser.add_argument("--pace", type=float, default=1.0, help="labels a second of each")
    parser.add_argument("--seconds", type=float, default=15.0, help="of each part, at least")
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    options = parser.parse_args()
    found: dict[str, Any] = {"machine": about_this_machine(), "bars": BARS, **vars(options)}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="dalt-backup-")))
        if options.database == "postgresql":
            os.environ["DALT_DATABASE_URL"] = stack.enter_context(Cluster()).url("backup")
        project = folder / "texts.dalt"
        began = time.perf_counter()
        fill(project, options)
        print(f"filled in {time.perf_counter() - began:.0f} s", file=sys.stderr, flush=True)
        found |= measure(project, options)
    print(json.dumps(found, indent=2))


def fill(folder: Path, options: argparse.Namespace) -> None:
    """A project of texts with so many labels, and samples without one."""
    n = options.labels + OPEN
    ids = [hashlib.blake2b(str(i).encode(), digest_size=16).hexdigest() for i in range(n)]
    labels = folder.parent / "labels.csv"
    with labels.open("w", newline="", encoding="utf-8") as lines:
        writer = csv.writer(lines)
        writer.writerow(["sample_id", "label", "annotator"])
        given = ids[: options.labels]
        writer.writerows((each, "cat" if i % 3 else "dog", "eva") for i, each in enumerate(given))
    with dalt.Project.create(folder, classes=["cat", "dog"]) as project:
        samples = [Sample(each, "text", str(i), location={}) for i, each in enumerate(ids)]
        project.workspace.store.samples.add(samples)
        project.import_labels(labels, progress=False)
        if not options.dims:
            return
        array = np.random.default_rng(0).standard_normal((n, options.dims), dtype=np.float32)
        project.add_embeddings(array)


def measure(project: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Let people label, and back up meanwhile."""
    context = multiprocessing.get_context("spawn")
    going, ended = context.Event(), context.Event()
    results = context.Queue()
    people = [
        context.Process(target=label, args=(project, n, options.pace, going, ended, results))
        for n in range(options.people)
    ]
    for person in people:
        person.start()
    for _ in people:
        results.get(timeout=120)  # each has its project open
    going.set()
    time.sleep(options.seconds)
    backups, spans = back_up(project, options.seconds)
    ended.set()
    timed = [each for _ in people for each in results.get(timeout=120)]
    for person in people:
        person.join()
    began = time.perf_counter()
    restored = [dalt.restore(path, path.parent / f"{path.stem}.dalt", progress=False)
                for path in backups[-1:]]  # fmt: skip
    seconds = time.perf_counter() - began
    alone = [ms for at, ms in timed if at < spans[0][0]]
    beside = [ms for at, ms in timed if any(first <= at <= last for first, last in spans)]
    # What was committed before a backup began has to be in it.
    before = options.labels + sum(at + ms / 1e3 < spans[-1][0] for at, ms in timed)
    return {
        "backup_s": [round(last - first, 1) for first, last in spans],
        "restore_s": round(seconds, 1),
        "megabytes": round(backups[-1].stat().st_size / 1e6, 1),
        "database_megabytes": database_megabytes(restored[-1].path),
        "alone_ms": spread(alone),
        "during_backups_ms": spread(beside),
        "p95_ratio": round(spread(beside)["p95"] / spread(alone)["p95"], 2),
        "lost": max(0, before - restored[-1].n_events),
        "findings": list(restored[-1].findings),
    }


def label(folder: Path, number: int, pace: float, going: Event, ended: Event, results: Any) -> None:
    """Label at a steady pace until told to stop; runs in a process of its own."""
    rng = np.random.default_rng(number)
    timed: list[Timed] = []
    with (
        dalt.Project.open(folder, thin=True) as project,
        project.session(f"person {number}") as session,
    ):
        results.put(None)
        going.wait()
        while not ended.is_set():
            time.sleep(rng.uniform(0.5, 1.5) / pace)
            at, began = time.time(), time.perf_counter()
            assignment = session.next()
            assert assignment is not None, "no sample is left"
            session.submit(assignment, "cat")
            timed.append((at, 1e3 * (time.perf_counter() - began)))
    results.put(timed)


def back_up(project: Path, seconds: float) -> tuple[list[Path], list[Timed]]:
    """Run the command for at least so long, and return the files and when each was made."""
    paths: list[Path] = []
    spans: list[Timed] = []
    until = time.time() + seconds
    while not spans or time.time() < until:
        path = project.parent / f"backup-{len(paths)}.tar.zst"
        began = time.time()
        command = [sys.executable, "-m", "dalt.cli", "backup", str(project), str(path)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        spans.append((began, time.time()))
        for former in paths:
            former.unlink(missing_ok=True)
        paths.append(path)
    return paths, spans


def database_megabytes(folder: Path) -> float:
    return round((folder / "labels.db").stat().st_size / 1e6, 1)


def spread(milliseconds: Sequence[float]) -> dict[str, float]:
    """How many there were, their median, 95th percentile and most."""
    median, p95, most = np.quantile(milliseconds, [0.5, 0.95, 1.0])
    return {
        "n": len(milliseconds),
        "median": round(median, 1),
        "p95": round(p95, 1),
        "most": round(most, 1),
    }


if __name__ == "__main__":
    main()
