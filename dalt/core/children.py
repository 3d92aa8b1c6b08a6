"""Processes that live as long as the one that started them."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import IO

from dalt.core.errors import last_line

ERROR = "dalt: "
"""How a command that cannot do something begins its only line."""
END_SECONDS = 10.0
"""What a process was doing is given up within this time."""
_READ = 4_000  # bytes at the end of what it said


def start(
    command: Sequence[str],
    said: IO[bytes] | int,
    words: IO[bytes],
    environment: Mapping[str, str] | None = None,
) -> subprocess.Popen[bytes]:
    """Start a process whose standard input ends with this one, however that ends.

    Parameters
    ----------
    command : sequence of str
    said : file or int
        For its output, as `subprocess.Popen` takes it.
    words : file
        For its errors; see `last_words`.
    environment : mapping of str to str, optional
        Its environment variables; by default ours.
    """
    return subprocess.Popen(
        list(command),
        stdin=subprocess.PIPE,
        stdout=said,
        stderr=words,
        env=None if environment is None else dict(environment),
        start_new_session=True,  # Ctrl+C reaches the server first
    )


def end(process: subprocess.Popen[bytes], seconds: float = END_SECONDS) -> None:
    """End it properly, or by force if that takes longer than `seconds`."""
    with suppress(OSError):
        if process.stdin is not None:
            process.stdin.close()
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def last_words(words: IO[bytes]) -> str:
    """The last line of its errors; of an error of ``dalt`` only what went wrong."""
    words.seek(0, os.SEEK_END)
    words.seek(max(0, words.tell() - _READ))
    return last_line(words.read().decode(errors="replace"), "").removeprefix(ERROR)
