"""A network of a recipe as a head: torch fits it, numpy alone uses it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dalt.core.records import Floats, LabelSet, Recipe
from dalt.core.rounding import told_apart
from dalt.learning.heads.contract import Fitted, check_labels
from dalt.learning.heads.pool import Pool, check_going_on
from dalt.learning.heads.predictors import ACTIVATIONS, predict
from dalt.learning.heads.snapshot import Snapshot

if TYPE_CHECKING:
    import torch

Arrays = Mapping[str, NDArray[Any]]
Layers = Sequence[Mapping[str, Any]]
MOST_STEPS = 3_000
"""Most optimiser steps of a fit: with many labels there are fewer epochs."""
SCALED_ON = 4_096
CODES = {name: code for code, (name, _) in enumerate(ACTIVATIONS)}


class NetworkHead:
    """A feed-forward network, fitted from scratch each time for a fixed number of epochs.

    Parameters
    ----------
    recipe : Recipe
        Of kind "network".  Values: scaler ("standard", "minmax", "none"), optimizer ("adam",
        "adamw", "sgd", "rmsprop"), rate, decay, momentum, alpha, beta1, beta2, batch, epochs,
        schedule ("none", "cosine"), cycle (epochs of the cosine), weighted, smoothing, sharpness.
        Missing values are as in `USUAL`.

    Notes
    -----
    The last layer gets one unit per class, so a recipe survives an added class.

    Examples
    --------
    >>> layers = ({"kind": "linear", "units": 8}, {"kind": "relu"}, {"kind": "linear", "units": 2})
    >>> head = NetworkHead(Recipe("network", layers, {"epochs": 60, "rate": 0.05}))
    >>> rows = np.repeat(np.eye(2, dtype=np.float32), 4, axis=0)
    >>> labels = LabelSet(np.array([0, 4]), np.eye(2, dtype=np.float32), cursor=2)
    >>> head.fit(Pool(rows), labels, 2, seed=0).probabilities.argmax(axis=1).tolist()
    [0, 0, 0, 0, 1, 1, 1, 1]
    """

    def __init__(self, recipe: Recipe) -> None:
        self.name = recipe.name
        self.recipe = recipe

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
        rows = np.asarray(pool.embeddings[labels.positions], np.float32)
        middle, width = _scale(pool.embeddings, self._value("scaler"))
        layers = [dict(each) for each in self.recipe.layers]
        layers[-1]["units"] = n_classes
        arrays = self._train((rows - middle) / width, labels, layers, seed, interrupted)
        arrays["map"], arrays["offset"] = np.diag(1 / width), -middle / width
        weights = folded(layers, arrays, self._value("sharpness"), labels.multi)
        check_going_on(interrupted)
        return Fitted(weights, predict(weights, pool.embeddings, n_classes))

    def _value(self, name: str) -> Any:
        return self.recipe.values.get(name, USUAL[name])

    def _train(
        self,
        rows: Floats,
        labels: LabelSet,
        layers: Layers,
        seed: int,
        interrupted: Callable[[], bool],
    ) -> dict[str, NDArray[Any]]:
        import torch

        # A generator of its own, to leave other users of torch undisturbed.
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            network = _built(layers, rows.shape[1])
            self._run(network, torch.from_numpy(rows), labels, seed, interrupted)
        return {name: value.numpy() for name, value in network.state_dict().items()}

    def _run(
        self,
        network: torch.nn.Sequential,
        rows: torch.Tensor,
        labels: LabelSet,
        seed: int,
        interrupted: Callable[[], bool],
    ) -> None:
        import torch

        n, batch = len(rows), int(self._value("batch"))
        targets = torch.from_numpy(self._smoothed(labels))
        weight = self._class_weights(labels)
        steps = max(-(-n // batch), 1)
        epochs = max(min(int(self._value("epochs")), MOST_STEPS // steps), 1)
        optimizer = self._optimizer(network)
        order = np.random.default_rng(seed)
        network.train(n > 1)  # a batch of one has no variance for norms
        for epoch in range(epochs):
            check_going_on(interrupted)
            self._set_rate(optimizer, epoch)
            mixed = torch.from_numpy(order.permutation(n))
            for part in mixed.split(batch):
                if len(part) == 1 and n > 1:
                    continue
                optimizer.zero_grad()
                scores = network(rows[part])
                _loss(scores, targets[part], weight, labels.multi).backward()
                optimizer.step()
        network.eval()
        for parameter in network.parameters():
            if not torch.isfinite(parameter).all():
                raise ValueError("the network of this recipe does not learn: its weights overflow")
            parameter.requires_grad_(False)

    def _smoothed(self, labels: LabelSet) -> Floats:
        share = float(self._value("smoothing"))
        even = 0.5 if labels.multi else 1 / labels.targets.shape[1]
        return ((1 - share) * labels.targets + share * even).astype(np.float32)

    def _class_weights(self, labels: LabelSet) -> torch.Tensor | None:
        import torch

        if not self._value("weighted") or labels.multi:
            return None
        counts = labels.targets.sum(axis=0)
        mean = counts[counts > 0].mean()
        return torch.from_numpy(np.where(counts > 0, mean / np.maximum(counts, 1e-6), 1.0)).float()

    def _optimizer(self, network: torch.nn.Module) -> torch.optim.Optimizer:
        import torch

        rate, decay = float(self._value("rate")), float(self._value("decay"))
        found, momentum = network.parameters(), float(self._value("momentum"))
        kind = self._value("optimizer")
        if kind == "sgd":
            return torch.optim.SGD(found, rate, momentum=momentum, weight_decay=decay)
        if kind == "rmsprop":
            alpha = float(self._value("alpha"))
            return torch.optim.RMSprop(found, rate, alpha, momentum=momentum, weight_decay=decay)
        betas = (float(self._value("beta1")), float(self._value("beta2")))
        make = torch.optim.AdamW if kind == "adamw" else torch.optim.Adam
        return make(found, rate, betas=betas, weight_decay=decay, fused=True)

    def _set_rate(self, optimizer: torch.optim.Optimizer, epoch: int) -> None:
        if self._value("schedule") == "cosine":
            cycle = float(self._value("cycle")) or float(self._value("epochs"))
            rate = float(self._value("rate")) * 0.5 * (1 + np.cos(np.pi * epoch / cycle))
            for group in optimizer.param_groups:
                group["lr"] = rate


USUAL: Mapping[str, float | str | bool] = {
    "scaler": "standard",
    "optimizer": "adam",
    "rate": 1e-2,
    "decay": 0.0,
    "momentum": 0.0,
    "alpha": 0.99,
    "beta1": 0.9,
    "beta2": 0.999,
    "batch": 64,
    "epochs": 45,
    "schedule": "none",
    "cycle": 0.0,
    "weighted": False,
    "smoothing": 0.0,
    "sharpness": 1.0,
}
"""Defaults of a recipe."""


def folded(
    layers: Layers, arrays: Arrays, sharpness: float = 1.0, multi: bool = False
) -> dict[str, NDArray[Any]]:
    """Make the weights of `predict`, folding preprocessing and norms into the linear layers.

    Parameters
    ----------
    layers : sequence of mapping
        As in `Recipe`.
    arrays : mapping of str to ndarray
        ``0.weight`` of shape (units, inputs), ``0.bias``, for norms ``running_mean`` and
        ``running_var`` as well; ``map`` of shape (n_dims, inputs) and ``offset`` of the
        preprocessing.
    sharpness : float
        Factor on the scores: below 1 makes an overconfident network more careful.
    multi : bool
        Each class by itself.

    Returns
    -------
    dict of str to ndarray
        ``network.0.weight`` of shape (inputs, units) and so on.
    """
    matrix, offset = np.asarray(arrays["map"], float), np.asarray(arrays["offset"], float)
    found: list[tuple[Any, Any]] = []
    codes: list[int] = []
    for index, layer in enumerate(layers):
        kind = layer["kind"]
        if kind == "linear":
            weight = np.asarray(arrays[f"{index}.weight"], float).T
            bias = np.asarray(arrays[f"{index}.bias"], float)
            first = not found
            found.append((matrix @ weight, offset @ weight + bias) if first else (weight, bias))
            codes.append(CODES["identity"])
        elif kind == "norm":
            weight, bias = found[-1]
            factor = np.asarray(arrays[f"{index}.weight"], float) / np.sqrt(
                np.asarray(arrays[f"{index}.running_var"], float) + layer["epsilon"]
            )
            mean = np.asarray(arrays[f"{index}.running_mean"], float)
            shifted = (bias - mean) * factor + np.asarray(arrays[f"{index}.bias"], float)
            found[-1] = (weight * factor, shifted)
        elif kind != "dropout":
            codes[-1] = CODES[kind]
    weights: dict[str, NDArray[Any]] = {
        "network.width": np.array(len(matrix)),
        "network.activations": np.array(codes, np.int64),
        "network.sharpness": np.array(sharpness, np.float32),
        "network.multi": np.array(multi),
    }
    for index, (weight, bias) in enumerate(found):
        weights[f"network.{index}.weight"] = weight.astype(np.float32)
        weights[f"network.{index}.bias"] = bias.astype(np.float32)
    return weights


def _scale(embeddings: Floats, scaler: str) -> tuple[Floats, Floats]:
    """Offset and divisor of the rows."""
    n = len(embeddings)
    some = np.asarray(embeddings[np.linspace(0, n - 1, min(n, SCALED_ON)).astype(int)], np.float32)
    if scaler == "none":
        return np.zeros(some.shape[1], np.float32), np.ones(some.shape[1], np.float32)
    if scaler == "minmax":
        low = some.min(axis=0)
        width = some.max(axis=0) - low
    else:
        low, width = some.mean(axis=0), some.std(axis=0)
    # A constant column is divided by its size, so rounding stays as small as it is.
    largest = np.abs(some).max(axis=0)
    width = np.where(told_apart(some.min(axis=0), some.max(axis=0)), width, largest)
    return low, np.where(width > 0, width, 1).astype(np.float32)


def _built(layers: Layers, n_inputs: int) -> torch.nn.Sequential:
    """A network whose state has the names that `folded` reads."""
    from torch import nn

    kinds: dict[str, type[nn.Module]] = {
        "relu": nn.ReLU, "tanh": nn.Tanh, "sigmoid": nn.Sigmoid, "elu": nn.ELU,
        "leaky_relu": nn.LeakyReLU, "silu": nn.SiLU, "hardtanh": nn.Hardtanh,
        "identity": nn.Identity,
    }  # fmt: skip
    made: list[nn.Module] = []
    width = n_inputs
    for layer in layers:
        kind = layer["kind"]
        if kind == "linear":
            made.append(nn.Linear(width, int(layer["units"])))
            width = int(layer["units"])
        elif kind == "norm":
            made.append(nn.BatchNorm1d(width, eps=layer["epsilon"]))
        elif kind == "dropout":
            made.append(nn.Dropout(layer["share"]))
        else:
            made.append(kinds[kind]())
    return nn.Sequential(*made)


def _loss(
    scores: torch.Tensor, targets: torch.Tensor, weight: torch.Tensor | None, multi: bool
) -> torch.Tensor:
    from torch.nn import functional

    if multi:
        return functional.binary_cross_entropy_with_logits(scores, targets)
    return functional.cross_entropy(scores, targets, weight=weight)
