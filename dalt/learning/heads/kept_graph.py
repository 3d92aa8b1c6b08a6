"""The graph of a pool, cached beside the embeddings."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np

from dalt.core.records import Floats
from dalt.learning.heads.graph import (
    N_NEIGHBOURS,
    WIDTH,
    Graph,
    build_graph,
    read_graph,
    write_graph,
)
from dalt.learning.heads.neighbours import EXACT_UP_TO, Poll, unheard

_FORMAT = 3


def open_graph(
    embeddings: Floats, folder: Path | None, fingerprint: str, poll: Poll = unheard
) -> Graph:
    """Read the graph of these embeddings from `folder`, or build it and keep it there.

    Raises
    ------
    BadInput
        If the embeddings hold NaN or infinite values.
    """
    from dalt.learning.heads.graph_process import build_apart

    large = len(embeddings) > EXACT_UP_TO
    if folder is None:
        return build_apart(embeddings, None, poll) if large else build_graph(embeddings, poll=poll)
    path = folder / f"graph-{_graph_key(embeddings, fingerprint)}.safetensors"
    if path.exists() and (graph := read_graph(path, len(embeddings))) is not None:
        return graph
    if large:
        graph = build_apart(embeddings, path, poll)
    else:
        graph = build_graph(embeddings, poll=poll)
        write_graph(graph, path)
    for old in folder.glob("graph-*.safetensors"):
        if old != path:
            old.unlink(missing_ok=True)
    return graph


def _graph_key(embeddings: Floats, fingerprint: str) -> str:
    """Name a graph by its inputs; a grown pool has another name."""
    edge = np.ascontiguousarray(embeddings[[0, len(embeddings) // 2, -1]])
    parts = f"{_FORMAT} {fingerprint} {embeddings.shape} {N_NEIGHBOURS} {WIDTH}".encode()
    return hashlib.sha256(parts + edge.tobytes()).hexdigest()[:16]
