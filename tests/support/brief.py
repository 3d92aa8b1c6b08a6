"""Encoders that train for a moment: the way through is tested, not the embeddings."""

from __future__ import annotations

import pytest

from dalt.core.records import Encoder, Kind
from dalt.learning.encoders.dense import TableEncoder
from dalt.learning.encoders.image import ImageEncoder
from dalt.learning.encoders.registry import encoder_for
from dalt.learning.encoders.text import TextEncoder
from dalt.learning.encoders.training import Schedule


def train_briefly(patch: pytest.MonkeyPatch) -> None:
    """Let encoders of images train for ten steps, of texts and tables for fifty.

    It holds until the patch is undone.
    """

    def brief(kind: Kind, name: str = "autoencoder") -> Encoder:
        if name == "autoencoder" and kind == "image":
            return ImageEncoder(schedule=Schedule(most=10))
        if name == "autoencoder" and kind == "text":
            return TextEncoder(schedule=Schedule(most=50))
        if name == "autoencoder" and kind == "table":
            return TableEncoder(schedule=Schedule(most=50, rate=1e-3))
        return encoder_for(kind, name)

    patch.setattr("dalt.learning.encoders.cache.encoder_for", brief)
