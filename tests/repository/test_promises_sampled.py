"""Half a minute each of what docs/reliability.md promises; the whole is run by hand."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.slow


def run(name: str, *options: str) -> Any:
    done = subprocess.run(
        [sys.executable, str(ROOT / "benchmarks" / f"{name}.py"), *options],
        capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_no_kill_loses_or_doubles_a_label(database: str) -> None:
    found = run("kills", "--kills", "10", "--database", database)[database]
    assert sum(found["killed"].values()) == 10
    assert found["acknowledged"] > 20
    assert min(found["by"][name] for name in ("kernel", "model server")) > 0
    assert (found["lost"], found["doubled"], found["wrong"]) == (0, 0, 0)


def can_mount() -> bool:
    import ctypes.util
    import os

    return os.access("/dev/fuse", os.W_OK) and ctypes.util.find_library("fuse3") is not None


@pytest.mark.skipif(not can_mount(), reason="nothing can be mounted here by FUSE (libfuse3)")
def test_no_power_cut_loses_a_label_or_a_sample() -> None:
    found = run("power_cuts", "--cuts", "8", "--samples", "200")
    assert found["acknowledged"] > 8
    assert {name: found[name] for name in found["bars"]} == found["bars"]


def test_a_team_at_work_loses_nothing_while_it_is_watched() -> None:
    found = run("soak", "--minutes", "0.5", "--people", "2", "--data", "digits", "--pool", "600")
    assert (found["found"]["lost"], found["found"]["doubled"]) == (0, 0)
    roles = {name.split()[0] for name in found["processes"]}
    assert {"kernel", "trainer", "voila", "supervisor"} <= roles
    assert found["files"]["snapshots"]["most"] <= 12
