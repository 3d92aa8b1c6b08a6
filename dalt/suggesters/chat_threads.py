"""Threads for requests, for which an interpreter that ends does not wait."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future

_Work = tuple[Future[None], Callable[[], None]]


class Threads:
    """A few threads that work off calls in their order.

    Those of `concurrent.futures` are joined when a program ends: it would hang as long as a
    server that does not answer.

    Parameters
    ----------
    n : int
        At most; they start as they are needed.
    name : str

    Examples
    --------
    >>> threads, found = Threads(2, "example"), []
    >>> threads.submit(lambda: found.append(1)).result()
    >>> threads.end()
    >>> found
    [1]
    """

    def __init__(self, n: int, name: str) -> None:
        self._n, self._name = n, name
        self._work: queue.SimpleQueue[_Work | None] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []

    def submit(self, call: Callable[[], None]) -> Future[None]:
        """Have a call worked off."""
        future: Future[None] = Future()
        self._work.put((future, call))
        if len(self._threads) < self._n:
            name = f"{self._name} {len(self._threads)}"
            self._threads.append(threading.Thread(target=self._run, name=name, daemon=True))
            self._threads[-1].start()
        return future

    def end(self) -> None:
        """Drop calls that have not begun, and let the threads end after those that have."""
        while True:
            try:
                left = self._work.get_nowait()
            except queue.Empty:
                break
            if left is not None:
                left[0].cancel()
        for _ in self._threads:
            self._work.put(None)

    def _run(self) -> None:
        while (work := self._work.get()) is not None:
            future, call = work
            if not future.set_running_or_notify_cancel():
                continue
            try:
                call()
            except BaseException as error:  # whoever waits for it raises it
                future.set_exception(error)
            else:
                future.set_result(None)
