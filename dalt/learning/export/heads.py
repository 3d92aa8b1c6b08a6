"""A snapshot's weights as operators: what `dalt.learning.heads.predictors` computes in numpy."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dalt.core.records import BadInput, Floats, NothingLearned
from dalt.learning.export.graph import Graph
from dalt.learning.heads.predictors import ACTIVATIONS, FLOOR, reach_of

Weights = Mapping[str, NDArray[Any]]


def add_head(graph: Graph, weights: Weights, rows: str, n_classes: int) -> str:
    """Add a head; return the name of its probabilities, float32 of shape (n, n_classes).

    Parameters
    ----------
    graph : Graph
    weights : mapping of str to ndarray
        Of a snapshot.
    rows : str
        Name of the embeddings, float32 of shape (n, n_dims).
    n_classes : int

    Raises
    ------
    NothingLearned
        If the weights hold nothing that predicts.
    """
    kinds = {name.split(".")[0] for name in weights} & _PREDICTORS.keys()
    if not kinds:
        raise NothingLearned("This snapshot holds no weights to predict with; label one more.")
    kind = min(kinds)  # as `predictors.predict` chooses
    return _PREDICTORS[kind](graph, weights, rows, n_classes)


def width_of(weights: Weights) -> int:
    """How many columns the embeddings have.

    Examples
    --------
    >>> width_of({"linear.width": np.array(64)})
    64
    """
    widths = [int(array.item()) for name, array in weights.items() if name.endswith(".width")]
    if not widths:
        raise BadInput("This snapshot holds no weights to predict with; label one more.")
    return widths[0]


def _gaussian(graph: Graph, rows: str, centres: Floats, scale: float) -> str:
    """The kernel of `dalt.learning.heads.kernel.gaussian`, its exponent as one product too."""
    middle = centres.mean(axis=0)
    right = centres - middle
    left = graph.op("Sub", rows, graph.constant(middle))
    squares = graph.reduced("ReduceSum", graph.op("Mul", left, left), [1])
    lengths = np.einsum("ij,ij->i", right, right)
    near = graph.op("MatMul", left, graph.constant((right * np.float32(2 * scale)).T))
    away = graph.op(
        "Mul", graph.op("Add", squares, graph.constant(lengths[None])), _of(graph, scale)
    )
    exponent = graph.op("Sub", near, away)
    return graph.op("Exp", graph.op("Min", exponent, _of(graph, 0)))


def _of(graph: Graph, number: float) -> str:
    return graph.constant(np.float32(number))


def _affine(graph: Graph, value: str, factor: float, addend: float) -> str:
    return graph.op("Add", graph.op("Mul", value, _of(graph, factor)), _of(graph, addend))


def _soften(graph: Graph, probabilities: str, n_classes: int, share: float = FLOOR) -> str:
    return _affine(graph, probabilities, 1 - share, share / n_classes)


def _softmax(graph: Graph, scores: str, n_classes: int, share: float = FLOOR) -> str:
    return _soften(graph, graph.op("Softmax", scores, axis=1), n_classes, share)


def _toward_even(graph: Graph, probabilities: str, share: float = FLOOR) -> str:
    return _affine(graph, probabilities, 1 - share, share / 2)


def _blend(graph: Graph, weights: Weights, rows: str, n_classes: int) -> str:
    scale = weights["blend.scale"].item()
    total = _kernel(graph, rows, weights, "blend.landmarks", "blend.carried", scale)
    total = graph.op("Add", total, graph.constant(np.asarray(weights["blend.offset"])))
    scale *= reach_of(weights, "blend")
    scores = _kernel(graph, rows, weights, "blend.centres", "blend.coefficients", scale)
    sharp = graph.op("Mul", scores, graph.constant(np.asarray(weights["blend.sharpness"])))
    doubt = weights.get("blend.doubt")  # snapshots of former versions have none
    share = FLOOR if doubt is None else float(doubt.item())
    return _softmax(graph, graph.op("Add", total, sharp), n_classes, share)


def _rest(graph: Graph, weights: Weights, rows: str, n_classes: int) -> str:
    scale = weights["rest.scale"].item()
    odds = _kernel(graph, rows, weights, "rest.landmarks", "rest.carried", scale)
    scale *= reach_of(weights, "rest")
    own = _kernel(graph, rows, weights, "rest.centres", "rest.coefficients", scale)
    odds = graph.op("Add", odds, own)
    odds = graph.op("Add", odds, graph.constant(np.asarray(weights["rest.offset"])))
    return _toward_even(graph, graph.op("Sigmoid", odds), weights["rest.doubt"].item())


def _linear(graph: Graph, weights: Weights, rows: str, n_classes: int) -> str:
    return _softmax(graph, _layer(graph, rows, weights, "linear"), n_classes)


def _odds(graph: Graph, weights: Weights, rows: str, n_classes: int) -> str:
    return _toward_even(graph, graph.op("Sigmoid", _layer(graph, rows, weights, "odds")))


def _carried(graph: Graph, weights: Weights, rows: str, n_classes: int) -> str:
    shares = _shares(graph, weights, rows, "carried")
    shares = graph.op("Add", graph.op("Max", shares, _of(graph, 0)), _of(graph, FLOOR))
    total = graph.reduced("ReduceSum", shares, [1])
    return _soften(graph, graph.op("Div", shares, total), n_classes)


def _several(graph: Graph, weights: Weights, rows: str, n_classes: int) -> str:
    shares = _shares(graph, weights, rows, "several")
    return _toward_even(graph, graph.op("Clip", shares, _of(graph, 0), _of(graph, 1)))


def _network(graph: Graph, weights: Weights, rows: str, n_classes: int) -> str:
    scores = rows
    for index, code in enumerate(weights["network.activations"]):
        weight = graph.constant(np.asarray(weights[f"network.{index}.weight"]))
        bias = graph.constant(np.asarray(weights[f"network.{index}.bias"]))
        scores = graph.op("Add", graph.op("MatMul", scores, weight), bias)
        scores = _activated(graph, scores, ACTIVATIONS[int(code)][0])
    scores = graph.op("Mul", scores, graph.constant(np.asarray(weights["network.sharpness"])))
    if weights["network.multi"].item():
        return _toward_even(graph, graph.op("Sigmoid", scores))
    return _softmax(graph, scores, n_classes)


def _activated(graph: Graph, values: str, name: str) -> str:
    if name == "identity":
        return values
    if name == "silu":
        return graph.op("Mul", values, graph.op("Sigmoid", values))
    if name == "hardtanh":
        return graph.op("Clip", values, _of(graph, -1), _of(graph, 1))
    return graph.op(_OPERATORS[name], values)


_OPERATORS = {
    "relu": "Relu",
    "tanh": "Tanh",
    "sigmoid": "Sigmoid",
    "elu": "Elu",
    "leaky_relu": "LeakyRelu",
}


def _kernel(
    graph: Graph, rows: str, weights: Weights, centres: str, factors: str, scale: float
) -> str:
    near = _gaussian(graph, rows, np.asarray(weights[centres], np.float32), scale)
    return graph.op("MatMul", near, graph.constant(np.asarray(weights[factors], np.float32)))


def _layer(graph: Graph, rows: str, weights: Weights, kind: str) -> str:
    factors = graph.constant(np.asarray(weights[f"{kind}.coefficients"]))
    scores = graph.op("MatMul", rows, factors)
    return graph.op("Add", scores, graph.constant(np.asarray(weights[f"{kind}.intercept"])))


def _shares(graph: Graph, weights: Weights, rows: str, kind: str) -> str:
    scale = weights[f"{kind}.scale"].item()
    shares = _kernel(graph, rows, weights, f"{kind}.landmarks", f"{kind}.shares", scale)
    return graph.op("Add", shares, graph.constant(np.asarray(weights[f"{kind}.offset"])))


_PREDICTORS: dict[str, Callable[[Graph, Weights, str, int], str]] = {
    "blend": _blend,
    "carried": _carried,
    "linear": _linear,
    "network": _network,
    "odds": _odds,
    "rest": _rest,
    "several": _several,
}
"""As `dalt.learning.heads.predictors.PREDICTORS`."""
