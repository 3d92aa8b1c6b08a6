"""Processes that must end with all that they started, and that give way to the page."""

from __future__ import annotations

import os
import signal
import subprocess
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
