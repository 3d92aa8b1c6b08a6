"""The nearest-neighbour graph of a pool, and spreading over it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from dalt.core.arrays import map_arrays, write_arrays
from dalt.core.records import Floats
from dalt.learning.heads.neighbours import Poll, nearest, nearly_nearest, unheard

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

N_NEIGHBOURS = 10
WIDTH = 0.1


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


def build_graph(
    embeddings: Floats,
    n_neighbours: int = N_NEIGHBOURS,
    *,
    exact: bool = True,
    poll: Poll = unheard,
) -> Graph:
    """Join every sample to its nearest ones by cosine.

    Parameters
    ----------
    embeddings : ndarray of shape (n_samples, n_dims), float32
    n_neighbours : int
    exact : bool
        Compare all pairs.
    poll : callable

    Raises
    ------
    BadInput
        If the embeddings hold NaN or infinite values.
    """
    from scipy.sparse import csr_matrix

    n = len(embeddings)
    find = nearest if exact else nearly_nearest
    near, cosines = find(embeddings, min(n_neighbours, n - 1), poll)
    strength = cosines  # in place: at a million samples each array matters
    strength -= 1
    strength /= WIDTH
    np.exp(strength, out=strength)
    ends = np.arange(0, near.size + 1, max(near.shape[1], 1)) if near.size else np.zeros(n + 1, int)
    joined = csr_matrix((strength.ravel(), near.ravel(), ends), shape=(n, n))
    del near, cosines, strength
    joined = joined.maximum(joined.T).tocsr()
    degree = np.asarray(joined.sum(axis=1)).ravel()
    scale = np.asarray(1 / np.sqrt(np.where(degree > 0, degree, 1)), np.float32)
    joined.data *= np.repeat(scale, np.diff(joined.indptr))
    joined.data *= scale[joined.indices]
    return Graph(joined)


def spread(
    graph: Graph,
    sources: Floats,
    alpha: float,
    *,
    tolerance: float = 1e-4,
    limit: int = 100,
    poll: Callable[[], None] = lambda: None,
) -> Floats:
    """Spread sources over the graph: solve (I - alpha S) F = (1 - alpha) sources.

    Conjugate gradients; each column on its own, all at once.

    Parameters
    ----------
    graph : Graph
    sources : ndarray of shape (n_samples, n_columns), float32
    alpha : float in (0, 1)
        How far they spread.
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
        moved = graph.weights @ way
        moved *= -alpha
        moved += way
        step = power / np.maximum(np.einsum("ij,ij->j", way, moved), 1e-30)
        moved *= step
        rest -= moved
        np.multiply(way, step, out=moved)
        flow += moved
        former, power = power, np.einsum("ij,ij->j", rest, rest)
        way *= power / np.maximum(former, 1e-30)
        way += rest
    return flow


def read_graph(path: Path, n: int) -> Graph | None:
    """Map the graph of `n` samples that `write_graph` wrote; None if it is damaged."""
    from scipy.sparse import csr_matrix

    try:
        _, arrays = map_arrays(path)
        data, near, ends = arrays["data"], arrays["indices"], arrays["indptr"]
        # A wrong index would make products read far outside the arrays.
        whole = len(ends) == n + 1 and len(data) == len(near) == ends[-1]
        if not whole or (len(near) and not 0 <= near.min() <= near.max() < n):
            return None
        weights = csr_matrix((n, n), dtype=np.float32)
        # The constructor would copy them; this way they stay on disk until needed.
        weights.data, weights.indices, weights.indptr = data, near, ends
        return Graph(weights)
    except (OSError, KeyError, ValueError):
        return None


def write_graph(graph: Graph, path: Path) -> None:
    """Write a graph, completely or not at all."""
    weights = graph.weights
    arrays = {"data": weights.data, "indices": weights.indices, "indptr": weights.indptr}
    write_arrays(path, arrays)
