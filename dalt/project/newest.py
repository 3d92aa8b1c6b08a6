"""The newest labels of a project, looked at again and again."""

from __future__ import annotations

from dalt.core.settings.project_file import LiveSettings
from dalt.page.live import LabelsNow
from dalt.storage.store import Store


class NewestLabels:
    """Reads the newest labels where something has changed since the last look.

    Parameters
    ----------
    store : Store
    live : LiveSettings
        Say the present names of classes.
    """

    def __init__(self, store: Store, live: LiveSettings) -> None:
        self._store = store
        self._live = live
        self._seen: tuple[object, ...] | None = None

    def __call__(self, rows: int) -> LabelsNow | None:
        """Look, and return None if all is as it was."""
        store, settings = self._store, self._live.current
        counts = store.samples.counts()
        seen = (store.events.newest_id(), counts, settings.classes, settings.name)
        if seen == self._seen:
            return None
        classes = settings.class_set
        events = [classes.read(event) for event in store.labels.newest(rows)]
        given = dict.fromkeys(classes.names, 0)
        n_labels = 0
        for label, n in store.labels.counts():
            n_labels += n
            for name in classes.named(label):
                given[name] = given.get(name, 0) + n
        now = LabelsNow(
            title=settings.name,
            events=events,
            sources=store.samples.sources([event.sample_id for event in events]),
            given=given,
            n_labels=n_labels,
            n_labelled=counts.labelled,
            n_samples=counts.samples,
        )
        self._seen = seen  # only now: what failed is looked at again
        return now
