"""What a glance finds at every opening: a few headers and lengths, in milliseconds."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

from dalt.core.errors import unreadable
from dalt.core.records import BadInput
from dalt.core.sealed_arrays import quick_trouble
from dalt.learning.encoders.cache_files import read_pointer
from dalt.storage.store import Store

_log = logging.getLogger(__name__)


def suspicions(folder: Path, store: Store) -> list[str]:
    """Say what `dalt check` should look at: the end of the log, embeddings, the newest snapshot.

    Parameters
    ----------
    folder : Path
    store : Store
        Of the project in `folder`.

    Returns
    -------
    list of str
        A sentence for each; empty if nothing catches the eye, which proves little.

    Examples
    --------
    >>> import tempfile, dalt
    >>> folder = Path(tempfile.mkdtemp(), "tiny.dalt")
    >>> with dalt.Project.create(folder, classes=["a", "b"]) as project:
    ...     suspicions(folder, project.workspace.store)
    []
    """
    return [*_log_of_events(store), *_embeddings(folder), *_snapshot(folder, store)]


def tell(folder: Path, store: Store) -> None:
    """Log what a glance finds, with the way to find the rest."""
    for each in suspicions(folder, store):
        _log.warning("%s `dalt check %s` looks at everything.", each, folder)


def _log_of_events(store: Store) -> Iterator[str]:
    if not store.integrity.is_sealed():
        yield "The newest events have no hash, so something else than DALT wrote or deleted them."


def _embeddings(folder: Path) -> Iterator[str]:
    place = folder / "embeddings"
    try:
        current = read_pointer(place).current
        why = None if current is None else quick_trouble(place / f"{current.fingerprint}.npy")
    except BadInput as error:
        yield str(error)
    except OSError:
        yield "The embeddings in use are missing or cannot be read."
    else:
        if why is not None and current is not None:
            yield f"embeddings/{current.fingerprint}.npy is damaged: {why}."


def _snapshot(folder: Path, store: Store) -> Iterator[str]:
    records = store.snapshots.all(limit=1)
    path = folder / "snapshots" / f"{records[0].version:08d}.safetensors" if records else None
    try:
        if path is not None and not path.exists():
            yield f"snapshots/{path.name}, the newest one, is missing."
    except OSError as error:
        yield f"The snapshots cannot be read: {unreadable(error)}"
