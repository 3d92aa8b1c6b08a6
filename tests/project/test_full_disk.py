"""A full disk, a real small one: one sentence, nothing left, and on once there is room."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from small_disks import PAGE, SmallDisk, namespaces, small_disk, why_none
from waiting import until

import dalt
from dalt.core.files import leftovers, refusals_told, sweep, write_atomically
from dalt.data.exchange.fitting import fitting
from dalt.data.readers.content_cache import ContentCache
from dalt.learning.encoders.image import ImageEncoder
from dalt.learning.encoders.training import Schedule
from dalt.learning.training.heartbeat import Heart, Listener
from dalt.server.trainer_process import replay
from dalt.storage.accounts import Annotators
from dalt.storage.databases import SqliteFile
from dalt.storage.migration import moved
from dalt.suggesters.chat_cache import AnswerCache

WHY_NONE = why_none()
on_a_small_disk = pytest.mark.skipif(bool(WHY_NONE), reason=WHY_NONE or "there is one")
SIZE = 24 << 20
LEFT = (0, 2 * PAGE, 16 * PAGE)
"""Bytes that are free: a writer stops at its first byte, at its last, or between."""
SLACK = 64 * PAGE
"""What the database and the log beside it may have grown by."""
N = 40
RNG = np.random.default_rng(0)
PICTURES = RNG.integers(0, 255, (N, 16, 16), dtype=np.uint8)
ROWS = RNG.normal(size=(N, 16)).astype(np.float32)


@dataclass
class Place:
    """Projects on a small disk, with a few labels each."""

    disk: SmallDisk
    aside: Path
    pictures: dalt.Project
    texts: dalt.Project
    busy: dalt.Project
    n: int = 0

    @property
    def projects(self) -> list[dalt.Project]:
        """Those of the pictures, of the texts, and one for what makes thousands of rows."""
        return [self.pictures, self.texts, self.busy]

    def fresh(self, ending: str = "") -> Path:
        """A path on the disk where nothing is."""
        self.n += 1
        return self.disk.path / f"new{self.n}{ending}"

    def fill(self, leave: int) -> None:
        """Fill the disk; the databases' logs hold no room that could be used again."""
        for project in self.projects:
            with sqlite3.connect(project.folder / "labels.db") as db:
                db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            db.close()
        self.disk.fill(leave)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    where = tmp_path_factory.mktemp("full") / "disk"
    with small_disk(where, SIZE) as disk:
        pictures = dalt.Project.create(where / "pictures.dalt", classes=["a", "b"])
        pictures.add_images(PICTURES, progress=False)
        texts = dalt.Project.create(where / "texts.dalt", classes=["a", "b"])
        busy = dalt.Project.create(where / "busy.dalt", classes=["a", "b"])
        for project in (texts, busy):
            project.add_texts([f"text {i}" for i in range(N)], progress=False)
        busy.training.stepped()
        for project in (pictures, texts):
            project.training.stepped()  # no thread that writes beside the test
            project.add_embeddings(ROWS, progress=False)
            with project.session("ana") as session:
                for i in range(6):
                    assignment = session.next()
                    assert assignment is not None
                    session.submit(assignment, "ab"[i % 2])
                project.trainer.wait(60)
        found = Place(disk, where.parent, pictures, texts, busy)
        yield found
        for project in found.projects:
            project.close()


def label_many(place: Place) -> None:
    """One sample again and again: until the database needs another page, or often enough."""
    with place.busy.session("ben") as session:
        assignment = session.next()
        assert assignment is not None
        for i in range(40):
            session.submit(assignment, "ab"[i % 2])
        session.undo()


def add_pictures(place: Place) -> None:
    more = np.random.default_rng(place.n).integers(0, 255, (200, 32, 32), dtype=np.uint8)
    more[:, 0, 0] = place.n
    added = place.pictures.add_images(more, progress=False)
    place.pictures.remove(added.ids)


def add_texts(place: Place) -> None:
    place.fresh()
    added = place.texts.add_texts(
        [f"{place.n} {i} {'y' * 200}" for i in range(600)], progress=False
    )
    place.texts.remove(added.ids)


