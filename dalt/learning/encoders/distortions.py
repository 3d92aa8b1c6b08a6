"""Random distortions of frames, on which an embedding should not depend."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor


@dataclass(frozen=True)
class Distortions:
    """How much frames are distorted; every amount is a maximum.

    Attributes
    ----------
    scale, stretch : float
        Logarithm of the change of size, and of width against height.
    shift : float
        Share of half the side.
    turn : float
        Radians.
    flip : bool
        Mirror half of the frames.  Digits and letters turn into others then: 1.4 points
        lost at 50 labels, and nothing gained on Fashion-MNIST (`benchmarks/ablation.py`).
    light : float
        Share of the brightness.
    noise : float
        Deviation of the noise added to pixels in 0..1.
    erase : float
        Share of the side of a rectangle that is emptied in half of the frames.
    """

    scale: float = 0.08
    stretch: float = 0.05
    shift: float = 0.06
    turn: float = 0.08
    flip: bool = False
    light: float = 0.2
    noise: float = 0.03
    erase: float = 0.2

    def apply(self, frames: Tensor, generator: torch.Generator) -> Tensor:
        """Distort frames (n, channels, side, side) in 0..1, each in its own way."""
        n = len(frames)

        def draw(largest: float, *shape: int) -> Tensor:
            return (torch.rand(*(shape or (n,)), generator=generator) * 2 - 1) * largest

        size, stretch, turn = draw(self.scale).exp(), draw(self.stretch).exp(), draw(self.turn)
        mirror = draw(1.0).sign() if self.flip else torch.ones(n)
        cos, sin = turn.cos() * size, turn.sin() * size
        rows = [
            torch.stack([cos * stretch * mirror, -sin * stretch, draw(self.shift)], 1),
            torch.stack([sin / stretch * mirror, cos / stretch, draw(self.shift)], 1),
        ]
        grid = F.affine_grid(torch.stack(rows, 1), list(frames.shape), align_corners=False)
        moved = F.grid_sample(frames, grid, padding_mode="border", align_corners=False)
        moved = moved * (1 + draw(self.light)).view(n, 1, 1, 1)
        moved = moved + self.noise * torch.randn(moved.shape, generator=generator)
        return self._erase(moved, generator) if self.erase else moved

    def _erase(self, frames: Tensor, generator: torch.Generator) -> Tensor:
        n, _, height, width = frames.shape

        def band(length: int) -> Tensor:
            centre = torch.rand(n, 1, generator=generator) * length
            reach = torch.rand(n, 1, generator=generator) * self.erase * length
            return (torch.arange(length) - centre).abs() < reach

        chosen = torch.rand(n, 1, 1, generator=generator) < 0.5
        holes = band(height)[:, :, None] & band(width)[:, None, :] & chosen
        return frames.masked_fill(holes[:, None], 0.0)
