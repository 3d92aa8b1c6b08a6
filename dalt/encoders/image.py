"""Convolutional autoencoder for images of any size, grey or colour."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dalt.encoders.distortions import Distortions
from dalt.encoders.frames import GRID, Frame, Pixels, frame_for
from dalt.encoders.gradients import DirectionMaps
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
AT_ONCE = 500


class _Net(nn.Module):
    """Autoencoder over direction maps: a linear path, a convolutional one, a decoder."""

    def __init__(self, n_maps: int, n_dims: int) -> None:
        super().__init__()
        n_inputs = n_maps * GRID * GRID
        self.register_buffer("mean", torch.zeros(n_maps, GRID, GRID))
        self.register_buffer("scale", torch.ones(n_maps, 1, 1))
        self.linear = nn.Linear(n_inputs, n_dims)
        self.body = nn.Sequential(
            *_block(n_maps, 96, 1),
            *_block(96, 96, 1),
            *_block(96, 128, 2),
            nn.Flatten(),
        )
        self.bend = nn.Linear(128 * (GRID // 2) ** 2, n_dims)
        self.decoder = nn.Sequential(nn.Linear(n_dims, 256), nn.ReLU(), nn.Linear(256, n_inputs))

    def standardise(self, maps: Tensor) -> Tensor:
        return (maps - self.mean) / self.scale

    def forward(self, maps: Tensor) -> Tensor:
        """Embed standardised maps."""
        embedding: Tensor = self.linear(maps.flatten(1)) + self.bend(self.body(maps))
        return embedding


def _block(n_in: int, n_out: int, stride: int) -> list[nn.Module]:
    convolution = nn.Conv2d(n_in, n_out, 3, stride=stride, padding=1, bias=False)
    return [convolution, nn.BatchNorm2d(n_out), nn.ReLU()]


@dataclass
class ImageEncoder:
    """Images to embeddings by a denoising convolutional autoencoder.

    Parameters
    ----------
    n_dims : int
        Columns of the embeddings.
    schedule : Schedule
        Length and pace of the training.

    Notes
    -----
    Images are letterboxed into frames whose side follows from the data.  A fixed first
    layer turns a frame into maps of edge directions (`dalt.encoders.gradients`); the
    autoencoder reads the maps of a distorted frame and reconstructs those of the
    original.  Its linear path starts as partly whitened principal components.

    Examples
    --------
    >>> images = np.random.default_rng(0).integers(0, 255, (30, 8, 8), dtype=np.uint8)
    >>> encoder = ImageEncoder(schedule=Schedule(steps=2)).fit(images, seed=0)
    >>> encoder.transform(images).shape
    (30, 64)
    """

    n_dims: int = N_DIMS
    schedule: Schedule = Schedule(steps=600)
    distortions: Distortions = Distortions()
    kind: Kind = "image"

    def __post_init__(self) -> None:
        self._frame: Frame | None = None
        self._net: _Net | None = None

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
        images = read_to_fit(raw, seed=seed)
        frame = frame_for(images)
        frames = torch.from_numpy(frame.put_all(images))
        del images
        generator = torch.Generator().manual_seed(seed)
        maps_of = DirectionMaps(frame.side, frame.channels)
        net = build(lambda: _Net(maps_of.n_maps, self.n_dims), generator)
        clean = _maps(frames, maps_of)
        _prepare(net, clean)
        clean = net.standardise(clean)

        def loss(rows: Tensor, draws: torch.Generator) -> Tensor:
            seen = self.distortions.apply(_floats(frames[rows]), draws)
            rebuilt = net.decoder(net(net.standardise(maps_of(seen))))
            return F.mse_loss(rebuilt, clean[rows].flatten(1))

        train(
            net, loss, len(frames), schedule=self.schedule, generator=generator, progress=progress
        )
        self._frame, self._net = frame, net
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
                maps = net.standardise(maps_of(_floats(torch.from_numpy(frames))))
                embeddings[start:stop] = net(maps).numpy()
        return embeddings

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
        frame = Frame(settings["content"], settings["channels"])
        with torch.device("meta"):
            net = _Net(DirectionMaps(frame.side, frame.channels).n_maps, encoder.n_dims)
        load_arrays(net, arrays, "net.")
        encoder._frame, encoder._net = frame, net
        return encoder

    def _settings(self) -> dict[str, Any]:
        frame, _ = self._fitted()
        return {
            "type": "image",
            "version": 1,
            "n_dims": self.n_dims,
            "content": frame.content,
            "channels": frame.channels,
        }

    def _arrays(self) -> Arrays:
        return arrays_of(self._fitted()[1], "net.")

    def _fitted(self) -> tuple[Frame, _Net]:
        if self._frame is None or self._net is None:
            raise NotEncoded("This encoder has not learned yet. Call fit() first.")
        return self._frame, self._net


def _floats(frames: Tensor) -> Tensor:
    return frames.float().div_(255)


def _maps(frames: Tensor, maps_of: DirectionMaps) -> Tensor:
    with torch.no_grad():
        return torch.cat([maps_of(_floats(part)) for part in frames.split(AT_ONCE)])


def _prepare(net: _Net, maps: Tensor) -> None:
    """Set what is computed rather than learned: standardisation and the linear path."""
    net.mean.copy_(maps.mean(0))
    spread = (maps - net.mean).square().mean((0, 2, 3)).sqrt()
    net.scale.copy_(spread.clamp(min=1e-3).view(-1, 1, 1))
    start_from(
        net.linear, *principal_map(net.standardise(maps).flatten(1), net.linear.out_features)
    )
    silence(net.bend)
