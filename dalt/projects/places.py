"""Where a project's labels are, and how they are moved (floor 5)."""

from __future__ import annotations

from pathlib import Path

from dalt.settings import Settings
from dalt.store import Store, place_of


def store_of(folder: Path, settings: Settings, *, create: bool = False) -> Store:
    """Open the store of a project, where its settings and the environment say it is.

    Raises
    ------
    BadSettings, DamagedStore, StoreUnreachable
        If it cannot be found, read or reached.
    """
    return Store(
        place_of(folder, settings.id, settings.database),
        create=create,
        seed=settings.seed,
        annotations_per_sample=settings.annotations_per_sample,
    )
