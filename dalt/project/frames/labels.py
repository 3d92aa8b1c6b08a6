"""DataFrames of samples, labels, events, notes and suggestions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from dalt.core.records import ClassSet, Floats, Judged, Label, LabelValue, Region, Sample
from dalt.core.timing import NOT_TIMED
from dalt.labeling.quality.accuracy import suggestion_accuracy, suggestion_calibration
from dalt.storage.store import Store

if TYPE_CHECKING:
    import pandas as pd

HISTORY = (
    "event_id", "kind", "sample_id", "label", "annotator", "session", "created_at", "source",
    "draw", "suggested", "probability", "snapshot", "mode", "shown_at", "active_seconds",
    "supersedes", "inclusion_probability", "n_candidates", "arm", "suggesters",
)  # fmt: skip
TIMES = ("paint_seconds", "first_key_seconds", "commit_seconds", "hidden_seconds", "idle_seconds")
PRESSES = ("n_keys", "n_clicks")
LABELS = (
    "sample_id", "label", "annotator", "source", "created_at", "suggested", "probability",
    "snapshot", "sample_source", "sources",
)  # fmt: skip
CERTIFIED = ("error_bound", "confidence")
"""Columns beside `LABELS` for labels of a certified model; empty for people's labels."""
MODEL = "model"
"""The annotator and the source of a certified model's labels."""
NOTES = ("sample_id", "annotator", "flagged", "comment", "created_at", "sample_source")
REVIEW = (
    "sample_id", "label", "annotator", "quality", "suggested", "probability", "disagrees",
    "created_at", "event_id", "sample_source",
)  # fmt: skip


def samples_frame(
    samples: Sequence[tuple[Sample, str]],
    path_of: Callable[[Sample], str | None],
    others: Mapping[str, Sequence[str]],
) -> pd.DataFrame:
    """Columns sample_id, kind, source, status, path, sources; one row per sample, by position.

    Parameters
    ----------
    samples : sequence of (Sample, status)
    path_of : callable
    others : mapping of str to list of str
        Sources beside the first, by sample id.
    """
    import pandas as pd

    rows = [(sample.id, sample.kind, sample.source, state) for sample, state in samples]
    frame = pd.DataFrame(rows, columns=["sample_id", "kind", "source", "status"])
    paths = [path_of(sample) for sample, _ in samples]
    sources = [[sample.source, *others.get(sample.id, ())] for sample, _ in samples]
    # As objects: a file's name need not be valid Unicode, but a text column must be.
    return frame.assign(
        path=pd.Series(paths, dtype=object), sources=pd.Series(sources, dtype=object)
    )


def with_details(frame: pd.DataFrame, store: Store) -> pd.DataFrame:
    """The same, and the other columns of the frames that the samples came from.

    Of a sample with several rows it is what the first of them says.
    """
    import pandas as pd

    names = beside_names(list(store.details.columns()), list(frame.columns))
    details = store.details.of(list(frame.sample_id)) if names else {}
    first = [next(iter(details.get(each, {}).values()), {}) for each in frame.sample_id]
    columns = {
        name: pd.Series([said.get(column) for said in first], index=frame.index)
        for column, name in names.items()
    }
    return frame.assign(**columns)


def beside_names(names: Sequence[str], taken: Sequence[str]) -> dict[str, str]:
    """Names for the other columns of frames: those that are taken get ``metadata_`` before them.

    Examples
    --------
    >>> beside_names(["label", "author"], ["sample_id", "label"])
    {'label': 'metadata_label', 'author': 'author'}
    """
    found: dict[str, str] = {}
    used = {*taken, *names}
    for name in names:
        free = name
        while free in taken or (free != name and free in used):
            free = f"metadata_{free}"
        used.add(free)
        found[name] = free
    return found


def history_frame(events: Iterable[Label]) -> pd.DataFrame:
    """Columns `HISTORY`, `TIMES` (float64) and `PRESSES` (Int64); one row per event."""
    import pandas as pd

    rows = [_values(event, HISTORY) | (event.timing or NOT_TIMED).to_json() for event in events]
    frame = pd.DataFrame(rows, columns=[*HISTORY, *TIMES, *PRESSES])
    whole = dict.fromkeys(("snapshot", "supersedes", "n_candidates", *PRESSES), "Int64")
    return frame.astype(whole | dict.fromkeys(TIMES, "float64"))


def label_rows(store: Store, classes: ClassSet) -> list[dict[str, Any]]:
    """The labels that hold now, with present class names, as mappings of `LABELS`."""
    events = [classes.read(event) for event in store.labels.current()]
    sources = store.sources.of([event.sample_id for event in events])
    return [
        _values(event, LABELS[:-2])
        | {"sample_source": sources[event.sample_id][0], "sources": sources[event.sample_id]}
        for event in events
    ]


def labels_frame(store: Store, classes: ClassSet, *, model: bool = True) -> pd.DataFrame:
    """Columns `LABELS`; one row per sample and annotator.

    While a certificate is in force, the labels of its model follow, with the columns
    `CERTIFIED`, unless `model` is False.
    """
    import pandas as pd

    frame = pd.DataFrame(label_rows(store, classes), columns=list(LABELS))
    certified = list(model_rows(store, classes)) if model else []
    if certified:
        both = [*frame.to_dict("records"), *certified]
        frame = pd.DataFrame(both, columns=[*LABELS, *CERTIFIED])
    return frame.astype({"snapshot": "Int64"})


