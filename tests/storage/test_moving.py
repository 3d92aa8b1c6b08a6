"""Labels that move to another database and back: all of them, once, whatever happens."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
import sqlalchemy as sa
from certified_stores import certify
from cluster import Cluster

import dalt
from dalt import cli
from dalt.core.records import (
    Answer,
    BadInput,
    BadSettings,
    Choice,
    DamagedStore,
    Recipe,
    Region,
    SnapshotRecord,
    StudyDraw,
    Timing,
    Treatment,
    utc_now,
)
from dalt.core.settings import project_file
from dalt.storage import sums
from dalt.storage import tables as t
from dalt.storage.store import Store, place_of

LABELS = ["cat", ('["', "dog"), None, "[cat", (Region("span", "cat", start=0, end=1),)]


@pytest.fixture
def address(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> str:
    """A database of this test's own; the variable is not set yet."""
    monkeypatch.delenv("DALT_DATABASE_URL", raising=False)
    return cluster.url(f"moving_{uuid.uuid4().hex[:12]}")


def lived_in(folder: Path) -> Path:
    """A project with something of everything."""
    with dalt.Project.create(folder, classes=["cat", "dog"], annotations_per_sample=2) as project:
        ids = project.add_texts([f"text {i}" for i in range(12)], progress=False).ids
    with store_of(folder) as store:
        store.sources.add([(ids[0], "copies/0 ☃.txt")])
        store.details.add([(ids[0], "0", {"by": "한국어 \0", "n": 1, "share": 0.1 + 0.2})])
        for number, label in enumerate(LABELS):
            store.answers.record(
                Answer("skip" if label is None else "label", ids[number], label, "ana ☃", "a",
                       f"k{number}", probability=0.1 + 0.2, shown_at=utc_now(), suggested="dog",
                       arm="none", suggesters=("모델 ☃", "b"),
                       timing=Timing(commit_seconds=0.1 + 0.2, n_keys=number))
            )  # fmt: skip
        store.answers.undo("ana ☃", "a", key="u", seconds=60.0)
        store.leases.claim(
            "bob", "b", candidates=[7], uniform=False, uniform_share=0.1, seconds=-1.0
        )
        store.leases.claim("bob", "b", candidates=[8], uniform=True, uniform_share=0.1, seconds=1e6)
        store.notes.add(ids[0], "ana", "a", key="n", flagged=True, comment="both?\n한국어 😀")
        store.adjudications.decide({ids[11]: "dog"}, "gold", "owner", "o", key="d")
        store.studies.start({"seed": 2**40, "share": 0.1 + 0.2}, "hash")
        store.studies.assign(
            1, "ana ☃", ids[:1], lambda n, _: [StudyDraw(n, ids[0], Treatment("none", "none"))]
        )
        certify(store, ids[10])
        source = store.suggesters.put("모델 ☃", "file", "v1")
        store.suggesters.vote(
            source.suggester_id, {ids[1]: {"cat ☃": 0.1 + 0.2}, ids[2]: None}, "v1"
        )
        event = store.labels.current()[0].event_id
        store.confirmations.add(event, "ana", "a", key="c")
        store.snapshots.add(
            SnapshotRecord(version=1, parent=None, cursor=event, seed=2**62, hash="h", encoder="e",
                           head="d", created_at=utc_now(), n_labels=3, metrics={"loss": 0.5})
        )  # fmt: skip
        store.head_choices.add(
            Choice(created_at=utc_now(), accepted=True, reason="better", engine="builtin",
                   versions={}, recipe=Recipe("blend"), settings={}, score=0.5, seconds=1.0,
                   trials=(), before="blend", comparison=None, cursor=event, n_labels=3,
                   encoder="e")
        )  # fmt: skip
    return folder


@pytest.fixture
def folder(tmp_path: Path, address: str) -> Iterator[Path]:
    yield lived_in(tmp_path / "pets.dalt")


def answer(store: Store, label: str, key: str) -> Answer:
    return Answer("label", store.samples.all()[9].id, label, "c", "c", key)


@contextmanager
def store_of(folder: Path) -> Iterator[Store]:
    """The store of a project, wherever its labels are now."""
    settings = project_file.load(folder)
    with closing(Store(place_of(folder, settings.id, settings.database))) as store:
        yield store


def everything(folder: Path) -> dict[str, list[Any]]:
    with store_of(folder) as store, store.database.reading() as db:
        return {
            table.name: sorted(map(repr, db.execute(sa.select(table)).all()))
            for table in t.metadata.sorted_tables
        }


def changed_rows(folder: Path) -> list[str]:
    """Tables whose rows are not what their checksums say."""
    with store_of(folder) as store, store.database.reading() as db:
        return [found.name for found in sums.look(db, "here")]


