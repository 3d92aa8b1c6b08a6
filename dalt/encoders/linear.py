"""Principal components: where every autoencoder here starts from."""

from __future__ import annotations

import torch
from torch import Tensor, nn


def principal_map(inputs: Tensor, n_dims: int, *, whitening: float = 0.25) -> tuple[Tensor, Tensor]:
    """Linear map to the leading principal components, partly whitened.

    Parameters
    ----------
    inputs : Tensor of shape (n, d)
    n_dims : int
        Rows of the map; those beyond the data's rank are zero.
    whitening : float
        Components are divided by their deviation to twice this power: 0 leaves them as
        they are, 0.5 makes all equally strong.

    Returns
    -------
    weight : Tensor of shape (n_dims, d)
        Outputs have a mean square of 1, unless all inputs are the same (then 0).
    mean : Tensor of shape (d,)
    """
    mean = inputs.mean(0)
    centred = (inputs - mean).double()
    covariance = centred.T @ centred / len(inputs)
    values, vectors = torch.linalg.eigh(covariance)
    kept = min(n_dims, len(values))
    values = values.flip(0)[:kept].clamp(min=0)
    components = vectors.flip(1)[:, :kept].T
    # An eigenvector's sign is arbitrary: fix it, so that the same data give the same map.
    largest = components.abs().argmax(1)
    components = components * components.gather(1, largest[:, None]).sign()
    floor = values.max().clamp(min=1e-12) * 1e-6
    scales = torch.where(values > floor, values.clamp(min=1e-12) ** -whitening, 0.0)
    spread = (values * scales.square()).sum() / n_dims
    scales = scales / spread.sqrt().clamp(min=1e-6)
    weight = torch.zeros(n_dims, inputs.shape[1], dtype=torch.float64)
    weight[:kept] = components * scales[:, None]
    return weight.float(), mean


def start_from(layer: nn.Linear, weight: Tensor, mean: Tensor) -> None:
    """Make a layer compute ``weight @ (inputs - mean)``."""
    with torch.no_grad():
        layer.weight.copy_(weight)
        layer.bias.copy_(-(weight @ mean))


def silence(layer: nn.Linear) -> None:
    """Make a layer give zeros, so that what it is added to starts alone."""
    nn.init.zeros_(layer.weight)
    nn.init.zeros_(layer.bias)
