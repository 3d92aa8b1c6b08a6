"""The interface of trainers for sessions, whether they fit or follow another trainer."""

from __future__ import annotations

import logging
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextvars import copy_context
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np

from dalt.core.arguments import SECONDS, optional, takes
from dalt.core.arrays import open_npy
from dalt.core.records import (
    ClassSet,
    DaltError,
    Floats,
    NotEncoded,
    Positions,
    Progress,
    Sample,
    Suggestion,
    TrainerState,
)
from dalt.learning.heads.snapshot import Snapshot
from dalt.learning.strategies.builtin import at_random
from dalt.learning.strategies.situation import Strategy, WeightedStrategy
from dalt.learning.training.snapshot_files import latest_snapshot, start_path
from dalt.learning.training.standing import Seen, TrainerStatus
from dalt.learning.training.voting import mark_of
from dalt.storage.store import Store
from dalt.storage.suggesters import Mark

if TYPE_CHECKING:
    from types import TracebackType

    from dalt.learning.encoders.cache import EmbeddingCache
    from dalt.learning.training.left_out import LeftOut

NOT_ENCODED = "The pool is not encoded yet: run project.encode() or `dalt encode`."
_log = logging.getLogger(__name__)


class BaseTrainer(ABC):
    """A thread beside the page that has the newest snapshot and reports changes.

    Parameters
    ----------
    store : Store
    cache : EmbeddingCache
        The place of the embeddings, now or later.
    folder : Path
        Folder of the snapshots' files.
    classes : callable
        Returns the present classes; cheap, since it is called at every look.
    strategy : callable
        Returns the present strategy, which chooses the next samples; a cheap call as well.

    Notes
    -----
    `snapshot`, `candidates`, `state` and `message` may be read from any thread.
    """

    def __init__(
        self,
        store: Store,
        cache: EmbeddingCache,
        folder: Path,
        *,
        classes: Callable[[], ClassSet],
        strategy: Callable[[], Strategy],
    ) -> None:
        self._store = store
        self._cache = cache
        self._folder = folder
        self._classes = classes
        self._strategy = strategy
        self._start_order: Positions | None = None
        self._starting = threading.Lock()
        self._wake = threading.Event()
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None
        self._snapshot = latest_snapshot(store, folder)
        self._standing = TrainerStatus(seen_by(self._snapshot))
        self._voted = mark_of(self._snapshot)

    # --- what others read ---------------------------------------------------------------

    @property
    def snapshot(self) -> Snapshot | None:
        """The newest snapshot, or None before the first."""
        return self._snapshot

    @property
    def candidates(self) -> Positions:
        """Positions worth asking next, best first; from the snapshot, else the cold start."""
        snapshot = self._snapshot
        if snapshot is not None and snapshot.learned:
            return snapshot.order
        if _leaves_all_to_chance(self._strategy()):
            return np.empty(0, np.int64)
        if self._start_order is None:
            try:
                self._start_order = self._cold_start()
            except DaltError:  # the trainer reports why; samples are drawn uniformly
                return np.empty(0, np.int64)
        return np.empty(0, np.int64) if self._start_order is None else self._start_order

    @property
    def sampling_scores(self) -> Floats | None:
        """How much each sample is wanted, where the strategy draws at random; else None.

        Returns
        -------
        ndarray of shape (n_samples,), float32, or None
        """
        return None if self._snapshot is None else self._snapshot.scores

    def suggestions(self, samples: Sequence[Sample]) -> list[Suggestion]:
        """The newest snapshot's suggestions for samples; empty if it has not seen them."""
        snapshot = self._snapshot
        known = 0 if snapshot is None else len(snapshot.probabilities)
        return [
            snapshot.suggestion(sample.position)
            if snapshot is not None and sample.position < known
            else Suggestion()
            for sample in samples
        ]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.state!r})"

    @property
    def state(self) -> TrainerState:
        """The trainer's state."""
        return self._standing.state

    @property
    def message(self) -> str:
        """Why it waits, has failed or is gone, for people."""
        return self._standing.message

    @property
    def trouble(self) -> BaseException | None:
        """The cause of the state "failed", or None."""
        return self._standing.cause

    # --- control ------------------------------------------------------------------------

    def start(self) -> None:
        """Start in the background; harmless if it already runs."""
        with self._starting:
            if self._thread is None and not self._closing.is_set():
                # In the caller's context: a notebook shows output of the user's head or callbacks
                # under the right cell.
                run = partial(copy_context().run, self._run)
                self._thread = threading.Thread(target=run, name="dalt-trainer", daemon=True)
                self._thread.start()

    def wake(self) -> None:
        """Notify the trainer of possible new label events."""
        self._wake.set()

    @takes(timeout=optional(SECONDS))
    def wait(self, timeout: float | None = None) -> None:
        """Return when a snapshot has read every label and vote so far, on the embeddings in use.

        Where the encoders that compete are due to be compared, that has been done as well.

        Parameters
        ----------
        timeout : float, optional
            Seconds; by default there is no limit.

        Raises
        ------
        TrainingFailed
            If those labels cannot be learned; ``__cause__`` has the reason.
        NotEncoded
            If the pool has no embeddings to learn on.
        BadInput
            If the embeddings cannot be read.
        TimeoutError
            If it took longer than `timeout`, or the trainer was closed meanwhile.
        """
        wanted, votes = self._store.events.cursor(), self._store.suggesters.mark()
        if not wanted and self._has_read(votes):
            return
        self._learned_on(self._classes())  # this refuses unreadable embeddings

        def learned() -> bool:
            if not self._has_read(votes):
                return False
            if not wanted:
                return True
            cursor, *inputs = self._standing.seen
            if cursor >= wanted and tuple(inputs) == self._learned_on(self._classes()):
                return self._has_compared()
            if self._cache.version is None:
                raise NotEncoded(self._why_not_encoded())
            return False

        def begin() -> None:
            self.start()
            self.wake()

        self._standing.wait(learned, timeout, begin)

    @abstractmethod
    def left_out(self) -> Future[LeftOut]:
        """Request the head's predictions for every labelled sample without its labels."""

    @abstractmethod
    def prepare(self, progress: Progress | None = None) -> None:
        """Compute the cold start, and prepare for the first fit."""

    @abstractmethod
    def _run(self) -> None:
        """Work until `_closing` is set."""

    def subscribe(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call `callback` from the trainer's thread on every change of snapshot or state.

        Returns
        -------
        callable
            Ends the subscription.
        """
        return self._standing.subscribe(callback)

    def stop(self) -> None:
        """Make the thread end soon and `wait` return at once, without waiting for the thread."""
        self._closing.set()
        self._wake.set()
        self._standing.end()

    def close(self) -> None:
        """Stop; running work is given up, and the next start reads the labels."""
        self.stop()
        with self._starting:
            thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    # --- pieces ---------------------------------------------------------------------------

    def _has_read(self, mark: Mark) -> bool:
        """Whether the snapshot has the votes up to a mark; where sources count for nothing, yes."""
        classes = self._classes()
        there = all(read >= wanted for read, wanted in zip(self._voted, mark, strict=True))
        return classes.multi or classes.shape is not None or there

    def _has_compared(self) -> bool:
        """Whether the encoders were compared with what was learned, where that is due."""
        return True

    def _why_not_encoded(self) -> str:
        """What keeps from learning without embeddings, or how far they are."""
        told = self.message if self.state == "waiting" else ""
        return NOT_ENCODED if told in ("", NOT_ENCODED) else f"The pool is not encoded yet. {told}"

    def _in_use(self) -> tuple[Floats, str] | None:
        """The embeddings and their version, also while another process changes both."""
        while (version := self._cache.version) is not None:
            embeddings = self._cache.embeddings()
            if embeddings is not None and self._cache.version == version:
                return embeddings, version
        return None

    def _learned_on(self, classes: ClassSet) -> tuple[str, int, tuple[str, ...], bool]:
        """A fit's inputs besides the labels."""
        version = self._cache.version or ""
        return version, self._cache.n_samples, classes.names, classes.multi

    def _cold_start(self) -> Positions | None:
        """Read the cold start of the embeddings in use, or have it computed."""
        found = None if _leaves_all_to_chance(self._strategy()) else self._in_use()
        if found is None:
            return None
        embeddings, version = found
        path = start_path(self._folder, version, len(embeddings))
        kept = _start_in(path, len(embeddings))
        return self._make_start(embeddings, path) if kept is None else kept

    @abstractmethod
    def _make_start(self, embeddings: Floats, path: Path) -> Positions | None:
        """Compute and keep the cold start, or leave that to another trainer."""


def _leaves_all_to_chance(strategy: Strategy) -> bool:
    """Whether samples are drawn uniformly until there is a snapshot."""
    return strategy is at_random or isinstance(strategy, WeightedStrategy)


def _start_in(path: Path, n_samples: int) -> Positions | None:
    """The cold start in a file, or None if it is missing or damaged."""
    try:
        found = open_npy(path, mapped=False)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        _log.warning("%s cannot be read and is made anew (%s)", path, error)
        return None
    sound = found.ndim == 1 and found.dtype.kind == "i"
    sound = sound and (not len(found) or (found.min() >= 0 and found.max() < n_samples))
    return found if sound else None


def seen_by(snapshot: Snapshot | None) -> Seen:
    """The inputs that a snapshot has read."""
    if snapshot is None:
        return (0, "", 0, (), False)
    n_samples = len(snapshot.probabilities)
    return snapshot.cursor, snapshot.encoder, n_samples, snapshot.classes, snapshot.multi
