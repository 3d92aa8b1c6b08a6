"""The annotators' consensus: Dawid and Skene's model, by expectation maximisation.

There are two variants.  *One coin*: each annotator is right with their own probability, and
when wrong, any other class is as likely.  *Confusion*: each annotator has a probability for each
pair of true and given class, as in Dawid and Skene's paper; it needs far more answers before it
is better than counting votes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Integers = NDArray[np.int64]
Method = Literal["one-coin", "confusion", "majority"]
PRIOR_RIGHT, PRIOR_WRONG = 4.0, 1.0
"""Prior answers of every annotator: one who was never compared with others counts as right four
times out of five."""
_TOLERANCE = 1e-6
_MOST = 1_000


@dataclass(frozen=True)
class Fit:
    """A model fitted to the votes.

    Attributes
    ----------
    probabilities : ndarray of shape (n_samples, n_classes), float64
        Probabilities of each sample's true class; rows sum to 1.
    likelihoods : ndarray of shape (n_annotators, n_classes, n_classes), float64
        Probability that each annotator gives a class (last axis), by the true class.
    prior : ndarray of shape (n_classes,), float64
    objective : tuple of float
        Objective after each iteration: never less than before.
    converged : bool
    """

    probabilities: Numbers
    likelihoods: Numbers
    prior: Numbers
    objective: tuple[float, ...] = ()
    converged: bool = True

    @property
    def accuracy(self) -> Numbers:
        """Each annotator's accuracy: shape (n_annotators,)."""
        return np.einsum("k,jkk->j", self.prior, self.likelihoods)


@dataclass(frozen=True)
class Ballots:
    """Votes for a model.

    Attributes
    ----------
    rows, by, said : ndarray of shape (n_votes,), int64
        The sample, the annotator and the class of each vote.
    n_samples, n_annotators, n_classes : int
    known : mapping of int to int
        From samples with a known class to that class; they show who is right.
    """

    rows: Integers
    by: Integers
    said: Integers
    n_samples: int
    n_annotators: int
    n_classes: int
    known: Mapping[int, int]

    def shares(self) -> Numbers:
        """The share of the votes for each class: shape (n_samples, n_classes)."""
        flat = self.rows * self.n_classes + self.said
        shape = (self.n_samples, self.n_classes)
        counts = np.bincount(flat, minlength=shape[0] * shape[1]).reshape(shape).astype(np.float64)
        given = counts.sum(axis=1, keepdims=True)
        return np.divide(
            counts, given, out=np.full_like(counts, 1 / self.n_classes), where=given > 0
        )

    def fixed(self, probabilities: Numbers) -> Numbers:
        """The same, with known classes."""
        for row, column in self.known.items():
            probabilities[row] = 0
            probabilities[row, column] = 1
        return probabilities

    def posterior(self, likelihoods: Numbers) -> Numbers:
        """Probabilities of the classes of each sample, given the annotators' accuracy."""
        return _posterior(self, likelihoods)[0]

    def comparable(self) -> Ballots:
        """Votes of samples that measure annotators: known ones, or with at least two votes."""
        tells = np.bincount(self.rows, minlength=self.n_samples) >= 2
        tells[list(self.known)] = True
        kept = tells[self.rows]
        return Ballots(
            self.rows[kept], self.by[kept], self.said[kept],
            self.n_samples, self.n_annotators, self.n_classes, self.known,
        )  # fmt: skip


