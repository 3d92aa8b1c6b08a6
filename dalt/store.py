"""The database of samples, leases, label events and snapshots (floor 1).

The only room with SQL.  Three promises hold on every line:

- an event is committed durably (SQLite: WAL, ``synchronous=FULL``) before its method returns;
- events are only ever appended, each once for its idempotency key;
- a sample is leased in one transaction, so that two processes never get the same one.

``answers`` and ``samples.state`` repeat what the events say, for quick reading; they
change in the same transaction as the event that changes them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray
from sqlalchemy.exc import DatabaseError, IntegrityError

from dalt.records import (
    Answer,
    ClassSet,
    DamagedStore,
    Draw,
    Kind,
    Label,
    LabelSet,
    Lease,
    Sample,
    SnapshotRecord,
    utc_now,
)
from dalt.storage import statements as do
from dalt.storage import tables as t
from dalt.storage.answers import append_answer, undo_newest
from dalt.storage.errors import damaged, in_one_line
from dalt.storage.learning import label_set
from dalt.storage.pages import Pages
from dalt.storage.upgrades import upgrade

_CHECKED_BYTES = 50_000_000  # a larger file is not read whole at every start


@dataclass(frozen=True, slots=True)
class Claim:
    """A freshly leased sample and how it was drawn."""

    sample: Sample
    lease: Lease
    draw: Draw | None


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


class Store:
    """Opens the database, making it where there is none.

    Parameters
    ----------
    path : Path
        The SQLite file.
    create : bool
        Make the tables; otherwise a missing file is an error.
    seed : int
        Of the order of uniform draws; fixed when a sample is added.

    Raises
    ------
    DamagedStore
        If the file is missing, is no database, is damaged or was written by a newer DALT.
    """

    def __init__(self, path: Path, *, create: bool = False, seed: int = 0) -> None:
        self.path = path
        self._seed = seed
        if not create and not path.is_file():
            raise DamagedStore(
                f"{path} is missing: the labels of this project are not here. Restore the file "
                "from a backup, or create the project anew."
            )
        self._engine = t.engine(path)
        with self._translated():
            if create:
                self._create()
            self._check()

    # --- opening --------------------------------------------------------------------

    def _create(self) -> None:
        with self._write() as db:
            t.metadata.create_all(db)
            if self._schema(db) is None:
                db.execute(t.about.insert().values(name="schema", value=str(t.SCHEMA_VERSION)))

    def _check(self) -> None:
        with self._read() as db:
            if self.path.stat().st_size <= _CHECKED_BYTES:
                found = db.exec_driver_sql("PRAGMA quick_check(1)").scalar()
                if found != "ok":
                    raise damaged(self.path, str(found))
            if not sa.inspect(db).has_table("about"):
                raise damaged(self.path, "it holds no tables of DALT")
            schema = self._schema(db)
        if schema is None or not schema.isdigit():
            raise damaged(self.path, "its schema version is missing")
        if int(schema) > t.SCHEMA_VERSION:
            raise DamagedStore(
                f"{self.path} was written by a newer DALT (schema {schema}, this one reads up to "
                f"{t.SCHEMA_VERSION}). Upgrade DALT to open it."
            )
        if int(schema) < t.SCHEMA_VERSION:
            with self._write() as db:  # another process may have done it meanwhile
                upgrade(db, int(self._schema(db) or schema))

    def _schema(self, db: sa.Connection) -> str | None:
        return db.execute(sa.select(t.about.c.value).where(t.about.c.name == "schema")).scalar()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """Say in one line what a damaged or locked file means."""
        try:
            yield
        except IntegrityError:
            raise
        except DatabaseError as error:
            raise in_one_line(self.path, error) from error

    @contextmanager
    def _write(self) -> Iterator[sa.Connection]:
        with self._translated(), self._engine.connect() as db:
            # A read that turns into a write in a deferred transaction fails at once when
            # another process wrote in between; taking the write lock first waits instead.
            db = db.execution_options(dalt_begin="BEGIN IMMEDIATE")
            with db.begin():
                yield db

    @contextmanager
    def _read(self) -> Iterator[sa.Connection]:
        with self._translated(), self._engine.connect() as db, db.begin():
            yield db

    def close(self) -> None:
        """Give back every connection; the store can still be used and opens new ones."""
        self._engine.dispose()

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

    # --- events ---------------------------------------------------------------------

    def record(self, answer: Answer) -> Label:
        """Append an answer; a resend with the same key changes nothing.

        Returns
        -------
        Label
            The event, committed durably; that of the first sending for a resend.

        Raises
        ------
        UnknownSample
            If the sample is not in the pool.
        """
        return self.record_page([answer])[0]

    def record_page(self, answers: Sequence[Answer]) -> list[Label]:
        """Append answers in one transaction: all or none; known keys change nothing.

        Raises
        ------
        UnknownSample
            If one of the samples is not in the pool.
        """
        with self._write() as db:
            return [append_answer(db, answer) for answer in answers]

    def undo(
        self, annotator: str, session: str, *, key: str, seconds: float
    ) -> list[tuple[Label, Claim]]:
        """Take back the annotator's newest answer, or newest page, by appending events.

        The answer before it, if there was one, holds again; the sample is leased to the
        annotator once more.  Answers of `session` come first, then those of earlier
        sittings.

        Returns
        -------
        list of (Label, Claim)
            The answers that were taken back, in their order, and the new leases.
        """
        with self._write() as db:
            reopened = []
            for undone in undo_newest(db, annotator, session, key):
                draw = do.draw_of(undone)
                lease = do.lease(db, undone.sample_id, annotator, session, seconds, draw)
                claim = Claim(do.sample_by_id(db, undone.sample_id), lease, draw)
                reopened.append((undone, claim))
            return reopened

    def current_labels(self) -> list[Label]:
        """The label of each sample and annotator that holds now, by event."""
        with self._read() as db:
            rows = db.execute(
                sa.select(t.events)
                .join(t.answers, t.answers.c.event_id == t.events.c.event_id)
                .where(t.answers.c.kind == "label")
                .order_by(t.events.c.event_id)
            )
            return [do.event_of(row) for row in rows]

    def events(self, after: int = 0) -> Iterator[Label]:
        """Every event with an id above `after`, in order, read in parts."""
        while True:
            with self._read() as db:
                query = sa.select(t.events).where(t.events.c.event_id > after)
                rows = db.execute(query.order_by(t.events.c.event_id).limit(5_000)).all()
            if not rows:
                return
            yield from map(do.event_of, rows)
            after = rows[-1].event_id

    def cursor(self) -> int:
        """The newest event that changes what a head learns from; 0 if there is none."""
        with self._read() as db:
            return do.cursor(db)

    def label_set(self, classes: ClassSet | Sequence[str]) -> LabelSet:
        """The current labels as a head reads them, with the cursor they reach up to."""
        wanted = classes if isinstance(classes, ClassSet) else ClassSet(tuple(classes))
        with self._read() as db:
            cursor = do.cursor(db)
            rows = db.execute(
                sa.select(t.samples.c.position, t.answers.c.label)
                .join(t.answers, t.answers.c.sample_id == t.samples.c.id)
                .where(t.answers.c.kind == "label")
                .order_by(t.samples.c.position)
            ).all()
        return label_set([(row.position, row.label) for row in rows], wanted, cursor)

    def n_sessions(self, annotator: str) -> int:
        """How many sittings of the annotator have left an event."""
        with self._read() as db:
            sessions = sa.func.count(t.events.c.session.distinct())
            return db.execute(
                sa.select(sessions).where(t.events.c.annotator == annotator)
            ).scalar_one()

    def skipped(self) -> int:
        """How many skips hold now."""
        with self._read() as db:
            query = sa.select(sa.func.count()).select_from(t.answers)
            return db.execute(query.where(t.answers.c.kind == "skip")).scalar_one()

    def uniform_events(self) -> list[Label]:
        """Every event of the samples that were once drawn uniformly, in order."""
        drawn = sa.select(t.events.c.sample_id).where(t.events.c.draw == "uniform")
        with self._read() as db:
            rows = db.execute(
                sa.select(t.events)
                .where(t.events.c.sample_id.in_(drawn))
                .order_by(t.events.c.event_id)
            )
            return [do.event_of(row) for row in rows]

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
