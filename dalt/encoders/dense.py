"""Dense autoencoder, and the encoder of table rows on top of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dalt.encoders.columns import Column, columns_of, from_settings, inputs_of, to_settings
from dalt.encoders.linear import principal_map, silence, start_from
from dalt.encoders.reading import read_to_fit
from dalt.encoders.saving import (
    Arrays,
    fingerprint_of,
    read_arrays,
    read_settings,
    save_encoder,
)
from dalt.encoders.training import Schedule, arrays_of, build, load_arrays, train
from dalt.records import Floats, Kind, NotEncoded, Progress

N_DIMS = 64
HIDDEN = 256
MASKED = 0.2
AT_ONCE = 4_000


class DenseAutoencoder(nn.Module):
    """Autoencoder of vectors: a linear path beside one with a hidden layer, a decoder.

    Parameters
    ----------
    n_inputs : int
        Width of the vectors.
    n_dims : int
        Width of the embeddings.
    """

    def __init__(self, n_inputs: int, n_dims: int) -> None:
        super().__init__()
        self.linear = nn.Linear(n_inputs, n_dims)
        self.body = nn.Sequential(nn.Linear(n_inputs, HIDDEN), nn.ReLU())
        self.bend = nn.Linear(HIDDEN, n_dims)
        self.decoder = nn.Sequential(
            nn.Linear(n_dims, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, n_inputs)
        )

    @classmethod
    def fit(
        cls,
        inputs: Tensor,
        n_dims: int,
        *,
        schedule: Schedule,
        seed: int,
        progress: Progress | None = None,
    ) -> DenseAutoencoder:
        """Learn to rebuild vectors of which a fifth was replaced by other vectors' values.

        Parameters
        ----------
        inputs : Tensor of shape (n, n_inputs), float32
        n_dims : int
        schedule : Schedule
        seed : int
        progress : callable, optional
        """
        generator = torch.Generator().manual_seed(seed)
        net = build(lambda: cls(inputs.shape[1], n_dims), generator)
        start_from(net.linear, *principal_map(inputs, n_dims))
        silence(net.bend)
        scale = (inputs - inputs.mean(0)).square().mean().sqrt().clamp(min=1e-6)

        def loss(rows: Tensor, draws: torch.Generator) -> Tensor:
            clean = inputs[rows]
            others = inputs[torch.randint(len(inputs), (len(rows),), generator=draws)]
            masked = torch.rand(clean.shape, generator=draws) < MASKED
            rebuilt = net.decoder(net(torch.where(masked, others, clean)))
            return F.mse_loss(rebuilt / scale, clean / scale)

        train(net, loss, len(inputs), schedule=schedule, generator=generator, progress=progress)
        return net

    def forward(self, inputs: Tensor) -> Tensor:
        """Embed vectors (n, n_inputs): (n, n_dims)."""
        embedding: Tensor = self.linear(inputs) + self.bend(self.body(inputs))
        return embedding

    def embed(self, inputs: Floats) -> Floats:
        """The same for arrays, without gradients."""
        with torch.inference_mode():
            parts = [self(part).numpy() for part in torch.from_numpy(inputs).split(AT_ONCE)]
        return np.concatenate(parts) if len(inputs) else self._none()

    def _none(self) -> Floats:
        return np.empty((0, self.bend.out_features), np.float32)

    @classmethod
    def restored(cls, arrays: Arrays, n_inputs: int, n_dims: int) -> DenseAutoencoder:
        """Build again from saved weights, whose names begin with ``net.``."""
        with torch.device("meta"):
            net = cls(n_inputs, n_dims)
        load_arrays(net, arrays, "net.")
        return net


@dataclass
class TableEncoder:
    """Table rows to embeddings by a denoising dense autoencoder.

    Parameters
    ----------
    n_dims : int
        Columns of the embeddings.
    schedule : Schedule
        Length and pace of the training.

    Notes
    -----
    Numeric columns are cut at their quantiles, categorical ones have an input per name
    (`dalt.encoders.columns`); missing cells are marked.  Columns that tell nothing (all
    missing, all the same, all different names) are left out.

    Examples
    --------
    >>> rows = [{"size": float(i), "pet": "cat" if i % 2 else "dog"} for i in range(30)]
    >>> encoder = TableEncoder(schedule=Schedule(steps=2)).fit(rows, seed=0)
    >>> encoder.transform([{"size": None, "pet": "cow"}]).shape
    (1, 64)
    """

    n_dims: int = N_DIMS
    schedule: Schedule = Schedule(steps=500)
    kind: Kind = "table"

    def __post_init__(self) -> None:
        self._columns: list[Column] = []
        self._net: DenseAutoencoder | None = None

    @property
    def fingerprint(self) -> str:
        """Hash of settings and weights.

        Raises
        ------
        NotEncoded
            Before `fit`.
        """
        return fingerprint_of(self._settings(), self._arrays())

    def fit(self, raw: Sequence[Any], *, seed: int, progress: Progress | None = None) -> Self:
        """Learn from rows, at most 20,000 of them.

        Parameters
        ----------
        raw : sequence of dict of str to float, str or None
            May be read lazily; rows that cannot be read are left out.
        seed : int
        progress : callable, optional

        Raises
        ------
        BadInput
            If there are no rows, or more than half cannot be read.
        """
        rows = read_to_fit(raw, seed=seed)
        self._columns = columns_of(rows)
        self._net = DenseAutoencoder.fit(
            torch.from_numpy(inputs_of(rows, self._columns)),
            self.n_dims,
            schedule=self.schedule,
            seed=seed,
            progress=progress,
        )
        return self

    def transform(self, raw: Sequence[Any]) -> Floats:
        """Embed rows: float32 of shape (n_samples, n_dims).

        Raises
        ------
        NotEncoded
            Before `fit`.
        BadInput
            If one is not a mapping; errors of reading are passed on.
        """
        net = self._fitted()
        return net.embed(inputs_of([raw[i] for i in range(len(raw))], self._columns))

    def save(self, folder: Path) -> None:
        """Write settings (JSON) and weights (safetensors) into `folder`."""
        save_encoder(folder, self._settings(), self._arrays())

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote.

        Raises
        ------
        BadInput
            If it is missing or damaged.
        """
        settings, arrays = read_settings(folder), read_arrays(folder)
        encoder = cls(n_dims=settings["n_dims"])
        encoder._columns = from_settings(settings["columns"])
        n_inputs = inputs_of([], encoder._columns).shape[1]
        encoder._net = DenseAutoencoder.restored(arrays, n_inputs, encoder.n_dims)
        return encoder

    def _settings(self) -> dict[str, Any]:
        self._fitted()
        return {
            "type": "table",
            "version": 1,
            "n_dims": self.n_dims,
            "columns": to_settings(self._columns),
        }

    def _arrays(self) -> Arrays:
        return arrays_of(self._fitted(), "net.")

    def _fitted(self) -> DenseAutoencoder:
        if self._net is None:
            raise NotEncoded("This encoder has not learned yet. Call fit() first.")
        return self._net
