"""The autoencoder of all encoders, and its two objectives: reconstruction and similarity.

Two objectives are trained at once.  The decoder reconstructs a sample's inputs from a distorted
view of it.  And two views, of the same sample or of near neighbours, should be closer to each
other than to the rest of the mini-batch (`Recipe.temperature`).

References
----------
Vincent et al., Extracting and Composing Robust Features with Denoising Autoencoders, 2008.
Chen et al., A Simple Framework for Contrastive Learning of Visual Representations, 2020.
Dwibedi et al., With a Little Help from My Friends: Nearest-Neighbor Contrastive Learning
of Visual Representations, 2021.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dalt.core.records import Progress
from dalt.core.rounding import rounding
from dalt.learning.encoders.linear import principal_map, silence, start_from
from dalt.learning.encoders.training import Schedule, build, train

HIDDEN = 256
AT_ONCE = 1_000


@dataclass(frozen=True)
class Size:
    """Size of the nonlinear path of an autoencoder.

    Attributes
    ----------
    width : float
        Units or maps of its layers, relative to the usual number.
    depth : int
        How many more layers than usual.
    """

    width: float = 1.0
    depth: int = 0

    def of(self, usual: int) -> int:
        """Return the units of a layer, given the usual number.

        Examples
        --------
        >>> Size(width=0.5).of(256), Size().of(256)
        (128, 256)
        """
        return max(round(usual * self.width), 4)

    def to_settings(self) -> dict[str, float | int]:
        """Its saved form: nothing for the usual size, whose fingerprints stay as they were."""
        return {} if self == Size() else {"width": self.width, "depth": self.depth}

    @classmethod
    def from_settings(cls, settings: Mapping[str, Any]) -> Size:
        """From an encoder's settings."""
        return cls(settings.get("width", 1.0), settings.get("depth", 0))


USUAL = Size()


class Autoencoder(nn.Module):
    """A linear path beside a nonlinear one, and a decoder.

    The linear path starts as principal components and the nonlinear one as zero, so training
    begins where PCA ends.

    Parameters
    ----------
    shape : tuple of int
        Shape of one sample's inputs.
    body : nn.Module
        Turns inputs of that shape into `n_features` features.
    n_features : int
    n_dims : int
        Width of the embeddings.
    """

    mean: Tensor
    scale: Tensor
    centre: Tensor

    def __init__(self, shape: tuple[int, ...], body: nn.Module, n_features: int, n_dims: int):
        super().__init__()
        n_inputs = int(torch.Size(shape).numel())
        self.register_buffer("mean", torch.zeros(shape))
        self.register_buffer("scale", torch.ones(()))
        self.register_buffer("centre", torch.zeros(n_dims))
        self.linear = nn.Linear(n_inputs, n_dims)
        self.body = body
        self.bend = nn.Linear(n_features, n_dims)
        self.decoder = nn.Sequential(
            nn.Linear(n_dims, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, n_inputs)
        )

    def standardise(self, inputs: Tensor) -> Tensor:
        """Bring raw inputs to mean 0 and a common scale."""
        return (inputs - self.mean) / self.scale

    @property
    def bends(self) -> bool:
        """Whether its nonlinear path adds anything: before the training it does not."""
        return bool(self.bend.weight.any()) or bool(self.bend.bias.any())

    def straight(self, standardised: Tensor) -> Tensor:
        """The linear path alone: (n, n_dims)."""
        along: Tensor = self.linear(standardised.flatten(1))
        return along

    def forward(self, standardised: Tensor) -> Tensor:
        """Embed standardised inputs (n, *shape): (n, n_dims)."""
        return self.straight(standardised) + self.bend(self.body(standardised))

    def embed(self, inputs: Tensor) -> Tensor:
        """Embed raw inputs, without gradients: the pool's mean is 0."""
        with torch.inference_mode():
            embed = self if self.bends else self.straight
            parts = [
                embed(self.standardise(part)) - self.centre for part in torch.split(inputs, AT_ONCE)
            ]
        return torch.cat(parts) if parts else torch.empty(0, len(self.centre))


