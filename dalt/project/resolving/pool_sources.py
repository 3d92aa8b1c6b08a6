"""Where the samples of a pool came from: an index that follows the pool as it grows."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from dalt.project.resolving.outcomes import Match
from dalt.project.resolving.source_index import SourceIndex
from dalt.storage.samples import Samples


class PoolSources:
    """The sources of a pool, indexed when that is first needed and anew when there are more.

    Parameters
    ----------
    samples : Samples
    written : callable
        How a source is to be looked up, such as without its ending.
    """

    def __init__(self, samples: Samples, written: Callable[[str], str] = str) -> None:
        self._samples = samples
        self._written = written
        self._mark: tuple[int, int] | None = None
        self._index: SourceIndex | None = None

    def index(self) -> SourceIndex:
        """The index of all sources."""
        mark = self._samples.source_mark()
        if self._index is None or self._mark != mark:
            each = self._samples.every_source()
            self._index = SourceIndex((at, self._written(source)) for at, source in each)
            self._mark = mark
        return self._index

    def from_any(self, sources: Sequence[str]) -> dict[str, list[Match]]:
        """The samples that came from each of these, by source; those of no sample are left out."""
        wanted, found = set(sources), dict[str, list[Match]]()
        if wanted:
            for at, sample_id, source in self.at(self.index().equal([*wanted])):
                if source in wanted:
                    found.setdefault(source, []).append(Match(sample_id, at))
        return found

    def at(self, positions: Sequence[int]) -> list[tuple[int, str, str]]:
        """Position, id and source of the samples at these positions; all sources of each."""
        found = self._samples.sources_at(positions)
        return [(at, sample_id, self._written(source)) for at, sample_id, source in found]
