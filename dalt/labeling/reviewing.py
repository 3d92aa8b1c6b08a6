"""Reviewing: labels that the model disagrees with."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

import numpy as np

from dalt.core.arguments import KEY, SECONDS, WHOLE, optional, takes
from dalt.core.records import BadInput, ClassSet, Judged, Label, Suggestion, TookTooLong
from dalt.labeling.context import SessionContext
from dalt.labeling.quality.accuracy import (
    disagreements,
    label_quality,
    set_disagreements,
    set_quality,
)
from dalt.labeling.suggesting import Suggester
from dalt.learning.training.base import BaseTrainer
from dalt.learning.training.left_out import LeftOut
from dalt.storage.store import Store

T = TypeVar("T")
SURELY_NOT = 0.25
"""Below this quality the model prefers another class by more than a half: a disagreement even
where it is usually surer of that class."""


class Reviewer:
    """Compares an annotator's labels with a model that has not seen them.

    Parameters
    ----------
    context : SessionContext
    suggester : Suggester
        Says which samples the annotator judges unbiased.
    trainer : BaseTrainer
        Fits the model.
    """

    def __init__(self, context: SessionContext, suggester: Suggester, trainer: BaseTrainer) -> None:
        self._context = context
        self._suggester = suggester
        self._trainer = trainer

    @takes(timeout=optional(SECONDS))
    def review(self, timeout: float | None = None) -> list[Judged]:
        """Compare this annotator's labels with a model that has not seen them.

        Parameters
        ----------
        timeout : float, optional
            Seconds; by default there is no limit.

        Returns
        -------
        list of Judged
            The labels that hold and were not confirmed, the least likely first.  Left out are
            labels of classes that no other sample has, which cannot be judged, and samples for
            which this annotator sees no suggestions (blind mode).

        Raises
        ------
        NotEncoded
            If the pool has no embeddings to learn on.
        BadInput
            If the project marks regions.
        TimeoutError
            If it took longer than `timeout`.
        """
        return in_time(self.reviewing(), timeout)

    def reviewing(self) -> Future[list[Judged]]:
        """`review` in the background: the result comes when the trainer gets to it."""
        classes = self._context.settings.class_set
        check_reviewable(classes)

        def own(left_out: LeftOut) -> list[Judged]:
            mine = [
                each
                for each in judged(self._context.store, left_out)
                if each.label.annotator == self._context.annotator
            ]
            return [each for each in mine if not self._suggester.hides(each.label.sample_id)]

        return then(self._trainer.left_out(), own)

    @takes(event_id=WHOLE, key=optional(KEY))
    def confirm(self, event_id: int, key: str | None = None) -> bool:
        """Confirm that a label of the review is right: it is not listed again.

        Parameters
        ----------
        event_id : int
            Id of the label's event (`Judged.label`).
        key : str, optional
            Idempotency key.

        Returns
        -------
        bool
            False if that label no longer holds.
        """
        return self._context.store.confirmations.add(
            event_id, self._context.annotator, self._context.id, key=key or uuid.uuid4().hex
        )


def in_time(asked: Future[T], timeout: float | None) -> T:
    """Wait for a result that the trainer computes between its fits.

    Raises
    ------
    TimeoutError
        If it took longer than `timeout` seconds.
    """
    try:
        return asked.result(timeout)
    except TimeoutError:
        raise TookTooLong(
            f"The review is not ready after {timeout:g} s: it has to wait for the trainer; give it "
            "a longer timeout."
        ) from None


def check_reviewable(classes: ClassSet) -> None:
    """Refuse to review regions: the judging model knows only whole samples.

    Raises
    ------
    BadInput
        Where regions are marked.
    """
    if classes.shape:
        raise BadInput(
            "A review compares the classes of whole samples; this project marks parts of them."
        )


def judged(store: Store, left_out: LeftOut) -> list[Judged]:
    """Every unconfirmed label that holds and can be judged, the worst first."""
    classes = left_out.classes
    events, rows = _judgeable(store, left_out)
    if not events:
        return []
    shares = left_out.probabilities[rows]
    if classes.multi:
        given = np.array(
            [[name in classes.named(e.label or ()) for name in classes.names] for e in events]
        )
        quality, wrong = set_quality(given, shares), set_disagreements(given, shares)
    else:
        given = np.array([classes.names.index(str(event.label)) for event in events])
        quality = label_quality(given, shares)
        wrong = disagreements(given, shares) | (quality < SURELY_NOT)
    confirmed = store.confirmations.events()
    return [
        Judged(events[i], _ranked(classes, shares[i]), float(quality[i]), bool(wrong[i]))
        for i in np.argsort(quality, kind="stable").tolist()
        if events[i].event_id not in confirmed
    ]


def _judgeable(store: Store, left_out: LeftOut) -> tuple[list[Label], list[int]]:
    """Labels of known classes whose samples were held out, and their rows there."""
    classes = left_out.classes
    says = ~np.isnan(left_out.probabilities).any(axis=1)
    row_of = {int(left_out.positions[row]): int(row) for row in np.flatnonzero(says)}
    events = [classes.read(event) for event in store.labels.current()]
    positions = store.samples.positions([event.sample_id for event in events])
    found = [
        (event, row_of[position])
        for event, position in zip(events, positions, strict=True)
        if position in row_of and (classes.multi or event.label in classes.names)
    ]
    return [event for event, _ in found], [row for _, row in found]


def _ranked(classes: ClassSet, shares: np.ndarray) -> Suggestion:
    order = np.argsort(-shares, kind="stable")
    return Suggestion(
        tuple(classes.names[i] for i in order), tuple(float(shares[i]) for i in order)
    )


def then(asked: Future[LeftOut], work: Callable[[LeftOut], list[Judged]]) -> Future[list[Judged]]:
    """Apply `work` to a future's result, in the thread that completes it."""
    made: Future[list[Judged]] = Future()

    def settle(done: Future[LeftOut]) -> None:
        try:
            made.set_result(work(done.result()))
        except BaseException as error:
            made.set_exception(error)

    asked.add_done_callback(settle)
    return made
