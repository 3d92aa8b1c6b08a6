"""Is a label lost that was acknowledged, when the power fails?

A project lies on a file system that forgets what was not synced (`forgetful.py`).  A person labels
there without a break, takes answers back, skips and adds samples; another process trains.  Again
and again the power fails: what a disk would hold at that moment is written elsewhere, opened, and
held against all that was acknowledged before.  In half of the cuts nothing that was not synced is
left, in the others any sectors and names of it, by chance.

    make bench RUN=power_cuts  # 200 cuts, some minutes; as root, or with the right to mount FUSE
    make bench RUN=power_cuts OPTIONS="--cuts 10 --samples 200"
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from forgetful import Mounted
from machine import about_this_machine

import dalt

CLASSES = ["cat", "dog", "newt"]
BARS = {"lost": 0, "out_of_order": 0, "samples_lost": 0, "not_opened": 0}


@dataclass
class Told:
    """What the labeler was told to be kept, in order."""

    events: list[tuple[str, str, str | None]] = field(default_factory=list)
    samples: dict[str, str] = field(default_factory=dict)

    def read(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            what, *told = json.loads(line)
            if what == "sample":
                self.samples[told[0]] = told[1]
            else:
                self.events.append((what, told[0], told[1]))


def main() -> None:
    """Run and print JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--cuts", type=int, default=200)
    parser.add_argument("--samples", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--person", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.person is not None:
        label(options.person, options.seed)
    else:
        print(json.dumps(cut_often(options), indent=2))


def cut_often(options: argparse.Namespace) -> dict[str, Any]:
    """Let people label, and the power fail."""
    chance = random.Random(options.seed)
    found: Counter[str] = Counter(dict.fromkeys(BARS, 0))
    told, logs = Told(), []
    with tempfile.TemporaryDirectory(prefix="dalt-cuts-") as folder:
        (Path(folder) / "disk").mkdir()
        with Mounted(Path(folder) / "disk") as disk:
            make(disk.folder / "p.dalt", options.samples)
            processes = [person(disk.folder / "p.dalt", options.seed), trainer(disk.folder)]
            reader = threading.Thread(target=told.read, args=(processes[0],))
            reader.start()
            for number in range(options.cuts):
                _wait_for_more(told, chance.randint(1, 15), processes[0])
                until, samples = list(told.events), dict(told.samples)
                image = Path(folder) / f"cut{number}"
                disk.cut(number if number % 2 else None, image)
                log, trouble = after(image / "p.dalt", until, samples)
                logs.append(log)
                found.update(trouble)
                print(f"cut {number}: {len(until)} told, {dict(found)}", file=sys.stderr)
                subprocess.run(["rm", "-rf", str(image)], check=True)
            for process in processes:
                if process.poll() is not None:
                    said = (Path(folder) / "train.log").read_text()
                    raise SystemExit(f"The labeler or the trainer died: {said}")
                process.kill()
                process.wait()
            reader.join()
    # The last answer may have been committed when the power failed, and nobody was told.
    found["out_of_order"] = sum(log[: len(told.events)] != told.events[: len(log)] for log in logs)
    return {
        "benchmark": "power_cuts",
        "machine": about_this_machine(),
        "cuts": options.cuts,
        "acknowledged": len(told.events),
        "samples_added": len(told.samples),
        **{name: found[name] for name in BARS},
        "bars": BARS,
    }


def make(folder: Path, n_samples: int) -> None:
    """A project whose samples were all acknowledged."""
    rng = np.random.default_rng(0)
    with dalt.Project.create(folder, classes=CLASSES, seed=0) as project:
        project.add_images(rng.integers(0, 255, (n_samples, 8, 8), np.uint8), progress=False)
        project.add_embeddings(rng.normal(size=(n_samples, 8)).astype(np.float32), progress=False)


def person(folder: Path, seed: int) -> subprocess.Popen[str]:
    command = [sys.executable, __file__, "--person", str(folder), "--seed", str(seed)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def trainer(disk: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "dalt.cli", "train", str(disk / "p.dalt")]
    log = (disk.parent / "train.log").open("w")
    return subprocess.Popen(command, stdout=log, stderr=log, text=True)


def label(folder: Path, seed: int) -> None:
    """Label without end; print what was acknowledged."""
    chance = random.Random(seed)
    rng = np.random.default_rng(seed + 1)
    with dalt.Project.open(folder, thin=True) as project, project.session("ana") as session:
        while True:
            what = chance.choices(["label", "skip", "undo", "add"], [85, 5, 6, 4])[0]
            if what == "add":
                picture = rng.integers(0, 255, (1, 8, 8), np.uint8)
                [added] = project.add_images(picture, progress=False).ids
                tell("sample", added, picture.tobytes().hex())
                continue
            if what == "undo":
                for undone in session.undo():
                    tell("undo", undone.sample.id, None)
                continue
            asked = session.next()
            if asked is None:
                continue
            if what == "skip":
                session.skip(asked)
                tell("skip", asked.sample.id, None)
            else:
                session.submit(asked, answer := chance.choice(CLASSES))
                tell("label", asked.sample.id, answer)


def tell(*what: str | None) -> None:
    print(json.dumps(what), flush=True)


Event = tuple[str, str, str | None]


def after(
    folder: Path, told: list[Event], samples: dict[str, str]
) -> tuple[list[Event], dict[str, int]]:
    """Hold a project after a cut against what had been acknowledged; returns its log, too."""
    try:
        with dalt.Project.open(folder) as project:
            store = project.workspace.store
            found: list[Event] = [
                (each.kind, each.sample_id, None if each.label is None else str(each.label))
                for each in store.events.all()
            ]
            pool = store.samples.all()
            raw = project.workspace.raw(pool)
            kept = {
                sample.id: np.asarray(raw[at]).tobytes().hex()
                for at, sample in enumerate(pool)
                if sample.id in samples
            }
    except (dalt.DaltError, OSError) as error:
        print(f"{folder}: {error}", file=sys.stderr)
        return [], {"not_opened": 1, "lost": len(told)}
    return found, {
        "lost": (Counter(told) - Counter(found)).total(),
        "samples_lost": sum(kept.get(each) != pixels for each, pixels in samples.items()),
    }


def _wait_for_more(told: Told, n: int, process: subprocess.Popen[str]) -> None:
    wanted = len(told.events) + n
    while len(told.events) < wanted:
        if process.poll() is not None:
            raise SystemExit("The labeler died.")
        threading.Event().wait(0.001)


if __name__ == "__main__":
    main()
