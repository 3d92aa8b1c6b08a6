"""The database: opening, checks, upgrades, and transactions."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.exc import DatabaseError, IntegrityError

from dalt.core.records import (
    BadSettings,
    DaltError,
    DamagedStore,
    ReadOnly,
    StoreReplaced,
    StoreUnreachable,
    UnknownSample,
    utc_now,
)
from dalt.core.summaries import counted
from dalt.core.user_warnings import Upgraded, warn_user
from dalt.storage import (
    audit_rows,
    chain,
    counters,
    file_identity,
    fixed_settings,
    lease_rows,
    statements,
    sums,
)
from dalt.storage import tables as t
from dalt.storage.audit_rows import Present
from dalt.storage.databases import Place, PostgresSchema, SqliteFile
from dalt.storage.page_copies import keep_former
from dalt.storage.upgrades import upgrade

_PROJECT = "project"
_REAPED = 500  # leases taken back in one transaction


class Database:
    """Opens the database, or makes it, and gives transactions; all parts of a store share it.

    Parameters
    ----------
    place : Path, SqliteFile or PostgresSchema
        Its place; a path is that of an SQLite file.
    create : bool
        Make the tables; otherwise a missing database is an error.
    seed : int
        Of the order of uniform draws; fixed when a sample is added.
    annotations_per_sample : int, optional
        How many people are asked for each sample from now on; by default as before, at first
        one.
    project : str, optional
        Id of the labels' project; it is written into a database that names none.
    fixed : mapping of str to str, optional
        Settings that labels depend on, as JSON.  The database remembers them, and accepts other
        values only as long as it holds no labels.

    Attributes
    ----------
    place : SqliteFile or PostgresSchema
    seed : int
    engine : sqlalchemy.Engine
        The pool of connections.

    Raises
    ------
    DamagedStore
        If the database is missing, not DALT's, another project's, damaged, or written by a
        newer DALT.
    BadSettings
        If its labels were recorded under other fixed settings.
    StoreUnreachable
        If its server cannot be reached.
    """

    def __init__(
        self,
        place: Path | Place,
        *,
        create: bool = False,
        seed: int = 0,
        annotations_per_sample: int | None = None,
        project: str | None = None,
        fixed: Mapping[str, str] | None = None,
    ) -> None:
        place = SqliteFile(place) if isinstance(place, Path) else place
        self.place: Place = place if create else place.as_it_can_be_used()
        self.seed = seed
        self.engine = self.place.engine(create)
        self._made = False
        """Whether this object made the database."""
        self._known: chain.Newest | None = None
        """The newest event that this process has written, or found when it wrote."""
        self._opened_with = {} if fixed is None else fixed_settings.rows(fixed)
        self._fixed: Callable[[], dict[str, str]] = lambda: self._opened_with
        self._present: Present = lambda label: label
        self._settled: dict[str, str] = {}
        """The settings under which labels were recorded; they are final from then on."""
        try:
            with self._translated():
                if create:
                    self._create()
                self._check()
                if project is not None:
                    self._belong_to(project, anew=create)
                if self._opened_with:
                    self._remember_fixed()
                self._wanted = self._asked_for()
            if annotations_per_sample is not None and not self.read_only:
                self.ask_for(annotations_per_sample)
        except Exception:
            self.discard()
            raise
        except BaseException:
            self.close()  # interrupted: the next attempt continues from here
            raise

    @property
    def read_only(self) -> bool:
        """Whether nothing can be written where the database lies: it is only read."""
        return self.place.read_only

    @property
    def path(self) -> Path:
        """The SQLite file.

        Raises
        ------
        BadSettings
            If the labels are in PostgreSQL.
        """
        if not isinstance(self.place, SqliteFile):
            raise BadSettings(f"The labels are in the {self.place}, and in no file.")
        return self.place.path

    # --- opening --------------------------------------------------------------------

    def _create(self) -> None:
        with self.claiming() as db:
            self.place.prepare(db)
            t.metadata.create_all(db)
            self.place.tune(db)
            made = self._schema(db) is None
            if made:
                values = {"schema": str(t.SCHEMA_VERSION), counters.OVERLAP: "1"}
                rows = [{"name": name, "value": value} for name, value in values.items()]
                db.execute(t.about.insert(), rows)
        self._made = made

    def discard(self) -> None:
        """Close, and remove a database that this object made, unless it holds a sample.

        It cleans up after another error, so it raises none of its own.
        """
        with suppress(DaltError):
            if self._made:
                with self.claiming() as db:
                    self.place.one_writer(db)
                    if db.execute(sa.select(t.samples.c.id).limit(1)).first() is None:
                        self.place.discard(db, t.metadata)
        self.close()

    def _check(self) -> None:
        with self.reading() as db:
            self.place.check(db)
            schema = self._schema(db)
            if isinstance(self.place, PostgresSchema) and self.place.refuses_writing(db):
                self.place = replace(self.place, read_only=True)
        if schema is None or not schema.isdecimal():
            raise DamagedStore(
                f"The database {self.place} cannot be read: its schema version is missing."
            )
        if int(schema) > t.SCHEMA_VERSION:
            raise DamagedStore(
                f"{self.place} was written by a newer DALT (schema {schema}, this one reads up to "
                f"{t.SCHEMA_VERSION}). Upgrade DALT to open it."
            )
        if self.read_only:
            if int(schema) < t.SCHEMA_VERSION:
                raise ReadOnly(
                    f"{self.place} is of a former DALT and cannot be brought up to date where "
                    "nothing can be written: copy the project to another place and open it there."
                )
            return
        if int(schema) < t.SCHEMA_VERSION:
            self._upgrade(schema)
        with self.writing() as db:
            counters.sweep(db)
            sums.begin(db)

    def _upgrade(self, schema: str) -> None:
        """Upgrade a database of a former DALT; what it was is kept, and it is said where."""
        with self.claiming() as db:  # a former schema may lack what a writer looks at
            self.place.one_writer(db)
            former = int(self._schema(db) or schema)
            if former == t.SCHEMA_VERSION:  # another process has done it meanwhile
                return
            kept = keep_former(db, self.place, former)
            upgrade(db, former)
        warn_user(
            f"{self.place} was upgraded from schema {former} to {t.SCHEMA_VERSION}; as it was "
            f"before, it is kept in {kept}.",
            Upgraded,
        )

    def _belong_to(self, project: str, *, anew: bool) -> None:
        """Refuse the labels of another project: answers would go to samples that do not exist.

        A project that is made `anew` takes over what an interrupted attempt left empty.
        """
        with self.reading() as db:
            owner = self._said(db, _PROJECT)
        if owner is None and not self.read_only:
            with self.writing() as db:  # another process may have done it meanwhile
                owner = self._said(db, _PROJECT)
                if owner is None:
                    db.execute(t.about.insert(), [{"name": _PROJECT, "value": project}])
        if owner not in (None, project) and anew:
            self._take_over(project)
        elif owner not in (None, project):
            raise DamagedStore(
                f"{self.place} holds the labels of another project (id {owner}, here {project}). "
                "Put this project's own file back."
            )

    def _take_over(self, project: str) -> None:
        with self.writing() as db:
            if db.execute(sa.select(t.samples.c.id).limit(1)).first() is not None:
                raise DamagedStore(
                    f"{self.place} holds the labels of a project whose project.toml is missing. "
                    "Restore that file from a backup; it held the classes, the guideline and the "
                    "project's id. For a new project choose another folder."
                )
            db.execute(t.about.update().where(t.about.c.name == _PROJECT).values(value=project))

    def _remember_fixed(self) -> None:
        """Refuse fixed settings that differ from those of the labels; without labels, keep them."""
        with self.reading() as db:
            known = fixed_settings.remembered(db)
            if self.read_only:
                fixed_settings.check(db, self._opened_with)
        if known != self._opened_with and not self.read_only:
            with self.writing() as db:  # another process may have recorded labels meanwhile
                fixed_settings.remember(db, self._opened_with)

    def follow(self, fixed: Callable[[], Mapping[str, str]], present: Present) -> None:
        """Ask before each writing transaction for the fixed settings, and for names of classes.

        Parameters
        ----------
        fixed : callable
            Returns the fixed settings as JSON, by name: some can grow.
        present : callable
            Gives the present meaning of an earlier label.
        """
        self._fixed = lambda: fixed_settings.rows(fixed())
        self._present = present

    def _schema(self, db: sa.Connection) -> str | None:
        return self._said(db, "schema")

    def _said(self, db: sa.Connection, name: str) -> str | None:
        return db.execute(sa.select(t.about.c.value).where(t.about.c.name == name)).scalar()

    def _asked_for(self) -> int:
        with self.reading() as db:
            return counters.overlap(db)

    @property
    def annotations_per_sample(self) -> int:
        """How many people are asked for each sample, as far as this process knows."""
        return self._wanted

    def ask_for(self, annotations_per_sample: int) -> None:
        """Set how many people are asked for each sample; quick if unchanged."""
        if annotations_per_sample == self._wanted:
            return
        with self.writing() as db:
            if counters.overlap(db) != annotations_per_sample:
                lease_rows.ask_for(db, annotations_per_sample)
        self._wanted = annotations_per_sample

    def secret(self, name: str) -> str:
        """A random text of this database's own: made once, and the same for every process.

        It is in the table ``about``, which moves with the labels and is in no export.

        Parameters
        ----------
        name : str
            What it is for; another use has another secret.
        """
        row = f"secret {name}"
        with self.reading() as db:
            known = self._said(db, row)
        if known is None:
            with self.writing() as db:  # another process may have made it meanwhile
                known = self._said(db, row)
                if known is None:
                    known = secrets.token_hex(32)
                    db.execute(t.about.insert().values(name=row, value=known))
        return known

    # --- transactions -----------------------------------------------------------------

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """Turn errors of a damaged, locked or absent database into one sentence."""
        try:
            yield
        except IntegrityError:
            raise
        except DatabaseError as error:
            raise self.place.in_one_line(error) from error
        except sa.exc.TimeoutError as error:
            raise StoreUnreachable(
                f"The {self.place} has no connection to spare. Try again; nothing is lost."
            ) from error

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """A transaction of the one writer: events become visible in the order of their ids.

        Raises
        ------
        StoreReplaced
            If the database was removed, replaced, emptied or set back; nothing is acknowledged
            then.
        BadSettings
            If labels were recorded under other fixed settings since this process opened it.
        StoreUnreachable, DamagedStore
            If the database cannot be reached or written.
        """
        fixed = self._fixed()
        with self.claiming() as db:
            self.place.one_writer(db)
            ends = chain.ends(db)
            self._check_not_set_back(db, ends.newest)
            before = None if fixed == self._settled else fixed_settings.mark(db)
            yield db
            newest = chain.seal(db, ends)
            settled = before is None or fixed_settings.settled(
                db, fixed, before, grown=fixed != self._opened_with
            )
        self._known = newest
        if settled:
            self._settled = fixed

    def _check_not_set_back(self, db: sa.Connection, newest: chain.Newest | None) -> None:
        """Refuse to write where the newest event that this process knows is not there any more.

        A copy that was put over the open database has the same file, and lacks labels that
        were acknowledged.  Events are only appended, so none of them can vanish otherwise.
        """
        known = self._known
        if known is None or known == newest:
            return
        if statements.event_by_key(db, known.key) is not None:
            return
        gone = max(known.event_id - (newest.event_id if newest else 0), 1)
        raise StoreReplaced(
            f"{self.place} was set back while this project was open, as by a backup copied over "
            f"it: {counted(gone, 'event')} that it held {'is' if gone == 1 else 'are'} gone, so "
            "nothing is recorded any more. Open the project again, and label these again."
        )

    @contextmanager
    def claiming(self) -> Iterator[sa.Connection]:
        """A transaction for claims, beside the one writer if the database allows that.

        It must append no event, and lock the rows of samples that it changes.
        """
        self._check_writable()
        with self._standing() as db:
            db = db.execution_options(**self.place.for_writing())
            file_identity.check_log(db)
            audit_rows.read_labels_by(db, self._present)
            try:
                with db.begin():
                    file_identity.check(db)  # never write into a file that is already gone
                    yield db
                    counters.settle(db)
                    file_identity.check(db)
                file_identity.check_log(db)
            finally:
                if not db.invalidated:
                    counters.forget_counts(db)

    @contextmanager
    def at_once(self) -> Iterator[sa.Connection]:
        """For a claim in one statement (`claims_at_once` of the place), which commits it."""
        self._check_writable()
        with self._standing() as db:
            yield db.execution_options(isolation_level="AUTOCOMMIT")

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A transaction that only reads, and sees one state of the database throughout."""
        with self._standing() as db:
            db = db.execution_options(**self.place.for_reading())
            with db.begin():
                yield db

    def _check_writable(self) -> None:
        if self.read_only:
            raise ReadOnly(
                f"{self.place} cannot be written here, so the project is open for reading only: "
                "allow writing there, or copy the project to another place, and open it again."
            )

    @contextmanager
    def _standing(self) -> Iterator[sa.Connection]:
        """A connection to the database that the path names, also when the block ends.

        A commit into a file that was removed or replaced meanwhile is refused afterwards and so
        never acknowledged; data read there is out of date.
        """
        with self._translated(), self.engine.connect() as db:
            try:
                try:
                    yield db
                except DatabaseError:
                    file_identity.check(db)  # the reason of it, if it is so
                    file_identity.check_log(db)
                    raise
                except UnknownSample:
                    self._check_not_emptied(db)
                    raise
                file_identity.check(db)
            except StoreReplaced:
                with suppress(DatabaseError):
                    file_identity.save(db)
                db.invalidate()
                self.engine.dispose()
                raise

    def _check_not_emptied(self, db: sa.Connection) -> None:
        """Refuse to say of a database that was emptied that it does not know a sample.

        A page gives up an answer to a sample that is not there; this one it has to keep.
        """
        with db.begin():
            schema = self._schema(db)
        if schema is None:
            raise StoreReplaced(
                f"The {self.place} was emptied while this project was open, so nothing is recorded "
                "any more. Restore it and open the project again (on a page: reload it, and it "
                "sends what it has kept)."
            )

    def reap(self, seconds: float | None = None) -> None:
        """Take back expired leases, some at a time: others write meanwhile.

        Parameters
        ----------
        seconds : float, optional
            How long a lease lasts.  One that ends later was taken while a clock ran ahead, and
            ends with the leases of now instead of holding its sample for a year.
        """
        if self.read_only:
            return  # nobody is given anything
        with self.reading() as db:
            if not counters.any_expired(db, seconds):
                return
        if seconds is not None and seconds > 0:
            with self.writing() as db:
                lease_rows.bring_forward(db, seconds)
        taken = _REAPED
        while taken == _REAPED:
            with self.writing() as db:
                expired = t.leases.c.expires_at < utc_now()
                taken = lease_rows.end_leases(db, expired, _REAPED)

    def update_statistics(self) -> None:
        """Update the statistics after many new rows, if the planner uses them."""
        with self.claiming() as db:
            self.place.look_over(db)

    def close(self) -> None:
        """Close every connection; the store can still be used and opens new ones."""
        self.engine.dispose()
