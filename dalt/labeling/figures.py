"""All labels of a project, evaluated together, for its owner's page.

The same figures as DataFrames are verbs of the project; these come without pandas, which a kernel
that only shows a page does not load.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dalt.core.records import (
    ClassSet,
    Decision,
    Dispute,
    Drawn,
    Estimate,
    Judged,
    Label,
    LabelValue,
    StudyRecord,
)
from dalt.core.settings.project_file import LiveSettings
from dalt.labeling.quality.accuracy import pace
from dalt.labeling.quality.agreement import Agreement, by_pair, overall
from dalt.labeling.quality.board import Member, board
from dalt.labeling.quality.judging import Jury, judge, to_adjudicate
from dalt.labeling.quality.sources import SourceStanding, source_standings
from dalt.labeling.quality.votes import Votes, votes_of
from dalt.labeling.reviewing import check_reviewable, judged, then
from dalt.learning.training.base import BaseTrainer
from dalt.storage.samples import Counts
from dalt.storage.store import Store

RESAMPLES = 400
"""For intervals that are drawn again after each label."""
PACE_OF = 300
"""Newest labels of all annotators behind the pace."""


@dataclass(frozen=True, slots=True)
class Confusions:
    """What each annotator said of what the consensus is.

    Attributes
    ----------
    classes : tuple of str
        The most frequent ones, in their stable order.
    n_classes : int
        How many were given at all.
    counts : tuple of (str, ndarray of shape (n_classes, n_classes), int64)
        By annotator: rows are the consensus, columns what they said.
    """

    classes: tuple[str, ...]
    n_classes: int
    counts: tuple[tuple[str, NDArray[np.int64]], ...]


@dataclass(frozen=True)
class _Reading:
    """All answers and decisions, read together."""

    classes: ClassSet
    answers: list[Label]
    labels: list[Label]
    decisions: list[Decision]
    jury: Jury | None


class TeamFigures:
    """Measures of progress, people and labels.

    Its methods may be called from any thread; each reads the store again only after a change.

    Parameters
    ----------
    live : LiveSettings
        The project's.
    store : Store
    trainer : BaseTrainer
        Judges labels.
    """

    def __init__(self, live: LiveSettings, store: Store, trainer: BaseTrainer) -> None:
        self._live = live
        self._store = store
        self._trainer = trainer
        self._held: tuple[object, _Reading] | None = None

    @property
    def comparable(self) -> bool:
        """Whether labels are classes of whole samples, which can be compared."""
        return self._live.current.class_set.shape is None

    def pulse(self) -> tuple[object, ...]:
        """Something cheap that differs after a change."""
        snapshot = self._trainer.snapshot
        return (
            self._store.events.newest_id(),
            len(self._store.confirmations.events()),
            self._store.samples.counts(),
            self._store.audits.states(),
            [(each.study_id, each.ended_at) for each in self._store.studies.all()],
            None if snapshot is None else snapshot.version,
            self._trainer.state,
        )

    @property
    def n_labels(self) -> int:
        """Number of labels that hold, of all annotators."""
        return len(self._reading().labels)

    def counts(self) -> Counts:
        """How many samples there are and are labelled, including gold, unlike for annotators."""
        return self._store.samples.counts()

    @property
    def n_gold(self) -> int:
        """Number of gold samples."""
        return sum(each.kind == "gold" for each in self._reading().decisions)

    @property
    def n_adjudicated(self) -> int:
        """Number of samples that were adjudicated."""
        return sum(each.kind == "adjudicate" for each in self._reading().decisions)

    def pace(self) -> Estimate | None:
        """Mean seconds that a label takes, of the newest of all annotators."""
        given = [
            each.active_seconds
            for each in self._reading().labels
            if each.active_seconds is not None
        ]
        return pace(given[-PACE_OF:])

    def assigned(
        self,
    ) -> tuple[list[Label], dict[str, LabelValue], dict[tuple[str, str], Drawn], ClassSet]:
        """Answers to samples that were assigned to an arm at random, for `dalt.study.analysis`.

        Returns
        -------
        list of Label
            The answers, with the class names of their time.
        dict of str to LabelValue
            Known answers of gold samples.
        dict of (str, str) to Drawn
            What a study decided on an annotator's sample.
        ClassSet
            The present classes.
        """
        found = self._reading()
        known = {
            each.sample_id: each.label
            for each in found.decisions
            if each.kind == "gold" and each.label is not None
        }
        return self._store.events.assigned(), known, self._store.studies.drawn(), found.classes

    def studies(self) -> list[StudyRecord]:
        """All studies, in their order."""
        return self._store.studies.all()

    def running_study(self) -> tuple[StudyRecord, int] | None:
        """The running study, and how many of its labels there are."""
        running = self._store.studies.running()
        return (
            None if running is None else (running, self._store.studies.n_labels(running.study_id))
        )

    def suggesters(self) -> list[SourceStanding]:
        """The sources of suggestions beside the model, in the order in which they came."""
        classes = self._live.current.class_set
        return source_standings(self._store, classes, self._trainer.snapshot)

    def suggesters_mark(self) -> object:
        """Something cheap that differs after a change of the sources."""
        troubles = [each.trouble for each in self._store.suggesters.all()]
        return self._store.suggesters.mark(), troubles

    def people(self) -> list[Member]:
        """The figures of each annotator, by name."""
        found = self._reading()
        seen = self._store.events.last_seen()
        return board(found.answers, found.decisions, found.classes, seen)

    def agreement(self, *, blind: bool = False) -> Agreement:
        """Krippendorff's alpha over all annotators, of all labels or of blind ones alone."""
        found = self._reading()
        multi, seed = found.classes.multi, self._live.current.seed
        return overall(self._votes(blind), multi=multi, seed=seed, resamples=RESAMPLES)

    def kappas(self) -> list[Agreement]:
        """Cohen's kappa of every two annotators who labelled samples in common."""
        multi, seed = self._reading().classes.multi, self._live.current.seed
        return by_pair(self._votes(False), multi=multi, seed=seed, resamples=RESAMPLES)

    def _votes(self, blind: bool) -> Votes:
        found = self._reading()
        labels = [each for each in found.labels if not blind or each.mode == "blind"]
        return votes_of(labels, found.classes)

    def confusions(self, most: int = 12) -> Confusions:
        """Compare each annotator's labels with the consensus.

        Only samples that several people labelled or that were decided tell anything.

        Parameters
        ----------
        most : int
            How many classes, the most frequent ones.
        """
        found = self._reading()
        jury, classes = found.jury, found.classes
        if jury is None or classes.multi:
            return Confusions((), 0, ())
        true = {
            each.sample_id: each.label
            for each in jury.consensus()
            if each.n > 1 or each.source != "consensus"
        }
        pairs = [
            (event.annotator, str(true[event.sample_id]), str(classes.present(event.label)))
            for event in found.labels
            if event.sample_id in true and event.label is not None
        ]
        names = {name: i for i, name in enumerate(classes.names)}
        given = np.zeros(len(names), np.int64)
        for _, consensus, said in pairs:
            for name in {consensus, said} & names.keys():
                given[names[name]] += 1
        kept = sorted(np.argsort(-given, kind="stable")[:most].tolist())
        places = {classes.names[i]: at for at, i in enumerate(i for i in kept if given[i])}
        counts: dict[str, NDArray[np.int64]] = {}
        for who, consensus, said in sorted(pairs):
            table = counts.setdefault(who, np.zeros((len(places), len(places)), np.int64))
            if consensus in places and said in places:
                table[places[consensus], places[said]] += 1
        return Confusions(tuple(places), int((given > 0).sum()), tuple(counts.items()))

    def disputes(self, most: int) -> tuple[list[Dispute], int]:
        """The samples that somebody should decide, the least certain first.

        Parameters
        ----------
        most : int
            How many to return.

        Returns
        -------
        list of Dispute
        int
            How many there are.
        """
        jury = self._reading().jury
        if jury is None:
            return [], 0
        found = to_adjudicate(jury.consensus())
        first = [each.sample_id for each in found[:most]]
        samples = self._store.samples.by_ids(first)
        answers: dict[str, list[Label]] = {sample_id: [] for sample_id in first}
        for event in self._store.labels.current(first):
            answers[event.sample_id].append(jury.classes.read(event))
        made = [
            Dispute(samples[id], tuple(answers[id]), jury.of(id)) for id in first if id in samples
        ]
        return made, len(found)

    def reviewing(self) -> Future[list[Judged]]:
        """Labels of all annotators beside what a model says that has not seen them.

        The worst come first; confirmed labels and samples that were decided are left out.  The
        result comes when the trainer gets to it.

        Raises
        ------
        BadInput
            Where regions are marked.
        NotEncoded
            If the pool has no embeddings to learn on.
        """
        check_reviewable(self._live.current.class_set)
        return then(
            self._trainer.left_out(), lambda left_out: self._open(judged(self._store, left_out))
        )

    def _open(self, found: Sequence[Judged]) -> list[Judged]:
        decided = {each.sample_id for each in self._store.adjudications.decisions()}
        return [each for each in found if each.label.sample_id not in decided]

    def _reading(self) -> _Reading:
        store, classes = self._store, self._live.current.class_set
        mark = (store.events.newest_id(), classes)
        held = self._held
        if held is None or held[0] != mark:
            answers, decisions = store.answers.current(), store.adjudications.decisions()
            labels = store.labels.current()
            jury = None if classes.shape else judge(labels, decisions, classes)
            held = self._held = mark, _Reading(classes, answers, labels, decisions, jury)
        return held[1]
