"""Following the trainer of another process without learning."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path

from dalt.core.errors import one_line
from dalt.core.records import (
    ClassSet,
    Floats,
    NotEncoded,
    Positions,
    Progress,
    ThinProject,
    TrainingFailed,
)
from dalt.learning.encoders.cache import EmbeddingCache
from dalt.learning.heads.snapshot import Snapshot
from dalt.learning.strategies.builtin import cover
from dalt.learning.strategies.situation import Strategy
from dalt.learning.training.base import NOT_ENCODED, BaseTrainer
from dalt.learning.training.heartbeat import SILENT_SECONDS, Listener
from dalt.learning.training.left_out import LeftOut
from dalt.learning.training.left_out_requests import Asking
from dalt.learning.training.snapshot_files import latest_snapshot
from dalt.learning.training.voting import mark_of
from dalt.storage.store import Store

STOPPED = "The model learns no further for the moment; labels are kept."
POLL_SECONDS = 0.25
"""Delay until a snapshot is seen.  A look is one `stat`, whatever the number of kernels."""
_log = logging.getLogger(__name__)


class Follower(BaseTrainer):
    """The trainer of a thin kernel: has the newest snapshot, and never fits.

    Snapshots are mapped from their files, so all kernels of a machine share them.  It reports
    the trainer process's state as its own; when that process is gone, or gives no sign,
    `state` is "stopped" and the last snapshot stays in use.

    Parameters
    ----------
    store : Store
    cache : EmbeddingCache
    folder : Path
        Folder of the snapshots' files.
    classes : callable
        Returns the present classes.
    strategy : callable
        Returns the present strategy.
    silent_seconds : float
        The trainer counts as gone after this long without a sign.

    Examples
    --------
    >>> import tempfile, dalt
    >>> folder = tempfile.mkdtemp() + "/tiny.dalt"
    >>> dalt.Project.create(folder, classes=["a", "b"]).close()
    >>> with dalt.Project.open(folder, thin=True) as project:
    ...     type(project.trainer).__name__, project.trainer.snapshot is None
    ('Follower', True)
    """

    def __init__(
        self,
        store: Store,
        cache: EmbeddingCache,
        folder: Path,
        *,
        classes: Callable[[], ClassSet],
        strategy: Callable[[], Strategy] = lambda: cover,
        silent_seconds: float = SILENT_SECONDS,
    ) -> None:
        super().__init__(store, cache, folder, classes=classes, strategy=strategy)
        self._listener = Listener(folder, silent_seconds)
        self._asking = Asking(folder)
        self._tried = None if self._snapshot is None else self._snapshot.version
        self._failed_looks = 0
        """Of this process, since one went through."""
        self._troubled_at = 0.0
        """When the newest sign was written that told of trouble."""

    def left_out(self) -> Future[LeftOut]:
        """Request the head's predictions for labelled samples without their labels.

        Returns
        -------
        Future of LeftOut
            Raises `TrainingFailed` if nobody learns or the computation failed, and `NotEncoded`;
            cancelled when this is closed.
        """
        asked = self._asking.add(self._store.events.cursor())
        if self._closing.is_set():
            self._asking.close()
        self.start()
        self.wake()
        return asked

    def prepare(self, progress: Progress | None = None) -> None:
        """Refuse: a follower has nothing to prepare.

        Raises
        ------
        ThinProject
            Always.
        """
        raise ThinProject(
            "This project is open to label only, and another process learns: use the command "
            "line, or Project.open(…, thin=False)."
        )

    def close(self) -> None:
        """Stop following."""
        super().close()
        self._asking.close()

    # --- the thread -----------------------------------------------------------------------

    def _run(self) -> None:
        while not self._closing.is_set():
            self._wake.clear()
            try:
                self._look()
            except Exception as error:
                self._look_failed(error)
            else:
                self._failed_looks = 0
            self._wake.wait(POLL_SECONDS)

    def _look_failed(self, error: Exception) -> None:
        """Say what is wrong when a second look fails: a busy database is soon free."""
        self._failed_looks += 1
        if self._failed_looks == 1:
            _log.warning("cannot follow the trainer at this moment", exc_info=error)
            return
        self._standing.tell("failed", one_line(error), cause=error)
        self._standing.note_broken_look()

    def _look(self) -> None:
        beat = self._listener.listen()
        if beat is None:
            self._standing.tell("stopped", STOPPED)
            self._asking.refuse(TrainingFailed(STOPPED + " Try again when it learns again."))
            return
        if beat.snapshot not in (None, self._tried):
            self._take_over()
            self._tried = beat.snapshot
        self._standing.tell(beat.state, beat.message, seen=beat.seen)
        if beat.state == "failed" and beat.at != self._troubled_at:
            self._troubled_at = beat.at
            self._standing.note_broken_look()
        self._ask()

    def _take_over(self) -> None:
        snapshot: Snapshot | None = latest_snapshot(self._store, self._folder)
        if snapshot is not None:
            self._snapshot, self._voted = snapshot, mark_of(snapshot)
            if snapshot.learned:
                self._start_order = None

    def _ask(self) -> None:
        if not self._asking.waiting:
            return
        version = self._cache.version
        if version is None:
            self._asking.refuse(NotEncoded(NOT_ENCODED))
        else:
            self._asking.look(version, self._classes())

    def _make_start(self, embeddings: Floats, path: Path) -> Positions | None:
        return None  # the trainer process keeps it; until then samples are drawn uniformly
