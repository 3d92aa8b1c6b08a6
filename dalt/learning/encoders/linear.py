"""Principal components, from which every autoencoder starts."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from dalt.core.rounding import rounding


def principal_map(
    inputs: Tensor, n_dims: int, *, whitening: float = 0.25, sizes: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """Linear map to the leading principal components, partly whitened.

    Parameters
    ----------
    inputs : Tensor of shape (n, d)
    n_dims : int
        Rows of the map; rows beyond the data's rank are zero.
    whitening : float
        Components are divided by their deviation to twice this power: 0 leaves them as
        they are, 0.5 makes all equally strong.
    sizes : Tensor of shape (d,), optional
        Largest absolute value of each input as it was computed, in the same units; that of
        `inputs` if left out.  Inputs that were centred do not say how exact they are.

    Returns
    -------
    weight : Tensor of shape (n_dims, d)
        Outputs have a mean square of 1, unless all inputs are the same but for rounding (then 0).
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
    noise = _noise(components, inputs.abs().amax(0) if sizes is None else sizes, inputs.dtype)
    kept_ones = (values > values.max() * 1e-6) & (values.sqrt() > noise)
    scales = torch.where(kept_ones, values, 1.0) ** -whitening * kept_ones
    spread = (values * scales.square()).sum() / n_dims
    if kept_ones.any():
        scales = scales / spread.sqrt()
    weight = torch.zeros(n_dims, inputs.shape[1], dtype=torch.float64)
    weight[:kept] = components * scales[:, None]
    return weight.float(), mean


def _noise(components: Tensor, sizes: Tensor, dtype: torch.dtype) -> Tensor:
    """Return how far rounding can move a sample along each component: shape (n_components,).

    All inputs may be rounded the same way.  An input that is small only by cancellation is no
    more exact than the others: it counts as large as most are.
    """
    sizes = sizes.double()
    there = sizes[sizes > 0]
    if len(there):
        sizes = sizes.clamp(min=there.median())
    exact = np.float32 if dtype == torch.float32 else np.float64
    return rounding(components.abs() @ sizes, exact)


def start_from(layer: nn.Linear, weight: Tensor, mean: Tensor) -> None:
    """Make a layer compute ``weight @ (inputs - mean)``."""
    with torch.no_grad():
        layer.weight.copy_(weight)
        layer.bias.copy_(-(weight @ mean))


def silence(layer: nn.Linear) -> None:
    """Make a layer return zeros, so the term beside it starts alone."""
    nn.init.zeros_(layer.weight)
    nn.init.zeros_(layer.bias)
