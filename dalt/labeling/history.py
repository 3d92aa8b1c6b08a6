"""The answers so far: an annotator's own, and examples of a class by anyone."""

from __future__ import annotations

from dalt.core.arguments import MOST, TEXT, WHOLE, optional, takes
from dalt.core.records import Label, Sample, UnknownClass
from dalt.labeling.context import SessionContext


class History:
    """Looks up earlier answers.

    Parameters
    ----------
    context : SessionContext
    """

    def __init__(self, context: SessionContext) -> None:
        self._context = context

    @takes(limit=WHOLE, before=optional(WHOLE))
    def recent(self, limit: int = 30, before: int | None = None) -> list[tuple[Sample, Label]]:
        """Return the annotator's answers that hold, the newest first.

        Parameters
        ----------
        limit : int
        before : int, optional
            Only those with a smaller `event_id`.
        """
        read, store = self._context.settings.class_set.read, self._context.store
        events = store.answers.recent(self._context.annotator, limit, before)
        return [(store.samples.get(event.sample_id), read(event)) for event in events]

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
        return self._context.store.answers.skipped_by(self._context.annotator, limit)

    @takes(label=TEXT, limit=WHOLE)
    def examples(self, label: str, limit: int = 6) -> list[tuple[Sample, Label]]:
        """Return samples that somebody labelled as a class, the newest first, each once.

        Parameters
        ----------
        label : str
            One of the project's classes.
        limit : int

        Raises
        ------
        UnknownClass
            If there is no such class.
        """
        classes, store = self._context.settings.class_set, self._context.store
        if label not in classes.names:
            raise UnknownClass(label, classes.names)
        names = [label, *(old for old, now in classes.former.items() if now == label)]
        whole = not (classes.multi or classes.shape)
        found: dict[str, Label] = {}
        # Several annotators may have answered one sample, and a list may only look right.
        for event in store.labels.of_classes(names, min(4 * limit, MOST), whole=whole):
            if label in classes.named(event.label or ()):
                found.setdefault(event.sample_id, classes.read(event))
        newest = list(found.values())[:limit]
        return [(store.samples.get(event.sample_id), event) for event in newest]
