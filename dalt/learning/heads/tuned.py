"""The head of a recipe, and comparing two heads on the labels so far."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from dalt.core.records import Comparison, Floats, LabelSet, Recipe
from dalt.learning.heads.blend import BlendHead
from dalt.learning.heads.contract import Head
from dalt.learning.heads.cross_validation import folds
from dalt.learning.heads.network import NetworkHead
from dalt.learning.heads.pool import Pool
from dalt.learning.heads.predictors import log_softmax

N_FOLDS = 5
REPEATS = 4
JUDGING = 104_729
"""Added to the seed when labels are kept from a search."""
LARGEST = 10_000
"""Samples of the pool that take part in comparisons; labelled ones always do."""


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


def excerpt(
    pool: Pool, labels: LabelSet, seed: int, largest: int = LARGEST
) -> tuple[Pool, LabelSet]:
    """Return the labelled samples of a large pool with a share of the others, and their labels.

    This limits the cost of many fits; a pool of up to `largest` stays complete.
    """
    if pool.n_samples <= max(largest, 2 * len(labels.positions)):
        return pool, labels
    drawn = np.random.default_rng(seed).choice(pool.n_samples, largest, replace=False)
    kept = np.union1d(drawn, labels.positions)
    part = Pool(np.asarray(pool.embeddings[kept], np.float32))
    return part, replace(labels, positions=np.searchsorted(kept, labels.positions).astype(np.int64))


def right(probabilities: Floats, targets: Floats, multi: bool) -> NDArray[np.float64]:
    """Score each row in [0, 1]: the share of its answers that name its top class.

    With several classes per sample: whether those likelier than not are the answer.
    """
    if multi:
        return np.all((probabilities > 0.5) == (targets > 0.5), axis=1).astype(float)
    return targets[np.arange(len(targets)), probabilities.argmax(axis=1)].astype(float)


def likelihoods(probabilities: Floats, targets: Floats, multi: bool) -> NDArray[np.float64]:
    """Logarithm of the probability of each row's answer."""
    chance = np.where(targets > 0.5, probabilities, 1 - probabilities) if multi else probabilities
    logs = np.log(np.maximum(chance, 1e-6))
    return np.asarray(logs.sum(axis=1) if multi else (targets * logs).sum(axis=1), np.float64)


