"""Estimates of class shares, means by class and regressions, and the labels they rest on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dalt.core.summaries import counted
from dalt.study.estimation.design import Numbers
from dalt.study.estimation.history import History
from dalt.study.estimation.intervals import Interval, Measured
from dalt.study.estimation.predictions import Question
from dalt.study.estimation.targets import mean, regression, share

FEWEST = 20
"""With fewer labels that count, there is no estimate."""
UNIFORM_SHARE = 0.1
"""The usual share of uniform draws beside a strategy that takes samples outright."""


@dataclass(frozen=True)
class Row:
    """One estimate.

    Attributes
    ----------
    name : str
        A class, or a column.
    value, low, high : float
        NaN if nothing can be said.
    n_labels : int
        Labels that counted.
    n_class : int or None
        How many of them are of this class; None for a column.
    method : {"prediction-powered", "labels alone", "unknown"}
    """

    name: str
    value: float
    low: float
    high: float
    n_labels: int
    n_class: int | None
    method: str


@dataclass(frozen=True)
class Basis:
    """Which labels estimates rest on.

    Attributes
    ----------
    n_counted : int
        Labels that were drawn at random with a known chance.
    n_known : int
        Labels that were not drawn at random: they count for their own samples only.
    n_skipped : int
        Samples without a label among the random draws; among all, if all are answered.
    n_early : int
        Labels drawn at random when some samples of today's pool could not be drawn.
    n_samples : int
    weighted : bool
        Whether draws by a strategy counted.
    predicted : bool
        Whether a model could predict anything.
    n_strategy : int
        Those of `n_known` that a strategy took outright.
    complete : bool
        Whether all samples are answered, by a label or a skip.
    embedded : bool
        Whether there are embeddings to learn on.
    """

    n_counted: int
    n_known: int
    n_skipped: int
    n_early: int
    n_samples: int
    weighted: bool
    predicted: bool
    n_strategy: int = 0
    complete: bool = False
    embedded: bool = True

    @property
    def enough(self) -> bool:
        """Whether anything can be said; with all samples answered, it is certain."""
        return self.n_counted >= FEWEST or self.complete

    @property
    def n_labels(self) -> int:
        """All labels."""
        return self.n_counted + self.n_known + self.n_early

    def sentences(self, half_width: float | None = None) -> list[str]:
        """What counted, and what the other strategy would have given.

        Parameters
        ----------
        half_width : float, optional
            The median half width of the intervals.

        Examples
        --------
        >>> Basis(5, 40, 0, 0, 100, False, True).sentences()[0]
        'Nothing can be said yet: 5 labels were drawn at random, and 20 are needed.'
        """
        if self.complete:
            everything = f"All {counted(self.n_samples)} are answered: nothing is left to estimate."
            return [everything, *self._without_label("sample")]
        said = []
        if not self.enough:
            said.append(
                f"Nothing can be said yet: {counted(self.n_counted, 'label')} "
                f"{'was' if self.n_counted == 1 else 'were'} drawn at random, and {FEWEST} are "
                "needed."
            )
        elif self.n_counted:
            said.append(
                f"{self.n_counted:,} of {counted(self.n_labels, 'label')} counted: those drawn at "
                "random with a known chance."
            )
        if self.n_known:
            said.append(
                f"{counted(self.n_known, 'label')} (the strategy's own choices, pages, imports and "
                "gold) stand for their own samples only."
            )
        if self.n_early:
            said.append(
                f"{counted(self.n_early, 'drawn label')} "
                f"{'does' if self.n_early == 1 else 'do'} not count: some samples of the pool "
                "could not be drawn at that time."
            )
        return [
            *said, *self._without_label("drawn sample"), *self._no_model(),
            *self._other_strategy(half_width),
        ]  # fmt: skip

    def _without_label(self, what: str) -> list[str]:
        if not self.n_skipped:
            return []
        return [
            f"{counted(self.n_skipped, what)} without a label (skipped): the estimates are about "
            "samples that people can label."
        ]

    def _no_model(self) -> list[str]:
        if not self.embedded:
            return ["No model's predictions were used: there are no embeddings to learn on."]
        if self.enough and not self.predicted:
            return ["No model's predictions were used: none could be made before these labels."]
        return []

    def _other_strategy(self, half_width: float | None) -> list[str]:
        """How many of the strategy's draws the other one would have made count."""
        if half_width is None or not np.isfinite(half_width) or not self.n_counted:
            return []
        drawn = self.n_counted + self.n_strategy
        if self.weighted:
            others = max(1, round(UNIFORM_SHARE * drawn))
            if others >= self.n_counted:
                return []
            wider = half_width * (self.n_counted / others) ** 0.5
            return [
                f"With the default strategy about {others:,} of these labels would have counted: "
                f"intervals of about ±{wider:.3g} in place of ±{half_width:.3g}."
            ]
        if not self.n_strategy:
            return []
        narrower = half_width * (self.n_counted / drawn) ** 0.5
        labels = counted(self.n_labels, "label")
        which = f"all {labels}" if drawn == self.n_labels else f"{drawn:,} of {labels}"
        return [
            f'With strategy="active_inference" {which} would have counted: '
            f"intervals of about ±{narrower:.3g} or less in place of ±{half_width:.3g}."
        ]


