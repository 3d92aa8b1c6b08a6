"""A sample of ``benchmarks/replay_holds.py``: trainers end at random, and the replay holds."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


@pytest.mark.slow
def test_snapshots_of_trainers_that_end_at_random_are_learned_again_the_same() -> None:
    script = ROOT / "benchmarks" / "replay_holds.py"
    command = [sys.executable, str(script), "--snapshots", "12"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["snapshots"] >= 12
    assert (found["different"], found["why"]) == (0, [])
