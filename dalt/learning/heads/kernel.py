"""Ridge regression with a Gaussian kernel: the parametric part of the default head.

It has a closed form, so nothing has to converge, and leave-one-out predictions of the labels
come for free.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dalt.core.records import Floats, Positions
from dalt.core.rounding import rounding, told_apart

_CACHED = 1_000_000
_MOST_ROWS = 8_192


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
    middle = centres.mean(axis=0)  # distances near the origin lose less precision
    left, right = rows - middle, centres - middle
    ones = np.ones((len(left), 1), np.float32)
    left = np.hstack([left, ones, np.einsum("ij,ij->i", left, left)[:, None]])
    lengths = np.einsum("ij,ij->i", right, right)
    right = np.hstack([-2 * right, lengths[:, None], np.ones((len(right), 1), np.float32)])
    near = left @ (right * np.float32(-scale)).T  # the complete exponent in one product
    np.minimum(near, 0, out=near)
    return np.exp(near, out=near)


def chunks(n_rows: int, n_columns: int) -> Iterator[slice]:
    """Parts of the rows whose kernel with so many columns stays in the processor's cache."""
    step = min(max(_CACHED // max(n_columns, 1), 64), _MOST_ROWS)
    return (slice(first, first + step) for first in range(0, n_rows, step))


def fit_kernel(
    rows: Floats, targets: Floats, scale: float, ridge: float, most_centres: int
) -> KernelFit:
    """Regress targets on rows.

    Parameters
    ----------
    rows : ndarray of shape (n_labels, n_dims), float32
    targets : ndarray of shape (n_labels, n_classes), float32
    scale, ridge : float
    most_centres : int
        With more rows, evenly chosen ones are centres.
    """
    if len(rows) > most_centres:
        return _fit_few_centres(rows, targets, scale, ridge, most_centres)
    gram = gaussian(rows, rows, scale).astype(np.float64)
    gram[np.diag_indices_from(gram)] += ridge
    inverse = inverted(gram)
    coefficients = inverse @ targets
    left_out = targets - coefficients / np.diag(inverse)[:, None]
    return KernelFit(rows, coefficients.astype(np.float32), left_out.astype(np.float32))


def inverted(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """Invert a symmetric positive definite matrix, by Cholesky: a third of the usual time."""
    from scipy.linalg import lapack

    factor, failed = lapack.dpotrf(matrix, lower=1)
    if not failed:
        inverse, failed = lapack.dpotri(factor, lower=1)
    if failed:
        return np.asarray(np.linalg.pinv(matrix, hermitian=True), np.float64)
    return np.asarray(np.tril(inverse) + np.tril(inverse, -1).T, np.float64)


def _fit_few_centres(
    rows: Floats, targets: Floats, scale: float, ridge: float, n_centres: int
) -> KernelFit:
    """The same on evenly chosen centres, so the cost is linear in the labels."""
    centres = rows[np.linspace(0, len(rows) - 1, n_centres).astype(int)]
    features = gaussian(rows, centres, scale).astype(np.float64)
    among = gaussian(centres, centres, scale).astype(np.float64)
    normal = features.T @ features + ridge * among
    normal[np.diag_indices_from(normal)] += 1e-6
    inverse = inverted(normal)
    coefficients = inverse @ (features.T @ targets)
    leverage = np.einsum("ij,ij->i", features @ inverse, features).clip(0, 0.999)
    left_out = targets - (targets - features @ coefficients) / (1 - leverage)[:, None]
    return KernelFit(centres, coefficients.astype(np.float32), left_out.astype(np.float32))


def kernel_scale(rows: Floats, factor: float = 1.0) -> float:
    """Kernel scale from the median distance between a few hundred rows.

    If all rows are equal, anything that differs by less than their length is near.
    """
    some = rows[np.linspace(0, len(rows) - 1, min(len(rows), 500)).astype(int)]
    squares = _squares(some)
    pairs = np.triu_indices(len(some), 1)
    middle = float(np.median(squares[pairs])) if len(some) > 1 else 0.0
    # The squares are differences of lengths: if those are mere rounding, compute them directly.
    largest = float(np.abs(some).max(initial=0.0))
    if middle <= rounding(some.shape[1] * largest**2):
        middle = _told_apart(some, pairs)
    middle = middle or float(np.square(some, dtype=np.float64).sum(axis=1).mean())
    return factor / middle if middle > 0 else 1.0


def _told_apart(rows: Floats, pairs: tuple[Positions, Positions]) -> float:
    """Median square of the distances that are more than rounding; 0 if there is none."""
    exact = rows.astype(np.float64)
    exact -= exact.mean(axis=0)
    exact[:, ~told_apart(rows.min(axis=0), rows.max(axis=0))] = 0
    squares = _squares(exact)[pairs]
    apart = squares[squares > rounding(squares.max(initial=0.0))]
    return float(np.median(apart)) if len(apart) else 0.0


def _squares(rows: Any) -> Any:
    lengths = np.einsum("ij,ij->i", rows, rows)
    return np.maximum(lengths[:, None] + lengths - 2 * rows @ rows.T, 0)
