"""What sources beside the model say, as a prior of the head's probabilities.

Each source has a table of how often it says a class where another one is true (Dawid and Skene),
counted from all labels and shrunk towards a prior, so that it is believed from the start, and less
or more with every label.  What the tables make of the votes multiplies the head's probabilities
(a product of experts); how much, the labels decide by predictions that have not seen them.  A
source without which the head is surely better stops.

References
----------
Dawid, Skene: Maximum Likelihood Estimation of Observer Error-Rates Using the EM Algorithm, 1979.
Hinton: Training Products of Experts by Minimizing Contrastive Divergence, 2002.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from dalt.core.records import Floats, LabelSet
from dalt.learning.heads.predictors import softmax
from dalt.learning.heads.votes import SourceVotes

Wide = NDArray[np.float64]

BELIEVED, BELIEF = 0.65, 4.0
"""How often a source is right before any label, and how many labels that belief is worth."""
ALIKE = (8.0, 16.0, 32.0, 64.0, 128.0, 256.0)
"""How many labels of a class the belief may be worth that a source treats it as the others: the
likeliest one, so that errors which differ by class are learned soon, and noise is not."""
UNSEEN = 3.0
"""Weight of a class that no label has taught, in labels."""
EXPONENT_DOUBT = 0.5
"""Standard deviation of a source's exponent around 1 before any label."""
MOST_EXPONENT = 2.0
SURE = 2.0
"""Standard errors by which the head has to be better without a source for that one to stop."""
LEAST_PAIRS = 20
"""Labels that such a comparison needs."""
BACK = 3.0
"""Gain in log-likelihood of all labels that brings a stopped source back."""
_ROUNDS, _HALVES = 20, 6
_CHUNK = 16_384


@dataclass(frozen=True)
class Weighed:
    """One source, and what the labels say of it.

    Attributes
    ----------
    votes : SourceVotes
    confusion : ndarray of shape (n_classes, n_classes), float64
        Probability of what it says (columns) where a class is true (rows).
    exponent : float
        Weight of its vote: 1 takes it as the table says, 0 ignores it.
    stopped : bool
        The head is surely better without it.
    gain : float
        Log-likelihood that it adds to a label's sample, left out; 0 if unknown.
    """

    votes: SourceVotes
    confusion: Wide
    exponent: float = 1.0
    stopped: bool = False
    gain: float = 0.0

    @property
    def weight(self) -> float:
        """What its vote counts: its exponent, or 0 once it has stopped."""
        return 0.0 if self.stopped else self.exponent


def weigh_sources(
    votes: Sequence[SourceVotes],
    labels: LabelSet,
    left_out: Floats | None,
    stopped: Sequence[str] = (),
) -> list[Weighed]:
    """Learn how much each source is worth.

    Parameters
    ----------
    votes : sequence of SourceVotes
    labels : LabelSet
        Each sample with one class; maybe none.
    left_out : ndarray of shape (n_labels, n_classes), float32, or None
        The head's probabilities of each labelled sample without its label; without them every
        source keeps its exponent.
    stopped : sequence of str
        The sources that had stopped before.

    Returns
    -------
    list of Weighed
        In the order of `votes`.
    """
    tables = [_Table.of(each, labels) for each in votes]
    found = [Weighed(each, table.confusion()) for each, table in zip(votes, tables, strict=True)]
    known = _comparable(labels, left_out)
    if left_out is None or not known.any() or not votes:
        return found
    targets = labels.targets[known].astype(np.float64)
    head = np.log(_with_unseen(left_out[known].astype(np.float64), labels.targets))
    said = np.stack([table.left_out()[known] for table in tables])
    exponents = likeliest_exponents(head, said, targets)
    full = _likelihoods(head, said, targets, exponents)
    for at, each in enumerate(found):
        others = np.where(np.arange(len(found)) == at, 0.0, exponents)
        speaks = tables[at].counts[known]
        gains = (full - _likelihoods(head, said, targets, others))[speaks]
        face = np.where(np.arange(len(found)) == at, 1.0, exponents)
        at_face = (_likelihoods(head, said, targets, face)
                   - _likelihoods(head, said, targets, others))[speaks]  # fmt: skip
        stop = _surely_worse(at_face) if each.votes.name not in stopped else True
        stop = stop and float(gains.sum()) < (BACK if each.votes.name in stopped else 1.0)
        gain = float(gains.mean()) if len(gains) else 0.0
        found[at] = Weighed(each.votes, each.confusion, float(exponents[at]), stop, gain)
    return found