def unexplained(net: Autoencoder, inputs: Tensor) -> float:
    """Return the share of the inputs' variance that reconstruction loses; 0 is perfect.

    Parameters
    ----------
    net : Autoencoder
    inputs : Tensor of shape (n, *shape)
        Raw inputs that it has not learned from.
    """
    missed, there = 0.0, 0.0
    with torch.inference_mode():
        for part in torch.split(inputs, AT_ONCE):
            aims = net.standardise(part)
            rebuilt = net.decoder(net(aims))
            missed += float((rebuilt - aims.flatten(1)).square().sum())
            there += float(aims.square().sum())
    return missed / max(there, 1e-9)


def deeper(n_maps: int, size: Size) -> list[nn.Module]:
    """Additional convolutions of a deeper body."""
    return [layer for _ in range(size.depth) for layer in convolution(n_maps, n_maps, 1)]


def convolution(n_in: int, n_out: int, stride: int) -> list[nn.Module]:
    """Layers of a 3 by 3 convolution with batch normalisation and activation."""
    layer = nn.Conv2d(n_in, n_out, 3, stride=stride, padding=1, bias=False)
    return [layer, nn.BatchNorm2d(n_out), nn.ReLU()]


class Views(Protocol):
    """Distorted inputs of samples."""

    def pair(
        self, rows: Tensor, partners: Tensor, generator: torch.Generator
    ) -> tuple[Tensor, Tensor]:
        """Standardised views of the samples at `rows` and, drawn separately, at `partners`."""


@dataclass(frozen=True)
class Bank:
    """A bank of views that were made once.

    Attributes
    ----------
    views : Tensor of shape (n, n_views, *shape), float16
        Standardised; at least two for each sample.
    """

    views: Tensor

    def pair(
        self, rows: Tensor, partners: Tensor, generator: torch.Generator
    ) -> tuple[Tensor, Tensor]:
        """Two different views for each row and its partner."""
        n_views = self.views.shape[1]
        first = torch.randint(n_views, (len(rows),), generator=generator)
        step = torch.randint(1, n_views, (len(rows),), generator=generator)
        second = (first + step) % n_views
        return self.views[rows, first].float(), self.views[partners, second].float()


@dataclass(frozen=True)
class Swapped:
    """Views in which some inputs are taken from other samples.

    Attributes
    ----------
    inputs : Tensor of shape (n, n_inputs)
        Standardised.
    share : float
        How many inputs are swapped.
    """

    inputs: Tensor
    share: float = 0.2

    def pair(
        self, rows: Tensor, partners: Tensor, generator: torch.Generator
    ) -> tuple[Tensor, Tensor]:
        """Swap anew for each row and its partner."""
        return self._swap(rows, generator), self._swap(partners, generator)

    def _swap(self, rows: Tensor, generator: torch.Generator) -> Tensor:
        clean = self.inputs[rows]
        others = self.inputs[torch.randint(len(self.inputs), (len(rows),), generator=generator)]
        return torch.where(torch.rand(clean.shape, generator=generator) < self.share, others, clean)


@dataclass(frozen=True)
class Recipe:
    """The training objective of the autoencoder; chosen by measurement, see the encoders.

    Attributes
    ----------
    whitening : float
        How much the initial principal components are whitened (0 to 0.5).
    temperature : float or None
        Of the contrastive term: low looks at the nearest samples of a mini-batch, high
        at all.  None leaves the term out.
    n_neighbours : int
        Half of the pairs consist of a sample and one of this many nearest neighbours; with 0
        all pairs are of one sample.
    rebuilds : bool
        Whether to reconstruct the inputs; otherwise only the contrastive term is left.
    """

    whitening: float = 0.25
    temperature: float | None = 0.2
    n_neighbours: int = 5
    rebuilds: bool = True


