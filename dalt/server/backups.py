"""Backups beside a server: ``dalt backup --every`` in a process of its own, kept alive."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from dalt.core import children
from dalt.core.errors import os_reason
from dalt.core.progress import span

FIRST_DELAY, LONGEST_DELAY = 1.0, 60.0
GOOD_SECONDS = 60.0
"""After it has run for this long, the next restart is quick again."""


@contextmanager
def backed_up(
    project: Path,
    folder: Path,
    *,
    every: float,
    keep: int,
    say: Callable[[str], None] = print,
    command: Sequence[str] | None = None,
    first_delay: float = FIRST_DELAY,
) -> Iterator[None]:
    """Back a project up again and again while the block runs.

    Another process does it, with the lowest claim on the processor, so that a large project keeps
    nobody waiting.  Whatever becomes of it, the block goes on.

    Parameters
    ----------
    project : Path
        The project's folder.
    folder : Path
        For the backups.
    every : float
        Seconds between two looks for changes.
    keep : int
        How many backups of this project stay.
    say : callable
        Gets a line for each backup, and for each that failed; called from another thread.
    command : sequence of str, optional
        A command to run instead of ``dalt backup``.
    first_delay : float
        Seconds before a process that ended is started again; they double each time.
    """
    own = [
        sys.executable, "-m", "dalt.cli", "backup", str(project), str(folder),
        "--every", f"{every}s", "--keep", str(keep), "--until-input-ends",
    ]  # fmt: skip
    keeper = _Keeper(list(command or own), say, first_delay)
    keeper.start()
    try:
        yield
    finally:
        keeper.close()


class _Keeper:
    """Starts the process, passes on what it says, and starts it again when it ends."""

    def __init__(self, command: Sequence[str], say: Callable[[str], None], delay: float) -> None:
        self._command = command
        self._say = say
        self._first_delay = self._delay = delay
        self._closing = threading.Event()
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._run, name="dalt-backups", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """End it; a backup that is not complete is given up, and the former ones stay."""
        self._closing.set()
        with self._lock:
            if self._process is not None:
                children.end(self._process)
        self._thread.join()

    def _run(self) -> None:
        while not self._closing.is_set():
            began = time.monotonic()
            try:
                why = self._live()
            except OSError as error:  # no process can be started now
                why = os_reason(error)
            if self._closing.is_set():
                return
            if time.monotonic() - began > GOOD_SECONDS:
                self._delay = self._first_delay
            self._say(f"Backups have stopped ({why}); they begin again in {span(self._delay)}.")
            self._closing.wait(self._delay)
            self._delay = min(2 * self._delay, LONGEST_DELAY)

    def _live(self) -> str:
        """One life of the process; returns why it ended."""
        with tempfile.TemporaryFile() as words:
            with self._lock:
                if self._closing.is_set():
                    return ""
                process = children.start(self._command, subprocess.PIPE, words)
                self._process = process
            assert process.stdout is not None
            with process.stdout as lines:
                for line in lines:
                    self._say(line.decode(errors="replace").rstrip())
            code = process.wait()
            return children.last_words(words) or (
                f"killed by signal {-code}" if code < 0 else f"exit code {code}"
            )
