"""The state of a project, as an annotator's page shows it."""

from __future__ import annotations

from collections.abc import Callable

from dalt.core.arguments import FUNCTION, takes
from dalt.core.records import Estimate, Outlook, Standing
from dalt.labeling.context import SessionContext
from dalt.labeling.page_choice import VERIFIED, quicker_mode
from dalt.labeling.proposal_precision import ProposalPrecision
from dalt.labeling.proposals.precision import earned
from dalt.labeling.quality.accuracy import learning_curve, pace, suggestion_accuracy, wilson
from dalt.labeling.suggesting import Suggester
from dalt.learning.training.base import BaseTrainer
from dalt.learning.training.encoding_beside import percent_in

PACE_OF = 100
"""Number of newest labels behind the pace."""


class Overview:
    """Counts, estimates and the trainer's state.

    Parameters
    ----------
    context : SessionContext
    suggester : Suggester
        Says whether the annotator sees suggestions.
    precision : ProposalPrecision
    trainer : BaseTrainer
    """

    def __init__(
        self,
        context: SessionContext,
        suggester: Suggester,
        precision: ProposalPrecision,
        trainer: BaseTrainer,
    ) -> None:
        self._context = context
        self._suggester = suggester
        self._precision = precision
        self._trainer = trainer
        self._learned: tuple[int, int] | None = (
            None  # a snapshot and how many labels it has learned
        )

    @property
    def snapshot_version(self) -> int | None:
        """The newest snapshot, or None before the first."""
        snapshot = self._trainer.snapshot
        return None if snapshot is None else snapshot.version

    def standing(self) -> Standing:
        """The project's state: counts, accuracy of the suggestions, the trainer."""
        store, classes = self._context.store, self._context.settings.class_set
        counts = store.samples.counts()
        accuracy = suggestion_accuracy(map(classes.read, store.events.uniform()))
        proposals = self._precision.proposal_precision()
        return Standing(
            n_samples=counts.samples,
            n_labelled=counts.labelled - self._gold_hidden(counts.open),
            n_skipped=store.answers.n_skipped(),
            snapshot=self.snapshot_version,
            accuracy=accuracy,
            state=self._trainer.state,
            message=self._trainer.message,
            quicker=None
            if classes.multi or not (self._suggester.by_page and self._suggester.begun)
            else quicker_mode(accuracy, self._on_pages()),
            proposals=proposals,
            submits_proposals=earned(proposals),
            n_learned=self._n_learned(),
            to_check=self._context.left_to_check(),
            suggesters=self._suggesters(),
            preparing=percent_in(self._trainer.message),
        )

    def _suggesters(self) -> tuple[str, ...]:
        """Names of the sources whose votes are in the newest snapshot."""
        snapshot = self._trainer.snapshot
        if snapshot is None or self._suggester.blind:
            return ()
        stopped = snapshot.stopped_sources
        return tuple(name for name in snapshot.sources if name not in stopped)

    def _n_learned(self) -> int | None:
        """How many labels the newest snapshot has learned; the store is asked once for each."""
        version = self.snapshot_version
        if version is not None and (self._learned is None or self._learned[0] != version):
            record = self._context.store.snapshots.get(version)
            self._learned = None if record is None else (version, record.n_labels)
        return None if version is None or self._learned is None else self._learned[1]

    def _on_pages(self) -> Estimate | None:
        """How often the suggestions on the newest pages were right."""
        n, right = self._context.store.events.newest_verified(VERIFIED)
        return wilson(right, n) if n else None

    def progress(self) -> Outlook:
        """Return the project's progress: class counts, learning curve, pace, and what is left.

        Examples
        --------
        >>> import tempfile, dalt
        >>> project = dalt.Project.create(tempfile.mkdtemp() + "/t.dalt", classes=["a", "b"])
        >>> ids = project.add_texts(["one", "two"])
        >>> with project.session(annotator="ana") as session:
        ...     event = session.submit(session.next(), "a")
        ...     session.progress().counts, session.progress().left
        ((('a', 1), ('b', 0)), 1)
        >>> project.close()
        """
        store, classes = self._context.store, self._context.settings.class_set
        counts = store.samples.counts()
        given = dict.fromkeys(classes.names, 0)
        for label, n in store.labels.counts():
            for name in classes.named(label):
                given[name] = given.get(name, 0) + n
        uniform = map(classes.read, store.events.uniform())
        return Outlook(
            counts=tuple(given.items()),
            curve=tuple(learning_curve(uniform, store.events.label_ids())),
            seconds_per_label=pace(store.answers.newest_seconds(self._context.annotator, PACE_OF)),
            left=counts.samples - counts.labelled + self._gold_hidden(counts.open),
        )

    def _gold_hidden(self, n_open: int) -> int:
        """Gold samples that the progress leaves out until they are answered.

        Otherwise it would stand still at each of them and so give them away.
        """
        return (
            self._context.store.adjudications.n_gold_left(self._context.annotator) if n_open else 0
        )

    @takes(callback=FUNCTION)
    def subscribe(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call `callback`, from another thread, at every new snapshot or state.

        Returns
        -------
        callable
            Ends the subscription.
        """
        return self._trainer.subscribe(callback)
