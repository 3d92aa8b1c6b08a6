"""The background loop that learns from every label.

One thread reads new label events by cursor, fits a fresh head, runs the strategy and publishes
a snapshot.  The next fit reads all labels that came meanwhile.  Of several trainers on one
project, in any processes, the holder of the lock file fits; the others follow its snapshots and
take over when it ends.
"""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Callable, Generator
from concurrent.futures import Future
from pathlib import Path

from dalt.core.arrays import save_npy
from dalt.core.errors import OF_OTHERS, NotWritten, one_line
from dalt.core.files import refusals_told, replacing
from dalt.core.records import (
    ClassSet,
    DamagedStore,
    Floats,
    LabelSet,
    NotEncoded,
    Positions,
    Progress,
    StoreUnreachable,
    TrainerState,
    TrainerTaken,
)
from dalt.core.rights import lock_of, make_folder
from dalt.learning.encoders.cache import EmbeddingCache
from dalt.learning.encoders.given_embeddings import check_finite
from dalt.learning.heads.contract import Fitted, Head
from dalt.learning.heads.cross_validation import leave_out
from dalt.learning.heads.pool import Interrupted, Pool
from dalt.learning.heads.snapshot import Snapshot
from dalt.learning.strategies.builtin import cold_start, cover
from dalt.learning.strategies.registry import name_of
from dalt.learning.strategies.situation import Strategy
from dalt.learning.training.base import NOT_ENCODED, BaseTrainer, seen_by
from dalt.learning.training.chosen_head import ChosenHead
from dalt.learning.training.encoder_judge import EncoderJudge
from dalt.learning.training.encoding_beside import EncodingBeside
from dalt.learning.training.heartbeat import Heart, read_beat
from dalt.learning.training.left_out import LeaveOut, LeftOut
from dalt.learning.training.left_out_requests import Answered, Answering
from dalt.learning.training.made_snapshots import N_CANDIDATES, Inputs, made
from dalt.learning.training.one_thread import in_one_thread
from dalt.learning.training.replay_conditions import Conditions
from dalt.learning.training.snapshot_files import KEPT_SNAPSHOTS, LOCK, clean, held, latest_snapshot
from dalt.learning.training.snapshot_writer import SnapshotWriter
from dalt.learning.training.standing import Seen
from dalt.learning.training.voting import Ballot, VoteReader, mark_of, sources_alone
from dalt.storage.label_sets import ToLearn
from dalt.storage.store import Store

__all__ = ["KEPT_SNAPSHOTS", "N_CANDIDATES", "Trainer", "latest_snapshot"]

TUNED = "tuned"
"""Prefix of the names of heads that a search has found."""
BESIDE_SECONDS = 0.1
"""Delay until embeddings are seen that are made beside."""
PASSING = (NotWritten, DamagedStore, StoreUnreachable)
"""Troubles of the disk and the database, which are over once somebody makes room, say: a fit is
tried again until then, without a new label."""
_POLL_SECONDS = 0.5  # delay until a label of another process is seen
_PATIENCE, _LONGEST_PAUSE = 3.0, 30.0  # between such fits, in times of what one took, and seconds
_log = logging.getLogger(__name__)


