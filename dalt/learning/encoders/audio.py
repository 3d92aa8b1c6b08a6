"""Convolutional autoencoder for sounds of any length."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from dalt.core.records import Floats, Kind, Progress
from dalt.learning.encoders.autoencoder import (
    USUAL,
    Autoencoder,
    AutoencoderFit,
    Bank,
    Recipe,
    Size,
    convolution,
    deeper,
    unexplained,
)
from dalt.learning.encoders.mel import N_BANDS, N_SLOTS, bands, loudness, pooled, slots
from dalt.learning.encoders.reading import FIT_LIMIT, read_to_fit
from dalt.learning.encoders.saved import LearnedEncoder, fitted
from dalt.learning.encoders.saving import Arrays, read_arrays, read_settings
from dalt.learning.encoders.training import Schedule, arrays_of, load_arrays

N_DIMS = 64
AT_ONCE = 250
VIEWS_IN_ALL = 60_000
MOST_VIEWS = 8
SCHEDULE = Schedule()
RECIPE = Recipe(temperature=0.2, n_neighbours=0)
LN10 = math.log(10)


@dataclass(frozen=True)
class Alterations:
    """How much sounds are altered; every amount is a maximum, chosen by measurement.

    Attributes
    ----------
    shift : float
        Frames (6 ms) by which the beginning is moved.
    stretch : float
        Logarithm of the change of pace.
    pitch : float
        Bands by which the spectrum is moved.
    tilt : float
        Decibels by which the highest band is raised against the lowest, as another
        microphone would.
    noise : float
        Decibels of white noise above the silence, in half of the views.
    mask : float
        Share of the bands, and of the slots, that are hidden (SpecAugment).

    References
    ----------
    Park et al., SpecAugment: A Simple Data Augmentation Method for Automatic Speech
    Recognition, 2019.
    """

    shift: float = 3.0
    stretch: float = 0.8
    pitch: float = 0.5
    tilt: float = 8.0
    noise: float = 10.0
    mask: float = 0.2

    def edges(self, n_views: int, generator: torch.Generator) -> NDArray[np.float64]:
        """Slots that are moved and stretched: (n_views, n_slots + 1), float64."""
        draws = torch.rand(2, n_views, 1, generator=generator, dtype=torch.float64) * 2 - 1
        shift, stretch = (draws * torch.tensor([[[self.shift]], [[self.stretch]]])).numpy()
        return np.asarray(slots() * np.exp(stretch) + shift)

    def apply(self, maps: Tensor, generator: torch.Generator) -> Tensor:
        """Alter maps (n, 1, n_bands, n_slots) in decibels, each in its own way."""
        n = len(maps)

        def draw(largest: float) -> Tensor:
            return (torch.rand(n, 1, 1, 1, generator=generator) * 2 - 1) * largest

        height = torch.linspace(-0.5, 0.5, N_BANDS).view(1, 1, -1, 1)
        heard = maps > 1
        altered = _moved(maps, draw(self.pitch)) + (draw(self.tilt) * height) * heard
        # White noise is as loud in every hertz: the wide bands have more of it.
        noise = draw(self.noise) + 10 * height
        altered = 10 * torch.logaddexp(altered * 0.1 * LN10, noise * 0.1 * LN10) / LN10
        altered = self._masked(altered, 2, generator)
        return self._masked(altered, 3, generator)

    def _masked(self, maps: Tensor, axis: int, generator: torch.Generator) -> Tensor:
        length = maps.shape[axis]
        shape = [len(maps), 1, 1, 1]
        middle = torch.rand(shape, generator=generator) * length
        reach = torch.rand(shape, generator=generator) * self.mask * length / 2
        line = torch.arange(length).view([-1 if each == axis else 1 for each in range(4)])
        hidden = (line - middle).abs() < reach
        return torch.where(hidden, maps.mean((2, 3), keepdim=True), maps)


ALTERATIONS = Alterations()


def _moved(maps: Tensor, bands_up: Tensor) -> Tensor:
    """Move spectra by parts of a band; what comes in from beyond is silent."""
    places = torch.arange(N_BANDS).view(1, 1, -1, 1) - bands_up
    below = places.floor()
    share = places - below
    padded = torch.nn.functional.pad(maps, (0, 0, 1, 1))

    def at(rows: Tensor) -> Tensor:
        rows = (rows + 1).clamp(0, N_BANDS + 1).long()
        return padded.gather(2, rows.expand(-1, -1, -1, maps.shape[3]))

    return at(below) * (1 - share) + at(below + 1) * share


def _heard(raw: Sequence[Any]) -> Tensor:
    """Maps of clips: (n, 1, n_bands, n_slots)."""
    weights, edges = bands(), slots()
    maps = np.empty((len(raw), 1, N_BANDS, N_SLOTS), np.float32)
    for i in range(len(raw)):
        maps[i, 0] = pooled(loudness(raw[i], weights), edges)
    return torch.from_numpy(maps)


def _autoencoder(n_dims: int, size: Size) -> Autoencoder:
    few, many = size.of(16), size.of(32)
    layers = [*convolution(1, few, 2), *convolution(few, many, 2), *deeper(many, size)]
    body = nn.Sequential(*layers, nn.Flatten())
    n_features = many * (N_BANDS // 4) * (N_SLOTS // 4)
    return Autoencoder((1, N_BANDS, N_SLOTS), body, n_features, n_dims)


@dataclass
class AudioEncoder(LearnedEncoder[Autoencoder]):
    """Sounds to embeddings by a denoising convolutional autoencoder.

    Parameters
    ----------
    n_dims : int
        Columns of the embeddings.
    schedule : Schedule
        Length and pace of the training.
    alterations : Alterations
        Changes on which an embedding should not depend.
    size : Size
        Of its bent path.

    Notes
    -----
    A clip becomes a map of mel bands over slots of growing length (`dalt.learning.encoders.mel`),
    in decibels below its loudest, so the recording level does not matter.  The autoencoder
    reads the map of an altered clip and reconstructs that of the original.  Its linear path
    starts as partly whitened principal components.

    Examples
    --------
    >>> time = np.arange(4_410) / 22_050
    >>> clips = [np.float32(np.sin(6.28 * (200 + 40 * i) * time)) for i in range(30)]
    >>> encoder = AudioEncoder(schedule=Schedule(most=2)).fit(clips, seed=0)
    >>> encoder.transform(clips).shape
    (30, 64)
    """

    n_dims: int = N_DIMS
    schedule: Schedule = SCHEDULE
    alterations: Alterations = ALTERATIONS
    size: Size = USUAL
    kind: Kind = "audio"

    def fit(self, raw: Sequence[Any], *, seed: int, progress: Progress | None = None) -> Self:
        """Learn from clips, at most 20,000 of them; they are not held in memory.

        Parameters
        ----------
        raw : sequence of ndarray of shape (n,), float32
            Mono at 22,050 Hz.  May be read lazily; clips that cannot be read are left out.
        seed : int
        progress : callable, optional

        Raises
        ------
        BadInput
            If there are no clips, or more than half cannot be read.
        """
        generator = torch.Generator().manual_seed(seed)
        maps, views = self._listen(raw, seed, generator, progress)

        def standardised(net: Autoencoder, _: Tensor) -> Bank:
            for start in range(0, len(views), AT_ONCE):
                part = views[start : start + AT_ONCE]
                part.copy_(net.standardise(part.float()))
            return Bank(views)

        self._net = AutoencoderFit(RECIPE, self.schedule, generator, progress).fit(
            lambda: _autoencoder(self.n_dims, self.size), maps, standardised
        )
        return self

    def transform(self, raw: Sequence[Any]) -> Floats:
        """Embed clips: float32 of shape (n_samples, n_dims).

        Raises
        ------
        NotEncoded
            Before `fit`.
        BadInput
            If one is not a waveform; errors of reading are passed on.
        """
        return self.net.embed(_heard(raw)).numpy()

    def unexplained(self, raw: Sequence[Any]) -> float:
        """Share of the clips' variance that reconstruction loses."""
        return unexplained(self.net, _heard(raw))

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
        with torch.device("meta"):
            net = _autoencoder(encoder.n_dims, encoder.size)
        load_arrays(net, arrays, "net.")
        encoder._net = net
        return encoder

    def _listen(
        self,
        raw: Sequence[Any],
        seed: int,
        generator: torch.Generator,
        progress: Progress | None,
    ) -> tuple[Tensor, Tensor]:
        """Read each clip once; hold its map and, as float16, maps of altered views."""
        n_views = min(max(VIEWS_IN_ALL // min(max(len(raw), 1), FIT_LIMIT), 2), MOST_VIEWS)
        weights = bands()

        def hear(wave: Any) -> tuple[Tensor, Tensor]:
            sound = loudness(wave, weights)
            if not self.schedule.most:
                return torch.from_numpy(pooled(sound, slots()))[None], torch.empty(0)
            moved = pooled(sound, self.alterations.edges(n_views, generator))
            views = self.alterations.apply(torch.from_numpy(moved)[:, None], generator)
            return torch.from_numpy(pooled(sound, slots()))[None], views.half()

        heard = read_to_fit(raw, seed=seed, keep=hear, progress=progress)
        maps, views = zip(*heard, strict=True)
        return torch.stack(maps), torch.stack(views)

    def _settings(self) -> dict[str, Any]:
        fitted(self._net)
        size = self.size.to_settings()
        return {"type": "audio", "version": 1, "n_dims": self.n_dims, **size}

    def _arrays(self) -> Arrays:
        return arrays_of(self.net, "net.")
