"""Class probabilities from a snapshot's weights, in numpy alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dalt.core.records import BadInput, Floats, NothingLearned
from dalt.learning.heads.kernel import gaussian

CHUNK = 8_192
FLOOR = 1e-3
"""Share of every prediction that is spread over all classes, so nothing is ever certain."""

Weights = Mapping[str, NDArray[Any]]


def softmax(scores: Floats) -> Floats:
    """Probabilities from scores, row by row."""
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    return raised / raised.sum(axis=1, keepdims=True)


def log_softmax(scores: Floats) -> Floats:
    """Logarithms of softened probabilities, row by row."""
    return np.log(soften(softmax(scores)))


def soften(probabilities: Floats, share: float = FLOOR) -> Floats:
    """Spread a small share over all classes, and return float32."""
    n_classes = probabilities.shape[1]
    return ((1 - share) * probabilities + share / n_classes).astype(np.float32)


def sigmoid(odds: Floats) -> Floats:
    """Independent probabilities from log-odds."""
    return (0.5 * (1 + np.tanh(0.5 * odds))).astype(np.float32)


def toward_even(probabilities: Floats, share: float = FLOOR) -> Floats:
    """Mix each probability with one half."""
    return ((1 - share) * probabilities + share / 2).astype(np.float32)


def predict(weights: Weights, embeddings: Floats, n_classes: int) -> Floats:
    """Class probabilities for embeddings.

    Raises
    ------
    BadInput
        If the embeddings have another width than those of the fit.
    NothingLearned
        If the weights hold nothing that predicts.
    """
    kinds = {name.split(".")[0] for name in weights} & PREDICTORS.keys()
    if not kinds:
        raise NothingLearned("This snapshot holds no weights to predict with; label one more.")
    kind = min(kinds)
    width = weights[f"{kind}.width"].item()
    if embeddings.ndim != 2 or embeddings.shape[1] != width:
        raise BadInput(f"Embeddings of {width} dims are needed, not of shape {embeddings.shape}.")
    out = np.empty((len(embeddings), n_classes), np.float32)
    for first in range(0, len(embeddings), CHUNK):
        out[first : first + CHUNK] = PREDICTORS[kind](weights, embeddings[first : first + CHUNK])
    return out


def _blend(weights: Weights, rows: Floats) -> Floats:
    """Log-probabilities of the spread, interpolated from landmarks, plus those of the kernel."""
    scale = weights["blend.scale"].item()
    carried = gaussian(rows, weights["blend.landmarks"], scale) @ weights["blend.carried"]
    scale *= reach_of(weights, "blend")
    scores = gaussian(rows, weights["blend.centres"], scale) @ weights["blend.coefficients"]
    total = carried + weights["blend.offset"] + scores * weights["blend.sharpness"]
    doubt = weights.get("blend.doubt")  # snapshots of former versions have none
    return soften(softmax(total), FLOOR if doubt is None else doubt.item())


def _rest(weights: Weights, rows: Floats) -> Floats:
    """Per class: log-odds of the spread, interpolated from landmarks, plus the kernel's."""
    scale = weights["rest.scale"].item()
    odds = gaussian(rows, weights["rest.landmarks"], scale) @ weights["rest.carried"]
    scale *= reach_of(weights, "rest")
    odds += gaussian(rows, weights["rest.centres"], scale) @ weights["rest.coefficients"]
    return toward_even(sigmoid(odds + weights["rest.offset"]), weights["rest.doubt"].item())


def reach_of(weights: Weights, kind: str) -> float:
    """Scale of the kernel machine's kernel, against that of the landmarks."""
    found = weights.get(f"{kind}.reach")  # snapshots of former versions have none
    return 1.0 if found is None else float(found.item())


def _linear(weights: Weights, rows: Floats) -> Floats:
    scores = rows @ weights["linear.coefficients"] + weights["linear.intercept"]
    return soften(softmax(scores))


def _odds(weights: Weights, rows: Floats) -> Floats:
    """Logistic regression per class."""
    return toward_even(sigmoid(rows @ weights["odds.coefficients"] + weights["odds.intercept"]))


def _carried(weights: Weights, rows: Floats) -> Floats:
    """Probabilities interpolated from the landmarks by a Gaussian kernel."""
    near = gaussian(rows, weights["carried.landmarks"], weights["carried.scale"].item())
    shares = np.maximum(weights["carried.offset"] + near @ weights["carried.shares"], 0) + FLOOR
    return soften(shares / shares.sum(axis=1, keepdims=True))


def _several(weights: Weights, rows: Floats) -> Floats:
    """Independent probabilities of each class, interpolated from the landmarks."""
    near = gaussian(rows, weights["several.landmarks"], weights["several.scale"].item())
    shares = weights["several.offset"] + near @ weights["several.shares"]
    return toward_even(np.clip(shares, 0, 1))


def _network(weights: Weights, rows: Floats) -> Floats:
    """Linear layers with an activation between each two."""
    scores = rows
    for index, code in enumerate(weights["network.activations"]):
        scores = scores @ weights[f"network.{index}.weight"] + weights[f"network.{index}.bias"]
        scores = ACTIVATIONS[int(code)][1](scores)
    scores = scores * weights["network.sharpness"]
    if weights["network.multi"].item():
        return toward_even(sigmoid(scores))
    return soften(softmax(scores))


def _plain(values: Floats) -> Floats:
    return values


def _relu(values: Floats) -> Floats:
    return np.maximum(values, 0)


def _logistic(values: Floats) -> Floats:
    return 0.5 * (1 + np.tanh(0.5 * values))


def _elu(values: Floats) -> Floats:
    return np.where(values > 0, values, np.expm1(np.minimum(values, 0)))


def _leaky_relu(values: Floats) -> Floats:
    return np.where(values > 0, values, 0.01 * values)


def _silu(values: Floats) -> Floats:
    return values * _logistic(values)


def _hardtanh(values: Floats) -> Floats:
    return np.clip(values, -1, 1)


ACTIVATIONS: tuple[tuple[str, Callable[[Floats], Floats]], ...] = (
    ("identity", _plain),
    ("relu", _relu),
    ("tanh", np.tanh),
    ("sigmoid", _logistic),
    ("elu", _elu),
    ("leaky_relu", _leaky_relu),
    ("silu", _silu),
    ("hardtanh", _hardtanh),
)
"""By their codes in ``network.activations``; only ever appended to."""

PREDICTORS: dict[str, Callable[[Weights, Floats], Floats]] = {
    "blend": _blend,
    "carried": _carried,
    "linear": _linear,
    "network": _network,
    "odds": _odds,
    "rest": _rest,
    "several": _several,
}
