"""The pool: samples, their states and their places."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from dalt.core.records import Kind, Sample
from dalt.storage import counters, statements
from dalt.storage import tables as t
from dalt.storage.chunks import chunks
from dalt.storage.database import Database
from dalt.storage.lazy_rows import Pages

_AT_ONCE = 5_000  # sources in memory
_MANY = 1_000  # new samples after which the planner's statistics are updated


@dataclass(frozen=True, slots=True)
class Counts:
    """Samples by state.

    Attributes
    ----------
    samples : int
    labelled : int
        Labelled by as many people as required.
    leased : int
        Not yet labelled by as many, but held by enough people.
    """

    samples: int
    labelled: int
    leased: int

    @property
    def open(self) -> int:
        """Samples that can be given to one more person."""
        return self.samples - self.labelled - self.leased


class Samples:
    """The samples of the pool; a part of `dalt.storage.store.Store`.

    Parameters
    ----------
    database : Database
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def known(self, ids: Sequence[str]) -> set[str]:
        """Those of `ids` that are in the pool."""
        with self._database.reading() as db:
            return statements.known_ids(db, ids)

    def add(self, samples: Sequence[Sample]) -> int:
        """Append samples to the pool; existing ones stay as they are.

        Returns
        -------
        int
            How many were new.
        """
        added = 0
        for part in chunks(samples, 5_000):  # short transactions: annotators write meanwhile
            with self._database.writing() as db:
                added += statements.append_samples(db, part, self._database.seed)
        if added >= _MANY:
            self._database.update_statistics()
        return added

    def all(self) -> Pages:
        """Every sample of the pool, by position, read on access."""
        with self._database.reading() as db:
            return Pages(self._between, range(statements.n_samples(db)))

    def _between(self, first: int, last: int) -> list[Sample]:
        with self._database.reading() as db:
            return statements.samples_between(db, first, last)

    def get(self, sample_id: str) -> Sample:
        """One sample by its id.

        Raises
        ------
        UnknownSample
            If it is not in the pool.
        """
        with self._database.reading() as db:
            return statements.sample_by_id(db, sample_id)

    def by_ids(self, ids: Sequence[str]) -> dict[str, Sample]:
        """The samples with these ids that are in the pool, by id."""
        found: dict[str, Sample] = {}
        with self._database.reading() as db:
            for part in chunks(ids):
                rows = db.execute(sa.select(t.samples).where(t.samples.c.id.in_(part)))
                found.update((row.id, statements.sample_of(row)) for row in rows)
        return found

    def sources(self, ids: Sequence[str]) -> dict[str, str]:
        """Sources of these samples, by id."""
        found: dict[str, str] = {}
        with self._database.reading() as db:
            for part in chunks(ids):
                where = t.samples.c.id.in_(part)
                query = sa.select(t.samples.c.id, t.samples.c.source).where(where)
                found.update((sample_id, source) for sample_id, source in db.execute(query))
        return found

    def ids_of_sources(self, sources: Sequence[str]) -> dict[str, list[str]]:
        """Ids of the samples from these paths or rows, by source; all sources count."""
        first = sa.select(t.samples.c.source, t.samples.c.id.label("sample_id"))
        other = sa.select(t.sources.c.source, t.sources.c.sample_id)
        found: dict[str, list[str]] = {}
        with self._database.reading() as db:
            for part in chunks(list(dict.fromkeys(sources))):
                for query in (first, other):
                    column = query.selected_columns.source
                    for row in db.execute(query.where(column.in_(part))):
                        found.setdefault(row.source, []).append(row.sample_id)
        return found

    def positions(self, ids: Sequence[str]) -> list[int]:
        """Rows of the embeddings of these samples, in the order given.

        Raises
        ------
        UnknownSample
            If one of them is not in the pool.
        """
        found = self.known_positions(ids)
        for sample_id in ids:
            if sample_id not in found:
                raise statements.unknown(sample_id)
        return [found[sample_id] for sample_id in ids]

    def known_positions(self, ids: Sequence[str]) -> dict[str, int]:
        """Rows of the embeddings of those of these samples that are in the pool, by id."""
        found: dict[str, int] = {}
        with self._database.reading() as db:
            for part in chunks(ids):
                rows = db.execute(
                    sa.select(t.samples.c.id, t.samples.c.position).where(t.samples.c.id.in_(part))
                )
                found.update((row.id, row.position) for row in rows)
        return found

    def count(self) -> int:
        """The size of the pool."""
        with self._database.reading() as db:
            return statements.n_samples(db)

    def every_source(self) -> Iterator[tuple[int, str]]:
        """The position and the source of every sample, in one consistent state."""
        query = sa.select(t.samples.c.position, t.samples.c.source).order_by(t.samples.c.position)
        with self._database.reading() as db:
            for part in db.execution_options(yield_per=_AT_ONCE).execute(query).partitions():
                yield from map(tuple, part)

    def sources_at(self, positions: Sequence[int]) -> list[tuple[int, str, str]]:
        """Position, id and source of the samples at these positions."""
        found: list[tuple[int, str, str]] = []
        columns = (t.samples.c.position, t.samples.c.id, t.samples.c.source)
        with self._database.reading() as db:
            for part in chunks(positions):
                rows = db.execute(sa.select(*columns).where(t.samples.c.position.in_(part)))
                found.extend((row.position, row.id, row.source) for row in rows)
        return found

    def ids_at(self, positions: Sequence[int]) -> dict[int, str]:
        """Ids of the samples at these positions, by position."""
        found: dict[int, str] = {}
        with self._database.reading() as db:
            for part in chunks([int(position) for position in positions]):
                where = t.samples.c.position.in_(part)
                rows = db.execute(sa.select(t.samples.c.position, t.samples.c.id).where(where))
                found.update((row.position, row.id) for row in rows)
        return found

    def states(self) -> list[tuple[Sample, str]]:
        """Every sample with "open", "leased" or "labelled", by position."""
        names = {t.OPEN: "open", t.LEASED: "leased", t.LABELLED: "labelled"}
        self._database.reap()
        with self._database.reading() as db:
            rows = db.execute(sa.select(t.samples).order_by(t.samples.c.position))
            return [(statements.sample_of(row), names[row.state]) for row in rows]

    def counts(self) -> Counts:
        """Numbers of all, labelled and held samples."""
        with self._database.reading() as db:
            n = counters.n_in_state(db)
        return Counts(sum(n.values()), n.get(t.LABELLED, 0), n.get(t.LEASED, 0))

    def kinds(self) -> set[Kind]:
        """The kinds of sample in the pool."""
        with self._database.reading() as db:
            return set(db.execute(sa.select(t.samples.c.kind).distinct()).scalars())

    def open_mask(self) -> NDArray[np.bool_]:
        """Samples that nobody has labelled: bool, shape (n_samples,), by position."""
        with self._database.reading() as db:
            return statements.open_mask(db)
