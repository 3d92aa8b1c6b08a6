"""Backups: all of a project at one moment, in one file, which is whole or not there."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

import dalt
from dalt.core.records import BadInput, ProjectNotFound
from dalt.project.backups.archive import head_of
from dalt.project.project import Project
from dalt.storage import page_copies


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project with twelve texts, of which ana has labelled three."""
    path = tmp_path / "pets.dalt"
    with Project.create(path, classes=["cat", "dog"]) as project:
        project.add_texts([f"text {n}" for n in range(12)], progress=False)
        label(project, 3)
    return path


def label(project: Project, n: int) -> None:
    with project.session("ana") as session:
        for _ in range(n):
            assignment = session.next()
            assert assignment is not None
            session.submit(assignment, "cat")


def back_up(folder: Path, name: str = "pets.tar.zst") -> Path:
    return dalt.backup(folder, folder.parent / name, progress=False).path


def events_in(backup: Path) -> int:
    return int(head_of(backup)["rows"]["events"])


def names_beside(folder: Path) -> set[str]:
    return set(os.listdir(folder.parent)) - {folder.name}


def test_it_holds_everything_and_only_its_owner_reads_it(folder: Path) -> None:
    made = dalt.backup(folder, folder.parent / "pets.tar.zst", progress=False)
    assert (made.n_samples, made.n_events, made.n_referred, made.left_out) == (12, 3, 0, ())
    assert stat.S_IMODE(made.path.stat().st_mode) == 0o600
    assert made.n_bytes == made.path.stat().st_size
    assert names_beside(folder) == {"pets.tar.zst"}
    again = dalt.restore(made.path, folder.parent / "again.dalt", progress=False)
    assert (again.n_samples, again.n_events, again.from_server) == (12, 3, False)
    with Project.open(folder) as one, Project.open(again.path) as other:
        assert one.history().equals(other.history())
        assert one.samples().equals(other.samples())
        label(other, 1)  # and it goes on
        assert (len(one.labels()), len(other.labels())) == (3, 4)


def test_it_has_the_state_of_one_moment_while_people_label(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_copies, "_PAGES", 1)
    target = folder.parent / "pets.tar.zst"
    with Project.open(folder) as project, project.session("ben") as session:
        said: list[str] = []

        def meanwhile(what: str, done: int, total: int) -> None:
            if not said or what != said[-1]:  # once while it is copied, once while it is packed
                assignment = session.next()
                assert assignment is not None
                session.submit(assignment, "dog")
            said.append(what)

        made = dalt.backup(folder, target, progress=meanwhile)
        assert len(project.history()) == 5
    assert {"copying the database", "packing"} == set(said)
    assert said.count("copying the database") > 20, "page by page, and not begun anew"
    assert made.n_events == 3
    dalt.restore(target, folder.parent / "again.dalt", progress=False)


def test_files_that_are_replaced_meanwhile_are_those_of_the_moment(folder: Path) -> None:
    settings = folder / "project.toml"
    former = settings.read_text()

    def meanwhile(what: str, done: int, total: int) -> None:
        if what == "copying the database":
            settings.with_name("new").write_text(former + "# changed\n")
            os.replace(settings.with_name("new"), settings)

    dalt.backup(folder, folder.parent / "pets.tar.zst", progress=meanwhile)
    dalt.restore(folder.parent / "pets.tar.zst", folder.parent / "again.dalt", progress=False)
    assert (folder.parent / "again.dalt" / "project.toml").read_text() == former


def test_an_interrupted_one_leaves_the_former_one_alone(folder: Path) -> None:
    target = back_up(folder)
    with Project.open(folder) as project:
        label(project, 1)
    former = target.read_bytes()
    for step in ("copying the database", "packing"):

        def interrupt(what: str, done: int, total: int, step: str = step) -> None:
            if what == step:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            dalt.backup(folder, target, progress=interrupt)
        assert target.read_bytes() == former
        assert names_beside(folder) == {"pets.tar.zst"}


