"""How often people kept proposals, and whether Enter may submit them."""

from __future__ import annotations

from contextlib import suppress

from dalt.core.records import DaltError, Estimate, Label
from dalt.data.sources import SampleFiles
from dalt.labeling.context import SessionContext
from dalt.labeling.proposals.precision import CONFIDENCE, NEWEST, POINT_SHARE, earned, kept, newest
from dalt.labeling.quality.accuracy import wilson


class ProposalPrecision:
    """Judges the newest proposals by the answers to them.

    Parameters
    ----------
    context : SessionContext
    files : SampleFiles
        Says how large pictures are.
    """

    def __init__(self, context: SessionContext, files: SampleFiles) -> None:
        self._context = context
        self._files = files
        self._kept: dict[int, tuple[bool, ...]] = {}  # by event: each is judged once

    def proposal_precision(self) -> Estimate | None:
        """Return how often people kept the newest 50 proposals, with a 90 % interval (Wilson).

        This counts the proposals that any annotator saw before an answer that holds.
        A proposal counts as kept if it was submitted, taken, or drawn again in the same place and
        class, but not if it was removed, relabelled, moved away or left out.

        Returns
        -------
        Estimate or None
            None before the first such answer, and where samples have classes as a whole.
        """
        known, classes = self._kept, self._context.settings.class_set
        if classes.shape is None:
            return None
        events = self._context.store.events.newest_proposed(NEWEST)
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
        classes, reach = self._context.settings.class_set, 0.0
        if classes.shape == "point":
            with suppress(DaltError, OSError):  # its file is gone: only the exact place counts
                sample = self._context.store.samples.get(event.sample_id)
                reach = POINT_SHARE * max(self._files.size(sample))
        return kept(classes.regions(event.suggested), classes.regions(event.label), reach)
