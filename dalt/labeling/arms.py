"""How suggestions are shown to an annotator, if chance decides it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from dalt.core.records import Sample, Suggestion, Treatment
from dalt.labeling.context import SessionContext
from dalt.storage.claims import Claim

USUAL = Treatment()
"""Suggestions are shown, and chance decided nothing."""

HIDDEN = Treatment("none", "none")
SHOWN = Treatment("suggestions", "suggestions")

Foresee = Callable[[Sequence[Sample]], Sequence[Suggestion]]
"""The newest snapshot's suggestions for samples, whether they are shown or not."""


class Arms:
    """Leaves nothing to chance: every sample gets its suggestion, as in a script's session.

    Parameters
    ----------
    context : SessionContext
    """

    def __init__(self, context: SessionContext) -> None:
        self._context = context

    @property
    def begin_at(self) -> int:
        """Number of labels that a snapshot must have learned for its suggestions to be shown."""
        return 0

    @property
    def by_page(self) -> bool:
        """Whether samples may be verified by the page."""
        return True

    @property
    def hides_some(self) -> bool:
        """Whether there may be samples without suggestions."""
        return False

    @property
    def gold_share(self) -> float:
        """The share of gold samples among those that annotators get."""
        return self._context.settings.gold_share

    @property
    def at_once(self) -> int:
        """How many samples are drawn together, so that chance can divide them evenly."""
        return 1

    @property
    def by_turns(self) -> bool:
        """Whether chance decides what is verified by the page, instead of the annotator."""
        return False

    @property
    def n_parts(self) -> int:
        """Into how many equal parts chance divides samples that are drawn together."""
        return 1

    @property
    def study(self) -> int | None:
        """The number of the study whose plan is followed; None without one."""
        return None

    def of(self, sample_id: str) -> Treatment:
        """How this annotator gets a sample."""
        return USUAL

    def recall(self, sample_ids: Sequence[str]) -> None:
        """Learn what was assigned to samples in another session of this annotator, as a window."""

    def arrange(self, claims: Sequence[Claim], foresee: Foresee) -> Sequence[Sequence[Claim]]:
        """Assign samples that were just drawn.

        Returns
        -------
        sequence of sequence of Claim
            In the order of the screen, block by block.
        """
        return [claims]

    def give_back(self, claims: Sequence[Claim], study: int | None) -> None:
        """Free samples that were drawn and not shown, while a study ran that is followed no more.

        Parameters
        ----------
        claims : sequence of Claim
        study : int or None
            The study; None if there was none.
        """
        for claim in claims:
            self._context.store.leases.let_go(claim.sample.id, self._context.id)


class PageArms(Arms):
    """Hides the suggestion of a share of the samples on pages: ``[blind] share``.

    The seed and the sample decide which ones, so they are the same for everybody at any time, and
    nothing that happens on the page changes them.
    """

    @property
    def begin_at(self) -> int:
        """``[page] suggestions_from``."""
        return self._context.settings.page.suggestions_from

    @property
    def hides_some(self) -> bool:
        """Whether there may be samples without suggestions."""
        return self._context.settings.blind.share > 0

    def of(self, sample_id: str) -> Treatment:
        """How this annotator gets a sample; without a share, chance decides nothing."""
        settings = self._context.settings
        if not settings.blind.share:
            return USUAL
        hidden = settings.blind.hides(sample_id, settings.seed)
        return HIDDEN if hidden else SHOWN
