"""Lets former versions of DALT make a project each, as test data for upgrades.

    python tests/project/former/make_schemas.py

Each line of COMMITS is the last commit whose databases have a schema; the project is made by the
code of that commit and kept as it was, in a zip file.  For a new schema add the last commit of the
one before, and run it again: what is there stays.
"""

from __future__ import annotations

import io
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
COMMITS = {
    1: "6014e33e",
    2: "ff76dd38",
    3: "d77ebb82",
    4: "8489c115",
    5: "d990ac7a",
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
    for schema, commit in COMMITS.items():
        packed = HERE / f"schema_{schema:02}.zip"
        if not packed.exists():
            with tempfile.TemporaryDirectory() as place:
                _make(commit, Path(place), packed)
            print(f"{packed.name}: by {commit}", flush=True)


def _make(commit: str, place: Path, packed: Path) -> None:
    archive = ["git", "archive", commit, "dalt"]
    code = subprocess.run(archive, cwd=HERE.parents[2], check=True, capture_output=True).stdout
    with tarfile.open(fileobj=io.BytesIO(code)) as tar:
        tar.extractall(place, filter="data")
    folder = place / f"{packed.stem}.dalt"
    # From that folder: Python finds the former package there first.
    subprocess.run([sys.executable, "-c", MAKER, str(folder)], cwd=place, check=True)
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as written:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path.suffix not in (".lock", ".part"):
                written.write(path, f"{folder.name}/{path.relative_to(folder).as_posix()}")


if __name__ == "__main__":
    main()
