"""Undo and redo: take answers back, and record them again as they were given."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from dalt.core.arguments import KEY, WHOLE, optional, takes
from dalt.core.records import Assignment, Label, Suggestion, Undone, VerifyPage
from dalt.labeling.context import SessionContext
from dalt.labeling.suggesting import Suggester
from dalt.learning.training.base import BaseTrainer
from dalt.storage.claims import Claim


class Undoer:
    """Takes back an annotator's answers, the newest first, and records them again.

    Parameters
    ----------
    context : SessionContext
    suggester : Suggester
        Gives the suggestion for a sample that is open again.
    trainer : BaseTrainer
        Woken after each change.
    """

    def __init__(self, context: SessionContext, suggester: Suggester, trainer: BaseTrainer) -> None:
        self._context = context
        self._suggester = suggester
        self._trainer = trainer

    @takes(key=optional(KEY))
    def undo(self, key: str | None = None) -> list[Assignment]:
        """Take back the newest answer, or the newest page, of this session or the one before.

        Returns
        -------
        list of Assignment
            The samples that are open again, leased to this annotator; of a page all, in its
            order.  Empty if there is nothing left to take back.
        """
        return list(self.take_back(key).assignments)

    @takes(key=optional(KEY), up_to=optional(WHOLE))
    def take_back(self, key: str | None = None, *, up_to: int | None = None) -> Undone:
        """Undo, and tell a page from single answers, also one of an earlier session.

        Parameters
        ----------
        key : str, optional
            Idempotency key; the same key never takes back twice.
        up_to : int, optional
            The newest event that the caller knows of.  Later answers stay, so a request that
            arrives late, or twice, takes back nothing that it did not mean.

        Returns
        -------
        Undone
            The samples that are open again.  A page comes with its class and its corrections,
            and each of its samples with the suggestion that was on screen.

        Examples
        --------
        >>> import tempfile, dalt
        >>> project = dalt.Project.create(tempfile.mkdtemp() + "/t.dalt", classes=["a", "b"])
        >>> ids = project.add_texts(["one", "two"])
        >>> with project.session(annotator="ana") as session:
        ...     page = dalt.core.records.VerifyPage("a", (session.next(), session.next()))
        ...     events = session.verify(page, {page.assignments[0].sample.id: "b"})
        >>> with project.session(annotator="ana") as session:
        ...     again = session.take_back().page
        ...     [event.label for event in session.verify(again)] == [e.label for e in events]
        True
        >>> project.close()
        """
        context = self._context
        undone = context.store.answers.undo(
            context.annotator,
            context.id,
            key=key or uuid.uuid4().hex,
            seconds=context.settings.lease_seconds,
            up_to=up_to,
        )
        if undone:
            self._trainer.wake()
        page = self._page_of(undone)
        if page is not None:
            return Undone(page.assignments, page)
        return Undone(tuple(self._open_again(event, claim) for event, claim in undone))

    @takes(key=optional(KEY), up_to=optional(WHOLE))
    def redo(self, key: str | None = None, *, up_to: int | None = None) -> list[Label]:
        """Record again what the newest undo took back, to any depth, until another answer.

        Parameters
        ----------
        key : str, optional
            Idempotency key; the same key never records twice.
        up_to : int, optional
            The newest event that the caller knows of; later undos stay as they are.

        Returns
        -------
        list of Label
            The new events, of a page all, in its order; empty if there is nothing to redo.
        """
        context = self._context
        redone = context.store.answers.redo(
            context.annotator, context.id, key=key or uuid.uuid4().hex, up_to=up_to
        )
        if redone:
            self._trainer.wake()
        return redone

    @property
    def newest_event(self) -> int:
        """The id of the newest event of the project, 0 if there is none; see `take_back`."""
        return self._context.store.events.newest_id()

    def _page_of(self, undone: Sequence[tuple[Label, Claim]]) -> VerifyPage | None:
        """The page of some answers; None for single ones, and if its class is gone."""
        classes = self._context.settings.class_set
        events = [classes.read(event) for event, _ in undone]
        if classes.multi or not events or any(not _on_a_page(event) for event in events):
            return None
        # A page's class is what was suggested; for one made by hand, its most frequent label.
        said = [each.suggested for each in events if each.suggested is not None]
        said = said or [each.label for each in events if each.label is not None]
        label = Counter(said).most_common(1)[0][0] if said else None
        if not isinstance(label, str) or label not in classes.names:
            return None
        corrections = {
            event.sample_id: str(event.label) if event.label in classes.names else None
            for event in events
            if event.label != label
        }
        assignments = tuple(
            self._as_it_was(event, claim) for event, (_, claim) in zip(events, undone, strict=True)
        )
        return VerifyPage(label, assignments, corrections)

    def _open_again(self, event: Label, claim: Claim) -> Assignment:
        """A single sample, with the former answer unless that was a skip."""
        assignment = self._suggester.assignment(claim)
        if event.label is None:
            return assignment
        return replace(assignment, before=self._context.settings.class_set.read(event))

    def _as_it_was(self, event: Label, claim: Claim) -> Assignment:
        """The newest snapshot has learned the answer: show the suggestion from before it."""
        assignment = self._suggester.assignment(claim)
        if (
            not isinstance(event.suggested, str)
            or event.suggested not in self._context.settings.class_names
        ):
            return assignment
        before = Suggestion((event.suggested,), (event.probability or 0.0,), event.snapshot)
        return replace(assignment, suggestion=before)


def _on_a_page(event: Label) -> bool:
    return event.batch is not None and event.mode == "verify"
