"""From a name to a backbone: library, weights, kind, model."""

from __future__ import annotations

from pathlib import Path

from dalt.core.records import BadInput, Kind, Progress
from dalt.learning.encoders.libraries import hub
from dalt.learning.encoders.libraries.backbone import LibraryModel, Reader
from dalt.learning.encoders.libraries.files import checked, complete, content_hash, no_weights
from dalt.learning.encoders.libraries.importing import imported
from dalt.learning.encoders.libraries.names import ModelName


def opened(
    name: ModelName, kind: Kind, *, progress: Progress | None = None, downloads: bool = False
) -> LibraryModel:
    """The backbone that a name stands for.

    Parameters
    ----------
    name : ModelName
    kind : {"image", "text", "table", "audio"}
        Kind of the pool's samples.
    progress : callable, optional
        Hears of a download.
    downloads : bool
        Whether weights that are not on this machine may be downloaded: only where a person has
        just named the model.

    Raises
    ------
    BadInput
        If the library is not installed, the model reads another kind, or its weights are not
        there or cannot be read.
    """
    _refuse_other_kind(name, kind, tuple(name.library.extras))
    imported(name, kind)
    folder = checked(name, name.folder or _from_hub(name, kind, progress, downloads))
    if name.prefix == "hf":
        _refuse_kind_of_model(name, folder, kind)
    if progress is not None:
        progress("Loading the model", 0, 1)
    reader = _reader(name, folder, kind)
    return LibraryModel(name, kind, content_hash(name, folder), reader)


def _from_hub(name: ModelName, kind: Kind, progress: Progress | None, downloads: bool) -> Path:
    """The folder of a model of the hub, in the cache that its libraries share."""
    place = _place(name, kind)
    everything = (*name.library.small, *name.library.weights)
    folder = hub.cached(place, everything)
    if folder is not None and complete(name, folder):
        return folder
    if not downloads:
        raise BadInput(
            f"The model of {name} is not on this machine: name it again to download it, "
            f"project.encode({str(name)!r}), or give its folder, '{name.prefix}:FOLDER'."
        )
    listing = hub.listed(place, everything)
    if not any(each.endswith(".safetensors") for each in listing.files):
        raise BadInput(no_weights(name, str(name)))
    hub.announce(name, listing)
    download = hub.Download(place, listing, progress)
    small = download.fetch(name.library.small)
    if name.prefix == "hf":  # some thousand bytes say what the others are for
        _refuse_kind_of_model(name, small, kind)
    return download.fetch(everything)


def _place(name: ModelName, kind: Kind) -> ModelName:
    """The model on the hub: two libraries have names of their own."""
    if name.prefix not in ("timm", "open_clip"):
        return name
    from dalt.learning.encoders.libraries import photo_models

    if name.prefix == "timm":
        return photo_models.timm_repository(name, kind)
    return photo_models.open_clip_repository(name, kind)


def _refuse_kind_of_model(name: ModelName, folder: Path, kind: Kind) -> None:
    from dalt.learning.encoders.libraries.transformers_models import kinds_of

    _refuse_other_kind(name, kind, kinds_of(name, folder))


def _refuse_other_kind(name: ModelName, kind: Kind, kinds: tuple[Kind, ...]) -> None:
    if kind in kinds:
        return
    reads = " and ".join(kinds) or "other"
    raise BadInput(f"The encoder {name} reads {reads} samples, and the pool holds {kind} samples.")


def _reader(name: ModelName, folder: Path, kind: Kind) -> Reader:
    if name.prefix == "hf":
        from dalt.learning.encoders.libraries import transformers_models

        return transformers_models.opened(name, folder, kind)
    if name.prefix == "st":
        from dalt.learning.encoders.libraries import sentence_models

        return sentence_models.opened(name, folder, kind)
    if name.prefix == "model2vec":
        from dalt.learning.encoders.libraries import static_models

        return static_models.opened(name, folder, kind)
    from dalt.learning.encoders.libraries import photo_models

    if name.prefix == "timm":
        return photo_models.timm_opened(name, folder, kind)
    return photo_models.open_clip_opened(name, folder, kind)
