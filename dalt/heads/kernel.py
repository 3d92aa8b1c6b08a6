"""Ridge regression with a Gaussian kernel: the parametric end of the default head.

In closed form, so nothing has to converge, and what the fit would say of each label
had it not seen it (leave-one-out) costs nothing more.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dalt.records import Floats

MOST_CENTRES = 1_500
CHUNK = 8_192


@dataclass(frozen=True)
class KernelFit:
    """Scores are ``gaussian(x, centres) @ coefficients``.

    Attributes
    ----------
    centres : ndarray of shape (n_centres, n_dims), float32
    coefficients : ndarray of shape (n_centres, n_classes), float32
    left_out : ndarray of shape (n_labels, n_classes), float32
        Scores of the labelled rows by fits without them.
    """

    centres: Floats
    coefficients: Floats
    left_out: Floats


def gaussian(rows: Floats, centres: Floats, scale: float) -> Floats:
    """Kernel ``exp(-scale * squared distance)``, shape (n_rows, n_centres)."""
    squares = np.einsum("ij,ij->i", rows, rows)[:, None] + np.einsum("ij,ij->i", centres, centres)
    squares -= 2 * (rows @ centres.T)
    np.maximum(squares, 0, out=squares)
    squares *= -scale
    return np.exp(squares, out=squares)


def fit_kernel(rows: Floats, targets: Floats, scale: float, ridge: float) -> KernelFit:
    """Regress targets on rows.

    Parameters
    ----------
    rows : ndarray of shape (n_labels, n_dims), float32
    targets : ndarray of shape (n_labels, n_classes), float32
    scale, ridge : float
    """
    if len(rows) > MOST_CENTRES:
        return _fit_few_centres(rows, targets, scale, ridge)
    gram = gaussian(rows, rows, scale).astype(np.float64)
    gram[np.diag_indices_from(gram)] += ridge
    inverse = np.linalg.inv(gram)
    coefficients = inverse @ targets
    left_out = targets - coefficients / np.diag(inverse)[:, None]
    return KernelFit(rows, coefficients.astype(np.float32), left_out.astype(np.float32))


def _fit_few_centres(rows: Floats, targets: Floats, scale: float, ridge: float) -> KernelFit:
    """The same on an even choice of centres, so that the cost grows with the labels only."""
    centres = rows[np.linspace(0, len(rows) - 1, MOST_CENTRES).astype(int)]
    features = gaussian(rows, centres, scale).astype(np.float64)
    among = gaussian(centres, centres, scale).astype(np.float64)
    normal = features.T @ features + ridge * among
    normal[np.diag_indices_from(normal)] += 1e-6
    inverse = np.linalg.inv(normal)
    coefficients = inverse @ (features.T @ targets)
    leverage = np.einsum("ij,ij->i", features @ inverse, features).clip(0, 0.999)
    left_out = targets - (targets - features @ coefficients) / (1 - leverage)[:, None]
    return KernelFit(centres, coefficients.astype(np.float32), left_out.astype(np.float32))


def kernel_scale(rows: Floats, factor: float = 2.0) -> float:
    """Kernel scale from the median distance between a few hundred rows."""
    some = rows[np.linspace(0, len(rows) - 1, min(len(rows), 500)).astype(int)]
    squares = _squares(some)
    middle = float(np.median(squares[np.triu_indices(len(some), 1)])) if len(some) > 1 else 0.0
    return factor / middle if middle > 0 else 1.0


def _squares(rows: Floats) -> Floats:
    lengths = np.einsum("ij,ij->i", rows, rows)
    return np.maximum(lengths[:, None] + lengths - 2 * rows @ rows.T, 0)