def model_rows(store: Store, classes: ClassSet) -> Iterator[dict[str, Any]]:
    """The labels of the certificate in force, as mappings of `LABELS` and `CERTIFIED`.

    Their error bound is the one that is true now, of just these labels.
    """
    certified = store.audits.certified_labels(classes.present)
    if certified is None:
        return
    now, found = certified
    certificate = now.certificate
    sources = store.sources.of([each.sample_id for each in found])
    for each in found:
        yield {
            "sample_id": each.sample_id,
            "label": plain_label(classes.present(each.label)),
            "annotator": MODEL,
            "source": MODEL,
            "created_at": certificate.issued_at,
            "suggested": None,
            "probability": each.probability,
            "snapshot": certificate.content["snapshot"],
            "sample_source": sources[each.sample_id][0],
            "sources": sources[each.sample_id],
            "error_bound": now.error_bound,
            "confidence": certificate.confidence,
        }


def notes_frame(store: Store) -> pd.DataFrame:
    """Columns `NOTES`; one row per sample and annotator, the oldest first."""
    import pandas as pd

    notes = store.notes.current()
    sources = store.samples.sources([note.sample_id for note in notes])
    rows = [
        [getattr(note, name) for name in NOTES[:-1]] + [sources[note.sample_id]] for note in notes
    ]
    return pd.DataFrame(rows, columns=list(NOTES))


def review_frame(store: Store, judged: Sequence[Judged], classes: ClassSet) -> pd.DataFrame:
    """Columns `REVIEW`; one row per label, in the order given."""
    import pandas as pd

    sources = store.samples.sources([each.label.sample_id for each in judged])
    rows = []
    for each in judged:
        values = _values(each.label, ("sample_id", "label", "annotator", "created_at", "event_id"))
        suggested = each.suggested(classes.multi)
        rows.append(
            values
            | {
                "quality": each.quality,
                "suggested": _list(suggested) if isinstance(suggested, tuple) else suggested,
                "probability": each.suggestion.top_probability,
                "disagrees": each.disagrees,
                "sample_source": sources[each.label.sample_id],
            }
        )
    return pd.DataFrame(rows, columns=list(REVIEW))


def ranked_frame(
    ids: Sequence[str], probabilities: Floats, classes: Sequence[str], version: int | None
) -> pd.DataFrame:
    """One row per sample and rank, the likeliest class first.

    Parameters
    ----------
    ids : sequence of str, of length n_samples
    probabilities : ndarray of shape (n_samples, n_classes), float32
    classes : sequence of str, of length n_classes
    version : int or None
        Of the snapshot.

    Examples
    --------
    >>> ranked_frame(["a"], np.array([[0.25, 0.75]]), ["cat", "dog"], 3).label.tolist()
    ['dog', 'cat']
    """
    import pandas as pd

    order = np.argsort(-probabilities, axis=1, kind="stable")
    n_classes = len(classes)
    return pd.DataFrame(
        {
            "sample_id": np.repeat(np.array(ids, dtype=object), n_classes),
            "rank": np.tile(np.arange(1, n_classes + 1), len(ids)),
            "label": np.array(classes, dtype=object)[order].ravel(),
            "probability": np.take_along_axis(probabilities, order, axis=1).ravel(),
            "snapshot": version,
        }
    )


def no_suggestions() -> pd.DataFrame:
    """The frame of `ranked_frame` without rows."""
    return ranked_frame([], np.empty((0, 0), np.float32), (), None)


def standing_of(store: Store, classes: ClassSet) -> dict[str, Any]:
    """A project's progress from its store, as plain values."""
    counts = store.samples.counts()
    labels = [classes.read(event) for event in store.labels.current()]
    newest = store.snapshots.all(limit=1)
    drawn = [classes.read(event) for event in store.events.uniform()]
    accuracy = suggestion_accuracy(drawn)
    decided = [each.kind for each in store.adjudications.decisions()]
    return {
        "samples": counts.samples,
        "labelled": counts.labelled,
        "leased": counts.leased,
        "annotations_per_sample": store.annotations_per_sample,
        "skipped": store.answers.n_skipped(),
        "gold": decided.count("gold"),
        "adjudicated": decided.count("adjudicate"),
        "snapshot": newest[0].version if newest else None,
        "labels_read": newest[0].n_labels if newest else 0,
        "accuracy": None
        if accuracy is None
        else {name: getattr(accuracy, name) for name in ("value", "low", "high", "n")},
        "calibration_error": suggestion_calibration(drawn),
        "by_class": _counted(classes.names, _names(labels)),
        "by_annotator": _counted((), (event.annotator for event in labels)),
    }


def _values(event: Label, names: Sequence[str]) -> dict[str, Any]:
    values = {name: getattr(event, name) for name in names}
    return {n: _list(v) if isinstance(v, tuple) else v for n, v in values.items()}


def plain_label(value: LabelValue) -> str | list[Any]:
    """A label as a frame has it: several classes or regions are a list."""
    return _list(value) if isinstance(value, tuple) else value


def _list(value: Sequence[Any]) -> list[Any]:
    return [each.to_json() if isinstance(each, Region) else each for each in value]


def _names(labels: Iterable[Label]) -> Iterator[str]:
    """Every class that a label names, as often as it names it."""
    for event in labels:
        if event.label is not None:
            given = (event.label,) if isinstance(event.label, str) else event.label
            yield from (each.label if isinstance(each, Region) else each for each in given)


def _counted(names: Sequence[str], values: Iterable[str]) -> dict[str, int]:
    counts = dict.fromkeys(names, 0)
    for value in values:
        counts[value] = counts.get(value, 0) + 1
    return counts
