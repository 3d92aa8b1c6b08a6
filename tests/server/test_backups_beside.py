"""Backups beside a server: made by a process of its own, whatever becomes of it."""

from __future__ import annotations

import os
import queue
import signal
import sys
from pathlib import Path

import pytest
from waiting import PATIENCE, until

import dalt
from dalt import cli
from dalt.project.backups.restoring import backups_in
from dalt.server import backups
from dalt.server.backups import backed_up


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "pets.dalt"
    with dalt.Project.create(path, classes=["cat", "dog"]) as project:
        project.add_texts([f"text {n}" for n in range(4)], progress=False)
    return path


def test_backups_are_made_while_the_block_runs_and_end_with_it(folder: Path) -> None:
    lines: queue.Queue[str] = queue.Queue()
    to = folder.parent / "backups"
    with backed_up(folder, to, every=3_600.0, keep=2, say=lines.put):
        assert "every 1 h 0 min" in lines.get(timeout=PATIENCE)
        assert "4 samples and 0 events" in lines.get(timeout=PATIENCE)
    assert len(backups_in(to)) == 1
    assert lines.empty(), "an orderly end needs no words"


WORKER = "import os, sys; print('pid', os.getpid(), flush=True); sys.stdin.read()"


def test_one_that_is_killed_begins_again_and_is_told_in_one_line(folder: Path) -> None:
    lines: queue.Queue[str] = queue.Queue()
    command = [sys.executable, "-c", WORKER]
    with backed_up(
        folder, folder, every=1, keep=1, say=lines.put, command=command, first_delay=0.01
    ):
        first = int(lines.get(timeout=PATIENCE).split()[1])
        os.kill(first, signal.SIGKILL)
        told = lines.get(timeout=PATIENCE)
        assert told == "Backups have stopped (killed by signal 9); they begin again in 0.0 s."
        second = int(lines.get(timeout=PATIENCE).split()[1])
    assert second != first
    until(lambda: not Path(f"/proc/{second}").exists())


@pytest.mark.parametrize(
    ("command", "why"),
    [
        ([sys.executable, "-c", "import sys; sys.exit('dalt: no room')"], "(no room)"),
        ([sys.executable, "-c", "raise SystemExit(3)"], "(exit code 3)"),
        (["/nowhere/dalt"], "(No such file or directory)"),
    ],
)
def test_one_that_cannot_run_says_why_and_is_tried_again(
    folder: Path, command: list[str], why: str
) -> None:
    lines: queue.Queue[str] = queue.Queue()
    with backed_up(
        folder, folder, every=1, keep=1, say=lines.put, command=command, first_delay=0.01
    ):
        for _ in range(2):
            assert why in lines.get(timeout=PATIENCE)


def test_serve_refuses_what_makes_no_sense_before_it_serves(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["serve", str(folder), "--backup-every", "10m"]) == 2
    assert "--backup-every and --backup-keep go with --backup FOLDER" in capsys.readouterr().err
    assert cli.main(["serve", str(folder), "--backup", str(folder / "in it")]) == 1
    assert "lies in the project" in capsys.readouterr().err


def test_serve_passes_its_options_on(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The pages are served by another test; here they end at once."""
    commands: list[list[str]] = []
    real = backups.backed_up

    def noted(*given: object, **options: object) -> object:
        made = real(*given, **options)  # type: ignore[arg-type]
        return made

    monkeypatch.setattr(backups, "backed_up", noted)
    monkeypatch.setattr(
        backups._Keeper,  # noqa: SLF001
        "start",
        lambda keeper: commands.append(keeper._command),  # noqa: SLF001
    )
    monkeypatch.setattr(backups._Keeper, "close", lambda _: None)  # noqa: SLF001
    monkeypatch.setattr("dalt.server.serve.serve", lambda *_, **__: 0)
    to = folder.parent / "backups"
    assert cli.main(["serve", str(folder), "--backup", str(to), "--backup-keep", "7"]) == 0
    (command,) = commands
    assert command[3:] == [
        "backup", str(folder), str(to), "--every", "600.0s", "--keep", "7", "--until-input-ends",
    ]  # fmt: skip
    assert to.stat().st_mode & 0o777 == 0o700
