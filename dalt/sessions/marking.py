"""Marking spans of texts: what is proposed, and what a drawn span is likely to be."""

from __future__ import annotations

import threading
from collections.abc import Callable

from dalt.records import ClassSet, DaltError, Label, Region, Sample, Suggestion
from dalt.sessions.sitting import Sitting
from dalt.settings import LiveSettings
from dalt.sources import SampleFiles
from dalt.spans import Proposal, SpanModel
from dalt.store import Store
from dalt.trainer import Trainer


class Marking(Sitting):
    """Proposals of regions; `dalt.session.Session` is made of this."""

    def __init__(
        self, task: LiveSettings, store: Store, files: SampleFiles, trainer: Trainer, annotator: str
    ) -> None:
        super().__init__(task, store, files, trainer, annotator)
        self._marked: Marked | None = None
        self._marked_lock = threading.Lock()

    def propose(self, sample: Sample) -> tuple[Proposal, ...]:
        """Regions that are likely to be marked in a sample, by place.

        Empty before anything was learned, and where samples have classes as a whole.

        Parameters
        ----------
        sample : Sample
            A text of a project with ``task="spans"``.
        """
        if self._task.task != "spans":
            return ()
        return tuple(self._span_model().propose(self._text(sample)))

    def suggest_region(self, sample: Sample, region: Region) -> Suggestion:
        """What a region that a person has drawn is likely to be; its `label` is passed over."""
        if self._task.task != "spans":
            return Suggestion()
        ranked = self._span_model().rank(self._text(sample), region.start, region.end)
        return Suggestion(tuple(name for name, _ in ranked), tuple(share for _, share in ranked))

    def _text(self, sample: Sample) -> str:
        return self._files.display(sample, full=True).text

    def _span_model(self) -> SpanModel:
        """The model as of the newest event, from whomever."""
        with self._marked_lock:
            if self._marked is None or self._marked.classes != self._task.class_set:
                self._marked = Marked(self._task.class_set)
            events = list(self._store.events(after=self._marked.cursor))
            touched = list(dict.fromkeys(event.sample_id for event in events))
            if touched:
                labels = self._store.current_labels(touched)
                self._marked.follow(touched, labels, self._text_of)
                self._marked.cursor = events[-1].event_id
            return self._marked.model

    def _text_of(self, sample_id: str) -> str:
        return self._text(self._store.sample(sample_id))


class Marked:
    """A `SpanModel` that follows the answers that hold."""

    def __init__(self, classes: ClassSet) -> None:
        self.classes = classes
        self.model = SpanModel(classes.names)
        self.cursor = 0
        self._learned: dict[str, list[tuple[str, tuple[Region, ...]]]] = {}

    def follow(
        self, touched: list[str], labels: list[Label], text_of: Callable[[str], str]
    ) -> None:
        """Unlearn what the samples said before, and learn what they say now."""
        for sample_id in touched:
            for text, regions in self._learned.pop(sample_id, []):
                self.model.forget(text, regions)
        for label in labels:
            regions = self.classes.regions(label.label)
            try:
                text = text_of(label.sample_id)
            except (DaltError, OSError, ValueError):
                continue  # its file is gone: nothing can be learned of it
            self.model.learn(text, regions)
            self._learned.setdefault(label.sample_id, []).append((text, regions))
