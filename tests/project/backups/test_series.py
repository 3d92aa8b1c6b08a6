"""Backups again and again beside a server: when something changed, the newest of them."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

import dalt
from dalt import cli
from dalt.core.records import BadInput
from dalt.project.backups import series
from dalt.project.backups.restoring import backups_in
from dalt.project.project import Project


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "pets.dalt"
    with Project.create(path, classes=["cat", "dog"]) as project:
        project.add_texts([f"text {n}" for n in range(12)], progress=False)
    return path


class Turns(threading.Event):
    """Stops after some looks, and lets something happen before each of the next ones."""

    def __init__(self, *happens: Callable[[], object]) -> None:
        super().__init__()
        self._happens = list(happens)
        self.waited: list[float | None] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.waited.append(timeout)
        if self._happens:
            self._happens.pop(0)()
        else:
            self.set()
        return self.is_set()


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Several backups within one second get different names, as minutes apart they do."""
    numbers = iter(range(100))
    monkeypatch.setattr(
        series, "_name", lambda name, _: f"{name}-20261130T{next(numbers):06}Z.tar.zst"
    )


def label(folder: Path) -> None:
    with Project.open(folder) as project, project.session("ana") as session:
        assignment = session.next()
        assert assignment is not None
        session.submit(assignment, "cat")


def run(folder: Path, turns: Turns, keep: int = 20) -> list[str]:
    said: list[str] = []
    series.keep_backing_up(folder, folder.parent / "backups", 600.0, keep, turns, said.append)
    return said


def looks(folder: Path) -> None:
    """Open the page and leave again: a lease comes and goes."""
    with Project.open(folder) as project, project.session("ben") as session:
        session.next()


@pytest.mark.usefixtures("names")
def test_there_is_one_for_each_change_and_none_for_none(folder: Path) -> None:
    def guideline() -> None:
        with Project.open(folder) as project:
            project.set_guideline("Cats have whiskers.")

    def note() -> None:
        with Project.open(folder) as project:
            first = project.samples().sample_id[0]
            project.session("ana").note(first, comment="both?")

    turns = Turns(
        lambda: None, lambda: label(folder), lambda: looks(folder), guideline, note, lambda: None
    )
    said = run(folder, turns)
    assert turns.waited == [600.0] * 7
    made = backups_in(folder.parent / "backups")
    assert len(made) == 4, "at first, for the label, the guideline and the note"
    assert len(said) == 5 and "every 10 min" in said[0]
    assert os.stat(folder.parent / "backups").st_mode & 0o777 == 0o700
    run(folder, Turns())  # started anew: nothing has changed since
    assert len(backups_in(folder.parent / "backups")) == 4
    dalt.restore(folder.parent / "backups", folder.parent / "again.dalt", progress=False)
    with Project.open(folder.parent / "again.dalt") as project:
        assert project.settings.guideline == "Cats have whiskers."
        assert list(project.notes().comment) == ["both?"]


@pytest.mark.usefixtures("names")
def test_the_newest_stay_and_what_is_not_ours_is_left_alone(folder: Path) -> None:
    backups = folder.parent / "backups"
    backups.mkdir()
    (backups / "mine.tar.zst").write_text("of the owner")
    Project.create(folder.parent / "homes.dalt", classes=["a", "b"]).close()
    dalt.backup(folder.parent / "homes.dalt", backups / "homes.tar.zst", progress=False)
    dalt.backup(folder, backups / "before the exam.tar.zst", progress=False)
    run(folder, Turns(*[lambda: label(folder)] * 5), keep=2)
    newest = [f"pets-20261130T{number:06}Z.tar.zst" for number in (3, 4)]
    kept = ["before the exam.tar.zst", "homes.tar.zst", "mine.tar.zst", *newest]
    assert sorted(os.listdir(backups)) == kept


