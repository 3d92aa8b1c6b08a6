"""A database whose files are removed or replaced while it is open acknowledges nothing."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from assignments import assigned

import dalt
from dalt.core.records import Answer, DaltError, DamagedStore, Sample, StoreReplaced
from dalt.storage import file_identity
from dalt.storage.databases import SqliteFile
from dalt.storage.store import Store

IDS = [f"s{number}" for number in range(40)]
Swap = Callable[[Path], None]

LABELS = """
import os, signal, sys
from contextlib import closing
from pathlib import Path
from dalt.core.records import Answer, DaltError
from dalt.storage.store import Store

store = Store(Path(sys.argv[1]))
print("open", flush=True)
for line in sys.stdin:
    try:
        store.answers.record(Answer("label", line.strip(), "cat", "ana", "sitting", line.strip()))
    except DaltError as error:
        print("refused", error, flush=True)
    else:
        print("acknowledged", flush=True)
"""


def answer(sample_id: str) -> Answer:
    return Answer("label", sample_id, "cat", "ana", "sitting", sample_id)


def remove(ending: str) -> Swap:
    return lambda folder: (folder / f"labels.db{ending}").unlink()


def put_copy(folder: Path) -> None:
    """As rsync does: a new file is written beside, and renamed."""
    new = folder / ".labels.db.Xyz"
    shutil.copy(folder / "labels.db", new)
    new.replace(folder / "labels.db")


def put_other_folder(folder: Path) -> None:
    aside = folder.with_name("former.dalt")
    folder.rename(aside)
    shutil.copytree(aside, folder)


def move_folder(folder: Path) -> None:
    folder.rename(folder.with_name("former.dalt"))


def replace(ending: str) -> Swap:
    def swap(folder: Path) -> None:
        path = folder / f"labels.db{ending}"
        new = path.with_name("new")
        shutil.copy(path, new)
        new.replace(path)

    return swap


def put_link(folder: Path) -> None:
    aside = folder.with_name("moved.db")
    (folder / "labels.db").rename(aside)
    (folder / "labels.db").symlink_to(aside)


def empty(ending: str) -> Swap:
    return lambda folder: os.truncate(folder / f"labels.db{ending}", 0)


SWAPS: dict[str, Swap] = {
    "database removed": remove(""),
    "wal removed": remove("-wal"),
    "shm removed": remove("-shm"),
    "database replaced by a copy": put_copy,
    "wal replaced by a copy": replace("-wal"),
    "shm replaced by a copy": replace("-shm"),
    "another folder in its place": put_other_folder,
    "folder moved away": move_folder,
    "database moved and a link put": put_link,
    "wal emptied": empty("-wal"),
    "shm emptied": empty("-shm"),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "pets.dalt"
    folder.mkdir()
    with_pool(folder / "labels.db")
    return folder


def with_pool(path: Path) -> None:
    store = Store(path, create=True)
    store.samples.add([Sample(name, "text", name) for name in IDS])
    store.close()


class Labeler:
    """A process of its own that answers samples, and can be killed."""

    def __init__(self, folder: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", LABELS, str(folder / "labels.db")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._said() == "open"

    def _said(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def answer(self, sample_id: str) -> str:
        assert self._process.stdin is not None
        print(sample_id, file=self._process.stdin, flush=True)
        return self._said()

    def end(self) -> None:
        self._process.communicate()

    def kill(self) -> None:
        self._process.kill()
        self._process.wait(30)
        self._process.communicate()


def copy(source: Path, target: Path) -> None:
    """Put a database in the place of another, in the same file."""
    with closing(sqlite3.connect(source)) as one, closing(sqlite3.connect(target)) as two:
        one.backup(two)


def labelled(folder: Path) -> set[str]:
    store = Store(folder / "labels.db")
    try:
        return {event.sample_id for event in store.events.all()}
    finally:
        store.close()


@pytest.mark.parametrize("swap", SWAPS.values(), ids=list(SWAPS))
def test_what_is_acknowledged_is_in_the_file_that_the_path_names(folder: Path, swap: Swap) -> None:
    store = Store(folder / "labels.db")
    store.answers.record(answer("s0"))
    swap(folder)
    for name in IDS[1:21]:
        with_reply = None
        try:
            with_reply = store.answers.record(answer(name))
        except StoreReplaced as error:
            assert len(str(error).splitlines()) == 1
            assert "labels.db" in str(error)
        if with_reply is not None:
            assert name in labelled(folder), "acknowledged, and not in the file"
    store.close()


@pytest.mark.parametrize("ending", ["-wal", "-shm"])
def test_a_killed_process_loses_nothing_when_a_file_beside_was_removed(
    folder: Path, ending: str
) -> None:
    labeler = Labeler(folder)
    acknowledged = [name for name in IDS[:5] if labeler.answer(name) == "acknowledged"]
    assert acknowledged == IDS[:5]
    (folder / f"labels.db{ending}").unlink()
    assert labeler.answer("s5").startswith("refused")
    again = [name for name in IDS[5:10] if labeler.answer(name) == "acknowledged"]
    assert again == IDS[5:10], "the next ones go into files that are there"
    labeler.kill()
    assert labelled(folder) == set(IDS[:10])


@pytest.mark.parametrize("swap", [put_link, empty("-shm")], ids=["link", "shm emptied"])
def test_a_killed_process_loses_nothing_when_a_file_became_a_link_or_lost_its_index(
    folder: Path, swap: Swap
) -> None:
    labeler = Labeler(folder)
    assert [labeler.answer(name) for name in IDS[:5]] == ["acknowledged"] * 5
    swap(folder)
    assert labeler.answer("s5").startswith("refused")
    assert [labeler.answer(name) for name in IDS[6:10]] == ["acknowledged"] * 4
    labeler.kill()
    assert labelled(folder) == {*IDS[:5], *IDS[6:10]}


def test_a_database_that_was_a_link_from_the_start_goes_on(folder: Path) -> None:
    put_link(folder)
    store = Store(folder / "labels.db")
    for name in IDS[:3]:
        store.answers.record(answer(name))
    store.close()
    assert labelled(folder) == set(IDS[:3])


@pytest.mark.parametrize("killed", [True, False])
def test_nothing_more_is_acknowledged_into_an_emptied_log(folder: Path, killed: bool) -> None:
    store = Store(folder / "labels.db")
    store.answers.record(answer("s0"))
    store.close()  # brings it into the database
    labeler = Labeler(folder)
    assert labeler.answer("s1") == "acknowledged"
    empty("-wal")(folder)
    reply = labeler.answer("s2")
    assert reply.startswith("refused")
    assert "labels.db-wal was emptied" in reply
    assert labeler.answer("s3").startswith("refused"), "s1 is gone, and that is said again"
    if killed:
        labeler.kill()
    else:
        labeler.end()
    assert labelled(folder) == {"s0"}, "s1 went with the log; what was in the database stays"


def test_a_log_that_another_program_has_shortened_is_none_that_was_emptied(folder: Path) -> None:
    store = Store(folder / "labels.db")
    store.answers.record(answer("s0"))
    with closing(sqlite3.connect(folder / "labels.db")) as other:
        assert other.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0
        assert (folder / "labels.db-wal").stat().st_size == 0
        store.answers.record(answer("s1"))
    store.close()
    assert labelled(folder) == {"s0", "s1"}


def test_a_database_that_was_set_back_takes_no_more_labels(folder: Path) -> None:
    store = Store(folder / "labels.db")
    store.answers.record(answer("s0"))
    copy(folder / "labels.db", folder.with_name("backup.db"))
    store.answers.record_page([answer("s1"), answer("s2")])
    copy(folder.with_name("backup.db"), folder / "labels.db")
    for _ in range(2):  # it stays so
        with pytest.raises(StoreReplaced, match=r"was set back .* 2 events .* are gone"):
            store.answers.record(answer("s3"))
    store.close()
    assert labelled(folder) == {"s0"}
    again = Store(folder / "labels.db")
    again.answers.record(answer("s1"))
    again.close()
    assert labelled(folder) == {"s0", "s1"}


def test_as_many_other_events_do_not_hide_that_a_database_was_set_back(folder: Path) -> None:
    store = Store(folder / "labels.db")
    store.answers.record(answer("s0"))
    with closing(sqlite3.connect(folder / "labels.db")) as other:
        other.execute("PRAGMA foreign_keys=OFF")
        other.execute("UPDATE events SET key = 'another'")
        other.commit()
    with pytest.raises(StoreReplaced, match=r"1 event that it held is gone"):
        store.answers.record(answer("s1"))
    store.close()


@pytest.mark.parametrize("ending", ["-wal", "-shm"])
def test_two_processes_go_on_after_a_file_beside_was_removed(folder: Path, ending: str) -> None:
    one, two = Labeler(folder), Labeler(folder)
    kept = {name for name, by in zip(IDS[:4], [one, two, one, two], strict=True)
            if by.answer(name) == "acknowledged"}  # fmt: skip
    (folder / f"labels.db{ending}").unlink()
    for number, name in enumerate(IDS[4:24]):
        if (one, two)[number % 2].answer(name) == "acknowledged":
            kept.add(name)
    assert len(kept) >= 20, "both go on"
    one.kill()
    two.kill()
    assert kept <= labelled(folder)


def test_labels_refused_count_once_when_they_are_sent_again(folder: Path) -> None:
    store = Store(folder / "labels.db")
    store.answers.record(answer("s0"))
    put_copy(folder)
    with pytest.raises(StoreReplaced, match=r"was replaced .* Open the project again"):
        store.answers.record(answer("s1"))
    with pytest.raises(StoreReplaced):
        store.answers.record(answer("s1"))  # it stays so
    store.close()
    again = Store(folder / "labels.db")
    again.answers.record(answer("s1"))
    again.answers.record(answer("s1"))
    assert [event.sample_id for event in again.events.all()].count("s1") == 1
    again.close()


def test_a_commit_into_a_file_that_is_removed_just_then_is_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(folder / "labels.db")
    looks = 0

    def check(db: object) -> None:
        nonlocal looks
        looks += 1
        if looks == 3:  # after the commit
            put_copy(folder)
        real(db)  # type: ignore[arg-type]

    real = file_identity.check
    monkeypatch.setattr(file_identity, "check", check)
    with pytest.raises(StoreReplaced):
        store.answers.record(answer("s1"))
    store.close()


def test_a_read_from_a_file_that_was_replaced_is_refused(folder: Path) -> None:
    store = Store(folder / "labels.db")
    assert store.samples.counts().samples == len(IDS)
    put_copy(folder)
    with pytest.raises(StoreReplaced):
        store.samples.counts()
    store.close()


def test_a_folder_that_is_put_back_goes_on(folder: Path) -> None:
    store = Store(folder / "labels.db")
    store.answers.record(answer("s0"))
    move_folder(folder)
    with pytest.raises(StoreReplaced, match="is not there any more"):
        store.answers.record(answer("s1"))
    folder.with_name("former.dalt").rename(folder)
    store.answers.record(answer("s1"))
    store.close()
    assert labelled(folder) == {"s0", "s1"}


def test_a_database_is_never_begun_anew_by_who_made_it(tmp_path: Path) -> None:
    path = tmp_path / "labels.db"
    store = Store(path, create=True)
    store.close()  # the next call opens a new connection
    path.unlink()
    with pytest.raises(DamagedStore, match="is not there any more"):
        store.samples.add([Sample("s0", "text", "one")])
    assert not path.exists()


def test_a_link_to_the_project_is_followed_and_a_turned_one_refused(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other.dalt"
    shutil.copytree(folder, other)
    link = tmp_path / "link.dalt"
    link.symlink_to(folder, target_is_directory=True)
    monkeypatch.chdir(tmp_path)
    store = Store(SqliteFile(Path("link.dalt/labels.db")))
    monkeypatch.chdir(folder)
    store.answers.record(answer("s0"))
    link.unlink()
    link.symlink_to(other, target_is_directory=True)
    with pytest.raises(StoreReplaced):
        store.answers.record(answer("s1"))
    store.close()
    assert labelled(folder) == {"s0"}
    assert labelled(other) == set()


def test_files_that_a_mount_does_not_number_are_not_compared(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        file_identity, "_identity", lambda path: (1, 0) if os.path.exists(path) else None
    )
    store = Store(folder / "labels.db")
    store.answers.record(answer("s0"))
    put_copy(folder)
    store.answers.record(answer("s1"))  # nothing can be told
    (folder / "labels.db").unlink()
    with pytest.raises(DaltError):
        store.answers.record(answer("s2"))
    store.close()


def test_others_that_come_and_go_and_checkpoints_change_nothing(folder: Path) -> None:
    store = Store(folder / "labels.db")
    for name in IDS[:6]:
        store.answers.record(answer(name))
        assert name in labelled(folder)  # opened and closed by another
        store.close()
    store.answers.record(answer("s6"))
    store.close()
    assert labelled(folder) == set(IDS[:7])


def test_a_process_that_is_killed_at_once_after_a_swap_has_acknowledged_nothing(
    folder: Path,
) -> None:
    labeler = Labeler(folder)
    assert labeler.answer("s0") == "acknowledged"
    put_other_folder(folder)
    replies = [labeler.answer(name) for name in IDS[1:21]]
    labeler.kill()
    assert all(reply.startswith("refused") for reply in replies)
    assert labelled(folder) == {"s0"}


def test_the_database_of_another_project_is_refused(tmp_path: Path) -> None:
    for name in ("one", "two"):
        with dalt.Project.create(tmp_path / f"{name}.dalt", classes=["a", "b"]) as project:
            project.add_texts([f"text of {name}"])
    shutil.copy(tmp_path / "two.dalt/labels.db", tmp_path / "one.dalt/labels.db")
    with pytest.raises(DamagedStore, match="labels of another project"):
        dalt.Project.open(tmp_path / "one.dalt")


def test_a_project_of_before_is_opened_and_named(tmp_path: Path) -> None:
    folder = tmp_path / "one.dalt"
    dalt.Project.create(folder, classes=["a", "b"]).close()
    with closing(sqlite3.connect(folder / "labels.db")) as db, db:
        db.execute("DELETE FROM about WHERE name = 'project'")
    with dalt.Project.open(folder) as project:
        id = project.settings.id
    with closing(sqlite3.connect(folder / "labels.db")) as db:
        assert db.execute("SELECT value FROM about WHERE name = 'project'").fetchone() == (id,)


def test_a_session_hands_out_nothing_and_records_nothing_after_a_swap(tmp_path: Path) -> None:
    folder = tmp_path / "one.dalt"
    with dalt.Project.create(folder, classes=["a", "b"]) as project:
        project.add_texts([f"text {number}" for number in range(9)])
        session = project.session("ana")
        session.submit(assigned(session), "a")
        asked = assigned(session)
        put_copy(folder)
        for refused in (
            session.next,
            session.undo,
            lambda: session.submit(asked, "b"),
            lambda: session.skip(asked),
            lambda: project.add_texts(["one more"]),
            project.labels,
        ):
            with pytest.raises(StoreReplaced):
                refused()
    with dalt.Project.open(folder) as project:
        assert project.labels().label.tolist() == ["a"]
