"""Votes of sources beside the model on the samples of a pool, as arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from dalt.core.records import ClassSet, Floats, Positions

if TYPE_CHECKING:
    from scipy.sparse import csr_array


@dataclass(frozen=True)
class SourceVotes:
    """What one source says of the samples of a pool.

    Attributes
    ----------
    name : str
    shares : csr_array of shape (n_samples, n_classes), float32
        Rows without a vote are empty; the others sum to 1 at most, and what a source leaves
        open may be any class.
    knew : ndarray of shape (n_samples,), bool
        Where it may have known a label, so that the vote does not say how good it is.
    """

    name: str
    shares: csr_array
    knew: NDArray[np.bool_]

    def has(self) -> NDArray[np.bool_]:
        """Which samples it says something of: shape (n_samples,)."""
        return np.asarray(np.diff(self.shares.indptr) > 0)

    def rows(self, positions: Positions) -> Floats:
        """The votes on some samples, zeros without one: shape (n, n_classes), float32."""
        return np.asarray(self.shares[positions].toarray(), np.float32)


class VoteBook:
    """Collects the votes of one source as they come, in a few bytes each.

    Examples
    --------
    >>> book = VoteBook("rules")
    >>> book.add(2, {"cat": 0.75, "dog": 0.25})
    >>> book.add(0, {"Cat": 1.0})
    >>> book.add(1, None)
    >>> said = book.votes(ClassSet(("Cat", "dog"), {"cat": "Cat"}), 3)
    >>> said.shares.toarray().tolist(), said.has().tolist()
    ([[1.0, 0.0], [0.0, 0.0], [0.75, 0.25]], [True, False, True])
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._codes: dict[str, int] = {}
        self._start = np.zeros(0, np.int64)
        self._length = np.zeros(0, np.int32)
        self._knew = np.zeros(0, bool)
        self._classes: list[int] = []
        self._shares: list[float] = []
        self._packed: tuple[NDArray[np.int32], Floats] = (
            np.zeros(0, np.int32), np.zeros(0, np.float32)
        )  # fmt: skip

    def add(self, position: int, content: Mapping[str, float] | None, knew: bool = False) -> None:
        """Take a vote; it replaces a former one on the same sample."""
        if position >= len(self._start):
            self._grow(position + 1)
        said = content or {}
        self._start[position] = len(self._packed[0]) + len(self._classes)
        self._length[position] = len(said)
        self._knew[position] = knew
        for name, share in said.items():
            self._classes.append(self._codes.setdefault(name, len(self._codes)))
            self._shares.append(share)

    def votes(self, classes: ClassSet, n_samples: int) -> SourceVotes:
        """The votes that hold, by the present classes; shares of removed classes are left open."""
        from scipy.sparse import coo_array

        self._pack()
        self._grow(n_samples)
        codes, shares = self._packed
        length = self._length[:n_samples].astype(np.int64)
        row = np.repeat(np.arange(n_samples), length)
        within = np.arange(len(row)) - np.repeat(np.cumsum(length) - length, length)
        entry = self._start[:n_samples][row] + within
        column = self._columns(classes)[codes[entry]] if len(entry) else np.zeros(0, np.int64)
        known = (column >= 0) & (shares[entry] > 0)
        shape = (n_samples, len(classes.names))
        found = coo_array((shares[entry][known], (row[known], column[known])), shape).tocsr()
        found.sum_duplicates()
        total = np.asarray(found.sum(axis=1)).ravel()
        found.data /= np.repeat(np.maximum(total, 1), np.diff(found.indptr))
        return SourceVotes(self.name, found.astype(np.float32), self._knew[:n_samples].copy())

    def _columns(self, classes: ClassSet) -> Positions:
        place = {name: at for at, name in enumerate(classes.names)}
        names = [classes.former.get(name, name) for name in self._codes]
        return np.array([place.get(name, -1) for name in names], np.int64)

    def _pack(self) -> None:
        if self._classes:
            codes, shares = self._packed
            self._packed = (
                np.concatenate([codes, np.array(self._classes, np.int32)]),
                np.concatenate([shares, np.array(self._shares, np.float32)]),
            )
            self._classes, self._shares = [], []

    def _grow(self, n_samples: int) -> None:
        more = max(n_samples, 2 * len(self._start)) - len(self._start)
        if n_samples > len(self._start):
            self._start = np.append(self._start, np.zeros(more, np.int64))
            self._length = np.append(self._length, np.zeros(more, np.int32))
            self._knew = np.append(self._knew, np.zeros(more, bool))


def voted_bits(votes: Sequence[SourceVotes], n_samples: int) -> NDArray[np.uint8]:
    """Which of the sources speak of each sample: shape (n_samples, ceil(n_sources / 8)).

    Examples
    --------
    >>> book = VoteBook("rules")
    >>> book.add(1, {"cat": 1.0})
    >>> voted_bits([book.votes(ClassSet(("cat",)), 2)], 2).tolist()
    [[0], [128]]
    """
    said = np.stack([each.has() for each in votes], axis=1)
    return np.packbits(said.reshape(n_samples, len(votes)), axis=1)
