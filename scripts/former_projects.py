"""Lets former versions of DALT make a project each, as test data for upgrades.

    python scripts/former_projects.py tests/storage/former

Each line of COMMITS is the last commit whose databases have a schema.  The project is made by the
code of that commit; its database is kept as SQL, which shows what it is and does not change with
SQLite.  Run it once for each new schema, before the old one is gone.
"""

from __future__ import annotations

import io
import shutil
import sqlite3
import subprocess
import sys
import tarfile
import tempfile
from contextlib import closing
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
COMMITS = {
    1: "6014e33e",
    2: "ff76dd38",
    3: "d77ebb82",
    4: "8489c115",
    5: "81af8e2e",
    6: "2ce2608f",
    7: "c89b9ebf",
    8: "a6d62de6",
    9: "93e6fc73",
    10: "00533058",
    11: "ec435731",
    12: "ab3473d6",
    13: "94eab68c",
}
"""Schemas, and the last commit that writes them."""

MAKER = """
import sys
import dalt

project = dalt.Project.create(sys.argv[1], classes=["cat", "[dog", "한국어"], seed=3)
project.add_texts([f"text {n}" for n in range(8)])
ana = project.session(annotator="ana ☃")
for label in ("cat", "[dog", "한국어"):
    ana.submit(ana.next(), label)
ana.skip(ana.next())
ana.submit(ana.next(), "cat")
ana.undo()
ana.submit(ana.next(), "[dog")
ana.close()
ben = project.session(annotator="ben")
ben.submit(ben.next(), "cat")
ben.next()  # a lease that nobody answers
project.close()
"""
"""Labels of two people, a skip, an undo and a lease; by calls that every version has."""


def main() -> None:
    """Make every project that is not there yet."""
    target = Path(sys.argv[1])
    for schema, commit in COMMITS.items():
        folder = target / f"schema_{schema:02}"
        if not folder.exists():
            with tempfile.TemporaryDirectory() as place:
                _make(commit, Path(place), folder)
            print(f"{folder}: by {commit}")


def _make(commit: str, place: Path, folder: Path) -> None:
    packed = subprocess.run(
        ["git", "archive", commit, "dalt"], cwd=ROOT, check=True, capture_output=True
    ).stdout
    with tarfile.open(fileobj=io.BytesIO(packed)) as tar:
        tar.extractall(place, filter="data")
    made = place / folder.name
    # From that folder: Python finds the former package there first.
    subprocess.run([sys.executable, "-c", MAKER, str(made)], cwd=place, check=True)
    with closing(sqlite3.connect(made / "labels.db")) as db:
        lines = [line + "\n" for line in db.iterdump()]
    for path in made.glob("labels.db*"):
        path.unlink()
    (made / "labels.sql").write_text("".join(lines), encoding="utf-8")
    shutil.copytree(made, folder, ignore=shutil.ignore_patterns("*.lock", "*.part", "trainer.json"))


if __name__ == "__main__":
    main()
