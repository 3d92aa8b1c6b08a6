"""The embeddings that heads learn on, and data derived from them once."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from dalt.core.records import (
    BadInput,
    Floats,
    Progress,
)

if TYPE_CHECKING:
    from dalt.learning.heads.graph import Graph
    from dalt.learning.heads.landmarks import Landmarks


class Interrupted(Exception):
    """A fit was asked to stop before its end; nothing of it is kept."""


def never() -> bool:
    """Never interrupt: for a fit that nobody stops."""
    return False


def check_going_on(interrupted: Callable[[], bool]) -> None:
    """Stop a fit between two steps if nobody wants its result any more.

    Raises
    ------
    Interrupted
        If `interrupted` returns True.
    """
    if interrupted():
        raise Interrupted


class Pool:
    """The embeddings that heads learn on, and data derived from them once.

    Parameters
    ----------
    embeddings : ndarray or memmap of shape (n_samples, n_dims), float32
    folder : Path, optional
        Folder that keeps the neighbour graph between starts, usually that of the
        embeddings.  Without one it is built again each time.
    fingerprint : str
        Identifies the embeddings (the encoder's fingerprint) and their graph.

    Raises
    ------
    BadInput
        If the embeddings are not a two-dimensional array with at least one row.

    Examples
    --------
    >>> import numpy as np
    >>> pool = Pool(np.eye(4, dtype=np.float32))
    >>> pool.n_samples, pool.n_dims
    (4, 4)
    """

    def __init__(
        self, embeddings: Floats, folder: Path | None = None, fingerprint: str = ""
    ) -> None:
        if embeddings.ndim != 2 or not embeddings.size:
            raise BadInput(f"Embeddings must be (samples, dims), not {embeddings.shape}.")
        self.embeddings = embeddings
        self.folder = folder
        self.fingerprint = fingerprint

    @property
    def n_samples(self) -> int:
        """Rows of the embeddings."""
        return int(self.embeddings.shape[0])

    @property
    def n_dims(self) -> int:
        """Columns of the embeddings."""
        return int(self.embeddings.shape[1])

    @cached_property
    def graph(self) -> Graph:
        """The nearest neighbours of every sample; built at first use, then cached."""
        return self._open_graph(never, None)

    @cached_property
    def landmarks(self) -> Landmarks:
        """A few samples that represent the pool in kernels; chosen at first use."""
        from dalt.learning.heads.landmarks import Landmarks

        return Landmarks.choose(self.embeddings)

    def prepare(
        self, interrupted: Callable[[], bool] = never, progress: Progress | None = None
    ) -> None:
        """Build what a first fit needs, which takes minutes for a pool of millions.

        Raises
        ------
        Interrupted
            If `interrupted` returned True; finished parts stay.
        """
        if "graph" not in self.__dict__:
            self.__dict__["graph"] = self._open_graph(interrupted, progress)
        check_going_on(interrupted)
        _ = self.landmarks

    def _open_graph(self, interrupted: Callable[[], bool], progress: Progress | None) -> Graph:
        from dalt.learning.heads.kept_graph import open_graph

        def poll(done: int, total: int) -> None:
            check_going_on(interrupted)
            if progress is not None:
                progress("Finding neighbours", done, total)

        return open_graph(self.embeddings, self.folder, self.fingerprint, poll)
