"""Processes and threads that make one project at the same moment: one does, the others hear it."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from waiting import until

import dalt
from dalt.core.settings import project_file
from dalt.core.settings.project_file import LOCK
from dalt.project.creating import being_made, missing, taken_back
from dalt.project.database import store_of

ROUNDS, MAKERS = 4, 3
MAKER = f"""
import sys, time
from pathlib import Path
import dalt
from dalt.cli import main
import dalt.project.project, dalt.cli.commands, dalt.data.sources

how, name = sys.argv[1:]
for number in range({ROUNDS}):
    folder = Path(f"race{{number}}.dalt")
    Path(f"ready-{{name}}-{{number}}").touch()
    while not Path(f"go-{{number}}").exists():
        time.sleep(0)
    if how == "init":
        print(main(["init", str(folder), "--classes", name, "--csv", "texts.csv", "--text", "t"]))
        continue
    try:
        with dalt.Project.create(folder, classes=["cat"], guideline=name) as project:
            project.add_texts([f"{{name}} {{i}}" for i in range(3)], progress=False)
        print("made")
    except dalt.ProjectExists:
        print("exists")
"""


def at_once(how: str, place: Path) -> list[list[str]]:
    """What each of some processes printed, which started every round together."""
    makers = [
        subprocess.Popen(
            [sys.executable, "-c", MAKER, how, name],
            cwd=place,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for name in "xyz"[:MAKERS]
    ]

    def ready(number: int) -> bool:
        assert all(maker.poll() in (None, 0) for maker in makers)
        return len([*place.glob(f"ready-*-{number}")]) == MAKERS

    for number in range(ROUNDS):
        until(lambda: ready(number))  # noqa: B023  called at once
        (place / f"go-{number}").touch()
    ends = [maker.communicate(timeout=60) for maker in makers]
    return [[line for line in out.splitlines() if ".dalt:" not in line] for out, _ in ends]


@pytest.mark.parametrize(("how", "won", "lost"), [("create", "made", "exists"), ("init", "0", "1")])
def test_exactly_one_process_makes_it(how: str, won: str, lost: str, tmp_path: Path) -> None:
    (tmp_path / "texts.csv").write_text("t\none\ntwo\nthree\n")
    ends = at_once(how, tmp_path)
    for number, said in enumerate(zip(*ends, strict=True)):
        assert Counter(said) == {won: 1, lost: MAKERS - 1}
        winner = "xyz"[said.index(won)]
        with dalt.Project.open(tmp_path / f"race{number}.dalt", thin=True) as project:
            assert len(project.samples()) == 3
            made_by = project.settings.guideline if how == "create" else project.classes[0].name
            assert made_by == winner


@pytest.mark.parametrize("exist_ok", [False, True])
def test_exactly_one_thread_makes_it(exist_ok: bool, tmp_path: Path) -> None:
    folder, said = tmp_path / "far" / "pets.dalt", []
    together = threading.Barrier(4)

    def make(number: int) -> None:
        together.wait()
        try:
            with dalt.Project.create(folder, classes=["cat"], exist_ok=exist_ok) as project:
                said.append(project.settings.id)
        except dalt.ProjectExists:
            said.append("exists")

    threads = [threading.Thread(target=make, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with dalt.Project.open(folder) as project:
        there = project.settings.id
    assert Counter(said) == ({there: 4} if exist_ok else {there: 1, "exists": 3})


def test_who_waits_sees_what_was_made_meanwhile_and_takes_nothing_back(tmp_path: Path) -> None:
    """The loser has found an empty place, and waits for the lock when the winner has made it."""
    folder, said = tmp_path / "pets.dalt", []

    def lose() -> None:
        try:
            dalt.Project.create(folder, classes=["dog"]).close()
        except dalt.DaltError as error:
            said.append(error)

    with being_made(folder):
        loser = threading.Thread(target=lose)
        loser.start()
        settings = project_file.new_settings("pets", ["cat"])
        made = store_of(folder, settings, create=True)
        made.close()
        project_file.save(settings, folder)
    loser.join()
    assert [type(error) for error in said] == [dalt.ProjectExists]
    with dalt.Project.open(folder) as project:
        assert project.settings.class_names == ("cat",)


def test_who_waited_for_an_attempt_that_failed_makes_it(tmp_path: Path) -> None:
    folder = tmp_path / "far" / "pets.dalt"
    made = threading.Event()

    def wait() -> None:
        dalt.Project.create(folder, classes=["dog"]).close()
        made.set()

    with pytest.raises(OSError, match="full"), being_made(folder):
        waiting = threading.Thread(target=wait)
        waiting.start()
        (folder / "labels.db").write_text("half")
        raise OSError("full")
    waiting.join()
    assert made.is_set()
    with dalt.Project.open(folder) as project:
        assert project.settings.class_names == ("dog",)


def test_a_failed_attempt_leaves_what_was_there(tmp_path: Path) -> None:
    folder = tmp_path / "far" / "pets.dalt"
    for before in ([], ["labels.db"]):
        if before:
            folder.mkdir(parents=True)
            (folder / "labels.db").write_text("of an interrupted attempt")
        with pytest.raises(OSError, match="full"), being_made(folder):
            (folder / "project.toml").write_text("half")
            raise OSError("full")
        if before:
            assert sorted(os.listdir(folder)) == ["labels.db", LOCK]
        else:
            assert os.listdir(tmp_path) == []


def test_a_killed_attempt_stops_nobody(tmp_path: Path) -> None:
    folder = tmp_path / "pets.dalt"
    killed = subprocess.run(
        [
            sys.executable,
            "-c",
            "import os, signal, sys; from pathlib import Path\n"
            "from dalt.project.creating import being_made\n"
            "from dalt.core.settings.project_file import new_settings\n"
            "from dalt.project.database import store_of\n"
            "folder = Path(sys.argv[1])\n"
            "with being_made(folder):\n"
            "    store_of(folder, new_settings('pets', ['x']), create=True)\n"
            "    os.kill(os.getpid(), signal.SIGKILL)\n",
            str(folder),
        ],
        check=False,
    )
    assert killed.returncode == -9 and (folder / LOCK).is_file()
    with dalt.Project.create(folder, classes=["cat"], task="spans") as project:
        project.add_texts(["one"], progress=False)
    with dalt.Project.open(folder) as project:
        assert project.settings.task == "spans"


def test_a_project_that_was_just_made_goes_with_the_folders_made_for_it(tmp_path: Path) -> None:
    folder = tmp_path / "far" / "pets.dalt"
    new = missing(folder)
    dalt.Project.create(folder, classes=["cat"]).close()
    with pytest.raises(dalt.BadInput), taken_back(folder, new):
        raise dalt.BadInput("No data.")
    assert os.listdir(tmp_path) == []


def test_a_place_where_nothing_can_be_made_is_a_sentence() -> None:
    with pytest.raises(dalt.BadInput, match=r"^No project can be made at /proc/self/pets"):
        dalt.Project.create("/proc/self/pets.dalt", classes=["cat"])


@pytest.mark.parametrize("way", [being_made, lambda folder: taken_back(folder, missing(folder))])
def test_what_is_not_of_the_project_stays(
    tmp_path: Path, way: Callable[[Path], AbstractContextManager[None]]
) -> None:
    folder = tmp_path / "pets.dalt"
    with pytest.raises(RuntimeError), way(folder):
        (folder / "samples").mkdir(parents=True)
        (folder / "labels.db-wal").touch()
        (folder / "project.toml").touch()
        (folder / "mine.jpg").write_bytes(b"a photo")
        raise RuntimeError("something fails")
    assert set(os.listdir(folder)) - {LOCK} == {"mine.jpg"}
