"""The default head: labels spread over the neighbour graph, blended with a kernel machine."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from dalt.heads.graph import spread
from dalt.heads.kernel import CHUNK, KernelFit, fit_kernel, gaussian
from dalt.heads.predictors import soften, softmax
from dalt.model import Fitted, Interrupted, Pool, Snapshot, check_labels
from dalt.records import Floats, LabelSet

ALPHA = 0.98
RIDGE = 0.1
TINY = 1e-6


class BlendHead:
    """Few labels: the graph knows best.  Many labels: the kernel machine does.

    Parameters
    ----------
    half_way : float
        Labels per class at which both count the same.
    """

    name = "blend"

    def __init__(self, half_way: float = 20.0) -> None:
        self.half_way = half_way

    def fit(
        self,
        pool: Pool,
        labels: LabelSet,
        n_classes: int,
        *,
        seed: int,
        parent: Snapshot | None = None,
        interrupted: Callable[[], bool] = lambda: False,
    ) -> Fitted:
        """Learn from the labels; see `dalt.model.Head`."""
        check_labels(pool, labels, n_classes)

        def poll() -> None:
            if interrupted():
                raise Interrupted

        poll()
        mass, given = _spread_change(pool, labels, n_classes, parent, self.name, poll)
        rows = np.asarray(pool.embeddings[labels.positions], np.float32)
        kernel = fit_kernel(rows, labels.targets - 1 / n_classes, pool.landmarks.scale, RIDGE)
        share = len(rows) / (len(rows) + self.half_way * n_classes)
        sharpness = share * _sharpness(kernel, labels.targets)
        flows = (1 - share) * np.log(_normalised(mass, labels.targets))
        probabilities = np.empty((pool.n_samples, n_classes), np.float32)
        for first in range(0, pool.n_samples, CHUNK):
            poll()
            part = np.asarray(pool.embeddings[first : first + CHUNK], np.float32)
            scores = gaussian(part, kernel.centres, pool.landmarks.scale) @ kernel.coefficients
            blended = softmax(flows[first : first + CHUNK] + sharpness * scores)
            probabilities[first : first + CHUNK] = soften(blended)
        offset = flows.mean(axis=0)
        weights = {
            "blend.width": np.array(pool.n_dims),
            "blend.scale": np.array(pool.landmarks.scale),
            "blend.landmarks": pool.landmarks.rows,
            "blend.carried": pool.landmarks.carry(flows[pool.landmarks.positions] - offset),
            "blend.offset": offset,
            "blend.centres": kernel.centres,
            "blend.coefficients": kernel.coefficients,
            "blend.sharpness": np.array(sharpness, np.float32),
            "state.mass": mass,
            "state.positions": labels.positions,
            "state.targets": labels.targets,
        }
        return Fitted(weights, probabilities, {"share": share, "spread": given})


def _spread_change(
    pool: Pool,
    labels: LabelSet,
    n_classes: int,
    parent: Snapshot | None,
    name: str,
    poll: Callable[[], None],
) -> tuple[Floats, float]:
    """Spread what the parent has not spread yet: spreading is linear in the labels."""
    n = pool.n_samples
    change = {int(p): t.copy() for p, t in zip(labels.positions, labels.targets, strict=True)}
    mass = np.zeros((n, n_classes), np.float32)
    if parent is not None and _follows(parent, name, n, n_classes):
        mass = parent.weights["state.mass"].copy()
        former = parent.weights["state.positions"]
        for position, target in zip(former, parent.weights["state.targets"], strict=True):
            now = change.get(int(position))
            change[int(position)] = -target if now is None else now - target
    moved = [p for p, t in change.items() if np.any(t)]
    if len(moved) == 1:  # the usual case: one more label, one column
        source = np.zeros((n, 1), np.float32)
        source[moved] = 1
        mass += spread(pool.graph, source, ALPHA, poll=poll) * change[moved[0]]
    elif moved:
        sources = np.zeros((n, n_classes), np.float32)
        sources[moved] = np.array([change[p] for p in moved])
        mass += spread(pool.graph, sources, ALPHA, poll=poll)
    return mass, float(len(moved))


def _follows(parent: Snapshot, name: str, n: int, n_classes: int) -> bool:
    mass = parent.weights.get("state.mass")
    return parent.head == name and mass is not None and mass.shape == (n, n_classes)


def _normalised(mass: Floats, targets: Floats) -> Floats:
    """Shares of each class, with every labelled class given its weight in the pool."""
    counts = targets.sum(axis=0)
    totals = np.maximum(mass, 0).sum(axis=0)
    weight = np.sqrt(counts) / np.where(totals > 0, totals, 1)
    shares = np.maximum(mass, 0) * weight
    # Where no label reaches, all classes are alike; where one does, the others keep a trace.
    shares += TINY * weight[counts > 0].min() * totals.max() / len(mass) + 1e-30
    return shares / shares.sum(axis=1, keepdims=True)


def _sharpness(kernel: KernelFit, targets: Floats) -> float:
    """The factor on the kernel's scores under which labels left out are likeliest."""
    n_classes = targets.shape[1]
    best, chosen = -np.inf, 5.0
    for factor in np.geomspace(1, 50, 20):
        guess = softmax(factor * kernel.left_out)
        likelihood = float((targets * np.log(guess + 1e-3 / n_classes)).sum())
        if likelihood > best:
            best, chosen = likelihood, float(factor)
    return chosen
