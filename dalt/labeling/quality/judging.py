"""The consensus of each sample, and each annotator's agreement with the others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from dalt.core.errors import shown
from dalt.core.records import (
    BadInput,
    ClassSet,
    Consensus,
    ConsensusSource,
    Decision,
    Label,
    LabelValue,
)
from dalt.labeling.quality.consensus import Ballots, Fit, Method, fit, without
from dalt.labeling.quality.votes import Votes, votes_of

Numbers = NDArray[np.float64]
METHODS = ("one-coin", "confusion", "majority")
ALIKE = 1e-9
"""Probabilities that differ by less are equal except for rounding."""
AS: dict[str, ConsensusSource] = {"gold": "gold", "adjudicate": "adjudicated"}


@dataclass(frozen=True)
class Jury:
    """All answers of annotators, evaluated together.

    Attributes
    ----------
    votes : Votes
    classes : ClassSet
    decided : mapping of str to Decision
        Decisions by sample id; gold precedes adjudication.
    probabilities : ndarray of shape (n_samples, n_classes), float64
        Class probabilities of the samples of `votes`, from the votes alone unless a class
        is known; several classes stand each for itself.
    others : ndarray of shape (n_votes, n_classes), float64
        The same for each vote, computed without it.
    """

    votes: Votes
    classes: ClassSet
    decided: Mapping[str, Decision]
    probabilities: Numbers
    others: Numbers

    def of(self, sample_id: str) -> Consensus:
        """The consensus of one labelled or decided sample."""
        return self._by_id[sample_id]

    def knows(self, sample_id: str) -> bool:
        """Whether a sample was labelled or decided."""
        return sample_id in self._by_id

    @cached_property
    def _by_id(self) -> dict[str, Consensus]:
        return {each.sample_id: each for each in self.consensus()}

    def consensus(self) -> list[Consensus]:
        """The consensus of every labelled or decided sample, in the order of first answers."""
        shares = self.votes.counts()
        n, differ = shares.sum(axis=1), (shares > 0).sum(axis=1) > 1
        labels = {value: i for i, value in enumerate(self.votes.values)}
        found = []
        for row, sample_id in enumerate(self.votes.samples):
            label, probability = _likeliest(self.probabilities[row], self.classes)
            decision = self.decided.get(sample_id)
            if decision is not None:
                label, probability = self.classes.present(decision.label), 1.0
            given = shares[row, labels[label]] if label in labels else 0.0
            found.append(
                Consensus(
                    sample_id=sample_id,
                    label=label,
                    probability=probability,
                    n=int(n[row]),
                    agreement=float(given / n[row]),
                    source="consensus" if decision is None else AS[decision.kind],
                    probabilities=self._told(row),
                    disputed=bool(differ[row]),
                )
            )
        asked = set(self.votes.samples)
        return found + [
            Consensus(
                sample_id=sample_id,
                label=self.classes.present(each.label),
                probability=1.0,
                n=0,
                agreement=None,
                source=AS[each.kind],
                probabilities={},
                disputed=False,
            )
            for sample_id, each in self.decided.items()
            if sample_id not in asked
        ]

    def _told(self, row: int) -> dict[str, float]:
        return dict(zip(self.classes.names, self.probabilities[row].tolist(), strict=True))

    def agreeing(self) -> dict[str, tuple[int, int]]:
        """For each annotator, count answers that match the others, and answers compared.

        This compares samples that others labelled too, or that are decided.  An annotator's
        own vote does not count: a consensus that includes it agrees with it by itself.
        """
        n = self.votes.per_sample
        found = {name: (0, 0) for name in self.votes.annotators}
        for vote, (row, by, said) in enumerate(
            zip(self.votes.rows, self.votes.by, self.votes.said, strict=True)
        ):
            decision = self.decided.get(self.votes.samples[row])
            if decision is None and n[row] < 2:
                continue
            label = (
                _likeliest(self.others[vote], self.classes)[0]
                if decision is None
                else self.classes.present(decision.label)
            )
            same, compared = found[self.votes.annotators[by]]
            hit = self.votes.values[said] == label
            found[self.votes.annotators[by]] = (same + hit, compared + 1)
        return found


def judge(
    labels: Iterable[Label],
    decisions: Sequence[Decision],
    classes: ClassSet,
    method: Method = "one-coin",
) -> Jury:
    """Read the labels of all annotators together.

    Parameters
    ----------
    labels : iterable of Label
        Those that hold, one for each sample and annotator.
    decisions : sequence of Decision
        Decisions show who is right, too.
    classes : ClassSet
    method : {"one-coin", "confusion", "majority"}
        See `dalt.labeling.quality.consensus.fit`.

    Raises
    ------
    BadInput
        Where regions are marked, or there is no such method.

    Examples
    --------
    >>> from dalt.core.records import utc_now
    >>> given = [Label(i, "label", "x", said, who, "s", utc_now(), "human")
    ...          for i, (who, said) in enumerate([("ana", "b"), ("ben", "b"), ("cem", "a")])]
    >>> [sample] = judge(given, [], ClassSet(("a", "b"))).consensus()
    >>> sample.label, round(sample.agreement, 2), sample.disputed
    ('b', 0.67, True)
    """
    if method not in METHODS:
        raise BadInput(f"There is no method {shown(method)}; it is one of {', '.join(METHODS)}.")
    votes = votes_of(labels, classes)
    decided: dict[str, Decision] = {}
    for decision in sorted(decisions, key=lambda each: each.kind == "gold"):
        if all(name in classes.names for name in classes.named(decision.label)):
            decided[decision.sample_id] = decision
    ruled = {row: decided[id] for row, id in enumerate(votes.samples) if id in decided}
    names = {row: classes.named(each.label) for row, each in ruled.items()}
    if not classes.multi:
        known = {row: classes.names.index(own[0]) for row, own in names.items() if len(own) == 1}
        shares, others = _each(votes, votes.said, len(classes.names), known, method)
        return Jury(votes, classes, decided, shares, others)
    columns = []
    for name in classes.names:  # each class is a question of its own
        yes = np.array([name in value for value in votes.values], np.int64)
        known = {row: int(name in own) for row, own in names.items()}
        said = yes[votes.said] if len(yes) else votes.said
        columns.append([each[:, 1] for each in _each(votes, said, 2, known, method)])
    shares, others = (np.stack(each, axis=1) for each in zip(*columns, strict=True))
    return Jury(votes, classes, decided, shares, others)


def to_adjudicate(consensus: Iterable[Consensus], below: float | None = None) -> list[Consensus]:
    """Select the samples that somebody should decide, the least certain first.

    Parameters
    ----------
    consensus : iterable of Consensus
    below : float in [0, 1], optional
        Also select samples on which annotators agree, if the probability is below this.
    """
    found = [
        each
        for each in consensus
        if each.source == "consensus"
        and (each.disputed or (each.n > 1 and below is not None and each.probability < below))
    ]
    return sorted(found, key=lambda each: each.probability)


def _each(
    votes: Votes,
    said: NDArray[np.int64],
    n_classes: int,
    known: Mapping[int, int],
    method: Method,
) -> tuple[Numbers, Numbers]:
    """Probabilities of each sample from its votes, and for each vote from all others."""
    n, people = len(votes.samples), len(votes.annotators)
    found = fit(Ballots(votes.rows, votes.by, said, n, people, n_classes, known), method)
    # Decisions teach who is right; people's votes on them are still reported.
    told = Ballots(votes.rows, votes.by, said, n, people, n_classes, {})
    if method == "majority":
        return told.shares(), _other_shares(told)
    free = Fit(told.posterior(found.likelihoods), found.likelihoods, found.prior)
    return free.probabilities, without(free, told)


def _other_shares(ballots: Ballots) -> Numbers:
    counts = np.bincount(ballots.rows, minlength=ballots.n_samples)[ballots.rows, None]
    rest = ballots.shares()[ballots.rows] * counts
    rest[np.arange(len(rest)), ballots.said] -= 1
    return rest / np.maximum(counts - 1, 1)


def _likeliest(shares: Numbers, classes: ClassSet) -> tuple[LabelValue, float]:
    """The likeliest answer, and its probability."""
    if not classes.multi:
        # Of equally likely classes the first, not the one to which rounding added most.
        best = int(np.flatnonzero(shares >= shares.max() - ALIKE)[0])
        return classes.names[best], float(shares[best])
    likely = shares >= 0.5 - ALIKE
    names = tuple(name for name, yes in zip(classes.names, likely, strict=True) if yes)
    return names, float(np.maximum(shares, 1 - shares).prod())
