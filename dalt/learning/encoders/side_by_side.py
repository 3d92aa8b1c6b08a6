"""Two encoders as one: their embeddings side by side, equally strong."""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np

from dalt.core.records import BadInput, Encoder, Floats, Kind, Progress
from dalt.learning.encoders.embedding import Embedder, Part
from dalt.learning.encoders.saved import SavedEncoder
from dalt.learning.encoders.saving import Arrays, read_settings

AT_ONCE = 10_000


class SideBySide(SavedEncoder):
    """Embeds by two encoders, each divided by the spread of its own embeddings.

    Parameters
    ----------
    parts : tuple of two Encoder
        Fitted; they are not changed.
    scales : tuple of two float
        Factors of the parts' embeddings (`scale_of`).

    Raises
    ------
    BadInput
        If they read different kinds of samples.
    """

    def __init__(self, parts: tuple[Encoder, Encoder], scales: tuple[float, float]) -> None:
        if parts[0].kind != parts[1].kind:
            raise BadInput(f"One encoder reads {parts[0].kind}, the other {parts[1].kind} samples.")
        self.kind: Kind = parts[0].kind
        self.halves = parts
        self.scales = scales

    @property
    def n_dims(self) -> int:
        """Columns of both."""
        return sum(part.n_dims for part in self.halves)

    def fit(self, raw: Sequence[Any], *, seed: int, progress: Progress | None = None) -> Self:
        """Learn nothing: both have learned before.

        Parameters
        ----------
        raw : sequence
        seed : int
        progress : callable, optional
        """
        return self

    def transform(self, raw: Sequence[Any]) -> Floats:
        """Embed samples: float32 of shape (n_samples, n_dims).

        Raises
        ------
        BadInput
            As the parts do.
        """
        return self.joined([part.transform(raw) for part in self.halves])

    def joined(self, embeddings: Sequence[Floats]) -> Floats:
        """Put rows of both side by side: float32 of shape (n, n_dims)."""
        scaled = [
            np.asarray(each, np.float32) * np.float32(scale)
            for each, scale in zip(embeddings, self.scales, strict=True)
        ]
        return np.hstack(scaled)

    def save(self, folder: Path) -> None:
        """Write the settings into `folder`, and each encoder into a folder there."""
        super().save(folder)
        for number, part in enumerate(self.halves):
            part.save(folder / str(number))

    @classmethod
    def load(cls, folder: Path, read: Callable[[Path], Encoder]) -> SideBySide:
        """Read what `save` wrote; `read` reads one encoder from its folder.

        Raises
        ------
        BadInput
            If it is missing or damaged, or a part needs what is not installed.
        """
        first, second = (read(folder / str(number)) for number in range(2))
        left, right = read_settings(folder)["scales"]
        return cls((first, second), (left, right))

    def _settings(self) -> dict[str, Any]:
        return {
            "type": "side by side",
            "version": 1,
            "scales": list(self.scales),
            "parts": [part.fingerprint for part in self.halves],
        }

    def _arrays(self) -> Arrays:
        return {}


def scale_of(embeddings: Floats) -> float:
    """Factor that gives embeddings a mean square of 1 in a row, around their mean.

    Examples
    --------
    >>> scale_of(np.array([[3.0, 0.0], [-3.0, 0.0]], np.float32))
    0.3333333333333333
    """
    some = np.asarray(embeddings[:: max(len(embeddings) // AT_ONCE, 1)], np.float64)
    spread = float(np.square(some - some.mean(axis=0)).sum(axis=1).mean()) ** 0.5
    return 1 / spread if spread > 0 else 1.0


def from_embeddings(
    both: SideBySide, embeddings: Sequence[Floats], missing: Collection[int]
) -> Embedder:
    """Embed by putting the rows side by side that the parts have made already.

    Parameters
    ----------
    both : SideBySide
    embeddings : sequence of two ndarray or memmap of shape (n_samples, n_dims)
    missing : collection of int
        Rows that one of the parts could not embed.
    """
    lost = set(missing)

    def embed(
        encoder: Encoder, folder: Path, raw: Sequence[Any], rows: Sequence[int]
    ) -> Generator[Part, None, None]:
        for first in range(0, len(rows), AT_ONCE):
            some = rows[first : first + AT_ONCE]
            kept = [row for row in some if row not in lost]
            found = both.joined([each[kept] for each in embeddings])
            failed = [(row, "an encoder has no embedding of it") for row in some if row in lost]
            yield Part(kept, found, failed)

    return embed
