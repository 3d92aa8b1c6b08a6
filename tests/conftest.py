"""What all tests share."""

import pytest
from hypothesis import settings

settings.register_profile("dalt", derandomize=True, deadline=None, database=None)
settings.load_profile("dalt")  # the same random examples in every run


@pytest.fixture
def brief_training(monkeypatch: pytest.MonkeyPatch) -> None:
    """Encoders of images train for ten steps: the way through is tested, not the embeddings."""
    from dalt.encoders.image import ImageEncoder
    from dalt.encoders.training import Schedule

    brief = ImageEncoder(schedule=Schedule(most=10))
    monkeypatch.setattr("dalt.features.encoder_for", lambda kind, name="autoencoder": brief)
