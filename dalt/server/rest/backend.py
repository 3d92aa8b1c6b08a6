"""The model server's work without HTTP; callable from any thread."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from dalt.core.records import (
    ClassSet,
    Display,
    Floats,
    Kind,
    Label,
    LabelValue,
    NothingLearned,
    Proposal,
    Sample,
    Suggestion,
)
from dalt.core.settings.project_file import LiveSettings
from dalt.core.settings.settings import Settings
from dalt.data.formats import Imported
from dalt.data.sources import SampleFiles
from dalt.labeling.session import Session
from dalt.learning.encoders.cache import EmbeddingCache
from dalt.learning.training.base import BaseTrainer
from dalt.project.importing.meaning import LabelMeaning
from dalt.project.resolving.outcomes import Match
from dalt.project.resolving.resolver import Resolver
from dalt.server.rest.predictor import NOTHING_YET, Current
from dalt.storage.store import Store
from dalt.study.certificates.auditor import Auditor

MOST_SESSIONS = 1_000
MOST_SHOWN = 1_000


class _Desk:
    """One annotator's session, and the suggestions made to them."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.shown: OrderedDict[str, Suggestion] = OrderedDict()

    def keep(self, sample_id: str, suggestion: Suggestion) -> None:
        self.shown[sample_id] = suggestion
        while len(self.shown) > MOST_SHOWN:
            self.shown.popitem(last=False)


