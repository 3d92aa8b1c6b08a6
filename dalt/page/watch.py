"""What follows labels on a thread of its own: traits at once, the saved picture when it is calm."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

SOON = 0.2
"""Seconds in which news are told together."""
CALM = 3.0
"""Seconds without news after which nobody is disturbed by what takes longer."""
SELDOM = 10.0
"""Seconds at least between two pictures."""
LATEST = 60.0
"""Seconds after which a picture is due even if it is never calm."""
_log = logging.getLogger(__name__)


class Watch:
    """Calls one function soon after news, and another once it is calm.

    Parameters
    ----------
    soon : callable
        Called at most five times a second.
    calm : callable
        Called at most every ten seconds.
    """

    def __init__(self, soon: Callable[[], None], calm: Callable[[], None]) -> None:
        self._soon = soon
        self._calm = calm
        self._news = threading.Event()
        self._closed = threading.Event()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

    def poke(self) -> None:
        """Say that there are news; never blocks."""
        if self._news.is_set():
            return
        self._news.set()
        if self._thread is None:
            self._start()

    def close(self) -> None:
        """Call nothing any more."""
        self._closed.set()
        self._news.set()

    def _start(self) -> None:
        with self._starting:
            if self._thread is None and not self._closed.is_set():
                self._thread = threading.Thread(target=self._run, name="watch", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        first: float | None = None  # when the oldest news came that is in no picture
        drawn = newest = -SELDOM
        while True:
            due = None if first is None else max(min(newest + CALM, first + LATEST), drawn + SELDOM)
            heard = self._news.wait(None if due is None else max(0.0, due - time.monotonic()))
            if self._closed.is_set():
                return
            if heard:
                self._news.clear()
                newest = time.monotonic()
                first = newest if first is None else first
                _guarded(self._soon)
                self._closed.wait(SOON)
            else:
                first, drawn = None, time.monotonic()
                _guarded(self._calm)


def _guarded(does: Callable[[], None]) -> None:
    try:
        does()
    except Exception:
        _log.exception("The page's traits or its picture could not be brought up to date")
