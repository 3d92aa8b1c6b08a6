"""Low-priority processes that must end with everything that they started."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from dalt.core.children import ERROR
from dalt.core.rights import make_folder

NICE = 10


def nice_start(
    command: Sequence[str], out: Any, environment: Mapping[str, str] | None = None
) -> subprocess.Popen[bytes]:
    """Start a process in its own session, at a low priority.

    Parameters
    ----------
    command : sequence of str
    out : file
        Gets all its output.
    environment : mapping, optional
        Its environment variables; by default ours.
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
        The project's folder.
    log : Path
        Gets all output of the search; replaced.
    """
    make_folder(log.parent)
    command = [sys.executable, "-m", "dalt.cli", "tune", str(project), "--quiet"]
    # One thread, and never thin: a page's process may be thin and passes on its environment.
    environment = os.environ | {"OMP_NUM_THREADS": "1", "DALT_THIN": "0"}
    with log.open("wb") as out:
        return nice_start([*command, "--until-orphaned"], out, environment)


def last_words(log: Path, lines: int) -> str:
    """The last output of a process, in one line; of an error of ``dalt`` only what went wrong."""
    try:
        said = log.read_text("utf-8", "replace").strip().splitlines()
    except OSError:
        return ""
    if said and said[-1].startswith(ERROR):
        return said[-1].removeprefix(ERROR)
    return " ".join(said[-lines:])


def end_session(process: subprocess.Popen[bytes]) -> None:
    """Kill a process of `nice_start` and all its descendants, also in other process groups."""
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
