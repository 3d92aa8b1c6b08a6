"""The protocol of encoders."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol, Self

from dalt.core.base import Floats, Kind, Progress


class Encoder(Protocol):
    """Turns raw samples of one kind into embeddings."""

    kind: Kind

    @property
    def fingerprint(self) -> str:
        """Hash of everything that decides the embeddings (weights and settings)."""

    @property
    def n_dims(self) -> int:
        """Columns of the embeddings."""

    def fit(self, raw: Sequence[Any], *, seed: int, progress: Progress | None = None) -> Self:
        """Learn from raw samples, without labels."""

    def transform(self, raw: Sequence[Any]) -> Floats:
        """Embed raw samples: float32 of shape (n_samples, n_dims)."""

    def save(self, folder: Path) -> None:
        """Write settings (JSON) and weights (safetensors) into `folder`."""
