"""Embeddings on disk, checked: their lists, arrays, checksums and encoders."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from dalt.core.arrays import open_npy
from dalt.core.errors import os_reason, shown
from dalt.core.findings import Finding
from dalt.core.records import BadInput
from dalt.core.sealed_arrays import quick_trouble, trouble
from dalt.learning.encoders import saving
from dalt.learning.encoders.cache_files import (
    FILE,
    GIVEN,
    Trained,
    owner_of,
    read_pointer,
    unknown_in,
)

_AT_ONCE = 1 << 16  # rows
_NAMED = 5
_ANEW = "They can be made anew by the same encoder."
_GIVE = "They were given: give them again with project.add_embeddings."


def pointers(folder: Path) -> list[str]:
    """Names of the files that say which embeddings are in use, or compete."""
    names = sorted(path.name for path in folder.glob("candidate-*.json"))
    return [FILE, *names] if (folder / FILE).exists() else names


def look(folder: Path, n_samples: int, *, learned: bool = False) -> Iterator[Finding]:
    """Check everything in the folder of an embedding cache.

    Parameters
    ----------
    folder : Path
        It may not exist.
    n_samples : int
        Size of the pool; embeddings may have fewer rows, not more.
    learned : bool
        Whether a snapshot has learned from embeddings, so there have to be some.
    """
    seen: set[str] = set()
    damaged = False
    for name in pointers(folder):
        try:
            current = read_pointer(folder, name).current
            unknown = unknown_in(folder, name)
        except BadInput as error:
            damaged = True
            yield Finding("embeddings", f"embeddings/{name}", f"is damaged: {error}")
            continue
        if unknown:
            what = f"has {shown(unknown[0])}, which no DALT writes. Encode again."
            yield Finding("embeddings", f"embeddings/{name}", what)
        if current is not None and current.fingerprint not in seen:
            seen.add(current.fingerprint)
            yield from _array(folder, current, n_samples)
            yield from _encoder(folder, current)
    if seen or damaged:
        return
    if folder.is_dir() and any(folder.glob("*.npy")):
        yield Finding("embeddings", f"embeddings/{FILE}", "is missing, so the embeddings are not "
                      "used. Encode again.", True)  # fmt: skip
    elif learned:
        yield Finding("embeddings", "embeddings", "are missing, and the model has learned from "
                      "some. Encode again, or restore the folder from a backup.")  # fmt: skip


def _array(folder: Path, trained: Trained, n_samples: int) -> Iterator[Finding]:
    name = f"embeddings/{trained.fingerprint}.npy"
    path = folder / f"{trained.fingerprint}.npy"
    anew = trained.choice != GIVEN
    way_out = _ANEW if anew else _GIVE
    try:
        why = trouble(path, owner_of(folder, trained.fingerprint))
        rows = None if why else open_npy(path)
    except FileNotFoundError:
        yield Finding("embeddings", name, f"is missing. {way_out}", anew)
        return
    except OSError as error:
        yield Finding("embeddings", name, f"cannot be read: {os_reason(error)}. {way_out}", anew)
        return
    if why is not None:
        yield Finding("embeddings", name, f"is damaged: {why}. {way_out}", anew)
    if rows is None:
        # Which rows are damaged helps whoever has them elsewhere, so look where that is possible.
        if quick_trouble(path) is not None:
            return
        rows = open_npy(path)
    if rows.ndim != 2 or rows.dtype != np.float32 or not rows.shape[1]:
        what = f"holds {rows.dtype} of shape {rows.shape}, not rows of float32. {way_out}"
        yield Finding("embeddings", name, what, anew)
        return
    if len(rows) > n_samples:
        what = f"has {len(rows)} rows for {n_samples} samples. {way_out}"
        yield Finding("embeddings", name, what, anew)
    bad = [
        start + int(row)
        for start in range(0, len(rows), _AT_ONCE)
        for row in np.flatnonzero(~np.isfinite(rows[start : start + _AT_ONCE]).all(axis=1))
    ]
    if bad:
        named = ", ".join(map(str, bad[:_NAMED])) + (" …" if len(bad) > _NAMED else "")
        what = f"has {len(bad)} rows that are not finite numbers (row {named}). {way_out}"
        yield Finding("embeddings", name, what, anew)


def _encoder(folder: Path, trained: Trained) -> Iterator[Finding]:
    """The encoder has the hash of its content as its name, unless it is the user's own."""
    place = folder / "encoders" / trained.fingerprint
    if trained.choice == GIVEN:
        return
    name = f"embeddings/encoders/{trained.fingerprint}"
    if not place.is_dir():
        yield Finding("embeddings", name, "is missing. Encode again.")
        return
    if not (place / saving.SETTINGS).is_file() and trained.choice == "own":
        return
    try:
        settings = saving.read_settings(place)
        there = (place / saving.WEIGHTS).is_file()
        arrays = saving.read_arrays(place) if there else {}
        found = saving.fingerprint_of(settings, arrays)
    except (BadInput, ValueError) as error:
        yield Finding("embeddings", name, f"is damaged: {error}")
        return
    if found != trained.fingerprint and trained.choice != "own":
        yield Finding("embeddings", name, "is not what its name, the hash of its content, says. "
                      "Train it again: project.encode with its name.")  # fmt: skip
