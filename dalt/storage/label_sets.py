"""Turning label rows into a head's targets."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from dalt.core.records import ClassSet, LabelSet, LabelValue
from dalt.storage import statements
from dalt.storage import tables as t


class ToLearn(NamedTuple):
    """What a fit reads from the store: the labels, open samples, and the newest event."""

    labels: LabelSet
    is_open: NDArray[np.bool_]
    newest: int


def read_label_set(db: sa.Connection, classes: ClassSet | Sequence[str]) -> LabelSet:
    """The current labels for a head, with their cursor."""
    wanted = classes if isinstance(classes, ClassSet) else ClassSet(tuple(classes))
    cursor = statements.cursor(db)
    rows = db.execute(
        sa.select(t.samples.c.position, t.answers.c.label)
        .join(t.answers, t.answers.c.sample_id == t.samples.c.id)
        .where(t.answers.c.kind == "label")
        .order_by(t.samples.c.position)
    ).all()
    decided = db.execute(
        sa.select(t.samples.c.position, t.decisions.c.label, t.decisions.c.kind).join(
            t.decisions, t.decisions.c.sample_id == t.samples.c.id
        )
    ).all()
    return label_set(
        [(row.position, row.label) for row in rows],
        wanted,
        cursor,
        {row.position: row.label for row in decided if row.kind == "adjudicate"},
        {row.position for row in decided if row.kind == "gold"},
    )


def label_set(
    rows: Sequence[tuple[int, LabelValue]],
    classes: ClassSet,
    cursor: int,
    decided: Mapping[int, LabelValue] | None = None,
    gold: Collection[int] = (),
) -> LabelSet:
    """Make targets of the classes from (position, label) of every answer that holds.

    Parameters
    ----------
    rows : sequence of (int, label)
        One for each sample and annotator.
    classes : ClassSet
        Labels of other classes are ignored.
    cursor : int
    decided : mapping of int to LabelValue, optional
        From positions to adjudicated labels, which replace the answers.
    gold : collection of int
        Positions to leave out: suggestions for them must not come from the known answer, and
        annotators' answers are there to be measured.

    Notes
    -----
    Without a decision, targets are shares of the votes: a sample on which annotators disagree
    teaches less, and shows the head how sure people are.

    Examples
    --------
    >>> label_set([(4, "cat"), (4, "dog"), (2, "dog")], ClassSet(("cat", "dog")), 3).targets
    array([[0. , 1. ],
           [0.5, 0.5]], dtype=float32)
    """
    if decided or gold:
        settled = {*(decided or ()), *gold}
        rows = [row for row in rows if row[0] not in settled]
        rows += [each for each in (decided or {}).items() if each[0] not in gold]
    column = {name: index for index, name in enumerate(classes.names)}
    answers = [(position, _columns(label, classes, column)) for position, label in rows]
    answers = [(position, chosen) for position, chosen in answers if classes.multi or chosen]
    positions, index, counts = np.unique(
        np.array([position for position, _ in answers], np.int64),
        return_inverse=True,
        return_counts=True,
    )
    targets = np.zeros((len(positions), len(column)), np.float32)
    for row, (_, chosen) in zip(index, answers, strict=True):
        targets[row, chosen] += 1
    targets /= counts[:, None]
    return LabelSet(positions, targets, cursor, classes.multi)


def _columns(label: LabelValue, classes: ClassSet, column: dict[str, int]) -> list[int]:
    """The classes that one answer names; at most one in a single-label project."""
    names = classes.named(label)
    # Several classes, from when the project was multi-label, are no single class.
    if not classes.multi and len(names) != 1:
        return []
    return [column[name] for name in names if name in column]
