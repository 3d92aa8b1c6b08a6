"""How long a million labels take in from csv, beside bare SQLite and the csv module.

    make bench RUN=importing  # 20,000 labels
    make bench RUN=importing OPTIONS="--labels 1000000"
    make bench RUN=importing OPTIONS="--labels 2000"  # to try it

The baseline, in the same run: the csv module reads the same file, and sqlite3 alone writes the same
rows into a copy of the same database, in transactions of the same size.  Prints JSON.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import shutil
import sqlite3
import tempfile
from pathlib import Path
from typing import Any

from machine import about_this_machine
from measuring import peak, timed

import dalt
from dalt.core.records import Sample
from dalt.storage.imports import IMPORTED_AT_ONCE


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--labels", type=int, default=20_000)
    options = parser.parse_args()
    found: dict[str, Any] = {"machine": about_this_machine(), "labels": options.labels}
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        file = folder / "labels.csv"
        with dalt.Project.create(folder / "a.dalt", classes=["cat", "dog"]) as project:
            fill(project, file, options.labels)
        copy = shutil.copy(folder / "a.dalt" / "labels.db", folder / "bare.db")
        found["bare"] = timed(lambda: bare(file, Path(copy)))
        with dalt.Project.open(folder / "a.dalt") as project:
            before = peak()
            found["import"] = timed(lambda: project.import_labels(file, progress=False))
            found["more_memory_mb"] = round(peak() - before, 1)
            found["again"] = timed(lambda: project.import_labels(file, progress=False))
            found["export"] = timed(lambda: project.export(folder / "out.csv", progress=False))
    for name in ("seconds", "cpu_seconds"):
        found[f"times_bare_{name}"] = round(found["import"][name] / found["bare"][name], 2)
    print(json.dumps(found, indent=2))


def fill(project: dalt.Project, file: Path, n: int) -> None:
    """Samples whose ids are hashes, as all are, and a file with a label of each."""
    ids = [hashlib.blake2b(str(i).encode(), digest_size=16).hexdigest() for i in range(n)]
    samples = [Sample(sample_id, "text", str(i)) for i, sample_id in enumerate(ids)]
    project.workspace.store.samples.add(samples)
    with file.open("w", newline="", encoding="utf-8") as lines:
        writer = csv.writer(lines)
        writer.writerow(["sample_id", "label", "annotator"])
        writer.writerows((each, "cat" if i % 3 else "dog", "ana") for i, each in enumerate(ids))


EVENT = (
    "INSERT INTO events (key, kind, sample_id, label, annotator, session, created_at, source) "
    "VALUES (?, 'import', ?, ?, ?, 'import', '2026-11-30T00:00:00.000000+00:00', 'import')"
)
ANSWER = (
    "INSERT INTO answers (sample_id, annotator, kind, label, event_id) VALUES (?, ?, 'label', ?, ?)"
)
STATE = "UPDATE samples SET state = 2, party = '', turn = 0 WHERE id = ?"


def bare(file: Path, database: Path) -> None:
    """The same rows, unchecked, as fast as SQLite takes them with the same durability."""
    with file.open(newline="", encoding="utf-8") as lines:
        rows = list(csv.reader(lines))[1:]
    db = sqlite3.connect(database, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        db.execute(f"PRAGMA {pragma}")
    for first in range(0, len(rows), IMPORTED_AT_ONCE):
        part = list(enumerate(rows[first : first + IMPORTED_AT_ONCE], first + 1))
        db.execute("BEGIN IMMEDIATE")
        db.executemany(EVENT, ((f"{n:010d}", *row) for n, row in part))
        db.executemany(ANSWER, ((row[0], row[2], row[1], n) for n, row in part))
        db.executemany(STATE, ((row[0],) for _, row in part))
        db.execute("COMMIT")
    db.close()


if __name__ == "__main__":
    main()
