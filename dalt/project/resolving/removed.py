"""Items of a file that name samples which were removed from the project."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from dalt.project.resolving.outcomes import gone
from dalt.storage.store import Store


class RemovedSamples:
    """The reasons why labels of removed samples cannot come in.

    Without them a path of a removed file would be looked for by its ending, and its label would go
    to another file of that name.

    Parameters
    ----------
    store : Store
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._positions: list[int] = []
        self._sources: dict[str, str] = {}

    def by_id(self, sample_ids: Sequence[str]) -> dict[str, str]:
        """The reasons of those of these samples that are removed, by id."""
        return {each: gone(each, each) for each in self._store.removals.among(sample_ids)}

    def by_source(self, sources: Iterable[str]) -> str | None:
        """The reason of the first of these sources whose sample is removed."""
        for source in sources:
            if source in self._sources:
                return gone(source, self._sources[source])
        return None

    def look_again(self) -> None:
        """Take note of samples that were removed or restored meanwhile."""
        positions = self._store.removals.positions()
        if positions != self._positions:
            samples = self._store.samples.all()
            self._sources = {samples[each].source: samples[each].id for each in positions}
            self._positions = positions
