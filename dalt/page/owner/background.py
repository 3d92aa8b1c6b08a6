"""The one background thread of an owner's page: it notices changes, and computes."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable

LOOK_SECONDS = 0.5
"""How often it looks for changes while a page is open."""
APART_SECONDS = 2.0
"""Least time between two refreshes."""
REST = 4
"""A refresh is followed by a pause of so many times what it took: labels come first."""
_log = logging.getLogger(__name__)


class Background:
    """Runs what is asked for in order, and a refresh soon after each change.

    Parameters
    ----------
    pulse : callable
        Something cheap that differs after a change.
    refresh : callable
        Called after a change, at most once in `APART_SECONDS`.
    """

    def __init__(self, pulse: Callable[[], object], refresh: Callable[[], None]) -> None:
        self._pulse = pulse
        self._refresh = refresh
        self._asked: deque[Callable[[], None]] = deque()
        self._news = threading.Condition()
        self._thread: threading.Thread | None = None
        self._looked = False
        self._due = False
        self._over = False
        self._seen: object = None
        self._not_before = 0.0

    def look(self, looked: bool) -> None:
        """Begin or stop looking for changes; it begins with a refresh."""
        with self._news:
            if looked:
                self._due, self._not_before = True, 0.0
            self._looked = looked
            self._begin()

    def later(self, function: Callable[[], None]) -> None:
        """Run a function soon; never blocks."""
        with self._news:
            self._asked.append(function)
            self._begin()

    def poke(self) -> None:
        """Request a refresh; never blocks."""
        with self._news:
            self._due = True
            self._news.notify()

    def close(self) -> None:
        """End after what runs now."""
        with self._news:
            self._over = True
            self._news.notify()

    def _begin(self) -> None:
        if self._thread is None and not self._over:
            self._thread = threading.Thread(target=self._run, name="dalt-owner", daemon=True)
            self._thread.start()
        self._news.notify()

    def _run(self) -> None:
        while (work := self._next()) is not None:
            try:
                work()
            except Exception:
                # The next refresh may go through; decisions do not come this way.
                _log.exception("Could not refresh the owner's page")

    def _next(self) -> Callable[[], None] | None:
        """Wait for the next work; None at the end."""
        with self._news:
            while not self._over:
                if self._asked:
                    return self._asked.popleft()
                now = time.monotonic()
                if self._looked and self._due and now >= self._not_before:
                    self._due = False
                    return self._again
                if self._looked and not self._due:
                    return self._watch
                wait = max(0.01, self._not_before - now) if self._looked else None
                self._news.wait(wait)
        return None

    def _watch(self) -> None:
        """Look for a change, now and then."""
        with self._news:
            self._news.wait_for(lambda: self._due or self._over or self._asked, LOOK_SECONDS)
            if self._due or self._over or self._asked or not self._looked:
                return
        seen = self._pulse()
        if seen != self._seen:
            self._seen = seen
            self.poke()

    def _again(self) -> None:
        begun = time.monotonic()
        self._seen = self._pulse()  # before it reads: a change meanwhile is another one
        try:
            self._refresh()
        finally:
            took = time.monotonic() - begun
            self._not_before = begun + max(APART_SECONDS, (1 + REST) * took)
