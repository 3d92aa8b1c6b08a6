"""How sure the default head may be."""

from __future__ import annotations

import numpy as np
import pytest

from dalt.core.records import LabelSet
from dalt.learning.heads.calibration import SETTLED, doubt_of, sharpening_of
from dalt.learning.heads.pool import Pool
from dalt.learning.heads.predictors import FLOOR, predict, soften, softmax
from dalt.learning.heads.registry import default_head


def targets(counts: list[int]) -> np.ndarray:
    return np.repeat(np.eye(len(counts), dtype=np.float32), counts, axis=0)


@pytest.mark.parametrize(
    ("counts", "doubt"),
    [
        ([5, 5, 1], FLOOR),  # every class is known
        ([5, 5, 0], FLOOR),  # no class is rare, so hardly any sample has the missing one
        ([1, 9, 0], 0.15),
        ([1, 1, 1, 0], 0.25),  # at most the share of the missing classes
    ],
)
def test_rare_classes_tell_how_many_samples_have_a_missing_one(
    counts: list[int], doubt: float
) -> None:
    assert doubt_of(targets(counts)) == pytest.approx(doubt)


def test_a_pool_that_is_mostly_settled_is_surer_than_its_exceptions() -> None:
    rng = np.random.default_rng(0)
    for scale, settled in ((0.5, False), (4.0, True)):
        scores = (scale * rng.normal(size=(400, 3))).astype(np.float32)
        sure = soften(softmax(scores)).max(axis=1).mean()
        factor = sharpening_of(scores)
        assert (factor > 1) == settled == bool(sure > SETTLED)
        surer = soften(softmax(factor * scores)).max(axis=1).mean()
        assert sure <= surer < 1


def test_more_exceptions_change_it_smoothly() -> None:
    base = np.random.default_rng(0).normal(size=(400, 3)).astype(np.float32)
    factors = [sharpening_of(scale * base) for scale in np.linspace(1.5, 4.0, 40)]
    assert max(abs(np.diff(factors))) < 0.06


def test_new_samples_get_the_same_doubt_as_the_pool() -> None:
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(300, 4)).astype(np.float32)
    known = np.arange(10)
    labels = LabelSet(known, targets([1, 9, 0]), 10)
    fitted = default_head().fit(Pool(rows), labels, 3, seed=0)
    doubt = float(fitted.weights["blend.doubt"])
    assert doubt == pytest.approx(0.15)
    found = predict(fitted.weights, rows, 3)
    assert fitted.probabilities.min() >= doubt / 3 - 1e-6 and found.min() >= doubt / 3 - 1e-6


def test_snapshots_of_former_versions_predict_as_before() -> None:
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(300, 4)).astype(np.float32)
    labels = LabelSet(np.arange(10), targets([5, 5]), 10)
    fitted = default_head().fit(Pool(rows), labels, 2, seed=0)
    former = {name: array for name, array in fitted.weights.items() if name != "blend.doubt"}
    np.testing.assert_array_equal(predict(former, rows, 2), predict(fitted.weights, rows, 2))
