"""The trainer process of a project: it learns for all kernels until it is told to stop."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from dalt.core.progress import reporting
from dalt.core.records import NotEncoded, StoreReplaced, TrainingFailed
from dalt.learning.encoders.best import BestEncoder
from dalt.learning.heads.registry import as_head
from dalt.learning.training import replay as replaying
from dalt.learning.training.base import NOT_ENCODED
from dalt.learning.training.chosen_head import known_heads
from dalt.learning.training.replay import Replayed
from dalt.learning.training.replay_conditions import Conditions
from dalt.learning.training.trainer import Trainer
from dalt.project.plans import Report
from dalt.project.project import Project
from dalt.server.autotuning import AutoTuner

if TYPE_CHECKING:
    from dalt.learning.heads.registry import HeadLike

POLL_SECONDS = 0.25
"""Delay until a label is seen: an eighth of a second on average."""
REPLACED_SECONDS, REPLACED_LOOKS = 2.0, 4
"""A database that is missing at every look for this long was replaced."""


def learn(
    path: str | Path,
    *,
    say: Callable[[str], None] = print,
    once: bool = False,
    stopping: threading.Event | None = None,
) -> None:
    """Learn from the labels of all processes, and publish snapshots.

    Parameters
    ----------
    path : str or Path
        The project's folder.
    say : callable
        Gets a line for every notable event; also called from another thread.
    once : bool
        End when a snapshot has read every label so far.
    stopping : Event, optional
        Ends it: a running fit is given up, and its labels are read next time.

    Raises
    ------
    TrainerTaken
        If another process learns for this project.
    ReadOnly
        If nothing can be written where the project lies.
    TrainingFailed, NotEncoded, BadInput
        With `once`, if nothing can be learned, or it was stopped too early.
    StoreReplaced
        If the database was removed or replaced meanwhile.

    Examples
    --------
    >>> import tempfile, dalt
    >>> folder = tempfile.mkdtemp() + "/tiny.dalt"
    >>> dalt.Project.create(folder, classes=["a", "b"]).close()
    >>> learn(folder, once=True)
    tiny: no labels yet, so there is nothing to learn.
    """
    with Project.open(path, thin=False) as project:
        project.training.check_learns("Training")
        trainer = project.training.learner(POLL_SECONDS)
        trainer.take()
        if once:
            _once(project, trainer, say, stopping or threading.Event())
            return
        project.training.encode_beside()
        say(f"{project.name}: learning from the labels of all who label; stop with Ctrl+C.")
        teller = _Teller(trainer, say)
        trainer.subscribe(teller.tell)
        trainer.start()
        teller.tell()
        tuner = AutoTuner(project, trainer, say)
        tuner.start()
        try:
            _watch(trainer, stopping or threading.Event())
        finally:
            tuner.close()
        say(f"{project.name}: stopped; every label is kept.")


def replay(
    path: str | Path, *, head: HeadLike | None = None, progress: Report = False
) -> list[Replayed]:
    """Learn all snapshots of a project again from its events, and compare their hashes.

    The same events give the same hashes with the same versions of the libraries, the same
    kind of processor and one thread; nothing in the project changes.

    Parameters
    ----------
    path : str or Path
        The project's folder.
    head : Head or scikit-learn classifier, optional
        If the user's own head learned.
    progress : bool or callable

    Returns
    -------
    list of Replayed
        The oldest first.

    Raises
    ------
    NotEncoded
        If the pool has no embeddings.

    Examples
    --------
    >>> import tempfile, dalt
    >>> folder = tempfile.mkdtemp() + "/tiny.dalt"
    >>> with dalt.Project.create(folder, classes=["a", "b"]) as project:
    ...     ids = project.add_texts(["one", "two", "three"])
    ...     _ = project.add_embeddings([[0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    ...     with project.session("ana") as session:
    ...         _ = session.submit(session.next(), "a")
    ...     project.trainer.wait()
    >>> [each.same for each in replay(folder)]
    [True]
    """
    with Project.open(path, head=head, thin=head is None) as project:
        workspace, training = project.workspace, project.training
        cache = workspace.cache
        embeddings, version = cache.embeddings(), cache.version
        if embeddings is None or version is None:
            raise NotEncoded(NOT_ENCODED)
        heads = known_heads(workspace.store)
        if training.head is not None:
            own = as_head(training.head)
            heads[own.name] = own
        settings = project.settings
        found: list[Replayed] = []
        total = len(workspace.store.snapshots.all())
        with reporting(progress, "Learning again") as report:
            for each in replaying.replay(
                workspace.store,
                workspace.snapshot_folder,
                embeddings,
                version,
                head_named=heads.get,
                now=Conditions(0, len(embeddings), settings.class_set, settings.strategy),
                strategy=training.strategy,
                cache_folder=cache.folder,
                others=BestEncoder(cache.folder).embeddings_by_version(),
            ):
                found.append(each)
                report("learning again", len(found), total)
    return found


def _watch(trainer: Trainer, stopping: threading.Event) -> None:
    """Wait until it is told to stop, or its database was permanently replaced."""
    n_looks = 0
    while not stopping.wait(REPLACED_SECONDS / REPLACED_LOOKS):
        trouble = trainer.trouble
        n_looks = n_looks + 1 if isinstance(trouble, StoreReplaced) else 0
        if n_looks >= REPLACED_LOOKS and isinstance(trouble, StoreReplaced):
            raise trouble


def _once(
    project: Project, trainer: Trainer, say: Callable[[str], None], stopping: threading.Event
) -> None:
    def stop() -> None:
        stopping.wait()
        trainer.stop()

    threading.Thread(target=stop, daemon=True).start()
    try:
        trainer.wait()
    except TimeoutError:
        raise TrainingFailed(
            "Stopped before every label was read; the labels are kept, and the next start reads "
            "them."
        ) from None
    snapshot = trainer.snapshot
    if snapshot is None:
        say(f"{project.name}: no labels yet, so there is nothing to learn.")
    else:
        say(f"{project.name}: snapshot {snapshot.version} has read every label.")


class _Teller:
    """Reports what a trainer does, each thing once."""

    def __init__(self, trainer: Trainer, say: Callable[[str], None]) -> None:
        self._trainer = trainer
        self._say = say
        first = trainer.snapshot
        self._version = None if first is None else first.version
        self._message = ""

    def tell(self) -> None:
        trainer, snapshot = self._trainer, self._trainer.snapshot
        if snapshot is not None and snapshot.version != self._version:
            self._version = snapshot.version
            self._say(f"Snapshot {snapshot.version}: label events up to {snapshot.cursor} read.")
        if trainer.message != self._message:
            self._message = trainer.message
            if trainer.state == "failed":
                self._say(f"Learning failed ({trainer.message}); the last snapshot stays in use.")
            elif trainer.message:
                self._say(trainer.message)
