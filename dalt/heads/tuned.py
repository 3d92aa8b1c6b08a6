"""The head of a recipe, and two heads held against each other on the labels so far."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from dalt.heads.blend import BlendHead
from dalt.heads.leaving import folds
from dalt.heads.network import NetworkHead
from dalt.heads.predictors import log_softmax
from dalt.model import Head, Pool
from dalt.records import Comparison, Floats, LabelSet, Recipe

N_FOLDS = 5
REPEATS = 4
LARGEST = 10_000
"""Samples of the pool that take part where heads are compared; those with labels always do."""


def head_of(recipe: Recipe) -> Head:
    """Make the head of a recipe.

    Examples
    --------
    >>> head_of(Recipe("blend", values={"half_way": 20.0})).name
    'tuned:17088eb1'
    """
    if recipe.kind == "network":
        return NetworkHead(recipe)
    values = {name: float(value) for name, value in recipe.values.items()}
    return BlendHead(
        half_way=values.get("half_way", 40.0),
        ridge=values.get("ridge", 0.1),
        reach=values.get("reach", 1.0),
        name=recipe.name,
    )


def excerpt(pool: Pool, labels: LabelSet, seed: int) -> tuple[Pool, LabelSet]:
    """The labelled samples of a large pool among a share of the others, and their labels.

    So that many fits cost what they tell: a pool of up to `LARGEST` stays whole.
    """
    if pool.n_samples <= max(LARGEST, 2 * len(labels.positions)):
        return pool, labels
    drawn = np.random.default_rng(seed).choice(pool.n_samples, LARGEST, replace=False)
    kept = np.union1d(drawn, labels.positions)
    part = Pool(np.asarray(pool.embeddings[kept], np.float32))
    return part, replace(labels, positions=np.searchsorted(kept, labels.positions).astype(np.int64))


def right(probabilities: Floats, targets: Floats, multi: bool) -> NDArray[np.float64]:
    """How right each row is, in [0, 1]: the share of its answers that name its top class.

    Where a sample can have several classes: whether those likelier than not are the answer.
    """
    if multi:
        return np.all((probabilities > 0.5) == (targets > 0.5), axis=1).astype(float)
    return targets[np.arange(len(targets)), probabilities.argmax(axis=1)].astype(float)


class Trying:
    """Tries recipes on the labels so far, one part of a cross-validation at a time.

    Parameters
    ----------
    pool : Pool
    labels : LabelSet
    seed : int
        Of the parts; part 0 to 4 are one cross-validation, 5 to 9 the next.
    n_threads : int
        Of the linear algebra.
    interrupted : callable
    """

    def __init__(
        self,
        pool: Pool,
        labels: LabelSet,
        seed: int,
        n_threads: int = 1,
        interrupted: Callable[[], bool] = lambda: False,
    ) -> None:
        self.pool, self.labels = excerpt(pool, labels, seed)
        self.seed = seed
        self._n_threads = n_threads
        self._interrupted = interrupted

    def again(self, seed: int) -> Trying:
        """The same samples in other parts."""
        made = Trying(self.pool, self.labels, seed, self._n_threads, self._interrupted)
        made.pool, made.labels = self.pool, self.labels
        return made

    def packed(self) -> dict[str, Any]:
        """What another process needs to try recipes, as plain values (`try_part`)."""
        return {
            "embeddings": np.asarray(self.pool.embeddings, np.float32),
            "positions": self.labels.positions,
            "targets": self.labels.targets,
            "multi": self.labels.multi,
            "seed": self.seed,
        }

    def __call__(self, recipe: Recipe, part: int) -> tuple[float, float]:
        """Fit a recipe without one part of the labels.

        Returns
        -------
        score : float
            Share of the part that it had right.
        likelihood : float
            Mean logarithm of the probability that it gave to the right class.
        """
        found, targets = self.held_out(head_of(recipe), part)
        score = float(right(found, targets, self.labels.multi).mean())
        chance = np.where(targets > 0.5, found, 1 - found) if self.labels.multi else found
        logs = np.log(np.maximum(chance, 1e-6))
        each = logs.sum(axis=1) if self.labels.multi else (targets * logs).sum(axis=1)
        return score, float(each.mean())

    def held_out(self, head: Head, part: int) -> tuple[Floats, Floats]:
        """Probabilities and targets of one part, from a fit without it."""
        out = self._parts(part // N_FOLDS) == part % N_FOLDS
        labels = self.labels
        rest = replace(labels, positions=labels.positions[~out], targets=labels.targets[~out])
        with threadpool_limits(self._n_threads):
            fitted = head.fit(
                self.pool,
                rest,
                labels.targets.shape[1],
                seed=self.seed + part,
                interrupted=self._interrupted,
            )
        return fitted.probabilities[labels.positions[out]], labels.targets[out]

    def _parts(self, repeat: int) -> NDArray[np.int64]:
        return folds(self.labels, N_FOLDS, self.seed + 1_000 * repeat)


def try_part(packed: dict[str, Any], recipe: dict[str, Any], part: int) -> tuple[float, float]:
    """Try a recipe in a process that got `Trying.packed`; runs on a worker of a cluster.

    The pool's graph is kept beside the arrays, for the next part that comes here.
    """
    trying = packed.get("trying")
    if trying is None:
        labels = LabelSet(packed["positions"], packed["targets"], 0, packed["multi"])
        trying = packed["trying"] = Trying(Pool(packed["embeddings"]), labels, packed["seed"])
    return trying(Recipe.from_json(recipe), part)


def calibrated(trying: Trying, recipe: Recipe) -> Recipe:
    """A network's recipe with the sharpness under which labels it has not seen are likeliest.

    Other recipes know that by themselves.
    """
    if recipe.kind != "network" or trying.labels.multi:
        return recipe
    plain = Recipe(recipe.kind, recipe.layers, {**recipe.values, "sharpness": 1.0})
    parts = [trying.held_out(head_of(plain), part) for part in range(N_FOLDS)]
    logs = np.log(np.vstack([found for found, _ in parts]))
    targets = np.vstack([wanted for _, wanted in parts])
    factors = np.geomspace(0.2, 2.0, 24)
    likelihoods = [(targets * log_softmax(factor * logs)).sum() for factor in factors]
    best = round(float(factors[int(np.argmax(likelihoods))]), 3)
    return Recipe(recipe.kind, recipe.layers, {**recipe.values, "sharpness": best})


def compare(
    trying: Trying, current: Head, tuned: Head, repeats: int = REPEATS
) -> Iterator[Comparison | None]:
    """Hold a head against the current one on the same parts, by repeated cross-validation.

    The fits of one cross-validation share labels, so their differences vary less than those
    of fits to fresh labels would: the variance is corrected for that.

    Parameters
    ----------
    trying : Trying
    current, tuned : Head
    repeats : int
        Cross-validations of five parts.

    Yields
    ------
    Comparison or None
        None after each part; in the end the comparison, once.

    References
    ----------
    Nadeau, Bengio: Inference for the Generalization Error, 2003 (the corrected variance).
    """
    scores: list[tuple[float, float]] = []
    for part in range(repeats * N_FOLDS):
        both = []
        for head in (current, tuned):
            found, targets = trying.held_out(head, part)
            both.append(float(right(found, targets, trying.labels.multi).mean()))
        scores.append((both[0], both[1]))
        yield None
    yield compared(scores, repeats, len(trying.labels.positions))


def compared(scores: list[tuple[float, float]], repeats: int, n_labels: int) -> Comparison:
    """The comparison from the scores of both heads on each part.

    Examples
    --------
    >>> found = compared([(0.8, 0.9), (0.8, 0.9), (0.7, 0.8), (0.8, 0.85), (0.8, 0.9)], 1, 100)
    >>> round(found.difference, 2), found.better
    (0.09, True)
    """
    from scipy.stats import t

    table = np.array(scores)
    differences = table[:, 1] - table[:, 0]
    mean, n = float(differences.mean()), len(differences)
    variance = float(differences.var(ddof=1)) * (1 / n + 1 / (N_FOLDS - 1))
    half = float(t.ppf(0.95, n - 1)) * variance**0.5
    current, tuned = table.mean(axis=0)
    return Comparison(
        float(current), float(tuned), mean, mean - half, mean + half, repeats, n_labels
    )
