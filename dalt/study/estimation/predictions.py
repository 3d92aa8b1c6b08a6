"""Predictions for every stage of a history, by models that have learned only earlier answers.

A model that has seen a label predicts it too well, and an estimate that corrects the model's errors
by such labels misses most of them.  So each stage has a model of its own: it learns what was
answered before the stage, and nothing of the stage.  Unlike cross-prediction, which leaves labels
out of later fits, this also holds where the model's doubts decided what was drawn.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from dalt.core.records import ClassSet, Floats, LabelSet, LabelValue, Progress
from dalt.learning.heads.contract import Head
from dalt.learning.heads.pool import Pool
from dalt.study.estimation.design import (
    Answered,
    Numbers,
    Stage,
    constant_before,
    stage_bounds,
    stage_of,
)
from dalt.study.estimation.history import History


@dataclass(frozen=True)
class Learner:
    """A head, and the embeddings that it learns on.

    Attributes
    ----------
    head : Head
    pool : Pool
    seed : int
    untouched_from : int
        The event up to which the embeddings may have learned labels themselves; predictions
        for earlier stages are not used.
    """

    head: Head
    pool: Pool
    seed: int
    untouched_from: int = 0


Predicted = Floats | None
"""Class probabilities of every sample, or None where nothing was learned before."""


def stage_probabilities(
    history: History,
    targets: Numbers,
    classes: ClassSet,
    learner: Learner | None,
    progress: Progress,
) -> list[tuple[int, int, Predicted]]:
    """Learn once for every stage.

    Parameters
    ----------
    history : History
    targets : ndarray of shape (n_answers, n_classes), float64
        NaN rows are not learned.
    classes : ClassSet
    learner : Learner or None
        None if there are no embeddings to learn on.
    progress : callable

    Returns
    -------
    list of (int, int, Predicted)
        Where each stage begins and ends, and the predictions made before it: ndarray of shape
        (n_embedded, n_classes), float32.
    """
    bounds = stage_bounds(len(history.positions))
    found: list[tuple[int, int, Predicted]] = []
    for done, (start, stop) in enumerate(itertools.pairwise(bounds)):
        progress("Learning again", done, len(bounds) - 1)
        predicted = None
        if learner is not None and start and history.event_ids[start] > learner.untouched_from:
            predicted = _learned(history, targets, classes, learner, start)
        found.append((start, stop, predicted))
    progress("Learning again", len(bounds) - 1, len(bounds) - 1)
    return found


def _learned(
    history: History, targets: Numbers, classes: ClassSet, learner: Learner, start: int
) -> Predicted:
    positions, said = history.positions[:start], targets[:start]
    known = np.isfinite(said).all(axis=1) & (positions < learner.pool.n_samples)
    order = np.argsort(positions[known])
    if not len(order):
        return None
    labels = LabelSet(
        positions[known][order], said[known][order].astype(np.float32), start, classes.multi
    )
    fitted = learner.head.fit(
        learner.pool, labels, labels.targets.shape[1], seed=learner.seed, parent=None
    )
    return np.asarray(fitted.probabilities, np.float32)


def class_targets(labels: Sequence[LabelValue | None], classes: ClassSet) -> Numbers:
    """Labels as rows of 0 and 1: shape (n_answers, n_classes), NaN where there is none.

    Examples
    --------
    >>> class_targets(["b", None], ClassSet(("a", "b"))).tolist()
    [[0.0, 1.0], [nan, nan]]
    """
    column = {name: index for index, name in enumerate(classes.names)}
    found = np.full((len(labels), len(column)), np.nan)
    for row, label in enumerate(labels):
        if label is None:
            continue
        names = [name for name in classes.named(label) if name in column]
        if classes.multi or len(names) == 1:
            found[row] = 0.0
            found[row, [column[name] for name in names]] = 1.0
    return found


@dataclass(frozen=True)
class Question:
    """One question with its outcomes, ready to be estimated.

    Attributes
    ----------
    names : tuple of str
        The classes, in the order of the outcomes.  The last outcome, after all of them (or after
        "no" where the question is of one class of several), means that a sample has no label.
    answered : Answered
    stages : tuple of Stage
    inside : ndarray of shape (n_samples,), bool
        The samples that are asked about.
    """

    names: tuple[str, ...]
    answered: Answered
    stages: tuple[Stage, ...]
    inside: NDArray[np.bool_]

    @property
    def missing(self) -> int:
        """The outcome of samples without a label."""
        return int(self.answered.outcomes.shape[1]) - 1

    def among(self, inside: NDArray[np.bool_]) -> Question:
        """The same about a part of the pool, which is known: the others have no label.

        Parameters
        ----------
        inside : ndarray of shape (n_samples,), bool
        """
        if inside.all():
            return self
        inside = inside & self.inside
        outside = np.zeros(self.missing + 1)
        outside[self.missing] = 1.0
        kept = inside[self.answered.positions]
        outcomes = np.where(kept[:, None], self.answered.outcomes, outside)
        n_outside = int((~inside).sum() - (~kept).sum())
        answered = replace(self.answered, outcomes=outcomes, n_outside=n_outside)
        stages = tuple(
            replace(
                stage,
                predictions=np.where(inside[:, None], stage.predictions, outside),
                constant=constant_before(answered, stage.start),
            )
            for stage in self.stages
        )
        return replace(self, answered=answered, stages=stages, inside=inside)


def questions(
    history: History,
    targets: Numbers,
    classes: ClassSet,
    predicted: Sequence[tuple[int, int, Predicted]],
) -> list[Question]:
    """One question with all classes; where a sample can have several, one for each class."""
    inside = np.ones(history.n_samples, bool)
    inside[history.removed] = False

    def question(names: tuple[str, ...], of: Callable[[Numbers], Numbers]) -> Question:
        outcomes = _with_missing(of(targets))
        answered = Answered(history.positions, history.chances, outcomes, history.n_samples)
        stages = tuple(
            stage_of(answered, start, stop, None if found is None else of(found.astype(np.float64)))
            for start, stop, found in predicted
        )
        everything = np.ones(history.n_samples, bool)
        return Question(names, answered, stages, everything).among(inside)

    if not classes.multi:
        return [question(classes.names, lambda found: found)]

    def one(column: int) -> Callable[[Numbers], Numbers]:
        return lambda found: np.stack([found[:, column], 1 - found[:, column]], axis=1)

    return [question((name,), one(column)) for column, name in enumerate(classes.names)]


def _with_missing(outcomes: Numbers) -> Numbers:
    missing = np.asarray(~np.isfinite(outcomes).all(axis=1))
    return np.concatenate([np.where(missing[:, None], 0.0, outcomes), missing[:, None]], axis=1)
