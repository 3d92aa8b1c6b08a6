"""Limits how often an action runs, for news that the page need not get at every change."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from dalt.core.records import DaltError

_log = logging.getLogger(__name__)


class Coalescer:
    """Runs an action soon after a request, at most once per interval."""

    def __init__(self, action: Callable[[], None], seconds: float) -> None:
        self._action = action
        self._seconds = seconds
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None
        self._last = -seconds
        self._closed = False

    def poke(self) -> None:
        """Request the action; never blocks."""
        with self._lock:
            if self._closed or self._timer is not None:
                return
            wait = max(0.0, self._last + self._seconds - time.monotonic())
            self._timer = threading.Timer(wait, self._run)
            self._timer.daemon = True
            self._timer.start()

    def _run(self) -> None:
        with self._lock:
            # From here on a poke requests another run, so no news is missed.
            self._timer = None
            self._last = time.monotonic()
            if self._closed:
                return
        try:
            self._action()
        except DaltError as error:  # one sentence says it
            _log.warning("Could not refresh the labeling page: %s", error)
        except Exception:
            # The next push may go through; labels do not come this way.
            _log.exception("Could not refresh the labeling page")

    def close(self) -> None:
        """Stop running."""
        with self._lock:
            self._closed = True
            if self._timer is not None:
                self._timer.cancel()