def test_a_change_in_postgresql_is_told(
    folder: Path, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DALT_DATABASE_URL", address)
    dalt.Project.migrate(folder, "postgresql", progress=False)
    with store_of(folder) as store, store.database.engine.begin() as db:
        db.exec_driver_sql("UPDATE votes SET knew = NOT knew")
    assert changed_rows(folder) == ["here, table votes, vote_id 0 to 2"]


def test_everything_moves_there_and_back(
    folder: Path, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = everything(folder)
    assert all(before.values()), "no table is left out of the test"
    monkeypatch.setenv("DALT_DATABASE_URL", address)
    said: list[str] = []
    dalt.Project.migrate(folder, "postgresql", progress=lambda what, *_: said.append(what))
    assert {"moving", "comparing"} <= set(said)
    assert everything(folder) == before
    assert changed_rows(folder) == []
    assert not (folder / "labels.db").exists() and (folder / "labels.db.moved-1").exists()
    with store_of(folder) as store:
        store.notes.add(store.samples.all()[1].id, "c", "c", key="c", flagged=True, comment="")
        newest = store.events.newest_id()
        event = store.answers.record(answer(store, "cat", "new"))
        assert event.event_id == newest + 1, "ids go on"
    after = everything(folder)
    assert cli.main(["migrate", str(folder), "--to", "sqlite"]) == 0
    monkeypatch.delenv("DALT_DATABASE_URL")
    assert everything(folder) == after
    assert changed_rows(folder) == []
    with store_of(folder) as store:
        event = store.answers.record(answer(store, "dog", "newer"))
        assert event.event_id == newest + 2


def test_a_restored_copy_takes_no_place_of_labels_that_it_lacks(
    folder: Path, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DALT_DATABASE_URL", address)
    dalt.Project.migrate(folder, "postgresql", progress=False)
    made = dalt.backup(folder, folder.parent / "pets.tar.zst", progress=False)
    again = dalt.restore(made.path, folder.parent / "again.dalt", progress=False).path
    with store_of(folder) as store:
        store.answers.record(answer(store, "cat", "since then"))
    before = everything(folder)
    with pytest.raises(BadInput, match="has labels of another copy of this project"):
        dalt.Project.migrate(again, "postgresql", progress=False)
    assert everything(folder) == before
    assert (again / "labels.db").exists()


def test_it_moves_again_and_again_and_nothing_is_thrown_away(
    folder: Path, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = everything(folder)
    monkeypatch.setenv("DALT_DATABASE_URL", address)
    for to in ("postgresql", "sqlite", "postgresql"):
        dalt.Project.migrate(folder, to, progress=False)
        assert everything(folder) == before
    assert sorted(path.name for path in folder.glob("labels.db*")) == [
        "labels.db.moved-1", "labels.db.moved-2",
    ]  # fmt: skip


def test_a_project_in_postgresql_needs_the_variable(
    folder: Path, address: str, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DALT_DATABASE_URL", address)
    dalt.Project.migrate(folder, "postgresql", progress=False)
    assert "not-to-be-seen" not in (folder / "project.toml").read_text()
    other = cluster.url(f"other_{uuid.uuid4().hex[:12]}")
    monkeypatch.setenv("DALT_DATABASE_URL", other)
    with pytest.raises(DamagedStore, match="does not hold the labels of this project") as refused:
        dalt.Project.open(folder)
    assert "not-to-be-seen" not in str(refused.value)
    monkeypatch.delenv("DALT_DATABASE_URL")
    with pytest.raises(BadSettings, match="Set DALT_DATABASE_URL"):
        dalt.Project.open(folder)
    assert not list(folder.glob("labels.db"))


@pytest.mark.parametrize("given", ["mysql://u:not-to-be-seen@h/d", "not-to-be-seen", "sqlite:///x"])
def test_an_address_of_something_else_is_refused(
    folder: Path, given: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DALT_DATABASE_URL", given)
    with pytest.raises(BadSettings, match="is no address of a PostgreSQL database") as refused:
        dalt.Project.migrate(folder, "postgresql", progress=False)
    assert "not-to-be-seen" not in str(refused.value)


def test_moving_where_it_is_already_is_refused(folder: Path) -> None:
    with pytest.raises(BadInput, match="in sqlite already"):
        dalt.Project.migrate(folder, "sqlite", progress=False)


@pytest.mark.parametrize("to", ["postgresql", "sqlite"])
def test_a_project_that_is_open_elsewhere_is_not_moved(
    folder: Path, address: str, to: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DALT_DATABASE_URL", address)
    if to == "sqlite":
        dalt.Project.migrate(folder, "postgresql", progress=False)
    script = (
        "import sys, dalt; project = dalt.Project.open(sys.argv[1]); project.samples()\n"
        "print('open', flush=True); sys.stdin.read()"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", script, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert other.stdin and other.stdout and other.stdout.readline() == b"open\n"
    before = everything(folder)
    with pytest.raises(BadInput, match="Another program has"):
        dalt.Project.migrate(folder, to, progress=False)
    assert everything(folder) == before
    other.communicate()
    dalt.Project.migrate(folder, to, progress=False)
    assert everything(folder) == before


def test_what_the_copy_cannot_hold_is_told_and_nothing_moves(
    folder: Path, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with dalt.Project.open(folder) as project:
        project.session("ana").note(project.samples().sample_id[1], comment="ab")
    with closing(sqlite3.connect(folder / "labels.db")) as db, db:  # as older versions let through
        db.execute("UPDATE notes SET comment = 'a' || char(0) || 'b' WHERE comment = 'ab'")
    before = everything(folder)
    monkeypatch.setenv("DALT_DATABASE_URL", address)
    with pytest.raises(BadInput, match="cannot hold a value"):
        dalt.Project.migrate(folder, "postgresql", progress=False)
    assert everything(folder) == before


def test_a_store_that_was_moved_away_is_not_begun_anew(
    folder: Path, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(folder / "labels.db")
    store.close()
    monkeypatch.setenv("DALT_DATABASE_URL", address)
    dalt.Project.migrate(folder, "postgresql", progress=False)
    with pytest.raises(DamagedStore, match="is not there any more"):
        store.samples.counts()
    assert not (folder / "labels.db").exists()


@pytest.mark.slow
@pytest.mark.timeout(1_200)
@pytest.mark.parametrize("to", ["postgresql", "sqlite"])
def test_killed_at_any_line_the_project_goes_on_whole(
    tmp_path: Path, address: str, to: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = lived_in(tmp_path / "pets.dalt")
    before = everything(folder)
    monkeypatch.setenv("DALT_DATABASE_URL", address)
    ended, line, used = False, 0, set()
    while not ended:
        here = "sqlite" if to == "postgresql" else "postgresql"
        if dalt.core.settings.project_file.load(folder).database != here:
            dalt.Project.migrate(folder, here, progress=False)  # type: ignore[arg-type]
        child = os.fork()
        if child == 0:
            _migrate_until(folder, to, line)
        _, status = os.waitpid(child, 0)
        ended = os.waitstatus_to_exitcode(status) == 0
        assert everything(folder) == before, f"killed at step {line}"
        used.add(dalt.core.settings.project_file.load(folder).database)
        line += 1
    assert line > 50 and used == {"sqlite", "postgresql"}


def _migrate_until(folder: Path, to: Any, last: int) -> None:
    """Migrate, and die without any goodbye at a line of the code that moves; never returns.

    A line counts when it is first come to.
    """
    seen: set[tuple[str, int]] = set()

    def trace(frame: FrameType, event: str, _: object) -> Any:
        ours = frame.f_code.co_filename.endswith(("storage/migration.py", "project/database.py"))
        repeated = frame.f_code.co_name in ("_digest", "_plain", "<lambda>", "<genexpr>")
        if not ours or repeated:
            return None
        if event == "line":
            seen.add((frame.f_code.co_filename, frame.f_lineno))
            if len(seen) > last:
                os._exit(9)
        return trace

    sys.settrace(trace)
    try:
        dalt.Project.migrate(folder, to, progress=False)
    except BaseException:
        os._exit(1)
    os._exit(0)


@pytest.mark.parametrize("to", ["mysql", "SQLITE", "", 3, None])
def test_what_is_no_database_is_refused_first(tmp_path: Path, to: Any) -> None:
    folder = lived_in(tmp_path / "pets.dalt")
    with pytest.raises(BadInput, match=r"^Labels move to 'sqlite' or 'postgresql', not ") as said:
        dalt.Project.migrate(folder, to, progress=False)
    assert repr(to) in str(said.value)


def test_where_nothing_can_be_written_a_move_is_refused_in_a_sentence(tmp_path: Path) -> None:
    folder = lived_in(tmp_path / "pets.dalt")
    (folder / "migrate.lock").mkdir()
    (folder / "project.toml.lock").unlink()
    (folder / "project.toml.lock").mkdir()
    with pytest.raises(BadInput, match=r"cannot be moved, since nothing can be written there: "):
        dalt.Project.migrate(folder, "postgresql", progress=False)
    with (
        dalt.Project.open(folder) as project,
        pytest.raises(BadSettings, match=r"project\.toml cannot be changed: "),
    ):
        project.add_class("bird")
