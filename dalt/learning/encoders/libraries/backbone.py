"""A model of another library as the backbone of a pretrained encoder."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

from dalt.core.errors import one_line
from dalt.core.records import BadInput, Floats, Kind
from dalt.learning.encoders.libraries.names import ModelName
from dalt.learning.encoders.mel import RATE
from dalt.learning.encoders.saving import Arrays

VERSION = 1
"""Raised when DALT reads other features off the same model: it is part of the fingerprint."""


class Reader(Protocol):
    """Computes features with a model of some library."""

    def features(self, raw: Sequence[Any]) -> Floats:
        """Features of raw samples: float32 of shape (n, n_features); there is at least one."""


class LibraryModel:
    """A model that is known by its name and the hash of its files.

    Parameters
    ----------
    name : ModelName
    kind : {"image", "text", "audio"}
        What it is to read; some models read several kinds.
    weights : str
        Hash of the files that decide the features.
    reader : Reader

    Raises
    ------
    BadInput
        If the model cannot be run on a sample of that kind, or has no fixed features.
    """

    def __init__(self, name: ModelName, kind: Kind, weights: str, reader: Reader) -> None:
        self.name = str(name)
        self.kind: Kind = kind
        self._weights = weights
        self._reader = reader
        self.n_features = self._tried()

    def identity(self) -> dict[str, Any]:
        """Identifies the features."""
        return {
            "name": self.name,
            "kind": self.kind,
            "weights": self._weights,
            "version": VERSION,
        }

    def arrays(self) -> Arrays:
        """None: the library's cache, or the folder, has the weights."""
        return {}

    def features(self, raw: Sequence[Any]) -> Floats:
        """Features of raw samples: float32 of shape (n, n_features)."""
        if not len(raw):
            return np.empty((0, self.n_features), np.float32)
        return np.asarray(self._reader.features(raw), np.float32)

    def _tried(self) -> int:
        """Number of features, from a sample that is looked at twice."""
        sample = _sample(self.kind)
        try:
            first, again = (np.asarray(self._reader.features([sample])) for _ in range(2))
        except Exception as error:  # somebody else's code
            raise BadInput(
                f"The model of {self.name} cannot be run on {self.kind} samples "
                f"({one_line(error)[:200]})."
            ) from error
        if first.ndim != 2 or first.shape[0] != 1 or not first.shape[1]:
            raise BadInput(
                f"The model of {self.name} gives no row of features for a sample, but an array of "
                f"shape {first.shape}."
            )
        if not np.isfinite(first).all() or not np.allclose(first, again, rtol=1e-3, atol=1e-5):
            raise BadInput(
                f"The model of {self.name} gives features that are not finite, or others each "
                "time, so nothing can be learned from them."
            )
        return int(first.shape[1])


def _sample(kind: Kind) -> Any:
    if kind == "image":
        ramp = np.arange(32, dtype=np.uint8) * 8
        return np.stack(
            [np.tile(ramp, (32, 1)), np.tile(ramp[:, None], (1, 32)), ramp ^ ramp[:, None]], 2
        )
    if kind == "text":
        return "A sample of text."
    return np.sin(np.arange(RATE // 2) * 0.1).astype(np.float32)
