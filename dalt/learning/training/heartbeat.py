"""Signs of life of the trainer that learns, for those who follow it or watch over it.

One file, ``trainer.json`` in the folder of the snapshots: replaced every second and at
every change of state, removed at an orderly end.  Whoever reads it needs no database.
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

from dalt.core.records import TrainerState, utc_now
from dalt.learning.training.base import Seen

FILE = "trainer.json"
BEAT_SECONDS = 1.0
SILENT_SECONDS = 6.0
"""A trainer that has given no sign for so long is taken for gone."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Beat:
    """One sign of life.

    Attributes
    ----------
    pid : int
        Process of the trainer.
    started : str
        When it began to learn, ISO 8601 in UTC.
    at : float
        When this was written, seconds since the epoch.
    state, message
        What it does, as `dalt.learning.training.base.BaseTrainer` says it.
    snapshot : int or None
        The newest version.
    seen : tuple
        What it has read: cursor, encoder, size of the pool, classes, several.
    """

    pid: int
    started: str
    at: float
    state: TrainerState
    message: str
    snapshot: int | None
    seen: Seen


def read_beat(folder: Path) -> Beat | None:
    """The newest sign of life, or None if no trainer has left one."""
    try:
        found: dict[str, Any] = json.loads((folder / FILE).read_text("utf-8"))
        cursor, encoder, n_samples, classes, multi = found.pop("seen")
        return Beat(**found, seen=(cursor, encoder, n_samples, tuple(classes), multi))
    except (OSError, ValueError, TypeError, KeyError):
        return None


def remove_beat(folder: Path, pid: int) -> None:
    """Take away what a process left that is gone; signs of another one stay."""
    found = read_beat(folder)
    if found is not None and found.pid == pid:
        (folder / FILE).unlink(missing_ok=True)


class Heart:
    """Gives the signs of life of this process.

    Parameters
    ----------
    folder : Path
        Of the snapshots.
    ask : callable
        Says what to write, as ``(state, message, snapshot, seen)``; from any thread.
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
        """Beat from now on."""
        self.beat()
        self._thread.start()

    def beat(self) -> None:
        """Write the state as it is now; a disk that refuses it is reported once."""
        with self._lock:
            if self._ended.is_set():
                return
            state, message, snapshot, seen = self._ask()
            made = Beat(os.getpid(), self._started, time.time(), state, message, snapshot, seen)
            partial = self._folder / f"{FILE}.{os.getpid()}.part"
            try:
                # Not synced: after a crash of the machine it would speak of a process gone.
                partial.write_text(json.dumps(asdict(made), ensure_ascii=False), "utf-8")
                os.replace(partial, self._folder / FILE)
                self._failed = False
            except OSError as error:
                if not self._failed:
                    _log.warning("the trainer cannot give signs of life (%s)", error)
                self._failed = True
                with suppress(OSError):
                    partial.unlink(missing_ok=True)

    def stop(self) -> None:
        """Beat no more, and say so by removing the file."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()
        with self._lock, suppress(OSError):
            remove_beat(self._folder, os.getpid())

    def _run(self) -> None:
        while not self._ended.wait(BEAT_SECONDS):
            self.beat()


class Listener:
    """Reads the signs of life and tells whether they still come.

    Judged by this process's own clock: by when a sign was seen to change, not by the time
    written in it, so that clocks that are set or differ do not matter.  Only the first
    one that it finds has to be believed.

    Parameters
    ----------
    folder : Path
        Of the snapshots.
    silent_seconds : float
        After so long without a new sign a trainer counts as gone.
    """

    def __init__(self, folder: Path, silent_seconds: float = SILENT_SECONDS) -> None:
        self._path = folder / FILE
        self._silent = silent_seconds
        self._stamp: tuple[int, int] | None = None
        self._beat: Beat | None = None
        self._heard = -float("inf")

    def listen(self) -> Beat | None:
        """The newest sign of a trainer that is alive, or None; costs one `stat`."""
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
