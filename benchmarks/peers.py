"""What other notebook tools do, so that a benchmark can run it beside DALT.

Each takes features, truth, budgets and a seed, and returns the share of right predictions
on the samples without a label at each budget.  Tools that retrain by a button or in
batches ask ten samples at a time, here as there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dalt.core.records import Positions

BATCH = 10
Curve = list[float]


def regression(seed: int) -> Any:
    """Scikit-learn's logistic regression, which all of these learn with."""
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(max_iter=1_000, random_state=seed)


def uniform_draws(features: Any, truth: NDArray[Any], budgets: Sequence[int], seed: int) -> Curve:
    """Logistic regression on raw features, samples drawn uniformly."""
    order = np.random.default_rng(seed).permutation(len(truth))
    curve = []
    for budget in budgets:
        drawn, rest = order[:budget], order[budget:]
        model = regression(seed).fit(features[drawn], truth[drawn])
        curve.append(float(model.score(features[rest], truth[rest])))
    return curve


def entropy_sampling(
    features: Any, truth: NDArray[Any], budgets: Sequence[int], seed: int
) -> Curve:
    """Logistic regression on raw features, the highest entropy first: superintendent's way."""
    from dalt.learning.strategies.builtin import entropy

    order = np.random.default_rng(seed).permutation(len(truth))
    labelled = list(order[:BATCH])
    curve: Curve = []
    while len(curve) < len(budgets):
        rest = np.setdiff1d(order, labelled)
        if len(set(truth[labelled])) < 2:
            labelled += list(rest[:BATCH])
            continue
        model = regression(seed).fit(features[labelled], truth[labelled])
        if len(labelled) == budgets[len(curve)]:
            curve.append(float(model.score(features[rest], truth[rest])))
            if len(curve) == len(budgets):
                break
        scores = entropy(model.predict_proba(features[rest]))
        n_asked = min(BATCH, budgets[len(curve)] - len(labelled))
        labelled += list(rest[np.argsort(-scores, kind="stable")[:n_asked]])
    return curve


def modal_margin(
    embeddings: NDArray[Any], truth: NDArray[Any], budgets: Sequence[int], seed: int
) -> Curve:
    """ModAL's margin sampling on our embeddings, one sample at a time.

    Its strategy is called as it is; its ActiveLearner (0.4.2.1) cannot teach with a
    scikit-learn of today, so the regression is fitted here.
    """
    from modAL.uncertainty import margin_sampling

    order = np.random.default_rng(seed).permutation(len(truth))
    labelled = list(_first_of_two_classes(order, truth))
    rest = np.setdiff1d(order, labelled)
    curve: Curve = []
    while len(curve) < len(budgets):
        model = regression(seed).fit(embeddings[labelled], truth[labelled])
        if len(labelled) == budgets[len(curve)]:
            curve.append(float(model.score(embeddings[rest], truth[rest])))
        chosen = int(np.ravel(margin_sampling(model, embeddings[rest])[0])[0])
        labelled.append(rest[chosen])
        rest = np.delete(rest, chosen)
    return curve


def typiclust(
    embeddings: NDArray[Any], truth: NDArray[Any], budgets: Sequence[int], seed: int
) -> Curve:
    """scikit-activeml's TypiClust on our embeddings, with logistic regression."""
    from skactiveml.pool import TypiClust
    from sklearn.cluster import MiniBatchKMeans

    strategy = TypiClust(
        random_state=seed, cluster_algo=MiniBatchKMeans, cluster_algo_dict={"n_init": 1}
    )
    answers = np.full(len(truth), np.nan)
    codes = np.unique(truth, return_inverse=True)[1]
    curve: Curve = []
    while len(curve) < len(budgets):
        n_labels = int(np.isfinite(answers).sum())
        if n_labels == budgets[len(curve)]:
            known = np.isfinite(answers)
            model = regression(seed).fit(embeddings[known], codes[known])
            curve.append(float(model.score(embeddings[~known], codes[~known])))
            continue
        n_asked = min(BATCH, budgets[len(curve)] - n_labels)
        chosen = strategy.query(X=embeddings, y=answers, batch_size=n_asked)
        answers[chosen] = codes[chosen]
    return curve


def _first_of_two_classes(order: Positions, truth: NDArray[Any]) -> Positions:
    """The first samples drawn, up to one of a second class: less teaches no classifier."""
    second = int(np.flatnonzero(truth[order] != truth[order[0]])[0])
    return order[: second + 1]
