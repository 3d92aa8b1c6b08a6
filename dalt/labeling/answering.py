"""Answering: the label of a sample, or a skip, checked and recorded."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

from dalt.core.arguments import KEY, SAMPLE_ID, optional, takes
from dalt.core.records import Assignment, Label, Mode, Region, Suggestion, Timing
from dalt.labeling.arguments import ANSWER, ASSIGNMENT, LABEL, MEASURED, REGIONS, SUGGESTION
from dalt.labeling.context import SessionContext
from dalt.labeling.responses import Response, ResponseChecker
from dalt.learning.training.base import BaseTrainer


class Answerer:
    """Records an annotator's answers, one by one.

    Parameters
    ----------
    context : SessionContext
    checker : ResponseChecker
    trainer : BaseTrainer
        Woken after each answer.
    """

    def __init__(
        self, context: SessionContext, checker: ResponseChecker, trainer: BaseTrainer
    ) -> None:
        self._context = context
        self._checker = checker
        self._trainer = trainer

    @takes(assignment=ASSIGNMENT, label=LABEL, **ANSWER)
    def submit(
        self,
        assignment: Assignment,
        label: str | Sequence[str] | Sequence[Region],
        *,
        key: str | None = None,
        shown_at: datetime | None = None,
        active_seconds: float | None = None,
        mode: Mode = "single",
    ) -> Label:
        """Record the label of an assignment, in any order, also after its lease expired.

        Parameters
        ----------
        assignment : Assignment
        label : str, list of str or list of Region
            One of the project's classes; in a multi-label project also several in any
            order, or ``[]`` for none of them; where regions are marked, all of them.
        key : str, optional
            Idempotency key; the same key never records twice.
        shown_at : datetime, optional
            When the sample came into view; with a time zone.
        active_seconds : float, optional
            How long the person looked at it, of at most a day.
        mode : {"single", "verify"}

        Returns
        -------
        Label
            The event, committed durably.

        Raises
        ------
        UnknownClass
            If `label` is not a class of the project.
        BadInput
            If it is None, or a list and a sample of this project has one class; if
            `active_seconds` is negative, not a number, or more than a day.

        Examples
        --------
        >>> import tempfile, numpy as np, dalt
        >>> folder = tempfile.mkdtemp() + "/tiny.dalt"
        >>> project = dalt.Project.create(folder, classes=["dark", "bright"])
        >>> ids = project.add_images(np.arange(3, dtype=np.uint8).repeat(16).reshape(3, 4, 4))
        >>> session = project.session(annotator="ana")
        >>> session.submit(session.next(), "dark").label
        'dark'
        >>> project.close()
        """
        return self._record_assigned(
            assignment, label, key=key, shown_at=shown_at, active_seconds=active_seconds, mode=mode
        )

    @takes(assignment=ASSIGNMENT, **ANSWER)
    def skip(
        self,
        assignment: Assignment,
        *,
        key: str | None = None,
        shown_at: datetime | None = None,
        active_seconds: float | None = None,
        mode: Mode = "single",
    ) -> Label:
        """Record that the person does not want to answer; others may still get the sample."""
        return self._record_assigned(
            assignment, None, key=key, shown_at=shown_at, active_seconds=active_seconds, mode=mode
        )

    @takes(
        sample_id=SAMPLE_ID,
        suggestion=SUGGESTION,
        proposed=optional(REGIONS),
        assignment=optional(ASSIGNMENT),
        **(ANSWER | MEASURED | {"key": KEY}),
    )
    def answer(
        self,
        sample_id: str,
        label: str | Sequence[str] | Sequence[Region] | None,
        *,
        key: str,
        suggestion: Suggestion,
        proposed: Sequence[Region] | None = None,
        shown_at: datetime | None = None,
        active_seconds: float | None = None,
        mode: Mode = "single",
        assignment: Assignment | None = None,
        timing: Timing | None = None,
        arm: str | None = None,
    ) -> Label:
        """Record an answer by sample id, as a page sends it, possibly late or again.

        Parameters
        ----------
        sample_id : str
        label : str, list of str, list of Region, or None
            None is a skip.
        key : str
            Idempotency key; the same key never records twice.
        suggestion : Suggestion
            What was on screen before the answer.
        proposed : sequence of Region, optional
            In a project that marks regions, those on screen before the answer.
        shown_at, active_seconds, mode
            As for `submit`.
        assignment : Assignment, optional
            Says how the sample was drawn; without it, its lease does.
        timing : Timing, optional
            What else the page measured.
        arm : str, optional
            The condition that was drawn for the sample at random, as assigned.

        Returns
        -------
        Label
            The event, committed durably.

        Raises
        ------
        UnknownClass, UnknownSample
            If the project has no such class or sample; nothing is recorded then.
        BadInput
            If `shown_at` has no time zone, or several classes are given where a sample
            has one.
        """
        return self._record(
            Response(
                sample_id=sample_id,
                label=label,
                key=key,
                suggestion=suggestion,
                proposed=proposed,
                shown_at=shown_at,
                active_seconds=active_seconds,
                mode=mode,
                draw=assignment.draw if assignment else None,
                timing=timing,
                arm=arm,
            )
        )

    def _record_assigned(
        self,
        assignment: Assignment,
        label: object,
        *,
        key: str | None,
        shown_at: datetime | None,
        active_seconds: float | None,
        mode: Mode,
    ) -> Label:
        return self._record(
            Response(
                sample_id=assignment.sample.id,
                label=label,
                key=key or uuid.uuid4().hex,
                suggestion=assignment.suggestion,
                shown_at=shown_at,
                active_seconds=active_seconds,
                mode=mode,
                draw=assignment.draw,
            )
        )

    def _record(self, response: Response) -> Label:
        event = self._context.store.answers.record(self._checker.checked(response))
        if event.draw == "audit":
            self._context.look_at_audit()
        self._trainer.wake()
        return event
