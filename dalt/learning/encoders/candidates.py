"""Which encoders compete where nobody named one, and which of them starts."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from dalt.core.records import Kind
from dalt.learning.encoders.cache_files import AUTOENCODER
from dalt.learning.encoders.installed import HOW
from dalt.learning.encoders.reading import read, without_removed
from dalt.learning.encoders.registry import available_encoders

VARIABLE = "DALT_PRETRAINED"
"""Environment variable: 0 leaves pretrained encoders out unless one is named."""
LOOKED_AT = 40
SMALL = 64
"""Pixels: the autoencoder sees grey pictures of this side whole, and no net does better."""
COLOURED = 8
"""Mean difference of a pixel's channels, of 255, from which a picture is in colour."""
PHOTOS = ("efficientnet", "mobilenet")
SHORT_LATIN, OTHER_TEXTS = ("minilm", "sentences"), ("sentences", "minilm")
LONG = 400
"""Characters: up to here "minilm" knows more; it takes ten times as long, and on news it was no
better."""


@dataclass(frozen=True)
class Candidates:
    """The encoders that compete for a pool.

    Attributes
    ----------
    names : tuple of str
        The one that starts comes first.
    why : str
        Why that one starts, as the end of a sentence.
    missing : str
        The command that brings an encoder for such samples where none is installed, else "".
    """

    names: tuple[str, ...]
    why: str
    missing: str = ""


def candidates_for(kind: Kind, raw: Sequence[Any]) -> Candidates:
    """Look at a few samples, and say which of the installed encoders compete.

    Parameters
    ----------
    kind : {"image", "text", "table", "audio"}
    raw : sequence
        Raw samples, read one at a time.

    Examples
    --------
    >>> candidates_for("table", [{"size": 1.0}]).names
    ('autoencoder',)
    """
    if kind == "image":
        return _for_images(raw)
    if kind == "text":
        texts = _some(raw)
        for_words = _mostly_latin(texts) and _mostly(texts, lambda each: len(each) <= LONG)
        name = _first_installed(kind, SHORT_LATIN if for_words else OTHER_TEXTS)
        if name is not None:
            return Candidates((name, AUTOENCODER), "knows what words mean")
    return Candidates((AUTOENCODER,), "there is no other for these samples")


def step_of(name: str, what: str) -> str:
    """A step's name where several encoders are made.

    Examples
    --------
    >>> step_of("minilm", "Embedding")
    'Embedding (minilm)'
    """
    return f"{what} ({name})"


def _for_images(raw: Sequence[Any]) -> Candidates:
    pictures = _some(raw)
    name = _first_installed("image", PHOTOS)
    if _mostly(pictures, _in_colour):
        if name is None:
            missing = HOW[PHOTOS[0]] if _wanted() else ""
            return Candidates((AUTOENCODER,), "no pretrained one is installed", missing)
        return Candidates((name, AUTOENCODER), "the pictures are in colour, and it has seen many")
    if name is None or _mostly(pictures, lambda each: max(each.shape[:2]) <= SMALL):
        return Candidates((AUTOENCODER,), "the pictures are grey")
    return Candidates((AUTOENCODER, name), "the pictures are grey")


def _first_installed(kind: Kind, names: Sequence[str]) -> str | None:
    if not _wanted():
        return None
    ready = {name for name, missing in available_encoders(kind).items() if missing is None}
    return next((name for name in names if name in ready), None)


def _wanted() -> bool:
    return os.environ.get(VARIABLE, "1") != "0"


def _some(raw: Sequence[Any]) -> list[Any]:
    """A few readable samples from all over the pool."""
    known = without_removed(raw)
    rows = np.linspace(0, len(known) - 1, min(LOOKED_AT, len(known))).astype(int)
    return read(known, map(int, rows)).values


def _mostly(values: Sequence[Any], holds: Any) -> bool:
    return 2 * sum(map(bool, map(holds, values))) > len(values)


def _in_colour(picture: Any) -> bool:
    """Whether the channels of a picture differ; a grey one may be kept in colour."""
    if picture.ndim != 3 or picture.shape[2] < 3:
        return False
    channels = np.asarray(picture[..., :3], np.int16)
    return bool((channels.max(axis=2) - channels.min(axis=2)).mean() > COLOURED)


def _mostly_latin(texts: Sequence[str]) -> bool:
    """Whether most letters are those that an English net knows."""
    letters = [letter for text in texts for letter in text[:1_000] if letter.isalpha()]
    return 2 * sum(letter < "\u0250" for letter in letters) >= len(letters)
