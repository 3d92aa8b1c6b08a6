"""An index of where the samples of a pool came from, by path and by file name."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.int64]


class SourceIndex:
    """Positions of samples by source and by file name; 32 bytes a sample, whatever their length.

    It holds hashes: whoever asks compares the sources of what it finds.

    Parameters
    ----------
    sources : iterable of (int, str)
        Positions of samples, and where each came from.

    Examples
    --------
    >>> index = SourceIndex([(0, "photos/a.png"), (1, "photos/b.png"), (2, "more/A.png")])
    >>> index.equal(["photos/b.png"]), index.named(["a.png"])
    ([1], [0, 2])
    """

    def __init__(self, sources: Iterable[tuple[int, str]]) -> None:
        numbers = np.fromiter(
            (each for at, source in sources for each in (at, hash(source), _hash_of_name(source))),
            dtype=np.int64,
        ).reshape(-1, 3)
        self._by_source = _Sorted(numbers[:, 1], numbers[:, 0])
        self._by_name = _Sorted(numbers[:, 2], numbers[:, 0])

    def equal(self, sources: Sequence[str]) -> list[int]:
        """Positions of samples that can have come from one of these."""
        return self._by_source.find([hash(source) for source in sources])

    def named(self, names: Sequence[str]) -> list[int]:
        """Positions of samples whose file can have one of these names, in any case."""
        return self._by_name.find([_hash_of_name(name) for name in names])


def _hash_of_name(path: str) -> int:
    name = path.rsplit("/", 1)[-1]
    return hash((name if name.isascii() else unicodedata.normalize("NFC", name)).casefold())


class _Sorted:
    """Positions by hash."""

    def __init__(self, hashes: Hashes, positions: Hashes) -> None:
        order = np.argsort(hashes, kind="stable")
        self._hashes = hashes[order]
        self._positions = positions[order]

    def find(self, hashes: Sequence[int]) -> list[int]:
        wanted = np.unique(np.array(hashes, dtype=np.int64))
        first = np.searchsorted(self._hashes, wanted, "left")
        last = np.searchsorted(self._hashes, wanted, "right")
        spans = zip(first.tolist(), last.tolist(), strict=True)
        return sorted({each for a, b in spans for each in self._positions[a:b].tolist()})