def import_labels(place: Place) -> None:
    name = place.fresh().name
    ids = place.busy.samples().sample_id
    rows = [(each, "a", f"{name}{i}") for each in ids for i in range(10)]
    file = place.aside / f"{name}.csv"
    file.write_text("sample_id,label,annotator\n" + "".join(",".join(row) + "\n" for row in rows))
    place.busy.import_labels(file, progress=False)


def add_suggestions(place: Place) -> None:
    name = place.fresh().name
    ids = list(place.busy.samples().sample_id)
    for i in range(10):
        votes = [{"sample_id": each, "label": "a"} for each in ids]
        place.busy.add_suggestions(votes, source=f"{name}{i}", progress=False)
        place.busy.remove_suggester(f"{name}{i}")


def give_embeddings(place: Place) -> None:
    wide = np.random.default_rng(place.n).normal(size=(len(place.pictures.samples()), 2_000))
    place.pictures.add_embeddings(wide.astype(np.float32), progress=False)


def encode(place: Place) -> None:
    quick = ImageEncoder(schedule=Schedule(most=2))
    place.pictures.encode(quick, retrain=True, progress=False)


def learn(place: Place) -> None:
    place.texts.trainer.wait(60)


def make_project(place: Place) -> None:
    dalt.Project.create(place.fresh(".dalt"), classes=["a"]).close()


def cache_a_picture(place: Place) -> None:
    """As a remote file is kept."""
    cache = ContentCache(place.pictures.folder / "cache", lambda: 1 << 30)
    with cache.incoming() as part, refusals_told(cache.folder):
        part.write_bytes(b"x" * 20 * PAGE)
        cache.keep(part, place.fresh(".png").name)


def ask_a_model(place: Place) -> None:
    """As answers of a language model are kept."""
    answers = AnswerCache(place.disk.path / "answers")
    number = place.fresh().name
    for i in range(600):
        answers.put(f"{number} {i}", {"a": 1.0, "b" * 200: 0.0})


def export(name: str) -> Callable[[Place], None]:
    def write(place: Place) -> None:
        for project in (place.pictures, place.texts):
            assert project.kind is not None
            if name in fitting(project.kind, "classes"):
                project.export(place.fresh(), name, labels="consensus", progress=False)

    return write


FORMATS = sorted({*fitting("image", "classes"), *fitting("text", "classes")})
SINGLE: dict[str, Callable[[Place], Any]] = {
    "add_images": add_pictures,
    "add_texts": add_texts,
    "labels": label_many,
    "import_labels": import_labels,
    "add_suggestions": add_suggestions,
    "add_embeddings": give_embeddings,
    "encode": encode,
    "cache of remote files": cache_a_picture,
    "answers of a language model": ask_a_model,
    "add_class": lambda place: place.texts.add_class(place.fresh().name),
    "set_guideline": lambda place: place.texts.set_guideline(place.fresh().name * 9_000),
    "create": make_project,
    "card": lambda place: place.texts.card(place.fresh(".md")),
    "card as Croissant": lambda place: place.texts.card(place.fresh(".json")),
    "model_card": lambda place: place.texts.model_card(place.fresh(".md")),
    "report": lambda place: place.texts.report(place.fresh(".html")),
    "accounts": lambda place: Annotators(place.disk.path / "people.json").add(
        place.fresh().name, "correct horse"
    ),
    "skops": lambda place: place.texts.export_model(place.fresh(".skops"), progress=False),
    "onnx": lambda place: place.texts.export_model(place.fresh(".onnx"), progress=False),
}
WRITERS = SINGLE | {f"export as {name}": export(name) for name in FORMATS}


LONG = {"encode", "skops", "onnx", "accounts", "export as spacy", "card as Croissant"}
"""They load libraries of seconds, or learn an encoder."""


def check_told(error: dalt.DaltError) -> None:
    """One sentence or two, with the way out, and no library's words."""
    said = str(error)
    assert "\n" not in said and said.endswith("."), said
    assert "No space left on device" in said or "database or disk is full" in said, said
    assert "room" in said and "Errno" not in said and "Detail" not in said, said