class Trainer(BaseTrainer):
    """Learns in its own thread and publishes snapshots.

    Parameters
    ----------
    store : Store
    cache : EmbeddingCache
        The place of the embeddings, now or later.
    folder : Path
        Of the snapshots' files.
    classes : callable
        Returns the present classes; cheap, since it is called at every look.
    seed : int
    head : Head, optional
        By default the accepted head of a search, from the next look on; else the default
        head of ``dalt.learning.heads``.
    strategy : callable
        Returns the present strategy, which chooses the next samples; by default "cover".
    poll_seconds : float
        Longest delay until a label of another process is seen.
    beside : EncodingBeside, optional
        Encodes samples without embeddings, as long as this trainer is the one that learns.

    Notes
    -----
    `snapshot`, `candidates`, `state` and `message` may be read from any thread.  A
    failing fit keeps the last snapshot and is tried again with the next label; one that a full
    disk or the database keeps from being saved, until it is saved.
    """

    _rest = 20.0
    """How long after a fit new votes alone wait, in times of what it took."""

    def __init__(
        self,
        store: Store,
        cache: EmbeddingCache,
        folder: Path,
        *,
        classes: Callable[[], ClassSet],
        seed: int,
        head: Head | None = None,
        strategy: Callable[[], Strategy] = lambda: cover,
        poll_seconds: float = _POLL_SECONDS,
        beside: EncodingBeside | None = None,
    ) -> None:
        super().__init__(store, cache, folder, classes=classes, strategy=strategy)
        self._seed = seed
        self._head = head
        self._chosen = ChosenHead(store)
        self._poll_seconds = poll_seconds
        self._pool: Pool | None = None
        # Acquired in one thread and released in another.
        self._lock = lock_of(folder / LOCK, thread_local=False)
        self._heart: Heart | None = None
        self._before_trouble: TrainerState | None = None
        """The state before looks began to fail, until one succeeds."""
        self._writer = SnapshotWriter(store, folder)
        self._votes = VoteReader(store)
        self._rest_until = 0.0
        """Until then new votes alone are no reason to learn again."""
        self._leave_out = LeaveOut()
        self._answering = Answering(folder, self._leave_out.ask, self._answered)
        self._judge = EncoderJudge(cache.folder, seed)
        self._beside = beside

    # --- control ------------------------------------------------------------------------

    def take(self, timeout: float = 1.0) -> None:
        """Become the trainer that learns for this project, or refuse to start.

        Parameters
        ----------
        timeout : float
            Seconds: another process may only be checking whether the lock is free.

        Raises
        ------
        TrainerTaken
            If another process learns already.
        """
        make_folder(self._folder)
        deadline = time.monotonic() + timeout
        while not held(self._lock):
            if time.monotonic() > deadline:
                beat = read_beat(self._folder)
                who = "Another process" if beat is None else f"Process {beat.pid}"
                raise TrainerTaken(
                    f"{who} learns for {self._folder.parent.name} already (`dalt train`, "
                    "`dalt serve` or a notebook), and one is enough: end that one first."
                )
            self._closing.wait(0.05)

    def left_out(self) -> Future[LeftOut]:
        """Request the head's predictions for every labelled sample without its labels.

        The trainer's thread computes them, a fold at a time: new labels come first.

        Returns
        -------
        Future of LeftOut
            Raises the errors of `wait`, and `NotEncoded`; cancelled when the trainer closes.
        """
        asked = self._leave_out.ask()
        if self._closing.is_set():
            asked.cancel()
        self.start()
        self.wake()
        return asked

    def close(self) -> None:
        """Stop, giving up a running fit; the next start reads its labels."""
        super().close()
        self._lock.release(force=True)  # acquired without ever starting a thread
        self._leave_out.close()

    def prepare(self, progress: Progress | None = None) -> None:
        """Compute the cold start, and prepare for the first fit.

        Raises
        ------
        NotEncoded
            If the pool has no embeddings.
        """
        if self._cache.version is None:
            raise NotEncoded(NOT_ENCODED)
        self._start_order = self._cold_start()
        pool = self._open_pool()
        in_one_thread(lambda: pool.prepare(self._closing.is_set, progress))

    # --- the thread -----------------------------------------------------------------------

    def _run(self) -> None:
        try:
            while not self._closing.is_set():
                self._wake.clear()
                more, pause, began = False, self._poll_seconds, time.monotonic()
                try:
                    self._look()
                    more = self._leave_out.work(self._each_left_out)
                    more = self._compare_encoders() or more
                except Interrupted:
                    continue
                except OF_OTHERS as error:  # whatever happens, labeling goes on
                    self._before_trouble = self._before_trouble or self._standing.state
                    self._fail(error, self._standing.seen)
                    self._standing.note_broken_look()
                    took = time.monotonic() - began
                    pause = min(max(pause, _PATIENCE * took), _LONGEST_PAUSE)
                if self._beside is not None and self._beside.is_running:
                    pause = min(pause, BESIDE_SECONDS)
                if not more:
                    self._wake.wait(pause)
        finally:
            self._let_go()

    def _look(self) -> None:
        """Learn what is new, once."""
        with refusals_told(self._folder):
            make_folder(self._folder)
        self._step()

    def _let_go(self) -> None:
        """End the signs of life, and leave learning to others."""
        if self._beside is not None:
            self._beside.close()
        if self._heart is not None:
            self._heart.stop()
        self._lock.release(force=True)

    def _step(self) -> None:
        if not held(self._lock):
            self._follow()
            return
        self._live()
        if self._beside is not None:
            self._beside.look()
        if self._cache.version is None:
            self._publish_votes(len(self._store.samples.all()), "")
            how_far = "" if self._beside is None else self._beside.message
            self._standing.tell("waiting", how_far or NOT_ENCODED)
            return
        now = (self._store.events.cursor(), *self._learned_on(self._classes()))
        before, self._before_trouble = self._before_trouble, None
        if (
            now != self._standing.seen
            or self._chosen_anew()
            or before == "failed"
            or self._has_new_votes()
        ):
            self._learn()
        elif before is not None or self._standing.state == "waiting":
            self._standing.tell("idle")
        self._answering.look()

    def _compare_encoders(self) -> bool:
        """Do a piece of the comparison of encoders that is due; return whether more is left."""
        if not self._lock.is_locked or self._standing.state not in ("idle", "waiting"):
            return False
        head = self._head or self._chosen.head(self._cache.version or "")
        # A head that was searched for these embeddings settles which ones are used.
        labels = None if head.name.startswith(TUNED) else self._labels
        more = self._judge.work(self._standing.seen, labels, head)
        self._standing.look_again()
        return more

    def _has_compared(self) -> bool:
        idle = self._standing.state != "failed" and self._lock.is_locked
        return not idle or self._judge.looked_at == self._standing.seen

    def _labels(self) -> LabelSet:
        return self._store.labels.label_set(self._classes()).within(self._cache.n_samples)

    def _chosen_anew(self) -> bool:
        """Whether a search changed the head since the last fit."""
        last = self._snapshot
        if self._head is not None or last is None or self._standing.state == "failed":
            return False
        name = self._chosen.head(self._cache.version or "").name
        return name != last.head and TUNED in (name.split(":")[0], last.head.split(":")[0])

    def _live(self) -> None:
        """Give signs of life as soon as the lock is held; keep the cold start."""
        if self._heart is None:
            clean(self._folder)
            self._heart = Heart(self._folder, self._sign)
            self._heart.start()
            self.subscribe(self._heart.beat)
        if self._snapshot is None and self._start_order is None:
            self._start_order = self._cold_start()  # followers cannot compute it

    def _sign(self) -> tuple[TrainerState, str, int | None, Seen]:
        state, message, seen = self._standing.now()
        return state, message, None if self._snapshot is None else self._snapshot.version, seen

    def _answered(self) -> Answered:
        classes = self._classes()
        version = self._cache.version or ""
        return Answered(self._store.events.cursor(), version, classes.names, classes.multi)

    def _learn(self) -> None:
        classes = self._classes()
        found = self._store.labels.to_learn(classes)
        seen = (found.labels.cursor, *self._learned_on(classes))
        mark = self._votes.mark()
        try:
            pool = self._open_pool()
            labels = found.labels.within(pool.n_samples)
            began = time.monotonic()
            if len(labels.positions):
                if not isinstance(self._standing.cause, PASSING):  # else it stays told
                    self._standing.tell("learning")
                self._publish(pool, labels, classes, found)
            else:
                self._publish_votes(pool.n_samples, pool.fingerprint)
            self._rest_until = time.monotonic() + self._rest * (time.monotonic() - began)
        except (Interrupted, *PASSING):
            raise
        except OF_OTHERS as error:
            self._voted = mark  # tried: other votes may do better
            self._fail(error, seen)
        else:
            self._standing.tell("idle", seen=seen)

    def _publish(self, pool: Pool, labels: LabelSet, classes: ClassSet, found: ToLearn) -> None:
        # Fits are short: on a busy machine more threads wait for one another longer than they
        # compute, and they would take the page's processor.
        snapshot, ballot = in_one_thread(lambda: self._learned(pool, labels, classes, found))
        self._keep(snapshot, len(labels.positions), found.newest, classes, ballot)

    def _learned(
        self, pool: Pool, labels: LabelSet, classes: ClassSet, found: ToLearn
    ) -> tuple[Snapshot, Ballot]:
        """The next snapshot, and the votes in it."""
        parent = self._snapshot if self._continues(pool, classes.names, labels.multi) else None
        head = self._head or self._chosen.head(pool.fingerprint)
        seed = _fit_seed(self._seed, labels.cursor)
        try:
            fitted = self._fit(head, pool, labels, seed, parent)
        except Interrupted:
            raise
        except OF_OTHERS as error:
            if self._head is not None or not head.name.startswith(TUNED):
                raise
            _log.warning(
                "the head %s cannot learn; the default one does", head.name, exc_info=error
            )
            self._chosen.refuse(head)
            head = self._chosen.head(pool.fingerprint)
            fitted = self._fit(head, pool, labels, seed, parent)
        ballot = self._votes.ballot(classes, pool.n_samples)
        inputs = Inputs(pool, labels, found.is_open, classes.names, seed, parent)
        version = self._writer.next_version()
        return made(version, head.name, fitted, ballot, inputs, self._strategy()), ballot

    def _publish_votes(self, n_samples: int, fingerprint: str) -> None:
        """Publish what the sources alone say before the first label, if that is news."""
        classes, last = self._classes(), self._snapshot
        inputs = (fingerprint, n_samples, classes.names)
        told = last is None or last.learned or inputs == seen_by(last)[1:4]
        if told and not self._has_new_votes():
            return
        ballot = self._votes.ballot(classes, n_samples)
        if not ballot.votes and last is None:
            self._voted = ballot.mark
            return
        seed, version = _fit_seed(self._seed, 0), self._writer.next_version()
        snapshot = sources_alone(
            ballot, classes, n_samples, version=version, seed=seed, encoder=fingerprint
        )
        self._keep(snapshot, 0, 0, classes, ballot)

    def _has_new_votes(self) -> bool:
        """Whether votes came, or sources came or went, since the snapshot."""
        return time.monotonic() >= self._rest_until and not self._has_read(self._votes.mark())

    def _keep(
        self, snapshot: Snapshot, n_labels: int, newest: int, classes: ClassSet, ballot: Ballot
    ) -> None:
        """Write a snapshot down, and use it."""
        n_samples, strategy = len(snapshot.probabilities), name_of(self._strategy())
        made = Conditions(newest, n_samples, classes, strategy, ballot.mark, ballot.numbers)
        self._writer.keep(snapshot, n_labels, made)
        self._snapshot, self._voted = snapshot, ballot.mark

    def _fit(
        self, head: Head, pool: Pool, labels: LabelSet, seed: int, parent: Snapshot | None
    ) -> Fitted:
        return head.fit(
            pool,
            labels,
            labels.targets.shape[1],
            seed=seed,
            parent=parent,
            interrupted=self._closing.is_set,
        )

    def _each_left_out(self) -> Generator[None, None, LeftOut]:
        """Fit repeatedly without a part of the labels; yields after each fit."""
        classes = self._classes()
        pool = self._open_pool()
        labels = self._labels().within(pool.n_samples)
        head = self._head or self._chosen.head(pool.fingerprint)
        seed = _fit_seed(self._seed, labels.cursor)
        found = yield from leave_out(
            # Without a parent: it has seen all labels.
            lambda part: in_one_thread(lambda: self._fit(head, pool, part, seed, None)),
            labels,
            seed,
        )
        return LeftOut(labels.positions, found, classes, labels.cursor, pool.fingerprint)

    def _continues(self, pool: Pool, classes: tuple[str, ...], multi: bool) -> bool:
        last = self._snapshot
        return (
            last is not None
            and last.encoder == pool.fingerprint
            and (last.classes, last.multi) == (classes, multi)
            and len(last.probabilities) == pool.n_samples
        )

    def _follow(self) -> None:
        """Load what the trainer with the lock has published."""
        cursor = self._store.events.cursor()
        newest = self._store.snapshots.all(limit=1)
        if newest and (self._snapshot is None or newest[0].version > self._snapshot.version):
            snapshot = latest_snapshot(self._store, self._folder)
            if snapshot is not None:
                self._snapshot, self._voted = snapshot, mark_of(snapshot)
                self._standing.tell("idle", seen=seen_by(snapshot))
            return
        classes = self._classes()
        now = (cursor, *self._learned_on(classes))
        if now == self._standing.seen:
            return
        labels = self._store.labels.label_set(classes).within(self._cache.n_samples)
        if not len(labels.positions):
            # Every label was taken back, or none has a remaining class.
            self._standing.tell("idle", seen=now)

    # --- pieces ---------------------------------------------------------------------------

    def _open_pool(self) -> Pool:
        found = self._in_use()
        if found is None:
            raise NotEncoded(NOT_ENCODED)
        embeddings, fingerprint = found
        pool = self._pool
        if pool is None or (pool.fingerprint, pool.n_samples) != (fingerprint, len(embeddings)):
            check_finite(embeddings, self._cache.folder)
            pool = self._pool = Pool(embeddings, self._cache.folder, fingerprint)
        return pool

    def _make_start(self, embeddings: Floats, path: Path) -> Positions:
        check_finite(embeddings, self._cache.folder)
        order = cold_start(embeddings, min(len(embeddings), N_CANDIDATES), self._seed)
        make_folder(self._folder)
        with replacing(path) as part, part.open("wb") as file:
            save_npy(file, order)
        return order

    def _fail(self, error: BaseException, seen: Seen) -> None:
        message = one_line(error)
        _, before, read = self._standing.now()
        if (message, seen) != (before, read):  # not again at every look
            _log.warning("the trainer failed; the last snapshot stays in use", exc_info=error)
        self._standing.tell("failed", message, cause=error, seen=seen)


def _fit_seed(seed: int, cursor: int) -> int:
    digest = hashlib.blake2b(f"{seed}:{cursor}".encode(), digest_size=4).digest()
    return int.from_bytes(digest)
