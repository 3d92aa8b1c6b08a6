"""Assigning: which sample an annotator gets, and for how long they hold it."""

from __future__ import annotations

import random
import threading
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import count

from dalt.core.arguments import SAMPLE_ID, SAMPLE_IDS, TEXT, takes
from dalt.core.records import Assignment, VerifyPage
from dalt.core.user_warnings import warn_user
from dalt.labeling.context import SessionContext
from dalt.labeling.page_drawing import PageDrawer
from dalt.labeling.suggesting import Suggester
from dalt.learning.training.base import BaseTrainer
from dalt.storage.claims import Claim, Weights

SILENT_SECONDS = 100.0
"""After so long without a renewal nobody looks at a session: its annotator's next session takes
over its samples where no others are open.  Pages renew every 15 s, hidden ones once a minute."""
NO_SAMPLES = (
    "There are no samples yet; add some with project.add_images(), add_texts(), add_table() or "
    "add_audio()."
)


class Draws:
    """The random choices of a session.

    Every session draws differently, and a replay of the same sessions draws the same.  Any thread
    may use it.

    Parameters
    ----------
    seed : int
        The project's.
    annotator : str
    n_before : int
        How many sessions this annotator had before this one.
    """

    def __init__(self, seed: int, annotator: str, n_before: int) -> None:
        self._random = random.Random(f"{seed}:{annotator}:{n_before}")
        # A generator of its own: gold samples change nothing in the other draws.
        self._gold_random = random.Random(f"gold:{seed}:{annotator}:{n_before}")
        self._weighted_random = random.Random(f"weighted:{seed}:{annotator}:{n_before}")
        self._lock = threading.Lock()

    def uniform(self, share: float) -> bool:
        """Whether to draw the next sample uniformly; True for this share of calls."""
        with self._lock:
            return self._random.random() < share

    def weighted(self) -> float:
        """A number in [0, 1) that picks a sample where the strategy draws at random."""
        with self._lock:
            return self._weighted_random.random()

    def gold(self, share: float) -> float | None:
        """For this share of calls a number in [0, 1) that picks a gold sample, else None."""
        with self._lock:
            if self._gold_random.random() >= share:
                return None
            return self._gold_random.random()


