"""Folders of temporary files: removed by their owner, and those of killed processes by the next."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from dalt.core.scratch import OWNER, ScratchFolder, remove_left_behind

HOLDS = """
import sys
from dalt.core.scratch import ScratchFolder
folder = ScratchFolder("serve")
print(folder.path, flush=True)
sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def process_with_a_folder(temporary: Path) -> tuple[subprocess.Popen[str], Path]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDS],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(temporary)},
    )
    assert process.stdout is not None
    return process, Path(process.stdout.readline().strip())


def age(folder: Path) -> None:
    """Let it be made an hour ago."""
    made = (folder / OWNER).stat().st_mtime - 3_600
    os.utime(folder / OWNER, (made, made))


def test_the_folder_of_a_killed_process_goes_at_the_next_start(temporary: Path) -> None:
    process, folder = process_with_a_folder(temporary)
    (folder / "voila.log").write_text("what it had to say")
    age(folder)
    with ScratchFolder("export"):
        assert folder.is_dir(), "its owner lives"
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert folder.is_dir()
    with ScratchFolder("export"):
        assert not folder.exists()
    assert list(temporary.iterdir()) == []


def test_an_orderly_end_leaves_nothing(temporary: Path) -> None:
    process, folder = process_with_a_folder(temporary)
    assert folder.is_dir()
    process.communicate()
    assert list(temporary.iterdir()) == []


def test_what_is_young_or_is_nobodys_stays(temporary: Path) -> None:
    process, young = process_with_a_folder(temporary)
    process.kill()
    process.communicate()
    (temporary / "dalt-mine").mkdir()
    (temporary / "dalt-mine" / "notes.txt").touch()
    (temporary / "elsewhere").mkdir()
    (temporary / "elsewhere" / OWNER).touch()
    age(temporary / "elsewhere")
    (temporary / "dalt-link").symlink_to(temporary / "elsewhere")
    assert remove_left_behind() == []
    names = {each.name for each in temporary.iterdir()}
    assert names == {young.name, "dalt-mine", "elsewhere", "dalt-link"}
