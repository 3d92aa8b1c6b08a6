"""Marking parts of samples: proposals, and the likely class of a drawn region."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable
from contextlib import suppress

from dalt.core.arguments import SECONDS, optional, takes
from dalt.core.records import (
    BadInput,
    ClassSet,
    Closed,
    DaltError,
    Proposal,
    Region,
    Sample,
    Suggestion,
)
from dalt.labeling.arguments import REGION, SAMPLE
from dalt.labeling.context import SessionContext
from dalt.labeling.proposals.sample_models import SampleModel, SampleModels
from dalt.labeling.suggesting import Suggester

_AT_ONCE = 4
"""How many pictures are learned while the page waits; more of them in a thread."""


class RegionLearner:
    """Keeps a model of regions up to date with the answers that hold.

    Parameters
    ----------
    context : SessionContext
    classes : ClassSet
        The classes that the model knows.
    model : SampleModel
        A model that has learned nothing yet.
    """

    def __init__(self, context: SessionContext, classes: ClassSet, model: SampleModel) -> None:
        self.classes = classes
        self.propose, self.rank = model.propose, model.rank
        self._context = context
        self._model = model
        self._cursor = 0
        self._behind: dict[str, None] = {}  # ids of samples, in the order of their events
        self._learned: dict[str, tuple[Sample, list[tuple[Region, ...]]]] = {}

    @property
    def is_behind(self) -> bool:
        """Whether there are answers that the model has not learned."""
        return bool(self._behind)

    @property
    def has_regions(self) -> bool:
        """Whether it has learned any region, so that it can propose some."""
        return any(any(answers) for _, answers in self._learned.values())

    def look(self) -> None:
        """Note which samples have new answers since the last look."""
        events = list(self._context.store.events.all(after=self._cursor))
        if events:
            self._cursor = events[-1].event_id
            self._behind.update(dict.fromkeys(event.sample_id for event in events))

    def learn(self, most: int | None = None) -> None:
        """Learn the noted samples, the newest first; `most` limits how many."""
        touched = list(self._behind)[::-1][:most]  # the newest first
        if not touched:
            return
        answers: dict[str, list[tuple[Region, ...]]] = {}
        for label in self._context.store.labels.current(touched):
            answers.setdefault(label.sample_id, []).append(self.classes.regions(label.label))
        there = self._context.store.samples.by_ids(touched)  # others were removed
        for sample_id in touched:
            self._unlearn(sample_id)
            if sample_id in there:
                self._learn_sample(there[sample_id], answers.get(sample_id, []))
        for sample_id in touched:
            del self._behind[sample_id]

    def _unlearn(self, sample_id: str) -> None:
        """Unlearn a sample's former answers."""
        if sample_id in self._learned:
            sample, answers = self._learned.pop(sample_id)
            with suppress(DaltError, OSError):  # its file is gone
                for regions in answers:
                    self._model.learn(sample, regions, -1)

    def _learn_sample(self, sample: Sample, answers: list[tuple[Region, ...]]) -> None:
        """Learn a sample's present answers."""
        with suppress(DaltError, OSError):  # its file is gone, so the model cannot learn from it
            for regions in answers:
                self._model.learn(sample, regions)
                self._learned.setdefault(sample.id, (sample, []))[1].append(regions)


class RegionProposer:
    """Proposes regions, and learns from the regions in every answer.

    Parameters
    ----------
    context : SessionContext
    models : SampleModels
    suggester : Suggester
        Says which samples the annotator judges unbiased.
    """

    def __init__(self, context: SessionContext, models: SampleModels, suggester: Suggester) -> None:
        self._context = context
        self._models = models
        self._suggester = suggester
        self._learner: RegionLearner | None = None
        self._lock = threading.Lock()
        self._catching_up: threading.Thread | None = None

    @property
    def begun(self) -> bool:
        """Whether there are regions to propose from, for samples whose proposals are hidden too."""
        if self._context.settings.class_set.shape is None:
            return False
        with self._lock:  # what was learned for the samples on screen counts, not what came since
            return (self._learner or self._newest()).has_regions

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
        if not self._proposes_for(sample):
            return ()
        with self._lock:
            return tuple(self._newest().propose(sample))

    @takes(sample=SAMPLE, region=REGION)
    def suggest_region(self, sample: Sample, region: Region) -> Suggestion:
        """Suggest the class of a region that a person has drawn; its `label` is ignored.

        Raises
        ------
        BadInput
            If the sample can no longer be read, or the region is of another shape.
        """
        if not self._proposes_for(sample):
            return Suggestion()
        shape = self._context.settings.class_set.shape
        if region.shape != shape:
            raise BadInput(f"This project marks regions of shape {shape}, not {region}.")
        with self._lock:
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
        if self._context.settings.class_set.shape is not None:
            with self._lock:
                self._newest()
            if self._catching_up is not None:
                self._catching_up.join(timeout)

    def learn_one(self) -> bool:
        """Learn one more sample with a new answer; returns whether any is left."""
        with self._lock:
            if self._learner is not None:
                self._learner.learn(1)
            return self._learner is not None and self._learner.is_behind

    def _proposes_for(self, sample: Sample) -> bool:
        shape = self._context.settings.class_set.shape
        if shape is None or sample.kind != ("text" if shape == "span" else "image"):
            return False
        return not self._suggester.hides(sample.id)

    def _newest(self) -> RegionLearner:
        """The learner with the newest answers; after many new ones, a thread learns the rest."""
        classes = self._context.settings.class_set
        learner = self._learner
        if learner is None or learner.classes != classes:
            learner = self._learner = RegionLearner(
                self._context, classes, self._models.new(classes)
            )
        learner.look()
        learner.learn(None if classes.shape == "span" else _AT_ONCE)
        running = self._catching_up is not None and self._catching_up.is_alive()
        if learner.is_behind and not running:
            self._catching_up = threading.Thread(
                target=_learn_the_rest, args=(weakref.ref(self),), daemon=True
            )
            self._catching_up.start()
        return learner


def _learn_the_rest(proposer_of: Callable[[], RegionProposer | None]) -> None:
    """Learn one sample at a time, so that the page can ask between two of them.

    It ends when no sample is left, or the session is closed or gone.
    """
    with suppress(Closed):
        while (proposer := proposer_of()) is not None and proposer.learn_one():
            del proposer
