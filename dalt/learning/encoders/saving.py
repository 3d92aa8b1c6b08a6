"""Encoders on disk: settings in ``encoder.json``, arrays in ``weights.safetensors``."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file

from dalt.core.arrays import save_safetensors
from dalt.core.records import BadInput
from dalt.core.rights import make_folder

SETTINGS = "encoder.json"
WEIGHTS = "weights.safetensors"
Arrays = dict[str, NDArray[Any]]


def fingerprint_of(settings: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> str:
    """Hash everything that determines the embeddings, as 16 hexadecimal digits.

    Examples
    --------
    >>> len(fingerprint_of({"type": "image"}, {}))
    16
    """
    digest = hashlib.sha256(_canonical(settings).encode())
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        digest.update(f"{name} {array.dtype.str} {array.shape}".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()[:16]


def save_encoder(
    folder: Path, settings: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]
) -> None:
    """Write settings and arrays into `folder`, which is made if missing."""
    make_folder(folder)
    save_safetensors(folder / WEIGHTS, arrays)
    (folder / SETTINGS).write_text(_canonical(settings), encoding="utf-8")


def read_settings(folder: Path) -> dict[str, Any]:
    """Settings of the encoder in `folder`.

    Raises
    ------
    BadInput
        If there is no encoder, or its settings are damaged.
    """
    try:
        settings = json.loads((folder / SETTINGS).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BadInput(f"There is no encoder in {folder}.") from None
    except (OSError, ValueError) as error:
        raise damaged(folder, error) from error
    if not isinstance(settings, dict) or "type" not in settings:
        raise damaged(folder, "its settings name no type")
    return settings


def read_arrays(folder: Path) -> Arrays:
    """Arrays of the encoder in `folder`.

    Raises
    ------
    BadInput
        If they are missing or damaged.
    """
    try:
        return dict(load_file(folder / WEIGHTS))
    except (OSError, SafetensorError) as error:
        raise damaged(folder, error) from error


def _canonical(settings: Mapping[str, Any]) -> str:
    return json.dumps(settings, sort_keys=True, ensure_ascii=False, allow_nan=False)


def damaged(folder: Path, why: object) -> BadInput:
    """The error of an encoder whose files say what no encoder writes."""
    return BadInput(f"The encoder in {folder} is damaged ({why}). Train it again.")
