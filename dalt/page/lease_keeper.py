"""The leases of a session on screen: renewed while somebody works, freed at the end."""

from __future__ import annotations

import logging
import threading
import time
import weakref
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from dalt.core.errors import Closed, DaltError, one_line

if TYPE_CHECKING:
    from dalt.labeling.session import Session

IDLE_SECONDS = 3_600.0
"""For longer, a notebook left open does not hold its samples."""
LONGEST_PAUSE = 15.0
"""The heartbeat of DALT's page.  In a longer pause ``lease_seconds`` could change unnoticed."""
RENEWALS_PER_LEASE = 3
"""One renewal may fail, and another be late, before the lease expires."""
_log = logging.getLogger(__name__)


class LeaseKeeper:
    """Renews a session's leases on a thread of its own.

    A heartbeat tells DALT whether its page is still open.  A kernel cannot know whether anybody
    still sees a widget, so renewing ends `IDLE_SECONDS` after the last `keep`.  It also ends
    with the session, and with this object.

    Parameters
    ----------
    session : Session
    expired : callable
        Called on that thread when renewing ends because nobody called `keep`.
    """

    def __init__(self, session: Session, expired: Callable[[], None]) -> None:
        self._session = session
        self._expired = expired
        self._lock = threading.Lock()
        self._ended: threading.Event | None = None  # ends the thread that renews now
        self._until = 0.0

    def keep(self) -> None:
        """Renew from now on: somebody is at work."""
        with self._lock:
            self._until = time.monotonic() + IDLE_SECONDS
            if self._ended is None:
                self._ended = threading.Event()
                # The thread does not keep this object alive.
                renewing = (weakref.ref(self), self._ended)
                threading.Thread(
                    target=_renew, args=renewing, name="lease_keeper", daemon=True
                ).start()

    def stop(self) -> None:
        """Stop renewing until the next `keep`."""
        with self._lock:
            if self._ended is not None:
                self._ended.set()
                self._ended = None

    def renew(self, ended: threading.Event) -> float | None:
        """Renew once, unless `ended` is set; returns the seconds until the next renewal."""
        with self._lock:
            if ended.is_set():
                return None
            left = self._until - time.monotonic()
            if left <= 0:
                self._ended = None
        if left <= 0:
            self._expired()
            return None
        seconds = self._session.lease_seconds  # read first: the renewal itself may use a longer one
        try:
            self._session.renew()
        except Closed:
            self.stop()
            return None
        except DaltError as error:  # the next renewal may succeed
            _log.warning("The samples on screen could not be held: %s", one_line(error))
        except Exception:
            _log.exception("The samples on screen could not be held")
        return min(left, LONGEST_PAUSE, seconds / RENEWALS_PER_LEASE)


def _renew(keeper: weakref.ref[LeaseKeeper], ended: threading.Event) -> None:
    wait: float | None = 0.0
    while wait is not None and not ended.wait(wait):
        there = keeper()
        wait = there.renew(ended) if there is not None else None
        del there


def free(session: Session) -> None:
    """Free a session's samples at the very end, when its store may already be gone."""
    with suppress(Exception):
        session.close()
