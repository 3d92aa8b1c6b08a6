"""What the parts of a session are given: a real store, files, settings and a trainer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from all_shown import ALL_SHOWN
from stored import by_hand, open_store, publish

import dalt
from dalt.core.settings import project_file
from dalt.core.settings.project_file import LiveSettings
from dalt.data.sources import SampleFiles
from dalt.labeling.context import SessionContext
from dalt.labeling.responses import ResponseChecker
from dalt.labeling.suggesting import Suggester
from dalt.learning.encoders.cache import EmbeddingCache
from dalt.learning.training.follower import Follower
from dalt.storage.store import Store

DARK, BRIGHT = "dark", "bright"
N = 12


class CountingFollower(Follower):
    """Has the newest snapshot, and counts how often it was told to look for labels."""

    n_wakes = 0

    def wake(self) -> None:
        self.n_wakes += 1
        super().wake()


@dataclass(frozen=True)
class Given:
    """One annotator's place at a project of twelve texts, the first nine surely dark."""

    folder: Path
    ids: list[str]
    store: Store
    files: SampleFiles
    trainer: CountingFollower
    context: SessionContext
    suggester: Suggester
    checker: ResponseChecker


def project_of_texts(folder: Path) -> list[str]:
    """Make a project with a snapshot by hand; returns the ids of its samples."""
    with dalt.Project.create(folder, classes=[DARK, BRIGHT], seed=3, settings=ALL_SHOWN) as project:
        ids = project.add_texts([f"text {i}" for i in range(N)], progress=False).ids
    dark = np.r_[np.full(9, 0.95), np.full(N - 9, 0.05)]
    publish(folder, by_hand(np.stack([dark, 1 - dark], axis=1)))
    return ids


@contextmanager
def parts_of(folder: Path) -> Iterator[Given]:
    """Make such a project in a folder, and what a session of it is made of."""
    ids = project_of_texts(folder)
    live = LiveSettings(folder, project_file.load(folder))
    files = SampleFiles(folder)
    with open_store(folder) as store:
        trainer = CountingFollower(
            store,
            EmbeddingCache(folder / "embeddings"),
            folder / "snapshots",
            classes=lambda: live.current.class_set,
        )
        context = SessionContext(live, store, "ana")
        suggester = Suggester(context, trainer)
        checker = ResponseChecker(context, files, suggester)
        yield Given(folder, ids, store, files, trainer, context, suggester, checker)
        trainer.close()
