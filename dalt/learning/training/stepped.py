"""A trainer that learns when it is asked to, and not in the background."""

from __future__ import annotations

from dalt.core.arguments import SECONDS, optional, takes
from dalt.learning.training.trainer import Trainer


class SteppedTrainer(Trainer):
    """Learns in `wait`, on the caller's thread.

    Which labels a snapshot has read depends on the calls alone, and not on how quick the machine
    is: with it, the same session gives the same samples and suggestions every time.  It takes the
    arguments of `Trainer`.
    """

    _rest = 0.0  # which votes a snapshot has read depends on the calls alone

    def start(self) -> None:
        """Do nothing: there is no thread."""

    def wake(self) -> None:
        """Do nothing: new labels wait for `wait`."""

    @takes(timeout=optional(SECONDS))
    def wait(self, timeout: float | None = None) -> None:
        """Learn every label so far; the arguments and errors are those of `Trainer`."""
        self._look()
        while not self._has_compared():
            more = self._compare_encoders()
            if not more:  # another encoder may be in use, which has learned nothing yet
                self._look()
        super().wait(timeout)

    def close(self) -> None:
        """Let go of the lock."""
        super().close()
        self._let_go()
