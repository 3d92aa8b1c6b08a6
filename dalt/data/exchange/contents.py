"""Samples that a file of labels carries along: their ids, from the bytes."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Any

from dalt.core.records import Kind
from dalt.data.readers.found import content_id

_URL = re.compile(r"data:(image|audio)/[\w.+-]+(?:;[\w=.+-]+)*;base64,", re.IGNORECASE)


def id_of_bytes(data: bytes, kind: Kind) -> str:
    """The sample id of the file of an image or a clip.

    Examples
    --------
    >>> id_of_bytes(b"a", "image") == id_of_bytes(b"a", "audio")
    False
    """
    return content_id(f"{kind} file", data)


def id_of_url(said: object) -> str | None:
    """The sample id of what a ``data:`` address holds; None if it is no such address.

    Examples
    --------
    >>> id_of_url("data:image/png;base64,YQ==") == id_of_bytes(b"a", "image")
    True
    >>> id_of_url("https://example.org/a.png") is None
    True
    """
    found = _URL.match(said) if isinstance(said, str) else None
    if found is None or not isinstance(said, str):
        return None
    try:
        data = base64.b64decode(said[found.end() :], validate=True)
    except (binascii.Error, ValueError):
        return None
    return id_of_bytes(data, "image" if found[1].lower() == "image" else "audio")


def bytes_of(cell: Any) -> bytes | None:
    """The file in a cell of a dataset: its bytes, or a mapping with bytes and path."""
    if isinstance(cell, Mapping):
        cell = cell.get("bytes")
    return cell if isinstance(cell, bytes) else None
