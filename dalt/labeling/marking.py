"""Marking parts of samples: proposals, and the likely class of a drawn region."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Protocol

from dalt.core.arguments import SECONDS, optional, takes
from dalt.core.records import (
    BadInput,
    ClassSet,
    Closed,
    DaltError,
    Estimate,
    Label,
    Proposal,
    Region,
    Sample,
    Suggestion,
)
from dalt.core.settings.project_file import LiveSettings
from dalt.data.sources import SampleFiles
from dalt.labeling.arguments import REGION, SAMPLE
from dalt.labeling.base import Sitting
from dalt.labeling.proposals.precision import CONFIDENCE, NEWEST, POINT_SHARE, earned, kept, newest
from dalt.labeling.proposals.regions import LONGEST, Picture, RegionModel, look
from dalt.labeling.proposals.spans import SpanModel
from dalt.labeling.quality.accuracy import wilson
from dalt.learning.training.base import BaseTrainer
from dalt.storage.store import Store

_KEPT_PICTURES = 64
_KEPT_BYTES = 8_000_000
"""Pictures are kept for a second look, within a kernel's memory: some ten large ones, more
than a page holds ahead."""
_AT_ONCE = 4
"""How many pictures are learned while the page waits; more of them in a thread."""


class Marking(Sitting):
    """Proposals of regions; a part of `dalt.labeling.session.Session`."""

    def __init__(
        self,
        task: LiveSettings,
        store: Store,
        files: SampleFiles,
        trainer: BaseTrainer,
        annotator: str,
        blind: bool = False,
    ) -> None:
        super().__init__(task, store, files, trainer, annotator, blind)
        self._marked: Marked | None = None
        self._marked_lock = threading.Lock()
        self._catching_up: threading.Thread | None = None
        self._pictures: OrderedDict[str, Picture] = OrderedDict()
        self._kept: dict[int, tuple[bool, ...]] = {}  # by event: each is judged once

    @takes(sample=SAMPLE)
    def size(self, sample: Sample) -> tuple[int, int]:
        """Return width and height of a picture in its own pixels, the unit of regions.

        Raises
        ------
        BadInput
            If its file is gone or can no longer be read.
        """
        return self._files.size(sample)

    @takes(sample=SAMPLE)
    def propose(self, sample: Sample) -> tuple[Proposal, ...]:
        """Propose regions that are likely to be marked in a sample.

        The likeliest come first in pictures; texts have them by place.  The list is empty before
        anything was learned, and where samples have classes as a whole.

        Parameters
        ----------
        sample : Sample

        Raises
        ------
        BadInput
            If the sample can no longer be read.
        """
        if self._task.task == "classes" or not self._can_be_marked(sample):
            return ()
        if self.hides(sample.id):
            return ()
        with self._marked_lock:
            return tuple(self._newest().propose(sample))

    def proposal_precision(self) -> Estimate | None:
        """Return how often people kept the newest 50 proposals, with a 90 % interval (Wilson).

        This counts proposals of all annotators that were on screen before an answer which holds.
        One that was submitted, taken, or drawn anew in the same place and class was kept; one that
        was removed, relabelled, moved away or left out was not.

        Returns
        -------
        Estimate or None
            None before the first such answer, and where samples have classes as a whole.
        """
        if self._task.task == "classes":
            return None
        events = self._store.newest_proposed(NEWEST)
        known, classes = self._kept, self._task.class_set
        self._kept = {
            event.event_id: known.get(event.event_id) or self._judged(classes.read(event))
            for event in events
        }
        n_kept, n = newest(self._kept.values())
        return wilson(n_kept, n, CONFIDENCE) if n else None

    @property
    def submits_proposals(self) -> bool:
        """Whether Enter on a page submits proposals unchanged: their precision has earned it.

        Until then they are outlines, which a person takes or leaves one by one.
        """
        return earned(self.proposal_precision())

    def _judged(self, event: Label) -> tuple[bool, ...]:
        classes, reach = self._task.class_set, 0.0
        if classes.shape == "point":
            with suppress(DaltError, OSError):  # its file is gone: only the exact place counts
                reach = POINT_SHARE * max(self._files.size(self._store.sample(event.sample_id)))
        return kept(classes.regions(event.suggested), classes.regions(event.label), reach)

    @takes(sample=SAMPLE, region=REGION)
    def suggest_region(self, sample: Sample, region: Region) -> Suggestion:
        """Suggest the class of a region that a person has drawn; its `label` is ignored.

        Raises
        ------
        BadInput
            If the sample can no longer be read, or the region is of another shape.
        """
        classes = self._task.class_set
        if not classes.shape or not self._can_be_marked(sample) or self.hides(sample.id):
            return Suggestion()
        if region.shape != classes.shape:
            raise BadInput(f"This project marks regions of shape {classes.shape}, not {region}.")
        with self._marked_lock:
            ranked = self._newest().rank(sample, region)
        return Suggestion(tuple(name for name, _ in ranked), tuple(share for _, share in ranked))

    @takes(timeout=optional(SECONDS))
    def catch_up(self, timeout: float | None = None) -> None:
        """Wait until every answer counts for the proposals, also those of earlier sessions.

        Parameters
        ----------
        timeout : float, optional
            Seconds at most; the rest is learned in the background.
        """
        if self._task.task != "classes":
            with self._marked_lock:
                self._newest()
            if self._catching_up is not None:
                self._catching_up.join(timeout)

    def _can_be_marked(self, sample: Sample) -> bool:
        return sample.kind == ("text" if self._task.task == "spans" else "image")

    def _newest(self) -> Marked:
        """The model as of the newest event of any annotator; after many new ones, soon."""
        marked = self._marked
        if marked is None or marked.classes != self._task.class_set:
            marked = self._marked = Marked(self._task.class_set, self._model())
        events = list(self._store.events(after=marked.cursor))
        if events:
            marked.cursor = events[-1].event_id
            marked.behind.update(dict.fromkeys(event.sample_id for event in events))
        self._follow(marked, None if self._task.task == "spans" else _AT_ONCE)
        running = self._catching_up is not None and self._catching_up.is_alive()
        if marked.behind and not running:
            self._catching_up = threading.Thread(target=self._catch_up, args=(marked,), daemon=True)
            self._catching_up.start()
        return marked

    def _catch_up(self, marked: Marked) -> None:
        with suppress(Closed):
            while marked.behind and self._marked is marked:
                with self._marked_lock:  # between two pictures the page can ask
                    self._follow(marked, 1)

    def _follow(self, marked: Marked, most: int | None) -> None:
        touched = list(marked.behind)[::-1][:most]  # the newest first: they are on screen
        if touched:
            marked.follow(touched, self._store.current_labels(touched), self._store.sample)
            for sample_id in touched:
                del marked.behind[sample_id]

    def _model(self) -> SampleModel:
        classes = self._task.class_set
        if self._task.task == "spans":
            return _Texts(SpanModel(classes.names), self._text)
        return _Pictures(RegionModel(classes.names, classes.shape or "box"), self._picture)

    def _text(self, sample: Sample) -> str:
        return self._files.display(sample, full=True).text

    def _picture(self, sample: Sample) -> Picture:
        if sample.id not in self._pictures:
            width, height = self._files.size(sample)
            pixels = self._files.load(sample, LONGEST)
            scale = max(width, height) / max(pixels.shape[:2])  # type: ignore[union-attr]
            self._pictures[sample.id] = look(pixels, scale)  # type: ignore[arg-type]
            self._make_room()
        self._pictures.move_to_end(sample.id)
        return self._pictures[sample.id]

    def _make_room(self) -> None:
        """Drop the pictures that were looked at longest ago; the newest one stays."""
        n_bytes = sum(picture.n_bytes for picture in self._pictures.values())
        while len(self._pictures) > 1 and (
            n_bytes > _KEPT_BYTES or len(self._pictures) > _KEPT_PICTURES
        ):
            n_bytes -= self._pictures.popitem(last=False)[1].n_bytes


class SampleModel(Protocol):
    """Learns from samples what is marked in them."""

    def learn(self, sample: Sample, regions: Sequence[Region], by: int = 1) -> None:
        """Learn a sample with all that is marked in it, or unlearn it (`by` is -1)."""

    def propose(self, sample: Sample) -> list[Proposal]:
        """The regions that are likely to be marked."""

    def rank(self, sample: Sample, region: Region) -> list[tuple[str, float]]:
        """The classes of a region, the likeliest first."""


class _Texts:
    def __init__(self, model: SpanModel, text_of: Callable[[Sample], str]) -> None:
        self._model = model
        self._text_of = text_of

    def learn(self, sample: Sample, regions: Sequence[Region], by: int = 1) -> None:
        (self._model.learn if by > 0 else self._model.forget)(self._text_of(sample), regions)

    def propose(self, sample: Sample) -> list[Proposal]:
        return self._model.propose(self._text_of(sample))

    def rank(self, sample: Sample, region: Region) -> list[tuple[str, float]]:
        return self._model.rank(self._text_of(sample), region.start, region.end)


class _Pictures:
    def __init__(self, model: RegionModel, picture_of: Callable[[Sample], Picture]) -> None:
        self._model = model
        self._picture_of = picture_of

    def learn(self, sample: Sample, regions: Sequence[Region], by: int = 1) -> None:
        (self._model.learn if by > 0 else self._model.forget)(self._picture_of(sample), regions)

    def propose(self, sample: Sample) -> list[Proposal]:
        return self._model.propose(self._picture_of(sample))

    def rank(self, sample: Sample, region: Region) -> list[tuple[str, float]]:
        return self._model.rank(self._picture_of(sample), region)


class Marked:
    """A model of marked regions that follows the answers that hold."""

    def __init__(self, classes: ClassSet, model: SampleModel) -> None:
        self.classes = classes
        self.cursor = 0
        self.behind: dict[str, None] = {}
        self.propose, self.rank = model.propose, model.rank
        self._model = model
        self._learned: dict[str, list[tuple[Region, ...]]] = {}

    def follow(
        self, touched: list[str], labels: list[Label], sample_of: Callable[[str], Sample]
    ) -> None:
        """Unlearn the samples' former answers, and learn the present ones."""
        now: dict[str, list[tuple[Region, ...]]] = {}
        for label in labels:
            now.setdefault(label.sample_id, []).append(self.classes.regions(label.label))
        for sample_id in touched:
            sample, before = sample_of(sample_id), self._learned.pop(sample_id, [])
            try:
                for regions in before:
                    self._model.learn(sample, regions, -1)
                for regions in now.get(sample_id, []):
                    self._model.learn(sample, regions)
                    self._learned.setdefault(sample_id, []).append(regions)
            except (DaltError, OSError):
                continue  # its file is gone: nothing can be learned from it