def basis_of(history: History, question: Question, *, predicted: bool, embedded: bool) -> Basis:
    """The labels that estimates from a history rest on.

    Parameters
    ----------
    history : History
    question : Question
        Any question about this history.
    predicted : bool
        Whether a model could predict anything.
    embedded : bool
        Whether there are embeddings to learn on.
    """
    missing = question.answered.outcomes[:, question.missing] > 0
    drawn, early = question.answered.counts, history.early
    n_samples = history.n_samples - len(history.removed)
    complete = question.answered.complete and n_samples > 0
    skipped = missing & ~np.isin(history.positions, history.removed)
    return Basis(
        n_counted=int((drawn & ~missing).sum()),
        n_known=int((~drawn & ~early & ~missing).sum()),
        n_skipped=int((skipped & (drawn | complete)).sum()),
        n_early=int((early & ~missing).sum()),
        n_samples=n_samples,
        weighted=history.weighted,
        predicted=predicted,
        n_strategy=int((history.by_strategy & ~missing).sum()),
        complete=complete,
        embedded=embedded,
    )


def estimate_shares(questions: Sequence[Question], basis: Basis, confidence: float) -> list[Row]:
    """The share of each class among the samples that people can label.

    Where a sample can have several classes, the shares do not sum to 1.
    """
    found = []
    for question in questions:
        measured = Measured(question.answered, question.stages, confidence)
        for which, name in enumerate(question.names):
            interval = measured.interval(share(measured.totals, which), bounds=(0.0, 1.0))
            found.append(_row(name, question, basis, interval, which))
    return found


def estimate_means(
    questions: Sequence[Question], column: Numbers, basis: Basis, confidence: float
) -> list[Row]:
    """The mean of a column in each class, among samples that have a value.

    Parameters
    ----------
    questions : sequence of Question
    column : ndarray of shape (n_samples,), float64
        NaN where a sample has no value.
    basis : Basis
    confidence : float in (0, 1)
    """
    inside = np.isfinite(column)
    values = np.where(inside, column, 0.0)
    found = []
    for question in (each.among(inside) for each in questions):
        measured = Measured(question.answered, question.stages, confidence)
        for which, name in enumerate(question.names):
            interval = measured.interval(mean(measured.outcomes, values, which))
            found.append(_row(name, question, basis, interval, which))
    return found


def estimate_regression(
    question: Question,
    column: Numbers,
    others: Numbers,
    names: Sequence[str],
    basis: Basis,
    confidence: float,
) -> list[Row]:
    """Least squares of a column on the classes and other columns.

    Parameters
    ----------
    question : Question
    column : ndarray of shape (n_samples,), float64
    others : ndarray of shape (n_samples, n_others), float64
    names : sequence of str, of length n_others
    basis : Basis
    confidence : float in (0, 1)

    Returns
    -------
    list of Row
        First the intercept of each class, then the slopes.
    """
    inside: NDArray[np.bool_] = np.isfinite(column) & np.isfinite(others).all(axis=1)
    values, beside = np.where(inside, column, 0.0), np.where(inside[:, None], others, 0.0)
    question = question.among(inside)
    counts = question.answered.outcomes.sum(axis=0)
    classes = [which for which in range(len(question.names)) if counts[which]]
    measured = Measured(question.answered, question.stages, confidence)
    found = []
    for place, target in enumerate(regression(measured.outcomes, values, beside, classes)):
        interval = measured.interval(target)
        if place < len(classes):
            which = classes[place]
            found.append(_row(question.names[which], question, basis, interval, which))
        else:
            found.append(_row(names[place - len(classes)], question, basis, interval, None))
    return found


def _row(name: str, question: Question, basis: Basis, found: Interval, which: int | None) -> Row:
    counts = question.answered.counts | question.answered.complete
    outcomes = question.answered.outcomes[counts]
    n_class = None if which is None else int(outcomes[:, which].sum())
    n_labels = int((outcomes[:, question.missing] == 0).sum())
    if not basis.enough or not np.isfinite(found.value):
        return Row(name, np.nan, np.nan, np.nan, n_labels, n_class, "unknown")
    method = "prediction-powered" if found.power > 0 else "labels alone"
    return Row(name, found.value, found.low, found.high, n_labels, n_class, method)