def test_told_to_stop_it_gives_up_the_backup_that_it_writes(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns = Turns()

    def name_and_stop(*_: object) -> str:
        turns.set()
        return "pets.tar.zst"

    monkeypatch.setattr(series, "_name", name_and_stop)
    said = run(folder, turns)
    assert len(said) == 1 and os.listdir(folder.parent / "backups") == []


@pytest.mark.usefixtures("names")
def test_one_that_fails_is_said_and_tried_again(folder: Path) -> None:
    backups = folder.parent / "backups"

    def in_the_way() -> None:
        label(folder)
        (backups / "pets-20261130T000001Z.tar.zst").mkdir()

    said = run(folder, Turns(in_the_way, lambda: None), keep=1)
    assert "No backup this time" in said[2] and "is a folder" in said[2]
    assert "1 event" in said[3]
    assert not (backups / "pets-20261130T000000Z.tar.zst").exists(), (
        "removed only after the next was made"
    )


def test_a_series_needs_a_project_and_a_folder(folder: Path) -> None:
    (folder.parent / "backups").write_text("a file")
    with pytest.raises(BadInput, match="is no folder; with --every"):
        run(folder, Turns())
    with pytest.raises(BadInput, match="lies in the project"):
        series.keep_backing_up(folder, folder / "backups", 1.0, 1, Turns(), print)
    with pytest.raises(dalt.ProjectNotFound):
        series.keep_backing_up(folder.parent / "none.dalt", folder.parent, 1.0, 1, Turns(), print)


def test_names_sort_by_time_and_fit_every_file_system() -> None:
    from datetime import UTC, datetime

    name = series._name("Pets: 고양이 / dogs", datetime(2026, 11, 30, 9, 5, tzinfo=UTC))  # noqa: SLF001
    assert name == "Pets_고양이_dogs-20261130T090500Z.tar.zst"


# --- the commands -----------------------------------------------------------------------------


def test_the_commands_back_up_and_restore(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder.parent)
    given: list[int] = []
    monkeypatch.setattr(os, "setpriority", lambda what, which, priority: given.append(priority))
    assert cli.main(["backup", "pets.dalt", "pets.tar.zst"]) == 0
    assert given in ([10], []), "unless this process gives way already"
    said = capsys.readouterr().out
    assert "12 samples and 0 events as of" in said and "Only you can read it" in said
    assert cli.main(["restore", "pets.tar.zst", "again.dalt"]) == 0
    assert "All hashes of" in capsys.readouterr().out
    assert cli.main(["restore", "pets.tar.zst"]) == 2
    assert "Name one folder for the project" in capsys.readouterr().err
    assert cli.main(["restore", "none.tar.zst", "other.dalt"]) == 1
    assert "neither a backup nor a project" in capsys.readouterr().err
    assert cli.main(["restore", "pets.dalt", "--at", "2026-11-30"]) == 2
    assert "--at goes with a backup" in capsys.readouterr().err
    assert cli.main(["backup", "pets.dalt", "pets.tar.zst", "--keep", "3"]) == 2
    assert "--keep goes with --every" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (["backup", "a", "b", "--every", "10"], "no time like 30s, 10m, 2h or 1d"),
        (["backup", "a", "b", "--every", "0m"], "no time like"),
        (["backup", "a", "b", "--every", "999999999999d"], "no time like"),
        (["backup", "a", "b", "--every", "10m", "--keep", "0"], "no number of backups"),
        (["restore", "a", "b", "--at", "noon"], "no time like 2026-11-30T09:00"),
    ],
)
def test_times_that_are_none_are_refused(
    options: list[str], why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        cli.main(options)
    assert why in capsys.readouterr().err


def test_removed_samples_are_still_brought_back(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Project.open(folder) as project:
        sample = project.samples().sample_id[0]
        project.remove([sample])
    assert cli.main(["restore", str(folder), sample]) == 0
    assert "1 sample restored" in capsys.readouterr().out
