"""Verifying by the page: samples of one class at a time; people touch only the wrong ones."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime

from dalt.core.arguments import KEY, WHOLE, optional, takes
from dalt.core.errors import shown
from dalt.core.records import BadInput, Label, LeftOut, Timing, VerifyPage
from dalt.core.user_warnings import warn_user
from dalt.labeling.arguments import CORRECTIONS, MEASURED, PAGE_ANSWERS, VERIFY_PAGE, WHEN
from dalt.labeling.context import SessionContext
from dalt.labeling.page_drawing import PageDrawer
from dalt.labeling.responses import PageAnswer, PageResponse, ResponseChecker
from dalt.labeling.suggesting import Suggester
from dalt.learning.training.base import BaseTrainer


class Verifier:
    """Makes pages of samples to verify together, and records the responses.

    Parameters
    ----------
    context : SessionContext
    suggester : Suggester
        Gives the suggestions, and says which samples have none.
    checker : ResponseChecker
    trainer : BaseTrainer
        Has the newest snapshot.
    """

    def __init__(
        self,
        context: SessionContext,
        suggester: Suggester,
        checker: ResponseChecker,
        trainer: BaseTrainer,
    ) -> None:
        self._context = context
        self._suggester = suggester
        self._checker = checker
        self._trainer = trainer
        self._drawer = PageDrawer(context, suggester, trainer)

    @takes(size=WHOLE)
    def next_page(self, size: int = 24) -> VerifyPage | None:
        """Lease samples that the newest snapshot puts in one class, most confident first.

        The class is the one to which most free samples surely belong.  The less sure the
        model is, the fewer samples are on the page (``dalt.labeling.page_choice``).

        Parameters
        ----------
        size : int
            How many samples at most.

        Returns
        -------
        VerifyPage or None
            None before the first snapshot, if the model is not sure enough of any free sample, in
            blind mode (a page is a suggestion), while an audit asks this annotator for samples,
            and while a randomised study runs (it decides what is verified by the page, if any;
            see `assigned_page`).

        Raises
        ------
        BadInput
            If `size` is not positive, or a sample of this project can have several classes.

        Notes
        -----
        One transaction leases all samples.  Their draw is "verify", with probability 1: given
        the snapshot, these samples were taken for certain and less confident ones never, so no
        weighting makes them speak for the pool.  Accuracy is estimated from uniform draws
        alone.
        """
        if size < 1:
            raise BadInput(f"size={shown(size)}: a page must hold at least 1 sample.")
        if self._context.settings.class_set.multi:
            raise BadInput(
                "Pages are verified where a sample has one class; a multi-label project, or one "
                "that marks regions, is labelled by session.next() and session.submit()."
            )
        if not self._suggester.by_page:
            return None
        if self._context.store.audits.n_due(self._context.annotator):
            return None
        drawn = self._drawer.draw(size)
        if drawn is None:
            return None
        given = tuple(self._suggester.assignment(claim, drawn.snapshot) for claim in drawn.claims)
        return VerifyPage(drawn.label, given)

    @takes(page=VERIFY_PAGE, corrections=optional(CORRECTIONS), key=optional(KEY), **WHEN)
    def verify(
        self,
        page: VerifyPage,
        corrections: Mapping[str, str | None] | None = None,
        *,
        key: str | None = None,
        shown_at: datetime | None = None,
        active_seconds: float | None = None,
    ) -> list[Label]:
        """Record a page as right, except for the corrections.

        Parameters
        ----------
        page : VerifyPage
        corrections : mapping of str to str or None, optional
            From the id of a sample that is not of the page's class to its class; None skips
            the sample.  The default is the page's own, which only a page that is open again
            after an undo has.
        key : str, optional
            Idempotency key of the page; the same key never records a sample twice.
        shown_at : datetime, optional
            When the page came into view; with a time zone.
        active_seconds : float, optional
            How long the person looked at the page, of at most a day; each sample gets an equal
            share.

        Returns
        -------
        list of Label
            One event per sample, in the page's order, committed durably: all or none, but for
            samples that were removed meanwhile, of which a warning (`LeftOut`) tells.

        Raises
        ------
        UnknownClass
            If a correction is not a class of the project.
        BadInput
            If a correction is for a sample that is not on the page, or `active_seconds` is
            negative, not a number, or more than a day.

        Examples
        --------
        >>> import tempfile, numpy as np, dalt
        >>> folder = tempfile.mkdtemp() + "/tiny.dalt"
        >>> project = dalt.Project.create(folder, classes=["dark", "bright"])
        >>> ids = project.add_images(np.arange(3, dtype=np.uint8).repeat(16).reshape(3, 4, 4))
        >>> session = project.session(annotator="ana")
        >>> page = dalt.core.records.VerifyPage("dark", (session.next(), session.next()))
        >>> last = page.assignments[1].sample.id
        >>> [event.label for event in session.verify(page, {last: "bright"})]
        ['dark', 'bright']
        >>> len(session.undo())
        2
        >>> project.close()
        """
        corrections = page.corrections if corrections is None else corrections
        said: dict[str, str | None] = {each.sample.id: page.label for each in page.assignments}
        for sample_id in corrections:
            if sample_id not in said:
                raise BadInput(
                    f"The correction for sample {shown(sample_id, 90)} is for none of this page's "
                    f"{len(said)} samples; session.submit() labels others."
                )
        said.update(corrections)
        answers = [
            (each.sample.id, said[each.sample.id], each.suggestion) for each in page.assignments
        ]
        return self._record(
            PageResponse(
                answers=answers,
                key=key or uuid.uuid4().hex,
                shown_at=shown_at,
                active_seconds=active_seconds,
                draws={each.sample.id: each.draw for each in page.assignments},
            )
        )

    @takes(answers=PAGE_ANSWERS, key=KEY, **(WHEN | MEASURED))
    def answer_page(
        self,
        answers: Sequence[PageAnswer],
        *,
        key: str,
        shown_at: datetime | None = None,
        active_seconds: float | None = None,
        timing: Timing | None = None,
        arm: str | None = None,
    ) -> list[Label]:
        """Record a page by sample ids, as a browser sends it, possibly late or again.

        Parameters
        ----------
        answers : sequence of (str, str or None, Suggestion)
            Sample id, label or None for a skip, and what was on screen.
        key, shown_at, active_seconds
            As for `verify`.
        timing : Timing, optional
            What else the browser measured of the page (`Timing.shares` has what each sample
            gets of it).
        arm : str, optional
            The condition that was drawn for its samples at random, as assigned.

        Returns
        -------
        list of Label
            One event per sample, committed durably: all or none, but for samples that were
            removed meanwhile, of which a warning (`LeftOut`) tells.

        Raises
        ------
        UnknownClass, UnknownSample
            If the project has no such class or sample, or all were removed; nothing is recorded
            then.
        """
        return self._record(
            PageResponse(
                answers=answers,
                key=key,
                shown_at=shown_at,
                active_seconds=active_seconds,
                timing=timing,
                arm=arm,
            )
        )

    def _record(self, page: PageResponse) -> list[Label]:
        answers = self._checker.checked_together(page.by_sample())
        events = self._context.store.answers.record_page(answers)
        if len(events) < len(answers):
            warn_user(
                f"{len(answers) - len(events)} of {len(answers)} samples of this page were removed "
                "from the project meanwhile; the other answers are recorded.",
                LeftOut,
            )
        self._trainer.wake()
        return events
