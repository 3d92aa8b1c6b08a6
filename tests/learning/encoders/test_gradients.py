"""Maps of edge directions are quick to compute, and what they are does not depend on how."""

from __future__ import annotations

import sys

import pytest
import torch

from dalt.learning.encoders import gradients
from dalt.learning.encoders.gradients import DirectionMaps


@pytest.mark.parametrize(("side", "channels"), [(32, 1), (64, 3)])
def test_the_maps_of_a_frame_are_the_same_in_whatever_company(
    side: int, channels: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    frames = torch.rand(30, channels, side, side, generator=torch.Generator().manual_seed(0))
    maps_of = DirectionMaps(side, channels)
    together = maps_of(frames)
    assert together.shape == (30, maps_of.n_maps, 8, 8)
    monkeypatch.setattr(gradients, "CACHED", 1)
    torch.testing.assert_close(maps_of(frames), together)


def test_numbers_that_are_tiny_count_again_afterwards() -> None:
    DirectionMaps(32, 1)(torch.rand(2, 1, 32, 32))
    assert sys.float_info.min / 2 > 0
    assert float(torch.tensor(1e-38) / 100) > 0
