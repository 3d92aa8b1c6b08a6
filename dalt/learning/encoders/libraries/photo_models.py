"""Models of timm and OpenCLIP: pictures, and with OpenCLIP texts, to features.

Both import torchvision, which has to fit the installed torch exactly.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from dalt.core.errors import one_line
from dalt.core.records import BadInput, Floats, Kind
from dalt.learning.encoders.image_inputs import as_features
from dalt.learning.encoders.libraries.backbone import Reader
from dalt.learning.encoders.libraries.importing import imported
from dalt.learning.encoders.libraries.names import ModelName
from dalt.learning.encoders.libraries.pictures import picture
from dalt.learning.encoders.text import checked_texts

AT_ONCE = 8
TEXTS_AT_ONCE = 32


def timm_opened(name: ModelName, folder: Path, kind: Kind) -> Reader:
    """Read a model of timm from a folder, without its classifier.

    Raises
    ------
    BadInput
        If it cannot be read.
    """
    timm = imported(name, kind)
    try:
        model = timm.create_model(f"local-dir:{folder}", pretrained=True, num_classes=0)
        scale = timm.data.create_transform(**timm.data.resolve_data_config({}, model=model))
    except Exception as error:  # of the library, or of the files
        raise _unreadable("timm", name, error) from error
    return Photos(model.eval().float(), scale)


def open_clip_opened(name: ModelName, folder: Path, kind: Kind) -> Reader:
    """Read a model of OpenCLIP from a folder, for one of its two kinds.

    Raises
    ------
    BadInput
        If it cannot be read.
    """
    open_clip = imported(name, kind)
    place = f"local-dir:{folder}"
    try:
        model, scale = open_clip.create_model_from_pretrained(place, return_transform=True)
        model = model.eval().float()
        if kind == "text":
            return ClipTexts(model, open_clip.get_tokenizer(place))
    except Exception as error:  # of the library, or of the files
        raise _unreadable("open_clip", name, error) from error
    return Photos(model, scale, lambda batch: model.encode_image(batch, normalize=True))


def timm_repository(name: ModelName, kind: Kind) -> ModelName:
    """The model on the hub for a name that leaves out which weights: timm's own choice.

    Raises
    ------
    BadInput
        If timm knows no such model.
    """
    timm = imported(name, kind)
    if "/" in name.model or "." in name.model:
        return name
    known = timm.models.get_pretrained_cfg(name.model)
    if not known or not known.tag:
        raise BadInput(f"timm has no pretrained weights for {name.model!r}.")
    return ModelName(name.prefix, f"{name.model}.{known.tag}")


def open_clip_repository(name: ModelName, kind: Kind) -> ModelName:
    """The model on the hub that OpenCLIP means by MODEL/PRETRAINED.

    Raises
    ------
    BadInput
        If it knows none, or it has its weights elsewhere.
    """
    open_clip = imported(name, kind)
    model, _, tag = name.model.partition("/")
    known = open_clip.pretrained.get_pretrained_cfg(model, tag)
    if not known:
        tags = open_clip.list_pretrained_tags_by_model(model)
        there = f"for {model} there is {', '.join(tags[:8])}" if tags else f"{model} is no model"
        raise BadInput(f"open_clip has no pretrained weights {name.model}: {there}.")
    repository = str(known.get("hf_hub") or "").rsplit("/", 1)[0]
    if not repository:
        raise BadInput(
            f"The weights of {name} are not on the hub but in a pickle: give a folder with an "
            "open_clip_config.json and safetensors, 'open_clip:FOLDER'."
        )
    return ModelName(name.prefix, repository)


class Photos:
    """Pictures, scaled as the model was trained with."""

    def __init__(self, model: Any, scale: Any, compute: Any = None) -> None:
        self._compute = compute or model
        self._scale = scale

    def features(self, raw: Sequence[Any]) -> Floats:
        """Features of images: float32 of shape (n, n_features)."""
        parts = []
        with torch.inference_mode():
            for start in range(0, len(raw), AT_ONCE):
                stop = min(start + AT_ONCE, len(raw))
                batch = torch.stack([self._scale(picture(raw[i])) for i in range(start, stop)])
                parts.append(as_features(self._compute(batch).numpy()))
        return np.concatenate(parts)


class ClipTexts:
    """Texts, in the space in which the model compares them with pictures."""

    def __init__(self, model: Any, tokenizer: Any) -> None:
        self._model = model
        self._tokenizer = tokenizer

    def features(self, raw: Sequence[Any]) -> Floats:
        """Features of texts: float32 of shape (n, n_features), each row of length 1."""
        texts, parts = checked_texts(raw), []
        with torch.inference_mode():
            for start in range(0, len(texts), TEXTS_AT_ONCE):
                tokens = self._tokenizer(texts[start : start + TEXTS_AT_ONCE])
                parts.append(self._model.encode_text(tokens, normalize=True).numpy())
        return np.concatenate(parts).astype(np.float32)


def _unreadable(library: str, name: ModelName, error: Exception) -> BadInput:
    return BadInput(f"{library} cannot read the model of {name}: {one_line(error)[:250]}")
