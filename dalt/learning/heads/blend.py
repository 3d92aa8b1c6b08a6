"""The default head: labels spread over the neighbour graph, blended with a kernel machine."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from dalt.core.records import LabelSet
from dalt.learning.heads.calibration import doubt_of, sharpening_of
from dalt.learning.heads.contract import Fitted, check_labels
from dalt.learning.heads.kernel import chunks, fit_kernel, gaussian
from dalt.learning.heads.pool import Pool, check_going_on
from dalt.learning.heads.predictors import FLOOR, soften, softmax
from dalt.learning.heads.snapshot import Snapshot
from dalt.learning.heads.spreading import (
    RIDGE,
    KernelEnd,
    Shares,
    most_centres,
    spread_labels,
    weigh,
)


class BlendHead:
    """Few labels: the graph knows best.  Many labels: the kernel machine does.

    Both give class probabilities; the head adds their log-probabilities with weights that
    depend on the number of labels, and sharpens the sum so that held-out labels
    (leave-one-out, which both ends give for free) are likeliest; `calibration` corrects that for
    what such labels cannot tell.
    A torch network with one hidden layer, alone or instead of the kernel machine, was at most
    0.5 points better, and not surely, at 50 to 500 labels of three data sets, and took at least
    six times as long to fit (``benchmarks/heads.py``).

    Parameters
    ----------
    half_way : float
        Labels per class at which both ends count the same.
    ridge : float
        Regularisation of the kernel machine.
    reach : float
        Scale of its kernel relative to the usual one: above 1 it looks less far.
    name : str
    calibrated : bool
        Whether to correct probabilities by `calibration`, which earlier versions did not.

    References
    ----------
    Zhou et al., Learning with Local and Global Consistency, 2003 (spreading).
    Zhu, Ghahramani, Lafferty, Semi-Supervised Learning Using Gaussian Fields and
    Harmonic Functions, 2003 (class mass).
    """

    def __init__(
        self,
        half_way: float = 40.0,
        ridge: float = RIDGE,
        reach: float = 1.0,
        name: str = "blend",
        calibrated: bool = True,
    ) -> None:
        self.name = name
        self.calibrated = calibrated
        self.half_way = half_way
        self.ridge = ridge
        self.reach = reach

    def as_formerly(self) -> BlendHead:
        """The head as earlier versions had it, for replays of what it has learned."""
        return BlendHead(self.half_way, self.ridge, self.reach, self.name, calibrated=False)

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
        poll = partial(check_going_on, interrupted)
        pool.prepare(interrupted)
        if labels.multi:
            from dalt.learning.heads.one_vs_rest import fit_each_class

            former = self._state_of(parent, pool, n_classes + 1)
            end = KernelEnd(self.half_way, self.ridge, pool.landmarks.scale * self.reach)
            return fit_each_class(pool, labels, end, former, poll)
        former = self._state_of(parent, pool, n_classes)
        flow = spread_labels(pool, labels, n_classes, former, poll)
        scale = pool.landmarks.scale * self.reach
        rows = np.asarray(pool.embeddings[labels.positions], np.float32)
        most = most_centres(pool)
        kernel = fit_kernel(rows, labels.targets - 1 / n_classes, scale, self.ridge, most)
        shares = Shares.of(flow.mass, labels.targets)
        weight = len(rows) / (len(rows) + self.half_way * n_classes)
        ends = weigh(flow, shares, kernel.left_out, labels, weight)
        of_spread = shares.log(flow.mass[pool.landmarks.positions])
        of_kernel = gaussian(pool.landmarks.rows, kernel.centres, scale) @ kernel.coefficients
        doubt = FLOOR
        if self.calibrated:
            ends = ends.sharper(sharpening_of(ends.spread * of_spread + ends.kernel * of_kernel))
            doubt = doubt_of(labels.targets)
        probabilities = np.empty((pool.n_samples, n_classes), np.float32)
        for part in chunks(pool.n_samples, len(kernel.centres)):
            poll()
            near = gaussian(np.asarray(pool.embeddings[part], np.float32), kernel.centres, scale)
            scores = ends.spread * shares.log(flow.mass[part])
            scores += ends.kernel * (near @ kernel.coefficients)
            probabilities[part] = soften(softmax(scores), doubt)
        at_landmarks = ends.spread * of_spread
        offset = at_landmarks.mean(axis=0)
        weights = {
            "blend.width": np.array(pool.n_dims),
            "blend.scale": np.array(pool.landmarks.scale),
            "blend.landmarks": pool.landmarks.rows,
            "blend.carried": pool.landmarks.carry(at_landmarks - offset),
            "blend.offset": offset,
            "blend.centres": kernel.centres,
            "blend.coefficients": kernel.coefficients,
            "blend.sharpness": np.array(ends.kernel, np.float32),
            "state.mass": flow.mass,
            "state.returns": flow.returns,
            "state.positions": labels.positions,
            "state.targets": labels.targets,
        }
        if self.calibrated:
            weights["blend.doubt"] = np.array(doubt)
        if self.reach != 1:  # snapshots of the usual settings keep their hashes
            weights["blend.reach"] = np.array(self.reach)
        metrics = {"share_kernel": weight, "sharpness": ends.sharpness, "left_out": ends.left_out}
        return Fitted(weights, probabilities, metrics, ends.predicted)

    def _state_of(self, parent: Snapshot | None, pool: Pool, n_columns: int) -> Snapshot | None:
        """The parent, if its spreading can be continued."""
        if parent is None or parent.head != self.name:
            return None
        mass = parent.weights.get("state.mass")
        fits = mass is not None and mass.shape == (pool.n_samples, n_columns)
        return parent if fits else None
