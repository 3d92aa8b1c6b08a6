"""The background loop that learns from every label (floor 2).

One thread reads new label events by cursor, fits a fresh head, runs the strategy and
publishes a snapshot.  Labels that come while it fits are read together by the next fit.
Of several trainers on one project, in whatever processes, one fits (it holds the lock
file); the others follow its snapshots and take over when it ends.
"""

from __future__ import annotations

import hashlib
import logging
import threading
import time
from collections.abc import Callable, Generator
from concurrent.futures import Future
from pathlib import Path
from types import TracebackType
from typing import Literal

import numpy as np
from filelock import FileLock
from threadpoolctl import threadpool_limits

from dalt.features import EmbeddingCache
from dalt.heads import default_head
from dalt.heads.leaving import leave_out
from dalt.model import Fitted, Head, Interrupted, Pool, Snapshot
from dalt.records import (
    ClassSet,
    Floats,
    LabelSet,
    NotEncoded,
    Positions,
    Progress,
    TrainingFailed,
)
from dalt.store import Store
from dalt.strategies import Situation, Strategy, at_random, cold_start, cover
from dalt.training.files import KEPT_SNAPSHOTS, held, latest_snapshot, path_of, prune, record_of
from dalt.training.leaving import LeaveOut, LeftOut

__all__ = ["KEPT_SNAPSHOTS", "N_CANDIDATES", "State", "Trainer", "latest_snapshot"]

State = Literal["waiting", "learning", "idle", "failed"]
N_CANDIDATES = 500
_POLL_SECONDS = 0.5  # how late a label of another process is seen
_log = logging.getLogger(__name__)
_NOT_ENCODED = "The pool is not encoded yet: run project.encode() or `dalt encode`."
# What decides a fit: the newest event, the encoder, the size of the pool and the classes.
_Seen = tuple[int, str, int, tuple[str, ...], bool]


