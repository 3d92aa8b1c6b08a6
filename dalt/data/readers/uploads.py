"""Single pieces of raw data, for example from the network: checked and decoded in memory."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dalt.core.records import BadInput, Kind, Rejection
from dalt.data.readers import audio, images, tables
from dalt.data.readers.paths import Refused


def decoded(kind: Kind, given: object, *, max_pixels: int, longest: int | None) -> Any:
    """Decode one piece of raw data for an encoder, as `SampleFiles.load` does.

    Parameters
    ----------
    kind : {"image", "text", "table", "audio"}
    given : bytes, str or mapping
        The file of an image or a clip; a text; a row, from column to value.
    max_pixels : int
        Images with more are refused by their header, before any pixel is decoded.
    longest : int or None
        Larger images are reduced to this side.

    Returns
    -------
    ndarray, str or dict

    Raises
    ------
    BadInput
        If it is of another kind, or damaged, empty or too large.

    Examples
    --------
    >>> decoded("table", {"age": 3.0, "city": None}, max_pixels=1, longest=None)
    {'age': 3, 'city': None}
    """
    try:
        if kind in ("image", "audio"):
            if not isinstance(given, bytes):
                raise Refused(f"a file is needed here, not {_what(given)}")
            if kind == "audio":
                return _clip(given)
            with images.without_warnings():
                return images.read(given, max_pixels, longest)
        if kind == "text":
            return _line(tables.single_text(given))
        if not isinstance(given, Mapping):
            raise Refused(f"a row is needed here, from column to value, not {_what(given)}")
        return _line(tables.single_row(given))
    except Refused as why:
        raise BadInput(f"This {kind} cannot be used: {why}.") from None


def _line(line: tables.Line | Rejection) -> Any:
    if isinstance(line, Rejection):
        raise Refused(line.reason)
    return json.loads(line.stored)


def _clip(given: bytes) -> Any:
    # By name: the library reads Python's files through callbacks, whose errors it loses.
    with tempfile.NamedTemporaryFile(suffix=".audio") as file:
        file.write(given)
        file.flush()
        return audio.read(Path(file.name))


def _what(given: object) -> str:
    if isinstance(given, bytes):
        return "a file"
    if isinstance(given, str):
        return "text"
    return "a row" if isinstance(given, Mapping) else f"{given!r:.40}"
