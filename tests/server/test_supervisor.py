"""One trainer process for all: what happens when it is killed, stopped, or cannot start."""

from __future__ import annotations

import os
import queue
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest
from processes import runs
from waiting import PATIENCE, until

import dalt
from dalt.learning.training.heartbeat import read_beat
from dalt.server.web.supervisor import Supervisor


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project of 200 texts in two clusters, embedded, none labelled."""
    path = tmp_path_factory.mktemp("pool") / "texts.dalt"
    with dalt.Project.create(path, classes=["low", "high"]) as project:
        project.add_texts([f"text {i}" for i in range(200)], progress=False)
        points = np.random.default_rng(0).normal(size=(200, 4)).astype(np.float32)
        points[100:] += 8
        project.add_embeddings(points, progress=False)
    return path


@pytest.fixture
def folder(pool: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(pool, tmp_path / "texts.dalt"))


class Watched:
    """A supervisor, and what it said."""

    def __init__(self, folder: Path, **options: object) -> None:
        self.snapshots = folder / "snapshots"
        self.lines: queue.Queue[str] = queue.Queue()
        self.supervisor = Supervisor(folder, say=self.lines.put, **options)  # type: ignore[arg-type]

    def pid(self) -> int:
        """Of the trainer that gives signs of life, once there is one."""
        until(lambda: read_beat(self.snapshots) is not None)
        beat = read_beat(self.snapshots)
        assert beat is not None
        return beat.pid

    def line(self) -> str:
        return self.lines.get(timeout=PATIENCE)


@pytest.fixture
def watch(folder: Path) -> Iterator[Callable[..., Watched]]:
    made: list[Watched] = []

    def begin(**options: object) -> Watched:
        watched = Watched(folder, **options)
        watched.supervisor.start()
        made.append(watched)
        return watched

    yield begin
    for watched in made:
        watched.supervisor.close()


@pytest.fixture
def thin(folder: Path) -> Iterator[dalt.Project]:
    with dalt.Project.open(folder, thin=True) as project:
        yield project


def label(project: dalt.Project, n: int) -> None:
    with project.session("ana") as session:
        for _ in range(n):
            asked = session.next()
            assert asked is not None
            session.submit(asked, "low" if asked.sample.position < 100 else "high")


def states(project: dalt.Project) -> queue.SimpleQueue[str]:
    """What the page is told, in order."""
    told: queue.SimpleQueue[str] = queue.SimpleQueue()
    project.trainer.subscribe(lambda: told.put(project.trainer.state))
    return told


def hear(told: queue.SimpleQueue[str], wanted: str) -> None:
    while told.get(timeout=PATIENCE) != wanted:
        pass


def test_a_killed_trainer_is_replaced_and_no_label_is_lost(
    watch: Callable[..., Watched], thin: dalt.Project
) -> None:
    watched = watch()
    label(thin, 10)
    thin.trainer.wait(PATIENCE)
    told = states(thin)
    first = watched.pid()
    label(thin, 5)
    os.kill(first, signal.SIGKILL)
    label(thin, 10)
    hear(told, "stopped")
    assert "killed by signal 9" in watched.line()
    label(thin, 5)
    thin.trainer.wait(PATIENCE)
    snapshot = thin.trainer.snapshot
    assert snapshot is not None
    assert snapshot.cursor == thin.history().event_id.max() == 30
    assert len(thin.labels()) == 30
    assert watched.line() == "The trainer learns again."
    assert watched.pid() != first


@pytest.mark.slow
def test_a_stopped_trainer_is_replaced(watch: Callable[..., Watched], thin: dalt.Project) -> None:
    watched = watch(hung_seconds=3.0)
    first = watched.pid()
    os.kill(first, signal.SIGSTOP)
    assert "gave no sign of life for 3 s" in watched.line()
    assert not runs(first)
    label(thin, 4)
    thin.trainer.wait(PATIENCE)
    assert watched.pid() != first


def test_a_trainer_that_cannot_start_is_told_with_its_reason(
    watch: Callable[..., Watched], thin: dalt.Project
) -> None:
    code = "import sys; sys.exit('dalt: no room on the disk')"
    watched = watch(command=[sys.executable, "-c", code])
    lines = [watched.line() for _ in range(2)]
    assert lines == [
        "The trainer ended (no room on the disk); another one starts in 0.5 s.",
        "The trainer ended (no room on the disk); another one starts in 1 s.",
    ]
    label(thin, 3)  # and people label on
    assert len(thin.labels()) == 3


def test_at_last_it_is_tried_seldom_and_said_once(
    watch: Callable[..., Watched], tmp_path: Path
) -> None:
    begun = tmp_path / "begun"
    code = (
        f"import sys; open({str(begun)!r}, 'a').write('begun ');"
        "sys.exit('dalt: no room on the disk')"
    )
    watched = watch(command=[sys.executable, "-c", code], first_delay=0.01, longest_delay=0.01)
    until(lambda: begun.exists() and len(begun.read_text().split()) >= 4)
    assert watched.line() == (
        "The trainer ends again and again (no room on the disk). Labels are kept, and it is tried "
        "every 0.01 s."
    )
    assert watched.lines.empty()


def test_a_trainer_that_is_there_already_is_followed_and_replaced_at_its_end(
    watch: Callable[..., Watched], folder: Path
) -> None:
    with dalt.Project.open(folder, thin=False) as notebook:
        notebook.trainer.start()
        until(lambda: read_beat(folder / "snapshots") is not None)
        watched = watch()
        assert watched.line().startswith(f"Process {os.getpid()} learns for this project already")
        assert watched.pid() == os.getpid()
    until(lambda: watched.pid() != os.getpid())
    assert watched.line() == "The trainer learns again."


def test_the_trainer_ends_with_its_supervisor(watch: Callable[..., Watched]) -> None:
    watched = watch()
    process = psutil.Process(watched.pid())
    watched.supervisor.close()
    assert not runs(process)
    assert read_beat(watched.snapshots) is None


def test_the_trainer_ends_also_when_its_supervisor_is_killed(folder: Path) -> None:
    code = (
        "import sys, threading; from pathlib import Path\n"
        "from dalt.server.web.supervisor import *\n"
        "with supervised(Path(sys.argv[1])): threading.Event().wait()"
    )
    server = subprocess.Popen([sys.executable, "-c", code, str(folder)])
    until(lambda: read_beat(folder / "snapshots") is not None)
    beat = read_beat(folder / "snapshots")
    assert beat is not None
    server.kill()
    server.wait()
    until(lambda: not runs(beat.pid))
    assert read_beat(folder / "snapshots") is None  # in order, not by force


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_train_ends_in_order_at_a_signal(folder: Path, number: int) -> None:
    trainer = subprocess.Popen(
        [sys.executable, "-m", "dalt.cli", "train", str(folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    until(lambda: read_beat(folder / "snapshots") is not None)
    trainer.send_signal(number)
    said, _ = trainer.communicate(timeout=PATIENCE)
    assert said.splitlines() == [
        "texts: learning from the labels of all who label; stop with Ctrl+C.",
        "texts: stopped; every label is kept.",
    ]
    assert trainer.returncode == 0


def test_train_once_learns_what_there_is(
    folder: Path, thin: dalt.Project, capsys: pytest.CaptureFixture[str]
) -> None:
    from dalt.cli import main

    label(thin, 6)
    assert main(["train", str(folder), "--once"]) == 0
    assert capsys.readouterr().out == "texts: snapshot 1 has read every label.\n"
