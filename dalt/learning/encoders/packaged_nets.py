"""Nets of pictures whose weights a package carries: read with care, computed picture by picture."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, channels_last, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from dalt.core.errors import os_reason
from dalt.core.records import BadInput, Floats
from dalt.learning.encoders.image_inputs import ImageInput
from dalt.learning.encoders.saving import Arrays
from dalt.learning.encoders.torchfile import read_weights


class Residual(nn.Module):
    """Layers whose output is added to their input, where the shapes allow that.

    Parameters
    ----------
    conv : nn.Sequential
        From maps to maps.
    adds : bool
        Whether both have the same shape.
    """

    def __init__(self, conv: nn.Sequential, adds: bool) -> None:
        super().__init__()
        self.conv = conv
        self.adds = adds

    def forward(self, maps: Tensor) -> Tensor:
        """Maps (n, n_in, h, w) to the next."""
        changed: Tensor = self.conv(maps)
        return maps + changed if self.adds else changed


def known_weights(path: Path, sha_256: str) -> Arrays:
    """Read a file of torch, without unpickling, if it is to the byte the one that is known.

    Raises
    ------
    BadInput
        If it cannot be read, or is another file.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise BadInput(f"{path} cannot be read ({os_reason(error)}). Install it again.") from error
    if hashlib.sha256(content).hexdigest() != sha_256:
        raise BadInput(f"{path} is not the file of weights that DALT knows. Install it again.")
    return read_weights(content)


def without_weights(make: Callable[[], nn.Module]) -> nn.Module:
    """Make a net that has names and shapes alone, and takes no memory."""
    with torch.device("meta"):
        return make()


def with_weights(net: nn.Module, weights: Arrays) -> nn.Module:
    """Give a net its weights, by their names in it, and make it ready to compute."""
    state = {name: torch.from_numpy(array.copy()) for name, array in weights.items()}
    net.load_state_dict(state, assign=True)
    return _fused(net.eval())


def maps_of(net: nn.Module, images: ImageInput, picture: Any) -> Tensor:
    """Features by their place in one picture: (1, n_features, height, width)."""
    with torch.inference_mode():
        inputs = torch.from_numpy(images([picture]))
        maps: Tensor = net(inputs.contiguous(memory_format=channels_last))
        return maps


def mean_maps(net: nn.Module, images: ImageInput, raw: Sequence[Any], n_features: int) -> Floats:
    """Features of pictures: float32 of shape (n, n_features)."""
    features = np.empty((len(raw), n_features), np.float32)
    for i in range(len(raw)):  # one stays in the processor's cache: twice as fast as 16
        features[i] = maps_of(net, images, raw[i]).mean((2, 3)).numpy()
    return features


def _fused(net: nn.Module) -> nn.Module:
    """Fuse each convolution of a `nn.Sequential` with the norm after it: a third is saved."""
    for part in net.modules():
        if isinstance(part, nn.Sequential):
            for at in range(len(part) - 1):
                layer, norm = part[at], part[at + 1]
                if isinstance(layer, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
                    one = fuse_conv_bn_eval(layer, norm)
                    one.weight.data = one.weight.contiguous(memory_format=channels_last)
                    part[at], part[at + 1] = one, nn.Identity()
    return net