@on_a_small_disk
@pytest.mark.parametrize(
    "name", [pytest.param(each, marks=[pytest.mark.slow] * (each in LONG)) for each in WRITERS]
)
def test_a_writer_says_one_sentence_and_leaves_nothing(place: Place, name: str) -> None:
    write = WRITERS[name]
    refused = 0
    for leave in LEFT:
        place.fill(leave)
        before = place.disk.n_free
        try:
            write(place)
        except dalt.DaltError as error:
            check_told(error)
            refused += 1
            assert place.disk.n_free >= before - SLACK, "it keeps the disk full"
        # The sign of life of a trainer comes and goes.
        until(lambda: not place.disk.temporary(), lambda: str(place.disk.temporary()))
        place.disk.make_room()
        write(place)  # on by itself, in the same process
    assert refused, "the disk was never full"


@on_a_small_disk
def test_a_move_between_databases_leaves_nothing(place: Place) -> None:
    folder = place.fresh(".dalt")
    dalt.Project.create(folder, classes=["a"]).close()
    source, target = SqliteFile(folder / "labels.db"), SqliteFile(place.fresh(".db"))
    place.fill(2 * PAGE)
    with (
        pytest.raises(dalt.DamagedStore, match="disk is full"),
        moved(source, target, lambda *_: None),
    ):
        pass
    assert place.disk.temporary() == []
    place.disk.make_room()
    with moved(source, target, lambda *_: None) as n_rows:
        assert n_rows
    assert place.disk.temporary() == []


@on_a_small_disk
def test_a_project_that_cannot_be_opened_says_why(place: Place) -> None:
    folder = place.fresh(".dalt")
    dalt.Project.create(folder, classes=["a"]).close()
    place.fill(0)
    with pytest.raises(dalt.DamagedStore) as told:
        dalt.Project.open(folder)
    check_told(told.value)
    place.disk.make_room()
    dalt.Project.open(folder).close()


@on_a_small_disk
@pytest.mark.parametrize("left", ["closed", "killed"])
def test_a_project_on_a_full_disk_is_checked_and_backed_up_elsewhere(
    place: Place, tmp_path: Path, left: str
) -> None:
    folder = place.fresh(".dalt")
    with dalt.Project.create(folder, classes=["a"]) as project:
        project.add_texts(["one", "two"], progress=False)
    if left == "killed":  # its log is still beside the database
        killed = (
            "import os, sys, dalt\n"
            "project = dalt.Project.open(sys.argv[1], thin=True)\n"
            "project.session('ana').next()\n"
            "os._exit(9)\n"
        )
        subprocess.run([sys.executable, "-c", killed, str(folder)])
        (folder / "labels.db-shm").unlink()  # as after a start of the machine
    place.fill(0)
    found = dalt.check(folder, progress=False)
    assert found.ok, found.findings
    made = dalt.backup(folder, tmp_path / "elsewhere.tar.zst", progress=False)
    assert made.n_samples == 2
    place.disk.make_room()
    dalt.restore(made.path, tmp_path / "again.dalt", progress=False)


