"""The search space of the built-in engine: the settings of a recipe."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from dalt.core.records import Recipe

DEFAULT: Mapping[str, Any] = {"kind": "blend", "half_way": 40.0, "ridge": 0.1, "reach": 1.0}
"""The settings of the default head, which are always tried first."""
PLAIN: Mapping[str, Any] = {
    "kind": "network", "scaler": "standard", "layers": 1, "units_1": 128, "activation": "relu",
    "norm": False, "dropout": 0.2, "optimizer": "adamw", "rate": 0.003, "decay": 0.01, "batch": 32,
    "epochs": 40, "schedule": "cosine", "smoothing": 0.05, "weighted": False,
}  # fmt: skip
"""A network that usually does well, tried second."""
MOST_LAYERS = 3


class Suggests(Protocol):
    """A trial of Optuna, or an object with the same methods."""

    def suggest_categorical(self, name: str, choices: Any) -> Any:
        """One of the choices."""

    def suggest_int(self, name: str, low: int, high: int, *, log: bool = False) -> int:
        """A whole number."""

    def suggest_float(self, name: str, low: float, high: float, *, log: bool = False) -> float:
        """A number."""


def head_recipe(trial: Suggests) -> Recipe:
    """Make a recipe from a trial's suggestions.

    The space of networks is that of autoPyTorch's plain ones (scaler, layers, activation, norm,
    dropout, optimiser, its rate and decay, batch, epochs, schedule, class weights); beside it
    stands the default head with other settings.
    """
    if trial.suggest_categorical("kind", ["blend", "network"]) == "blend":
        blend = {
            "half_way": trial.suggest_float("half_way", 2.0, 400.0, log=True),
            "ridge": trial.suggest_float("ridge", 0.005, 2.0, log=True),
            "reach": trial.suggest_float("reach", 0.2, 5.0, log=True),
        }
        return Recipe("blend", values=blend)
    scaler = trial.suggest_categorical("scaler", ["standard", "minmax", "none"])
    layers: list[Mapping[str, Any]] = []
    n_layers = trial.suggest_int("layers", 0, MOST_LAYERS)
    if n_layers:
        activation = trial.suggest_categorical("activation", ["relu", "tanh", "silu"])
        norm = trial.suggest_categorical("norm", [False, True])
        dropout = trial.suggest_float("dropout", 0.0, 0.6)
        for number in range(1, n_layers + 1):
            units = trial.suggest_int(f"units_{number}", 16, 512, log=True)
            layers.append({"kind": "linear", "units": units})
            if norm:
                layers.append({"kind": "norm", "epsilon": 1e-5})
            layers += [{"kind": activation}, {"kind": "dropout", "share": dropout}]
    layers.append({"kind": "linear", "units": 1})  # the head gives it a unit for each class
    values: dict[str, Any] = {
        "scaler": scaler,
        "optimizer": trial.suggest_categorical("optimizer", ["adamw", "adam", "sgd"]),
        "rate": trial.suggest_float("rate", 1e-4, 0.1, log=True),
        "decay": trial.suggest_float("decay", 1e-5, 0.3, log=True),
        "batch": trial.suggest_categorical("batch", [16, 32, 64, 128]),
        "epochs": trial.suggest_int("epochs", 10, 120, log=True),
        "schedule": trial.suggest_categorical("schedule", ["none", "cosine"]),
        "smoothing": trial.suggest_float("smoothing", 0.0, 0.2),
        "weighted": trial.suggest_categorical("weighted", [False, True]),
    }
    if values["optimizer"] == "sgd":
        values["momentum"] = 0.9
    return Recipe("network", tuple(layers), values)


def encoder_settings(trial: Suggests) -> dict[str, Any]:
    """Make settings of the autoencoder from a trial's suggestions.

    Noise is relative to the usual, and the same for all kinds of samples.
    """
    n_dims = trial.suggest_categorical("n_dims", [32, 64, 128])
    return {"n_dims": n_dims, **_shape(trial)}


def same_size_settings(trial: Suggests) -> dict[str, Any]:
    """The same for embeddings of the usual size.

    For pools without labels: larger embeddings always reconstruct better, and nothing shows whether
    they separate classes better.
    """
    return {"n_dims": 64, **_shape(trial)}


def _shape(trial: Suggests) -> dict[str, Any]:
    return {
        "width": trial.suggest_float("width", 0.5, 3.0, log=True),
        "depth": trial.suggest_int("depth", 0, 2),
        "noise": trial.suggest_float("noise", 0.25, 3.0, log=True),
    }
