"""Signs of life of the learning trainer, for followers and the supervisor.

One file, ``trainer.json`` in the folder of the snapshots, is replaced every second and at every
change of state, and removed at a proper end.  Reading it needs no database.
"""

from __future__ import annotations

import json
import logging
import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from dalt.core.files import write_atomically
from dalt.core.records import TrainerState, utc_now
from dalt.learning.training.standing import Seen

FILE = "trainer.json"
BEAT_SECONDS = 1.0
SILENT_SECONDS = 6.0
"""A trainer without a sign for this long counts as gone."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Beat:
    """One sign of life.

    Attributes
    ----------
    pid : int
        Process of the trainer.
    started : str
        Start of the trainer, ISO 8601 in UTC.
    at : float
        Time of writing, in seconds since the epoch.
    state, message
        As in `dalt.learning.training.base.BaseTrainer`.
    snapshot : int or None
        The newest version.
    seen : tuple
        The inputs it has read: cursor, encoder, size of the pool, classes, several.
    """

    pid: int
    started: str
    at: float
    state: TrainerState
    message: str
    snapshot: int | None
    seen: Seen


def read_beat(folder: Path) -> Beat | None:
    """The newest sign of life, or None if there is none."""
    try:
        found: dict[str, Any] = json.loads((folder / FILE).read_text("utf-8"))
        cursor, encoder, n_samples, classes, multi = found.pop("seen")
        return Beat(**found, seen=(cursor, encoder, n_samples, tuple(classes), multi))
    except (OSError, ValueError, TypeError, KeyError):
        return None


def remove_beat(folder: Path, pid: int) -> None:
    """Remove the file of a process that is gone; signs of another process stay."""
    found = read_beat(folder)
    if found is not None and found.pid == pid:
        (folder / FILE).unlink(missing_ok=True)


class Heart:
    """Writes the signs of life of this process.

    Parameters
    ----------
    folder : Path
        Folder of the snapshots.
    ask : callable
        Returns what to write, as ``(state, message, snapshot, seen)``; from any thread.
    """

    def __init__(
        self, folder: Path, ask: Callable[[], tuple[TrainerState, str, int | None, Seen]]
    ) -> None:
        self._folder = folder
        self._ask = ask
        self._started = utc_now().isoformat()
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._failed = False
        self._thread = threading.Thread(target=self._run, name="dalt-heart", daemon=True)

    def start(self) -> None:
        """Start writing signs."""
        self.beat()
        self._thread.start()

    def beat(self) -> None:
        """Write the present state; a failing disk is reported once."""
        with self._lock:
            if self._ended.is_set():
                return
            state, message, snapshot, seen = self._ask()
            made = Beat(os.getpid(), self._started, time.time(), state, message, snapshot, seen)
            content = json.dumps(asdict(made), ensure_ascii=False)
            try:
                # After a crash of the machine it would describe a dead process.
                write_atomically(self._folder / FILE, content, durable=False)
                self._failed = False
            except OSError as error:
                if not self._failed:
                    _log.warning("the trainer cannot give signs of life (%s)", error)
                self._failed = True
                with suppress(OSError):
                    _write_over(self._folder / FILE, content.encode())

    def stop(self) -> None:
        """Stop writing signs, and remove the file."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()
        with self._lock, suppress(OSError):
            remove_beat(self._folder, os.getpid())

    def _run(self) -> None:
        while not self._ended.wait(BEAT_SECONDS):
            self.beat()


def _write_over(path: Path, content: bytes) -> None:
    """Write in the place of the former sign, which a full disk still has.

    Who reads it in that moment finds no JSON, and keeps the sign before.
    """
    with path.open("r+b") as file:
        file.write(content.ljust(path.stat().st_size))


class Listener:
    """Reads the signs of life and judges whether they still come.

    It judges by this process's own clock and the moment when a sign changed, not by the time
    written in it, so adjusted or differing clocks do not matter.  Only the first sign has to be
    believed.

    Parameters
    ----------
    folder : Path
        Folder of the snapshots.
    silent_seconds : float
        A trainer counts as gone after this long without a new sign.
    """

    def __init__(self, folder: Path, silent_seconds: float = SILENT_SECONDS) -> None:
        self._path = folder / FILE
        self._silent = silent_seconds
        self._stamp: tuple[int, int] | None = None
        self._beat: Beat | None = None
        self._heard = -float("inf")

    def listen(self) -> Beat | None:
        """The newest sign of a live trainer, or None; costs one `stat`."""
        try:
            status = self._path.stat()
        except OSError:
            self._stamp = self._beat = None
            return None
        stamp = (status.st_mtime_ns, status.st_ino)
        if stamp != self._stamp:
            first = self._stamp is None
            self._stamp, found = stamp, read_beat(self._path.parent)
            self._beat = found if found is not None else self._beat
            fresh = not first or (found is not None and time.time() - found.at < self._silent)
            self._heard = time.monotonic() if fresh else -float("inf")
        return self._beat if time.monotonic() - self._heard < self._silent else None
