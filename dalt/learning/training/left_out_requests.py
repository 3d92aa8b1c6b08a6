"""Held-out predictions requested by processes that do not learn.

Two files are beside the snapshots: a requester writes ``left-out.asked`` with the label event
that the answer has to reach; the trainer replaces ``left-out.safetensors``.  The request stays
until an answer reaches it, so a trainer may die at any moment.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from dalt.core.arrays import Arrays, map_arrays, write_arrays
from dalt.core.errors import first_line
from dalt.core.files import write_atomically
from dalt.core.records import ClassSet, TrainingFailed
from dalt.core.rights import make_folder
from dalt.learning.training.left_out import LeftOut

ASKED = "left-out.asked"
ANSWER = "left-out.safetensors"


@dataclass(frozen=True)
class Answered:
    """A result, or why there is none.

    Attributes
    ----------
    cursor : int
        The label event up to which it has read.
    version : str
        Of the embeddings.
    classes : tuple of str
    multi : bool
    trouble : str
        Why there is no result; empty if there is one.
    """

    cursor: int
    version: str
    classes: tuple[str, ...]
    multi: bool
    trouble: str = ""


def ask(folder: Path, cursor: int) -> None:
    """Request a result that has read up to `cursor`; repeating costs one look."""
    if asked(folder) >= cursor:
        return
    make_folder(folder)
    write_atomically(folder / ASKED, str(cursor), durable=False)  # asked again if it is lost


def asked(folder: Path) -> int:
    """The event that a result has to reach; -1 without a request."""
    try:
        return int((folder / ASKED).read_text("utf-8"))
    except (OSError, ValueError):
        return -1


def publish_left_out(folder: Path, answered: Answered, left_out: LeftOut | None = None) -> None:
    """Answer, and remove a request that this reaches."""
    arrays: Arrays = {
        "positions": np.zeros(0, np.int64),
        "probabilities": np.zeros((0, 0), np.float32),
    }
    if left_out is not None:
        arrays = {"positions": left_out.positions, "probabilities": left_out.probabilities}
    metadata = {
        "cursor": str(answered.cursor),
        "version": answered.version,
        "classes": json.dumps(list(answered.classes), ensure_ascii=False),
        "multi": json.dumps(answered.multi),
        "trouble": answered.trouble,
    }
    write_arrays(folder / ANSWER, arrays, metadata)
    # A later request in between is lost here; its requester makes it again.
    if asked(folder) <= answered.cursor:
        (folder / ASKED).unlink(missing_ok=True)


def read_answer(folder: Path, classes: ClassSet) -> tuple[Answered, LeftOut] | None:
    """The newest answer with mapped rows; None if there is no readable one."""
    try:
        found, arrays = map_arrays(folder / ANSWER)
        answered = Answered(
            int(found["cursor"]),
            found["version"],
            tuple(json.loads(found["classes"])),
            bool(json.loads(found["multi"])),
            found["trouble"],
        )
        positions, probabilities = arrays["positions"], arrays["probabilities"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return answered, LeftOut(positions, probabilities, classes, answered.cursor, answered.version)


class Answering:
    """The trainer's side: answers requests one at a time.

    Parameters
    ----------
    folder : Path
        Of the snapshots.
    ask : callable
        Makes the trainer work on it between its fits.
    now : callable
        Returns what an answer that fails now has read.
    """

    def __init__(
        self, folder: Path, ask: Callable[[], Future[LeftOut]], now: Callable[[], Answered]
    ) -> None:
        self._folder = folder
        self._ask = ask
        self._now = now
        self._under_way: Future[LeftOut] | None = None

    def look(self) -> None:
        """Start answering if there is a request; from the trainer's thread."""
        if self._under_way is None and asked(self._folder) >= 0:
            self._under_way = self._ask()
            self._under_way.add_done_callback(self._publish)

    def _publish(self, done: Future[LeftOut]) -> None:
        self._under_way = None
        try:
            left_out = done.result()
        except CancelledError:
            return  # the trainer closes: the request stays for the next one
        except Exception as error:
            now = self._now()
            answered = Answered(now.cursor, now.version, now.classes, now.multi, first_line(error))
            publish_left_out(self._folder, answered)
        else:
            classes = left_out.classes
            answered = Answered(left_out.cursor, left_out.version, classes.names, classes.multi)
            publish_left_out(self._folder, answered, left_out)


class Asking:
    """The follower's side: futures that the trainer's answers settle.

    Parameters
    ----------
    folder : Path
        Of the snapshots.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._waiting: list[tuple[int, int, Future[LeftOut]]] = []

    def add(self, cursor: int) -> Future[LeftOut]:
        """Ask for a result that has read up to `cursor`; from any thread."""
        future: Future[LeftOut] = Future()
        with self._lock:
            self._waiting.append((cursor, self._stamp(), future))
        return future

    @property
    def waiting(self) -> bool:
        """Whether there are requests."""
        return bool(self._waiting)

    def look(self, version: str, classes: ClassSet) -> None:
        """Settle the requests that an answer reaches, and repeat the others."""
        with self._lock:
            waiting = list(self._waiting)
        found = read_answer(self._folder, classes)
        reached = -1
        if found is not None:
            answered = found[0]
            same = (answered.version, answered.classes, answered.multi)
            reached = answered.cursor if same == (version, classes.names, classes.multi) else -1
        stamp = self._stamp()
        for cursor, before, future in waiting:
            if cursor > reached or found is None:
                ask(self._folder, cursor)
            elif not found[0].trouble:
                self._settle(future, result=found[1])
            elif stamp == before:  # an old error may no longer hold
                ask(self._folder, cursor)
            else:
                self._settle(future, error=TrainingFailed(found[0].trouble))

    def refuse(self, error: Exception) -> None:
        """Settle all requests by an error."""
        with self._lock:
            waiting = list(self._waiting)
        for *_, future in waiting:
            self._settle(future, error=error)

    def close(self) -> None:
        """Cancel all requests."""
        with self._lock:
            waiting, self._waiting = self._waiting, []
        for *_, future in waiting:
            future.cancel()

    def _stamp(self) -> int:
        """Tells one answer from the next; 0 while there is none."""
        try:
            return (self._folder / ANSWER).stat().st_mtime_ns
        except OSError:
            return 0

    def _settle(
        self,
        future: Future[LeftOut],
        *,
        result: LeftOut | None = None,
        error: Exception | None = None,
    ) -> None:
        with self._lock:
            self._waiting = [each for each in self._waiting if each[-1] is not future]
        if not future.set_running_or_notify_cancel():
            return
        if error is not None:
            future.set_exception(error)
        elif result is not None:
            future.set_result(result)
