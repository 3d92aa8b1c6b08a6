"""Do all snapshots come out the same when they are learned again, however their processes ended?

    make bench RUN=replay_holds  # 1,000 snapshots, 20 minutes
    make bench RUN=replay_holds OPTIONS="--snapshots 20 --seconds 120"  # to try it

Trainer processes learn the digits while they are labelled.  Each is killed, stopped by a signal or
ends by itself (``dalt train --once``) after a random time, and each has loaded other libraries
before: none, the linear algebra of SciPy, scikit-learn or torch.  They are free to use all cores,
and so is the process that learns everything again in the end.  Prints JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import numpy as np
from machine import about_this_machine
from sklearn.datasets import load_digits

import dalt

BAR = 0
"""Snapshots that may differ."""
LOADED = ("json", "json", "json", "scipy.linalg", "sklearn.linear_model", "torch")
"""Half of them load nothing with threads: then the first fit is the first to load anything."""
ENDS = ("killed", "stopped", "once")
TRAINER = "import {library}, sys; from dalt.cli import main; sys.exit(main(sys.argv[1:]))"
REPLAY = """
import {library}, json, sys
from dalt.server.trainer_process import replay
found = replay(sys.argv[1])
print(json.dumps([[each.version, each.same, each.difference, each.why] for each in found]))
"""
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--snapshots", type=int, default=1_000)
    parser.add_argument("--seconds", type=float, default=float("inf"), help="learn no longer")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    draw = random.Random(options.seed)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "digits.dalt"
        truth = make_pool(folder)
        began = time.perf_counter()
        ended, first_versions = labelled(folder, truth, options, draw)
        learned = time.perf_counter() - began
        library = draw.choice(LOADED)
        found = json.loads(run_alone(REPLAY.format(library=library), str(folder)))
    other = [version for version, same, _, _ in found if not same]
    result = {
        "benchmark": "replay: snapshots of processes that end at random, learned again",
        "machine": about_this_machine(),
        "snapshots": len(found),
        "processes": dict(ended),
        "first_fits_of_a_process": len(first_versions),
        "different": len(other),
        "different_first_fits": len(first_versions & set(other)),
        "largest_difference": max((each or 0.0 for _, _, each, _ in found), default=0.0),
        "why": sorted({why for *_, why in found if why}),
        "seconds": {
            "learning": round(learned),
            "again": round(time.perf_counter() - began - learned),
        },
        "bar": BAR,
        "met": len(other) <= BAR,
    }
    print(json.dumps(result, indent=2))


def make_pool(folder: Path) -> dict[str, str]:
    """Make a project of the digits, with their pixels as embeddings."""
    digits = load_digits()
    pixels = (digits.images * 15).astype(np.uint8)
    with dalt.Project.create(folder, classes=[str(i) for i in range(10)]) as project:
        ids = project.add_images(pixels, progress=False).ids
        project.add_embeddings(digits.data.astype(np.float32), ids, progress=False)
    return dict(zip(ids, map(str, digits.target), strict=True))


def labelled(
    folder: Path, truth: dict[str, str], options: argparse.Namespace, draw: random.Random
) -> tuple[Counter[str], set[int]]:
    """Label while processes learn; returns how they ended, and the first version of each."""
    ended: Counter[str] = Counter()
    first: set[int] = set()
    with (
        dalt.Project.open(folder, thin=True) as project,
        project.session(annotator="ana") as session,
    ):

        def answer() -> None:
            asked = session.next()
            if asked is None:  # all are labelled: answer again
                (asked,) = session.reopen([draw.choice(list(truth))])
            session.submit(asked, truth[asked.sample.id])

        def newest() -> int:
            records = project.workspace.store.snapshots.all(limit=1)
            return records[0].version if records else 0

        end = time.monotonic() + options.seconds
        while (before := newest()) < options.snapshots and time.monotonic() < end:
            answer()
            how = draw.choice(ENDS)
            library = draw.choice(LOADED)
            command = ["train", str(folder), *(["--once"] if how == "once" else [])]
            process = start_alone(TRAINER.format(library=library), *command)
            until = time.monotonic() + draw.uniform(0.5, 6.0)
            while process.poll() is None and (how == "once" or time.monotonic() < until):
                time.sleep(draw.uniform(0.0, 0.3))
                if how != "once":
                    answer()
            if how != "once":
                process.send_signal(signal.SIGKILL if how == "killed" else signal.SIGTERM)
            process.wait()
            ended[how] += 1
            if newest() > before:
                first.add(before + 1)
            print(f"{newest()} snapshots", file=sys.stderr, flush=True)
    return ended, first


def start_alone(code: str, *arguments: str) -> subprocess.Popen[str]:
    """Start a process that may use all cores, whatever this one was told."""
    environment = {name: value for name, value in os.environ.items() if name not in THREADS}
    environment["PYTHONPATH"] = str(Path(__file__).parents[1])
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


def run_alone(code: str, *arguments: str) -> str:
    process = start_alone(code, *arguments)
    said, _ = process.communicate()
    if process.returncode:
        raise SystemExit(f"The replay failed with exit code {process.returncode}.")
    return said


if __name__ == "__main__":
    main()