class Backend:
    """One project as the model server serves it; it never learns.

    Parameters
    ----------
    task : LiveSettings
    store : Store
    files : SampleFiles
    trainer : BaseTrainer
        Follows the process that learns.
    cache : EmbeddingCache
    """

    def __init__(
        self,
        task: LiveSettings,
        store: Store,
        files: SampleFiles,
        trainer: BaseTrainer,
        cache: EmbeddingCache,
    ) -> None:
        self._live = task
        self.store = store
        self._files = files
        self.trainer = trainer
        self._kind: Kind | None = None
        self.current = Current(trainer, cache)
        self._desks: OrderedDict[str, _Desk] = OrderedDict()
        self._lock = threading.Lock()
        self._resolver: Resolver | None = None
        self._resolving = threading.Lock()

    @property
    def task(self) -> Settings:
        """The project's present settings."""
        return self._live.current

    @property
    def classes(self) -> ClassSet:
        """The present classes."""
        return self.task.class_set

    @property
    def kind(self) -> Kind | None:
        """The kind of the samples, or None while there are none; once known, it stays."""
        if self._kind is None:
            self._kind = next(iter(self.store.samples.kinds()), None)
        return self._kind

    # --- the model ------------------------------------------------------------------------

    def model(self) -> dict[str, Any]:
        """Describe the newest snapshot in plain values.

        Raises
        ------
        NothingLearned
            Before the first one.
        """
        snapshot = self.trainer.snapshot
        if snapshot is None:
            raise NothingLearned(NOTHING_YET)
        record = self.store.snapshots.get(snapshot.version)
        return {
            "version": snapshot.version,
            "parent": snapshot.parent,
            "cursor": snapshot.cursor,
            "labels_read": None if record is None else record.n_labels,
            "created_at": None if record is None else record.created_at,
            "hash": None if record is None else record.hash,
            "head": snapshot.head,
            "encoder": snapshot.encoder,
            "classes": list(self.classes.names),
            "multi_label": snapshot.multi,
            "metrics": {name: float(value) for name, value in snapshot.metrics.items()},
            "n_samples": len(snapshot.probabilities),
            "trainer": {"state": self.trainer.state, "message": self.trainer.message},
        }

    def decode(self, given: object) -> Any:
        """Decode raw data of the project's kind for the encoder.

        Raises
        ------
        NothingLearned
            Before the first snapshot, so nothing is decoded in vain.
        BadInput
            If it is of another kind, or damaged, empty or too large.
        """
        if self.trainer.snapshot is None:
            raise NothingLearned(NOTHING_YET)
        kind = self.kind
        assert kind is not None  # there is a snapshot, so there are samples
        return self._files.decode(kind, given)

    def predict(self, raw: Sequence[Any]) -> tuple[list[Suggestion], int]:
        """Ranked classes of decoded raw data, and the version of the snapshot."""
        probabilities, snapshot = self.current.predict(raw)
        return self._ranked(probabilities, snapshot.classes, snapshot.version), snapshot.version

    def suggest(self, sample_ids: Sequence[str]) -> tuple[list[Suggestion], int]:
        """Ranked classes of samples of the pool, and the version of the snapshot.

        Samples that came after the snapshot have an empty suggestion.

        Raises
        ------
        UnknownSample
            If one of them is not in the pool.
        NothingLearned
            Before the first snapshot.
        """
        positions = self.store.samples.positions(sample_ids)
        snapshot = self.trainer.snapshot
        if snapshot is None:
            raise NothingLearned(NOTHING_YET)
        known = len(snapshot.probabilities)
        classes = self.classes
        return [
            classes.of_suggestion(snapshot.suggestion(position))
            if position < known
            else Suggestion()
            for position in positions
        ], snapshot.version

    def _ranked(
        self, probabilities: Floats, names: tuple[str, ...], version: int
    ) -> list[Suggestion]:
        classes = self.classes
        found = []
        for row in probabilities.tolist():
            order = sorted(range(len(names)), key=lambda i: -row[i])  # stable, as `argsort` is
            ranked = Suggestion(
                tuple(names[i] for i in order), tuple(row[i] for i in order), version
            )
            found.append(classes.of_suggestion(ranked))
        return found

    # --- labeling -------------------------------------------------------------------------

    def next(self, annotator: str, n: int) -> list[dict[str, Any]]:
        """Lease up to `n` samples for an annotator, with a suggestion for each."""
        desk = self._desk(annotator)
        found = []
        for _ in range(n):
            assignment = desk.session.next()
            if assignment is None:
                break
            desk.keep(assignment.sample.id, assignment.suggestion)
            found.append(
                {
                    "sample": self.describe(assignment.sample),
                    "suggestion": assignment.suggestion,
                    "expires_at": assignment.lease.expires_at,
                }
            )
        return found

    def done(self, annotator: str) -> bool:
        """Whether nothing is left for this annotator, now or later."""
        return self._desk(annotator).session.done

    def answer(
        self,
        annotator: str,
        sample_id: str,
        label: Any,
        *,
        key: str,
        suggestion: Suggestion | None = None,
        shown_at: datetime | None = None,
        active_seconds: float | None = None,
    ) -> Label:
        """Record an answer; None is a skip.  It is committed when this returns.

        Raises
        ------
        UnknownSample, UnknownClass, BadInput
            As `Session.answer`; nothing is recorded then.
        KeyUsed
            If the key has recorded something else before.
        """
        desk = self._desk(annotator)
        return desk.session.answer(
            sample_id,
            label,
            key=key,
            suggestion=suggestion or desk.shown.get(sample_id) or Suggestion(),
            shown_at=shown_at,
            active_seconds=active_seconds,
        )

    def describe(self, sample: Sample) -> dict[str, Any]:
        """A sample as plain values; `display` gives its content."""
        return {
            "sample_id": sample.id,
            "kind": sample.kind,
            "source": sample.source,
            "content": f"/v1/samples/{sample.id}/content",
        }

    def suggestion(self, sample: Sample) -> Suggestion:
        """Return the newest snapshot's suggestion for a sample; empty if it has not seen it.

        It is also empty while the audit of a model may ask for the sample.
        """
        if self.store.audits.kept([sample.id]):
            return Suggestion()
        return self.classes.of_suggestion(self.trainer.suggestions([sample])[0])

    def propose(self, sample: Sample, annotator: str) -> list[Proposal]:
        """Regions that are likely to be marked in a sample."""
        return list(self._desk(annotator).session.propose(sample))

    def size(self, sample: Sample) -> tuple[int, int]:
        """Width and height of a picture; None for other samples."""
        return self._files.size(sample) if sample.kind == "image" else (1, 1)

    def resolve(self, items: Sequence[Imported]) -> list[Match | str]:
        """The samples that items name, or the reasons why they name none for sure.

        No file is read that a request names: paths are compared, not followed.
        """
        with self._resolving:
            if self._resolver is None:
                made = Resolver(self.store, self._files, self.kind, by_content=False)
                self._resolver = made if self.kind is not None else None
                return made.find(items)
            return self._resolver.find(items)

    def meaning(self, item: Imported, sample: Sample) -> LabelValue:
        """The label of an item as it is recorded: read as an import of a file reads it.

        Raises
        ------
        UnknownClass, BadInput
            If it names no class, or does not fit the sample.
        """
        return LabelMeaning(self.task, self._files).of(
            item, None if self.classes.shape is None else sample
        )

    def display(self, sample_id: str) -> Display:
        """The raw content of a sample, ready for a page.

        Raises
        ------
        UnknownSample
            If it is not in the pool.
        BadInput
            If its file is gone.
        """
        return self._files.display(self.store.samples.get(sample_id))

    def _desk(self, annotator: str) -> _Desk:
        with self._lock:
            desk = self._desks.pop(annotator, None)
            if desk is None:
                auditor = Auditor(lambda: self.store, lambda: self.classes)
                desk = _Desk(
                    Session(
                        self._live, self.store, self._files, self.trainer, annotator, checks=auditor
                    )
                )
            self._desks[annotator] = desk
            if len(self._desks) > MOST_SESSIONS:  # its samples come back when their leases expire
                self._desks.popitem(last=False)
            return desk

    def subscribe(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call `callback`, from another thread, at every new snapshot or state."""
        return self.trainer.subscribe(callback)

    def close(self) -> None:
        """Free the samples that this server's annotators hold."""
        self.current.close()
        with self._lock:
            for desk in self._desks.values():
                desk.session.close()
            self._desks.clear()
