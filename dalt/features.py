"""Public names of encoders and of the cache of embeddings.

Nothing here imports torch before an encoder is needed.  The encoders and the cache are
in ``dalt/learning/encoders/``.
"""

from dalt.core.encoder import Encoder
from dalt.learning.encoders.cache import (
    EmbeddingCache,
    UnreadableSamples,
    encoder_for,
    load_encoder,
)

__all__ = ["EmbeddingCache", "Encoder", "UnreadableSamples", "encoder_for", "load_encoder"]
