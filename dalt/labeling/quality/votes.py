"""The answers of several annotators as arrays."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dalt.core.records import BadInput, ClassSet, Label, LabelValue

Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Votes:
    """Votes: at most one for each pair of sample and annotator.

    Attributes
    ----------
    samples : tuple of str
        Ids, in the order of their first answers.
    annotators : tuple of str
        In alphabetical order.
    values : tuple of LabelValue
        The values of votes: the classes in their order or, for several classes per sample,
        each set of classes that was given.
    rows, by, said : ndarray of shape (n_votes,), int64
        Sample, annotator and value of each vote, as indices into the above.
    """

    samples: tuple[str, ...]
    annotators: tuple[str, ...]
    values: tuple[LabelValue, ...]
    rows: Integers
    by: Integers
    said: Integers

    @property
    def per_sample(self) -> Integers:
        """Number of votes by sample: shape (n_samples,)."""
        return np.bincount(self.rows, minlength=len(self.samples))

    def counts(self) -> NDArray[np.float64]:
        """Number of votes by sample and value: shape (n_samples, n_values)."""
        shape = (len(self.samples), len(self.values))
        flat = self.rows * shape[1] + self.said
        return np.bincount(flat, minlength=shape[0] * shape[1]).reshape(shape).astype(np.float64)

    def of(self, annotator: str) -> tuple[Integers, Integers]:
        """The samples that one annotator answered, ascending, and their values."""
        mine = np.flatnonzero(self.by == self.annotators.index(annotator))
        order = mine[np.argsort(self.rows[mine], kind="stable")]
        return self.rows[order], self.said[order]


def votes_of(labels: Iterable[Label], classes: ClassSet) -> Votes:
    """Put the labels that hold into arrays.

    Parameters
    ----------
    labels : iterable of Label
        At most one for each sample and annotator.
    classes : ClassSet
        Labels of removed classes are ignored.

    Raises
    ------
    BadInput
        Where regions are marked: whether two of them mean the same is no yes or no.

    Examples
    --------
    >>> from dalt.core.records import utc_now
    >>> given = [Label(1, "label", "x", "cat", "ana", "s", utc_now(), "human"),
    ...          Label(2, "label", "x", "dog", "ben", "s", utc_now(), "human")]
    >>> votes_of(given, ClassSet(("cat", "dog"))).said.tolist()
    [0, 1]
    """
    check_comparable(classes)
    kept = [(each, value) for each in labels if (value := _value(each, classes)) is not None]
    asked = dict.fromkeys(each.sample_id for each, _ in kept)
    samples = {sample_id: row for row, sample_id in enumerate(asked)}
    annotators = {who: i for i, who in enumerate(sorted({each.annotator for each, _ in kept}))}
    known: dict[LabelValue, int] = {}
    if not classes.multi:
        known = {name: index for index, name in enumerate(classes.names)}
    for _, value in kept:
        known.setdefault(value, len(known))
    table = [(samples[e.sample_id], annotators[e.annotator], known[value]) for e, value in kept]
    columns = np.array(table, np.int64).reshape(-1, 3).T
    return Votes(tuple(samples), tuple(annotators), tuple(known), *columns)


def check_comparable(classes: ClassSet) -> None:
    """Refuse to compare regions.

    Raises
    ------
    BadInput
        Where regions are marked.
    """
    if classes.shape:
        raise BadInput(
            "Annotators are compared by the classes of whole samples; this project marks parts "
            "of them, and no measure of agreement for regions is built in."
        )


def _value(label: Label, classes: ClassSet) -> LabelValue | None:
    """A label's present value; None without a class, or with several where one is allowed."""
    if label.label is None:
        return None
    names = classes.named(label.label)
    if any(name not in classes.names for name in names):
        return None
    if classes.multi:
        return names
    return names[0] if len(names) == 1 else None
