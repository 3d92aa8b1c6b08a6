"""Nothing hangs on what rounding alone makes: on another processor sums differ in their last bits.

Such differences are made here by moving numbers by units in the last place.
"""

from __future__ import annotations

import math
from itertools import permutations

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from dalt.core.records import ClassSet, Floats, Label, LabelSet, LabelValue, utc_now
from dalt.core.records import Recipe as HeadRecipe
from dalt.labeling.quality.judging import judge
from dalt.learning.encoders.autoencoder import Recipe, prepare
from dalt.learning.encoders.columns import Cell, Numeric, columns_of, inputs_of
from dalt.learning.encoders.dense import dense_autoencoder
from dalt.learning.encoders.linear import principal_map
from dalt.learning.encoders.training import build
from dalt.learning.heads.blend import BlendHead
from dalt.learning.heads.kernel import kernel_scale
from dalt.learning.heads.neighbours import nearest
from dalt.learning.heads.network import NetworkHead
from dalt.learning.heads.predictors import predict
from dalt.learning.strategies.builtin import candidate_order, cold_start
from dalt.model import Head, Pool

LAYERS = ({"kind": "linear", "units": 8}, {"kind": "relu"}, {"kind": "linear", "units": 2})
MAGNITUDES = [1e-6, 1.0, 1e6]


def moved(rows: Floats, seed: int = 0, steps: int = 4) -> Floats:
    """The same numbers, each up to so many units in the last place off."""
    by = np.random.default_rng(seed).integers(-steps, steps + 1, rows.shape)
    return np.asarray(rows + (rows != 0) * by * np.spacing(np.abs(rows)), np.float32)


def same(n: int = 40, n_dims: int = 24, magnitude: float = 1.0) -> Floats:
    """One sample `n` times."""
    row = np.random.default_rng(1).normal(1, 1, n_dims) * magnitude
    return np.tile(row, (n, 1)).astype(np.float32)


def clustered(
    n: int = 300, n_dims: int = 12, n_classes: int = 2
) -> tuple[Floats, NDArray[np.int64]]:
    draws = np.random.default_rng(2)
    truth = np.arange(n) % n_classes
    centres = draws.normal(0, 2, (n_classes, n_dims))
    return (centres[truth] + draws.normal(size=(n, n_dims))).astype(np.float32), truth


def labels_of(truth: NDArray[np.int64], n: int = 40) -> LabelSet:
    return LabelSet(np.arange(n), np.eye(2, dtype=np.float32)[truth[:n]], cursor=n)


def heads() -> list[Head]:
    return [BlendHead(), NetworkHead(HeadRecipe("network", LAYERS, {"epochs": 20}))]


# --- encoders -----------------------------------------------------------------------------


@pytest.mark.parametrize("whitening", [0.0, 0.25, 0.5])
@pytest.mark.parametrize("magnitude", MAGNITUDES)
def test_what_differs_by_rounding_has_no_principal_components(
    magnitude: float, whitening: float
) -> None:
    for exact in (same(magnitude=magnitude), same(1), np.zeros((5, 4), np.float32)):
        weight, _ = principal_map(torch.from_numpy(moved(exact)), 8, whitening=whitening)
        assert not weight.any()


@pytest.mark.parametrize("factor", [1e-6, 1e6])
def test_principal_components_are_the_same_at_any_scale(factor: float) -> None:
    rows = torch.from_numpy(clustered()[0])
    weight, mean = principal_map(rows, 8)
    scaled, scaled_mean = principal_map(rows * factor, 8)
    there = (rows * factor - scaled_mean) @ scaled.T
    torch.testing.assert_close(there, (rows - mean) @ weight.T, rtol=1e-3, atol=1e-3)
    assert math.isclose(float(there.square().mean()), 1, rel_tol=1e-3)


