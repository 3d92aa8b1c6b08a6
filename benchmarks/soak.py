"""Half an hour of eight people: does a process, a file or a folder grow without end?

Eight people with kernels label at a real `dalt serve` with its trainer.  Every few seconds the
memory that is each process's own, its descriptors and its threads are read, and the sizes of the
write-ahead log and of the snapshots.  After a warm-up a straight line is laid through the means of
each minute: its slope, with Student's 95 % interval, says whether something grows.

    make bench RUN=soak  # half an hour, prints JSON
    make bench RUN=soak OPTIONS="--minutes 1 --people 2 --data digits --pool 600"
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from scipy import stats

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "browser"), str(ROOT / "tests" / "support")]
os.environ["PYTHONPATH"] = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])

from machine import about_this_machine  # noqa: E402
from pools import make_pool  # noqa: E402
from served import kernels_of  # noqa: E402
from team_at_work import COMMANDS, Team  # noqa: E402

BARS = {"mb_per_hour_not_above_0": True, "lost": 0, "doubled": 0}
EVERY = 5.0
"""Seconds between two readings."""
LOOKS = 12
"""Readings whose median is told: those of a minute."""
Reading = dict[str, float]


class Watch(threading.Thread):
    """Reads what the processes of a team use, until `ends` is set."""

    def __init__(self, team: Team) -> None:
        super().__init__(daemon=True)
        self.ends = threading.Event()
        self.processes: dict[str, list[Reading]] = defaultdict(list)
        self.files: list[Reading] = []
        self._team = team
        self._began = time.monotonic()

    def run(self) -> None:
        while not self.ends.wait(EVERY):
            if hasattr(self._team, "server"):
                self._read()

    def _read(self) -> None:
        pid = self._team.server.pid
        by_role = {"supervisor": [psutil.Process(pid)], "kernel": kernels_of(pid)}
        by_role |= {role: self._team.processes(word) for role, word in COMMANDS.items()}
        at = (time.monotonic() - self._began) / 60
        for role, found in by_role.items():
            for process in found:
                try:
                    reading = {
                        "minute": at,
                        "mb": process.memory_full_info().uss / 1e6,
                        "descriptors": float(process.num_fds()),
                        "threads": float(process.num_threads()),
                    }
                except psutil.NoSuchProcess:
                    continue
                self.processes[f"{role} {process.pid}"].append(reading)
        project = self._team.project
        snapshots = list((project / "snapshots").glob("*"))
        log = project / "labels.db-wal"
        self.files.append(
            {
                "minute": at,
                "wal_mb": log.stat().st_size / 1e6 if log.exists() else 0.0,
                "snapshots": float(len(snapshots)),
                "snapshots_mb": sum(each.stat().st_size for each in snapshots) / 1e6,
            }
        )


def main() -> None:
    """Run and print JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--people", type=int, default=8)
    parser.add_argument("--pace", type=float, default=2.0, help="mean seconds between two labels")
    parser.add_argument("--data", default="fashion-mnist", help="digits or fashion-mnist")
    parser.add_argument("--pool", type=int, default=10_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="dalt-soak-") as folder:
        project = Path(folder) / "p.dalt"
        truth = make_pool(project, options.data, options.pool)
        team = Team(project, truth, options.people, 0, options.pace)
        watch = Watch(team)
        watch.start()
        asyncio.run(team.work(60 * options.minutes, {}))
        watch.ends.set()
        watch.join()
        found = team.check()
    grown = {name: growth(rows) for name, rows in watch.processes.items() if len(rows) > 2}
    result = {
        "benchmark": "soak",
        "machine": about_this_machine(),
        "people": options.people,
        "minutes": options.minutes,
        "found": found,
        "processes": grown,
        "files": {
            name: {
                "most": round(max(row[name] for row in watch.files), 2),
                "end": round(watch.files[-1][name], 2),
            }
            for name in ("wal_mb", "snapshots", "snapshots_mb")
        },
        "bars": BARS,
    }
    print(json.dumps(result, indent=2))


def growth(rows: Sequence[Reading]) -> dict[str, Any]:
    """What a process used at the end of the warm-up and at the end, and how fast it grew."""
    minutes = np.array([row["minute"] for row in rows])
    late = minutes >= minutes[0] + (minutes[-1] - minutes[0]) / 3
    found: dict[str, Any] = {}
    for name in ("mb", "descriptors", "threads"):
        values = np.array([row[name] for row in rows])[late]
        found[name] = {
            "from": round(float(np.median(values[:LOOKS])), 1),
            "to": round(float(np.median(values[-LOOKS:])), 1),
            "most": round(float(values.max()), 1),
        }
        found[name]["per_hour"] = slope(minutes[late], values)
    return found


def slope(minutes: np.ndarray[Any, Any], values: np.ndarray[Any, Any]) -> list[float]:
    """Slope per hour through the means of each minute, and its 95 % interval."""
    parts = np.unique(minutes.astype(int))
    if len(parts) < 4:
        return []
    means = [values[minutes.astype(int) == part].mean() for part in parts]
    fit = stats.linregress(parts / 60, means)
    half = stats.t.ppf(0.975, len(parts) - 2) * fit.stderr
    return [round(float(each), 2) for each in (fit.slope, fit.slope - half, fit.slope + half)]


if __name__ == "__main__":
    main()
