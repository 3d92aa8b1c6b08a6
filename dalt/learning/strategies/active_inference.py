"""Random draws with known chances, for estimates: active statistical inference."""

from __future__ import annotations

import numpy as np

from dalt.core.records import Floats, Positions
from dalt.learning.strategies.situation import Situation


class ActiveInference:
    """Draw at random, and where the model is in doubt more often.

    The chance of a sample grows with the standard deviation of its class under the model, which
    makes the variance of estimated class shares smallest; it is mixed with a uniform draw, so
    every sample keeps a chance.  So every label counts for `Project.estimate`, whatever the model
    believes.

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
    [0.0, 0.71]
    """

    def __call__(self, situation: Situation, limit: int) -> Positions:
        """Return no positions: none is taken outright."""
        return np.zeros(0, np.int64)

    def scores(self, situation: Situation) -> Floats:
        """Return the standard deviation of each sample's class: shape (n_samples,), float32.

        The square root of the sum of the classes' variances p (1 - p).
        """
        found = np.asarray(situation.probabilities, np.float32)
        return np.sqrt((found * (1 - found)).sum(axis=1).clip(min=0)).astype(np.float32)


active_inference = ActiveInference()