def test_a_small_part_of_the_spread_is_still_a_component() -> None:
    rows = clustered()[0] * 1e-3 + 10  # a ten-thousandth of the values: 800 times their rounding
    weight, mean = principal_map(torch.from_numpy(rows), 12)
    assert (weight != 0).any(1).all()
    assert math.isclose(
        float(((torch.from_numpy(rows) - mean) @ weight.T).square().mean()), 1, rel_tol=0.01
    )


def test_a_large_constant_input_hides_no_others() -> None:
    rows = np.hstack([clustered()[0], np.full((300, 1), 1e8, np.float32)])
    weight, _ = principal_map(torch.from_numpy(rows), 13)
    assert (weight != 0).any(1).sum() == 12


@pytest.mark.parametrize("magnitude", [1e-3, 1.0, 80.0])
def test_an_autoencoder_enlarges_no_rounding(magnitude: float) -> None:
    inputs = torch.from_numpy(moved(same(magnitude=magnitude)))
    net = build(lambda: dense_autoencoder(24, 8), torch.Generator().manual_seed(0))
    standardised = prepare(net, inputs, Recipe())
    assert standardised.abs().max() < 1e-4
    assert not net.linear.weight.any()


@pytest.mark.parametrize(
    "values",
    [
        [0.1 + 0.2, 0.3],
        [float(np.float32(0.1)), float(np.nextafter(np.float32(0.1), np.float32(1)))],
        [-1e8 - 0.3, math.nextafter(-1e8 - 0.3, 0)],
    ],
)
def test_a_column_that_differs_by_rounding_tells_nothing(values: list[Cell]) -> None:
    assert values[0] != values[1]
    assert columns_of([{"a": values[i % 2]} for i in range(20)]) == []


@pytest.mark.parametrize("values", [[10_000_000, 10_000_001], [2**45, 2**45 + 1], [1e-9, 2e-9]])
def test_a_column_that_differs_by_more_does(values: list[Cell]) -> None:
    columns = columns_of([{"a": values[i % 2]} for i in range(20)])
    inputs = inputs_of([{"a": value} for value in values], columns)
    assert abs(inputs[0] - inputs[1]).max() == 1


def test_values_that_are_the_same_but_for_rounding_are_encoded_the_same() -> None:
    values = [0.1 + 0.2, 0.3] * 10 + [float(i) for i in range(1, 11)]
    columns = columns_of([{"a": value} for value in values])
    assert isinstance(columns[0], Numeric) and min(np.diff(columns[0].cuts)) > 1e-3
    inputs = inputs_of([{"a": 0.1 + 0.2}, {"a": 0.3}], columns)
    np.testing.assert_allclose(inputs[0], inputs[1], atol=1e-6)


# --- heads --------------------------------------------------------------------------------


@pytest.mark.parametrize("magnitude", MAGNITUDES)
@pytest.mark.parametrize("head", heads(), ids=lambda head: head.name)
def test_identical_samples_are_suggested_the_same(head: Head, magnitude: float) -> None:
    exact = same(magnitude=magnitude)
    labels = labels_of(np.arange(40) % 2, 9)
    expected = head.fit(Pool(exact), labels, 2, seed=0).probabilities
    found = head.fit(Pool(moved(exact)), labels, 2, seed=0).probabilities
    np.testing.assert_allclose(found, expected, atol=1e-3)


@pytest.mark.parametrize("factor", [1e-6, 1e6])
@pytest.mark.parametrize("head", heads(), ids=lambda head: head.name)
def test_a_head_says_the_same_at_any_scale(head: Head, factor: float) -> None:
    rows, truth = clustered()
    expected = head.fit(Pool(rows), labels_of(truth), 2, seed=0).probabilities
    scaled = np.asarray(rows * factor, np.float32)
    found = head.fit(Pool(scaled), labels_of(truth), 2, seed=0)
    np.testing.assert_allclose(found.probabilities, expected, atol=0.01)
    np.testing.assert_allclose(predict(found.weights, scaled, 2), expected, atol=0.15)


