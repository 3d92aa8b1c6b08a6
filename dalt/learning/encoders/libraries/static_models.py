"""Models of model2vec: texts to features, by the mean of a vector for each token."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from dalt.core.errors import one_line
from dalt.core.records import BadInput, Floats, Kind
from dalt.learning.encoders.libraries.backbone import Reader
from dalt.learning.encoders.libraries.importing import imported
from dalt.learning.encoders.libraries.names import ModelName
from dalt.learning.encoders.text import checked_texts


def opened(name: ModelName, folder: Path, kind: Kind) -> Reader:
    """Read a model from a folder.

    Raises
    ------
    BadInput
        If it cannot be read.
    """
    library = imported(name, kind)
    try:
        model = library.StaticModel.from_pretrained(folder, force_download=False)
    except Exception as error:  # of the library, or of the files
        raise BadInput(
            f"model2vec cannot read the model of {name}: {one_line(error)[:250]}"
        ) from error
    return StaticTexts(model)


class StaticTexts:
    """Texts as the model encodes them; it needs no torch."""

    def __init__(self, model: Any) -> None:
        self._model = model

    def features(self, raw: Sequence[Any]) -> Floats:
        """Features of texts: float32 of shape (n, n_features)."""
        encoded = self._model.encode(checked_texts(raw), use_multiprocessing=False)
        return np.asarray(encoded, np.float32)
