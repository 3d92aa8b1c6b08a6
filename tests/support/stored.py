"""What lies behind an open project: its database, and snapshots made by hand."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

import dalt
from dalt.learning.heads.snapshot import Snapshot
from dalt.learning.training.snapshot_files import path_of, record_of
from dalt.storage.store import Store


@contextmanager
def open_store(folder: Path) -> Iterator[Store]:
    """The store of a project in SQLite, as another process opens it."""
    store = Store(folder / "labels.db")
    try:
        yield store
    finally:
        store.close()


def by_hand(probabilities: np.ndarray, version: int = 1, **changes: object) -> Snapshot:
    """What a model of two classes would say of the pool."""
    said: dict[str, object] = dict(
        version=version, parent=None, cursor=0, seed=0, encoder="by hand", head="by hand",
        classes=("dark", "bright"), weights={}, order=np.arange(len(probabilities)),
        probabilities=probabilities.astype(np.float32),
    )  # fmt: skip
    return Snapshot(**(said | changes))  # type: ignore[arg-type]


def publish(folder: Path, snapshot: Snapshot) -> None:
    """Record a snapshot as a trainer does; projects that are opened then, thin, have it."""
    path = path_of(folder / "snapshots", snapshot.version)
    path.parent.mkdir(exist_ok=True)
    snapshot.save(path)
    with open_store(folder) as store:
        store.snapshots.add(record_of(snapshot, 0))


def follow(folder: Path, probabilities: np.ndarray, version: int = 1) -> dalt.Project:
    """Open a project with a new snapshot, and learn nothing."""
    publish(folder, by_hand(probabilities, version))
    return dalt.Project.open(folder, thin=True)