KILLED = """
import os, stat, sys
from pathlib import Path
import dalt.project.backups.making as making, dalt.storage.copying

folder, target = map(Path, sys.argv[1:3])

def fails(step):
    if step in ("copying the database", "packing"):
        return lambda what, done, total: os._exit(9) if what == step else None
    name = step.split()[0]
    real = getattr(os, name)
    def exits(first, *others):
        of_folder = name == "fsync" and stat.S_ISDIR(os.fstat(first).st_mode)
        if of_folder == (step == "fsync of the folder"):
            os._exit(9)
        return real(first, *others)
    setattr(os, name, exits)
    return False

for step in sys.argv[3:]:
    child = os.fork()
    if not child:
        making.backup(folder, target, progress=fails(step))
        os._exit(0)
    ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    print(step, ended, len(os.listdir(target.parent)), target.stat().st_size, sep=",")
"""
STEPS = ["copying the database", "packing", "fsync", "replace", "fsync of the folder"]


def test_killed_at_any_step_there_is_the_old_one_or_the_new(folder: Path) -> None:
    place = folder.parent / "backups"
    place.mkdir()
    target = back_up(folder, "backups/pets.tar.zst")
    former = target.stat().st_size
    with Project.open(folder) as project:
        project.add_texts([f"more {n}" for n in range(300)], progress=False)
    said = subprocess.run(
        [sys.executable, "-c", KILLED, str(folder), str(target), *STEPS],
        check=True, capture_output=True, text=True,
    ).stdout.splitlines()  # fmt: skip
    found = {line.split(",")[0]: [*map(int, line.split(",")[1:])] for line in said}
    assert [code for code, _, _ in found.values()] == [9] * len(STEPS)
    assert [size == former for _, _, size in found.values()] == [True] * 4 + [False]
    assert max(left for _, left, _ in found.values()) == 2, "the next one removes what was left"
    dalt.restore(target, folder.parent / "again.dalt", progress=False)
    assert back_up(folder, "backups/pets.tar.zst") == target
    assert os.listdir(place) == ["pets.tar.zst"]


def test_what_a_process_at_work_makes_is_not_swept_away(folder: Path) -> None:
    def meanwhile(what: str, done: int, total: int) -> None:
        if what == "copying the database":
            back_up(folder)  # to the same place

    made = dalt.backup(folder, folder.parent / "pets.tar.zst", progress=meanwhile)
    assert made.n_events == 3
    assert names_beside(folder) == {"pets.tar.zst"}


LIMITED = """
import resource, signal, sys
import dalt
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), resource.RLIM_INFINITY))
try:
    dalt.backup(sys.argv[1], sys.argv[2], progress=False)
except dalt.BadInput as error:
    print(error)
"""


@pytest.mark.parametrize("limit", [0, 20_000])
def test_where_there_is_no_room_it_says_so_and_leaves_nothing(folder: Path, limit: int) -> None:
    target = back_up(folder)
    former = target.read_bytes()
    # The -shm of the project itself is made before the limit holds.
    with Project.open(folder):
        said = subprocess.run(
            [sys.executable, "-c", LIMITED, str(folder), str(target), str(limit)],
            check=True, capture_output=True, text=True,
        ).stdout  # fmt: skip
    assert "cannot be written" in said and "nothing that was there before has changed" in said
    assert target.read_bytes() == former
    assert names_beside(folder) == {"pets.tar.zst"}


def test_links_are_left_out_but_for_the_projects_own_parts(folder: Path) -> None:
    elsewhere = folder.parent / "other disk"
    (folder / "samples").rename(elsewhere)
    (folder / "samples").symlink_to(elsewhere)
    (folder / "secrets").symlink_to("/etc")
    (folder / "mine.txt").write_text("notes of the owner")
    made = dalt.backup(folder, folder.parent / "pets.tar.zst", progress=False)
    assert made.left_out == ("secrets",)
    assert "Links were not followed: secrets." in str(made)
    again = dalt.restore(made.path, folder.parent / "again.dalt", progress=False).path
    assert not (again / "samples").is_symlink() and any((again / "samples").iterdir())
    assert (again / "mine.txt").read_text() == "notes of the owner"
    assert not (again / "secrets").exists()


def test_a_link_leads_to_the_backup_afterwards(folder: Path) -> None:
    (folder.parent / "disk").mkdir()
    link = folder.parent / "newest.tar.zst"
    link.symlink_to("disk/pets.tar.zst")
    for _ in range(2):  # where there is none yet, and over the former one
        made = dalt.backup(folder, link, progress=False)
        assert made.path == folder.parent / "disk" / "pets.tar.zst" and link.is_symlink()
    assert events_in(link) == 3
    link.unlink()
    link.symlink_to(folder / "samples" / "pets.tar.zst")
    with pytest.raises(BadInput, match="lies in the project"):
        dalt.backup(folder, link, progress=False)


