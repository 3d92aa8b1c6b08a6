"""Processes that have ended are passed over by what looks at processes."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from processes import runs, told, under
from waiting import until


@pytest.fixture
def zombie() -> Iterator[psutil.Process]:
    """A child that has ended and that nobody has waited for."""
    child = subprocess.Popen([sys.executable, "-c", "input()", "a-zombie"], stdin=subprocess.PIPE)
    process = psutil.Process(child.pid)
    assert child.stdin is not None
    child.stdin.close()
    until(lambda: process.status() == psutil.STATUS_ZOMBIE)
    yield process
    child.wait()


@pytest.fixture
def living() -> Iterator[psutil.Process]:
    child = subprocess.Popen([sys.executable, "-c", "input()", "a-child"], stdin=subprocess.PIPE)
    process = psutil.Process(child.pid)
    # For a moment a process that begins has no command line.
    until(lambda: "a-child" in process.cmdline())
    yield process
    child.kill()
    child.wait()


def test_a_zombie_is_passed_over(zombie: psutil.Process, living: psutil.Process) -> None:
    assert zombie.is_running() and not runs(zombie) and not runs(zombie.pid)
    assert runs(living) and runs(living.pid)
    assert told([zombie, living], psutil.Process.cmdline) == [(living, living.cmdline())]
    assert under(psutil.Process().pid, "a-child") == [living]
    assert under(psutil.Process().pid, "a-zombie") == []


def test_a_process_that_ends_while_it_is_asked_is_passed_over(living: psutil.Process) -> None:
    def memory(process: psutil.Process) -> str:
        process.kill()
        process.wait()
        return Path(f"/proc/{process.pid}/smaps_rollup").read_text()

    assert told([living], memory) == []
    assert not runs(living) and not runs(living.pid)
