"""Projects as every former schema wrote them open, keep all labels, and leave a copy behind."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import dalt
from dalt import cli
from dalt.core.user_warnings import Upgraded
from dalt.project.backups.archive import head_of
from dalt.storage.copying import content_of, findings_in
from dalt.storage.tables import SCHEMA_VERSION

FORMER = Path(__file__).parent / "former"
SCHEMAS = range(1, SCHEMA_VERSION)
LABELS = {
    ("ana ☃", "cat"): 1,
    ("ana ☃", "[dog"): 2,
    ("ana ☃", "한국어"): 1,
    ("ben", "cat"): 1,
}
"""What `former/make_schemas.py` let people say, and did not let them take back."""


@pytest.fixture(params=SCHEMAS)
def schema(request: pytest.FixtureRequest) -> int:
    return int(request.param)


@pytest.fixture
def folder(schema: int, tmp_path: Path) -> Path:
    with zipfile.ZipFile(FORMER / f"schema_{schema:02}.zip") as packed:
        packed.extractall(tmp_path)
    return tmp_path / f"schema_{schema:02}.dalt"


def test_it_opens_with_all_its_labels_and_says_where_it_was_kept(folder: Path, schema: int) -> None:
    os.chmod(folder / "labels.db", 0o640)
    with (
        pytest.warns(Upgraded, match=f"schema {schema} to {SCHEMA_VERSION}; as it was before"),
        dalt.Project.open(folder, thin=True) as project,
    ):
        labels = project.labels()
        assert labels.groupby(["annotator", "label"]).size().to_dict() == LABELS
        kinds = project.history().kind.value_counts().to_dict()
        assert kinds == {"label": 6, "skip": 1, "undo": 1}
        status = project.status()
        assert (status["samples"], status["labelled"], status["skipped"]) == (8, 5, 1)
        with project.session("ben") as session:  # and it goes on
            assignment = session.next()
            assert assignment is not None
            session.submit(assignment, "한국어")
    assert findings_in(folder / "labels.db") == ()
    kept = folder / f"labels.db.schema-{schema}"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o640
    found = content_of(kept)
    assert (found.schema, found.rows["samples"], found.rows["events"]) == (schema, 8, 8)
    assert not list(folder.glob(".*.part"))


def test_a_backup_does_not_upgrade_it_and_restores_as_it_is(folder: Path, schema: int) -> None:
    made = dalt.backup(folder, folder.parent / "former.tar.zst", progress=False)
    assert head_of(made.path)["schema"] == schema
    assert content_of(folder / "labels.db").schema == schema
    again = dalt.restore(made.path, folder.parent / "again.dalt", progress=False).path
    assert content_of(again / "labels.db").schema == schema
    with pytest.warns(Upgraded), dalt.Project.open(again, thin=True) as project:
        assert len(project.labels()) == sum(LABELS.values())


def unpacked(schema: int, folder: Path) -> Path:
    with zipfile.ZipFile(FORMER / f"schema_{schema:02}.zip") as packed:
        packed.extractall(folder)
    return folder / f"schema_{schema:02}.dalt"


def test_commands_say_it_in_a_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = unpacked(3, tmp_path)
    assert cli.main(["status", str(folder)]) == 0
    said = capsys.readouterr().err
    assert said.startswith("dalt: ") and said.endswith("labels.db.schema-3.\n")
    assert cli.main(["status", str(folder)]) == 0
    assert capsys.readouterr().err == "", "once"


KILLED = """
import os, sys
import dalt.storage.database as database
database.upgrade = lambda db, schema: os._exit(9)  # after the copy was made
import dalt
dalt.Project.open(sys.argv[1])
"""


def test_killed_upgrades_do_not_leave_copy_after_copy(tmp_path: Path) -> None:
    folder = unpacked(12, tmp_path)
    for _ in range(2):
        done = subprocess.run([sys.executable, "-c", KILLED, str(folder)], check=False)
        assert done.returncode == 9
        assert content_of(folder / "labels.db.schema-12").schema == 12
    with pytest.warns(Upgraded), dalt.Project.open(folder, thin=True) as project:
        assert len(project.labels()) == sum(LABELS.values())
    assert [path.name for path in folder.glob("labels.db.schema*")] == ["labels.db.schema-12"]


def test_without_room_for_the_copy_nothing_is_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = unpacked(12, tmp_path)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("dalt.storage.page_copies.copy_pages", full)
        with pytest.raises(dalt.DamagedStore, match=r"of a former DALT \(schema 12\).*of room"):
            dalt.Project.open(folder)
    assert content_of(folder / "labels.db").schema == 12
    assert not list(folder.glob("labels.db.schema*")) and not list(folder.glob(".*.part"))
