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
    assert (found["told"], found["untold"], found["told_of_undamaged"]) == (n, [], [])
    assert len(found["ways"]) == n
