"""What the parts of a project share: its folder, store, caches and trainer."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from dalt.core.records import Closed, Encoder, Kind, Progress, ThinProject
from dalt.core.settings.project_file import LiveSettings
from dalt.core.settings.settings import Settings
from dalt.data.sources import SampleFiles
from dalt.storage.store import Store

if TYPE_CHECKING:
    from dalt.learning.encoders.cache import EmbeddingCache
    from dalt.learning.heads.registry import HeadLike
    from dalt.learning.heads.snapshot import Snapshot
    from dalt.learning.strategies.situation import Strategy
    from dalt.learning.training.base import BaseTrainer
    from dalt.learning.training.trainer import Trainer

MODEL_URL = "DALT_MODEL_URL"
"""Environment variable: the model server from which thin projects take suggestions."""
Report = Progress | bool
"""A bar (True), nothing (False), or ``callable(what, done, total)``."""


class ProjectRooms:
    """The stores, caches and the trainer of one project; a part of `dalt.Project`."""

    def __init__(
        self,
        folder: Path,
        settings: Settings,
        store: Store,
        strategy: Strategy,
        head: HeadLike | None,
        thin: bool = False,
    ) -> None:
        self.folder = folder
        self._live = LiveSettings(folder, settings)
        self._open_store = store
        self._closed = False
        self._files = SampleFiles(folder)
        self._trainer: BaseTrainer | None = None
        self._thin = thin
        self._strategy = strategy
        self._head = head
        self._encoder: Encoder | None = None
        """The encoder that this process used last: read once, or given by the user."""

    @property
    def _store(self) -> Store:
        """The store, as long as the project is open."""
        self._check_open()
        return self._open_store

    def _check_open(self) -> None:
        if self._closed:
            raise Closed(self._closed_now())

    def _closed_now(self) -> str:
        return f"This project is closed; open it anew with Project.open({str(self.folder)!r})."

    @property
    def _settings(self) -> Settings:
        return self._live.current

    @property
    def kind(self) -> Kind | None:
        """What the samples are, or None while there are none."""
        kinds = self._store.kinds()
        return next(iter(kinds)) if kinds else None

    def _make_trainer(self) -> BaseTrainer:
        if self._trainer is None:
            if not self._thin:
                self._trainer = self._learner()
            elif os.environ.get(MODEL_URL):
                self._trainer = self._served_follower(os.environ[MODEL_URL])
            else:
                self._trainer = self._make_follower()
        return self._trainer

    def _make_follower(self) -> BaseTrainer:
        from dalt.learning.training.follower import Follower

        live = self._live
        return Follower(
            self._store,
            self._cache,
            self._snapshots,
            classes=lambda: live.current.class_set,
            strategy=self._strategy,
        )

    def _served_follower(self, url: str) -> BaseTrainer:
        """A follower that takes suggestions from a model server."""
        from dalt.learning.training.remote_follower import TOKEN, ModelServer, ServedFollower

        live = self._live
        return ServedFollower(
            self._store,
            self._cache,
            self._snapshots,
            classes=lambda: live.current.class_set,
            strategy=self._strategy,
            server=ModelServer(url, os.environ.get(TOKEN, "")),
        )

    def _learner(self, poll_seconds: float = 0.5) -> Trainer:
        """A trainer that learns in this process, from now on the project's only one."""
        from dalt.learning.heads.registry import as_head
        from dalt.learning.training.trainer import Trainer

        live = self._live
        learner = Trainer(
            self._store,
            self._cache,
            self._snapshots,
            classes=lambda: live.current.class_set,
            seed=self._settings.seed,
            head=None if self._head is None else as_head(self._head),
            strategy=self._strategy,
            poll_seconds=poll_seconds,
        )
        self._trainer = learner
        return learner

    def _learns_here(self, what: str) -> None:
        """Refuse work that a thin project leaves to other processes.

        Raises
        ------
        ThinProject
            If this project is thin.
        """
        if self._thin:
            raise ThinProject(
                f"{what} needs a project that learns, and this one only follows another process "
                "(thin): open it with Project.open(…, thin=False), or use the command line."
            )

    @property
    def _cache(self) -> EmbeddingCache:
        self._check_open()
        from dalt.learning.encoders.cache import EmbeddingCache

        return EmbeddingCache(self.folder / "embeddings", self._encoder)

    @property
    def _snapshots(self) -> Path:
        return self.folder / "snapshots"

    def _newest(self) -> Snapshot | None:
        """The newest snapshot, its classes by their present names."""
        if self._trainer is not None:
            snapshot = self._trainer.snapshot
        else:
            from dalt.learning.training.snapshot_files import latest_snapshot

            snapshot = latest_snapshot(self._store, self._snapshots)
        if snapshot is None:
            return None
        former = self._settings.class_set.former
        names = tuple(former.get(name, name) for name in snapshot.classes)
        # Two classes that became one: their probabilities wait for the next fit.
        known = names == snapshot.classes or len(set(names)) < len(names)
        return snapshot if known else replace(snapshot, classes=names)
