"""Arrays in safetensors files: written whole or not at all, read by memory map."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dalt.core.files import make_folder, replacing

Arrays = dict[str, NDArray[Any]]

_DTYPES = {
    "F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "U8": "u1", "BOOL": "?",
}  # fmt: skip


def write_arrays(path: Path, arrays: Arrays, metadata: Mapping[str, str] | None = None) -> None:
    """Write one safetensors file; it replaces a file of that name at once or not at all.

    The file is on disk when this returns.
    """
    from safetensors.numpy import save_file

    make_folder(path.parent)
    contiguous = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    with replacing(path) as part:
        save_file(contiguous, part, metadata=dict(metadata or {}))


def map_arrays(path: Path) -> tuple[dict[str, str], Arrays]:
    """Read metadata and arrays of a safetensors file; arrays stay on disk until used.

    The library's own numpy reader copies every array.  A page that shows a few suggestions
    needs only a few of a million rows.

    Raises
    ------
    OSError, ValueError, KeyError
        If the file is missing, truncated, or of another format.
    """
    content = np.memmap(path, dtype=np.uint8, mode="r")
    start = 8 + int.from_bytes(content[:8].tobytes(), "little")
    header = json.loads(content[8:start].tobytes())
    metadata = header.pop("__metadata__", {})
    arrays: Arrays = {}
    for name, entry in header.items():
        first, last = entry["data_offsets"]
        if start + last > len(content):
            raise ValueError("it is cut short")
        flat = np.asarray(content[start + first : start + last]).view(_DTYPES[entry["dtype"]])
        arrays[name] = flat.reshape(entry["shape"])
    return metadata, arrays
