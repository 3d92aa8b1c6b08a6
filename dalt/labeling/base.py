"""What all parts of a session share: its store and trainer, and the check of answers."""

from __future__ import annotations

import random
import threading
import uuid
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

from dalt.core.arguments import SAMPLE_ID, TEXT, takes
from dalt.core.records import (
    Answer,
    Assignment,
    BadInput,
    ClassSet,
    Closed,
    LabelValue,
    Mode,
    Region,
    Sample,
    StoreReplaced,
    Suggestion,
)
from dalt.core.settings.project_file import LiveSettings
from dalt.core.settings.settings import KINDS, Settings
from dalt.data.sources import SampleFiles
from dalt.learning.heads.snapshot import Snapshot
from dalt.learning.training.base import BaseTrainer
from dalt.storage.claims import Claim
from dalt.storage.store import Store


class Sitting:
    """One annotator at one project; a part of `dalt.labeling.session.Session`."""

    def __init__(
        self,
        task: LiveSettings,
        store: Store,
        files: SampleFiles,
        trainer: BaseTrainer,
        annotator: str,
        blind: bool = False,
    ) -> None:
        if not annotator.strip():
            raise BadInput("An annotator needs a name: project.session(annotator='ana').")
        self.id = uuid.uuid4().hex
        self.annotator = annotator
        self._live = task
        self._open_store = store
        self._closed: str | None = None
        self._files = files
        self._trainer = trainer
        # Every session draws differently, and a replay of the same sessions draws the same.
        sitting = store.n_sessions(annotator)
        self._random = random.Random(f"{task.current.seed}:{annotator}:{sitting}")
        # A generator of its own: gold samples change nothing in the other draws.
        self._gold_random = random.Random(f"gold:{task.current.seed}:{annotator}:{sitting}")
        self._blind = blind
        self._random_lock = threading.Lock()

    @property
    def _store(self) -> Store:
        """The store, as long as this is open."""
        if self._closed is not None:
            raise Closed(self._closed)
        return self._open_store

    def release(self) -> None:
        """Free this session's samples; it can lease others."""
        with suppress(StoreReplaced):  # its leases are gone with the file
            self._store.release(self.id)

    @takes(why=TEXT)
    def end(self, why: str) -> None:
        """Close, and refuse from now on with a sentence; harmless when it is closed already."""
        if self._closed is None:
            self.release()
            self._closed = why

    @property
    def _task(self) -> Settings:
        return self._live.current

    @property
    def blind(self) -> bool:
        """Whether this annotator sees no suggestions at all."""
        return self._blind or self.annotator in self._task.blind.annotators

    @takes(sample_id=SAMPLE_ID)
    def hides(self, sample_id: str) -> bool:
        """Whether this annotator gets no suggestion for a sample, to judge it unbiased."""
        return self.blind or self._task.blind.hides(sample_id, self._task.seed)

    def _assignment(self, claim: Claim, snapshot: Snapshot | None = None) -> Assignment:
        suggestion = self._suggest(claim.sample, snapshot)
        return Assignment(claim.sample, suggestion, claim.lease, claim.draw)

    def _suggest(self, sample: Sample, snapshot: Snapshot | None = None) -> Suggestion:
        """A snapshot's suggestion for a sample; by default the newest snapshot's."""
        if snapshot is None:
            return self._suggest_for([sample])[0]
        if sample.position >= len(snapshot.probabilities) or self.hides(sample.id):
            return Suggestion()  # the sample came after the snapshot, or is judged unbiased
        return self._task.class_set.of_suggestion(snapshot.suggestion(sample.position))

    def _suggest_for(self, samples: Sequence[Sample]) -> list[Suggestion]:
        """The newest snapshot's suggestions for samples, all in one request."""
        classes = self._task.class_set
        shown = [sample for sample in samples if not self.hides(sample.id)]
        said = self._trainer.suggestions(shown) if shown else []
        found = {sample.id: each for sample, each in zip(shown, said, strict=True)}
        return [classes.of_suggestion(found.get(sample.id, Suggestion())) for sample in samples]

    def _checked(
        self,
        sample_id: str,
        label: object,
        *,
        key: str,
        suggestion: Suggestion,
        proposed: Sequence[Region] | None = None,
        shown_at: datetime | None,
        active_seconds: float | None,
        mode: Mode,
        assignment: Assignment | None = None,
        batch: str | None = None,
    ) -> Answer:
        """An answer as the store takes it; `Session.answer` says what is refused."""
        classes = self._task.class_set
        checked = None if label is None else classes.checked(label)
        if classes.shape and checked is not None:
            checked = self._placed(sample_id, classes.regions(checked))
        if shown_at is not None and shown_at.tzinfo is None:
            raise BadInput("shown_at needs a time zone, for example datetime.now(timezone.utc).")
        # What was on screen counts, even if the settings have changed since.
        if mode == "single" and suggestion.top is None and not proposed and self.hides(sample_id):
            mode, proposed = "blind", None
        return Answer(
            kind="skip" if label is None else "label",
            sample_id=sample_id,
            label=checked,
            annotator=self.annotator,
            session=self.id,
            key=key,
            draw=assignment.draw if assignment else None,
            suggested=_suggested(classes, suggestion, proposed),
            probability=suggestion.top_probability,
            snapshot=suggestion.snapshot,
            mode=mode,
            shown_at=shown_at,
            active_seconds=active_seconds,
            batch=batch,
        )

    def _placed(self, sample_id: str, regions: tuple[Region, ...]) -> tuple[Region, ...]:
        """Refuse regions outside their sample; cut those that reach out only a little."""
        sample = self._store.sample(sample_id)
        marked = KINDS[self._task.task]
        if not regions:
            return regions
        if sample.kind != marked:
            raise BadInput(
                f"{self._task.task.capitalize()} are marked in samples of kind {marked}; "
                f"{sample.source!r} is of kind {sample.kind}."
            )
        width = height = length = 0
        try:
            if marked == "image":
                width, height = self._files.size(sample)
            else:
                length = len(self._files.display(sample, full=True).text)
        except (OSError, BadInput):
            return regions  # its file is gone: keep what was marked while it was there
        if marked == "image":
            return tuple(region.cut_to(width, height) for region in regions)
        for region in regions:
            if region.end > length:
                raise BadInput(
                    f"The span {region.start}–{region.end} reaches beyond its text of {length} "
                    "characters; start and end count code points."
                )
        return regions


def _suggested(
    classes: ClassSet, suggestion: Suggestion, proposed: Sequence[Region] | None
) -> LabelValue | None:
    """The part of a suggestion that an event keeps: the answer that it would have been."""
    if classes.shape:
        return None if proposed is None else tuple(proposed)
    if suggestion.top is None:
        return None
    return classes.present(suggestion.likely if classes.multi else suggestion.top)
