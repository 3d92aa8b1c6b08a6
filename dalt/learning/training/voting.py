"""The votes of sources beside the model, read from the store and put into a snapshot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dalt.core.records import ClassSet, Floats, LabelSet
from dalt.learning.heads.combining import combine, weigh_sources
from dalt.learning.heads.contract import Fitted
from dalt.learning.heads.snapshot import SOURCES_ALONE, Snapshot
from dalt.learning.heads.votes import SourceVotes, VoteBook, voted_bits
from dalt.storage.label_sets import label_set
from dalt.storage.store import Store
from dalt.storage.suggesters import Mark


@dataclass(frozen=True)
class Ballot:
    """What the sources say at one time.

    Attributes
    ----------
    votes : tuple of SourceVotes
        Of the sources that say something, in the order in which they came.
    mark : Mark
        How far the votes were read.
    numbers : tuple of int
        Of the sources that were there.
    """

    votes: tuple[SourceVotes, ...] = ()
    mark: Mark = (0, 0)
    numbers: tuple[int, ...] = ()


class VoteReader:
    """Reads votes as they come, each once.

    Parameters
    ----------
    store : Store
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._books: dict[int, VoteBook] = {}
        self._read = 0
        self._ballot: tuple[object, Ballot] | None = None

    def mark(self) -> Mark:
        """Something cheap that grows with every change."""
        return self._store.suggesters.mark()

    def ballot(self, classes: ClassSet, n_samples: int) -> Ballot:
        """What the present sources say of the first samples of the pool."""
        mark = self.mark()
        key = (mark, classes, n_samples)
        if self._ballot is None or self._ballot[0] != key:
            there = tuple(each.suggester_id for each in self._store.suggesters.all())
            self._ballot = key, self.former(classes, n_samples, mark, there)
        return self._ballot[1]

    def former(
        self, classes: ClassSet, n_samples: int, mark: Mark, numbers: Sequence[int]
    ) -> Ballot:
        """What some sources said when the votes were read up to a mark; marks must not fall."""
        if classes.multi or classes.shape or mark == (0, 0):
            return Ballot((), mark, tuple(numbers))
        self._read_up_to(mark[0])
        books = (self._books.get(number) for number in numbers)
        found = (book.votes(classes, n_samples) for book in books if book is not None)
        return Ballot(tuple(each for each in found if each.shares.nnz), mark, tuple(numbers))

    def _read_up_to(self, newest: int) -> None:
        if newest <= self._read:
            return
        names = {each.suggester_id: each.name for each in self._store.suggesters.all(removed=True)}
        for part in self._store.suggesters.votes(self._read):
            for vote in part:
                if vote.vote_id > newest:
                    return
                number = vote.suggester_id
                book = self._books.setdefault(number, VoteBook(names.get(number, str(number))))
                book.add(vote.position, vote.content, vote.knew)
                self._read = vote.vote_id


@dataclass(frozen=True)
class Combined:
    """A head's result together with the sources.

    Attributes
    ----------
    probabilities : ndarray of shape (n_samples, n_classes), float32
    weights : dict of str to ndarray
        Those of the head, and what was learned of the sources.
    sources : tuple of str
        Names of the sources.
    """

    probabilities: Floats
    weights: dict[str, NDArray[Any]]
    sources: tuple[str, ...]


def combined(
    fitted: Fitted | None,
    ballot: Ballot,
    labels: LabelSet,
    n_samples: int,
    parent: Snapshot | None,
) -> Combined:
    """Put what the sources say before what the head has learned.

    Parameters
    ----------
    fitted : Fitted or None
        None before the first label.
    ballot : Ballot
    labels : LabelSet
        Those that the head has learned.
    n_samples : int
    parent : Snapshot or None
        It says which sources had stopped.
    """
    weights = {} if fitted is None else dict(fitted.weights)
    head = None if fitted is None else fitted.probabilities
    if ballot.mark != (0, 0):  # snapshots without any source keep their hashes
        weights["sources.mark"] = np.array(ballot.mark, np.int64)
    if not ballot.votes:
        even = np.full((n_samples, labels.targets.shape[1]), 1 / labels.targets.shape[1])
        return Combined(even.astype(np.float32) if head is None else head, weights, ())
    left_out = None if fitted is None else fitted.left_out
    stopped = () if parent is None else parent.stopped_sources
    found = weigh_sources(ballot.votes, labels, left_out, stopped)
    weights |= {
        "sources.voted": voted_bits(ballot.votes, n_samples),
        "sources.weight": np.array([each.weight for each in found], np.float32),
        "sources.stopped": np.array([each.stopped for each in found]),
        "sources.gain": np.array([each.gain for each in found], np.float32),
        "sources.confusion": np.stack([each.confusion for each in found]).astype(np.float32),
    }
    names = tuple(each.name for each in ballot.votes)
    return Combined(combine(head, found, labels, n_samples), weights, names)


def sources_alone(
    ballot: Ballot, classes: ClassSet, n_samples: int, *, version: int, seed: int, encoder: str
) -> Snapshot:
    """A snapshot of what the sources say before the first label.

    Parameters
    ----------
    ballot : Ballot
    classes : ClassSet
    n_samples : int
    version, seed : int
    encoder : str
        Fingerprint of the embeddings in use; empty while there are none.
    """
    whole = combined(None, ballot, label_set([], classes, 0), n_samples, None)
    return Snapshot(
        version=version,
        parent=None,
        cursor=0,
        seed=seed,
        encoder=encoder,
        head=SOURCES_ALONE,
        classes=classes.names,
        weights=whole.weights,
        probabilities=whole.probabilities,
        order=np.zeros(0, np.int64),
        sources=whole.sources,
    )


def mark_of(snapshot: Snapshot | None) -> Mark:
    """How far a snapshot has read the votes."""
    found = None if snapshot is None else snapshot.weights.get("sources.mark")
    return (0, 0) if found is None else (int(found[0]), int(found[1]))
