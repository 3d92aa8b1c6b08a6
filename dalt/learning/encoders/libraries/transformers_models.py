"""Models of transformers: pictures, texts and sounds to features."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from dalt.core.errors import one_line
from dalt.core.records import BadInput, Floats, Kind
from dalt.learning.encoders.libraries.backbone import Reader
from dalt.learning.encoders.libraries.importing import imported, quiet
from dalt.learning.encoders.libraries.names import ModelName
from dalt.learning.encoders.libraries.pictures import picture
from dalt.learning.encoders.libraries.waves import at_rate
from dalt.learning.encoders.text import checked_texts

PICTURES_AT_ONCE = 8
TOKENS_AT_ONCE = 8_192
TEXTS_AT_ONCE = 32
USUAL_LENGTH = 512
"""Tokens that are read where neither the tokenizer nor the model has a limit."""
SAFELY: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
"""Nothing is fetched, and no program that comes with a model is run."""
KIND_OF_INPUT: dict[str, Kind] = {
    "pixel_values": "image",
    "input_ids": "text",
    "input_values": "audio",
    "input_features": "audio",
}
OF_KIND: dict[Kind, str] = {
    "image": "get_image_features",
    "text": "get_text_features",
    "audio": "get_audio_features",
}


def kinds_of(name: ModelName, folder: Path) -> tuple[Kind, ...]:
    """The kinds of samples that a model reads, from its description alone.

    Raises
    ------
    BadInput
        If transformers does not know such a model, or it brings its own program.
    """
    transformers = imported(name, "text")
    with quiet():
        try:
            config = transformers.AutoConfig.from_pretrained(folder, **SAFELY)
            found = transformers.MODEL_MAPPING[type(config)]
        except Exception as error:  # of the library, or of the file
            raise _unreadable(name, error) from error
    model = found[0] if isinstance(found, tuple | list) else found
    several: tuple[Kind, ...] = tuple(
        kind for kind, method in OF_KIND.items() if hasattr(model, method)
    )
    if len(several) > 1:
        return several
    kind = KIND_OF_INPUT.get(str(model.main_input_name))
    return (kind,) if kind else ()


def opened(name: ModelName, folder: Path, kind: Kind) -> Reader:
    """Read a model from a folder.

    Raises
    ------
    BadInput
        If it cannot be read, or its weights are not those of the model.
    """
    transformers = imported(name, kind)
    with quiet():
        try:
            model, report = transformers.AutoModel.from_pretrained(
                folder,
                use_safetensors=True,
                dtype=torch.float32,
                output_loading_info=True,
                **SAFELY,
            )
            tools = _tools(transformers, kind, folder)
        except Exception as error:  # of the library, or of the files
            raise _unreadable(name, error) from error
    if kind == "text" and knows_no_words(tools):
        raise BadInput(f"The model of {name} has no tokenizer with words: its files are missing.")
    missing = [each for each in report["missing_keys"] if "pooler" not in each]
    if missing or report["mismatched_keys"]:
        raise BadInput(
            f"The weights of {name} are not those of its model: {len(missing)} are missing (first: "
            f"{(missing or ['none'])[0]}), so its features would be random."
        )
    has_pooler = not any("pooler" in each for each in report["missing_keys"])
    readers: dict[str, Callable[..., Reader]] = {"image": Pictures, "text": Texts, "audio": Sounds}
    return readers[kind](model.eval(), tools, has_pooler)


class Pictures:
    """Pictures by the model's own scaling.

    The features are those that the model makes to compare pictures (CLIP, SigLIP), of length 1;
    else the class token; else the pooled maps, or the mean of the patches.
    """

    def __init__(self, model: Any, scale: Any, has_pooler: bool) -> None:
        self._model = model
        self._scale = scale
        self._has_pooler = has_pooler
        self._has_class_token = any(
            parameter.endswith("cls_token") for parameter, _ in model.named_parameters()
        )

    def features(self, raw: Sequence[Any]) -> Floats:
        """Features of images: float32 of shape (n, n_features)."""
        parts = []
        with torch.inference_mode():
            for start in range(0, len(raw), PICTURES_AT_ONCE):
                stop = min(start + PICTURES_AT_ONCE, len(raw))
                inputs = [self._input(raw[i]) for i in range(start, stop)]
                alike = len({each.shape for each in inputs}) == 1
                for batch in [torch.stack(inputs)] if alike else [i[None] for i in inputs]:
                    parts.append(self._pooled(batch).numpy())
        return np.concatenate(parts)

    def _input(self, image: Any) -> Tensor:
        scaled = self._scale(images=[picture(image)], return_tensors="pt")["pixel_values"]
        return torch.as_tensor(scaled[0])

    def _pooled(self, batch: Tensor) -> Tensor:
        if (compared := _to_compare(self._model, "image", pixel_values=batch)) is not None:
            return compared
        outputs = self._model(pixel_values=batch)
        states: Tensor = outputs.last_hidden_state
        pooled = getattr(outputs, "pooler_output", None)
        if states.ndim == 4:
            return states.mean((2, 3)) if pooled is None else pooled.flatten(1)
        if self._has_class_token:
            return states[:, 0]
        return pooled if pooled is not None and self._has_pooler else states.mean(1)


class Texts:
    """Texts, cut where the model stops reading; the mean over the tokens, of length 1.

    A model that compares texts with pictures or sounds (CLIP, CLAP) gives the features that it
    makes for that.  Of an encoder with a decoder only the encoder reads.

    References
    ----------
    Reimers, Gurevych, Sentence-BERT, 2019.
    """

    def __init__(self, model: Any, tokenizer: Any, has_pooler: bool) -> None:
        del has_pooler  # a pooler of texts is trained for another end
        whole = model
        self._compares = hasattr(model, OF_KIND["text"])
        if getattr(model.config, "is_encoder_decoder", False):
            model = model.get_encoder()
        self._model = model
        self._tokenizer = tokenizer
        if tokenizer.pad_token is None:  # models that only go on writing have none
            tokenizer.pad_token = tokenizer.eos_token or tokenizer.unk_token
        self._longest = _longest(tokenizer, whole.config)

    def features(self, raw: Sequence[Any]) -> Floats:
        """Features of texts: float32 of shape (n, n_features)."""
        texts = checked_texts(raw)
        rows: dict[int, Floats] = {}
        with torch.inference_mode():
            for positions in self._batches(texts):
                computed = self._of([texts[i] for i in positions]).numpy()
                rows |= zip(positions, computed, strict=True)
        return np.stack([rows[i] for i in range(len(texts))])

    def _batches(self, texts: Sequence[str]) -> Iterator[list[int]]:
        """Texts of similar length together: little is padded, and memory is bounded."""
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        while order:
            batch: list[int] = []
            longest = 1
            while order and len(batch) < TEXTS_AT_ONCE:
                longest = max(longest, min(len(texts[order[0]]), self._longest))
                if batch and longest * (len(batch) + 1) > TOKENS_AT_ONCE:
                    break
                batch.append(order.pop(0))
            yield batch

    def _of(self, texts: list[str]) -> Tensor:
        coded = self._tokenizer(
            [text or " " for text in texts],
            padding=True,
            truncation=True,
            max_length=self._longest,
            return_tensors="pt",
            return_token_type_ids=False,
            return_attention_mask=True,
        )
        tokens, mask = coded["input_ids"], coded["attention_mask"]
        if not tokens.shape[1]:  # a tokenizer without special tokens makes nothing of a space
            tokens = torch.full((len(texts), 1), self._tokenizer.pad_token_id or 0)
            mask = torch.ones_like(tokens)
        if self._compares:
            compared = _to_compare(self._model, "text", input_ids=tokens, attention_mask=mask)
            assert compared is not None
            return compared
        states = self._model(input_ids=tokens, attention_mask=mask).last_hidden_state
        weight = mask[:, :, None].to(states.dtype)
        mean = (states * weight).sum(1) / weight.sum(1).clamp(min=1)
        return torch.nn.functional.normalize(mean, dim=1)


class Sounds:
    """Sounds at the model's rate, one after the other; the mean over the time that has sound."""

    def __init__(self, model: Any, extractor: Any, has_pooler: bool) -> None:
        whole = model
        if getattr(model.config, "is_encoder_decoder", False):
            model = model.get_encoder()
        self._model = model
        self._extractor = getattr(extractor, "feature_extractor", extractor)
        self._rate = int(self._extractor.sampling_rate)
        self._has_class_token = has_pooler and any(
            parameter.endswith("cls_token") for parameter, _ in whole.named_parameters()
        )
        self._input = str(self._extractor.model_input_names[0])

    def features(self, raw: Sequence[Any]) -> Floats:
        """Features of clips: float32 of shape (n, n_features)."""
        with torch.inference_mode():
            return np.concatenate([self._of(at_rate(raw[i], self._rate)) for i in range(len(raw))])

    def _of(self, wave: Floats) -> Floats:
        extracted = self._extractor(
            wave, sampling_rate=self._rate, return_tensors="pt", return_attention_mask=True
        )
        inputs = {self._input: torch.as_tensor(extracted[self._input])}
        if (compared := _to_compare(self._model, "audio", **inputs)) is not None:
            return np.asarray(compared.numpy(), np.float32)
        states = self._model(**inputs).last_hidden_state
        if states.ndim == 4:
            return np.asarray(states.mean((2, 3)).numpy(), np.float32)
        if self._has_class_token:
            return np.asarray(states[:, 0].numpy(), np.float32)
        return np.asarray(states[:, : self._heard(extracted, states)].mean(1).numpy(), np.float32)

    def _heard(self, extracted: Any, states: Tensor) -> int:
        """States that hear the clip: some models listen on to the end of half a minute."""
        mask = extracted.get("attention_mask")
        if mask is None:
            return int(states.shape[1])
        share = float(torch.as_tensor(mask).float().mean())
        return max(1, round(share * states.shape[1]))


