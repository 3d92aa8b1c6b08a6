"""Ctrl+C at any moment of a command, also while it still imports, ends it with one line and 130."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import dalt

COMMAND = """
import signal, sys

class Pressed:
    "Ctrl+C is pressed when a module is first looked for."
    def find_spec(self, name, path=None, target=None):
        if name == sys.argv[1]:
            signal.raise_signal(signal.SIGINT)

sys.meta_path.insert(0, Pressed())
from dalt.cli import main
sys.exit(main(sys.argv[2:]))
"""


@pytest.mark.parametrize("meanwhile", ["numpy", "dalt.cli.commands", "dalt.project.exporting"])
def test_an_import_that_is_interrupted_ends_in_one_line(meanwhile: str, tmp_path: Path) -> None:
    dalt.Project.create(tmp_path / "pets.dalt", classes=["cat"]).close()
    done = subprocess.run(
        [sys.executable, "-c", COMMAND, meanwhile, "export", "pets.dalt", "labels.csv"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == "dalt: interrupted; what was finished is kept.\n"
    assert done.returncode == 130
    assert not (tmp_path / "labels.csv").exists()
