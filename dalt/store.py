"""The database of samples, leases, label events and snapshots (floor 1).

The only room with SQL.  Three promises hold on every line:

- an event is committed durably (SQLite: WAL, ``synchronous=FULL``) before its method returns;
- events are only ever appended, each once for its idempotency key;
- a sample is leased in one transaction, so that two processes never get the same one.

``answers`` and ``samples.state`` repeat what the events say, for quick reading; they
change in the same transaction as the event that changes them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from dalt.records import (
    Draw,
    Kind,
    Sample,
    SnapshotRecord,
    utc_now,
)
from dalt.storage import statements as do
from dalt.storage import tables as t
from dalt.storage.decisions import Decisions
from dalt.storage.events import Claim, Events
from dalt.storage.pages import Pages
from dalt.storage.remarks import Remarks


@dataclass(frozen=True, slots=True)
class Counts:
    """Samples by state."""

    samples: int
    labelled: int
    leased: int

    @property
    def open(self) -> int:
        """Samples that nobody has labelled and nobody holds."""
        return self.samples - self.labelled - self.leased


class Store(Events, Remarks, Decisions):
    """The database of a project: see the module; opened as `Database` says."""

    # --- samples --------------------------------------------------------------------

    def known(self, ids: Sequence[str]) -> set[str]:
        """Those of `ids` that are in the pool."""
        with self._read() as db:
            return do.known_ids(db, ids)

    def add_samples(self, samples: Sequence[Sample]) -> int:
        """Append samples to the pool, those that are there already left as they are.

        Returns
        -------
        int
            How many were new.
        """
        added = 0
        for part in do.chunks(samples, 5_000):  # short transactions: labelers write meanwhile
            with self._write() as db:
                added += do.append_samples(db, part, self._seed)
        return added

    def samples(self) -> Pages:
        """Every sample of the pool, by position, read when it is looked at."""
        with self._read() as db:
            return Pages(self._samples_between, range(do.n_samples(db)))

    def _samples_between(self, first: int, last: int) -> list[Sample]:
        with self._read() as db:
            return do.samples_between(db, first, last)

    def sources(self, ids: Sequence[str]) -> dict[str, str]:
        """Where these samples came from, by id."""
        with self._read() as db:
            return do.sources(db, ids)

    def ids_of_sources(self, sources: Sequence[str]) -> dict[str, list[str]]:
        """Ids of the samples that came from these paths or rows, by source."""
        found: dict[str, list[str]] = {}
        with self._read() as db:
            for part in do.chunks(list(dict.fromkeys(sources))):
                where = t.samples.c.source.in_(part)
                for row in db.execute(sa.select(t.samples.c.source, t.samples.c.id).where(where)):
                    found.setdefault(row.source, []).append(row.id)
        return found

    def sample_states(self) -> list[tuple[Sample, str]]:
        """Every sample with "open", "leased" or "labelled", by position."""
        names = {t.OPEN: "open", t.LEASED: "leased", t.LABELLED: "labelled"}
        with self._write() as db:
            do.reap_leases(db)
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
            for part in do.chunks(ids):
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
            for part in do.chunks([int(position) for position in positions]):
                where = t.samples.c.position.in_(part)
                rows = db.execute(sa.select(t.samples.c.position, t.samples.c.id).where(where))
                found.update((row.position, row.id) for row in rows)
        return found

    def counts(self) -> Counts:
        """How many samples there are, are labelled and are held."""
        with self._read() as db:
            return Counts(do.n_samples(db), do.n_labelled(db), do.n_leased(db))

    def kinds(self) -> set[Kind]:
        """The kinds of sample in the pool."""
        with self._read() as db:
            return set(db.execute(sa.select(t.samples.c.kind).distinct()).scalars())

    def open_mask(self) -> NDArray[np.bool_]:
        """Which samples no person has labelled: bool, shape (n_samples,), by position."""
        with self._read() as db:
            mask = np.ones(do.n_samples(db), dtype=bool)
            labelled = sa.select(t.samples.c.position).where(t.samples.c.state == t.LABELLED)
            mask[np.fromiter(db.execute(labelled).scalars(), dtype=np.int64)] = False
        return mask

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

        Parameters
        ----------
        candidates : iterable of int
            Positions in the order in which the strategy wants them asked.
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
        with self._write() as db:
            do.reap_leases(db)
            n_open = do.n_open_for(db, annotator)
            first = next(iter(do.first_open(db, annotator, candidates)), None)
            share = uniform_share if first is not None else 1.0
            row = do.first_shuffled(db, annotator) if uniform or first is None else first
            if row is None:
                return None
            draw = Draw(
                kind="uniform" if uniform or first is None else "strategy",
                probability=share / n_open
                + (1.0 - share) * (first is not None and row.position == first.position),
                n_candidates=n_open,
            )
            lease = do.lease(db, row.id, annotator, session, seconds, draw)
            return Claim(do.sample_of(row), lease, draw)

    def free(self, annotator: str) -> NDArray[np.bool_]:
        """Which samples `claim` could give an annotator: bool, shape (n_samples,), by position."""
        with self._write() as db:
            do.reap_leases(db)
        with self._read() as db:
            return do.open_for_mask(db, annotator)

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
        with self._write() as db:
            do.reap_leases(db)
            return [
                Claim(
                    do.sample_of(row), do.lease(db, row.id, annotator, session, seconds, draw), draw
                )
                for row in do.first_open(db, annotator, candidates, size)
            ]

    def release(self, session: str) -> None:
        """Free every sample that a session holds."""
        with self._write() as db:
            do.end_leases(db, t.leases.c.session == session)

    def let_go(self, sample_id: str, session: str) -> None:
        """Free one sample that a session holds."""
        held = t.leases.c.sample_id == sample_id
        with self._write() as db:
            do.end_leases(db, held & (t.leases.c.session == session))

    def renew(self, session: str, seconds: float) -> None:
        """Hold what a session holds for `seconds` from now."""
        until = utc_now() + timedelta(seconds=seconds)
        with self._write() as db:
            db.execute(
                t.leases.update()
                .where(t.leases.c.active, t.leases.c.session == session)
                .values(expires_at=until)
            )

    def available(self, annotator: str) -> tuple[int, int]:
        """For one annotator: how many samples are open now, and how many are held."""
        with self._write() as db:
            do.reap_leases(db)
            return do.n_open_for(db, annotator), do.n_leased(db)

    # --- snapshots ------------------------------------------------------------------

    def add_snapshot(self, record: SnapshotRecord) -> None:
        """Keep what stays of a snapshot for good."""
        with self._write() as db:
            values = {name: getattr(record, name) for name in SnapshotRecord.__slots__}
            db.execute(t.snapshots.insert().values(values | {"metrics": dict(record.metrics)}))

    def snapshots(self, limit: int | None = None) -> list[SnapshotRecord]:
        """What is kept of the snapshots, the newest first."""
        with self._read() as db:
            query = sa.select(t.snapshots).order_by(t.snapshots.c.version.desc()).limit(limit)
            return [SnapshotRecord(**row._mapping) for row in db.execute(query)]