def knows_no_words(tokenizer: Any) -> bool:
    """Whether a tokenizer was made without its files: transformers makes an empty one then."""
    return len(tokenizer) <= len(tokenizer.all_special_tokens)


def _to_compare(model: Any, kind: Kind, **inputs: Tensor) -> Tensor | None:
    """Features in the space where a model compares kinds, of length 1; None if it does not."""
    method = getattr(model, OF_KIND[kind], None)
    if method is None:
        return None
    found = method(**inputs)
    features = found if isinstance(found, Tensor) else found.pooler_output
    return torch.nn.functional.normalize(features, dim=1)


def _tools(transformers: Any, kind: Kind, folder: Path) -> Any:
    """What turns samples into a model's inputs."""
    if kind == "image":  # by Pillow, whether there is a torchvision or not: features stay the same
        return transformers.AutoImageProcessor.from_pretrained(folder, backend="pil", **SAFELY)
    if kind == "text":
        return transformers.AutoTokenizer.from_pretrained(folder, **SAFELY)
    return transformers.AutoFeatureExtractor.from_pretrained(folder, **SAFELY)


def _longest(tokenizer: Any, config: Any) -> int:
    """Tokens that a model reads: what its tokenizer says, else its places."""
    text = getattr(config, "text_config", config)
    said = int(tokenizer.model_max_length)
    places = getattr(text, "max_position_embeddings", None) or getattr(text, "n_positions", None)
    if isinstance(places, int) and "roberta" in str(text.model_type):
        places -= 2  # its first places are for the padding
    limits = [each for each in (said, places) if isinstance(each, int) and 0 < each < 1_000_000]
    return min(limits) if limits else USUAL_LENGTH


def _unreadable(name: ModelName, error: Exception) -> BadInput:
    if isinstance(error, KeyError):
        return BadInput(f"transformers has no model that the description of {name} asks for.")
    return BadInput(f"transformers cannot read the model of {name}: {one_line(error)[:250]}")
