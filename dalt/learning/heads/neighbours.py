"""Nearest neighbours by cosine: exact for small pools, by Faiss for large ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dalt.core.records import BadInput, Floats
from dalt.core.rounding import told_apart

EXACT_UP_TO = 20_000
"""Larger pools are searched approximately: all pairs take seconds here, an hour at a million."""
CHUNK = 2_048
AT_ONCE = 16_384
# Lists of the inverted file, and how many of them are looked into: .99 of the true neighbours
# are found among 25,000 samples and among a million (benchmarks/scale.py measures it).
LISTS_PER_ROOT = 4
PROBES = 16
TRAINED_ON = 40
ROUNDS = 8

Poll = Callable[[int, int], None]
"""Gets how many samples are done, of how many; may raise to stop."""


def unheard(done: int, total: int) -> None:
    """Nobody listens."""


def nearest(embeddings: Floats, k: int, poll: Poll = unheard) -> tuple[NDArray[np.int32], Floats]:
    """Find the k nearest other samples of each sample by cosine, exactly.

    Compares all pairs, a part of them at a time.

    Parameters
    ----------
    embeddings : ndarray of shape (n_samples, n_dims), float32
    k : int
        Less than the number of samples.
    poll : callable

    Returns
    -------
    positions : ndarray of shape (n_samples, k), int32
    cosines : ndarray of shape (n_samples, k), float32

    Raises
    ------
    BadInput
        If a value is NaN or infinite.

    Examples
    --------
    >>> nearest(np.array([[1, 0], [0.9, 0.1], [-1, 0]], np.float32), 1)[0].ravel().tolist()
    [1, 0, 1]
    """
    rows = _View.of(embeddings).directions(embeddings)
    n = len(rows)
    near = np.empty((n, k), np.int32)
    cosines = np.empty((n, k), np.float32)
    for first in range(0, n if k else 0, CHUNK):
        poll(first, n)
        block = rows[first : first + CHUNK] @ rows.T
        own = np.arange(len(block))
        block[own, first + own] = -np.inf
        best = np.argpartition(block, -k, axis=1)[:, -k:]
        near[first : first + CHUNK] = best
        cosines[first : first + CHUNK] = np.take_along_axis(block, best, axis=1)
    return near, cosines


def nearly_nearest(
    embeddings: Floats, k: int, poll: Poll = unheard
) -> tuple[NDArray[np.int32], Floats]:
    """Find most of the k nearest other samples of each sample by cosine.

    An inverted file (Faiss) puts the samples into lists around centres and searches only the lists
    nearest to a sample.  The cost grows as n to the power of 1.5.  Faiss brings its own OpenMP,
    which conflicts with torch's on some systems: `dalt.learning.heads.graph_process` runs this in
    its own process.

    Parameters and results are those of `nearest`; a sample with fewer found neighbours
    names itself with a cosine of 0 in their place.

    References
    ----------
    Jégou, Douze, Schmid: Product Quantization for Nearest Neighbor Search, 2011 (the
    inverted file).  Douze et al.: The Faiss Library, 2024.
    """
    n = len(embeddings)
    poll(0, n)
    view = _View.of(embeddings)
    index = _trained_index(embeddings, view)
    for first in range(0, n, AT_ONCE):
        poll(first // 10, n)  # a tenth of the work
        index.add(view.directions(embeddings[first : first + AT_ONCE]))
    near = np.empty((n, k), np.int32)
    cosines = np.empty((n, k), np.float32)
    for first in range(0, n, AT_ONCE):
        poll(max(first, n // 10), n)
        rows = view.directions(embeddings[first : first + AT_ONCE])
        found_cosines, found = index.search(rows, k + 1)
        _leave_out_itself(found_cosines, found, first, near, cosines)
    return near, cosines


def _trained_index(embeddings: Floats, view: _View) -> Any:
    import faiss

    n, n_dims = map(int, embeddings.shape)
    n_lists = max(int(LISTS_PER_ROOT * n**0.5), 1)
    drawn = np.random.default_rng(0).choice(n, min(n, TRAINED_ON * n_lists), replace=False)
    centres = faiss.IndexFlatIP(n_dims)
    halves = faiss.ScalarQuantizer.QT_fp16  # half the memory; cosines stay good to 0.001
    index = faiss.IndexIVFScalarQuantizer(
        centres, n_dims, n_lists, halves, faiss.METRIC_INNER_PRODUCT, False
    )
    index.cp.niter = ROUNDS
    index.nprobe = PROBES
    index.train(view.directions(embeddings[np.sort(drawn)]))
    return index


def _leave_out_itself(
    found_cosines: Floats,
    found: NDArray[np.int64],
    first: int,
    near: NDArray[np.int32],
    cosines: Floats,
) -> None:
    """Write the neighbours of a part: each finds itself, usually first, and -1 for nothing."""
    k = near.shape[1]
    own = first + np.arange(len(found))
    missing = (found < 0) | (found == own[:, None])
    # Sorting by "missing" alone, stably, keeps the order of the others.
    order = np.argsort(missing, axis=1, kind="stable")[:, :k]
    missing = np.take_along_axis(missing, order, axis=1)
    part = slice(first, first + len(found))
    near[part] = np.where(missing, own[:, None], np.take_along_axis(found, order, axis=1))
    cosines[part] = np.where(missing, 0, np.take_along_axis(found_cosines, order, axis=1))


@dataclass(frozen=True)
class _View:
    """The origin of directions.

    Attributes
    ----------
    middle : ndarray of shape (n_dims,), float32
        Mean of the rows.
    same : ndarray of shape (n_dims,), bool
        Columns in which rows differ only by rounding, which carry no direction.
    """

    middle: Floats
    same: NDArray[np.bool_]

    @classmethod
    def of(cls, embeddings: Floats) -> _View:
        """Look at all rows, which must be finite."""
        total = np.zeros(embeddings.shape[1])
        low, high = np.full(len(total), np.inf), np.full(len(total), -np.inf)
        for first in range(0, len(embeddings), AT_ONCE):
            rows = embeddings[first : first + AT_ONCE]
            total += rows.sum(axis=0, dtype=np.float64)
            if not np.isfinite(total).all():
                bad = first + int(np.flatnonzero(~np.isfinite(rows).all(axis=1))[0])
                raise BadInput(
                    f"The embedding of row {bad} is not finite; encode the samples again."
                )
            low, high = np.minimum(low, rows.min(axis=0)), np.maximum(high, rows.max(axis=0))
        middle = np.asarray(total / max(len(embeddings), 1), np.float32)
        return cls(middle, ~told_apart(low, high))

    def directions(self, embeddings: Floats) -> Floats:
        """Directions of rows, of length 1; zeros stay zeros."""
        rows = np.asarray(embeddings, np.float32) - self.middle
        if self.same.any():
            rows[:, self.same] = 0
        lengths = np.sqrt(np.einsum("ij,ij->i", rows, rows))
        rows /= np.where(lengths > 0, lengths, 1)[:, None]
        return rows
