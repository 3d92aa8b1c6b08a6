"""The model's suggestions, for those who may see them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Container, Sequence
from dataclasses import replace

from dalt.core.arguments import SAMPLE_ID, takes
from dalt.core.records import Arm, Assignment, Sample, Suggestion
from dalt.labeling.arguments import SAMPLES
from dalt.labeling.arms import Arms
from dalt.labeling.context import SessionContext
from dalt.learning.heads.snapshot import Snapshot
from dalt.learning.training.base import BaseTrainer
from dalt.storage.claims import Claim

REMEMBERED = 500
"""Samples whose suggestions a session remembers as they were given out: more than anybody holds at
once, and few enough that a kernel's memory is the same after a day of labeling."""


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
    arms : Arms, optional
        What chance decides; by default nothing, and every sample has its suggestion.
    """

    def __init__(
        self,
        context: SessionContext,
        trainer: BaseTrainer,
        blind: bool = False,
        arms: Arms | None = None,
    ) -> None:
        self._context = context
        self._trainer = trainer
        self._blind = blind
        self._arms = Arms(context) if arms is None else arms
        self._foreseen: OrderedDict[str, Suggestion] = OrderedDict()
        self._learned: tuple[int, int] | None = None  # a snapshot, and how many labels it learned

    @property
    def arms(self) -> Arms:
        """What chance decides."""
        return self._arms

    @property
    def blind(self) -> bool:
        """Whether this annotator sees no suggestions at all."""
        return self._blind or self._context.annotator in self._context.settings.blind.annotators

    @property
    def by_page(self) -> bool:
        """Whether this annotator may verify samples by the page."""
        return not self.blind and self._arms.by_page

    @property
    def by_turns(self) -> bool:
        """Whether chance decides what this annotator verifies by the page."""
        return not self.blind and self._arms.by_turns

    @property
    def hides_some(self) -> bool:
        """Whether this annotator gets some samples without suggestions, by chance."""
        return not self.blind and self._arms.hides_some

    @property
    def begun(self) -> bool:
        """Whether the model has learned enough for its suggestions to be shown."""
        least = self._arms.begin_at
        if not least or self._context.settings.class_set.shape:
            return True
        snapshot = self._trainer.snapshot
        if snapshot is None:
            # A model server may have one: how much it has learned is known from the labels.
            return self._context.store.samples.counts().labelled >= least
        if self._learned is None or self._learned[0] != snapshot.version:
            record = self._context.store.snapshots.get(snapshot.version)
            self._learned = None if record is None else (snapshot.version, record.n_labels)
        return self._learned is not None and self._learned[1] >= least

    @takes(sample_id=SAMPLE_ID)
    def hides(self, sample_id: str) -> bool:
        """Whether this annotator gets no suggestion for a sample, to judge it unbiased."""
        return self.judged_blind(sample_id) or self._is_kept(sample_id)

    def judged_blind(self, sample_id: str) -> bool:
        """Whether blind mode or chance, rather than an audit, hides the suggestion for a sample."""
        return self.blind or self._arms.of(sample_id).condition == "none"

    def kept(self, sample_ids: Sequence[str]) -> set[str]:
        """Those of the samples for which an audit may ask: they get no suggestion and no arm."""
        return self._context.store.audits.kept(sample_ids)

    def _is_kept(self, sample_id: str, kept: Container[str] | None = None) -> bool:
        return sample_id in (self.kept([sample_id]) if kept is None else kept)

    @takes(sample_id=SAMPLE_ID)
    def condition(self, sample_id: str) -> Arm:
        """How a page shows the suggestion for a sample; as usual before there are any."""
        if self.blind or self._foreseen.get(sample_id, Suggestion()).top is None:
            return "suggestions"
        return self._arms.of(sample_id).condition

    def arm(self, sample_id: str, kept: Container[str] | None = None) -> Arm | None:
        """How suggestions were to be shown for a sample, if chance decided that.

        `kept` is what `kept` says, where it was asked before.
        """
        if self.blind or self._is_kept(sample_id, kept):
            return None
        if sample_id not in self._foreseen:  # it was given out in another session
            self._arms.recall([sample_id])
        return self._arms.of(sample_id).arm

    def foreseen(self, sample_id: str, kept: Container[str] | None = None) -> Suggestion:
        """The suggestion for a sample when it was given out, also if it was hidden.

        It is empty before suggestions begin, in blind mode, and while an audit may ask for it.
        `kept` is as for `arm`.
        """
        if self._is_kept(sample_id, kept):
            return Suggestion()
        known = self._foreseen.get(sample_id)
        if known is None and not self.blind:  # a late answer, to a new kernel
            [known] = self._foresee([self._context.store.samples.get(sample_id)])
        return Suggestion() if known is None else known

    def sources_of(self, sample_id: str, suggestion: Suggestion) -> tuple[str, ...]:
        """Sources beside the model of a suggestion that came back without them.

        Other programs say only which snapshot it was of; of former ones nothing is known.
        """
        snapshot = self._trainer.snapshot
        if snapshot is None or not snapshot.sources or suggestion.top is None:
            return ()
        if suggestion.snapshot != snapshot.version:
            return ()
        position = self._context.store.samples.get(sample_id).position
        known = position < len(snapshot.probabilities)
        return snapshot.suggesters(position) if known else ()

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
        if snapshot is None:
            return self.assignments([claim])[0]
        if _is_audited(claim):
            suggestion = Suggestion()
        else:
            suggestion = self._suggestion_of(snapshot, claim.sample)
        return Assignment(claim.sample, suggestion, claim.lease, claim.draw)

    def assignments(self, claims: Sequence[Claim]) -> list[Assignment]:
        """Leased samples with the newest snapshot's suggestions, all in one request."""
        samples = [each.sample for each in claims if not _is_audited(each)]
        ids = [each.id for each in samples]
        found = dict(zip(ids, self._suggestions(samples), strict=True)) if samples else {}
        return [
            Assignment(each.sample, found.get(each.sample.id, Suggestion()), each.lease, each.draw)
            for each in claims
        ]

    def arrange(self, claims: Sequence[Claim]) -> Sequence[Sequence[Claim]]:
        """Assign samples that were just drawn; they come block by block, as on the screen."""
        return self._arms.arrange(claims, self._foresee)

    def _suggestion_of(self, snapshot: Snapshot, sample: Sample) -> Suggestion:
        if self.blind or sample.position >= len(snapshot.probabilities):
            return Suggestion()  # the sample came after the snapshot, or is judged unbiased
        classes = self._context.settings.class_set
        found = classes.of_suggestion(snapshot.suggestion(sample.position))
        # Before the model has learned enough, only what sources said is shown.
        return self._shown(sample, found if found.suggesters or self.begun else Suggestion())

    def _suggestions(self, samples: Sequence[Sample]) -> list[Suggestion]:
        """The newest snapshot's suggestions as this annotator gets them, all in one request."""
        if self.blind:
            return [Suggestion()] * len(samples)
        found = self._foresee(samples)
        kept = self.kept([sample.id for sample in samples])
        return [
            Suggestion() if sample.id in kept else self._shown(sample, each)
            for sample, each in zip(samples, found, strict=True)
        ]

    def _foresee(self, samples: Sequence[Sample]) -> list[Suggestion]:
        """The newest snapshot's suggestions, including those that will be hidden."""
        classes = self._context.settings.class_set
        snapshot = self._trainer.snapshot
        begun, sourced = self.begun, snapshot is not None and bool(snapshot.sources)
        if not samples or not (begun or sourced):
            return [Suggestion()] * len(samples)
        found = [classes.of_suggestion(each) for each in self._trainer.suggestions(samples)]
        return [each if begun or each.suggesters else Suggestion() for each in found]

    def _shown(self, sample: Sample, suggestion: Suggestion) -> Suggestion:
        """The part of a suggestion that the annotator gets."""
        self._foreseen[sample.id] = suggestion
        self._foreseen.move_to_end(sample.id)
        while len(self._foreseen) > REMEMBERED:
            self._foreseen.popitem(last=False)
        treatment = self._arms.of(sample.id)
        if treatment.condition == "none":
            return Suggestion()
        if treatment.wrong is None:
            return suggestion
        # It was recorded under the name of its time.
        wrong = self._context.settings.class_set.present(treatment.wrong)
        return with_first(suggestion, str(wrong))


def _is_audited(claim: Claim) -> bool:
    """Whether an audit drew it: no suggestion then, also after the audit, when it is open again."""
    return claim.draw is not None and claim.draw.kind == "audit"


def with_first(suggestion: Suggestion, name: str) -> Suggestion:
    """The suggestion with a given class in the first place; the two classes swap places.

    The probabilities stay in their places, so only the class shows that it is wrong.

    Examples
    --------
    >>> with_first(Suggestion(("cat", "dog", "owl"), (0.7, 0.2, 0.1), 4), "owl").classes
    ('owl', 'dog', 'cat')
    """
    if name not in suggestion.classes:
        return suggestion
    classes = list(suggestion.classes)
    at = classes.index(name)
    classes[0], classes[at] = classes[at], classes[0]
    return replace(suggestion, classes=tuple(classes))