@dataclass(frozen=True)
class AutoencoderFit:
    """The training of the encoders' nets: its objective, length and random numbers.

    Attributes
    ----------
    recipe : Recipe
    schedule : Schedule
    generator : torch.Generator
        Source of all randomness.
    progress : callable, optional
    """

    recipe: Recipe
    schedule: Schedule
    generator: torch.Generator
    progress: Progress | None = None

    def fit(
        self,
        make: Callable[[], Autoencoder],
        inputs: Tensor,
        views: Callable[[Autoencoder, Tensor], Views],
    ) -> Autoencoder:
        """Build an autoencoder and train it.

        Parameters
        ----------
        make : callable
            Lays out the net.
        inputs : Tensor of shape (n, *shape)
        views : callable
            Takes the net, which standardises, and the standardised inputs; returns
            distorted views of the samples.

        Returns
        -------
        Autoencoder
        """
        net = build(make, self.generator)
        standardised = prepare(net, inputs, self.recipe)
        if self.schedule.most:
            self._learn(net, standardised, views(net, standardised))
        net.eval()
        embed = net if net.bends else net.straight
        with torch.inference_mode():
            parts = [embed(part) for part in torch.split(standardised, AT_ONCE)]
            net.centre.copy_(torch.cat(parts).mean(0))
        return net

    def _learn(self, net: Autoencoder, standardised: Tensor, views: Views) -> None:
        recipe, n = self.recipe, len(standardised)
        with torch.no_grad():
            start = net.linear(standardised.flatten(1))
        near = nearest(start, min(recipe.n_neighbours, n - 1)) if recipe.temperature else None

        def loss(rows: Tensor, draws: torch.Generator) -> Tensor:
            partners = partners_of(rows, near, draws)
            first, second = views.pair(rows, partners, draws)
            embeddings = net(torch.cat([first, second]))
            value = torch.zeros(())
            if recipe.rebuilds:
                aims = standardised[torch.cat([rows, partners])].flatten(1)
                value = F.mse_loss(net.decoder(embeddings), aims)
            if recipe.temperature:
                value = value + unlikeness(embeddings, recipe.temperature)
            return value

        train(
            net,
            loss,
            n,
            schedule=self.schedule,
            generator=self.generator,
            progress=self.progress,
        )


def prepare(net: Autoencoder, inputs: Tensor, recipe: Recipe) -> Tensor:
    """Set everything computed rather than learned, and return the standardised inputs."""
    net.mean.copy_(inputs.mean(0))
    sizes = inputs.abs().amax(0).flatten()
    net.scale.copy_(_spread(inputs - net.mean, float(sizes.max())))
    standardised = net.standardise(inputs)
    start_from(
        net.linear,
        *principal_map(
            standardised.flatten(1),
            net.linear.out_features,
            whitening=recipe.whitening,
            sizes=sizes / net.scale,
        ),
    )
    silence(net.bend)
    return standardised


def _spread(centred: Tensor, largest: float) -> Tensor:
    """Divisor of inputs: their deviation or, if that is mere rounding, their size."""
    deviation = centred.square().mean().sqrt()
    return deviation if deviation > rounding(largest) else torch.tensor(largest or 1.0)


def partners_of(rows: Tensor, near: Tensor | None, generator: torch.Generator) -> Tensor:
    """Rows to pair with `rows`: each row itself or, half of the time, one of its neighbours."""
    if near is None or not near.shape[1]:
        return rows
    drawn = torch.randint(near.shape[1], (len(rows),), generator=generator)
    itself = torch.rand(len(rows), generator=generator) < 0.5
    return torch.where(itself, rows, near[rows, drawn])


def unlikeness(embeddings: Tensor, temperature: float) -> Tensor:
    """Cross-entropy of finding each view's partner among all other views (NT-Xent)."""
    n = len(embeddings) // 2
    unit = F.normalize(embeddings, dim=1)
    cosines = unit @ unit.T / temperature
    itself = torch.eye(2 * n, dtype=torch.bool)
    return F.cross_entropy(cosines.masked_fill(itself, -1e4), torch.arange(2 * n).roll(n))


def nearest(embeddings: Tensor, k: int) -> Tensor:
    """The `k` nearest other rows by cosine, (n, k); never holds all pairs at once."""
    unit = F.normalize(embeddings - embeddings.mean(0), dim=1)
    found = torch.empty(len(unit), k, dtype=torch.int64)
    for start in range(0, len(unit), AT_ONCE):
        part = unit[start : start + AT_ONCE] @ unit.T
        rows = torch.arange(len(part))
        part[rows, start + rows] = -2
        found[start : start + AT_ONCE] = part.topk(k, dim=1).indices
    return found
