"""Processes that must end with all that they started, and that give way to the page."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

NICE = 10


def nice_start(
    command: Sequence[str], out: Any, environment: Mapping[str, str] | None = None
) -> subprocess.Popen[bytes]:
    """Start a process in a session of its own, at a low priority.

    Parameters
    ----------
    command : sequence of str
    out : file
        Gets all that it says.
    environment : mapping, optional
        Its environment variables; ours if left out.
    """
    return subprocess.Popen(
        ["nice", "-n", str(NICE), *command],
        stdin=subprocess.DEVNULL,
        stdout=out,
        stderr=subprocess.STDOUT,
        env=None if environment is None else dict(environment),
        start_new_session=True,
    )


def start_search(project: Path, log: Path) -> subprocess.Popen[bytes]:
    """Start ``dalt tune`` for a project; it ends with this process.

    Parameters
    ----------
    project : Path
        Its folder.
    log : Path
        Gets all that the search says; replaced.
    """
    log.parent.mkdir(exist_ok=True)
    command = [sys.executable, "-m", "dalt.cli", "tune", str(project), "--quiet"]
    # One thread, and never thin: a page's process may be, and hands its environment on.
    environment = os.environ | {"OMP_NUM_THREADS": "1", "DALT_THIN": "0"}
    with log.open("wb") as out:
        return nice_start([*command, "--until-orphaned"], out, environment)


def last_words(log: Path, lines: int) -> str:
    """What a process said last, in one line."""
    try:
        said = log.read_text("utf-8", "replace").strip().splitlines()
    except OSError:
        return ""
    return " ".join(said[-lines:])


def end_session(process: subprocess.Popen[bytes]) -> None:
    """Kill a process of `nice_start` and all that it started, also in groups of their own."""
    for pid in _pids():
        with suppress(OSError):
            if os.getsid(pid) == process.pid:
                os.kill(pid, signal.SIGKILL)
    with suppress(OSError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _pids() -> list[int]:
    proc = Path("/proc")
    if proc.is_dir():
        return [int(each.name) for each in proc.iterdir() if each.name.isdigit()]
    done = subprocess.run(["ps", "-axo", "pid="], capture_output=True, text=True, check=False)
    return [int(each) for each in done.stdout.split()]
