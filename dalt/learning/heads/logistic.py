"""Logistic regression on the embeddings, as in other tools, for comparisons."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from dalt.core.records import Floats, LabelSet
from dalt.learning.heads.contract import Fitted, check_labels
from dalt.learning.heads.pool import Pool, check_going_on
from dalt.learning.heads.predictors import predict
from dalt.learning.heads.snapshot import Snapshot


class LogisticHead:
    """Scikit-learn's logistic regression with its own defaults.

    Parameters
    ----------
    max_iter : int
    """

    name = "logistic"

    def __init__(self, max_iter: int = 1_000) -> None:
        self.max_iter = max_iter

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
        check_going_on(interrupted)
        rows = np.asarray(pool.embeddings[labels.positions], np.float32)
        regress = self._regress_each if labels.multi else self._regress
        coefficients, intercept = regress(rows, labels.targets, seed)
        kind = "odds" if labels.multi else "linear"
        weights = {
            f"{kind}.coefficients": coefficients,
            f"{kind}.intercept": intercept,
            f"{kind}.width": np.array(pool.n_dims),
        }
        check_going_on(interrupted)
        return Fitted(weights, predict(weights, pool.embeddings, n_classes))

    def _regress_each(self, rows: Floats, targets: Floats, seed: int) -> tuple[Floats, Floats]:
        """The same for each class against the rest: log-odds of each."""
        coefficients = np.empty((rows.shape[1], targets.shape[1]), np.float32)
        intercept = np.empty(targets.shape[1], np.float32)
        for index, yes in enumerate(targets.T):
            both = self._regress(rows, np.stack([1 - yes, yes], axis=1), seed)
            coefficients[:, index] = both[0][:, 1] - both[0][:, 0]
            intercept[index] = both[1][1] - both[1][0]
        return coefficients, intercept

    def _regress(self, rows: Floats, targets: Floats, seed: int) -> tuple[Floats, Floats]:
        """Coefficients (n_dims, n_classes) and intercepts, in float32."""
        from sklearn.linear_model import LogisticRegression

        # If annotators disagree, the row counts once for each class, by its share.
        where, classes = np.nonzero(targets)
        shares = targets[where, classes]
        coefficients = np.zeros((rows.shape[1], targets.shape[1]), np.float32)
        intercept = np.full(targets.shape[1], -10.0, np.float32)
        known = np.unique(classes)
        if len(known) == 1:
            intercept[known] = 0
            return coefficients, intercept
        model = LogisticRegression(max_iter=self.max_iter, random_state=seed)
        model.fit(rows[where], classes, sample_weight=shares)
        if len(known) == 2:  # one row of coefficients: the log-odds of the second class
            coefficients[:, known[1]] = model.coef_[0]
            intercept[known] = 0, model.intercept_[0]
        else:
            coefficients[:, known] = model.coef_.T
            intercept[known] = model.intercept_
        return coefficients, intercept
