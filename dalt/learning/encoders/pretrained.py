"""Pretrained features, reduced to the width that heads are made for.

Measured by ``benchmarks/pretrained.py``, 64 principal components suggest as well as all 384 to
1,280 features, with a sixth to a twentieth of the columns to keep and to search for neighbours.
The autoencoder of tables gained up to two points over them at 50 uniformly drawn labels and lost
as much at 200, and needs training.  So DALT uses principal components.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol, Self

import numpy as np
import torch
from numpy.typing import NDArray

from dalt.core.errors import shown
from dalt.core.records import BadInput, Floats, Kind, Progress
from dalt.learning.encoders.linear import principal_map
from dalt.learning.encoders.reading import fit_subset, read, refuse_if_mostly_unreadable
from dalt.learning.encoders.saved import SavedEncoder, not_fitted
from dalt.learning.encoders.saving import Arrays, read_arrays, read_settings

N_DIMS = 64
MOST_FEATURES = 10_000
"""Principal components of more take gigabytes of memory; nets that describe samples give 300 to
5,000."""
FIT_LIMIT = 1_000  # features are costly, and this many give the components of all
AT_ONCE = 50
BACKBONE = "backbone."


class Backbone(Protocol):
    """A net that was trained elsewhere and does not change."""

    @property
    def name(self) -> str:
        """Its name in the registry."""

    @property
    def kind(self) -> Kind:
        """The kind of samples that it reads."""

    @property
    def n_features(self) -> int:
        """Columns of the features."""

    def identity(self) -> dict[str, Any]:
        """Identifies the features, as JSON: its name and the hash of its weights."""

    def arrays(self) -> Arrays:
        """Arrays to keep with the encoder; none if a package brings the weights."""

    def features(self, raw: Sequence[Any]) -> Floats:
        """Features of raw samples: float32 of shape (n, n_features)."""


class PretrainedEncoder(SavedEncoder):
    """A pretrained net, and the principal components of its features on this pool.

    Parameters
    ----------
    backbone : Backbone
    n_dims : int
        Columns of the embeddings, at most as many as there are features.

    Raises
    ------
    BadInput
        If the net gives more features than components can be found of.
    """

    def __init__(self, backbone: Backbone, n_dims: int = N_DIMS) -> None:
        if backbone.n_features > MOST_FEATURES:
            raise BadInput(
                f"The model {shown(backbone.name)} gives {backbone.n_features:,} numbers for a "
                f"sample, and at most {MOST_FEATURES:,} are taken: let it give the mean of its "
                "maps or patches."
            )
        self.backbone = backbone
        self.kind: Kind = backbone.kind
        self.n_dims = min(n_dims, backbone.n_features)
        self._weight: NDArray[np.float32] | None = None
        self._mean: NDArray[np.float32] | None = None

    def fit(self, raw: Sequence[Any], *, seed: int, progress: Progress | None = None) -> Self:
        """Find the principal components, from at most 1,000 samples.

        Parameters
        ----------
        raw : sequence
            May be read lazily; samples that cannot be read are left out.
        seed : int
            Draws the samples if there are more.
        progress : callable, optional

        Raises
        ------
        BadInput
            If there are no samples, or more than half cannot be read.
        """
        self._weight = self._mean = None
        features = torch.from_numpy(self._features_to_fit(raw, seed, progress))
        weight, mean = principal_map(features, self.n_dims, whitening=0.0)
        self._weight, self._mean = weight.numpy(), mean.numpy()
        return self

    def transform(self, raw: Sequence[Any]) -> Floats:
        """Embed samples: float32 of shape (n_samples, n_dims).

        Raises
        ------
        NotEncoded
            Before `fit`.
        BadInput
            If one is not of the backbone's kind; errors of reading are passed on.
        """
        weight, mean = self._fitted()
        return np.asarray((self.backbone.features(raw) - mean) @ weight.T, np.float32)

    @classmethod
    def load(cls, folder: Path, backbone: Backbone) -> PretrainedEncoder:
        """Read what `save` wrote, on the same backbone.

        Raises
        ------
        BadInput
            If it is missing or damaged, or the backbone is another one.
        """
        settings, arrays = read_settings(folder), read_arrays(folder)
        if backbone.identity() != settings["backbone"]:
            raise BadInput(
                f"The installed weights of {backbone.name!r} are not those that this project was "
                f"encoded with. Install those, or start anew: project.encode(retrain=True)."
            )
        encoder = PretrainedEncoder(backbone, settings["n_dims"])
        encoder._weight, encoder._mean = arrays["weight"], arrays["mean"]
        return encoder

    def _features_to_fit(
        self, raw: Sequence[Any], seed: int, progress: Progress | None
    ) -> NDArray[np.float32]:
        """Features of some samples; it holds only a few raw ones at a time."""
        positions = fit_subset(len(raw), seed=seed, limit=FIT_LIMIT).tolist()
        parts, failures = [], []
        for start in range(0, len(positions), AT_ONCE):
            batch = read(raw, positions[start : start + AT_ONCE])
            parts.append(self.backbone.features(batch.values))
            failures += batch.failures
            if progress is not None:
                done = min(start + AT_ONCE, len(positions))
                progress("Looking at the features", done, len(positions))
        refuse_if_mostly_unreadable(raw, failures, len(positions))
        return np.concatenate(parts)

    def _settings(self) -> dict[str, Any]:
        self._fitted()
        return {
            "type": "pretrained",
            "version": 1,
            "n_dims": self.n_dims,
            "backbone": self.backbone.identity(),
        }

    def _arrays(self) -> Arrays:
        weight, mean = self._fitted()
        kept = {BACKBONE + name: array for name, array in self.backbone.arrays().items()}
        return {"weight": weight, "mean": mean, **kept}

    def _fitted(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        if self._weight is None or self._mean is None:
            raise not_fitted()
        return self._weight, self._mean


def backbone_arrays(folder: Path) -> Arrays:
    """The result of `Backbone.arrays` when the encoder in `folder` was saved."""
    return {
        name.removeprefix(BACKBONE): array
        for name, array in read_arrays(folder).items()
        if name.startswith(BACKBONE)
    }
