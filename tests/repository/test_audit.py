"""The question for known weaknesses fails where there are some, and says where nobody answers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "scripts" / "audit.sh"
SOUND = {"name": "sound", "version": "1.0", "vulns": []}
WEAK = {
    "name": "weak",
    "version": "2.0",
    "vulns": [{"id": "PYSEC-2026-1", "fix_versions": ["2.1"], "description": "x" * 200_000}],
}
SKIPPED = {"name": "skipped", "skip_reason": "it is on no index"}


def audited(folder: Path, answer: str) -> subprocess.CompletedProcess[str]:
    """What the script makes of pip-audit's answer, which a file gives in its place."""
    wanted = next(
        line.split('"')[1] for line in SCRIPT.read_text().splitlines() if line.startswith("wanted=")
    )
    (folder / "bin").mkdir()
    (folder / "installed.txt").write_text(f"{wanted}\n")
    (folder / "answer.json").write_text(answer)
    (folder / "bin" / "python").symlink_to(sys.executable)
    program = folder / "bin" / "pip-audit"
    program.write_text(f'#!/bin/sh\ncat "{folder}/answer.json"\nexit 1\n')
    program.chmod(0o755)
    environment = {"PATH": os.environ["PATH"], "TMPDIR": str(folder)}
    return subprocess.run(
        ["bash", str(SCRIPT), str(folder)], capture_output=True, text=True, env=environment
    )


@pytest.mark.skipif(sys.platform == "win32", reason="the script is one of a shell")
@pytest.mark.parametrize(
    ("packages", "code", "said"),
    [
        ([SOUND], 0, "1 of 1 packages checked, 0 weaknesses known"),
        ([SOUND, SKIPPED], 0, "1 of 2 packages checked"),
        ([SOUND, WEAK], 1, "weak 2.0: PYSEC-2026-1, mended in 2.1"),
        ([], 0, "nothing was checked"),
        (None, 0, "nothing was checked"),
    ],
)
def test_a_known_weakness_fails_and_is_named(
    tmp_path: Path, packages: Any, code: int, said: str
) -> None:
    done = audited(tmp_path, "" if packages is None else json.dumps({"dependencies": packages}))
    assert (done.returncode, done.stderr) == (code, "")
    assert said in done.stdout