def fit(ballots: Ballots, method: Method = "one-coin") -> Fit:
    """Fit probabilities of the true classes, and the annotators' accuracy.

    Parameters
    ----------
    ballots : Ballots
    method : {"one-coin", "confusion", "majority"}
        "majority" counts the votes: probabilities are shares.

    Notes
    -----
    Annotators are judged by samples that at least two of them answered, or whose class is
    known: a single vote says nothing about its annotator and would confirm itself.  All classes
    have equal priors: with few votes a learned prior would overrule people who name a rare
    class.

    References
    ----------
    Dawid, Skene: Maximum Likelihood Estimation of Observer Error-Rates Using the EM
    Algorithm, Journal of the Royal Statistical Society C 28, 1979.  Zhang, Chen, Zhou,
    Jordan: Spectral Methods Meet EM, Journal of Machine Learning Research 17, 2016 (the
    one-coin model).

    Examples
    --------
    Ana and ben agree, cem does not: cem's single vote weighs less than theirs.

    >>> rows, by = np.repeat(np.arange(4), 3), np.tile([0, 1, 2], 4)
    >>> said = np.array([0, 0, 1, 1, 1, 0, 0, 0, 0, 1, 1, 0])
    >>> found = fit(Ballots(rows, by, said, 4, 3, 2, {}))
    >>> found.probabilities.argmax(axis=1).tolist(), found.accuracy.argmin()
    ([0, 1, 0, 1], np.int64(2))
    """
    n_classes = ballots.n_classes
    prior = np.full(n_classes, 1 / n_classes)
    if method == "majority":
        every = np.broadcast_to(np.eye(n_classes), (ballots.n_annotators, n_classes, n_classes))
        return Fit(ballots.fixed(ballots.shares()), every, prior)
    learn = _one_coin if method == "one-coin" else _confusion
    telling = ballots.comparable()
    posterior = telling.fixed(telling.shares())
    reached: list[float] = []
    while True:
        likelihoods, penalty = learn(telling, posterior)
        before = posterior
        posterior, evidence = _posterior(telling, likelihoods)
        reached.append(evidence + penalty)
        done = bool(np.abs(posterior - before).max(initial=0.0) < _TOLERANCE)
        if done or len(reached) >= _MOST:
            break
    probabilities, _ = _posterior(ballots, likelihoods)
    return Fit(probabilities, likelihoods, prior, tuple(reached), done)


def _posterior(ballots: Ballots, likelihoods: Numbers) -> tuple[Numbers, float]:
    """Probabilities of the classes of each sample, and the logarithm of the evidence."""
    n_classes = ballots.n_classes
    each = np.log(likelihoods)[ballots.by, :, ballots.said]
    scores = np.stack(
        [np.bincount(ballots.rows, each[:, k], ballots.n_samples) for k in range(n_classes)], axis=1
    )
    for row, column in ballots.known.items():
        scores[row, np.arange(n_classes) != column] = -np.inf
    top = scores.max(axis=1, keepdims=True)
    shares = np.exp(scores - top)
    totals = shares.sum(axis=1, keepdims=True)
    return shares / totals, float((top + np.log(totals)).sum())


def _one_coin(ballots: Ballots, posterior: Numbers) -> tuple[Numbers, float]:
    """Each one's accuracy, with the prior's answers, and the prior's part of the objective."""
    n_classes = ballots.n_classes
    right = np.bincount(ballots.by, posterior[ballots.rows, ballots.said], ballots.n_annotators)
    given = np.bincount(ballots.by, minlength=ballots.n_annotators)
    share = (right + PRIOR_RIGHT) / (given + PRIOR_RIGHT + PRIOR_WRONG)
    wrong = (1 - share) / max(1, n_classes - 1)
    likelihoods = np.repeat(wrong, n_classes**2).reshape(-1, n_classes, n_classes)
    likelihoods[:, np.arange(n_classes), np.arange(n_classes)] = share[:, None]
    penalty = PRIOR_RIGHT * np.log(share) + PRIOR_WRONG * np.log1p(-share)
    return likelihoods, float(penalty.sum())


def _confusion(ballots: Ballots, posterior: Numbers) -> tuple[Numbers, float]:
    """Each one's confusion matrix, with the prior's answers, and the prior's part."""
    n_classes, n = ballots.n_classes, ballots.n_annotators
    flat = ballots.by * n_classes + ballots.said
    counts = np.stack(
        [
            np.bincount(flat, posterior[ballots.rows, k], n * n_classes).reshape(n, n_classes)
            for k in range(n_classes)
        ],
        axis=1,
    )
    before = np.full((n_classes, n_classes), PRIOR_WRONG / max(1, n_classes - 1))
    np.fill_diagonal(before, PRIOR_RIGHT)
    made = counts + before
    likelihoods = made / made.sum(axis=2, keepdims=True)
    return likelihoods, float((before * np.log(likelihoods)).sum())


def without(fit: Fit, ballots: Ballots) -> Numbers:
    """For each vote, compute the probabilities of the classes without it.

    Returns
    -------
    ndarray of shape (n_votes, n_classes), float64
        By the likelihoods that were fitted with the vote; known classes for known samples.
    """
    own = fit.likelihoods[ballots.by, :, ballots.said]
    rest = fit.probabilities[ballots.rows] / own
    return rest / rest.sum(axis=1, keepdims=True)
