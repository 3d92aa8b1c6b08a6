"""Adjudication: deciding the labels of samples on which annotators disagree."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence

from dalt.core.arguments import KEY, NUMBER, SAMPLE_ID, SAMPLE_IDS, WHOLE, optional, takes
from dalt.core.records import ClassSet, Dispute, Label
from dalt.labeling.context import SessionContext
from dalt.labeling.quality.judging import Jury, judge, to_adjudicate
from dalt.labeling.quality.votes import check_comparable
from dalt.learning.training.base import BaseTrainer


class Adjudicator:
    """Lists disputed samples, and records decisions about their labels.

    Parameters
    ----------
    context : SessionContext
    trainer : BaseTrainer
        Woken after each decision.
    """

    def __init__(self, context: SessionContext, trainer: BaseTrainer) -> None:
        self._context = context
        self._trainer = trainer
        # With its newest event and its classes.
        self._jury: tuple[int, ClassSet, Jury] | None = None

    @takes(below=optional(NUMBER))
    def disputes(self, *, below: float | None = None) -> list[Dispute]:
        """List the samples that somebody should decide, the least certain first.

        Parameters
        ----------
        below : float in [0, 1], optional
            Also list samples on which annotators agree, if the consensus is less probable.

        Returns
        -------
        list of Dispute
            Gold and adjudicated samples are left out.

        Raises
        ------
        BadInput
            Where regions are marked.
        """
        jury = self._newest_jury()
        chosen = to_adjudicate(jury.consensus(), below)
        return [self._dispute(each.sample_id, jury) for each in chosen]

    @takes(below=optional(NUMBER))
    def disputed_ids(self, *, below: float | None = None) -> list[str]:
        """The ids of the samples of `disputes`."""
        found = to_adjudicate(self._newest_jury().consensus(), below)
        return [each.sample_id for each in found]

    @takes(below=optional(NUMBER), leave_out=SAMPLE_IDS)
    def next_disputed(
        self, *, below: float | None = None, leave_out: Collection[str] = ()
    ) -> Dispute | None:
        """Return the sample to decide first.

        Parameters
        ----------
        below : float in [0, 1], optional
            As for `disputes`.
        leave_out : collection of str
            Ids of samples to leave out now.

        Returns
        -------
        Dispute or None
            None if nothing is left to decide.

        Examples
        --------
        >>> import tempfile, dalt
        >>> from dalt.core.records import Suggestion
        >>> project = dalt.Project.create(tempfile.mkdtemp() + "/t.dalt", classes=["a", "b"])
        >>> [sample_id] = project.add_texts(["a or b"])
        >>> for name, said in [("ana", "a"), ("ben", "b")]:
        ...     event = project.session(name).answer(
        ...         sample_id, said, key=name, suggestion=Suggestion())
        >>> owner = project.session("owner")
        >>> [answer.label for answer in owner.next_disputed().answers]
        ['a', 'b']
        >>> event = owner.adjudicate(sample_id, "b")
        >>> owner.next_disputed() is None
        True
        >>> project.close()
        """
        jury = self._newest_jury()
        for each in to_adjudicate(jury.consensus(), below):
            if each.sample_id not in leave_out:
                return self._dispute(each.sample_id, jury)
        return None

    @takes(sample_id=SAMPLE_ID, key=optional(KEY))
    def adjudicate(
        self, sample_id: str, label: str | Sequence[str], *, key: str | None = None
    ) -> Label:
        """Decide the label of a sample, whatever annotators answered; their answers stay.

        Parameters
        ----------
        sample_id : str
            Any sample of the pool.
        label : str or list of str
            As for `submit`.
        key : str, optional
            Idempotency key; the same key never records twice.

        Returns
        -------
        Label
            The event, of kind "adjudicate", committed durably.

        Raises
        ------
        UnknownClass, UnknownSample
            If the project has no such class or sample.
        BadInput
            Where regions are marked.
        """
        context, classes = self._context, self._context.settings.class_set
        check_comparable(classes)
        decision = {sample_id: classes.checked(label)}
        key = key or uuid.uuid4().hex
        [event] = context.store.adjudications.decide(
            decision, "adjudicate", context.annotator, context.id, key=key
        )
        self._trainer.wake()
        return event

    @takes(key=optional(KEY), up_to=optional(WHOLE))
    def undo_adjudication(
        self, key: str | None = None, *, up_to: int | None = None
    ) -> Label | None:
        """Take back this person's newest adjudication; the one before holds again.

        Parameters
        ----------
        key : str, optional
            Idempotency key.
        up_to : int, optional
            Leave decisions after this event as they are.

        Returns
        -------
        Label or None
            The decision that was taken back; None if there is none.
        """
        context = self._context
        undone = context.store.adjudications.undo(
            context.annotator, context.id, key=key or uuid.uuid4().hex, up_to=up_to
        )
        self._trainer.wake()
        return undone

    @takes(sample_id=SAMPLE_ID)
    def dispute(self, sample_id: str) -> Dispute | None:
        """The answers to one sample, disputed or not; None if nobody labelled it."""
        jury = self._newest_jury()
        return self._dispute(sample_id, jury) if jury.knows(sample_id) else None

    def _dispute(self, sample_id: str, jury: Jury) -> Dispute:
        store, read = self._context.store, jury.classes.read
        answers = tuple(read(event) for event in store.labels.current([sample_id]))
        return Dispute(store.samples.get(sample_id), answers, jury.of(sample_id))

    def _newest_jury(self) -> Jury:
        """All answers so far; computed again only after a new one."""
        store, classes = self._context.store, self._context.settings.class_set
        cursor, held = store.events.newest_id(), self._jury
        if held is None or held[:2] != (cursor, classes):
            jury = judge(store.labels.current(), store.adjudications.decisions(), classes)
            held = self._jury = cursor, classes, jury
        return held[2]
