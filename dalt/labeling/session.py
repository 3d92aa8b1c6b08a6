"""One annotator's session, without a page.

The widget, the REST server, simulated annotators and every benchmark use it.
All methods may be called from any thread.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from dalt.core.arguments import FUNCTION, SAMPLE_ID, SAMPLE_IDS, TEXT, TRUTH, WHOLE, optional, takes
from dalt.core.records import (
    Assignment,
    ClassSpec,
    Display,
    Estimate,
    Label,
    Mode,
    Outlook,
    Region,
    Sample,
    Standing,
    Suggestion,
    Task,
)
from dalt.core.user_warnings import warn_user
from dalt.labeling.adjudicating import Deciding
from dalt.labeling.arguments import ANSWER, ASSIGNMENT, LABEL, REGIONS, SAMPLE, SAMPLES, SUGGESTION
from dalt.labeling.marking import Marking
from dalt.labeling.page_choice import VERIFIED, quicker_mode
from dalt.labeling.proposals.precision import earned
from dalt.labeling.quality.accuracy import learning_curve, pace, suggestion_accuracy, wilson
from dalt.labeling.reviewing import Reviewing
from dalt.labeling.task import Wording
from dalt.labeling.undoing import Undoing
from dalt.labeling.verifying import Verifying

NO_SAMPLES = (
    "There are no samples yet; add some with project.add_images(), add_texts(), add_table() or "
    "add_audio()."
)
PACE_OF = 100
"""Number of newest labels behind the pace."""


class Session(Deciding, Marking, Reviewing, Undoing, Verifying, Wording):
    """The loop of one annotator: next, submit, skip, undo; next_page and verify.

    Made by ``project.session(annotator="ana")``.  Nothing is leased before `next`.

    Parameters
    ----------
    task : LiveSettings
        The project's.
    store : Store
    files : SampleFiles
        Reads raw content for `display`.
    trainer : BaseTrainer
        Source of suggestions and of the candidate order.
    annotator : str
        Name of the person; not empty.
    blind : bool
        Show no suggestions, whatever ``project.toml`` says.

    Raises
    ------
    BadInput
        If `annotator` is empty.
    """

    # --- what the task is -------------------------------------------------------------

    @property
    def project_id(self) -> str:
        """The project's id, which differs even between projects of the same name."""
        return self._task.id

    @property
    def title(self) -> str:
        """The project's name."""
        return self._task.name

    @property
    def guideline(self) -> str:
        """The text that tells annotators how to label."""
        return self._task.guideline

    @property
    def classes(self) -> tuple[ClassSpec, ...]:
        """The classes in their stable order."""
        return self._task.classes

    @property
    def multi_label(self) -> bool:
        """Whether a sample can have several classes, or none."""
        return self._task.multi_label

    @property
    def task(self) -> Task:
        """What is asked of a sample: its "classes", or "boxes", "spans" … in it."""
        return self._task.task

    # --- the loop ---------------------------------------------------------------------

    def next(self) -> Assignment | None:
        """Lease one more sample.

        Returns
        -------
        Assignment or None
            None when nothing is open now; `done` says whether for good.  If the project has no
            samples, a warning says so.
        """
        self._store.ask_for(self._task.annotations_per_sample)
        gold = self._draw_gold()
        if gold is not None:
            return self._assignment(gold)
        with self._random_lock:
            uniform = self._random.random() < self._task.uniform_share
        claim = self._store.claim(
            self.annotator,
            self.id,
            candidates=self._trainer.candidates,
            uniform=uniform,
            uniform_share=self._task.uniform_share,
            seconds=self._task.lease_seconds,
        )
        if claim is None and self.empty:
            warn_user(NO_SAMPLES)
        return None if claim is None else self._assignment(claim)

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
            How long the person looked at it.
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
            If it is None, or a list and a sample of this project has one class.

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
        return self._answer(assignment, label, key, shown_at, active_seconds, mode)

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
        return self._answer(assignment, None, key, shown_at, active_seconds, mode)

    def _answer(
        self,
        assignment: Assignment,
        label: str | Sequence[str] | Sequence[Region] | None,
        key: str | None,
        shown_at: datetime | None,
        active_seconds: float | None,
        mode: Mode,
    ) -> Label:
        return self.answer(
            assignment.sample.id,
            label,
            key=key or uuid.uuid4().hex,
            suggestion=assignment.suggestion,
            shown_at=shown_at,
            active_seconds=active_seconds,
            mode=mode,
            assignment=assignment,
        )

    @takes(
        sample_id=SAMPLE_ID,
        suggestion=SUGGESTION,
        proposed=optional(REGIONS),
        assignment=optional(ASSIGNMENT),
        **(ANSWER | {"key": TEXT}),
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
        answer = self._checked(
            sample_id,
            label,
            key=key,
            suggestion=suggestion,
            proposed=proposed,
            shown_at=shown_at,
            active_seconds=active_seconds,
            mode=mode,
            assignment=assignment,
        )
        event = self._store.record(answer)
        self._trainer.wake()
        return event

    @takes(sample_ids=SAMPLE_IDS)
    def reopen(self, sample_ids: Sequence[str]) -> list[Assignment]:
        """Lease samples that this annotator has answered, to change the answers.

        Returns
        -------
        list of Assignment
            Each with `answered`, the answer that holds until another is given.  Samples that
            somebody else holds, or that were never answered, are left out.
        """
        claims = self._store.reopen(
            sample_ids, self.annotator, self.id, seconds=self._task.lease_seconds
        )
        former = self._store.answers_to([claim.sample.id for claim in claims], self.annotator)
        read = self._task.class_set.read
        return [
            replace(self._assignment(claim), answered=read(former[claim.sample.id]))
            for claim in claims
        ]

    @takes(limit=WHOLE, before=optional(WHOLE))
    def recent(self, limit: int = 30, before: int | None = None) -> list[tuple[Sample, Label]]:
        """Return the annotator's answers that hold, the newest first.

        Parameters
        ----------
        limit : int
        before : int, optional
            Only those with a smaller `event_id`.
        """
        read = self._task.class_set.read
        events = self._store.recent(self.annotator, limit, before)
        return [(self._store.sample(event.sample_id), read(event)) for event in events]

    @takes(limit=WHOLE)
    def skipped(self, limit: int = 30) -> list[str]:
        """Return the ids of samples that this annotator skipped and nobody has labelled.

        `next` does not return them again; `reopen` does.

        Parameters
        ----------
        limit : int

        Returns
        -------
        list of str
            The sample that was skipped longest ago comes first.
        """
        return self._store.skipped_by(self.annotator, limit)

    @takes(sample_id=SAMPLE_ID)
    def keep(self, sample_id: str) -> None:
        """Close a reopened sample, and leave its answer as it is."""
        self._store.let_go(sample_id, self.id)

    # --- what a page shows --------------------------------------------------------------

    @property
    def empty(self) -> bool:
        """Whether the project has no samples yet."""
        return self._store.counts().samples == 0

    @property
    def done(self) -> bool:
        """Whether nothing is left for this annotator, now or later; False without samples."""
        n_open, n_held = self._store.available(self.annotator)
        return n_open == 0 and n_held == 0 and not self.empty

    @property
    def snapshot_version(self) -> int | None:
        """The newest snapshot, or None before the first."""
        snapshot = self._trainer.snapshot
        return None if snapshot is None else snapshot.version

    @takes(sample_id=SAMPLE_ID)
    def sample(self, sample_id: str) -> Sample:
        """A sample of the pool.

        Raises
        ------
        UnknownSample
            If there is none of that id.
        """
        return self._store.sample(sample_id)

    @takes(sample_id=SAMPLE_ID)
    def suggest(self, sample_id: str) -> Suggestion:
        """The newest snapshot's suggestion for a sample."""
        return self._suggest(self._store.sample(sample_id))

    @takes(samples=SAMPLES)
    def suggest_for(self, samples: Sequence[Sample]) -> list[Suggestion]:
        """The newest snapshot's suggestions for samples at hand, without asking the store."""
        return self._suggest_for(samples)

    @takes(sample=SAMPLE, full=TRUTH)
    def display(self, sample: Sample, full: bool = False) -> Display:
        """The raw content of a sample as the page shows it; `full` is for a close look."""
        return self._files.display(sample, full)

    @takes(sample=SAMPLE, side=WHOLE)
    def thumbnail(self, sample: Sample, side: int) -> Display:
        """A sample as the page shows it, pictures of at most `side` pixels a side."""
        return self._files.thumbnail(sample, side)

    def standing(self) -> Standing:
        """The project's state: counts, accuracy of the suggestions, the trainer."""
        counts, classes = self._store.counts(), self._task.class_set
        accuracy = suggestion_accuracy(map(classes.read, self._store.uniform_events()))
        proposals = self.proposal_precision()
        return Standing(
            n_samples=counts.samples,
            n_labelled=counts.labelled - self._gold_hidden(counts.open),
            n_skipped=self._store.skipped(),
            snapshot=self.snapshot_version,
            accuracy=accuracy,
            state=self._trainer.state,
            message=self._trainer.message,
            quicker=None
            if classes.multi or self.blind
            else quicker_mode(accuracy, self._on_pages()),
            proposals=proposals,
            submits_proposals=earned(proposals),
        )

    def _on_pages(self) -> Estimate | None:
        """How often the suggestions on the newest pages were right."""
        n, right = self._store.newest_verified(VERIFIED)
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
        counts, classes = self._store.counts(), self._task.class_set
        given = dict.fromkeys(classes.names, 0)
        for label, n in self._store.label_counts():
            for name in classes.named(label):
                given[name] = given.get(name, 0) + n
        uniform = map(classes.read, self._store.uniform_events())
        return Outlook(
            counts=tuple(given.items()),
            curve=tuple(learning_curve(uniform, self._store.label_events())),
            seconds_per_label=pace(self._store.newest_seconds(self.annotator, PACE_OF)),
            left=counts.samples - counts.labelled + self._gold_hidden(counts.open),
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

    # --- leases -------------------------------------------------------------------------

    def renew(self) -> None:
        """Renew the leases of this session's samples."""
        self._store.renew(self.id, self._task.lease_seconds)

    @takes(former=TEXT)
    def follow(self, former: str) -> None:
        """Free the samples of a session that ended without doing so itself.

        Parameters
        ----------
        former : str
            Its id, which only that session's page knows.
        """
        self._store.release(former)

    def close(self) -> None:
        """Free this session's samples, and answer no more."""
        self.end(f"This session is closed; project.session({self.annotator!r}) begins another.")

    def __repr__(self) -> str:
        return f"Session({self.title!r}, annotator={self.annotator!r})"

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()
