"""Encoders, encoders by name, and the cache of embeddings: the public names.

Nothing here imports torch before an encoder is needed.  The encoders themselves, and the
cache, lie in ``dalt/learning/encoders/``.
"""

from dalt.core.encoder import Encoder
from dalt.learning.encoders.cache import (
    EmbeddingCache,
    UnreadableSamples,
    encoder_for,
    load_encoder,
)

__all__ = ["EmbeddingCache", "Encoder", "UnreadableSamples", "encoder_for", "load_encoder"]
