"""A few rows that represent a pool in kernels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dalt.core.records import Floats, Positions
from dalt.learning.heads.kernel import gaussian, inverted, kernel_scale

N_LANDMARKS = 512
RIDGE = 0.1


@dataclass(frozen=True)
class Landmarks:
    """Rows, and the solver that interpolates their values to any other row.

    Attributes
    ----------
    positions : ndarray of shape (n_landmarks,), int64
    rows : ndarray of shape (n_landmarks, n_dims), float32
    scale : float
        Scale of the Gaussian kernel for this pool.
    solver : ndarray of shape (n_landmarks, n_landmarks), float64
        Inverse of the regularised kernel among the landmarks.
    """

    positions: Positions
    rows: Floats
    scale: float
    solver: NDArray[np.float64]

    @classmethod
    def choose(cls, embeddings: Floats) -> Landmarks:
        """Take evenly spaced rows of the pool."""
        n = len(embeddings)
        rng = np.random.default_rng(0)
        positions = np.sort(rng.choice(n, min(n, N_LANDMARKS), replace=False))
        rows = np.ascontiguousarray(embeddings[positions], dtype=np.float32)
        scale = kernel_scale(rows)
        gram = gaussian(rows, rows, scale).astype(np.float64)
        gram[np.diag_indices_from(gram)] += RIDGE
        return cls(positions.astype(np.int64), rows, scale, inverted(gram))

    def carry(self, values: Floats) -> Floats:
        """Coefficients of the function that takes these values at the landmarks."""
        return (self.solver @ values).astype(np.float32)
