"""The contents of samples as a sequence that reads them on access."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any, Protocol, SupportsIndex, overload

import numpy as np
from numpy.typing import NDArray

from dalt.core.records import Floats, Sample
from dalt.data.readers import tables

Raw = NDArray[np.uint8] | Floats | str | dict[str, tables.Cell]


class Loader(Protocol):
    """Reads the content of a sample, as `dalt.data.sources.SampleFiles` does."""

    def load(self, sample: Sample, longest: int | None = None) -> Raw:
        """Read the content of a sample."""


class RawSamples(Sequence[Any]):
    """The contents of samples, each read on access.

    Parameters
    ----------
    files : Loader
    samples : sequence of Sample
    longest : int, optional
        Larger images are reduced to this side.
    """

    def __init__(
        self, files: Loader, samples: Sequence[Sample], longest: int | None = None
    ) -> None:
        self.files = files
        self.samples = samples
        self.longest = longest

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
            return RawSamples(self.files, self.samples[index], self.longest)
        return self.files.load(self.samples[operator.index(index)], self.longest)
