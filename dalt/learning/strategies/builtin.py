"""Which sample to ask next: pure functions on probabilities and embeddings.

The default (`candidate_order`) follows one idea from the first label to the last: ask
the sample that covers most of what is still uncertain.  A sample covers its
surroundings in embedding space; a surrounding counts by how uncertain the model is
there.  While the model knows nothing everything is uncertain, and the best cover is a
representative one; later the uncertain part shrinks to the borders between classes.

References
----------
Bae, Oliveira, Sutherland: Uncertainty Herding: One Active Learning Method for All
Label Budgets, 2024 (the cover, and the weighing by uncertainty).
Scheffer, Decomain, Wrobel: Active Hidden Markov Models for Information Extraction,
2001 (the margin).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from dalt.core.records import Floats, Positions
from dalt.core.rounding import told_apart
from dalt.learning.strategies.situation import Situation

MOST_REFERENCES = 3_000
MOST_CHOICES = 1_000
MOST_LABELLED = 5_000
GREEDY = 24
"""How many are chosen one by one; the others follow by what they add after those."""
# How far a sample covers, as 1 - cosine, and how many labels a class has on average when
# uncertainty begins to count: measured over three data sets, flat around these values.
COVER_WIDTH = 0.3
DOUBT_WIDTH = 0.1
COVER_LABELS_PER_CLASS = 2


def cover(situation: Situation, limit: int) -> Positions:
    """Ask samples that cover most of the uncertainty (`candidate_order`): the default."""
    return candidate_order(
        situation.probabilities,
        situation.embeddings,
        situation.open_positions,
        n_labels=len(situation.labelled),
        labelled=situation.labelled,
        limit=limit,
        seed=situation.seed,
        multi=situation.multi,
    )


def at_random(situation: Situation, limit: int) -> Positions:
    """Ask uniformly: the session draws what a strategy does not choose."""
    return np.zeros(0, np.int64)


def least_margin(situation: Situation, limit: int) -> Positions:
    """Ask where the two likeliest classes are closest (`margin`)."""
    return _highest(_doubt(situation, margin), situation, limit)


def most_entropy(situation: Situation, limit: int) -> Positions:
    """Ask where the probabilities are most spread (`entropy`)."""
    return _highest(_doubt(situation, entropy), situation, limit)


def _doubt(situation: Situation, measure: Callable[[Floats], Floats]) -> Floats:
    """The measure, or a substitute where it is undefined."""
    if situation.multi:
        return multi_label_doubt(situation.probabilities)
    if situation.probabilities.shape[1] < 2:  # one class: nothing is in doubt
        return np.zeros(len(situation.probabilities), np.float32)
    return measure(situation.probabilities)


def _highest(scores: Floats, situation: Situation, limit: int) -> Positions:
    """The open positions with the highest scores; the seed breaks ties."""
    rng = np.random.default_rng([situation.seed, len(situation.labelled)])
    shuffled = rng.permutation(situation.open_positions)
    n = min(limit, len(shuffled))
    if n == 0:
        return np.zeros(0, np.int64)
    found = scores[shuffled]
    best = np.argpartition(-found, n - 1)[:n]
    return shuffled[best[np.argsort(-found[best], kind="stable")]]


def margin(probabilities: Floats) -> Floats:
    """Score samples by how close their two likeliest classes are.

    Parameters
    ----------
    probabilities : ndarray of shape (n_samples, n_classes), float
        Class probabilities; each row sums to 1.

    Returns
    -------
    ndarray of shape (n_samples,), float in [0, 1]
        Higher is asked sooner.

    Raises
    ------
    ValueError
        If there are fewer than two classes.

    Examples
    --------
    >>> margin(np.array([[0.5, 0.5], [1.0, 0.0]]))
    array([1., 0.])
    """
    rows = _checked(probabilities)
    first = rows.argmax(axis=1)
    top = rows[np.arange(len(rows)), first]
    rest = rows.copy()  # maximum and masked maximum: ten times quicker than a partial sort
    rest[np.arange(len(rows)), first] = -np.inf
    return np.clip(1 - (top - rest.max(axis=1)), 0, 1)


def multi_label_doubt(probabilities: Floats) -> Floats:
    """Score samples of several classes each by the mean margin of yes and no.

    Parameters
    ----------
    probabilities : ndarray of shape (n_samples, n_classes), float
        Of each class by itself.

    Returns
    -------
    ndarray of shape (n_samples,), float in [0, 1]
        1 is every class as likely as not.  Higher is asked sooner.

    References
    ----------
    Li, Guo: Active Learning with Multi-Label SVM Classification, 2013 (mean margin).

    Examples
    --------
    >>> multi_label_doubt(np.array([[0.5, 0.5], [1.0, 0.5], [1.0, 0.0]]))
    array([1. , 0.5, 0. ])
    """
    return 1 - np.abs(2 * np.asarray(probabilities) - 1).mean(axis=1)


def entropy(probabilities: Floats) -> Floats:
    """Score samples by the entropy of their probabilities.

    Parameters
    ----------
    probabilities : ndarray of shape (n_samples, n_classes), float
        Class probabilities; each row sums to 1.

    Returns
    -------
    ndarray of shape (n_samples,), float in [0, 1]
        1 is all classes alike.  Higher is asked sooner.

    Raises
    ------
    ValueError
        If there are fewer than two classes.

    Examples
    --------
    >>> entropy(np.array([[0.5, 0.5], [1.0, 0.0]]))
    array([1., 0.])
    """
    rows = _checked(probabilities)
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(rows > 0, rows * np.log(rows), 0)
    return np.clip(np.abs(terms.sum(axis=1)) / np.log(rows.shape[1]), 0, 1)


def cold_start(embeddings: Floats, n: int, seed: int) -> Positions:
    """Choose samples that represent the pool before anything is known.

    Any prefix of the result is a good set by itself.

    Parameters
    ----------
    embeddings : ndarray of shape (n_samples, n_dims), float32
    n : int
        How many; fewer come back if the pool is smaller.
    seed : int
        Which part of a large pool is looked at.

    Returns
    -------
    ndarray of shape (min(n, n_samples),), int64
        Positions without repeats, most representative first.

    Raises
    ------
    ValueError
        If `n` is negative.

    Examples
    --------
    >>> sorted(cold_start(np.eye(3, dtype=np.float32), 5, seed=0).tolist())
    [0, 1, 2]
    """
    if n < 0:
        raise ValueError(f"n must not be negative, not {n}")
    everything = np.arange(len(embeddings), dtype=np.int64)
    return _cover(embeddings, everything, None, np.zeros(0, np.int64), n, seed)


def candidate_order(
    probabilities: Floats | None,
    embeddings: Floats,
    open_positions: Positions,
    n_labels: int,
    limit: int,
    seed: int,
    labelled: Positions | None = None,
    multi: bool = False,
) -> Positions:
    """Order the samples worth asking, best first.

    Parameters
    ----------
    probabilities : ndarray of shape (n_samples, n_classes), float, or None
        None before the first snapshot.
    embeddings : ndarray of shape (n_samples, n_dims), float32
    open_positions : ndarray of shape (n_open,), int64
        Samples that may be asked.
    n_labels : int
        Labels so far.
    limit : int
        Most positions to return.
    seed : int
        Which part of a large pool is looked at.
    labelled : ndarray of shape (n_labelled,), int64, optional
        Samples that have a label: what lies near them is covered already.  All that
        are not open if left out (labelled, skipped, or with an annotator now).
    multi : bool
        A sample can have several classes.

    Returns
    -------
    ndarray of shape (min(limit, n_open),), int64
        Positions, best first, without repeats.

    Examples
    --------
    >>> probabilities = np.array([[0.9, 0.1], [0.5, 0.5], [0.8, 0.2]])
    >>> candidate_order(probabilities, np.eye(3, dtype=np.float32), np.array([1, 2]), 1, 5, 0)
    array([1, 2])
    """
    positions = np.asarray(open_positions, np.int64)
    known = _others(positions, len(embeddings)) if labelled is None else np.asarray(labelled)
    if probabilities is None or (probabilities.shape[1] < 2 and not multi):
        return _cover(embeddings, positions, None, known, limit, seed)
    if n_labels < COVER_LABELS_PER_CLASS * probabilities.shape[1]:
        return _cover(embeddings, positions, None, known, limit, seed)
    doubt = multi_label_doubt(probabilities) if multi else margin(probabilities)
    return _cover(embeddings, positions, doubt, known, limit, seed)


def _others(positions: Positions, n: int) -> Positions:
    closed = np.ones(n, bool)
    closed[positions] = False
    return np.flatnonzero(closed)


def _cover(
    embeddings: Floats,
    open_positions: Positions,
    doubt: Floats | None,
    labelled: Positions,
    limit: int,
    seed: int,
) -> Positions:
    """Greedily cover the uncertainty of open samples that no labelled one covers yet."""
    limit = max(min(limit, len(open_positions)), 0)
    if limit == 0:
        return np.zeros(0, np.int64)
    rng = np.random.default_rng([seed, len(labelled)])
    surroundings = _some(open_positions, MOST_REFERENCES, rng)
    choices = _choices(open_positions, doubt, max(2 * limit, MOST_CHOICES), rng)
    width = COVER_WIDTH if doubt is None else DOUBT_WIDTH
    weight = np.ones(len(surroundings)) if doubt is None else doubt[surroundings]
    labelled = _some(labelled, MOST_LABELLED, rng)
    rows = np.asarray(embeddings[surroundings], np.float32)
    middle = rows.mean(axis=0)
    same = ~told_apart(rows.min(axis=0), rows.max(axis=0))
    points = _directions(rows, middle, same)
    covered = _covered(points, _directions(embeddings[labelled], middle, same), width)
    reach = _nearness(_directions(embeddings[choices], middle, same), points, width)
    # Without doubts this is asked once, and its whole order counts; with them a new
    # snapshot comes before more than a few are asked.
    n_greedy = limit if doubt is None and not len(labelled) else min(limit, GREEDY)
    return choices[_greedy(reach, covered, weight.astype(np.float32), n_greedy, limit)]


def _covered(points: Floats, labelled: Floats, width: float) -> Floats:
    """How near the nearest labelled sample is to each point."""
    covered = np.zeros(len(points), np.float32)
    for first in range(0, len(labelled), MOST_CHOICES):
        block = points @ labelled[first : first + MOST_CHOICES].T
        np.maximum(covered, np.exp((block.max(axis=1) - 1) / width), out=covered)
    return covered


def _some(positions: Positions, most: int, rng: np.random.Generator) -> Positions:
    if len(positions) <= most:
        return positions
    return np.sort(rng.choice(positions, most, replace=False))


def _choices(
    open_positions: Positions, doubt: Floats | None, most: int, rng: np.random.Generator
) -> Positions:
    """Candidates: all samples, or the most uncertain ones and some others."""
    if doubt is None or len(open_positions) <= most:
        return _some(open_positions, 2 * most, rng)
    half = most // 2
    doubtful = open_positions[np.argpartition(-doubt[open_positions], half)[:half]]
    return np.union1d(doubtful, _some(open_positions, most - half, rng))


def _directions(rows: Floats, middle: Floats, same: NDArray[np.bool_]) -> Floats:
    """Rows of length 1, as seen from the middle of the pool; columns that are the same count 0."""
    rows = np.asarray(rows, np.float32) - middle
    if same.any():
        rows[:, same] = 0
    lengths = np.sqrt(np.einsum("ij,ij->i", rows, rows))
    rows /= np.where(lengths > 0, lengths, 1)[:, None]
    return rows


def _nearness(rows: Floats, others: Floats, width: float) -> Floats:
    """1 at the same direction, falling with the distance."""
    near = rows @ others.T
    near -= 1
    near /= width
    return np.exp(near, out=near)


def _greedy(reach: Floats, covered: Floats, weight: Floats, n_greedy: int, limit: int) -> Positions:
    """Repeatedly take the choice that adds most; then the rest by what they add."""
    covered = covered.copy()
    taken: list[int] = []
    # A choice's gain only shrinks as others are taken: old values are upper bounds, and few
    # have to be computed again each time.
    gains = np.maximum(reach - covered, 0) @ weight
    for _ in range(n_greedy):
        fresh = np.zeros(len(gains), bool)
        best = int(gains.argmax())
        while not fresh[best]:
            gains[best] = np.maximum(reach[best] - covered, 0) @ weight
            fresh[best] = True
            best = int(gains.argmax())
        taken.append(best)
        np.maximum(covered, reach[best], out=covered)
        gains[best] = -np.inf
    rest = np.argsort(-gains, kind="stable")[: limit - len(taken)]
    return np.concatenate([np.array(taken, np.int64), rest.astype(np.int64)])


def _checked(probabilities: Floats) -> NDArray[np.floating]:
    rows = np.asarray(probabilities)
    if rows.ndim != 2 or rows.shape[1] < 2:
        raise ValueError(f"two or more classes are needed, not shape {rows.shape}")
    return rows
