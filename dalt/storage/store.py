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

from collections.abc import Mapping
from pathlib import Path

from dalt.core.delegation import delegated
from dalt.storage.adjudications import Adjudications
from dalt.storage.answers import Answers
from dalt.storage.audits import Audits
from dalt.storage.claims import Claim
from dalt.storage.confirmations import Confirmations
from dalt.storage.database import Database
from dalt.storage.databases import URL_VARIABLE, Place, place_of
from dalt.storage.events import Events
from dalt.storage.head_choices import HeadChoices
from dalt.storage.imports import Imports
from dalt.storage.integrity import Integrity
from dalt.storage.labels import Labels
from dalt.storage.leases import Leases
from dalt.storage.migration import moved as move
from dalt.storage.notes import Notes
from dalt.storage.removals import Removals
from dalt.storage.samples import Counts, Samples
from dalt.storage.snapshots import Snapshots
from dalt.storage.sources import Details, Sources
from dalt.storage.studies import Studies
from dalt.storage.suggesters import Suggesters

__all__ = ["URL_VARIABLE", "Claim", "Counts", "Store", "move", "place_of"]


class Store:
    """The database of a project, and one part for each thing in it.

    Parameters
    ----------
    place, create, seed, annotations_per_sample, project, fixed
        As for `dalt.storage.database.Database`, which also lists the errors.

    Attributes
    ----------
    database : Database
        Its transactions; the parts share it.
    samples : Samples
        The pool.
    removals : Removals
        Samples that were taken out of the pool.
    sources : Sources
        All places that hold the content of a sample.
    details : Details
        The other columns of the frames that samples came from.
    leases : Leases
        Samples held for annotators.
    answers : Answers
        Annotators' labels and skips: recording, undoing, and an annotator's own.
    events : Events
        The log of everything that was recorded.
    labels : Labels
        The labels that hold now.
    adjudications : Adjudications
        Decisions about samples, gold ones too.
    imports : Imports
        Labels from files.
    notes : Notes
        Flags and comments.
    confirmations : Confirmations
        Labels that a review confirmed.
    snapshots : Snapshots
        Records of fitted heads.
    head_choices : HeadChoices
        Outcomes of searches for a better head.
    studies : Studies
        Randomised studies.
    audits : Audits
        Audits of frozen models, and certificates.
    suggesters : Suggesters
        Sources of suggestions beside the model, and their votes.
    integrity : Integrity
        Makes anew what follows from the events.

    Examples
    --------
    >>> import tempfile
    >>> from dalt.core.records import Answer, Sample
    >>> store = Store(Path(tempfile.mkdtemp()) / "labels.db", create=True)
    >>> store.samples.add([Sample("s0", "text", "notes.csv row 1")])
    1
    >>> store.answers.record(Answer("label", "s0", "cat", "ana", "sitting", "key")).event_id
    1
    >>> [(event.annotator, event.label) for event in store.labels.current()]
    [('ana', 'cat')]
    >>> store.close()
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
        self.database = Database(
            place,
            create=create,
            seed=seed,
            annotations_per_sample=annotations_per_sample,
            project=project,
            fixed=fixed,
        )
        self.samples = Samples(self.database)
        self.removals = Removals(self.database)
        self.sources = Sources(self.database)
        self.details = Details(self.database)
        self.leases = Leases(self.database)
        self.answers = Answers(self.database)
        self.events = Events(self.database)
        self.labels = Labels(self.database)
        self.adjudications = Adjudications(self.database)
        self.imports = Imports(self.database)
        self.notes = Notes(self.database)
        self.confirmations = Confirmations(self.database)
        self.snapshots = Snapshots(self.database)
        self.head_choices = HeadChoices(self.database)
        self.studies = Studies(self.database)
        self.audits = Audits(self.database)
        self.suggesters = Suggesters(self.database)
        self.integrity = Integrity(self.database)

    @property
    def place(self) -> Place:
        """The SQLite file or PostgreSQL schema."""
        return self.database.place

    @property
    def read_only(self) -> bool:
        """Whether it can only be read where it lies."""
        return self.database.read_only

    @property
    def path(self) -> Path:
        """The SQLite file; `BadSettings` if the labels are in PostgreSQL."""
        return self.database.path

    @property
    def annotations_per_sample(self) -> int:
        """How many people are asked for each sample, as far as this process knows."""
        return self.database.annotations_per_sample

    ask_for = delegated("database", Database.ask_for)
    secret = delegated("database", Database.secret)
    discard = delegated("database", Database.discard)
    close = delegated("database", Database.close)
