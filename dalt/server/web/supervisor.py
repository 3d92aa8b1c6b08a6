"""Keeps one trainer process alive while a server runs."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from filelock import Timeout

from dalt.core import children
from dalt.core.rights import lock_of, make_folder
from dalt.learning.training.heartbeat import Listener, read_beat, remove_beat
from dalt.learning.training.snapshot_files import LOCK

THIN_KERNEL = {
    "DALT_THIN": "1",
    # The GNU allocator otherwise keeps the memory of large arrays, per thread and for good.
    "MALLOC_ARENA_MAX": "2",
    "MALLOC_MMAP_THRESHOLD_": "131072",
    "MALLOC_TRIM_THRESHOLD_": "131072",
}
"""Environment of kernels beside a trainer process; it has to be set when they start."""

FIRST_DELAY = 0.5
LONGEST_DELAY = 30.0
GOOD_SECONDS = 60.0
"""After a trainer has lived for this long, the next restart is quick again."""
HUNG_SECONDS = 10.0
"""A trainer without a sign of life for this long is killed and replaced."""
START_SECONDS = 120.0
"""Time until the first sign: a large database is checked before it."""
LOOK_SECONDS = 0.25


@contextmanager
def supervised(project: Path, *, say: Callable[[str], None] = print) -> Iterator[Supervisor]:
    """Keep a trainer process alive while the block runs.

    Parameters
    ----------
    project : Path
        A project's folder.
    say : callable
        Gets lines for the person who started the server; called from another thread.
    """
    supervisor = Supervisor(project, say=say)
    supervisor.start()
    try:
        yield supervisor
    finally:
        supervisor.close()


class Supervisor:
    """Starts ``dalt train``, and again when it dies or hangs.

    Parameters
    ----------
    project : Path
        A project's folder.
    say : callable
        Gets lines for people.
    hung_seconds : float
        The trainer is killed after this long without a sign of life.
    command : sequence of str, optional
        A command to run instead of ``dalt train``.
    first_delay, longest_delay : float
        Seconds before a trainer that ended is started again; they double each time.
    """

    def __init__(
        self,
        project: Path,
        *,
        say: Callable[[str], None],
        hung_seconds: float = HUNG_SECONDS,
        command: Sequence[str] | None = None,
        first_delay: float = FIRST_DELAY,
        longest_delay: float = LONGEST_DELAY,
    ) -> None:
        self._folder = project / "snapshots"
        self._say = say
        self._hung = hung_seconds
        own = [sys.executable, "-m", "dalt.cli", "train", str(project), "--until-input-ends"]
        self._command = list(command or own)
        self._first_delay = self._delay = first_delay
        self._longest_delay = longest_delay
        self._told = ""
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="dalt-supervisor", daemon=True)

    def start(self) -> None:
        """Start watching."""
        self._thread.start()

    def close(self) -> None:
        """End the trainer properly, and stop watching."""
        self._closing.set()
        self._thread.join()

    # --- the thread -----------------------------------------------------------------------

    def _run(self) -> None:
        while not self._closing.is_set():
            try:
                if self._taken():
                    self._closing.wait(2.0)
                    continue
                self._live()
            except Exception as error:  # whatever happens, the pages are served
                self._again(f"{type(error).__name__}: {error}")

    def _taken(self) -> bool:
        """Whether another process learns for this project; then this server follows it."""
        make_folder(self._folder)
        try:
            with lock_of(self._folder / LOCK, timeout=0):
                return False
        except Timeout:
            beat = read_beat(self._folder)
            who = "Another process" if beat is None else f"Process {beat.pid}"
            self._tell(
                f"{who} learns for this project already; its suggestions are shown, and a "
                "trainer is started here when it ends."
            )
            return True

    def _live(self) -> None:
        """One life of a trainer, from its start to its end."""
        with tempfile.TemporaryFile() as words:
            trainer = children.start(self._command, subprocess.DEVNULL, words)
            began = time.monotonic()
            try:
                why = self._watch(trainer)
            finally:
                children.end(trainer)
                remove_beat(self._folder, trainer.pid)  # pages need not wait for silence
            if self._closing.is_set():
                return
            if time.monotonic() - began > GOOD_SECONDS:
                self._delay = self._first_delay
            self._again(why or children.last_words(words) or f"exit code {trainer.returncode}")

    def _watch(self, trainer: subprocess.Popen[bytes]) -> str:
        """Wait until the trainer ends, or kill it when it hangs, and return why."""
        listener = Listener(self._folder, self._hung)
        patience = time.monotonic() + START_SECONDS
        while trainer.poll() is None and not self._closing.wait(LOOK_SECONDS):
            beat = listener.listen()
            if beat is not None and beat.pid == trainer.pid:
                patience = 0.0
                self._good()
            elif time.monotonic() > patience:
                trainer.kill()
                trainer.wait()
                return f"it gave no sign of life for {self._hung:.0f} s"
        code = trainer.returncode
        return f"it was killed by signal {-code}" if code is not None and code < 0 else ""

    def _good(self) -> None:
        if self._told:
            self._say("The trainer learns again.")
            self._told = ""

    def _again(self, why: str) -> None:
        """Report why the trainer ended, and wait before the next one."""
        if self._delay < self._longest_delay:
            self._tell(f"The trainer ended ({why}); another one starts in {self._delay:g} s.")
        else:
            self._tell(
                f"The trainer ends again and again ({why}). Labels are kept, and it is tried "
                f"every {self._longest_delay:g} s."
            )
        self._closing.wait(self._delay)
        self._delay = min(2 * self._delay, self._longest_delay)

    def _tell(self, line: str) -> None:
        if line != self._told:
            self._told = line
            self._say(line)
