"""Random draws with known chances, for estimates: active statistical inference."""

from __future__ import annotations

import numpy as np

from dalt.core.records import Floats, Positions
from dalt.learning.strategies.builtin import GREEDY, cover
from dalt.learning.strategies.situation import Situation

TEACHING = 1.5
"""How much the samples that teach most are wanted, together, relative to all deviations: measured
so that suggestions stay close to those of the default strategy, and intervals narrow."""


class ActiveInference:
    """Draw at random, more often where the model is in doubt and where a label teaches most.

    Two fifths of the scores follow the standard deviation of a sample's class under the model,
    which makes the variance of estimated class shares small; the others go to the samples that
    the default strategy would ask next, which keeps suggestions good.  The session mixes them
    with a uniform draw, so every sample keeps a chance.  So every label counts for
    `Project.estimate`, whatever the model believes.

    References
    ----------
    Zrnic, Candès: Active Statistical Inference, 2024.

    Examples
    --------
    >>> by_doubt = ActiveInference()
    >>> sure, unsure = [1.0, 0.0], [0.5, 0.5]
    >>> situation = Situation(
    ...     np.array([sure, unsure]), np.eye(2), np.arange(2), np.arange(0), np.eye(2)[:0], 0
    ... )
    >>> by_doubt.scores(situation).round(2).tolist()
    [0.75, 1.75]
    """

    def __call__(self, situation: Situation, limit: int) -> Positions:
        """Return no positions: none is taken outright."""
        return np.zeros(0, np.int64)

    def scores(self, situation: Situation) -> Floats:
        """Return how much each sample is wanted: shape (n_samples,), float32.

        Over the open samples deviations sum to 1, and what teaches most to `TEACHING`.
        """
        found = deviations(situation.probabilities)
        among = situation.open_positions
        total = float(found[among].sum())
        scores = found / total if total > 0 else np.zeros_like(found)
        best = cover(situation, GREEDY)
        if len(best):
            scores[best] += TEACHING / len(best)
        return scores.astype(np.float32)


def deviations(probabilities: Floats) -> Floats:
    """The standard deviation of each sample's class: shape (n_samples,), float32.

    The square root of the sum of the classes' variances p (1 - p).

    Examples
    --------
    >>> [round(each, 2) for each in deviations(np.array([[1.0, 0.0], [0.5, 0.5]])).tolist()]
    [0.0, 0.71]
    """
    found = np.asarray(probabilities, np.float32)
    return np.sqrt((found * (1 - found)).sum(axis=1).clip(min=0)).astype(np.float32)


active_inference = ActiveInference()
