"""Heads, the pool they learn on, and the snapshots they leave (floor 1).

A head is fitted on a `Pool` and a `LabelSet` and hands back a `Fitted`; the trainer
makes a `Snapshot` of it.  Importing this module loads nothing heavier than numpy, and
a snapshot suggests and predicts with numpy alone, so that a thin kernel can use it.
The heads themselves, and the graph of the pool, lie in ``dalt/heads/``.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from dalt.heads.mapped import map_arrays, write_arrays
from dalt.records import BadInput, DamagedStore, Floats, LabelSet, Positions, Progress, Suggestion

if TYPE_CHECKING:
    from dalt.heads.graph import Graph
    from dalt.heads.landmarks import Landmarks

FORMAT = "dalt snapshot 1"


class Interrupted(Exception):
    """A fit was asked to stop before its end; nothing of it is kept."""


def _never() -> bool:
    return False


# --- the pool -----------------------------------------------------------------------


class Pool:
    """The embeddings that heads learn on, and what is derived from them once.

    Parameters
    ----------
    embeddings : ndarray or memmap of shape (n_samples, n_dims), float32
    folder : Path, optional
        Where the neighbour graph is kept from one start to the next, usually beside
        the embeddings.  Without one it is built again each time.
    fingerprint : str
        Names the embeddings (the encoder's fingerprint); graphs are found by it.

    Raises
    ------
    BadInput
        If the embeddings are not a two-dimensional array with at least one row.

    Examples
    --------
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
        return self._open_graph(_never, None)

    @cached_property
    def landmarks(self) -> Landmarks:
        """A few samples that stand for the pool in kernels; chosen at first use."""
        from dalt.heads.landmarks import Landmarks

        return Landmarks.choose(self.embeddings)

    def prepare(
        self, interrupted: Callable[[], bool] = _never, progress: Progress | None = None
    ) -> None:
        """Build what a first fit would have to wait for: minutes for a pool of millions.

        Raises
        ------
        Interrupted
            If `interrupted` said so; what was finished stays.
        """
        if "graph" not in self.__dict__:
            self.__dict__["graph"] = self._open_graph(interrupted, progress)
        if interrupted():
            raise Interrupted
        _ = self.landmarks

    def _open_graph(self, interrupted: Callable[[], bool], progress: Progress | None) -> Graph:
        from dalt.heads.graph import open_graph

        def poll(done: int, total: int) -> None:
            if interrupted():
                raise Interrupted
            if progress is not None:
                progress("Finding neighbours", done, total)

        return open_graph(self.embeddings, self.folder, self.fingerprint, poll)


# --- heads --------------------------------------------------------------------------


@dataclass(frozen=True)
class Fitted:
    """What a head has learned.

    Attributes
    ----------
    weights : mapping of str to ndarray
        What `predict` and the next fit need.  The names up to the first dot say what
        an array is for: a predictor ("kernel", "linear") or "state".
    probabilities : ndarray of shape (n_samples, n_classes), float32
        For every sample of the pool; rows sum to 1, unless the labels are `multi`: then
        each is the probability of its class alone.
    metrics : mapping of str to float
    """

    weights: dict[str, NDArray[Any]]
    probabilities: Floats
    metrics: dict[str, float] = field(default_factory=dict)


class Head(Protocol):
    """Learns class probabilities from embeddings and labels."""

    name: str

    def fit(
        self,
        pool: Pool,
        labels: LabelSet,
        n_classes: int,
        *,
        seed: int,
        parent: Snapshot | None = None,
        interrupted: Callable[[], bool] = _never,
    ) -> Fitted:
        """Learn; the same arguments give the same result.

        Raises
        ------
        Interrupted
            If `interrupted` returned True before the end.
        BadInput
            If there are no labels, or they do not fit the pool or the classes.
        """


def check_labels(pool: Pool, labels: LabelSet, n_classes: int) -> None:
    """Refuse labels that a head cannot learn from.

    Raises
    ------
    BadInput
        If there are none, or they do not fit the pool or the classes.
    """
    if not len(labels.positions):
        raise BadInput("There are no labels to learn from yet.")
    if labels.targets.shape != (len(labels.positions), n_classes):
        raise BadInput(
            f"{len(labels.positions)} labels of {n_classes} classes need targets of that shape, "
            f"not {labels.targets.shape}."
        )
    low, high = int(labels.positions.min()), int(labels.positions.max())
    if low < 0 or high >= pool.n_samples:
        raise BadInput(f"A label is for row {high if low >= 0 else low}, outside the embeddings.")


# --- snapshots ----------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Snapshot:
    """One fitted head that never changes: what it learned and what it says of the pool.

    Attributes
    ----------
    version : int
    parent : int or None
        Version that the fit started from.
    cursor : int
        The newest label event it has read.
    seed : int
    encoder : str
        Fingerprint of the encoder that made the embeddings.
    head : str
        Name of the head.
    classes : tuple of str
    weights : mapping of str to ndarray
    probabilities : ndarray of shape (n_samples, n_classes), float32
    order : ndarray of shape (n_candidates,), int64
        Positions worth asking next, best first.
    metrics : mapping of str to float
        Not part of the hash.
    multi : bool
        A sample can have several classes: each probability stands for itself.
    """

    version: int
    parent: int | None
    cursor: int
    seed: int
    encoder: str
    head: str
    classes: tuple[str, ...]
    weights: Mapping[str, NDArray[Any]]
    probabilities: Floats
    order: Positions
    metrics: Mapping[str, float] = field(default_factory=dict)
    multi: bool = False

    @cached_property
    def hash(self) -> str:
        """SHA-256 over everything but the metrics, in hex."""
        digest = hashlib.sha256(json.dumps(self._identity(), sort_keys=True).encode())
        for name, array in sorted(self._arrays().items()):
            digest.update(f"{name} {array.dtype.str} {array.shape}".encode())
            digest.update(array.reshape(-1).view(np.uint8).data)
        return digest.hexdigest()

    def suggestion(self, position: int) -> Suggestion:
        """Rank the classes for one sample of the pool.

        Raises
        ------
        IndexError
            If the sample was added after this snapshot was made.
        """
        if not 0 <= position < len(self.probabilities):
            raise IndexError(f"snapshot {self.version} has not seen row {position}")
        row = self.probabilities[position]
        ranks = np.argsort(-row, kind="stable")
        return Suggestion(
            tuple(self.classes[i] for i in ranks),
            tuple(float(row[i]) for i in ranks),
            snapshot=self.version,
        )

    def columns(self, classes: Sequence[str]) -> Floats:
        """Probabilities of the pool in the order of `classes`; 0 for one that it does not know.

        Returns
        -------
        ndarray of shape (n_samples, len(classes)), float32
        """
        found = np.zeros((len(self.probabilities), len(classes)), np.float32)
        for column, name in enumerate(classes):
            if name in self.classes:
                found[:, column] = self.probabilities[:, self.classes.index(name)]
        return found

    def predict(self, embeddings: Floats) -> Floats:
        """Class probabilities for embeddings outside the pool.

        Parameters
        ----------
        embeddings : ndarray of shape (n, n_dims), float32

        Returns
        -------
        ndarray of shape (n, n_classes), float32
            Rows sum to 1, unless `multi`.

        Raises
        ------
        BadInput
            If the embeddings have another width than those it learned on.
        """
        from dalt.heads.predictors import predict

        return predict(self.weights, np.asarray(embeddings, np.float32), len(self.classes))

    def save(self, path: Path) -> None:
        """Write one safetensors file; a file of that name is replaced at once or not at all."""
        metadata = {
            "format": FORMAT,
            "identity": json.dumps(self._identity(), sort_keys=True),
            "metrics": json.dumps(dict(self.metrics), sort_keys=True),
        }
        write_arrays(path, self._arrays(), metadata)

    @classmethod
    def load(cls, path: Path) -> Snapshot:
        """Read a snapshot; its arrays stay on disk until they are looked at.

        Raises
        ------
        DamagedStore
            If the file is not there, cut short, or not a snapshot.
        """
        try:
            metadata, arrays = map_arrays(path)
            if metadata.get("format") != FORMAT:
                raise ValueError("another format")
            identity = json.loads(metadata["identity"])
            identity["classes"] = tuple(identity["classes"])
            return cls(
                **identity,
                weights={n[8:]: a for n, a in arrays.items() if n.startswith("weights.")},
                probabilities=arrays["probabilities"],
                order=arrays["order"],
                metrics=json.loads(metadata["metrics"]),
            )
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise DamagedStore(f"The snapshot {path} cannot be read ({error}).") from error

    def _identity(self) -> dict[str, Any]:
        names = ("version", "parent", "cursor", "seed", "encoder", "head")
        found = {name: getattr(self, name) for name in names} | {"classes": list(self.classes)}
        # Only where it says something: snapshots of former versions keep their hashes.
        return found | {"multi": True} if self.multi else found

    def _arrays(self) -> dict[str, NDArray[Any]]:
        arrays = {f"weights.{name}": array for name, array in self.weights.items()}
        arrays |= {"probabilities": self.probabilities, "order": self.order}
        return {name: np.ascontiguousarray(array) for name, array in arrays.items()}