def test_a_network_hears_nothing_in_a_column_that_is_the_same() -> None:
    rows, truth = clustered()
    constant = np.full((300, 1), 0.1, np.float32)
    head = NetworkHead(HeadRecipe("network", LAYERS, {"epochs": 20}))
    for scaler in ("standard", "minmax"):
        head.recipe = HeadRecipe("network", LAYERS, {"epochs": 20, "scaler": scaler})
        pool = np.hstack([rows, moved(constant)])
        found = head.fit(Pool(pool), labels_of(truth), 2, seed=0)
        other = predict(found.weights, np.hstack([rows, moved(constant, seed=3)]), 2)
        np.testing.assert_allclose(other, found.probabilities, atol=1e-3)


def test_neighbours_and_order_hear_nothing_in_a_column_that_is_the_same() -> None:
    rows, _ = clustered()
    wide = np.hstack([rows, moved(np.full((300, 1), 1e8, np.float32))])
    plain = np.hstack([rows, np.zeros((300, 1), np.float32)])
    np.testing.assert_array_equal(
        np.sort(nearest(wide, 5)[0], axis=1), np.sort(nearest(plain, 5)[0], axis=1)
    )
    assert cold_start(wide, 20, seed=0).tolist() == cold_start(plain, 20, seed=0).tolist()
    doubt = np.random.default_rng(0).dirichlet([1, 1], 300).astype(np.float32)
    orders = [candidate_order(doubt, each, np.arange(9, 300), 9, 20, 0) for each in (wide, plain)]
    assert orders[0].tolist() == orders[1].tolist()


@pytest.mark.parametrize("magnitude", MAGNITUDES)
def test_identical_samples_are_asked_in_the_same_order(magnitude: float) -> None:
    exact = same(magnitude=magnitude)
    assert cold_start(moved(exact), 9, seed=0).tolist() == cold_start(exact, 9, seed=0).tolist()


@pytest.mark.parametrize("magnitude", MAGNITUDES)
def test_a_kernel_reaches_as_far_at_any_scale(magnitude: float) -> None:
    rows, _ = clustered()
    scaled = np.asarray(rows * magnitude, np.float32)
    usual = kernel_scale(rows)
    assert math.isclose(kernel_scale(scaled) * magnitude**2, usual, rel_tol=1e-3)
    # Where most samples are the same, the others say how far apart samples are.
    scaled[:250] = moved(np.tile(scaled[:1], (250, 1)))
    assert math.isclose(kernel_scale(scaled) * magnitude**2, usual, rel_tol=0.5)
    alone = kernel_scale(moved(same(magnitude=magnitude)))
    assert math.isclose(alone * magnitude**2, kernel_scale(same()), rel_tol=1e-3)


def test_a_kernel_reaches_as_far_from_far_away() -> None:
    rows, _ = clustered()
    far = rows + np.float32(1e4)  # half the digits of a float32 are gone
    assert math.isclose(kernel_scale(far), kernel_scale(rows), rel_tol=1e-2)


# --- annotators ---------------------------------------------------------------------------


def answers(votes: list[tuple[str, LabelValue]], classes: ClassSet) -> LabelValue:
    """The consensus on one sample, which comes after many on which all agree."""
    labels = [
        Label(0, "label", f"s{i}", value, who, "s", utc_now(), "human")
        for i in range(7)
        for who in "abcdef"
        for value in [classes.names[i % 2] if not classes.multi else (classes.names[i % 2],)]
    ]
    labels += [Label(0, "label", "x", said, who, "s", utc_now(), "human") for who, said in votes]
    return judge(labels, [], classes).of("x").label


@pytest.mark.parametrize("n", [1, 2, 3])
def test_of_as_many_votes_the_first_class_wins_in_any_order(n: int) -> None:
    pair = ClassSet(("cat", "dog"))
    several = ClassSet(("cat", "dog"), multi=True)
    for order in set(permutations("cd" * n)):
        said = dict(zip("abcdef", order, strict=False))
        votes = [(who, "cat" if each == "c" else "dog") for who, each in said.items()]
        assert answers(list(votes), pair) == "cat"
        assert answers([(who, (name,)) for who, name in votes], several) == ("cat", "dog")