class Trying:
    """Tries recipes on the labels so far, one part of a cross-validation at a time.

    Parameters
    ----------
    pool : Pool
    labels : LabelSet
    seed : int
        Seed of the parts; parts 0 to 4 are one cross-validation, 5 to 9 the next.
    judges : ndarray of shape (n_labels,), bool, optional
        Labels that make up the parts; the others are always learned from.  By default all.
    n_threads : int
        Threads of the linear algebra.
    largest : int
        Of a larger pool an excerpt of this many samples takes part.
    """

    def __init__(
        self,
        pool: Pool,
        labels: LabelSet,
        seed: int,
        judges: NDArray[np.bool_] | None = None,
        n_threads: int = 1,
        largest: int = LARGEST,
    ) -> None:
        self.pool, self.labels = excerpt(pool, labels, seed, largest)
        self.seed = seed
        self._judges = np.ones(len(labels.positions), bool) if judges is None else judges
        self._n_threads = n_threads

    def packed(self) -> dict[str, Any]:
        """Everything another process needs to try recipes, as plain values (`try_part`)."""
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
            Share of the part that it predicted correctly.
        likelihood : float
            Mean logarithm of the right class's probability.
        """
        found, out = self.held_out(head_of(recipe), part)
        targets = self.labels.targets[out]
        score = float(right(found, targets, self.labels.multi).mean())
        return score, float(likelihoods(found, targets, self.labels.multi).mean())

    def held_out(self, head: Head, part: int) -> tuple[Floats, NDArray[np.int64]]:
        """Probabilities of one part from a fit without it, and the labels in it."""
        out = self._part(part)
        labels = self.labels
        rest = replace(
            labels,
            positions=np.delete(labels.positions, out),
            targets=np.delete(labels.targets, out, axis=0),
        )
        with threadpool_limits(self._n_threads):
            fitted = head.fit(self.pool, rest, labels.targets.shape[1], seed=self.seed + part)
        return fitted.probabilities[labels.positions[out]], out

    def rights(self, head: Head, part: int) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """A head's scores on each label of a part, and the labels."""
        found, out = self.held_out(head, part)
        return right(found, self.labels.targets[out], self.labels.multi), out

    def _part(self, part: int) -> NDArray[np.int64]:
        judges = np.flatnonzero(self._judges)
        some = replace(
            self.labels,
            positions=self.labels.positions[judges],
            targets=self.labels.targets[judges],
        )
        parts = folds(some, N_FOLDS, self.seed + 1_000 * (part // N_FOLDS))
        return judges[parts == part % N_FOLDS]


def judging(labels: LabelSet, seed: int) -> NDArray[np.bool_]:
    """Choose the labels that judge a search and are kept from it: three of ten, of every class.

    On the labels that it was chosen on, the best of many settings always looks better than it is.
    """
    return folds(labels, 10, seed + JUDGING) < 3


def searched(labels: LabelSet, judges: NDArray[np.bool_]) -> LabelSet:
    """The labels that a search may see."""
    return replace(labels, positions=labels.positions[~judges], targets=labels.targets[~judges])


def try_part(packed: dict[str, Any], recipe: dict[str, Any], part: int) -> tuple[float, float]:
    """Try a recipe in a process that got `Trying.packed`; runs on a worker of a cluster.

    The pool's graph is kept beside the arrays for the next part.
    """
    trying = packed.get("trying")
    if trying is None:
        labels = LabelSet(packed["positions"], packed["targets"], 0, packed["multi"])
        trying = packed["trying"] = Trying(Pool(packed["embeddings"]), labels, packed["seed"])
    return trying(Recipe.from_json(recipe), part)


def calibrated(trying: Trying, recipe: Recipe) -> Recipe:
    """Return a network's recipe with the sharpness under which held-out labels are likeliest.

    Other recipes choose it by themselves.
    """
    if recipe.kind != "network" or trying.labels.multi:
        return recipe
    plain = Recipe(recipe.kind, recipe.layers, {**recipe.values, "sharpness": 1.0})
    parts = [trying.held_out(head_of(plain), part) for part in range(N_FOLDS)]
    logs = np.log(np.vstack([found for found, _ in parts]))
    targets = np.vstack([trying.labels.targets[out] for _, out in parts])
    factors = np.geomspace(0.2, 2.0, 24)
    likelihoods = [(targets * log_softmax(factor * logs)).sum() for factor in factors]
    best = round(float(factors[int(np.argmax(likelihoods))]), 3)
    return Recipe(recipe.kind, recipe.layers, {**recipe.values, "sharpness": best})


def compare(
    trying: Trying, current: Head, tuned: Head, repeats: int = REPEATS
) -> Iterator[Comparison | None]:
    """Compare a head with the current one on the same parts, by repeated cross-validation.

    Parameters
    ----------
    trying : Trying
        Its parts consist of labels on which the tuned head was not chosen.
    current, tuned : Head
    repeats : int
        Cross-validations of five parts.

    Yields
    ------
    Comparison or None
        None after each part; in the end the comparison, once.
    """
    n = len(trying.labels.positions)
    table = np.full((repeats, 2, n), np.nan)
    for part in range(repeats * N_FOLDS):
        for column, head in enumerate((current, tuned)):
            found, out = trying.rights(head, part)
            table[part // N_FOLDS, column, out] = found
        yield None
    yield compared(table)


def compared(table: NDArray[np.float64]) -> Comparison:
    """Compute the comparison from both heads' scores on each label.

    Parameters
    ----------
    table : ndarray of shape (repeats, 2, n_labels)
        In [0, 1]; NaN for labels that do not judge.

    Returns
    -------
    Comparison
        With Student's 90 % interval over the judging labels: repeating the cross-validation
        averages out the choice of parts but adds no labels.

    Examples
    --------
    >>> table = np.zeros((1, 2, 40)); table[0, 1, ::4] = 1
    >>> found = compared(table)
    >>> found.difference, round(found.low, 2), found.better
    (0.25, 0.13, True)
    """
    from scipy.stats import t

    means = table.mean(axis=0)
    means = means[:, np.isfinite(means).all(axis=0)]
    differences = means[1] - means[0]
    n = len(differences)
    middle = float(differences.mean())
    half = float(t.ppf(0.95, n - 1) * differences.std(ddof=1) / n**0.5) if n > 1 else 1.0
    current, tuned = means.mean(axis=1)
    return Comparison(
        float(current), float(tuned), middle, middle - half, middle + half, len(table), n
    )
