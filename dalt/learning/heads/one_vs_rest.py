"""The default head for several classes per sample: each class against the rest.

Every class is a yes-or-no question.  Spreading and the kernel machine are linear in the labels,
so one graph, one kernel and one inverse serve all classes: the head spreads the mass of each
class's yes and that of all labels; the difference is no.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from dalt.core.records import Floats, LabelSet
from dalt.learning.heads.contract import Fitted
from dalt.learning.heads.kernel import chunks, fit_kernel, gaussian
from dalt.learning.heads.pool import Pool
from dalt.learning.heads.predictors import sigmoid, toward_even
from dalt.learning.heads.snapshot import Snapshot
from dalt.learning.heads.spreading import (
    Ends,
    Flow,
    KernelEnd,
    Poll,
    Shares,
    most_centres,
    spread_labels,
    weigh,
)


def fit_each_class(
    pool: Pool, labels: LabelSet, end: KernelEnd, parent: Snapshot | None, poll: Poll
) -> Fitted:
    """Learn every class by itself.

    Parameters
    ----------
    pool : Pool
    labels : LabelSet
        With `multi`.
    end : KernelEnd
        Its `half_way` counts labels for each of the two answers.
    parent : Snapshot or None
        The fit continues its spreading.
    poll : callable
        May raise to stop.
    """
    n_labels, n_classes = labels.targets.shape
    everyone = np.ones((n_labels, 1), np.float32)
    spread = replace(labels, targets=np.hstack([labels.targets, everyone]))
    flow = spread_labels(pool, spread, n_classes + 1, parent, poll)
    scale = end.scale
    rows = np.asarray(pool.embeddings[labels.positions], np.float32)
    kernel = fit_kernel(rows, labels.targets - 0.5, scale, end.ridge, most_centres(pool))
    weight = n_labels / (n_labels + 2 * end.half_way)
    fits = []
    for index in range(n_classes):
        poll()
        yes = labels.targets[:, index : index + 1]
        targets = np.hstack([yes, 1 - yes])
        own = Flow(_both(flow.mass, index), flow.returns)
        shares = Shares.of(own.mass, targets)
        left_out = kernel.left_out[:, index : index + 1]
        scores = np.hstack([left_out, -left_out])
        ends = weigh(own, shares, scores, replace(labels, targets=targets), weight)
        fits.append((shares, ends))
    # The rule of succession: after n equal answers the next may still differ.
    doubt = 1 / (n_labels + 2)
    factors = np.array([2 * ends.kernel for _, ends in fits], np.float32)
    probabilities = np.empty((pool.n_samples, n_classes), np.float32)
    for part in chunks(pool.n_samples, len(kernel.centres)):
        poll()
        near = gaussian(np.asarray(pool.embeddings[part], np.float32), kernel.centres, scale)
        odds = _spread_odds(flow.mass[part], fits) + factors * (near @ kernel.coefficients)
        probabilities[part] = toward_even(sigmoid(odds), doubt)
    at_landmarks = _spread_odds(flow.mass[pool.landmarks.positions], fits)
    offset = at_landmarks.mean(axis=0)
    weights = {
        "rest.width": np.array(pool.n_dims),
        "rest.scale": np.array(pool.landmarks.scale),
        "rest.landmarks": pool.landmarks.rows,
        "rest.carried": pool.landmarks.carry(at_landmarks - offset),
        "rest.offset": offset,
        "rest.centres": kernel.centres,
        "rest.coefficients": kernel.coefficients * factors,
        "rest.doubt": np.array(doubt, np.float32),
        "state.mass": flow.mass,
        "state.returns": flow.returns,
        "state.positions": labels.positions,
        "state.targets": spread.targets,
    }
    if scale != pool.landmarks.scale:
        weights["rest.reach"] = np.array(scale / pool.landmarks.scale)
    found = [ends for _, ends in fits]
    metrics = {
        "share_kernel": weight,
        "sharpness": float(np.mean([ends.sharpness for ends in found])),
        "left_out": float(np.mean([ends.left_out for ends in found])),
    }
    return Fitted(weights, probabilities, metrics)


def _both(mass: Floats, index: int) -> Floats:
    """Mass of yes and of no for one class."""
    yes = mass[:, index]
    return np.stack([yes, mass[:, -1] - yes], axis=1)


def _spread_odds(mass: Floats, fits: list[tuple[Shares, Ends]]) -> Floats:
    """Log-odds of every class from the graph, shape (n, n_classes)."""
    odds = np.empty((len(mass), len(fits)), np.float32)
    for index, (shares, ends) in enumerate(fits):
        both = shares.log(_both(mass, index))
        odds[:, index] = ends.spread * (both[:, 0] - both[:, 1])
    return odds
