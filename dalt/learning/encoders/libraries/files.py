"""A model's folder: the files that decide what it computes, and their hash."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from fnmatch import fnmatch
from pathlib import Path

from dalt.core.records import BadInput
from dalt.learning.encoders.installed import file_hash
from dalt.learning.encoders.libraries.names import INDEX, ModelName


def complete(name: ModelName, folder: Path) -> bool:
    """Whether a folder has a description and all of the weights."""
    described = any(_matching(folder, name.library.described))
    weights = any(_matching(folder, name.library.weights))
    return described and weights and not _missing_shards(folder)


def checked(name: ModelName, folder: Path) -> Path:
    """A folder that has weights in a format that is read.

    Raises
    ------
    BadInput
        If something is missing, or the weights are pickles.
    """
    described = name.library.described
    if not any(_matching(folder, described)):
        raise BadInput(
            f"{folder} holds no model for {name.prefix}: there is no {' or '.join(described)} "
            "in it."
        )
    for pickled in folder.glob("[0-9]_*/pytorch_model.bin"):  # one part of several
        if not pickled.with_name("model.safetensors").is_file():
            raise BadInput(no_weights(name, str(pickled.parent)))
    if complete(name, folder):
        return folder
    if missing := _missing_shards(folder):
        raise BadInput(f"The model in {folder} is incomplete: {missing[0]} is missing.")
    raise BadInput(no_weights(name, str(folder)))


def no_weights(name: ModelName, place: str) -> str:
    """The sentence for a model without weights that are read."""
    return (
        f"{place} has no {name.library.weights[0]}, and DALT reads no other weights, which are "
        "pickles: load the model with its library where you trust it, save it anew with "
        f"safetensors, and give that folder, project.encode('{name.prefix}:FOLDER')."
    )


def content_hash(name: ModelName, folder: Path) -> str:
    """Hash of the files that decide the features, as 64 hexadecimal digits.

    Names and contents count; readmes, logs and other weights beside them do not.

    Raises
    ------
    BadInput
        If a file cannot be read.
    """
    digest = hashlib.sha256()
    library = name.library
    for path in sorted(_matching(folder, (*library.small, *library.weights))):
        digest.update(f"{path.relative_to(folder).as_posix()} {file_hash(path)}\n".encode())
    return digest.hexdigest()


def _matching(folder: Path, patterns: Iterable[str]) -> Iterable[Path]:
    """Files of a folder, and of the folders in it, by patterns as the hub reads them."""
    wanted = tuple(patterns)
    for path in [*folder.glob("*"), *folder.glob("[0-9]_*/*")]:
        relative = path.relative_to(folder).as_posix()
        if path.is_file() and any(
            fnmatch(relative, each) and relative.count("/") == each.count("/") for each in wanted
        ):
            yield path


def _missing_shards(folder: Path) -> list[str]:
    """Names of weights that the index names and the folder has not."""
    try:
        named = json.loads((folder / INDEX).read_text("utf-8"))["weight_map"].values()
        return sorted({each for each in named if not (folder / each).is_file()})
    except FileNotFoundError:
        return []
    except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
        raise BadInput(f"{folder / INDEX} is damaged ({error}).") from error
