"""How good sources of suggestions beside the model are, by labels that nobody chose for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from dalt.core.records import ClassSet, Estimate, LabelValue
from dalt.core.suggesters import SuggesterKind, SuggesterRecord, Vote
from dalt.labeling.quality.accuracy import uniform_answers, wilson
from dalt.learning.heads.snapshot import Snapshot
from dalt.storage.store import Store

SourceState = Literal["silent", "waiting", "used", "stopped"]
"""It says nothing yet; no snapshot has read it yet; its votes count; the model is surely better
without it."""


@dataclass(frozen=True, slots=True)
class SourceStanding:
    """What is known of one source.

    Attributes
    ----------
    name : str
    kind : {"file", "live"}
    state : {"silent", "waiting", "used", "stopped"}
    n_votes : int
        Samples of the pool of which it says something.
    right : Estimate or None
        How often its likeliest class is the label, on uniformly drawn samples.
    by_class : tuple of (str, Estimate)
        The same where the label is one class, for those that were drawn.
    weight : float or None
        What its vote counts: 1 is as its table of errors says, 0 nothing; None until a snapshot
        has read it.
    trouble : str
        What it could not do, as a sentence; empty if all is well.
    """

    name: str
    kind: SuggesterKind
    state: SourceState
    n_votes: int
    right: Estimate | None
    by_class: tuple[tuple[str, Estimate], ...]
    weight: float | None
    trouble: str


def source_standings(
    store: Store, classes: ClassSet, snapshot: Snapshot | None
) -> list[SourceStanding]:
    """Judge every source by the labels that `suggestion_accuracy` counts.

    A vote counts if the source cannot have known the label.

    Parameters
    ----------
    store : Store
    classes : ClassSet
    snapshot : Snapshot or None
        The newest one: it has the weights.
    """
    sources = store.suggesters.all()
    if not sources:
        return []
    true = {
        event.sample_id: classes.present(final)
        for event, final in uniform_answers(map(classes.read, store.events.uniform()))
    }
    said, counts = store.suggesters.on(list(true)), store.suggesters.counts()
    return [
        _standing(each, said.get(each.suggester_id, {}), true, classes, counts, snapshot)
        for each in sources
    ]


def _standing(
    source: SuggesterRecord,
    said: Mapping[str, Vote],
    true: Mapping[str, LabelValue],
    classes: ClassSet,
    counts: Mapping[int, int],
    snapshot: Snapshot | None,
) -> SourceStanding:
    hits: dict[LabelValue, list[bool]] = {}
    for sample_id, label in true.items():
        top = likeliest(said.get(sample_id), classes)
        if top is not None:
            hits.setdefault(label, []).append(top == label)
    together = [hit for some in hits.values() for hit in some]
    state, weight = _weight(source.name, snapshot)
    n_votes = counts.get(source.suggester_id, 0)
    return SourceStanding(
        name=source.name,
        kind=source.kind,
        state=state if n_votes else "silent",
        n_votes=n_votes,
        right=_share(together),
        by_class=tuple(
            (name, wilson(sum(hits[name]), len(hits[name])))
            for name in classes.names
            if name in hits
        ),
        weight=weight if n_votes else None,
        trouble=source.trouble,
    )


def likeliest(vote: Vote, classes: ClassSet) -> str | None:
    """The likeliest class of a vote, by its present name; None without one.

    Examples
    --------
    >>> likeliest({"cat": 0.25, "dog": 0.75}, ClassSet(("cat", "Dog"), {"dog": "Dog"}))
    'Dog'
    """
    shares: dict[str, float] = {}
    for name, share in (vote or {}).items():
        now = classes.former.get(name, name)
        if now in classes.names and share > 0:
            shares[now] = shares.get(now, 0.0) + share
    return max(shares, key=lambda name: shares[name]) if shares else None


def _weight(name: str, snapshot: Snapshot | None) -> tuple[SourceState, float | None]:
    if snapshot is None or name not in snapshot.sources:
        return "waiting", None
    if name in snapshot.stopped_sources:
        return "stopped", 0.0
    weights = snapshot.weights["sources.weight"]
    return "used", round(float(weights[snapshot.sources.index(name)]), 3)


def _share(hits: Sequence[bool]) -> Estimate | None:
    return wilson(sum(hits), len(hits)) if hits else None
