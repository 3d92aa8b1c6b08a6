"""The pool: samples, their states and their places."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from dalt.core.records import Kind, Sample
from dalt.storage import audit_rows, counters, growth, lease_rows, statements, sums
from dalt.storage import tables as t
from dalt.storage.bulk import Listed
from dalt.storage.chunks import chunks
from dalt.storage.database import Database
from dalt.storage.lazy_rows import Pages

_POSITIONS = Listed(
    lambda ids: (
        sa.select(t.samples.c.id, t.samples.c.position)
        .join(ids, t.samples.c.id == ids.c.value)
        .where(~t.IS_REMOVED)
    )
)
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
    removed : int
        Taken out of the pool; not in `samples`.
    kept : int
        Kept for the audit of a model, or labelled by the audited model.
    """

    samples: int
    labelled: int
    leased: int
    removed: int = 0
    kept: int = 0

    @property
    def open(self) -> int:
        """Samples that can be given to one more person."""
        return self.samples - self.labelled - self.leased - self.kept


class Samples:
    """The samples of the pool; a part of `dalt.storage.store.Store`.

    Parameters
    ----------
    database : Database
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def known(self, ids: Sequence[str]) -> set[str]:
        """Those of `ids` that are in the pool; removed samples are not."""
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
                new = statements.append_samples(db, part, self._database.seed)
                if new:
                    free = audit_rows.void(db, "Samples were added to the pool.")
                    lease_rows.refresh_states(db, free)
                added += new
        if added >= _MANY:
            self._database.update_statistics()
        return added

    def move(self, samples: Sequence[Sample]) -> int:
        """Record where the content of these samples is now, and return how many are known.

        Their ids, positions and events stay, and their former sources are known as other ones.

        Parameters
        ----------
        samples : sequence of Sample
            With the new `source` and `location`.
        """
        where = t.samples.update().where(t.samples.c.id == sa.bindparam("of"))
        to = where.values(source=sa.bindparam("to_source"), location=sa.bindparam("to_location"))
        moved = 0
        for part in chunks(samples, 5_000):
            with self._database.writing() as db:
                lease_rows.lock_samples(db, [sample.id for sample in part])
                _keep_sources(db, part)
                rows = [
                    {"of": each.id, "to_source": each.source, "to_location": dict(each.location)}
                    for each in part
                ]
                moved += db.execute(to, rows).rowcount
                sums.forget(db, t.samples, t.sources)  # whoever is killed here leaves none
        with self._database.writing() as db:
            sums.begin(db)
        return moved

    def all(self) -> Pages:
        """Every sample by position, read on access; also removed ones, which keep their place."""
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
            If it is not in the pool, or was removed.
        """
        with self._database.reading() as db:
            return statements.sample_by_id(db, sample_id)

    def by_ids(self, ids: Sequence[str]) -> dict[str, Sample]:
        """The samples with these ids that are in the pool, by id."""
        found: dict[str, Sample] = {}
        with self._database.reading() as db:
            for part in chunks(ids):
                rows = db.execute(
                    sa.select(t.samples).where(t.samples.c.id.in_(part), ~t.IS_REMOVED)
                )
                found.update((row.id, statements.sample_of(row)) for row in rows)
        return found

    def sources(self, ids: Sequence[str]) -> dict[str, str]:
        """Sources of those of these samples that are in the pool, by id."""
        found: dict[str, str] = {}
        with self._database.reading() as db:
            for part in chunks(ids):
                where = t.samples.c.id.in_(part), ~t.IS_REMOVED
                query = sa.select(t.samples.c.id, t.samples.c.source).where(*where)
                found.update((sample_id, source) for sample_id, source in db.execute(query))
        return found

    def positions(self, ids: Sequence[str]) -> list[int]:
        """Rows of the embeddings of these samples, in the order given.

        Raises
        ------
        UnknownSample
            If one of them is not in the pool, or was removed.
        """
        found = self.known_positions(ids)
        for sample_id in ids:
            if sample_id not in found:
                with self._database.reading() as db:
                    raise statements.missing(db, sample_id)
        return [found[sample_id] for sample_id in ids]

    def known_positions(self, ids: Sequence[str]) -> dict[str, int]:
        """Rows of the embeddings of those of these samples that are in the pool, by id."""
        if not ids:
            return {}
        with self._database.reading() as db:
            return dict(map(tuple, _POSITIONS.rows(db, ids)))

    def source_mark(self) -> tuple[int, int]:
        """Two numbers that change when samples, or sources of samples, come to the pool."""
        newest = sa.select(sa.func.max(t.sources.c.source_id))
        with self._database.reading() as db:
            return statements.n_samples(db), db.execute(newest).scalar() or 0

    def every_source(self) -> Iterator[tuple[int, str]]:
        """The position and each source of every sample, in one consistent state.

        Also of removed ones: an index of these stays right when they are restored.
        """
        first = sa.select(t.samples.c.position, t.samples.c.source).order_by(t.samples.c.position)
        others = sa.select(t.samples.c.position, t.sources.c.source).join_from(t.sources, t.samples)
        with self._database.reading() as db:
            for query in (first, others):
                result = db.execution_options(yield_per=_AT_ONCE).execute(query)
                for part in result.partitions():
                    yield from ((position, source) for position, source in part)

    def sources_at(
        self, positions: Sequence[int], *, removed: bool = False
    ) -> list[tuple[int, str, str]]:
        """Position, id and source of the samples at these positions, once for each source.

        Of those in the pool, or of those that were removed.
        """
        found: list[tuple[int, str, str]] = []
        at = (t.samples.c.position, t.samples.c.id)
        which = t.IS_REMOVED if removed else ~t.IS_REMOVED
        first = sa.select(*at, t.samples.c.source)
        others = sa.select(*at, t.sources.c.source).join_from(t.sources, t.samples)
        with self._database.reading() as db:
            some = db.execute(sa.select(t.sources.c.source_id).limit(1)).first() is not None
            for part in chunks(positions):
                where = t.samples.c.position.in_(part), which
                for query in (first, others) if some else (first,):
                    rows = db.execute(query.where(*where))
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
        """Every sample of the pool with its state, by position.

        The states are "open", "leased", "labelled" and "audit": kept for the audit of a model,
        or already labelled by the audited model.
        """
        names = {t.OPEN: "open", t.LEASED: "leased", t.LABELLED: "labelled", t.KEPT: "audit"}
        self._database.reap()
        with self._database.reading() as db:
            query = sa.select(t.samples).where(~t.IS_REMOVED).order_by(t.samples.c.position)
            rows = db.execute(query)
            return [(statements.sample_of(row), names[row.state]) for row in rows]

    def counts(self) -> Counts:
        """Numbers of all, labelled and held samples; removed ones do not count."""
        with self._database.reading() as db:
            n = counters.n_in_state(db)
        n_removed = n.pop(t.REMOVED, 0)
        return Counts(
            samples=sum(n.values()),
            labelled=n.get(t.LABELLED, 0),
            leased=n.get(t.LEASED, 0),
            removed=n_removed,
            kept=n.get(t.KEPT, 0),
        )

    def growth(self) -> list[tuple[int, int]]:
        """Events after which samples were added, and how many there were until then.

        Removed samples are among them.  Earlier versions of DALT did not note this.
        """
        with self._database.reading() as db:
            return growth.noted(db)

    def n_rows(self) -> int:
        """Rows of the embeddings of the whole pool: removed samples keep theirs."""
        with self._database.reading() as db:
            return statements.n_samples(db)

    def kinds(self) -> set[Kind]:
        """The kinds of sample in the pool."""
        with self._database.reading() as db:
            return set(db.execute(sa.select(t.samples.c.kind).distinct()).scalars())

    def open_mask(self) -> NDArray[np.bool_]:
        """Samples that nobody has labelled or removed: bool, shape (n_samples,), by position."""
        with self._database.reading() as db:
            return statements.open_mask(db)


def _keep_sources(db: sa.Connection, samples: Sequence[Sample]) -> None:
    """Keep the sources that these samples have now as others, and not the coming ones twice."""
    coming = {sample.id: sample.source for sample in samples}
    former: dict[str, str] = {}
    for part in chunks(list(coming)):
        query = sa.select(t.samples.c.id, t.samples.c.source).where(t.samples.c.id.in_(part))
        former.update((row.id, row.source) for row in db.execute(query))
    rows = [
        {"of": sample_id, "now": coming[sample_id], "before": source}
        for sample_id, source in former.items()
        if source != coming[sample_id]
    ]
    if rows:
        either = t.sources.c.source.in_([sa.bindparam("now"), sa.bindparam("before")])
        db.execute(
            t.sources.delete().where(t.sources.c.sample_id == sa.bindparam("of"), either), rows
        )
        db.execute(
            t.sources.insert(),
            [{"sample_id": row["of"], "source": row["before"]} for row in rows],
        )