@on_a_small_disk
def test_a_trainer_goes_on_by_itself_once_there_is_room(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", SIZE) as disk:
        folder = disk.path / "t.dalt"
        with dalt.Project.create(folder, classes=["a", "b"]) as project:
            project.add_texts([f"text {i}" for i in range(N)], progress=False)
            project.add_embeddings(ROWS, progress=False)
            labels = pd.DataFrame({"sample_id": project.samples().sample_id[:10], "label": "a"})
            labels.to_csv(tmp_path / "labels.csv")
            project.import_labels(tmp_path / "labels.csv", progress=False)
            disk.fill()
            with pytest.raises(dalt.TrainingFailed, match=r"No space left on device\. Make room"):
                project.trainer.wait(60)
            assert project.trainer.state == "failed"
            disk.make_room()  # and no label comes
            until(lambda: project.trainer.state == "idle", lambda: project.trainer.message)
            snapshot = project.trainer.snapshot
            assert snapshot is not None
            assert snapshot.cursor == project.workspace.store.events.cursor()
        assert disk.temporary() == []
        assert [each.same for each in replay(folder)] == [True]


@on_a_small_disk
def test_a_trainer_gives_signs_of_life_all_the_same(place: Place) -> None:
    """Else the server would take it for dead, and pages would not know why it does not learn."""
    folder = place.fresh()
    folder.mkdir()
    said: list[Any] = ["idle", "", None, (0, "", 0, (), False)]
    heart, listener = Heart(folder, lambda: tuple(said)), Listener(folder)
    heart.beat()
    assert listener.listen() is not None
    place.fill(0)
    said[:2] = ["failed", "No space left on device"]
    heart.beat()
    beat = listener.listen()
    assert beat is not None
    assert [beat.state, beat.message] == said[:2]
    place.disk.make_room()
    said[:2] = ["idle", ""]
    heart.beat()
    beat = listener.listen()
    assert beat is not None
    assert beat.state == "idle"


@on_a_small_disk
def test_a_label_that_was_refused_is_recorded_once_when_it_is_sent_again(place: Place) -> None:
    with place.texts.session("zoe") as session:
        assignment = session.next()
        assert assignment is not None
        place.fill(0)
        recorded = 0
        with pytest.raises(dalt.DamagedStore, match="database or disk is full"):
            while recorded < 1_000:
                session.submit(assignment, "ab"[recorded % 2], key=f"{recorded}")
                recorded += 1
        place.disk.make_room()
        for _ in range(2):
            session.submit(assignment, "a", key=f"{recorded}")
    history = place.texts.history()
    assert (history.annotator == "zoe").sum() == recorded + 1


KILLED = """
import sys
from pathlib import Path
from dalt.core.files import folder_being_written, replacing, unpublished
path = Path(sys.argv[1])
with unpublished(path) as part:
    with (folder_being_written(part) if sys.argv[2] == "folder" else replacing(path)) as made:
        (part / "in" if sys.argv[2] == "folder" else made).write_bytes(b"x" * 10_000)
        print("at work", flush=True)
        sys.stdin.read()
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps open files by itself")
@pytest.mark.parametrize("what", ["file", "folder"])
def test_what_a_killed_writer_left_is_removed_and_what_a_living_one_writes_is_not(
    tmp_path: Path, what: str
) -> None:
    path = tmp_path / "made [1].csv"
    command = [sys.executable, "-c", KILLED, str(path), what]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"at work\n"
        sweep(tmp_path)
        (part,) = leftovers(tmp_path)
        process.kill()
        process.wait()
    assert leftovers(tmp_path) == [part], "the kill leaves it"
    write_atomically(tmp_path / "another.csv", "text")
    assert leftovers(tmp_path) == [part], "a writer removes what is its own"
    write_atomically(path, "text")
    assert sorted(os.listdir(tmp_path)) == ["another.csv", path.name]


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps open files by itself")
def test_a_killed_add_leaves_nothing_after_the_next(tmp_path: Path) -> None:
    folder = tmp_path / "p.dalt"
    dalt.Project.create(folder, classes=["a"]).close()
    script = f"""
import os
import dalt
from dalt.data.readers.copies import NewFile
NewFile.publish = lambda self, name: os._exit(9)
dalt.Project.open({str(folder)!r}).add_texts(["one", "two"], progress=False)
"""
    assert subprocess.run([sys.executable, "-c", script]).returncode == 9
    assert len(leftovers(folder / "samples")) == 1
    with dalt.Project.open(folder) as project:
        project.add_texts(["one", "two"], progress=False)
    assert leftovers(folder / "samples") == []


@pytest.mark.skipif(not WHY_NONE, reason="this process may mount by itself")
def test_in_a_namespace() -> None:
    """Run the others again where this user may mount."""
    if not namespaces():
        pytest.skip("this system lets nobody but root mount a file system")
    command = ["unshare", "--map-root-user", "--mount", sys.executable, "-m", "pytest", "-q"]
    done = subprocess.run([*command, "-p", "no:cacheprovider", __file__], capture_output=True)
    assert done.returncode == 0, done.stdout.decode()[-3_000:]
    assert b"skipped" not in done.stdout.replace(b"1 skipped", b"")
