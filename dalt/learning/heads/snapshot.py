"""One fitted head that never changes: suggests and predicts with numpy alone."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dalt.core.arrays import map_arrays, write_arrays
from dalt.core.records import (
    DamagedStore,
    Floats,
    Positions,
    Suggestion,
)

FORMAT = "dalt snapshot 1"
SOURCES_ALONE = "sources"
"""Name of the head of a snapshot from before the first label: only sources speak in it."""


@dataclass(frozen=True, eq=False)
class Snapshot:
    """One fitted head that never changes, with its predictions for the pool.

    Attributes
    ----------
    version : int
    parent : int or None
        Version that the fit started from.
    cursor : int
        The newest label event that it has read.
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
    scores : ndarray of shape (n_samples,), float32, or None
        How much each sample is wanted, where the strategy draws at random; None where it
        takes the first of `order`.
    sources : tuple of str
        Names of the sources beside the head whose votes are in `probabilities`.
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
    scores: Floats | None = None
    sources: tuple[str, ...] = ()

    @cached_property
    def hash(self) -> str:
        """SHA-256 over everything except the metrics, in hex."""
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
        suggesters = self.suggesters(position)
        if not suggesters and not self.learned:
            return Suggestion()
        row = self.probabilities[position]
        ranks = np.argsort(-row, kind="stable")
        return Suggestion(
            tuple(self.classes[i] for i in ranks),
            tuple(float(row[i]) for i in ranks),
            snapshot=self.version,
            suggesters=suggesters,
        )

    @property
    def learned(self) -> bool:
        """Whether a head has learned labels; before, only sources speak."""
        return self.head != SOURCES_ALONE

    def suggesters(self, position: int) -> tuple[str, ...]:
        """Names of the sources whose votes are in the probabilities of one sample."""
        if not self.sources:
            return ()
        n = len(self.sources)
        voted = np.unpackbits(self.weights["sources.voted"][position], count=n).astype(bool)
        counts = voted & (self.weights["sources.weight"] > 0)
        return tuple(name for name, each in zip(self.sources, counts, strict=True) if each)

    @property
    def stopped_sources(self) -> tuple[str, ...]:
        """Names of the sources without which the head is surely better."""
        stopped = self.weights["sources.stopped"] if self.sources else ()
        return tuple(name for name, each in zip(self.sources, stopped, strict=True) if each)

    def columns(self, classes: Sequence[str]) -> Floats:
        """Return probabilities of the pool in the order of `classes`; 0 for unknown ones.

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
        from dalt.learning.heads.predictors import predict

        return predict(self.weights, np.asarray(embeddings, np.float32), len(self.classes))

    def save(self, path: Path) -> None:
        """Write one safetensors file; it replaces a file of that name at once or not at all."""
        metadata = {
            "format": FORMAT,
            "identity": json.dumps(self._identity(), sort_keys=True),
            "metrics": json.dumps(dict(self.metrics), sort_keys=True),
        }
        write_arrays(path, self._arrays(), metadata)

    @classmethod
    def load(cls, path: Path) -> Snapshot:
        """Read a snapshot; its arrays stay on disk until used.

        Raises
        ------
        DamagedStore
            If the file is missing, truncated, or not a snapshot.
        """
        try:
            metadata, arrays = map_arrays(path)
            if metadata.get("format") != FORMAT:
                raise ValueError("another format")
            identity = json.loads(metadata["identity"])
            for name in ("classes", "sources"):
                identity[name] = tuple(identity.get(name, ()))
            return cls(
                **identity,
                weights={n[8:]: a for n, a in arrays.items() if n.startswith("weights.")},
                probabilities=arrays["probabilities"],
                order=arrays["order"],
                scores=arrays.get("scores"),
                metrics=json.loads(metadata["metrics"]),
            )
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise DamagedStore(f"The snapshot {path} cannot be read ({error}).") from error

    def _identity(self) -> dict[str, Any]:
        names = ("version", "parent", "cursor", "seed", "encoder", "head")
        found = {name: getattr(self, name) for name in names} | {"classes": list(self.classes)}
        # Only if they are set: snapshots of former versions keep their hashes.
        found |= {"multi": True} if self.multi else {}
        return found | ({"sources": list(self.sources)} if self.sources else {})

    def _arrays(self) -> dict[str, NDArray[Any]]:
        arrays = {f"weights.{name}": array for name, array in self.weights.items()}
        arrays |= {"probabilities": self.probabilities, "order": self.order}
        if self.scores is not None:  # others keep the hashes that they had
            arrays["scores"] = self.scores
        return {name: np.ascontiguousarray(array) for name, array in arrays.items()}
