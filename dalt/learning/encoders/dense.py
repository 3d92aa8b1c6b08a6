"""Dense autoencoder, and the encoder of table rows on top of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import torch
from torch import nn

from dalt.core.records import Floats, Kind, Progress
from dalt.learning.encoders.autoencoder import (
    HIDDEN,
    USUAL,
    Autoencoder,
    AutoencoderFit,
    Recipe,
    Size,
    Swapped,
    unexplained,
)
from dalt.learning.encoders.columns import (
    Column,
    columns_of,
    from_settings,
    inputs_of,
    misread,
    to_settings,
)
from dalt.learning.encoders.reading import read_to_fit
from dalt.learning.encoders.saved import LearnedEncoder, fitted
from dalt.learning.encoders.saving import Arrays, read_arrays, read_settings
from dalt.learning.encoders.training import Schedule, arrays_of, load_arrays

N_DIMS = 64
SCHEDULE = Schedule(rate=1e-3)
RECIPE = Recipe(temperature=0.5, n_neighbours=5)


def dense_autoencoder(n_inputs: int, n_dims: int, size: Size = USUAL) -> Autoencoder:
    """Autoencoder of vectors, usually with one hidden layer."""
    hidden = size.of(HIDDEN)
    layers: list[nn.Module] = [nn.Linear(n_inputs, hidden), nn.ReLU()]
    for _ in range(size.depth):
        layers += [nn.Linear(hidden, hidden), nn.ReLU()]
    return Autoencoder((n_inputs,), nn.Sequential(*layers), hidden, n_dims)


def restored(arrays: Arrays, n_inputs: int, n_dims: int, size: Size = USUAL) -> Autoencoder:
    """The same from saved weights, whose names begin with ``net.``."""
    with torch.device("meta"):
        net = dense_autoencoder(n_inputs, n_dims, size)
    load_arrays(net, arrays, "net.")
    return net


@dataclass
class TableEncoder(LearnedEncoder[Autoencoder]):
    """Table rows to embeddings by a denoising dense autoencoder.

    Parameters
    ----------
    n_dims : int
        Columns of the embeddings.
    schedule : Schedule
        Length and pace of the training.
    recipe : Recipe
        What it is trained for.
    size : Size
        Of its bent path.
    noise : float
        Share of the inputs that are swapped for those of other rows.

    Notes
    -----
    Numeric columns are cut at their quantiles, categorical ones have an input per name
    (`dalt.learning.encoders.columns`); missing cells are marked.  Uninformative columns (all
    missing, all equal, all different names) are left out.

    Examples
    --------
    >>> rows = [{"size": float(i), "pet": "cat" if i % 2 else "dog"} for i in range(30)]
    >>> encoder = TableEncoder(schedule=Schedule(most=2)).fit(rows, seed=0)
    >>> encoder.transform([{"size": None, "pet": "cow"}]).shape
    (1, 64)
    """

    n_dims: int = N_DIMS
    schedule: Schedule = SCHEDULE
    recipe: Recipe = RECIPE
    size: Size = USUAL
    noise: float = 0.2
    kind: Kind = "table"

    def __post_init__(self) -> None:
        self._columns: list[Column] = []

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
        rows = read_to_fit(raw, seed=seed, progress=progress)
        columns = columns_of(rows)
        inputs = torch.from_numpy(inputs_of(rows, columns))
        generator = torch.Generator().manual_seed(seed)
        self._net = AutoencoderFit(self.recipe, self.schedule, generator, progress).fit(
            lambda: dense_autoencoder(inputs.shape[1], self.n_dims, self.size),
            inputs,
            lambda _, standardised: Swapped(standardised, self.noise),
        )
        self._columns = columns
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
        net = self.net
        rows = [raw[i] for i in range(len(raw))]
        return net.embed(torch.from_numpy(inputs_of(rows, self._columns))).numpy()

    def misread(self, raw: Sequence[Any]) -> dict[str, Any]:
        """By column of numbers the first cell that is none; it counts as missing."""
        return misread(raw, self._columns)

    def unexplained(self, raw: Sequence[Any]) -> float:
        """Share of the rows' variance that reconstruction loses."""
        rows = [raw[i] for i in range(len(raw))]
        return unexplained(self.net, torch.from_numpy(inputs_of(rows, self._columns)))

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote.

        Raises
        ------
        BadInput
            If it is missing or damaged.
        """
        settings, arrays = read_settings(folder), read_arrays(folder)
        encoder = cls(n_dims=settings["n_dims"], size=Size.from_settings(settings))
        encoder._columns = from_settings(settings["columns"])
        n_inputs = inputs_of([], encoder._columns).shape[1]
        encoder._net = restored(arrays, n_inputs, encoder.n_dims, encoder.size)
        return encoder

    def _settings(self) -> dict[str, Any]:
        fitted(self._net)
        return {
            "type": "table",
            "version": 1,
            "n_dims": self.n_dims,
            "columns": to_settings(self._columns),
            **self.size.to_settings(),
        }

    def _arrays(self) -> Arrays:
        return arrays_of(self.net, "net.")