def test_files_outside_of_the_project_are_counted_and_told(tmp_path: Path) -> None:
    from PIL import Image

    (tmp_path / "photos").mkdir()
    for grey in (10, 200):
        Image.new("L", (8, 8), grey).save(tmp_path / "photos" / f"{grey}.png")
    with Project.create(tmp_path / "pets.dalt", classes=["cat", "dog"]) as project:
        project.add_images(tmp_path / "photos", progress=False)
    made = dalt.backup(tmp_path / "pets.dalt", tmp_path / "pets.tar.zst", progress=False)
    assert made.n_referred == 2
    assert "2 samples of them are files outside of the project" in str(made)


def a_folder(path: Path) -> None:
    path.mkdir()


def a_letter(path: Path) -> None:
    path.write_text("Dear Ana")


def anothers(path: Path) -> None:
    Project.create(path.parent / "homes.dalt", classes=["a", "b"]).close()
    dalt.backup(path.parent / "homes.dalt", path, progress=False)


@pytest.mark.parametrize(
    ("there", "why"),
    [
        (a_folder, "is a folder; name a file in it"),
        (a_letter, "is no backup of DALT"),
        (anothers, r"is a backup of another project \(homes\)"),
    ],
)
def test_nothing_else_is_written_over(
    folder: Path, there: Callable[[Path], None], why: str
) -> None:
    target = folder.parent / "pets.tar.zst"
    there(target)
    before = None if target.is_dir() else target.read_bytes()
    with pytest.raises(BadInput, match=why):
        back_up(folder)
    assert before is None or target.read_bytes() == before


def test_wrong_places_are_refused(folder: Path) -> None:
    with pytest.raises(BadInput, match="lies in the project"):
        dalt.backup(folder, folder / "pets.tar.zst")
    with pytest.raises(BadInput, match="There is no folder"):
        dalt.backup(folder, folder.parent / "nowhere" / "pets.tar.zst")
    with pytest.raises(ProjectNotFound, match="no project at"):
        dalt.backup(folder.parent / "nothing.dalt", folder.parent / "pets.tar.zst")
    assert names_beside(folder) == set()


def by_sql(folder: Path, *statements: str) -> None:
    with closing(sqlite3.connect(folder / "labels.db")) as db:
        for statement in statements:
            db.execute(statement)
        db.commit()


def one_that_nobody_could_restore(folder: Path) -> str:
    by_sql(folder, "PRAGMA foreign_keys=OFF", "DELETE FROM samples WHERE position = 0")
    return "refers to a row of samples that is not there"


def one_with_a_damaged_index(folder: Path) -> str:
    by_sql(
        folder,
        "PRAGMA writable_schema=ON",
        "UPDATE sqlite_schema SET rootpage = (SELECT rootpage FROM sqlite_schema WHERE "
        "name = 'events_pair') WHERE name = 'answers_annotator'",
    )
    return "is damaged"


def one_of_another_project(folder: Path) -> str:
    by_sql(folder, "UPDATE about SET value = 'homes' WHERE name = 'project'")
    return r"holds the labels of another project \(id homes"


def an_empty_one(folder: Path) -> str:
    (folder / "labels.db").write_bytes(b"")
    return "it holds no tables of DALT"


@pytest.mark.parametrize(
    "damaged",
    [one_that_nobody_could_restore, one_with_a_damaged_index, one_of_another_project, an_empty_one],
)
def test_a_database_that_could_not_be_restored_replaces_no_backup(
    folder: Path, damaged: Callable[[Path], str]
) -> None:
    target = back_up(folder)
    former = target.read_bytes()
    why = damaged(folder)
    with pytest.raises(dalt.DamagedStore, match=why) as told:
        back_up(folder)
    said = str(told.value)
    assert "No backup was made" in said and ".part" not in said and str(folder) in said
    assert target.read_bytes() == former and names_beside(folder) == {"pets.tar.zst"}


def test_a_damaged_database_is_told_and_not_copied(folder: Path) -> None:
    path = folder / "labels.db"
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    path.write_bytes(b"nothing of SQLite" + path.read_bytes()[17:])
    with pytest.raises(dalt.DamagedStore, match=r"labels\.db cannot be read"):
        back_up(folder)
    assert names_beside(folder) == set()
