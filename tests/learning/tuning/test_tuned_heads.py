"""Heads by recipe: networks, other settings of the default head, and the comparison with it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hidden_classes import LAYERS, N_SAMPLES, NETWORK, hidden_classes, labels_of

from dalt.core.records import (
    LabelSet,
    Recipe,
)
from dalt.learning.heads.network import NetworkHead, folded
from dalt.learning.heads.predictors import predict
from dalt.learning.heads.registry import default_head
from dalt.learning.heads.tuned import (
    Trying,
    calibrated,
    compare,
    compared,
    excerpt,
    head_of,
    judging,
    right,
    searched,
)
from dalt.learning.tuning.spaces import DEFAULT
from dalt.model import Pool

# --- recipes and networks ---------------------------------------------------------------------


def test_a_network_predicts_in_numpy_what_torch_does() -> None:
    import torch

    layers: list[dict[str, Any]] = [
        {"kind": "linear", "units": 8}, {"kind": "norm", "epsilon": 1e-5}, {"kind": "tanh"},
        {"kind": "dropout", "share": 0.5}, {"kind": "linear", "units": 6}, {"kind": "silu"},
        {"kind": "linear", "units": 3},
    ]  # fmt: skip
    torch.manual_seed(0)
    network = torch.nn.Sequential(
        torch.nn.Linear(4, 8), torch.nn.BatchNorm1d(8), torch.nn.Tanh(), torch.nn.Dropout(0.5),
        torch.nn.Linear(8, 6), torch.nn.SiLU(), torch.nn.Linear(6, 3),
    )  # fmt: skip
    network(torch.randn(64, 4))  # the norm has seen something
    network.eval()
    rows = np.random.default_rng(0).normal(size=(50, 4)).astype(np.float32)
    arrays = {name: value.numpy() for name, value in network.state_dict().items()}
    arrays |= {"map": np.diag([2.0, 1, 1, 1]), "offset": np.array([1.0, 0, 0, 0])}
    scaled = rows * np.array([2, 1, 1, 1], np.float32) + np.array([1, 0, 0, 0], np.float32)
    with torch.no_grad():
        wanted = torch.softmax(network(torch.from_numpy(scaled)), dim=1).numpy()
    found = predict(folded(layers, arrays), rows, 3)
    np.testing.assert_allclose(found, 0.999 * wanted + 0.001 / 3, atol=1e-5)


def test_a_network_is_the_same_for_the_same_seed_and_leaves_torch_alone() -> None:
    import torch

    rows, classes = hidden_classes()
    pool, labels = Pool(rows), labels_of(classes, 60)
    torch.manual_seed(5)
    before = torch.get_rng_state()
    one = NetworkHead(NETWORK).fit(pool, labels, 2, seed=3)
    two = NetworkHead(NETWORK).fit(pool, labels, 2, seed=3)
    np.testing.assert_array_equal(one.probabilities, two.probabilities)
    assert torch.equal(torch.get_rng_state(), before)


def test_a_network_learns_from_one_label_and_gets_a_class_more() -> None:
    rows, classes = hidden_classes()
    layers = ({"kind": "linear", "units": 8}, {"kind": "norm", "epsilon": 1e-5}, *LAYERS[1:])
    head = NetworkHead(Recipe("network", layers, {"epochs": 3}))
    found = head.fit(Pool(rows), labels_of(classes, 1), 2, seed=0)
    assert found.probabilities.shape == (N_SAMPLES, 2)
    more = head.fit(Pool(rows), labels_of(classes, 20, 3), 3, seed=0)
    assert more.probabilities.shape == (N_SAMPLES, 3)
    assert np.isfinite(more.probabilities).all()


def test_a_network_answers_each_class_where_there_are_several() -> None:
    rows, classes = hidden_classes()
    targets = np.stack([classes, 1 - classes, np.ones_like(classes)], axis=1)[:60]
    labels = LabelSet(np.arange(60), targets.astype(np.float32), 60, multi=True)
    found = NetworkHead(NETWORK).fit(Pool(rows), labels, 3, seed=0).probabilities
    assert right(found[60:120], np.tile(targets[:2], (30, 1)), multi=True).mean() > 0.9


def test_a_network_that_overflows_says_so() -> None:
    rows, classes = hidden_classes()
    recipe = Recipe("network", LAYERS, {"optimizer": "sgd", "rate": 1e12, "epochs": 5})
    with pytest.raises(ValueError, match="does not learn: its weights overflow"):
        NetworkHead(recipe).fit(Pool(rows), labels_of(classes, 60), 2, seed=0)


def test_the_default_settings_are_the_default_head() -> None:
    rows, classes = hidden_classes()
    values = {name: value for name, value in DEFAULT.items() if name != "kind"}
    pool, labels = Pool(rows), labels_of(classes, 40)
    tuned = head_of(Recipe("blend", values=values)).fit(pool, labels, 2, seed=0)
    default = default_head().fit(pool, labels, 2, seed=0)
    np.testing.assert_array_equal(tuned.probabilities, default.probabilities)
    assert set(tuned.weights) == set(default.weights)


@pytest.mark.parametrize("multi", [False, True])
def test_other_settings_of_the_default_head_predict_like_they_fit(multi: bool) -> None:
    rows = np.random.default_rng(1).normal(size=(400, 6)).astype(np.float32)
    classes = (rows[:, 0] > 0).astype(int)
    labels = labels_of(classes, 80)
    labels = LabelSet(labels.positions, labels.targets, 80, multi)
    pool = Pool(rows)
    head = head_of(Recipe("blend", values={"half_way": 2.0, "ridge": 0.05, "reach": 4.0}))
    fitted = head.fit(pool, labels, 2, seed=0)
    again = predict(fitted.weights, rows, 2)
    assert (again.argmax(axis=1) == fitted.probabilities.argmax(axis=1)).mean() > 0.9


# --- the comparison ---------------------------------------------------------------------------


def test_a_better_head_is_found_better_and_the_same_is_not() -> None:
    rows, classes = hidden_classes()
    trying = Trying(Pool(rows), labels_of(classes, 80), seed=0)
    *_, better = compare(trying, default_head(), head_of(NETWORK), repeats=2)
    assert better is not None
    assert better.better and better.tuned > 0.9 > better.current
    *_, same = compare(trying, default_head(), default_head(), repeats=1)
    assert same is not None
    assert (same.better, same.difference) == (False, 0.0)


def test_repeating_the_comparison_makes_no_more_labels_of_them() -> None:
    once = np.zeros((1, 2, 60))
    once[0, 1, ::6] = 1
    found, again = compared(once), compared(np.repeat(once, 5, axis=0))
    assert (found.low, found.high) == (again.low, again.high)
    assert (again.repeats, again.n_labels) == (5, 60)


def test_a_search_does_not_see_the_labels_that_judge_what_it_finds() -> None:
    rows, classes = hidden_classes()
    labels = labels_of(classes, 80)
    judges = judging(labels, seed=3)
    seen = searched(labels, judges)
    assert judges.sum() == 24
    assert not set(seen.positions) & set(labels.positions[judges])
    trying = Trying(Pool(rows), labels, 3, judges)
    parts = [trying.rights(default_head(), part)[1] for part in range(5)]
    assert sorted(np.concatenate(parts)) == np.flatnonzero(judges).tolist()


def test_a_large_pool_is_compared_on_a_share_that_keeps_every_label() -> None:
    rows = np.arange(30_000, dtype=np.float32)[:, None]
    labels = LabelSet(np.array([5, 29_000]), np.eye(2, dtype=np.float32), 2)
    pool, kept = excerpt(Pool(rows), labels, seed=0)
    assert pool.n_samples < 10_003
    assert pool.embeddings[kept.positions].ravel().tolist() == [5, 29_000]


def test_an_overconfident_network_is_made_careful() -> None:
    rows, classes = hidden_classes()
    noisy = classes.copy()
    noisy[::3] = 1 - noisy[::3]
    trying = Trying(Pool(rows), labels_of(noisy, 90), seed=0)
    found = calibrated(trying, Recipe("network", LAYERS, {"epochs": 100, "rate": 0.02}))
    assert found.values["sharpness"] < 0.7
