"""What the model server knows and does, without HTTP; callable from any thread."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from dalt.core.errors import shown
from dalt.core.records import (
    BadInput,
    ClassSet,
    Display,
    Floats,
    Kind,
    Label,
    NothingLearned,
    Proposal,
    Sample,
    Suggestion,
)
from dalt.core.settings.project_file import LiveSettings
from dalt.core.settings.settings import Settings
from dalt.data.sources import SampleFiles
from dalt.labeling.session import Session
from dalt.learning.encoders.cache import EmbeddingCache
from dalt.learning.training.base import BaseTrainer
from dalt.server.rest.predictor import NOTHING_YET, Current
from dalt.storage.store import Store

MOST_SESSIONS = 1_000
MOST_SHOWN = 1_000


class KeyUsed(BadInput):
    """An idempotency key came again with another label."""


class _Desk:
    """The sitting of one annotator, and what was suggested to him."""

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

    @property
    def task(self) -> Settings:
        """The project's settings, as they are now."""
        return self._live.current

    @property
    def classes(self) -> ClassSet:
        """The classes, as they are now."""
        return self.task.class_set

    @property
    def kind(self) -> Kind | None:
        """What the samples are, or None while there are none; once there are, that stays."""
        if self._kind is None:
            self._kind = next(iter(self.store.kinds()), None)
        return self._kind

    # --- the model ------------------------------------------------------------------------

    def model(self) -> dict[str, Any]:
        """What is known of the newest snapshot, as plain values.

        Raises
        ------
        NothingLearned
            Before the first one.
        """
        snapshot = self.trainer.snapshot
        if snapshot is None:
            raise NothingLearned(NOTHING_YET)
        record = self.store.snapshot(snapshot.version)
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
        """What an encoder reads of raw data of the project's kind.

        Raises
        ------
        NothingLearned
            Before the first snapshot: nothing is decoded in vain.
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

        Of samples that came after the snapshot a suggestion is empty.

        Raises
        ------
        UnknownSample
            If one of them is not in the pool.
        NothingLearned
            Before the first snapshot.
        """
        positions = self.store.positions(sample_ids)
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
        """Lease up to `n` samples for an annotator, with what is suggested for each."""
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
        """Whether nothing is left for this annotator, now and later."""
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
        event = desk.session.answer(
            sample_id,
            label,
            key=key,
            suggestion=suggestion or desk.shown.get(sample_id) or Suggestion(),
            shown_at=shown_at,
            active_seconds=active_seconds,
        )
        wanted = None if label is None else self.classes.checked(label)
        same = (event.sample_id, event.annotator) == (sample_id, annotator)
        if (
            not same
            or (event.label is None) != (label is None)
            or (
                self.classes.shape is None
                and label is not None
                and self.classes.read(event).label != wanted
            )
        ):
            raise KeyUsed(f"The key {shown(key)} has recorded another label; use a new key.")
        return event

    def describe(self, sample: Sample) -> dict[str, Any]:
        """A sample as plain values; what is in it comes by `display`."""
        return {
            "sample_id": sample.id,
            "kind": sample.kind,
            "source": sample.source,
            "content": f"/v1/samples/{sample.id}/content",
        }

    def suggestion(self, sample: Sample) -> Suggestion:
        """What the newest snapshot says of a sample; empty if it has not seen it.

        Also where no suggestion may be shown, since the sample is to be judged unbiased.
        """
        if self.task.blind.hides(sample.id, self.task.seed):
            return Suggestion()
        return self.classes.of_suggestion(self.trainer.suggestions([sample])[0])

    def propose(self, sample: Sample, annotator: str) -> list[Proposal]:
        """Regions that are likely to be marked in a sample."""
        return list(self._desk(annotator).session.propose(sample))

    def size(self, sample: Sample) -> tuple[int, int]:
        """Width and height of a picture; of anything else there is none."""
        return self._files.size(sample) if sample.kind == "image" else (1, 1)

    def id_of_text(self, text: str) -> str | None:
        """The id that a text has as a sample, in a project of texts."""
        return self._files.id_of_text(text) if self.kind == "text" else None

    def spellings(self, path: str) -> list[str]:
        """The sources under which a file can be known; none where samples are no files."""
        return self._files.spellings(path) if self.kind in ("image", "audio") else []

    def display(self, sample_id: str) -> Display:
        """The raw content of a sample, ready for a page.

        Raises
        ------
        UnknownSample
            If it is not in the pool.
        BadInput
            If its file is gone.
        """
        return self._files.display(self.store.sample(sample_id))

    def _desk(self, annotator: str) -> _Desk:
        with self._lock:
            desk = self._desks.pop(annotator, None)
            if desk is None:
                session = Session(self._live, self.store, self._files, self.trainer, annotator)
                desk = _Desk(session)
            self._desks[annotator] = desk
            if len(self._desks) > MOST_SESSIONS:  # its samples come back when their leases expire
                self._desks.popitem(last=False)
            return desk

    def subscribe(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call `callback`, from another thread, on every new snapshot or state."""
        return self.trainer.subscribe(callback)

    def close(self) -> None:
        """Free what the annotators of this server hold."""
        self.current.close()
        with self._lock:
            for desk in self._desks.values():
                desk.session.close()
            self._desks.clear()
