"""A project where nothing can be written: it is read, and says so where it would write."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from assignments import assigned

import dalt

SCRIPT = """
import json, sys, dalt
from dalt.core.records import DaltError
from dalt.server.trainer_process import learn

def said(call):
    try:
        call()
    except DaltError as error:
        return type(error).__name__
    return "done"

with dalt.Project.open(sys.argv[1]) as project:
    found = {
        "status": project.status()["read_only"],
        "labels": len(project.labels()),
        "history": len(project.history()),
        "suggested": len(project.suggest()),
        "exported": str(project.export(sys.argv[2])),
        "next": said(lambda: project.session("ana").next()),
        "remove": said(lambda: project.remove([project.samples().sample_id[0]])),
        "gold": said(lambda: project.set_gold({project.samples().sample_id[0]: "cat"})),
        "class": said(lambda: project.add_class("bird")),
        "texts": said(lambda: project.add_texts(["new"], progress=False)),
        "page": said(lambda: project.label("ana")),
    "encode": said(lambda: project.encode("autoencoder", progress=False)),
    "train": said(lambda: learn(sys.argv[1], once=True)),
    }
from dalt.server.trainer_process import replay
found["replayed"] = [each.same for each in replay(sys.argv[1], progress=False)]
from dalt.project.checking import check
found["sound"] = check(sys.argv[1], progress=False).ok
print(json.dumps(found))
"""


def on_read_only_disk(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run a command that sees the folder on a read-only mount."""
    mounted = f'mount --bind "{folder}" "{folder}" && mount -o remount,bind,ro "{folder}"'
    inside = f'{mounted} || exit 77; exec "$@"'
    return subprocess.run(
        ["unshare", "--map-root-user", "--user", "--mount", "sh", "-c", inside, "sh", *command],
        capture_output=True, text=True,
    )  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "pets.dalt"
    with dalt.Project.create(folder, classes=["cat", "dog"], seed=1) as project:
        project.add_texts([f"text {i} of {i % 3}" for i in range(12)], progress=False)
        project.encode("autoencoder", progress=False)
        with project.session(annotator="ben") as session:
            for number in range(4):
                session.submit(assigned(session), ("cat", "dog")[number % 2])
        project.trainer.wait()
    return folder


@pytest.mark.parametrize("left", ["closed", "killed"])
def test_a_project_on_a_read_only_disk_is_read(folder: Path, tmp_path: Path, left: str) -> None:
    if left == "killed":  # its log is still beside the database
        killed = (
            "import os, signal, sys, dalt\n"
            "project = dalt.Project.open(sys.argv[1], thin=True)\n"
            "session = project.session('ana')\n"
            "session.submit(session.next(), 'cat')\n"
            "os.kill(os.getpid(), signal.SIGKILL)\n"
        )
        subprocess.run([sys.executable, "-c", killed, str(folder)])
        assert (folder / "labels.db-wal").stat().st_size
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    csv = tmp_path / "labels.csv"
    done = on_read_only_disk(folder, sys.executable, "-c", SCRIPT, str(folder), str(csv))
    if done.returncode == 77 or "unshare" in done.stderr:
        pytest.skip("this machine lets nobody mount")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    n = 4 + (left == "killed")
    assert (found["status"], found["labels"], found["history"]) == (True, n, n)
    assert found["suggested"] == 24 and csv.exists()
    assert found["replayed"] and all(found["replayed"]) and found["sound"]
    said = [found[what] for what in ("next", "remove", "gold", "class", "texts")]
    assert said == ["ReadOnly", "ReadOnly", "ReadOnly", "BadSettings", "NotWritten"]
    assert found["page"] == "done"
    assert found["encode"] == found["train"] == "ReadOnly", "not that another process learns"
    assert {path: path.read_bytes() for path in before} == before
