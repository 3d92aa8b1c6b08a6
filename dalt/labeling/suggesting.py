"""The model's suggestions, for those who may see them."""

from __future__ import annotations

from collections.abc import Sequence

from dalt.core.arguments import SAMPLE_ID, takes
from dalt.core.records import Assignment, Sample, Suggestion
from dalt.labeling.arguments import SAMPLES
from dalt.labeling.context import SessionContext
from dalt.learning.heads.snapshot import Snapshot
from dalt.learning.training.base import BaseTrainer
from dalt.storage.claims import Claim


class Suggester:
    """Gives suggestions, and hides them for samples that the annotator judges unbiased.

    `Reviewer` and `RegionProposer`, which judge and propose by themselves, ask `hides`, so
    blind mode holds there too.

    Parameters
    ----------
    context : SessionContext
    trainer : BaseTrainer
        Has the snapshots.
    blind : bool
        Show no suggestions, whatever ``project.toml`` says.
    """

    def __init__(self, context: SessionContext, trainer: BaseTrainer, blind: bool = False) -> None:
        self._context = context
        self._trainer = trainer
        self._blind = blind

    @property
    def blind(self) -> bool:
        """Whether this annotator sees no suggestions at all."""
        return self._blind or self._context.annotator in self._context.settings.blind.annotators

    @takes(sample_id=SAMPLE_ID)
    def hides(self, sample_id: str) -> bool:
        """Whether this annotator gets no suggestion for a sample, to judge it unbiased."""
        settings = self._context.settings
        return self.blind or settings.blind.hides(sample_id, settings.seed)

    @takes(sample_id=SAMPLE_ID)
    def suggest(self, sample_id: str) -> Suggestion:
        """The newest snapshot's suggestion for a sample."""
        return self._suggestions([self._context.store.samples.get(sample_id)])[0]

    @takes(samples=SAMPLES)
    def suggest_for(self, samples: Sequence[Sample]) -> list[Suggestion]:
        """The newest snapshot's suggestions for samples at hand, without asking the store."""
        return self._suggestions(samples)

    def assignment(self, claim: Claim, snapshot: Snapshot | None = None) -> Assignment:
        """A leased sample with a snapshot's suggestion; by default the newest snapshot's."""
        sample = claim.sample
        if snapshot is None:
            [suggestion] = self._suggestions([sample])
        else:
            suggestion = self._suggestion_of(snapshot, sample)
        return Assignment(sample, suggestion, claim.lease, claim.draw)

    def _suggestion_of(self, snapshot: Snapshot, sample: Sample) -> Suggestion:
        if sample.position >= len(snapshot.probabilities) or self.hides(sample.id):
            return Suggestion()  # the sample came after the snapshot, or is judged unbiased
        classes = self._context.settings.class_set
        return classes.of_suggestion(snapshot.suggestion(sample.position))

    def _suggestions(self, samples: Sequence[Sample]) -> list[Suggestion]:
        """The newest snapshot's suggestions, all in one request."""
        classes = self._context.settings.class_set
        shown = [sample for sample in samples if not self.hides(sample.id)]
        said = self._trainer.suggestions(shown) if shown else []
        found = {sample.id: each for sample, each in zip(shown, said, strict=True)}
        return [classes.of_suggestion(found.get(sample.id, Suggestion())) for sample in samples]
