"""The encoders of images as operators: DALT's autoencoder, and nets that were trained elsewhere."""

from __future__ import annotations

import io
import logging
import warnings
from contextlib import redirect_stderr, redirect_stdout
from typing import Any

import numpy as np
from torch import nn

from dalt.core.errors import first_line, shown
from dalt.core.records import BadInput
from dalt.data.sources import ENCODED_PIXELS
from dalt.learning.encoders.efficientnet import EfficientNet
from dalt.learning.encoders.gradients import (
    DIRECTIONS,
    SQUARINGS,
    directions,
    gradient_kernel,
    pooling_bells,
)
from dalt.learning.encoders.image import ImageEncoder
from dalt.learning.encoders.image_frames import Frame
from dalt.learning.encoders.image_inputs import ImageInput
from dalt.learning.encoders.mobilenet import MobileNet
from dalt.learning.encoders.module import TorchModel
from dalt.learning.encoders.onnx import MODEL, OnnxModel
from dalt.learning.encoders.pretrained import Backbone, PretrainedEncoder
from dalt.learning.export.extras import require_onnxscript
from dalt.learning.export.graph import OPSET, Graph
from dalt.learning.export.nets import add_autoencoder, add_layers, array_of
from dalt.learning.export.pictures import add_frame, add_picture_input


def add_image_encoder(graph: Graph, encoder: ImageEncoder) -> str:
    """Add DALT's autoencoder of images; return the name of the embeddings."""
    frames = add_frame(graph, add_picture_input(graph), encoder.frame, ENCODED_PIXELS)
    scaled = graph.op("Div", frames, graph.constant(np.float32(255)))
    return add_autoencoder(graph, encoder.net, _maps(graph, scaled, encoder.frame))


def add_pretrained_images(graph: Graph, encoder: PretrainedEncoder) -> str:
    """Add a pretrained net of images and the components of its features.

    Raises
    ------
    BadInput
        If the net cannot be written to ONNX.
    """
    net = encoder.backbone
    images = getattr(net, "images", None)
    if not isinstance(images, ImageInput):
        raise cannot_be_written(net)
    model = _model_of(net, images)
    pixels = add_picture_input(graph, _batch_of(model) or "n")
    inputs = _scaled(graph, pixels, images)
    if model is None:
        features = graph.reduced("ReduceMean", add_layers(graph, _net(net), inputs), [2, 3], False)
    else:
        features = _features(graph, model, inputs)
    return add_components(graph, encoder, features)


def add_components(graph: Graph, encoder: PretrainedEncoder, features: str) -> str:
    """Add the principal components of features."""
    _, arrays = encoder.parts()
    centred = graph.op("Sub", features, graph.constant(arrays["mean"]))
    return graph.op("MatMul", centred, graph.constant(arrays["weight"].T))


def cannot_be_written(net: Backbone) -> BadInput:
    """The error of a net that has no form in ONNX."""
    return BadInput(
        f"The encoder {shown(net.name)} cannot be written to ONNX, which has no operators for how "
        "it reads its samples: take project.estimator(), or a .skops file, which keeps it; or "
        'encode with "autoencoder".'
    )


def _net(net: Backbone) -> nn.Module:
    if not isinstance(net, MobileNet | EfficientNet):
        raise cannot_be_written(net)
    return net.net


