"""The database of samples, leases, label events and snapshots.

This is the only folder with SQL.  Three promises hold everywhere:

- an event is committed durably (SQLite: WAL, ``synchronous=FULL``) before its method returns;
- events are only ever appended, each once for its idempotency key;
- a sample is leased in one transaction, so that no more people get it than are asked for,
  and none of them twice.

``answers``, the state of samples and the counters duplicate events and leases for quick reading;
they change in the same transaction.  A store is in an SQLite file or in a schema of a PostgreSQL
database (`dalt.storage.databases`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from dalt.core.records import Draw, Kind, Sample, SnapshotRecord, utc_now
from dalt.storage import counters
from dalt.storage import leases as held
from dalt.storage import statements as do
from dalt.storage import tables as t
from dalt.storage.chunks import chunks
from dalt.storage.claims import Claim, Wish, choose
from dalt.storage.databases import URL_VARIABLE, place_of
from dalt.storage.decisions import Decisions
from dalt.storage.events import Events
from dalt.storage.head_choices import Choices
from dalt.storage.imports import Exchange
from dalt.storage.lazy_rows import Pages
from dalt.storage.migration import moved as move
from dalt.storage.notes import Remarks

__all__ = ["URL_VARIABLE", "Claim", "Counts", "Store", "move", "place_of"]

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


class Store(Events, Remarks, Decisions, Choices, Exchange):
    """The database of a project (see the module); `Database` says how it is opened."""

    # --- samples --------------------------------------------------------------------

    def known(self, ids: Sequence[str]) -> set[str]:
        """Those of `ids` that are in the pool."""
        with self._read() as db:
            return do.known_ids(db, ids)

    def add_samples(self, samples: Sequence[Sample]) -> int:
        """Append samples to the pool; existing ones stay as they are.

        Returns
        -------
        int
            How many were new.
        """
        added = 0
        for part in chunks(samples, 5_000):  # short transactions: annotators write meanwhile
            with self._write() as db:
                added += do.append_samples(db, part, self._seed)
        if added >= _MANY:
            with self._writing() as db:
                self.place.look_over(db)
        return added

    def samples(self) -> Pages:
        """Every sample of the pool, by position, read on access."""
        with self._read() as db:
            return Pages(self._samples_between, range(do.n_samples(db)))

    def _samples_between(self, first: int, last: int) -> list[Sample]:
        with self._read() as db:
            return do.samples_between(db, first, last)

    def sources(self, ids: Sequence[str]) -> dict[str, str]:
        """Sources of these samples, by id."""
        with self._read() as db:
            return do.sources(db, ids)

    def ids_of_sources(self, sources: Sequence[str]) -> dict[str, list[str]]:
        """Ids of the samples from these paths or rows, by source."""
        found: dict[str, list[str]] = {}
        with self._read() as db:
            for part in chunks(list(dict.fromkeys(sources))):
                where = t.samples.c.source.in_(part)
                for row in db.execute(sa.select(t.samples.c.source, t.samples.c.id).where(where)):
                    found.setdefault(row.source, []).append(row.id)
        return found

    def sample_states(self) -> list[tuple[Sample, str]]:
        """Every sample with "open", "leased" or "labelled", by position."""
        names = {t.OPEN: "open", t.LEASED: "leased", t.LABELLED: "labelled"}
        self._reap()
        with self._read() as db:
            rows = db.execute(sa.select(t.samples).order_by(t.samples.c.position))
            return [(do.sample_of(row), names[row.state]) for row in rows]

    def sample(self, sample_id: str) -> Sample:
        """One sample by its id.

        Raises
        ------
        UnknownSample
            If it is not in the pool.
        """
        with self._read() as db:
            return do.sample_by_id(db, sample_id)

    def positions(self, ids: Sequence[str]) -> list[int]:
        """Rows of the embeddings of these samples, in the order given.

        Raises
        ------
        UnknownSample
            If one of them is not in the pool.
        """
        found: dict[str, int] = {}
        with self._read() as db:
            for part in chunks(ids):
                rows = db.execute(
                    sa.select(t.samples.c.id, t.samples.c.position).where(t.samples.c.id.in_(part))
                )
                found.update((row.id, row.position) for row in rows)
        for sample_id in ids:
            if sample_id not in found:
                raise do.unknown(sample_id)
        return [found[sample_id] for sample_id in ids]

    def ids_at(self, positions: Sequence[int]) -> dict[int, str]:
        """Ids of the samples at these positions, by position."""
        found: dict[int, str] = {}
        with self._read() as db:
            for part in chunks([int(position) for position in positions]):
                where = t.samples.c.position.in_(part)
                rows = db.execute(sa.select(t.samples.c.position, t.samples.c.id).where(where))
                found.update((row.position, row.id) for row in rows)
        return found

    def counts(self) -> Counts:
        """Numbers of all, labelled and held samples."""
        with self._read() as db:
            n = counters.n_in_state(db)
        return Counts(sum(n.values()), n.get(t.LABELLED, 0), n.get(t.LEASED, 0))

    def kinds(self) -> set[Kind]:
        """The kinds of sample in the pool."""
        with self._read() as db:
            return set(db.execute(sa.select(t.samples.c.kind).distinct()).scalars())

    def open_mask(self) -> NDArray[np.bool_]:
        """Samples that nobody has labelled: bool, shape (n_samples,), by position."""
        with self._read() as db:
            return do.open_mask(db)

    # --- leases ---------------------------------------------------------------------

    def claim(
        self,
        annotator: str,
        session: str,
        *,
        candidates: Iterable[int],
        uniform: bool,
        uniform_share: float,
        seconds: float,
    ) -> Claim | None:
        """Lease one sample, in one transaction.

        Samples that others have begun and that need one more person come first, the one begun
        earliest before all; then new ones.  Expired leases are taken back before that.

        Parameters
        ----------
        candidates : iterable of int
            Positions in the strategy's order.
        uniform : bool
            Draw this one uniformly from all open samples instead.
        uniform_share : float in [0, 1]
            How often `uniform` is true, for the inclusion probability.
        seconds : float
            How long the lease holds.

        Returns
        -------
        Claim or None
            None when nothing is open for this annotator.
        """
        wish = Wish(annotator, session, candidates, uniform, uniform_share, seconds)
        with self._writing() as db:
            seen = counters.look(db)
            claim = None if seen.expired else choose(db, wish, seen)
        if claim is not None or not (seen.expired or seen.admits(annotator)):
            return claim
        # Take back expired leases first; or others have just locked everything that is open.
        self._reap()
        with self._write() as db:
            return choose(db, wish, counters.look(db), wait=True)

    def free(self, annotator: str) -> NDArray[np.bool_]:
        """Samples that `claim` could give an annotator: bool, shape (n_samples,), by position."""
        self._reap()
        with self._read() as db:
            return held.open_for_mask(db, annotator, do.n_samples(db))

    def claim_page(
        self,
        annotator: str,
        session: str,
        *,
        candidates: Sequence[int],
        size: int,
        seconds: float,
    ) -> list[Claim]:
        """Lease the first `size` of the candidates that are still open, in one transaction.

        The draw of each is "verify": taken for certain, out of as many as `candidates`.
        """
        draw = Draw(kind="verify", probability=1.0, n_candidates=len(candidates))
        self._reap()
        with self._writing() as db:
            seen = counters.look(db)
            parties = seen.fresh(annotator) + seen.begun(annotator)
            return [
                Claim(
                    do.sample_of(row),
                    held.take(db, row, seen, annotator, session, seconds, draw),
                    draw,
                )
                for row in held.first_candidates(db, parties, candidates, size)
            ]

    def release(self, session: str) -> None:
        """Free every sample that a session holds."""
        with self._write() as db:
            held.end_leases(db, t.leases.c.session == session)

    def let_go(self, sample_id: str, session: str) -> None:
        """Free one sample that a session holds."""
        which = (t.leases.c.sample_id == sample_id) & (t.leases.c.session == session)
        with self._write() as db:
            held.end_leases(db, which)

    def renew(self, session: str, seconds: float) -> None:
        """Extend a session's leases to `seconds` from now."""
        until = utc_now() + timedelta(seconds=seconds)
        with self._write() as db:
            db.execute(
                t.leases.update()
                .where(t.IS_ACTIVE, t.leases.c.session == session)
                .values(expires_at=until)
            )

    def available(self, annotator: str) -> tuple[int, int]:
        """Return how many samples are open for an annotator now, and how many may be later.

        The latter are held by people, including the annotator, and come back if not answered.
        """
        self._reap()
        with self._read() as db:
            n_open = sum(each.n for each in counters.look(db).parties if each.admits(annotator))
            return n_open, held.n_held_for(db, annotator)

    # --- snapshots ------------------------------------------------------------------

    def add_snapshot(self, record: SnapshotRecord) -> None:
        """Record a snapshot's permanent part."""
        with self._write() as db:
            values = {name: getattr(record, name) for name in SnapshotRecord.__slots__}
            db.execute(t.snapshots.insert().values(values | {"metrics": dict(record.metrics)}))

    def snapshots(self, limit: int | None = None) -> list[SnapshotRecord]:
        """The records of the snapshots, the newest first."""
        with self._read() as db:
            query = sa.select(t.snapshots).order_by(t.snapshots.c.version.desc()).limit(limit)
            return [SnapshotRecord(**row._mapping) for row in db.execute(query)]

    def snapshot(self, version: int) -> SnapshotRecord | None:
        """The record of one snapshot."""
        with self._read() as db:
            query = sa.select(t.snapshots).where(t.snapshots.c.version == version)
            row = db.execute(query).first()
            return None if row is None else SnapshotRecord(**row._mapping)
