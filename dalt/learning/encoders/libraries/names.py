"""Names of encoders that other libraries bring: a prefix, and a model or a folder."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dalt.core.errors import shown
from dalt.core.records import BadInput, Kind
from dalt.learning.encoders.installed import is_installed

PHOTOS, TEXT, AUDIO = "photos", "text", "audio"


@dataclass(frozen=True)
class Library:
    """A library that brings encoders.

    Attributes
    ----------
    package : str
        What is imported.
    extras : mapping of kind to str
        The extra of DALT that installs it, for each kind of sample that its models may read.
    model : str
        What follows the prefix, as it is shown to people.
    owner : str
        Whose a model is on the hub if its name does not say.
    described : tuple of str
        Files of which a model has at least one.
    files : tuple of str
        Patterns of the other files that say what a model is.
    weights : tuple of str
        Patterns of its weights.  Only safetensors: the other formats are pickles.
    """

    package: str
    extras: Mapping[Kind, str]
    model: str = "MODEL"
    owner: str = ""
    described: tuple[str, ...] = ("config.json",)
    files: tuple[str, ...] = ()
    weights: tuple[str, ...] = ("model.safetensors",)

    @property
    def small(self) -> tuple[str, ...]:
        """Patterns of all files but the weights."""
        return (*self.described, *self.files)


TOKENIZER = (
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "vocab.txt",
    "vocab.json",
    "merges.txt",
    "spiece.model",
    "sentencepiece.bpe.model",
    "tokenizer.model",
)
SHARDS = ("model.safetensors", "model-?????-of-?????.safetensors")
PARTS = ("config_sentence_transformers.json", "sentence_*_config.json")
INDEX = "model.safetensors.index.json"

LIBRARIES: Mapping[str, Library] = {
    "hf": Library(
        "transformers",
        {"image": PHOTOS, "text": TEXT, "audio": AUDIO},
        files=("preprocessor_config.json", "processor_config.json", INDEX, *TOKENIZER),
        weights=SHARDS,
    ),
    "st": Library(
        "sentence_transformers",
        {"text": TEXT},
        owner="sentence-transformers",
        described=("modules.json", "config.json"),
        files=(INDEX, *PARTS, *TOKENIZER, "[0-9]_*/*.json", "[0-9]_*/*.txt"),
        weights=(*SHARDS, "[0-9]_*/model.safetensors"),
    ),
    "model2vec": Library(
        "model2vec",
        {"text": TEXT},
        owner="minishlab",
        described=("config.json", "config_sentence_transformers.json"),
        files=("modules.json", "tokenizer.json", "0_StaticEmbedding/tokenizer.json"),
        weights=("model.safetensors", "0_StaticEmbedding/model.safetensors"),
    ),
    "timm": Library("timm", {"image": "timm"}, owner="timm"),
    "open_clip": Library(
        "open_clip",
        {"image": "open-clip", "text": "open-clip"},
        model="MODEL/PRETRAINED",
        described=("open_clip_config.json",),
        files=TOKENIZER,
        weights=("open_clip_model.safetensors", "open_clip_pytorch_model.safetensors"),
    ),
}
"""Libraries by prefix."""

DINOV2 = re.compile(r"dinov2(?:-(small|base|large|giant))?")
_HUB_NAME = re.compile(r"[\w.-]{1,96}(/[\w.-]{1,96})?", re.ASCII)


@dataclass(frozen=True)
class ModelName:
    """A model of a library.

    Attributes
    ----------
    prefix : str
        A key of `LIBRARIES`.
    model : str
        Its name, or the absolute path of its folder.
    folder : Path, optional
        The folder, if it is one on disk.

    Examples
    --------
    >>> str(ModelName("hf", "facebook/dinov2-small"))
    'hf:facebook/dinov2-small'
    """

    prefix: str
    model: str
    folder: Path | None = None

    def __str__(self) -> str:
        return f"{self.prefix}:{self.model}"

    @property
    def library(self) -> Library:
        """The library that reads it."""
        return LIBRARIES[self.prefix]

    @property
    def on_hub(self) -> str:
        """Its name on the hub, with its owner."""
        owner = self.library.owner
        return f"{owner}/{self.model}" if owner and "/" not in self.model else self.model

    def how(self, kind: Kind) -> str:
        """The command that installs its library."""
        extras = self.library.extras
        extra = extras.get(kind) or next(iter(extras.values()))
        return f"pip install 'dalt[{extra}]'"


def named(choice: str) -> ModelName | None:
    """The model that a choice names, or None if it has no prefix of a library.

    A folder on disk comes before a model of the same name on the hub.

    Raises
    ------
    BadInput
        If there is a prefix, and what follows is neither a folder that exists nor can be a model.

    Examples
    --------
    >>> named("dinov2")
    ModelName(prefix='hf', model='facebook/dinov2-small', folder=None)
    >>> named("st:all-MiniLM-L6-v2").on_hub
    'sentence-transformers/all-MiniLM-L6-v2'
    >>> named("minilm") is None
    True
    """
    if (dinov2 := DINOV2.fullmatch(choice)) is not None:
        return ModelName("hf", f"facebook/dinov2-{dinov2[1] or 'small'}")
    prefix, colon, rest = choice.partition(":")
    if not colon or prefix not in LIBRARIES:
        return None
    path = Path(rest).expanduser()
    try:
        if rest and path.is_dir():
            folder = path.resolve()
            return ModelName(prefix, str(folder), folder)
    except OSError:  # too long for a path
        pass
    if _is_path(rest):
        raise BadInput(f"There is no folder {path} with a model for {shown(choice)}.")
    if not _HUB_NAME.fullmatch(rest):
        raise BadInput(
            f"{shown(choice)} names no model: after {prefix}: comes {LIBRARIES[prefix].model}, or "
            "the path of a folder with a model."
        )
    return ModelName(prefix, rest)


def available(kind: Kind) -> dict[str, str | None]:
    """Forms of names for a kind of sample: None if the library is there, else how to install it.

    Examples
    --------
    >>> list(available("audio"))
    ['hf:MODEL']
    """
    forms: dict[str, str | None] = {}
    for prefix, library in LIBRARIES.items():
        if kind in library.extras:
            how = None if is_installed(library.package) else ModelName(prefix, "").how(kind)
            if prefix == "hf" and kind == "image":
                forms["dinov2"] = how
            forms[f"{prefix}:{library.model}"] = how
    return forms


def _is_path(rest: str) -> bool:
    return rest.startswith((".", "~", "/", "\\")) or Path(rest).is_absolute()
