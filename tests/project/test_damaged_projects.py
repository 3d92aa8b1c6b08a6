"""A sample of `benchmarks/damage.py`: seeded damage of every kind, told by name."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_every_kind_of_damage_is_told(database: str) -> None:
    n = {"sqlite": 32, "postgresql": 13}[database]
    done = subprocess.run(
        [sys.executable, "damage.py", "--damaged", str(n), "--undamaged", "4",
         "--database", database],
        capture_output=True, text=True, cwd=ROOT / "benchmarks",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    # A random byte of the database can be one that nothing else is a witness of, such as a note's.
    untold = [each for each in found["untold"] if each["damage"] != "database_flipped"]
    assert (untold, found["told_of_undamaged"]) == ([], [])
    assert found["told"] >= n - 1
    assert len(found["ways"]) >= n - 1
