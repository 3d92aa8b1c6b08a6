"""The draws and answers of a project, read from its log of events."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dalt.core.records import BadInput, ClassSet, Label, LabelValue, Positions
from dalt.labeling.quality.judging import judge
from dalt.storage.store import Store
from dalt.study.estimation.design import Numbers

HELD = 6
"""Samples that a page leases ahead for each annotator: nobody else can draw them meanwhile."""
MOST_HELD = 0.1
"""The largest share of the pool that may be leased ahead if a draw is to represent the pool."""
MODEL = "model"
"""The source of labels that nobody gave: they are predictions, and no evidence."""
OPENS = ("label", "skip", "import", "gold", "adjudicate")


@dataclass(frozen=True)
class History:
    """The samples that people have answered, in the order of the first answers.

    Attributes
    ----------
    positions : ndarray of shape (n_answers,), int64
    event_ids : ndarray of shape (n_answers,), int64
        Of the first answers.
    chances : ndarray of shape (n_answers,), float64
        As for `dalt.study.estimation.design.Answered`.
    labels : tuple of LabelValue or None
        The present labels, by present names; None for samples that were skipped, or whose
        answer was taken back.
    removed : ndarray of shape (n_removed,), int64
        Positions that are no longer part of the pool.
    n_samples : int
        Number of positions, including those of removed samples.
    n_before_growth : int
        Random draws that do not count, because the pool was smaller then.
    weighted : bool
        Whether draws by a strategy are among those that count.
    """

    positions: Positions
    event_ids: NDArray[np.int64]
    chances: Numbers
    labels: tuple[LabelValue | None, ...]
    removed: Positions
    n_samples: int
    n_before_growth: int
    weighted: bool


def read_history(store: Store, classes: ClassSet) -> History:
    """Read how every answered sample was drawn, and its label.

    A decision (gold or adjudicated) is the label; else that of the only annotator, else the
    consensus of all.

    Raises
    ------
    BadInput
        If the project marks regions.
    """
    if classes.shape:
        raise BadInput(
            "Estimates are about classes of whole samples, and this project marks "
            f"{classes.shape}s: count them in project.labels()."
        )
    first: dict[str, Label] = {}
    annotators = set()
    for event in store.events.all():
        if event.kind in OPENS and event.source != MODEL:
            first.setdefault(event.sample_id, event)
            annotators.add(event.annotator)
    events = list(first.values())
    removed = np.array(store.removals.positions(), np.int64)
    place = store.samples.known_positions(list(first))
    # Removed samples keep their place, and their draws.
    place |= {name: row for row, name in store.samples.ids_at(removed.tolist()).items()}
    positions = np.array([place[each.sample_id] for each in events], np.int64)
    n_samples = len(store.samples.all())
    chances = np.array([chance(each) for each in events], np.float64)
    whole = _from_the_whole_pool(events, n_samples - len(removed), len(annotators))
    n_before = int((np.isfinite(chances) & ~whole).sum())
    chances[~whole] = np.nan
    labels = labels_that_hold(store, classes)
    return History(
        positions=positions,
        event_ids=np.array([each.event_id for each in events], np.int64),
        chances=chances,
        labels=tuple(labels.get(each.sample_id) for each in events),
        removed=removed,
        n_samples=n_samples,
        n_before_growth=n_before,
        weighted=any(
            each.draw == "weighted" and counts
            for each, counts in zip(events, np.isfinite(chances), strict=True)
        ),
    )


def chance(event: Label) -> float:
    """The probability of the draw before an event, given all earlier ones; NaN if unknown.

    A uniform draw took each open sample with the same chance, whatever share of the draws is
    uniform.  What a strategy takes outright, what was on a page to verify, gold samples and
    imported labels were not drawn at random.
    """
    if event.draw == "uniform" and event.n_candidates:
        return 1.0 / event.n_candidates
    if event.draw == "weighted" and event.inclusion_probability:
        return event.inclusion_probability
    return math.nan


def _from_the_whole_pool(
    events: Sequence[Label], n_samples: int, n_annotators: int
) -> NDArray[np.bool_]:
    """Which draws were made when the pool had all samples that it has now.

    Earlier draws say nothing about samples that came later.  Removed samples may have been
    among the candidates, so then a draw saw more than there are now.
    """
    slack = max(1.0, min(HELD * n_annotators, MOST_HELD * n_samples))
    known = np.arange(len(events))
    candidates = np.array([each.n_candidates or 0 for each in events], np.int64)
    return n_samples - known - candidates <= slack


def labels_that_hold(store: Store, classes: ClassSet) -> Mapping[str, LabelValue]:
    """The label of every labelled or decided sample, by present names."""
    given: dict[str, list[Label]] = {}
    for event in (each for each in store.labels.current() if each.source != MODEL):
        given.setdefault(event.sample_id, []).append(event)
    found: dict[str, LabelValue] = {
        sample_id: classes.present(labels[0].label)
        for sample_id, labels in given.items()
        if labels[0].label is not None
    }
    decisions = store.adjudications.decisions()
    if any(len(labels) > 1 for labels in given.values()):
        for each in judge(_all(given), decisions, classes).consensus():
            if len(given.get(each.sample_id, ())) > 1:
                found[each.sample_id] = each.label
    for kind in ("adjudicate", "gold"):
        found |= {
            each.sample_id: classes.present(each.label) for each in decisions if each.kind == kind
        }
    return found


def _all(given: Mapping[str, Iterable[Label]]) -> list[Label]:
    return [label for labels in given.values() for label in labels]
