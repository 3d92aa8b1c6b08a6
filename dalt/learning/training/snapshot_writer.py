"""Writing snapshots down: their files, their rows, and what they were made from."""

from __future__ import annotations

from pathlib import Path

from dalt.learning.heads.snapshot import Snapshot
from dalt.learning.training.replay_conditions import Conditions, ConditionsWriter
from dalt.learning.training.snapshot_files import path_of, prune, record_of
from dalt.storage.store import Store


class SnapshotWriter:
    """Keeps the snapshots of a project.

    Parameters
    ----------
    store : Store
    folder : Path
        Of the files.
    """

    def __init__(self, store: Store, folder: Path) -> None:
        self._store = store
        self._folder = folder
        self._conditions = ConditionsWriter(folder)

    def next_version(self) -> int:
        """The version of the next snapshot."""
        newest = self._store.snapshots.all(limit=1)
        return newest[0].version + 1 if newest else 1

    def keep(self, snapshot: Snapshot, n_labels: int, conditions: Conditions) -> None:
        """Write a snapshot, which has learned `n_labels` labels under these conditions."""
        self._conditions.add(snapshot.version, conditions)
        # The file first: a row must not point to a missing file, while a file without its row
        # is only replaced by the next of its version.
        snapshot.save(path_of(self._folder, snapshot.version))
        self._store.snapshots.add(record_of(snapshot, n_labels))
        prune(self._folder, snapshot.version)
