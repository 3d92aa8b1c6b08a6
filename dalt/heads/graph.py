"""The nearest-neighbour graph of a pool, and spreading over it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dalt.records import BadInput, Floats

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

N_NEIGHBOURS = 10
WIDTH = 0.1
CHUNK = 2_048
_FORMAT = 2


@dataclass(frozen=True)
class Graph:
    """Symmetric normalised weights between neighbours.

    Attributes
    ----------
    weights : csr_matrix of shape (n_samples, n_samples), float32
        D^-1/2 A D^-1/2; its eigenvalues lie in [-1, 1].
    """

    weights: csr_matrix

    @property
    def n_samples(self) -> int:
        """Rows of the graph."""
        return int(self.weights.shape[0])


def open_graph(embeddings: Floats, folder: Path | None, fingerprint: str) -> Graph:
    """Read the graph of these embeddings from `folder`, or build it and keep it there."""
    if folder is None:
        return build_graph(embeddings)
    path = folder / f"graph-{_graph_key(embeddings, fingerprint)}.safetensors"
    if path.exists() and (graph := _read(path, len(embeddings))) is not None:
        return graph
    graph = build_graph(embeddings)
    _write(graph, path)
    for old in folder.glob("graph-*.safetensors"):
        if old != path:
            old.unlink(missing_ok=True)
    return graph


def build_graph(embeddings: Floats, n_neighbours: int = N_NEIGHBOURS) -> Graph:
    """Join every sample to its nearest ones by cosine.

    Parameters
    ----------
    embeddings : ndarray of shape (n_samples, n_dims), float32
    n_neighbours : int

    Raises
    ------
    BadInput
        If the embeddings hold NaN or infinite values.
    """
    from scipy.sparse import csr_matrix

    n = len(embeddings)
    near, cosines = nearest(embeddings, min(n_neighbours, n - 1))
    strength = np.exp((cosines - 1) / WIDTH).astype(np.float32)
    ends = np.arange(0, near.size + 1, max(near.shape[1], 1)) if near.size else np.zeros(n + 1, int)
    joined = csr_matrix((strength.ravel(), near.ravel(), ends), shape=(n, n))
    joined = joined.maximum(joined.T).tocsr()
    degree = np.asarray(joined.sum(axis=1)).ravel()
    scale = 1 / np.sqrt(np.where(degree > 0, degree, 1))
    rows = np.repeat(scale, np.diff(joined.indptr))
    joined.data = (joined.data * rows * scale[joined.indices]).astype(np.float32)
    return Graph(joined)


def nearest(embeddings: Floats, k: int) -> tuple[NDArray[np.int32], Floats]:
    """Find the k nearest other samples of each sample by cosine, exactly.

    Compares all pairs, a part of them at a time: seconds for 10,000 samples, a hundred
    times as long for 100,000.

    Returns
    -------
    positions : ndarray of shape (n_samples, k), int32
    cosines : ndarray of shape (n_samples, k), float32
    """
    rows = directions(embeddings)
    n = len(rows)
    near = np.empty((n, k), np.int32)
    cosines = np.empty((n, k), np.float32)
    for first in range(0, n if k else 0, CHUNK):
        block = rows[first : first + CHUNK] @ rows.T
        own = np.arange(len(block))
        block[own, first + own] = -np.inf
        best = np.argpartition(block, -k, axis=1)[:, -k:]
        near[first : first + CHUNK] = best
        cosines[first : first + CHUNK] = np.take_along_axis(block, best, axis=1)
    return near, cosines


def directions(embeddings: Floats) -> Floats:
    """Directions of the rows from their mean, as rows of length 1; zeros stay zeros.

    Raises
    ------
    BadInput
        If a value is NaN or infinite.
    """
    rows = np.array(embeddings, np.float32)
    middle = rows.mean(axis=0, dtype=np.float64)
    if not np.isfinite(middle).all():
        bad = int(np.flatnonzero(~np.isfinite(rows).all(axis=1))[0])
        raise BadInput(f"The embedding of row {bad} is not finite; encode the samples again.")
    rows -= middle.astype(np.float32)
    lengths = np.sqrt(np.einsum("ij,ij->i", rows, rows))
    rows /= np.where(lengths > 0, lengths, 1)[:, None]
    return rows


def spread(
    graph: Graph,
    sources: Floats,
    alpha: float,
    *,
    tolerance: float = 1e-4,
    limit: int = 100,
    poll: Callable[[], None] = lambda: None,
) -> Floats:
    """Let sources flow over the graph: solve (I - alpha S) F = (1 - alpha) sources.

    Conjugate gradients; each column on its own, all at once.

    Parameters
    ----------
    graph : Graph
    sources : ndarray of shape (n_samples, n_columns), float32
    alpha : float in (0, 1)
        How far they flow.
    tolerance : float
        Largest remaining residual, relative to the sources.
    poll : callable
        Called once an iteration; may raise to stop.

    Returns
    -------
    ndarray of shape (n_samples, n_columns), float32
    """
    flow = np.zeros_like(sources)
    rest = (1 - alpha) * sources
    way = rest.copy()
    power = np.einsum("ij,ij->j", rest, rest)
    enough = tolerance**2 * power
    for _ in range(limit):
        if (power <= enough).all():
            break
        poll()
        moved = way - alpha * (graph.weights @ way)
        step = power / np.maximum(np.einsum("ij,ij->j", way, moved), 1e-30)
        flow += step * way
        rest -= step * moved
        former, power = power, np.einsum("ij,ij->j", rest, rest)
        way *= power / np.maximum(former, 1e-30)
        way += rest
    return flow


def _graph_key(embeddings: Floats, fingerprint: str) -> str:
    """Name a graph by what it depends on; a grown pool has another."""
    edge = np.ascontiguousarray(embeddings[[0, len(embeddings) // 2, -1]])
    parts = f"{_FORMAT} {fingerprint} {embeddings.shape} {N_NEIGHBOURS} {WIDTH}".encode()
    return hashlib.sha256(parts + edge.tobytes()).hexdigest()[:16]


def _read(path: Path, n: int) -> Graph | None:
    from safetensors import SafetensorError
    from safetensors.numpy import load_file
    from scipy.sparse import csr_matrix

    try:
        arrays = load_file(path)
        parts = (arrays["data"], arrays["indices"], arrays["indptr"])
        return Graph(csr_matrix(parts, shape=(n, n)))
    except (OSError, KeyError, ValueError, SafetensorError):
        return None  # damaged: it is built again


def _write(graph: Graph, path: Path) -> None:
    from safetensors.numpy import save_file

    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
    matrix: Any = graph.weights
    arrays = {"data": matrix.data, "indices": matrix.indices, "indptr": matrix.indptr}
    try:
        save_file({n: np.ascontiguousarray(a) for n, a in arrays.items()}, partial)
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)
