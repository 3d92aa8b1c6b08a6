"""Where the files of a test run lie, and that they go."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "scripts" / "in_memory.sh"
TELL = 'echo "${TMPDIR:-}"; [ -z "${TMPDIR:-}" ] || touch "$TMPDIR/left"; exit 3'


def told(environment: dict[str, str]) -> str:
    """The folder of a command that the script runs; it leaves a file there and fails."""
    done = subprocess.run(
        [SCRIPT, "bash", "-c", TELL], env=environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (3, "")
    return done.stdout.strip()


def test_a_run_in_memory_leaves_nothing_there() -> None:
    folder = told({name: value for name, value in os.environ.items() if name != "TMPDIR"})
    assert not folder or (folder.startswith("/dev/shm/dalt-") and not Path(folder).exists())


def test_a_folder_that_is_named_is_used_and_stays(tmp_path: Path) -> None:
    assert told(os.environ | {"TMPDIR": str(tmp_path)}) == str(tmp_path)
    assert (tmp_path / "left").is_file()
