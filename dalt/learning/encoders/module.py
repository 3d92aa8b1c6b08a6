"""The user's own torch module for images."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import nn

from dalt.core.records import BadInput, Floats, Kind
from dalt.learning.encoders.image_inputs import (
    IMAGENET_DEVIATION,
    IMAGENET_MEAN,
    ImageInput,
    as_features,
    n_features_of,
)
from dalt.learning.encoders.pretrained import N_DIMS, PretrainedEncoder
from dalt.learning.encoders.saving import Arrays
from dalt.learning.encoders.training import arrays_of

AT_ONCE = 8


class TorchModel:
    """Features of images by a module that reads float tensors (n, channels, size, size).

    The module is used in its present state, in evaluation mode; its mode is restored.
    """

    name = "torch"
    kind: Kind = "image"

    def __init__(self, module: nn.Module, images: ImageInput) -> None:
        if not isinstance(module, nn.Module):
            raise BadInput(f"A TorchEncoder wraps a torch module, not a {type(module).__name__}.")
        self.module, self.images = module, images
        self.n_features = n_features_of(self.features)

    def identity(self) -> dict[str, Any]:
        """Identifies the features as far as possible: by structure, not code."""
        structure = hashlib.sha256(repr(self.module).encode()).hexdigest()
        return {"name": self.name, "structure": structure, "images": self.images.settings()}

    def arrays(self) -> Arrays:
        """The weights."""
        return arrays_of(self.module, "")

    def features(self, raw: Sequence[Any]) -> Floats:
        """Features of images: float32 of shape (n, n_features).

        Raises
        ------
        BadInput
            If the module fails on them, or gives no features.
        """
        parts = []
        with _evaluating(self.module), torch.inference_mode():
            for start in range(0, len(raw), AT_ONCE):
                stop = min(start + AT_ONCE, len(raw))
                inputs = torch.from_numpy(self.images(raw[i] for i in range(start, stop)))
                parts.append(as_features(self._run(inputs)))
        return np.concatenate(parts) if parts else np.empty((0, self.n_features), np.float32)

    def _run(self, inputs: torch.Tensor) -> np.ndarray[Any, Any]:
        weights = next(self.module.parameters(), None)
        try:
            outputs = self.module(inputs if weights is None else inputs.to(weights.device))
        except Exception as error:  # somebody else's code
            raise BadInput(f"The torch module failed on images: {error}") from error
        if not isinstance(outputs, torch.Tensor):
            raise BadInput(f"The torch module must give a tensor, not a {type(outputs).__name__}.")
        return outputs.cpu().float().numpy()


@contextmanager
def _evaluating(module: nn.Module) -> Iterator[None]:
    """Evaluation mode for a while; each part's mode is restored."""
    modes = [(part, part.training) for part in module.modules()]
    module.eval()
    try:
        yield
    finally:
        for part, training in modes:
            part.training = training


class TorchEncoder(PretrainedEncoder):
    """Make an encoder of images from your own torch module.

    Parameters
    ----------
    module : nn.Module
        Reads float tensors (n, channels, size, size) and gives features (n, features), or
        maps (n, features, h, w), which are averaged over their pixels.
    size, channels : int
        Size and channels of its images.
    mean, deviation : tuple of float
        Of each channel, for pixels from 0 to 1; those of ImageNet unless told otherwise.
    n_dims : int
        Columns of the embeddings.

    Raises
    ------
    BadInput
        If it is not a module, or does not give features for images of that size.

    Notes
    -----
    The project keeps the module's weights but not its code: torch's format for that (TorchScript)
    is deprecated, holds pickles and would run code from the project's folder.  So in a new process
    you have to give the module again before new samples can be embedded; until then DALT refuses
    with one line that says so.  A module exported to ONNX is kept completely.

    Examples
    --------
    >>> module = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU())
    >>> images = np.random.default_rng(0).integers(0, 255, (9, 8, 8), dtype=np.uint8)
    >>> TorchEncoder(module, size=16, channels=1).fit(images, seed=0).transform(images).shape
    (9, 4)
    """

    def __init__(
        self,
        module: nn.Module,
        *,
        size: int = 224,
        channels: int = 3,
        mean: tuple[float, ...] = IMAGENET_MEAN,
        deviation: tuple[float, ...] = IMAGENET_DEVIATION,
        n_dims: int = N_DIMS,
    ) -> None:
        super().__init__(TorchModel(module, ImageInput(size, channels, mean, deviation)), n_dims)