class Trainer:
    """Learns in a thread of its own and publishes snapshots.

    Parameters
    ----------
    store : Store
    cache : EmbeddingCache
        Where the embeddings are, or will be.
    folder : Path
        Of the snapshots' files.
    classes : callable
        Says what the classes are now; cheap, since it is asked at every look.
    seed : int
    head : Head, optional
        The default one of ``dalt.heads`` if left out.
    strategy : callable
        Chooses what to ask next.
    n_threads : int
        Of the linear algebra while it fits.

    Notes
    -----
    `snapshot`, `candidates`, `state` and `message` may be read from any thread.  A
    failing fit keeps the last snapshot and is tried again with the next label.
    """

    def __init__(
        self,
        store: Store,
        cache: EmbeddingCache,
        folder: Path,
        *,
        classes: Callable[[], ClassSet],
        seed: int,
        head: Head | None = None,
        strategy: Strategy = cover,
        n_threads: int = 1,
    ) -> None:
        self._store = store
        self._cache = cache
        self._folder = folder
        self._classes = classes
        self._seed = seed
        self._head = head
        self._strategy = strategy
        self._n_threads = n_threads
        self._pool: Pool | None = None
        self._start_order: Positions | None = None
        self._cause: BaseException | None = None
        self._state: State = "waiting"
        self._message = ""
        self._callbacks: list[Callable[[], None]] = []
        self._changed = threading.Condition()
        self._wake = threading.Event()
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None
        self._leave_out = LeaveOut()
        self._snapshot = latest_snapshot(store, folder)
        self._seen = _seen_by(self._snapshot)

    # --- what others read ---------------------------------------------------------------

    @property
    def snapshot(self) -> Snapshot | None:
        """The newest snapshot, or None before the first."""
        return self._snapshot

    @property
    def candidates(self) -> Positions:
        """Positions worth asking next, best first; from the snapshot, else the cold start."""
        snapshot = self._snapshot
        if snapshot is not None:
            return snapshot.order
        if self._start_order is None:
            self._start_order = self._cold_start()
        return np.empty(0, np.int64) if self._start_order is None else self._start_order

    @property
    def state(self) -> State:
        """What the trainer does now."""
        return self._state

    @property
    def message(self) -> str:
        """Why it waits or has failed, for people."""
        return self._message

    # --- control ------------------------------------------------------------------------

    def start(self) -> None:
        """Begin to learn in the background; harmless when it runs already."""
        with self._changed:
            if self._thread is None and not self._closing.is_set():
                self._thread = threading.Thread(target=self._run, name="dalt-trainer", daemon=True)
                self._thread.start()

    def wake(self) -> None:
        """Say that there may be new label events."""
        self._wake.set()

    def wait(self, timeout: float | None = None) -> None:
        """Return when a snapshot has read every label so far, on the embeddings in use.

        Parameters
        ----------
        timeout : float, optional
            Seconds; for ever if left out.

        Raises
        ------
        TrainingFailed
            If the fit of those labels failed; ``__cause__`` has the reason.
        NotEncoded
            If the pool has no embeddings to learn on.
        TimeoutError
            If it took longer than `timeout`.
        """
        wanted = self._store.cursor()
        if not wanted:
            return
        if self._cache.version is None:
            raise NotEncoded(_NOT_ENCODED)
        self.start()
        self.wake()
        deadline = None if timeout is None else time.monotonic() + timeout
        with self._changed:
            while self._seen[0] < wanted or self._seen[1:] != self._learned_on(self._classes()):
                left = None if deadline is None else deadline - time.monotonic()
                if self._closing.is_set() or (left is not None and left <= 0):
                    raise TimeoutError(f"The trainer has not read label event {wanted} yet.")
                self._changed.wait(left)
            if self._cause is not None:
                raise TrainingFailed(self._message) from self._cause

    def subscribe(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call `callback` from the trainer's thread on every change of snapshot or state.

        Returns
        -------
        callable
            Ends the subscription.
        """
        with self._changed:
            self._callbacks.append(callback)

        def unsubscribe() -> None:
            with self._changed:
                if callback in self._callbacks:
                    self._callbacks.remove(callback)

        return unsubscribe

    def left_out(self) -> Future[LeftOut]:
        """Ask for what the head says of every labelled sample when it has not seen its labels.

        It is worked out in the trainer's thread, a fold at a time: new labels come first.

        Returns
        -------
        Future of LeftOut
            Raises what `wait` raises of a fit, and `NotEncoded`; cancelled when the trainer
            closes.
        """
        asked = self._leave_out.ask()
        if self._closing.is_set():
            asked.cancel()
        self.start()
        self.wake()
        return asked

    def close(self) -> None:
        """Stop, giving up a fit that is under way; its labels are read at the next start."""
        self._closing.set()
        self._wake.set()
        with self._changed:
            self._changed.notify_all()
            thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join()
        self._leave_out.close()

    def __enter__(self) -> Trainer:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def prepare(self, progress: Progress | None = None) -> None:
        """Work out the cold start and what the first fit would wait for.

        Raises
        ------
        NotEncoded
            If the pool has no embeddings.
        """
        if self._cache.version is None:
            raise NotEncoded(_NOT_ENCODED)
        self._start_order = self._cold_start()
        self._open_pool().prepare(self._closing.is_set, progress)

    # --- the thread -----------------------------------------------------------------------

    def _run(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(self._folder / "trainer.lock")
        try:
            while not self._closing.is_set():
                self._wake.clear()
                more = False
                try:
                    self._step(lock)
                    more = self._leave_out.work(self._each_left_out)
                except Interrupted:
                    continue
                except Exception as error:  # whatever happens, labels keep flowing
                    self._fail(error, self._seen)
                if not more:
                    self._wake.wait(_POLL_SECONDS)
        finally:
            lock.release(force=True)

    def _step(self, lock: FileLock) -> None:
        if not held(lock):
            self._follow()
            return
        if self._cache.version is None:
            self._tell("waiting", _NOT_ENCODED)
            return
        now = (self._store.cursor(), *self._learned_on(self._classes()))
        if now != self._seen:
            self._learn()
        elif self._state == "waiting":
            self._tell("idle")

    def _learn(self) -> None:
        classes = self._classes()
        found = self._store.label_set(classes)
        seen = (found.cursor, *self._learned_on(classes))
        try:
            pool = self._open_pool()
            labels = found.within(pool.n_samples)
            if len(labels.positions):
                self._tell("learning")
                self._publish(pool, labels, classes.names)
        except Interrupted:
            raise
        except Exception as error:
            self._fail(error, seen)
        else:
            self._tell("idle", seen=seen)

    def _publish(self, pool: Pool, labels: LabelSet, classes: tuple[str, ...]) -> None:
        parent = self._snapshot if self._continues(pool, classes, labels.multi) else None
        head = self._head or default_head()
        seed = _fit_seed(self._seed, labels.cursor)
        fitted = self._fit(head, pool, labels, seed, parent)
        newest = self._store.snapshots(limit=1)
        snapshot = Snapshot(
            version=newest[0].version + 1 if newest else 1,
            parent=None if parent is None else parent.version,
            cursor=labels.cursor,
            seed=seed,
            encoder=pool.fingerprint,
            head=head.name,
            classes=classes,
            multi=labels.multi,
            weights=fitted.weights,
            probabilities=fitted.probabilities,
            order=self._order(pool, fitted, labels, seed),
            metrics=fitted.metrics,
        )
        # The file first: a row without its file would be a promise not kept, a file
        # without its row is only replaced by the next of its version.
        snapshot.save(path_of(self._folder, snapshot.version))
        self._store.add_snapshot(record_of(snapshot, len(labels.positions)))
        prune(self._folder, snapshot.version)
        self._snapshot = snapshot

    def _fit(
        self, head: Head, pool: Pool, labels: LabelSet, seed: int, parent: Snapshot | None
    ) -> Fitted:
        # The fits are short: on a busy machine more threads wait for one another longer
        # than they compute, and they would take the page's processor.
        with threadpool_limits(self._n_threads):
            return head.fit(
                pool,
                labels,
                labels.targets.shape[1],
                seed=seed,
                parent=parent,
                interrupted=self._closing.is_set,
            )

    def _each_left_out(self) -> Generator[None, None, LeftOut]:
        """Fit without a part of the labels, again and again; yields after each fit."""
        classes = self._classes()
        pool = self._open_pool()
        labels = self._store.label_set(classes).within(pool.n_samples)
        head, seed = self._head or default_head(), _fit_seed(self._seed, labels.cursor)
        found = yield from leave_out(
            # Without a parent: it has seen all labels.
            lambda part: self._fit(head, pool, part, seed, None),
            labels,
            seed,
        )
        return LeftOut(labels.positions, found, classes)

    def _continues(self, pool: Pool, classes: tuple[str, ...], multi: bool) -> bool:
        last = self._snapshot
        return (
            last is not None
            and last.encoder == pool.fingerprint
            and (last.classes, last.multi) == (classes, multi)
            and len(last.probabilities) == pool.n_samples
        )

    def _follow(self) -> None:
        """Take over what the trainer that holds the lock has published."""
        cursor = self._store.cursor()
        newest = self._store.snapshots(limit=1)
        if newest and (self._snapshot is None or newest[0].version > self._snapshot.version):
            snapshot = latest_snapshot(self._store, self._folder)
            if snapshot is not None:
                self._snapshot = snapshot
                self._tell("idle", seen=_seen_by(snapshot))
            return
        classes = self._classes()
        now = (cursor, *self._learned_on(classes))
        if now == self._seen:
            return
        labels = self._store.label_set(classes).within(self._cache.n_samples)
        if not len(labels.positions):
            # Every label was taken back, or none is of a class that is left.
            self._tell("idle", seen=now)

    def _learned_on(self, classes: ClassSet) -> tuple[str, int, tuple[str, ...], bool]:
        """What decides a fit besides the labels."""
        version = self._cache.version or ""
        return version, self._cache.n_samples, classes.names, classes.multi

    # --- pieces ---------------------------------------------------------------------------

    def _in_use(self) -> tuple[Floats, str] | None:
        """The embeddings and their version, also while another process changes both."""
        while (version := self._cache.version) is not None:
            embeddings = self._cache.embeddings()
            if embeddings is not None and self._cache.version == version:
                return embeddings, version
        return None

    def _open_pool(self) -> Pool:
        found = self._in_use()
        if found is None:
            raise NotEncoded(_NOT_ENCODED)
        embeddings, fingerprint = found
        pool = self._pool
        if pool is None or (pool.fingerprint, pool.n_samples) != (fingerprint, len(embeddings)):
            pool = self._pool = Pool(embeddings, self._cache.folder, fingerprint)
        return pool

    def _order(self, pool: Pool, fitted: Fitted, labels: LabelSet, seed: int) -> Positions:
        is_open = self._store.open_mask()[: pool.n_samples]
        situation = Situation(
            probabilities=fitted.probabilities,
            embeddings=pool.embeddings,
            open_positions=np.flatnonzero(is_open),
            labelled=labels.positions,
            targets=labels.targets,
            seed=seed,
            multi=labels.multi,
        )
        return self._strategy(situation, N_CANDIDATES)

    def _cold_start(self) -> Positions | None:
        """Read the cold start of these embeddings, or work it out and keep it."""
        if self._strategy is at_random:
            return np.zeros(0, np.int64)
        found = self._in_use()
        if found is None:
            return None
        embeddings, fingerprint = found
        path = self._folder / f"start-{fingerprint[:16]}-{len(embeddings)}.npy"
        if path.is_file():
            return np.load(path, allow_pickle=False)
        order = cold_start(embeddings, min(len(embeddings), N_CANDIDATES), self._seed)
        self._folder.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f"{path.stem}.{threading.get_ident()}.part.npy")
        np.save(partial, order, allow_pickle=False)
        partial.replace(path)
        return order

    def _fail(self, error: Exception, seen: _Seen) -> None:
        message = _one_line(error)
        if (message, seen) != (self._message, self._seen):  # not again at every look
            _log.warning("the trainer failed; the last snapshot stays in use", exc_info=error)
        self._tell("failed", message, cause=error, seen=seen)

    def _tell(
        self,
        state: State,
        message: str = "",
        *,
        cause: Exception | None = None,
        seen: _Seen | None = None,
    ) -> None:
        with self._changed:
            before = (self._state, self._message, self._seen)
            self._state, self._message, self._cause = state, message, cause
            self._seen = seen or self._seen
            if (self._state, self._message, self._seen) == before:
                return
            self._changed.notify_all()
            callbacks = list(self._callbacks)
        for callback in callbacks:
            try:
                callback()
            except Exception:
                _log.exception("a subscriber of the trainer failed")


def _seen_by(snapshot: Snapshot | None) -> _Seen:
    if snapshot is None:
        return (0, "", 0, (), False)
    n_samples = len(snapshot.probabilities)
    return snapshot.cursor, snapshot.encoder, n_samples, snapshot.classes, snapshot.multi


def _fit_seed(seed: int, cursor: int) -> int:
    digest = hashlib.blake2b(f"{seed}:{cursor}".encode(), digest_size=4).digest()
    return int.from_bytes(digest)


def _one_line(error: BaseException) -> str:
    text = str(error).strip().splitlines()
    return f"{type(error).__name__}: {text[0]}" if text else type(error).__name__
