"""Models of sentence-transformers: texts to features."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from dalt.core.errors import one_line
from dalt.core.records import BadInput, Floats, Kind
from dalt.learning.encoders.libraries.backbone import Reader
from dalt.learning.encoders.libraries.importing import imported, quiet
from dalt.learning.encoders.libraries.names import ModelName
from dalt.learning.encoders.libraries.transformers_models import knows_no_words
from dalt.learning.encoders.text import checked_texts

AT_ONCE = 32


def opened(name: ModelName, folder: Path, kind: Kind) -> Reader:
    """Read a model from a folder.

    Raises
    ------
    BadInput
        If it cannot be read.
    """
    library = imported(name, kind)
    with quiet():
        try:
            model = library.SentenceTransformer(
                str(folder),
                device="cpu",
                local_files_only=True,
                model_kwargs={"dtype": torch.float32, "use_safetensors": True},
            )
        except Exception as error:  # of the library, or of the files
            raise BadInput(
                f"sentence-transformers cannot read the model of {name}: {one_line(error)[:250]}"
            ) from error
    tokenizer = model.tokenizer
    if hasattr(tokenizer, "all_special_tokens") and knows_no_words(tokenizer):
        raise BadInput(f"The model of {name} has no tokenizer with words: its files are missing.")
    return Sentences(model.eval())


class Sentences:
    """Texts as the model encodes them: cut, pooled and scaled as it says."""

    def __init__(self, model: Any) -> None:
        self._model = model

    def features(self, raw: Sequence[Any]) -> Floats:
        """Features of texts: float32 of shape (n, n_features)."""
        encoded = self._model.encode(
            checked_texts(raw), batch_size=AT_ONCE, show_progress_bar=False, convert_to_numpy=True
        )
        return np.asarray(encoded, np.float32)
