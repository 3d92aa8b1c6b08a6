"""The draws and answers of a project, read from its log of events."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dalt.core.records import BadInput, ClassSet, Label, LabelValue, Positions, StudyRecord
from dalt.labeling.quality.judging import judge
from dalt.storage.store import Store
from dalt.study.estimation.design import Numbers
from dalt.study.estimation.replaying import Replay
from dalt.study.plan import StudyPlan

HELD = 6
"""Samples that a page leases ahead for each annotator: nobody else can draw them meanwhile.  In a
study they come on top of the group that is drawn together."""
MOST_HELD = 0.1
"""The largest share of the pool that may be leased ahead if a draw is to represent the pool."""
OPENS = ("label", "skip", "import", "gold", "adjudicate")


@dataclass(frozen=True)
class History:
    """The samples that people have answered, in the order of the first answers.

    Samples whose answers were all taken back are not among them.

    Attributes
    ----------
    positions : ndarray of shape (n_answers,), int64
    event_ids : ndarray of shape (n_answers,), int64
        Of the first answers.
    chances : ndarray of shape (n_answers,), float64
        As for `dalt.study.estimation.design.Answered`.
    labels : tuple of LabelValue or None
        The present labels, by present names; None for samples that were skipped or removed.
    removed : ndarray of shape (n_removed,), int64
        Positions that are no longer part of the pool.
    n_samples : int
        Number of positions, including those of removed samples.
    early : ndarray of shape (n_answers,), bool
        Random draws that do not count: some samples of today's pool could not be drawn then.
    by_strategy : ndarray of shape (n_answers,), bool
        Samples that a strategy took outright, where a random draw would have counted.
    weighted : bool
        Whether draws by a strategy are among those that count.
    """

    positions: Positions
    event_ids: NDArray[np.int64]
    chances: Numbers
    labels: tuple[LabelValue | None, ...]
    removed: Positions
    n_samples: int
    early: NDArray[np.bool_]
    by_strategy: NDArray[np.bool_]
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
    events, n_seen, replay = _first_answers(store)
    removed = np.array(store.removals.positions(), np.int64)
    place = store.samples.known_positions([each.sample_id for each in events])
    # Removed samples keep their place, and their draws.
    place |= {name: row for row, name in store.samples.ids_at(removed.tolist()).items()}
    positions = np.array([place[each.sample_id] for each in events], np.int64)
    n_samples = len(store.samples.all())
    event_ids = np.array([each.event_id for each in events], np.int64)
    left = np.setdiff1d(np.arange(n_samples), removed)
    n_needed = int(left.max(initial=-1)) + 1  # samples come in the order of their positions
    n_annotators = len({each.annotator for each in events})
    groups = _groups(events, store.studies.all())
    whole = n_seen + _most_held(n_annotators, groups, len(left)) >= n_needed
    for until, n_before in store.samples.growth():
        whole &= (event_ids > until) | (n_before >= n_needed)
    for since, until in replay.away():
        whole &= (event_ids < since) | (event_ids > until)
    chances = np.array([chance(each) for each in events], np.float64)
    early = np.isfinite(chances) & ~whole
    chances[~whole] = np.nan
    labels = labels_that_hold(store, classes)
    return History(
        positions=positions,
        event_ids=event_ids,
        chances=chances,
        labels=tuple(labels.get(each.sample_id) for each in events),
        removed=removed,
        n_samples=n_samples,
        early=early,
        by_strategy=whole & np.array([each.draw == "strategy" for each in events], bool),
        weighted=any(
            each.draw == "weighted" and counts
            for each, counts in zip(events, np.isfinite(chances), strict=True)
        ),
    )


def _first_answers(store: Store) -> tuple[list[Label], NDArray[np.int64], Replay]:
    """The first answers to samples with an answer that holds, and all events.

    With each, the size of the pool at that time, without the samples on hold.
    """
    first: dict[str, Label] = {}
    n_seen: dict[str, int] = {}
    replay = Replay()
    for event in store.events.all():
        if event.kind in OPENS and event.sample_id not in first:
            first[event.sample_id] = event
            n_open = event.n_candidates or 0
            n_seen[event.sample_id] = n_open + replay.n_closed(event.annotator)
        replay.add(event)
    events = [each for name, each in first.items() if replay.is_answered(name)]
    return events, np.array([n_seen[each.sample_id] for each in events], np.int64), replay


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


def _groups(events: Iterable[Label], studies: Iterable[StudyRecord]) -> NDArray[np.int64]:
    """How many samples a page may have drawn together by the time of each event.

    The largest group of all studies until then counts: a page answers what it has loaded also
    after the end of a study.
    """
    begun = [(each.created_at, StudyPlan.from_json(each.plan["plan"]).group) for each in studies]
    return np.array(
        [
            max((size for since, size in begun if since <= event.created_at), default=0)
            for event in events
        ],
        np.int64,
    )


def _most_held(n_annotators: int, groups: NDArray[np.int64], n_samples: int) -> Numbers:
    """How many samples of the pool annotators may have held at each draw: no event tells."""
    return np.maximum(1.0, np.minimum((HELD + groups) * n_annotators, MOST_HELD * n_samples))


def labels_that_hold(store: Store, classes: ClassSet) -> Mapping[str, LabelValue]:
    """The label of every labelled or decided sample, by present names."""
    given: dict[str, list[Label]] = {}
    for event in store.labels.current():
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
