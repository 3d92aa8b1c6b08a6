"""The contents of many samples, read one at a time."""

from __future__ import annotations

import operator
from collections.abc import Collection, Iterator, Sequence
from typing import Any, Protocol, SupportsIndex, overload

import numpy as np
from numpy.typing import NDArray

from dalt.core.records import BadInput, Floats, Sample
from dalt.data.readers import tables

Raw = NDArray[np.uint8] | Floats | str | dict[str, tables.Cell]
REMOVED = "was removed from the project"


class Loader(Protocol):
    """Reads the content of a sample: `dalt.data.sources.SampleFiles` does."""

    def load(self, sample: Sample, longest: int | None = None) -> Raw:
        """Read one sample; larger images are reduced to `longest`."""


class RawSamples(Sequence[Any]):
    """The contents of samples, each read on access.

    Parameters
    ----------
    files : Loader
    samples : sequence of Sample
    longest : int, optional
        Larger images are reduced to this side.
    removed : collection of int
        Positions of samples that were removed from the project: their files may be gone, and
        nothing is to learn from them.  Reading one raises `BadInput`.

    Attributes
    ----------
    removed : frozenset of int
        The rows of this sequence that are removed.
    """

    def __init__(
        self,
        files: Loader,
        samples: Sequence[Sample],
        longest: int | None = None,
        removed: Collection[int] = (),
    ) -> None:
        self.files = files
        self.samples = samples
        self.longest = longest
        self.removed = frozenset(removed)

    def __len__(self) -> int:
        """Count the samples."""
        return len(self.samples)

    @overload
    def __getitem__(self, index: SupportsIndex) -> Raw: ...
    @overload
    def __getitem__(self, index: slice) -> RawSamples: ...
    def __getitem__(self, index: SupportsIndex | slice) -> Raw | RawSamples:
        """Read one sample; a slice reads nothing yet."""
        if isinstance(index, slice):
            rows = range(len(self))[index]
            removed = [row for row, former in enumerate(rows) if former in self.removed]
            return RawSamples(self.files, self.samples[index], self.longest, removed)
        row = operator.index(index)
        if self.removed and row % len(self) in self.removed:
            raise BadInput(f"Sample {self.samples[row].source!r} {REMOVED}.")
        return self.files.load(self.samples[row], self.longest)

    @property
    def kept(self) -> RawSamples:
        """The samples that were not removed."""
        if not self.removed:
            return self
        rows = [row for row in range(len(self)) if row not in self.removed]
        return RawSamples(self.files, _Chosen(self.samples, rows), self.longest)


class _Chosen(Sequence[Sample]):
    """Some rows of a long sequence, looked up on access."""

    def __init__(self, samples: Sequence[Sample], rows: Sequence[int]) -> None:
        self._samples = samples
        self._rows = rows

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, index: SupportsIndex) -> Sample: ...
    @overload
    def __getitem__(self, index: slice) -> _Chosen: ...
    def __getitem__(self, index: SupportsIndex | slice) -> Sample | _Chosen:
        if isinstance(index, slice):
            return _Chosen(self._samples, self._rows[index])
        return self._samples[self._rows[operator.index(index)]]

    def __iter__(self) -> Iterator[Sample]:
        return (self._samples[row] for row in self._rows)
