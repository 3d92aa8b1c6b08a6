"""A trainer's state: its activity, what it has read, and the subscribers to its changes."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from dalt.core.errors import OF_OTHERS
from dalt.core.records import TookTooLong, TrainerState, TrainingFailed

Seen = tuple[int, str, int, tuple[str, ...], bool]
"""Inputs of a fit: the newest event, the encoder, the size of the pool, the classes, and
whether a sample can have several of them."""
_log = logging.getLogger(__name__)


class TrainerStatus:
    """A trainer's state, which its thread sets and all other threads read.

    Parameters
    ----------
    seen : Seen
        What the trainer's first snapshot has read.

    Attributes
    ----------
    state : TrainerState
    message : str
        Why the trainer waits, has failed or is gone, in words for people.
    cause : BaseException or None
        The error behind the state "failed".
    seen : Seen
        What the trainer has read so far.

    Examples
    --------
    >>> standing = TrainerStatus((0, "", 0, (), False))
    >>> end = standing.subscribe(lambda: print(standing.state))
    >>> standing.tell("learning")
    learning
    >>> standing.tell("learning")  # no news
    >>> end()
    """

    def __init__(self, seen: Seen) -> None:
        self.state: TrainerState = "waiting"
        self.message = ""
        self.cause: BaseException | None = None
        self.seen = seen
        self._broken_looks = 0
        self._ended = False
        self._subscribers: list[Callable[[], None]] = []
        self._changed = threading.Condition()

    def tell(
        self,
        state: TrainerState,
        message: str = "",
        *,
        cause: BaseException | None = None,
        seen: Seen | None = None,
    ) -> None:
        """Set the state, and call all subscribers if anything changed."""
        with self._changed:
            before = (self.state, self.message, self.seen)
            self.state, self.message, self.cause = state, message, cause
            self.seen = seen or self.seen
            if (self.state, self.message, self.seen) == before:
                return
            self._changed.notify_all()
            subscribers = list(self._subscribers)
        for subscriber in subscribers:
            try:
                subscriber()
            except OF_OTHERS:
                _log.exception("a subscriber of the trainer failed")

    def now(self) -> tuple[TrainerState, str, Seen]:
        """State, message and what the trainer has read, all at the same moment."""
        with self._changed:
            return self.state, self.message, self.seen

    def look_again(self) -> None:
        """Let `wait` check its condition again."""
        with self._changed:
            self._changed.notify_all()

    def note_broken_look(self) -> None:
        """Let `wait` know that a look failed; the state says why."""
        with self._changed:
            self._broken_looks += 1
            self._changed.notify_all()

    def end(self) -> None:
        """Make `wait` end at once, because the state will not change any more."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def subscribe(self, subscriber: Callable[[], None]) -> Callable[[], None]:
        """Call a function at every change, on the thread that makes it; returns `unsubscribe`."""
        with self._changed:
            self._subscribers.append(subscriber)

        def unsubscribe() -> None:
            with self._changed:
                if subscriber in self._subscribers:
                    self._subscribers.remove(subscriber)

        return unsubscribe

    def wait(
        self, reached: Callable[[], bool], timeout: float | None, begin: Callable[[], None]
    ) -> None:
        """Wait until a condition holds; checks it again at every change.

        Parameters
        ----------
        reached : callable
            Returns whether the condition holds; raises if it never will.
        timeout : float or None
            Seconds, or no limit.
        begin : callable
            Starts the work to wait for.

        Raises
        ------
        TrainingFailed
            If the state is "failed" at the end, or after two failed looks during the wait.
        TookTooLong
            If the wait took longer than `timeout`, or the trainer ends.
        """
        before = self._broken_looks
        begin()
        deadline = None if timeout is None else time.monotonic() + timeout
        with self._changed:
            while not reached():
                # A fit may have begun before its cause of failure was fixed; the next one has not.
                if self._broken_looks >= before + 2:
                    self._check_failed()
                left = None if deadline is None else deadline - time.monotonic()
                if self._ended or (left is not None and left <= 0):
                    raise TookTooLong(
                        "The newest labels are not learned yet; wait longer, or look at "
                        "project.trainer.state and project.trainer.message."
                    )
                self._changed.wait(left)
            self._check_failed()

    def _check_failed(self) -> None:
        if self.state == "failed":
            raise TrainingFailed(self.message) from self.cause
