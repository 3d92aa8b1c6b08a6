"""The files of a trainer: snapshots, their records in the store, and the lock."""

from __future__ import annotations

import logging
from pathlib import Path

from filelock import FileLock, Timeout

from dalt.core.files import sweep
from dalt.core.records import DamagedStore, SnapshotRecord, utc_now
from dalt.learning.heads.snapshot import Snapshot
from dalt.storage.store import Store

KEPT_SNAPSHOTS = 3
LOCK = "trainer.lock"
"""The holder learns for the project."""
_log = logging.getLogger(__name__)


def latest_snapshot(store: Store, folder: Path) -> Snapshot | None:
    """Load the newest readable snapshot, without starting a trainer."""
    for record in store.snapshots.all(limit=KEPT_SNAPSHOTS):
        try:
            return Snapshot.load(path_of(folder, record.version))
        except (DamagedStore, OSError):
            _log.warning("snapshot %s cannot be read; an older one is used", record.version)
    return None


def record_of(snapshot: Snapshot, n_labels: int) -> SnapshotRecord:
    """A snapshot's permanent record."""
    return SnapshotRecord(
        version=snapshot.version,
        parent=snapshot.parent,
        cursor=snapshot.cursor,
        seed=snapshot.seed,
        hash=snapshot.hash,
        encoder=snapshot.encoder,
        head=snapshot.head,
        created_at=utc_now(),
        n_labels=n_labels,
        metrics=snapshot.metrics,
    )


def path_of(folder: Path, version: int) -> Path:
    """The file of a version's arrays."""
    return folder / f"{version:08d}.safetensors"


def start_path(folder: Path, version: str, n_samples: int) -> Path:
    """The file of these embeddings' cold start: positions, the same for every process."""
    return folder / f"start-{version[:16]}-{n_samples}.npy"


def prune(folder: Path, newest: int) -> None:
    """Remove the files of all but the newest versions."""
    for path in folder.glob("*.safetensors"):
        if path.stem.isdecimal() and int(path.stem) <= newest - KEPT_SNAPSHOTS:
            path.unlink(missing_ok=True)


def clean(folder: Path) -> None:
    """Remove half-written files of a killed trainer; for the holder of the lock."""
    sweep(folder)  # followers write here as well
    for name in ("*.safetensors", "trainer.json"):
        for path in folder.glob(f"{name}.*.part*"):  # names that DALT 0.1 used
            path.unlink(missing_ok=True)


def held(lock: FileLock) -> bool:
    """Whether this process fits: it has the lock, or can take it."""
    try:
        if not lock.is_locked:
            lock.acquire(timeout=0)
    except Timeout:
        return False
    return True
