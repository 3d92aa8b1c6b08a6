"""What all tests share."""

import pytest
from hypothesis import settings

settings.register_profile("dalt", derandomize=True, deadline=None, database=None)
settings.load_profile("dalt")  # the same random examples in every run


@pytest.fixture
def brief_training(monkeypatch: pytest.MonkeyPatch) -> None:
    """Encoders of images train for ten steps: the way through is tested, not the embeddings."""
    from dalt.encoders.image import ImageEncoder
    from dalt.encoders.registry import encoder_for
    from dalt.encoders.training import Schedule
    from dalt.records import Encoder, Kind

    def brief(kind: Kind, name: str = "autoencoder") -> Encoder:
        if (kind, name) == ("image", "autoencoder"):
            return ImageEncoder(schedule=Schedule(most=10))
        return encoder_for(kind, name)

    monkeypatch.setattr("dalt.features.encoder_for", brief)
