"""Pretrained encoders that can compare samples with words: both have features in one space."""

from __future__ import annotations

from dataclasses import dataclass

from dalt.core.errors import shown
from dalt.core.records import BadInput, Kind, Progress
from dalt.learning.encoders.installed import is_installed
from dalt.learning.encoders.libraries import names as library_names
from dalt.learning.encoders.pretrained import Backbone
from dalt.learning.encoders.registry import NAMED, backbone

OF_TEXTS = ("minilm", "sentences")
"""Encoders of texts whose weights come with a package, the better first."""


@dataclass(frozen=True)
class Towers:
    """The two halves that compare.

    Attributes
    ----------
    words, samples : Backbone
        Reads words, and samples; the same one where samples are texts.
    """

    words: Backbone
    samples: Backbone


def installed_encoder() -> str | None:
    """The best encoder of texts that is installed; None if there is none."""
    ready = (each for each in OF_TEXTS if all(map(is_installed, NAMED[each].packages)))
    return next(ready, None)


def words_of(name: str, progress: Progress | None = None) -> Backbone:
    """What reads words, by the name of an encoder.

    Parameters
    ----------
    name : str
        "minilm" or "sentences", or a model of another library, ``hf:MODEL``.
    progress : callable, optional
        Hears of a download: naming a model is leave to download it.

    Raises
    ------
    BadInput
        If it is no encoder that reads texts, or is not installed.
    """
    model = library_names.named(name)
    if model is not None:
        from dalt.learning.encoders.libraries.opening import opened

        return opened(model, "text", progress=progress, downloads=True)
    if name not in OF_TEXTS:
        raise BadInput(
            f"Words are compared by {', '.join(OF_TEXTS)} or a model of another library "
            f"('hf:MODEL', for pictures a CLIP), not by {shown(name)}."
        )
    return backbone(name)


def towers_for(kind: Kind, name: str, words: Backbone) -> Towers:
    """What compares samples of a kind with words.

    Parameters
    ----------
    kind : {"text", "image"}
    name : str
    words : Backbone
        What `words_of` made of the name.

    Raises
    ------
    BadInput
        If that encoder does not compare such samples with words.
    """
    if kind == "text":
        return Towers(words, words)
    model = library_names.named(name)
    if model is None:
        raise BadInput(
            f"{name} reads texts; pictures are compared with words by a CLIP, for example "
            "names('open_clip:ViT-B-32/laion2b_s34b_b79k')."
        )
    from dalt.learning.encoders.libraries.opening import opened

    samples = opened(model, kind, downloads=True)
    if samples.n_features != words.n_features:
        raise BadInput(
            f"{name} has {samples.n_features} features of a picture and {words.n_features} of a "
            "text, so it compares neither with the other: name a CLIP."
        )
    return Towers(words, samples)
