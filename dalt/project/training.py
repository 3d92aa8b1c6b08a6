"""The one trainer of an open project, made when a part first needs it."""

from __future__ import annotations

import os
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, TypedDict

from dalt.core.records import ReadOnly, ThinProject
from dalt.learning.strategies.registry import by_name
from dalt.learning.strategies.situation import Strategy
from dalt.project.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from dalt.core.records import ClassSet
    from dalt.learning.encoders.cache import EmbeddingCache
    from dalt.learning.heads.registry import HeadLike
    from dalt.learning.heads.snapshot import Snapshot
    from dalt.learning.training.base import BaseTrainer
    from dalt.learning.training.encoding_beside import EncodingBeside
    from dalt.learning.training.follower import Follower
    from dalt.learning.training.stepped import SteppedTrainer
    from dalt.learning.training.trainer import Trainer
    from dalt.storage.store import Store

MODEL_URL = "DALT_MODEL_URL"
"""Environment variable: the model server from which thin projects take suggestions."""


class _Watched(TypedDict):
    """The arguments of every trainer."""

    store: Store
    cache: EmbeddingCache
    folder: Path
    classes: Callable[[], ClassSet]
    strategy: Callable[[], Strategy]


class Training:
    """Makes, keeps and closes the trainer of one open project.

    Parameters
    ----------
    workspace : Workspace
    head : Head or scikit-learn classifier, optional
        Learns in place of the default head.
    thin : bool
        Follow another process, and never train in this one.

    Attributes
    ----------
    head, thin
        As given.
    """

    def __init__(
        self,
        workspace: Workspace,
        head: HeadLike | None = None,
        thin: bool = False,
    ) -> None:
        self.head = head
        # What learns writes down what it has learned.
        self.thin = thin or workspace.store.read_only
        self._workspace = workspace
        self._named = workspace.settings.strategy
        self._strategy = by_name(self._named)
        self._trainer: BaseTrainer | None = None
        self._beside: EncodingBeside | None = None
        self._lock = threading.RLock()  # sessions may begin on any thread, and share one trainer

    @property
    def strategy(self) -> Strategy:
        """The strategy that ``project.toml`` names now; it chooses the next samples."""
        name = self._workspace.settings.strategy
        if name != self._named:
            self._strategy, self._named = by_name(name), name
        return self._strategy

    @property
    def trainer(self) -> BaseTrainer:
        """The project's trainer, made now if there is none; it may not be started yet."""
        with self._lock:
            if self._trainer is not None:
                return self._trainer
            if not self.thin:
                return self.learner()
            url = os.environ.get(MODEL_URL)
            return self._served_follower(url) if url else self.follower()

    def started(self) -> BaseTrainer:
        """The project's trainer, started if necessary."""
        trainer = self.trainer
        trainer.start()
        return trainer

    @property
    def beside(self) -> EncodingBeside:
        """What encodes beside the trainer, once somebody wants it."""
        from dalt.learning.training.encoding_beside import EncodingBeside

        with self._lock:
            if self._beside is None:
                workspace = self._workspace
                self._beside = EncodingBeside(
                    workspace.folder, workspace.cache, lambda: workspace.store.samples.n_rows()
                )
            return self._beside

    def encode_beside(self) -> None:
        """Let the process that learns encode what has no embeddings, from now on."""
        from dalt.learning.training.encoding_beside import is_allowed

        if not self.thin and is_allowed():
            self.beside.wanted = True

    def learner(self, poll_seconds: float = 0.5) -> Trainer:
        """Make a trainer that learns in this process, from now on the project's only one."""
        from dalt.learning.heads.registry import as_head
        from dalt.learning.training.trainer import Trainer

        self._trainer = learner = Trainer(
            **self._watched(),
            seed=self._workspace.settings.seed,
            head=None if self.head is None else as_head(self.head),
            poll_seconds=poll_seconds,
            beside=self.beside,
        )
        return learner

    def stepped(self) -> SteppedTrainer:
        """Make a trainer that learns only in its ``wait``, from now on the project's only one."""
        from dalt.learning.heads.registry import as_head
        from dalt.learning.training.stepped import SteppedTrainer

        self._trainer = stepped = SteppedTrainer(
            **self._watched(),
            seed=self._workspace.settings.seed,
            head=None if self.head is None else as_head(self.head),
        )
        return stepped

    def follower(self) -> Follower:
        """Make a follower of the process that learns, from now on the project's only trainer."""
        from dalt.learning.training.follower import Follower

        self._trainer = follower = Follower(**self._watched())
        return follower

    def _served_follower(self, url: str) -> BaseTrainer:
        """Make a follower that takes suggestions from a model server."""
        from dalt.learning.training.remote_follower import TOKEN, ModelServer, ServedFollower

        self._trainer = follower = ServedFollower(
            **self._watched(), server=ModelServer(url, os.environ.get(TOKEN, ""))
        )
        return follower

    def _watched(self) -> _Watched:
        workspace = self._workspace
        return {
            "store": workspace.store,
            "cache": workspace.cache,
            "folder": workspace.snapshot_folder,
            "classes": lambda: workspace.class_set,
            "strategy": lambda: self.strategy,
        }

    def check_learns(self, what: str) -> None:
        """Refuse work that a thin project leaves to other processes.

        Raises
        ------
        ReadOnly
            If nothing can be written where the project lies.
        ThinProject
            If this project is thin.
        """
        if self._workspace.store.read_only:
            raise ReadOnly(
                f"{what} writes down what is learned, and {self._workspace.folder} can only be "
                "read: allow writing there, or copy the project to another place, and open it "
                "again."
            )
        if self.thin:
            raise ThinProject(
                f"{what} needs a project that learns, and this one only follows another process "
                "(thin): open it with Project.open(…, thin=False), or use the command line."
            )

    def wake(self) -> None:
        """Wake the trainer, if there is one, so that it looks for changes at once."""
        if self._trainer is not None:
            self._trainer.wake()

    def newest(self) -> Snapshot | None:
        """The newest snapshot, its classes by their present names."""
        if self._trainer is not None:
            snapshot = self._trainer.snapshot
        else:
            from dalt.learning.training.snapshot_files import latest_snapshot

            snapshot = latest_snapshot(self._workspace.store, self._workspace.snapshot_folder)
        if snapshot is None:
            return None
        former = self._workspace.class_set.former
        names = tuple(former.get(name, name) for name in snapshot.classes)
        # Two classes that became one: their probabilities wait for the next fit.
        known = names == snapshot.classes or len(set(names)) < len(names)
        return snapshot if known else replace(snapshot, classes=names)

    def close(self) -> None:
        """Stop the trainer, if there is one."""
        with self._lock:
            trainer, self._trainer = self._trainer, None
        if trainer is not None:
            trainer.close()
