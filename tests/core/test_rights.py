"""Who may read a project's files: its owner, or the group whose folder it is."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import dalt
from dalt.cli import main
from dalt.core.files import replacing, write_atomically
from dalt.core.records import BadInput
from dalt.core.rights import lock_of, make_file, make_folder, rights_in
from dalt.core.settings import project_file

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has other rights")


@pytest.fixture(autouse=True, params=[0o022, 0o002, 0o077], ids=oct)
def _process_gives(request: pytest.FixtureRequest) -> Iterator[None]:
    """Whatever the process gives to new files."""
    before = os.umask(request.param)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def modes(folder: Path) -> dict[bool, set[int]]:
    """The modes of all files (False) and of all folders (True)."""
    found: dict[bool, set[int]] = {False: set(), True: {mode(folder)}}
    for each in folder.rglob("*"):
        found[each.is_dir()].add(mode(each))
    return found


def used(folder: Path, *, shared: bool = False) -> None:
    """Make a project, label and learn in it, and look while it is open."""
    with dalt.Project.create(folder, classes=["a", "b"], shared=shared) as project:
        project.add_texts([f"{'red' if i % 2 else 'blue'} {i}" for i in range(24)], progress=False)
        project.encode("autoencoder", progress=False)
        with project.session("ana") as session:
            for i in range(6):
                given = session.next()
                assert given is not None
                session.submit(given, "ab"[i % 2])
        project.trainer.wait()
        assert (folder / "labels.db-wal").exists()
        yield_modes = modes(folder)
    assert yield_modes == modes(folder) or yield_modes[False] >= modes(folder)[False]


def test_a_new_project_is_its_owners_alone(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    used(tmp_path / "p.dalt")
    assert modes(tmp_path / "p.dalt") == {False: {0o600}, True: {0o700}}


def test_a_shared_project_has_the_groups_rights_for_all_that_comes_later(tmp_path: Path) -> None:
    used(tmp_path / "p.dalt", shared=True)
    assert modes(tmp_path / "p.dalt") == {False: {0o660}, True: {0o2770}}


def test_the_command_shares_a_project(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x\none\n")
    folder = tmp_path / "p.dalt"
    command = ["init", str(folder), "--classes", "a,b", "--shared", "--text", "x", "--csv"]
    assert main([*command, str(tmp_path / "a.csv")]) == 0
    assert mode(folder) == 0o2770 and mode(folder / "labels.db") == 0o660


def test_a_folder_that_others_can_enter_stays_as_it_is(tmp_path: Path) -> None:
    folder = tmp_path / "p.dalt"
    folder.mkdir()
    folder.chmod(0o755)
    plain = tmp_path / "plain"
    plain.touch()
    dalt.Project.create(folder, classes=["a", "b"]).close()
    assert mode(folder) == 0o755
    assert mode(folder / "project.toml") == mode(plain)
    assert mode(folder / "labels.db") == mode(plain) & 0o644


def test_a_file_keeps_the_mode_that_somebody_gave_it(tmp_path: Path) -> None:
    with dalt.Project.create(tmp_path / "p.dalt", classes=["a", "b"]) as project:
        (tmp_path / "p.dalt" / "project.toml").chmod(0o640)
        project.add_class("c")
    assert mode(tmp_path / "p.dalt" / "project.toml") == 0o640


def test_exports_have_the_mode_that_the_process_gives(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    plain = tmp_path / "plain"
    plain.touch()
    write_atomically(tmp_path / "labels.csv", "a")
    assert mode(tmp_path / "labels.csv") == mode(plain)
    assert rights_in(tmp_path) is None
    make_file(tmp_path / "none")
    assert not (tmp_path / "none").exists()


def test_what_is_written_has_its_final_rights_from_the_first_byte_on(tmp_path: Path) -> None:
    dalt.Project.create(tmp_path / "p.dalt", classes=["a"], shared=True).close()
    make_folder(tmp_path / "p.dalt" / "a" / "b")
    with replacing(tmp_path / "p.dalt" / "a" / "b" / "c") as part:
        assert not mode(part) & 0o007
    with lock_of(tmp_path / "p.dalt" / "a" / "lock"):
        assert mode(tmp_path / "p.dalt" / "a" / "lock") == 0o660
    assert modes(tmp_path / "p.dalt" / "a") == {False: {0o660}, True: {0o2770}}


def test_a_folder_that_cannot_be_shared_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(BadInput, match="No project can be made at"):
        dalt.Project.create(tmp_path / "file" / "p.dalt", classes=["a"], shared=True)


def test_a_shared_project_that_cannot_be_made_leaves_no_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(project_file, "save", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        dalt.Project.create(tmp_path / "in" / "p.dalt", classes=["a"], shared=True)
    assert not (tmp_path / "in").exists()
