"""Held-out predictions for labelled samples, computed between the fits."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass

from dalt.core.errors import OF_OTHERS
from dalt.core.records import ClassSet, Floats, Positions
from dalt.learning.heads.pool import Interrupted


@dataclass(frozen=True)
class LeftOut:
    """The head's predictions for each labelled sample without its labels.

    Attributes
    ----------
    positions : ndarray of shape (n_labels,), int64
        Rows of the pool, ascending.
    probabilities : ndarray of shape (n_labels, n_classes), float32
        NaN in rows without a prediction.
    classes : ClassSet
    cursor : int
        The newest label event that it has read.
    version : str
        Version of the embeddings.
    """

    positions: Positions
    probabilities: Floats
    classes: ClassSet
    cursor: int = 0
    version: str = ""


class LeaveOut:
    """Works on requests in pieces; those that come before the start share the work."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asked: list[Future[LeftOut]] = []
        self._served: list[Future[LeftOut]] = []
        self._work: Generator[None, None, LeftOut] | None = None

    def ask(self) -> Future[LeftOut]:
        """Make a request, from any thread."""
        future: Future[LeftOut] = Future()
        with self._lock:
            self._asked.append(future)
        return future

    def work(self, begin: Callable[[], Generator[None, None, LeftOut]]) -> bool:
        """Do one piece of the work, and return whether more is left."""
        if self._work is None:
            with self._lock:
                asked, self._asked = self._asked, []
            self._served = [each for each in asked if each.set_running_or_notify_cancel()]
            if not self._served:
                return False
            self._work = begin()
        try:
            next(self._work)
        except StopIteration as end:
            result: LeftOut = end.value
            self._settle(lambda future: future.set_result(result))
        except Interrupted:
            raise
        except OF_OTHERS as error:
            # The caller gets the error; the trainer goes on.
            cause = error
            self._settle(lambda future: future.set_exception(cause))
        return True  # the rest, or requests that came meanwhile

    def _settle(self, tell: Callable[[Future[LeftOut]], None]) -> None:
        self._work = None
        for future in self._served:
            tell(future)
        self._served = []

    def close(self) -> None:
        """Give up and cancel all requests."""
        with self._lock:
            asked, self._asked = self._asked, []
        for future in asked:
            future.cancel()
        self._settle(lambda future: future.set_exception(CancelledError()))
