"""Label spreading over the neighbour graph, and its weight against a kernel machine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from dalt.core.records import Floats, LabelSet, Positions
from dalt.learning.heads.graph import Graph, spread
from dalt.learning.heads.pool import Pool
from dalt.learning.heads.predictors import log_softmax, soften, softmax
from dalt.learning.heads.snapshot import Snapshot

ALPHA = 0.97
RIDGE = 0.1
TINY = 1e-6
MOST_COLUMNS = 32
MOST_LEFT_OUT = 128
LEAST_LEFT_OUT = 16
TOGETHER_UP_TO = 20_000  # larger pools: one column fits the processor's cache, several do not
USUAL_SHARPNESS = 1.3
Poll = Callable[[], None]


@dataclass(frozen=True)
class KernelEnd:
    """Settings of the kernel machine: see `BlendHead`; `scale` is that of its kernel."""

    half_way: float
    ridge: float
    scale: float


@dataclass(frozen=True)
class Flow:
    """How much of each class's labels arrives at each sample.

    Attributes
    ----------
    mass : ndarray of shape (n_samples, n_classes), float32
    returns : ndarray of shape (n_labels,), float32
        How much of each label comes back to itself; NaN if not computed.
    """

    mass: Floats
    returns: Floats


def spread_labels(
    pool: Pool, labels: LabelSet, n_classes: int, parent: Snapshot | None, poll: Poll
) -> Flow:
    """Spread what the parent has not spread yet: spreading is linear in the labels."""
    change = _changes(labels, n_classes, parent)
    mass = np.zeros((pool.n_samples, n_classes), np.float32)
    if parent is not None:
        mass = parent.weights["state.mass"].copy()
    moved = np.flatnonzero(np.any(change.targets, axis=1))
    if len(moved) > MOST_COLUMNS:  # for many changes one column per class is less work
        _spread_classes(pool.graph, change, mass, poll)
        moved = _some_unknown(change, pool.n_samples)
        change = replace(change, targets=np.zeros_like(change.targets))
    for rows in _blocks(moved, pool.n_samples):
        positions = change.positions[rows]
        ways = _columns(pool.graph, positions, poll)
        change.returns[rows] = ways[positions, np.arange(len(rows))]
        mass += ways @ change.targets[rows]
    return Flow(mass, change.returns[np.searchsorted(change.positions, labels.positions)])


def _spread_classes(graph: Graph, change: _Changes, mass: Floats, poll: Poll) -> None:
    """Add the effect of the changes to the mass, class by class."""
    for classes in _blocks(np.arange(mass.shape[1]), graph.n_samples):
        sources = np.zeros((graph.n_samples, len(classes)), np.float32)
        sources[change.positions] = change.targets[:, classes]
        mass[:, classes] += spread(graph, sources, ALPHA, poll=poll)


def _some_unknown(change: _Changes, n_samples: int) -> Positions:
    """Rows of evenly chosen labels with unknown return; each costs a column."""
    most = int(np.clip(MOST_LEFT_OUT * 100_000 // n_samples, LEAST_LEFT_OUT, MOST_LEFT_OUT))
    some = np.unique(np.linspace(0, len(change.positions) - 1, most).astype(int))
    return some[np.isnan(change.returns[some])]


def _blocks(rows: Positions, n_samples: int) -> Iterator[Positions]:
    """Parts of the rows that are best spread at once."""
    step = MOST_COLUMNS if n_samples <= TOGETHER_UP_TO else 1
    return (rows[first : first + step] for first in range(0, len(rows), step))


@dataclass(frozen=True)
class _Changes:
    """Changes of the labels since the parent's spreading.

    Attributes
    ----------
    positions : ndarray of shape (n,), int64
        Of all labels, former and present, ascending.
    targets : ndarray of shape (n, n_classes), float32
        The difference to the former targets.
    returns : ndarray of shape (n,), float32
        Known returns, else NaN.
    """

    positions: Positions
    targets: Floats
    returns: Floats


def _changes(labels: LabelSet, n_classes: int, parent: Snapshot | None) -> _Changes:
    former = np.zeros(0, np.int64) if parent is None else parent.weights["state.positions"]
    positions = np.union1d(former, labels.positions).astype(np.int64)
    targets = np.zeros((len(positions), n_classes), np.float32)
    returns = np.full(len(positions), np.nan, np.float32)
    if parent is not None:
        rows = np.searchsorted(positions, former)
        targets[rows] -= parent.weights["state.targets"]
        returns[rows] = parent.weights["state.returns"]
    targets[np.searchsorted(positions, labels.positions)] += labels.targets
    return _Changes(positions, targets, returns)


def _columns(graph: Graph, positions: Positions, poll: Poll) -> Floats:
    """The effect of a label at each of the positions on every sample."""
    sources = np.zeros((graph.n_samples, len(positions)), np.float32)
    sources[positions, np.arange(len(positions))] = 1
    return spread(graph, sources, ALPHA, poll=poll)


@dataclass(frozen=True)
class Shares:
    """Turns mass into log-shares of the classes, weighted by class frequency in the pool."""

    weight: Floats
    trace: float

    @classmethod
    def of(cls, mass: Floats, targets: Floats) -> Shares:
        """Weights of the classes from the labels and from their spread."""
        counts = targets.sum(axis=0)
        totals = np.array([np.maximum(column, 0).sum() for column in mass.T], np.float32)
        # The square root is a compromise between the labels' shares of the classes, which a
        # strategy skews, and equal frequencies.
        weight = np.sqrt(counts) / np.where(totals > 0, totals, 1)
        # Where no label reaches, all classes are equal; where one does, the others keep a trace.
        trace = TINY * weight[counts > 0].min() * totals.max() / len(mass) + 1e-30
        return cls(weight.astype(np.float32), float(trace))

    def log(self, mass: Floats) -> Floats:
        """Log-shares of each row of mass."""
        shares = np.maximum(mass, 0) * self.weight + np.float32(self.trace)
        return np.log(shares / shares.sum(axis=1, keepdims=True))


@dataclass(frozen=True)
class Ends:
    """Factors for the log-shares of the spread and for the scores of the kernel machine.

    Attributes
    ----------
    spread, kernel : float
    sharpness : float
    left_out : float
        Mean log-likelihood of held-out labels.
    predicted : ndarray of shape (n_labels, n_classes), float32
        Probabilities of the held-out labels' samples; NaN where they are not known.
    """

    spread: float
    kernel: float
    sharpness: float
    left_out: float
    predicted: Floats

    def sharper(self, factor: float) -> Ends:
        """The same, all scores multiplied."""
        return replace(
            self,
            spread=self.spread * factor,
            kernel=self.kernel * factor,
            sharpness=self.sharpness * factor,
        )


def weigh(
    flow: Flow, shares: Shares, kernel_left_out: Floats, labels: LabelSet, weight: float
) -> Ends:
    """Find the factors under which held-out labels are likeliest."""
    known = np.isfinite(flow.returns)
    targets = labels.targets
    alone = weight * likeliest(kernel_left_out, targets, np.geomspace(1, 50, 20), usual=5.0)[0]
    mass = flow.mass[labels.positions] - flow.returns[:, None] * targets
    scores = (1 - weight) * shares.log(mass[known]) + alone * kernel_left_out[known]
    sharpness, left_out = likeliest(
        scores, targets[known], np.geomspace(0.5, 5, 16), usual=USUAL_SHARPNESS
    )
    predicted = np.full(targets.shape, np.nan, np.float32)
    predicted[known] = soften(softmax((sharpness * scores).astype(np.float32)))
    return Ends((1 - weight) * sharpness, alone * sharpness, sharpness, left_out, predicted)


def likeliest(
    scores: Floats, targets: Floats, factors: np.ndarray, usual: float
) -> tuple[float, float]:
    """Find the factor under which the targets are likeliest; a few labels hardly move it.

    Returns
    -------
    factor : float
    likelihood : float
        Mean log-likelihood of a label under it.
    """
    found = []
    for factor in factors:
        likelihoods = (targets * log_softmax(factor * scores)).sum(axis=1)
        doubt = 0.5 * (np.log(factor / usual) / 0.3) ** 2
        found.append((float(likelihoods.sum() - doubt), float(likelihoods.mean()), float(factor)))
    _, likelihood, factor = max(found)
    return factor, likelihood


def most_centres(pool: Pool) -> int:
    """Centres of the kernel machine: fewer in a large pool, so scoring stays quick."""
    return int(np.clip(100_000_000 // pool.n_samples, 256, 1_500))
