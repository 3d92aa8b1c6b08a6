"""Targets: what statsmodels and pandas say where all labels are known, and the delta method."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

from dalt.study.estimation.targets import Target, mean, regression, share

N = 60


def labelled() -> tuple[pd.DataFrame, np.ndarray]:
    rng = np.random.default_rng(0)
    label = rng.integers(0, 3, N)
    frame = pd.DataFrame({"label": label, "year": rng.normal(size=N), "pages": rng.normal(size=N)})
    frame["price"] = 2.0 * label - frame.year + rng.normal(size=N)
    return frame, np.eye(4)[label]


def test_shares_and_means_are_those_of_a_table() -> None:
    frame, outcomes = labelled()
    expected = frame.groupby("label").price.mean()
    for which in range(3):
        assert mean(outcomes, frame.price.to_numpy(), which).value == pytest.approx(expected[which])
        found = share(outcomes.sum(axis=0), which)
        assert found.value == pytest.approx((frame.label == which).mean())


def test_missing_labels_are_no_part_of_the_whole() -> None:
    assert share(np.array([3.0, 1.0, 6.0]), 0).value == pytest.approx(0.75)


def test_a_regression_is_that_of_statsmodels() -> None:
    frame, outcomes = labelled()
    fitted = smf.ols("price ~ 0 + C(label) + year + pages", frame).fit()
    others = frame[["year", "pages"]].to_numpy()
    found = regression(outcomes, frame.price.to_numpy(), others, [0, 1, 2])
    np.testing.assert_allclose([each.value for each in found], fitted.params.to_numpy())


def made(kind: str, outcomes: np.ndarray) -> Target:
    frame, _ = labelled()
    price, year = frame.price.to_numpy(), frame[["year"]].to_numpy()
    if kind == "share":
        return share(outcomes.sum(axis=0), 1)
    return (
        mean(outcomes, price, 1)
        if kind == "mean"
        else regression(outcomes, price, year, [0, 1, 2])[3]
    )


@pytest.mark.parametrize("kind", ["share", "mean", "regression"])
def test_scores_are_derivatives(kind: str) -> None:
    _, outcomes = labelled()
    target = made(kind, outcomes)
    scores = np.broadcast_to(target.scores, outcomes.shape)
    assert (scores * outcomes).sum() == pytest.approx(0.0, abs=1e-9)
    step = 1e-6
    for row, column in [(0, 0), (5, 1), (9, 2), (12, 3)]:
        more = outcomes.copy()
        more[row, column] += step
        found = (made(kind, more).value - target.value) / step
        assert found * N == pytest.approx(scores[row, column], abs=1e-3)


def test_what_nothing_determines_is_unknown() -> None:
    _, outcomes = labelled()
    outcomes[:, 0] = 0
    assert np.isnan(mean(outcomes, np.ones(N), 0).value)
    assert np.isnan(share(np.zeros(3), 0).value)
    same = np.ones((N, 1))  # the same as all classes together
    assert all(np.isnan(each.value) for each in regression(outcomes, np.ones(N), same, [1, 2]))
