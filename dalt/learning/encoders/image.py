"""Convolutional autoencoder for images of any size, grey or colour."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import torch
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
from dalt.learning.encoders.distortions import Distortions
from dalt.learning.encoders.gradients import DirectionMaps
from dalt.learning.encoders.image_frames import GRID, LARGEST, Frame, Look, frame_for
from dalt.learning.encoders.reading import FIT_LIMIT, read_to_fit
from dalt.learning.encoders.saved import SavedEncoder, not_fitted
from dalt.learning.encoders.saving import Arrays, read_arrays, read_settings
from dalt.learning.encoders.training import Schedule, arrays_of, load_arrays

N_DIMS = 64
AT_ONCE = 250
LOOKED_AT = 500  # images that decide on the frame
VIEWS_IN_ALL = 60_000
MOST_VIEWS = 8
SCHEDULE = Schedule()
DISTORTIONS = Distortions()
RECIPE = Recipe(temperature=0.2, n_neighbours=5)


def _autoencoder(n_maps: int, n_dims: int, size: Size) -> Autoencoder:
    few, many = size.of(32), size.of(64)
    layers = [*convolution(n_maps, few, 1), *convolution(few, many, 2), *deeper(many, size)]
    body = nn.Sequential(*layers, nn.Flatten())
    return Autoencoder((n_maps, GRID, GRID), body, many * (GRID // 2) ** 2, n_dims)


@dataclass
class ImageEncoder(SavedEncoder):
    """Images to embeddings by a denoising convolutional autoencoder.

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
    largest : int
        Pixels of an image's longest side to which larger ones are reduced; fewer train faster.

    Notes
    -----
    Images are letterboxed into frames whose side follows from the data.  A fixed first
    layer turns a frame into maps of edge directions (`dalt.learning.encoders.gradients`); the
    autoencoder reads the maps of a distorted frame and reconstructs those of the
    original.  Its linear path starts as partly whitened principal components.

    Examples
    --------
    >>> images = np.random.default_rng(0).integers(0, 255, (30, 8, 8), dtype=np.uint8)
    >>> encoder = ImageEncoder(schedule=Schedule(most=2)).fit(images, seed=0)
    >>> encoder.transform(images).shape
    (30, 64)
    """

    embeds_in_threads: ClassVar[bool] = True
    n_dims: int = N_DIMS
    schedule: Schedule = SCHEDULE
    distortions: Distortions = DISTORTIONS
    recipe: Recipe = RECIPE
    size: Size = USUAL
    kind: Kind = "image"
    largest: int = LARGEST

    def __post_init__(self) -> None:
        self._frame: Frame | None = None
        self._net: Autoencoder | None = None

    def fit(self, raw: Sequence[Any], *, seed: int, progress: Progress | None = None) -> Self:
        """Learn from images, at most 20,000 of them.

        Parameters
        ----------
        raw : sequence of ndarray of shape (h, w) or (h, w, 3), uint8
            May be read lazily; images that cannot be read are left out.
        seed : int
        progress : callable, optional

        Raises
        ------
        BadInput
            If there are no images, or more than half cannot be read.
        """
        # Read twice: all photographs at once would be gigabytes, frames are not.
        step = max(1, min(len(raw), FIT_LIMIT) // LOOKED_AT)
        frame = frame_for(read_to_fit(raw, seed=seed, step=step, keep=Look.at), self.largest)
        framed = read_to_fit(raw, seed=seed, keep=frame.put, progress=progress)
        frames = torch.from_numpy(np.stack(framed))
        generator = torch.Generator().manual_seed(seed)
        maps_of = DirectionMaps(frame.side, frame.channels)
        self._net = AutoencoderFit(self.recipe, self.schedule, generator, progress).fit(
            lambda: _autoencoder(maps_of.n_maps, self.n_dims, self.size),
            maps_in_parts(frames, maps_of),
            lambda net, _: self._bank(net, frames, maps_of, generator, progress),
        )
        self._frame = frame
        return self

    def transform(self, raw: Sequence[Any]) -> Floats:
        """Embed images: float32 of shape (n_samples, n_dims).

        Raises
        ------
        NotEncoded
            Before `fit`.
        BadInput
            If one is not an image; errors of reading are passed on.
        """
        frame, net = self._fitted()
        maps_of = DirectionMaps(frame.side, frame.channels)
        embeddings = np.empty((len(raw), self.n_dims), np.float32)
        with torch.inference_mode():
            for start in range(0, len(raw), AT_ONCE):
                stop = min(start + AT_ONCE, len(raw))
                frames = frame.put_all(raw[i] for i in range(start, stop))
                maps = maps_of(_floats(torch.from_numpy(frames)))
                embeddings[start:stop] = net.embed(maps).numpy()
        return embeddings

    def unexplained(self, raw: Sequence[Any]) -> float:
        """Share of the images' variance that reconstruction loses."""
        frame, net = self._fitted()
        frames = torch.from_numpy(frame.put_all(raw[i] for i in range(len(raw))))
        return unexplained(net, maps_in_parts(frames, DirectionMaps(frame.side, frame.channels)))

    @property
    def frame(self) -> Frame:
        """How images are brought to one shape.

        Raises
        ------
        NotEncoded
            Before `fit`.
        """
        return self._fitted()[0]

    @property
    def net(self) -> Autoencoder:
        """The autoencoder that has learned.

        Raises
        ------
        NotEncoded
            Before `fit`.
        """
        return self._fitted()[1]

    def to_go_on(
        self, frames: Tensor, generator: torch.Generator, progress: Progress | None = None
    ) -> tuple[Autoencoder, Tensor, Bank]:
        """Return what continued learning needs: a copy of the net, standardised inputs, views.

        Parameters
        ----------
        frames : Tensor of shape (n, channels, side, side), uint8
            Images in frames made by `frame`.
        generator : torch.Generator
        progress : callable, optional

        Raises
        ------
        NotEncoded
            Before `fit`.
        """
        frame, net = self._fitted()
        maps_of = DirectionMaps(frame.side, frame.channels)
        standardised = net.standardise(maps_in_parts(frames, maps_of))
        views = self._bank(net, frames, maps_of, generator, progress)
        return copy.deepcopy(net), standardised, views

    def with_net(self, net: Autoencoder) -> Self:
        """The same encoder with other weights."""
        other = replace(self)
        other._frame, other._net = self._frame, net  # noqa: SLF001  one of the same class
        return other

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote.

        Raises
        ------
        BadInput
            If it is missing or damaged.
        """
        settings, arrays = read_settings(folder), read_arrays(folder)
        encoder = cls(
            n_dims=settings["n_dims"],
            size=Size.from_settings(settings),
            largest=settings.get("largest", LARGEST),
        )
        frame = Frame(settings["content"], settings["channels"])
        with torch.device("meta"):
            n_maps = DirectionMaps(frame.side, frame.channels).n_maps
            net = _autoencoder(n_maps, encoder.n_dims, encoder.size)
        load_arrays(net, arrays, "net.")
        encoder._frame, encoder._net = frame, net
        return encoder

    def _bank(
        self,
        net: Autoencoder,
        frames: Tensor,
        maps_of: DirectionMaps,
        generator: torch.Generator,
        progress: Progress | None,
    ) -> Bank:
        """Distort every frame a few times: costlier than a training step, so done once."""
        n = len(frames)
        n_views = min(max(VIEWS_IN_ALL // n, 2), MOST_VIEWS)
        bank = torch.empty(n, n_views, *net.mean.shape, dtype=torch.float16)
        for start in range(0, n, AT_ONCE):
            part = _floats(frames[start : start + AT_ONCE])
            for view in range(n_views):
                maps = maps_of(self.distortions.apply(part, generator))
                bank[start : start + AT_ONCE, view] = net.standardise(maps)
            if progress is not None:
                progress("Distorting images", min(start + AT_ONCE, n), n)
        return Bank(bank)

    def _settings(self) -> dict[str, Any]:
        frame, _ = self._fitted()
        return {
            "type": "image",
            "version": 1,
            "n_dims": self.n_dims,
            "content": frame.content,
            "channels": frame.channels,
            **({} if self.largest == LARGEST else {"largest": self.largest}),
            **self.size.to_settings(),
        }

    def _arrays(self) -> Arrays:
        return arrays_of(self._fitted()[1], "net.")

    def _fitted(self) -> tuple[Frame, Autoencoder]:
        if self._frame is None or self._net is None:
            raise not_fitted()
        return self._frame, self._net


def _floats(frames: Tensor) -> Tensor:
    return frames.float().div_(255)


def maps_in_parts(frames: Tensor, maps_of: DirectionMaps) -> Tensor:
    """The maps of frames, made in parts: (n, n_maps, side, side)."""
    with torch.no_grad():
        return torch.cat([maps_of(_floats(part)) for part in torch.split(frames, AT_ONCE)])
