"""Encoders that train for a moment: the way through is tested, not the embeddings."""

from __future__ import annotations

import pytest

from dalt.core.records import Encoder, Kind
from dalt.learning.encoders.image import ImageEncoder
from dalt.learning.encoders.registry import encoder_for
from dalt.learning.encoders.training import Schedule


def train_briefly(patch: pytest.MonkeyPatch) -> None:
    """Let encoders of images train for ten steps until the patch is undone."""

    def brief(kind: Kind, name: str = "autoencoder") -> Encoder:
        if (kind, name) == ("image", "autoencoder"):
            return ImageEncoder(schedule=Schedule(most=10))
        return encoder_for(kind, name)

    patch.setattr("dalt.learning.encoders.cache.encoder_for", brief)