def combine(
    head: Floats | None, sources: Sequence[Weighed], labels: LabelSet, n_samples: int
) -> Floats:
    """Multiply the head's probabilities by what the sources make likely.

    Parameters
    ----------
    head : ndarray of shape (n_samples, n_classes), float32, or None
        None before the first label.
    sources : sequence of Weighed
    labels : LabelSet
        Those that the head has learned.
    n_samples : int

    Returns
    -------
    ndarray of shape (n_samples, n_classes), float32
        Rows sum to 1.  Samples of which no source speaks keep the head's.
    """
    n_classes = labels.targets.shape[1]
    even = np.full((n_samples, n_classes), 1 / n_classes, np.float32)
    out = even if head is None else np.array(head, np.float32)
    speaking = [each for each in sources if each.weight > 0]
    if not speaking:
        return out
    spoken = np.logical_or.reduce([each.votes.has() for each in speaking])
    for part in np.array_split(np.flatnonzero(spoken), max(1, int(spoken.sum()) // _CHUNK)):
        scores = np.log(_with_unseen(out[part].astype(np.float64), labels.targets))
        for each in speaking:
            scores += each.weight * _said(each.votes.rows(part), each.confusion)
        out[part] = softmax(scores)
    return out


def likeliest_exponents(head: Wide, said: Wide, targets: Wide) -> Wide:
    """Find the exponents under which left-out labels are likeliest; few labels hardly move them.

    Parameters
    ----------
    head : ndarray of shape (n_labels, n_classes)
        Log-probabilities by the head.
    said : ndarray of shape (n_sources, n_labels, n_classes)
        Log-likelihoods of the votes.
    targets : ndarray of shape (n_labels, n_classes)

    Returns
    -------
    ndarray of shape (n_sources,)
        In [0, 2], rounded to thousandths, so processors that round sums differently agree.
    """
    exponents = np.ones(len(said))
    stiff = np.eye(len(said)) / EXPONENT_DOUBT**2
    best = _posterior(head, said, targets, exponents)
    for _ in range(_ROUNDS):  # Newton: the likelihood is concave
        shares = softmax(head + np.einsum("j,jik->ik", exponents, said))
        middle = np.einsum("ik,jik->ji", shares, said)
        slope = np.einsum("ik,jik->j", targets - shares, said) - stiff @ (exponents - 1)
        spread = said - middle[:, :, None]
        bend = np.einsum("ik,jik,lik->jl", shares, spread, spread) + stiff
        step = np.linalg.solve(bend, slope)
        for _ in range(_HALVES):  # a full step may go too far
            tried = np.clip(exponents + step, 0.0, MOST_EXPONENT)
            found = _posterior(head, said, targets, tried)
            if found > best:
                break
            step /= 2
        if found <= best + 1e-9:
            break
        exponents, best = tried, found
    return np.round(exponents, 3)


@dataclass(frozen=True)
class _Table:
    """Counts of what one source says where each class is true.

    Attributes
    ----------
    said : ndarray of shape (n_labels, n_classes)
        Its votes on the labelled samples; zeros where a label does not count for it.
    targets : ndarray of shape (n_labels, n_classes)
    usual : ndarray of shape (n_classes,)
        How often it says each class in the whole pool.
    counts : ndarray of shape (n_labels,), bool
        Whether it spoke of the sample, and cannot have learned the label.
    """

    said: Wide
    targets: Wide
    usual: Wide
    counts: NDArray[np.bool_]

    @classmethod
    def of(cls, votes: SourceVotes, labels: LabelSet) -> _Table:
        counts = votes.has()[labels.positions] & ~votes.knew[labels.positions]
        said = votes.rows(labels.positions).astype(np.float64)
        mass = np.asarray(votes.shares.sum(axis=0), np.float64).ravel()
        usual = (mass + 1) / (mass.sum() + len(mass))
        targets = labels.targets.astype(np.float64)
        return cls(said * counts[:, None], targets * counts[:, None], usual, counts)

    def confusion(self) -> Wide:
        """The table, shrunk towards a source that is right equally often in all classes."""
        believed = self._believed()
        counted = self.targets.T @ self.said
        n = self.targets.sum(axis=0)
        return np.asarray((self.alike * believed + counted) / (self.alike + n[:, None]))

    @cached_property
    def alike(self) -> float:
        """The likeliest of `ALIKE`, where rows are drawn from a Dirichlet distribution."""
        from scipy.special import gammaln

        believed = self._believed() + 1e-9
        counted = self.targets.T @ self.said
        n = counted.sum(axis=1)

        def evidence(worth: float) -> float:
            prior = worth * believed
            rows = gammaln(worth) - gammaln(worth + n)
            return float(rows.sum() + (gammaln(prior + counted) - gammaln(prior)).sum())

        return max(ALIKE, key=lambda worth: round(evidence(worth), 6))

    def left_out(self) -> Wide:
        """Log-likelihoods of its votes on each labelled sample, by a table without that label."""
        own = (self.targets * self.said).sum(axis=1)
        total = float(self.targets.sum())
        n_own = self.targets.sum(axis=1)
        right = (BELIEVED * BELIEF + float(own.sum()) - own) / (BELIEF + total - n_own)
        right = right[:, None]
        believed = right * self.said + (1 - right) * (self.said @ self._wrong().T)
        counted = self.said @ (self.targets.T @ self.said).T
        counted -= self.targets * (self.said**2).sum(axis=1, keepdims=True)
        n = self.targets.sum(axis=0) - self.targets
        found = (self.alike * believed + counted) / (self.alike + n)
        return _logs(found, self.said, self.counts)

    def _believed(self) -> Wide:
        """The table of a source that is right equally often in all classes."""
        hits, total = float((self.targets * self.said).sum()), float(self.targets.sum())
        right = (BELIEVED * BELIEF + hits) / (BELIEF + total)
        return np.asarray(right * np.eye(len(self.usual)) + (1 - right) * self._wrong())

    def _wrong(self) -> Wide:
        """What it says where it is wrong: the others of its usual classes."""
        others = self.usual[None, :] / (1 - self.usual[:, None] + 1e-9)
        np.fill_diagonal(others, 0.0)
        return others / np.maximum(others.sum(axis=1, keepdims=True), 1e-9)


def _said(rows: Floats, confusion: Wide) -> Wide:
    """Log-likelihoods of votes under each class; 0 without a vote."""
    said = rows.astype(np.float64)
    return _logs(said @ confusion.T, said, np.asarray(said.any(axis=1)))


def _logs(found: Wide, said: Wide, speaks: NDArray[np.bool_]) -> Wide:
    left_open = np.maximum(1 - said.sum(axis=1, keepdims=True), 0) / said.shape[1]
    return np.where(speaks[:, None], np.log(found + left_open + 1e-9), 0.0)


def _with_unseen(probabilities: Wide, targets: Floats) -> Wide:
    """Give classes that no label has taught a share: the head cannot know them."""
    taught = targets.any(axis=0)
    n_classes = targets.shape[1]
    share = UNSEEN / (float(targets.sum()) + n_classes * UNSEEN)
    kept = (1 - share * int((~taught).sum())) * probabilities
    return np.maximum(np.where(taught, kept, share), 1e-9)


def _comparable(labels: LabelSet, left_out: Floats | None) -> NDArray[np.bool_]:
    """Labels that the head can predict without them: others have taught their classes."""
    if left_out is None:
        return np.zeros(len(labels.positions), bool)
    others = labels.targets.sum(axis=0) - labels.targets
    told = np.all((labels.targets == 0) | (others > 0), axis=1)
    return np.asarray(told & np.isfinite(left_out).all(axis=1))


def _likelihoods(head: Wide, said: Wide, targets: Wide, exponents: Wide) -> Wide:
    """Log-likelihood of each label: shape (n_labels,)."""
    scores = head + np.einsum("j,jik->ik", exponents, said)
    top = scores.max(axis=1, keepdims=True)
    total = top + np.log(np.exp(scores - top).sum(axis=1, keepdims=True))
    return np.asarray((targets * (scores - total)).sum(axis=1))


def _posterior(head: Wide, said: Wide, targets: Wide, exponents: Wide) -> float:
    doubt = 0.5 * float((((exponents - 1) / EXPONENT_DOUBT) ** 2).sum())
    return float(_likelihoods(head, said, targets, exponents).sum()) - doubt


def _surely_worse(gains: Wide) -> bool:
    """Whether a paired comparison says that labels are less likely with a source."""
    if len(gains) < LEAST_PAIRS:
        return False
    error = float(gains.std(ddof=1)) / len(gains) ** 0.5
    return float(gains.mean()) + SURE * error < 0
