"""A user's own frame with the labels of its rows beside it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from dalt.core.records import ClassSet, Decision, LabelValue, Suggestion
from dalt.project.frames.annotators import jury_of
from dalt.project.frames.labels import MODEL, plain_label
from dalt.storage.store import Store

if TYPE_CHECKING:
    import pandas as pd

    from dalt.learning.heads.snapshot import Snapshot

JOINED = ("sample_id", "label", "suggested", "probability", "annotator", "created_at")
"""The columns that are added to a frame."""
PREFIX = "dalt_"


@dataclass(frozen=True, slots=True)
class Said:
    """What is known of a sample.

    Attributes
    ----------
    label, suggested : LabelValue or None
        A suggestion only where there is no label.
    probability : float or None
        Of the suggestion, or of a label of several annotators that it is true.
    annotator : str or None
        Who gave the label; several are separated by commas.
    created_at : datetime or None
    """

    label: LabelValue | None = None
    suggested: LabelValue | None = None
    probability: float | None = None
    annotator: str | None = None
    created_at: datetime | None = None


def said_of(
    store: Store, classes: ClassSet, snapshot: Snapshot | None, ids: Sequence[str]
) -> dict[str, Said]:
    """The label of each of these samples, or else what the model suggests."""
    given, wanted = store.labels.given(ids), set(ids)
    decided = {d.sample_id: d for d in store.adjudications.decisions() if d.sample_id in wanted}
    found = {sample_id: _decided(each, classes) for sample_id, each in decided.items()}
    several = any(len(each) > 1 and name not in found for name, each in given.items())
    jury = jury_of(store, classes) if several and not classes.shape else None
    for sample_id, labels in given.items():
        if sample_id in found:
            continue
        newest = labels[-1]
        if len(labels) == 1 or jury is None:
            label = classes.present(newest.label)
            found[sample_id] = Said(label, None, None, newest.annotator, newest.created_at)
            continue
        agreed = jury.of(sample_id)
        names = ", ".join(sorted(each.annotator for each in labels))
        found[sample_id] = Said(agreed.label, None, agreed.probability, names, newest.created_at)
    for each in store.audits.model_labels():
        if each.sample_id in wanted and each.sample_id not in found:
            certified = classes.present(each.label)
            found[each.sample_id] = Said(certified, None, each.probability, MODEL)
    if snapshot is not None and not classes.shape:
        found |= _suggested(store, classes, snapshot, [each for each in ids if each not in found])
    return found


def _decided(each: Decision, classes: ClassSet) -> Said:
    return Said(classes.present(each.label), None, 1.0, each.annotator, each.created_at)


def _suggested(
    store: Store, classes: ClassSet, snapshot: Snapshot, ids: Sequence[str]
) -> dict[str, Said]:
    probabilities = np.asarray(snapshot.probabilities)
    found = {}
    for sample_id, position in zip(ids, store.samples.positions(ids), strict=True):
        if position >= len(probabilities):
            continue  # it came after the snapshot
        row = probabilities[position]
        order = np.argsort(-row, kind="stable")
        ranked = Suggestion(
            tuple(snapshot.classes[place] for place in order), tuple(row[order].tolist())
        )
        suggested = ranked.likely if classes.multi else ranked.top
        found[sample_id] = Said(suggested=suggested, probability=ranked.top_probability)
    return found


def joined_frame(
    frame: pd.DataFrame, ids: Sequence[str | None], said: Mapping[str, Said]
) -> tuple[pd.DataFrame, dict[str, str]]:
    """A copy of a frame with columns of labels at its end, and their names.

    Parameters
    ----------
    frame : DataFrame
    ids : sequence of str or None, of length n_rows
    said : mapping of str to Said

    Returns
    -------
    DataFrame
        With the index, columns and dtypes of `frame`.
    dict of str to str
        The names of the new columns; one that is taken has ``dalt_`` before it.
    """
    import pandas as pd

    nothing = Said()
    rows = [said.get(each, nothing) if each is not None else nothing for each in ids]
    values: dict[str, Any] = {
        "sample_id": _objects(ids),
        "label": _objects([_plain(row.label) for row in rows]),
        "suggested": _objects([_plain(row.suggested) for row in rows]),
        "probability": np.array([row.probability for row in rows], np.float64),
        "annotator": _objects([row.annotator for row in rows]),
        "created_at": pd.Series([row.created_at for row in rows], dtype="datetime64[us, UTC]"),
    }
    depth = frame.columns.nlevels
    taken = [name[0] for name in frame.columns] if depth > 1 else list(frame.columns)
    result, names = frame.copy(), free_names(taken, has_ids=_has_ids(frame, ids))
    for column, name in names.items():
        added = pd.Series(values[column]).set_axis(frame.index)
        written: Any = name if depth == 1 else (name, *[""] * (depth - 1))
        result.insert(len(result.columns), written, added)
    return result, names


def _has_ids(frame: pd.DataFrame, ids: Sequence[str | None]) -> bool:
    """Whether the frame's own ``sample_id`` is DALT's: others number their samples so, too."""
    if list(frame.columns).count("sample_id") != 1:
        return False
    given = frame["sample_id"]
    return all(found is None or found == own for found, own in zip(ids, given, strict=True))


def free_names(taken: Collection[Any], *, has_ids: bool = True) -> dict[str, str]:
    """Names for the columns of labels that a frame does not have.

    Parameters
    ----------
    taken : collection
        The names of the frame's columns.
    has_ids : bool
        Whether its ``sample_id``, if it has one, holds the ids of DALT.

    Examples
    --------
    >>> list(free_names(["text", "label"]).values())[:3]
    ['sample_id', 'dalt_label', 'suggested']
    >>> free_names(["sample_id"]).get("sample_id") is None
    True
    >>> free_names(["sample_id"], has_ids=False)["sample_id"]
    'dalt_sample_id'
    """
    found = {}
    for column in JOINED:
        name, number = column, 2
        if column == "sample_id" and column in taken and has_ids:
            continue
        if name in taken:
            name = f"{PREFIX}{column}"
        while name in taken:
            name, number = f"{PREFIX}{column}_{number}", number + 1
        found[column] = name
    return found


def _objects(values: Sequence[Any]) -> Any:
    """A column of any values: lists stay lists."""
    column = np.empty(len(values), object)
    for place, value in enumerate(values):
        column[place] = value
    return column


def _plain(value: LabelValue | None) -> Any:
    return None if value is None else plain_label(value)
