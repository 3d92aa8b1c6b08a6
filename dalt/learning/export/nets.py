"""Nets of torch as operators: the few layers that DALT's own encoders are made of."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from dalt.core.records import BadInput
from dalt.learning.encoders.autoencoder import Autoencoder
from dalt.learning.encoders.packaged_nets import Residual
from dalt.learning.export.graph import Graph


def array_of(tensor: Tensor) -> NDArray[np.float32]:
    """A tensor as an array."""
    return np.asarray(tensor.detach().cpu().numpy(), np.float32)


def add_layers(graph: Graph, layer: nn.Module, value: str) -> str:
    """Add a layer, or the layers of a sequence; return the name of its output.

    Raises
    ------
    BadInput
        If a layer has no counterpart here.
    """
    if isinstance(layer, nn.Sequential):
        for each in layer:
            value = add_layers(graph, each, value)
        return value
    if isinstance(layer, Residual):
        changed = add_layers(graph, layer.conv, value)
        return graph.op("Add", value, changed) if layer.adds else changed
    if isinstance(layer, nn.Identity):
        return value
    if isinstance(layer, nn.ReLU):
        return graph.op("Relu", value)
    if isinstance(layer, nn.ReLU6):
        return graph.op("Clip", value, graph.constant(np.float32(0)), graph.constant(np.float32(6)))
    if isinstance(layer, nn.Flatten):
        return graph.op("Flatten", value, axis=1)
    if isinstance(layer, nn.ZeroPad2d):
        left, right, top, bottom = layer.padding
        edges = np.array([0, 0, top, left, 0, 0, bottom, right], np.int64)
        return graph.op("Pad", value, graph.constant(edges))
    if isinstance(layer, nn.Linear):
        return add_linear(graph, layer, value)
    if isinstance(layer, nn.Conv2d):
        return _convolution(graph, layer, value)
    if isinstance(layer, nn.BatchNorm2d):
        return _normalisation(graph, layer, value)
    raise BadInput(
        f"The encoder has a layer {type(layer).__name__}, which cannot be written to ONNX: take "
        "project.estimator(), which keeps every encoder of DALT."
    )


def add_linear(graph: Graph, layer: nn.Linear, value: str) -> str:
    """Add a linear layer."""
    product = graph.op("MatMul", value, graph.constant(array_of(layer.weight).T))
    return graph.op("Add", product, graph.constant(array_of(layer.bias)))


def add_autoencoder(graph: Graph, net: Autoencoder, inputs: str) -> str:
    """Add the encoding half of an autoencoder: inputs (n, *shape) to embeddings (n, n_dims)."""
    centred = graph.op("Sub", inputs, graph.constant(array_of(net.mean)))
    standardised = graph.op("Div", centred, graph.constant(array_of(net.scale)))
    straight = add_linear(graph, net.linear, graph.op("Flatten", standardised, axis=1))
    bent = add_linear(graph, net.bend, add_layers(graph, net.body, standardised))
    both = graph.op("Add", straight, bent)
    return graph.op("Sub", both, graph.constant(array_of(net.centre)))


def _convolution(graph: Graph, layer: nn.Conv2d, value: str) -> str:
    weights = [array_of(layer.weight)]
    if layer.bias is not None:
        weights.append(array_of(layer.bias))
    padding = [int(each) for each in layer.padding]
    return graph.op(
        "Conv",
        value,
        *map(graph.constant, weights),
        strides=list(layer.stride),
        pads=padding * 2,
        dilations=list(layer.dilation),
        group=layer.groups,
        kernel_shape=list(layer.kernel_size),
    )


def _normalisation(graph: Graph, layer: nn.BatchNorm2d, value: str) -> str:
    parts = (layer.weight, layer.bias, layer.running_mean, layer.running_var)
    given = [graph.constant(array_of(each)) for each in parts if each is not None]
    return graph.op("BatchNormalization", value, *given, epsilon=layer.eps)