def _maps(graph: Graph, frames: str, frame: Frame) -> str:
    """As `dalt.learning.encoders.gradients.DirectionMaps`."""
    cell = frame.side // 8
    grey = graph.reduced("ReduceMean", frames, [1])
    edge = graph.constant([0, 0, 2, 2, 0, 0, 2, 2], np.int64)
    padded = graph.op("Pad", grey, edge, mode="edge")
    kernel = array_of(gradient_kernel())
    along_x = graph.op("Conv", padded, graph.constant(kernel[None, None]))
    along_x = graph.part(along_x, 1, -1, axis=2)
    along_y = graph.op("Conv", padded, graph.constant(kernel.T[None, None]))
    along_y = graph.part(along_y, 1, -1, axis=3)
    squares = graph.op("Add", graph.op("Mul", along_x, along_x), graph.op("Mul", along_y, along_y))
    strength = graph.op("Sqrt", graph.op("Add", squares, graph.constant(np.float32(1e-12))))
    x, y = (graph.constant(array_of(each).reshape(1, DIRECTIONS, 1, 1)) for each in directions())
    alike = graph.op("Add", graph.op("Mul", along_x, x), graph.op("Mul", along_y, y))
    alike = graph.op("Max", graph.op("Div", alike, strength), graph.constant(np.float32(0)))
    for _ in range(SQUARINGS):
        alike = graph.op("Mul", alike, alike)
    edges = graph.op("Mul", alike, strength)
    bells = array_of(pooling_bells(cell))
    pooled = graph.op("MatMul", edges, graph.constant(bells))
    pooled = graph.op("MatMul", graph.constant(bells.T), pooled)
    maps = graph.op("Sqrt", graph.op("Add", pooled, graph.constant(np.float32(1e-6))))
    if frame.channels == 1:
        return maps
    red, green, blue = (graph.part(frames, at, at + 1, axis=1) for at in range(3))
    yellow = graph.op("Div", graph.op("Add", red, green), graph.constant(np.float32(2)))
    hues = graph.op("Concat", graph.op("Sub", red, green), graph.op("Sub", blue, yellow), axis=1)
    hues = graph.op("AveragePool", hues, kernel_shape=[cell, cell], strides=[cell, cell])
    return graph.op("Concat", maps, hues, axis=1)


def _scaled(graph: Graph, pixels: str, images: ImageInput) -> str:
    """As `ImageInput`: framed, and on the scale of the net."""
    frames = add_frame(graph, pixels, images.frame, ENCODED_PIXELS)
    shares = graph.op("Div", frames, graph.constant(np.float32(255)))
    mean, deviation = images.scale
    centred = graph.op("Sub", shares, graph.constant(mean[None]))
    return graph.op("Div", centred, graph.constant(deviation[None]))


# --- nets of others ---------------------------------------------------------------------------


def _model_of(net: Backbone, images: ImageInput) -> Any:
    """The net as an ONNX model, or None if its layers are written one by one."""
    import onnx

    if isinstance(net, OnnxModel):
        return onnx.load_model_from_string(net.arrays()[MODEL].tobytes())
    if isinstance(net, TorchModel):
        return _exported(net.module, images)
    return None


def _exported(module: nn.Module, images: ImageInput) -> Any:
    """A torch module of the user as an ONNX model, by torch's own exporter."""
    import torch

    require_onnxscript()
    example = torch.zeros(2, images.channels, images.size, images.size)
    was_training = module.training
    silent = io.StringIO()
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings(), redirect_stdout(silent), redirect_stderr(silent):
            warnings.simplefilter("ignore")
            program = torch.onnx.export(
                module.eval(),
                (example,),
                dynamo=True,
                opset_version=OPSET,
                dynamic_shapes=({0: torch.export.Dim("n")},),
                verbose=False,
            )
    except Exception as error:  # somebody else's code, and any exporter's
        raise BadInput(
            f"The torch module of this project's encoder cannot be written to ONNX "
            f"({first_line(error)}): encode with an .onnx file of it, or take project.estimator() "
            "in this process."
        ) from error
    finally:
        logging.disable(logging.NOTSET)
        module.train(was_training)
    assert program is not None  # None is what the former exporter gave
    return program.model_proto


def _batch_of(model: Any) -> int | None:
    """The fixed number of images that a model reads at once; None if it is open."""
    if model is None:
        return None
    size = _input_of(model).type.tensor_type.shape.dim[0]
    return int(size.dim_value) if size.HasField("dim_value") else None


def _features(graph: Graph, model: Any, inputs: str) -> str:
    """As `OnnxModel.features`: maps are averaged over their pixels."""
    sizes = [each.dim_value for each in _input_of(model).type.tensor_type.shape.dim]
    channels_last = sizes[1] not in (1, 3) and sizes[3] in (1, 3)
    if channels_last:
        inputs = graph.op("Transpose", inputs, perm=[0, 2, 3, 1])
    outputs = graph.inline(model, inputs)
    n_axes = len(model.graph.output[0].type.tensor_type.shape.dim)
    if n_axes != 4:
        return outputs
    return graph.reduced("ReduceMean", outputs, [1, 2] if channels_last else [2, 3], False)


def _input_of(model: Any) -> Any:
    known = {each.name for each in model.graph.initializer}
    return next(each for each in model.graph.input if each.name not in known)
