"""A project of which somebody may not read a part: that is told, and never called damage."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import dalt

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has other rights")
CLOSED = ["", "project.toml", "labels.db", "samples", "embeddings", "snapshots"]
"""What nobody but its owner may read, one at a time; the first is the whole folder."""
SCRIPT = """
import json, os, sys
from pathlib import Path
import dalt
from dalt.cli import main

folder, place, closed = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:]

def told():
    def attempt(name, call):
        try:
            said = call()
            return [name, "ok", str(said)]
        except dalt.DaltError as error:
            return [name, type(error).__name__, str(error)]
        except BaseException as error:
            return [name, "bare", repr(error)]
    def status():
        with dalt.Project.open(folder) as project:
            return project.status()["read_only"]
    check = lambda: [str(each) for each in dalt.check(folder, progress=False).findings]
    backup = lambda: dalt.backup(folder, place / "b.tar.zst", progress=False).n_samples
    return [attempt("status", status), attempt("check", check), attempt("backup", backup)]

told()  # what is imported later may lie where only its owner may read
for name in closed:
    (place / "b.tar.zst").unlink(missing_ok=True)
    mode = (folder / name).stat().st_mode
    (folder / name).chmod(0)
    child = os.fork()
    if not child:
        if os.geteuid() == 0:
            os.setgroups([])
            os.setgid(65534)
            os.setuid(65534)
        print(json.dumps([name, told()]), flush=True)
        os._exit(0)
    os.waitpid(child, 0)
    (folder / name).chmod(mode)
"""


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that everybody may enter, as pytest's own are not."""
    made = Path(tempfile.mkdtemp())
    made.chmod(0o777)
    yield made
    shutil.rmtree(made)


def test_what_may_not_be_read_is_told_with_the_way_out(place: Path) -> None:
    folder = place / "pets.dalt"
    folder.mkdir(mode=0o755)
    folder.chmod(0o755)
    with dalt.Project.create(folder, classes=["cat", "dog"], seed=1) as project:
        project.add_texts([f"text {n}" for n in range(12)], progress=False)
        project.add_embeddings(np.eye(12), progress=False)
        with project.session("ana") as session:
            for _ in range(3):
                given = session.next()
                assert given is not None
                session.submit(given, "cat")
        project.trainer.wait()
    for each in folder.rglob("*"):
        each.chmod(0o755 if each.is_dir() else 0o644)
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(folder), str(place), *CLOSED],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    found = {name: attempts for name, attempts in map(json.loads, done.stdout.splitlines())}
    assert list(found) == CLOSED, done.stderr[-2_000:]
    for name, attempts in found.items():
        for what, kind, said in attempts:
            where = f"{name or 'the folder'}, {what}: {kind}: {said}"
            assert kind != "bare", where
            assert "is damaged (" not in said and "recover" not in said, where
            assert "Remove the folder" not in said and "Make room" not in said, where
        *_, (_, kind, said) = attempts  # of the backup
        assert kind != "ok" and "Have its owner allow you to read it" in said, said
        assert str(place / "b.tar.zst") not in said, "it is not the backup that cannot be written"
        (_, kind, said) = attempts[1]  # of the check
        assert "Permission denied" in said, said
