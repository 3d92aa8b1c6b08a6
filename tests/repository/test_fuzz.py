"""A sample of the fuzzers: every door is knocked at, and nothing bare comes out."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

FUZZ = Path(__file__).parents[2] / "benchmarks" / "fuzz.py"
SECONDS = 3.0
"""For each of the ten targets."""


@pytest.mark.slow
def test_ten_doors_answer_hostile_input_by_success_or_one_sentence() -> None:
    done = subprocess.run(
        [sys.executable, str(FUZZ), "--minutes", str(SECONDS / 60), "--seed", "11"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout, done.stderr[-2_000:]
    said = json.loads(done.stdout)
    found = [f"{run['target']}: {each}" for run in said["targets"] for each in run["findings"]]
    assert not found, "\n".join(found)
    assert done.returncode == 0 and len(said["targets"]) == 10
    assert all(run["inputs"] for run in said["targets"]), "each has taken something"
    outcomes = {name for run in said["targets"] for name in run["outcomes"]}
    assert outcomes == {"success", "refused"}