class Assigner:
    """Leases samples to an annotator.

    Parameters
    ----------
    context : SessionContext
    suggester : Suggester
        Gives the suggestion for a leased sample.
    trainer : BaseTrainer
        Has the candidates, best first.
    """

    def __init__(self, context: SessionContext, suggester: Suggester, trainer: BaseTrainer) -> None:
        self._context = context
        self._suggester = suggester
        self._trainer = trainer
        n_before = context.store.answers.n_sessions(context.annotator)
        self._draws = Draws(context.settings.seed, context.annotator, n_before)
        self._drawer = PageDrawer(context, suggester, trainer)
        self._drawn: deque[Claim] = deque()  # leased together, but not given out yet
        self._pages: deque[VerifyPage] = deque()  # likewise, as chance has put them on pages
        self._drawn_for: int | None = None  # the study that assigned them
        self._turns: dict[str, int] = {}  # the order of single samples and pages, by sample
        self._counter = count()

    @property
    def empty(self) -> bool:
        """Whether the project has no samples yet."""
        return self._context.store.samples.counts().samples == 0

    @property
    def done(self) -> bool:
        """Whether nothing is left for this annotator, now or later; False without samples."""
        n_open, n_held = self._context.store.leases.available(self._context.annotator)
        return n_open == 0 and n_held == 0 and not self.empty

    @property
    def held_elsewhere(self) -> bool:
        """Whether this annotator holds samples in another session, as in another window."""
        return self._context.store.leases.held_elsewhere(self._context.annotator, self._context.id)

    def next(self) -> Assignment | None:
        """Lease one more sample; while an audit runs (`Project.finish`), one that it asks for.

        Returns
        -------
        Assignment or None
            None when nothing is open now; `done` says whether for good.  If the project has no
            samples, a warning says so.
        """
        self._context.check_open()
        audited = self._context.store.audits.claim(
            self._context.annotator,
            self._context.id,
            seconds=self._context.settings.lease_seconds,
        )
        if audited is not None:  # chance assigns nothing to these
            return self._suggester.assignment(audited)
        arms = self._suggester.arms
        if (self._drawn or self._pages) and arms.study != self._drawn_for:
            arms.give_back(self._taken_back(), self._drawn_for)
        if not self._drawn:
            self._drawn_for = arms.study
            self._sort(self._draw())
        try:
            return self._suggester.assignment(self._drawn.popleft())
        except IndexError:  # nothing was drawn, or another thread has taken it
            return None

    def assigned_page(self) -> VerifyPage | None:
        """Give out a page to verify that a study has assigned, of samples that `next` has drawn.

        Returns
        -------
        VerifyPage or None
            None if all are given out.  The samples of a page stand for one block of the study.
        """
        self._context.check_open()
        try:
            return self._pages.popleft()
        except IndexError:
            return None

    @takes(sample_id=SAMPLE_ID)
    def turn(self, sample_id: str) -> int | None:
        """The place of a sample in the order in which single samples and pages take turns.

        Returns
        -------
        int or None
            The samples of a page follow one another.  None where nobody decides the order, and for
            samples that were given out by an earlier session.
        """
        return self._turns.get(sample_id)

    def _sort(self, blocks: Sequence[Sequence[Claim]]) -> None:
        """Put what was drawn where it is given out: singly, or on pages as chance has decided."""
        suggester = self._suggester
        if not suggester.by_turns:
            for block in blocks:
                self._number(block, only_after_pages=True)
                self._drawn.extend(block)
            return
        for block in blocks:
            self._number(block)
            pages: dict[str, list[Assignment]] = {}
            for claim, assignment in zip(block, suggester.assignments(block), strict=True):
                top = assignment.suggestion.top
                if top and suggester.condition(claim.sample.id) == "verify":
                    pages.setdefault(top, []).append(assignment)
                else:
                    self._drawn.append(claim)
            self._pages.extend(VerifyPage(top, tuple(each)) for top, each in pages.items())

    def _number(self, block: Sequence[Claim], only_after_pages: bool = False) -> None:
        """Say whose turn it is; also after a study whose last page may still be on screen."""
        if self._turns or not only_after_pages:
            self._turns.update((each.sample.id, next(self._counter)) for each in block)

    def _taken_back(self) -> list[Claim]:
        """What was drawn and not given out, which is then not given out any more."""
        claims = []
        with suppress(IndexError):  # another thread may take some
            while True:
                claims.append(self._drawn.popleft())
        with suppress(IndexError):
            while True:
                page = self._pages.popleft()
                claims += [Claim(each.sample, each.lease, each.draw) for each in page.assignments]
        return claims

    def _draw(self) -> Sequence[Sequence[Claim]]:
        """Lease as many samples as chance assigns together, or as many as there are, in blocks.

        If that fails, those leased so far are freed: nobody would be shown them.
        """
        arms, claims = self._suggester.arms, list[Claim]()
        try:
            if self._suggester.by_turns:
                self._draw_for_pages(claims)
                if not claims:  # the model is not sure enough of so many: one has no arm
                    self._draw_singly(1, claims)
                    self._suggester.arms.recall([each.sample.id for each in claims])
                    return [claims]
            else:
                self._draw_singly(arms.at_once, claims)
            return self._suggester.arrange(claims)
        except BaseException:
            for claim in claims:
                self._context.store.leases.let_go(claim.sample.id, self._context.id)
            raise

    def _draw_singly(self, n: int, claims: list[Claim]) -> list[Claim]:
        """Lease `n` more samples, or as many as there are, and add each to `claims` at once."""
        for _ in range(n):
            claim = self._draw_one()
            if claim is None:
                break
            claims.append(claim)
        return claims

    def _draw_for_pages(self, claims: list[Claim]) -> None:
        """Lease a group of samples that pages would take; with some gold ones among them."""
        arms = self._suggester.arms
        picks = [self._draws.gold(arms.gold_share) for _ in range(arms.at_once)]
        gold = [each for each in picks if each is not None]
        self._drawer.draw_to_divide(arms.at_once, arms.n_parts, gold, claims)

    def _draw_one(self) -> Claim | None:
        context, settings = self._context, self._context.settings
        context.store.ask_for(settings.annotations_per_sample)
        gold = self._claim_gold()
        if gold is not None:
            return gold
        uniform = self._draws.uniform(settings.uniform_share)
        claim = self._claim(uniform)
        if claim is None and context.store.leases.take_over(
            context.annotator, context.id, silent=SILENT_SECONDS, seconds=settings.lease_seconds
        ):
            claim = self._claim(uniform)
        if claim is None and self.empty:
            warn_user(NO_SAMPLES)
        return claim

    def _claim(self, uniform: bool) -> Claim | None:
        context, settings = self._context, self._context.settings
        scores = self._trainer.sampling_scores
        return context.store.leases.claim(
            context.annotator,
            context.id,
            candidates=self._trainer.candidates,
            weights=None if scores is None else Weights(scores, self._draws.weighted),
            uniform=uniform,
            uniform_share=settings.uniform_share,
            seconds=settings.lease_seconds,
        )

    def _claim_gold(self) -> Claim | None:
        """Now and then, a sample with a known answer; nothing on the page shows that.

        Those of a study of pages are for its groups: what has no arm is drawn as usual.
        """
        context, settings = self._context, self._context.settings
        suggester = self._suggester
        share = settings.gold_share if suggester.by_turns else suggester.arms.gold_share
        pick = self._draws.gold(share)
        if pick is None:
            return None
        return context.store.adjudications.claim_gold(
            context.annotator,
            context.id,
            pick=pick,
            share=share,
            seconds=settings.lease_seconds,
        )

    def release(self) -> None:
        """Free this session's samples; it can lease others."""
        self._drawn.clear()
        self._pages.clear()
        self._context.release()

    @takes(sample_ids=SAMPLE_IDS)
    def reopen(self, sample_ids: Sequence[str]) -> list[Assignment]:
        """Lease samples that this annotator has answered, to change the answers.

        Returns
        -------
        list of Assignment
            Each with `answered`, the answer that holds until another is given.  Samples that
            somebody else holds, or that were never answered, are left out.
        """
        context, settings = self._context, self._context.settings
        claims = context.store.leases.reopen(
            sample_ids, context.annotator, context.id, seconds=settings.lease_seconds
        )
        ids = [claim.sample.id for claim in claims]
        former = context.store.answers.to_samples(ids, context.annotator)
        read = settings.class_set.read
        return [
            replace(self._suggester.assignment(claim), answered=read(former[claim.sample.id]))
            for claim in claims
        ]

    @takes(sample_id=SAMPLE_ID)
    def keep(self, sample_id: str) -> None:
        """Close a reopened sample, and leave its answer as it is."""
        self._context.store.leases.let_go(sample_id, self._context.id)

    def renew(self) -> None:
        """Renew the leases of this session's samples."""
        if self._context.store.read_only:
            return  # it has none
        self._context.store.leases.renew(self._context.id, self._context.settings.lease_seconds)

    @takes(former=TEXT)
    def follow(self, former: str) -> None:
        """Free the samples of a session that ended without doing so itself.

        Parameters
        ----------
        former : str
            Its id, which only that session's page knows.
        """
        if self._context.store.read_only:
            return
        self._context.store.leases.release(former)
