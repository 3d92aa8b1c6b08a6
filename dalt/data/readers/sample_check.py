"""Samples against their ids, which are the hashes of their content."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from dalt.core.arrays import open_npy
from dalt.core.errors import os_reason
from dalt.core.records import Sample
from dalt.data.readers import tables
from dalt.data.readers.copies import Copies
from dalt.data.readers.files import ReferredFiles
from dalt.data.readers.found import content_id
from dalt.data.readers.paths import Refused

Wrong = tuple[Sample, str]
"""A sample, and what is wrong with it: the rest of a sentence."""


def wrong_samples(
    samples: Iterable[Sample], folder: Path, referred: ReferredFiles
) -> Iterator[Wrong]:
    """Yield each sample whose content is not there, or not what it was.

    Files behind addresses are not fetched.

    Parameters
    ----------
    samples : iterable of Sample
    folder : Path
        The folder ``samples/`` of the project, with what was copied.
    referred : ReferredFiles
        Finds what was not copied.
    """
    copies = Copies(folder)
    for sample in samples:
        if "url" in sample.location:
            continue
        why = _referred(sample, referred) if "path" in sample.location else _copied(sample, copies)
        if why is not None:
            yield sample, why


def _referred(sample: Sample, referred: ReferredFiles) -> str | None:
    try:
        path = referred.path(sample)
        if not path.is_file():
            return f"its file {path} is missing; `dalt relocate` finds files that were moved"
        same = referred.id_of(sample.kind, path, sample.location.get("page")) == sample.id
    except (OSError, Refused, KeyError, ValueError) as error:
        return f"its file cannot be read ({error})"
    return None if same else f"its file {path} has other content than when it was added"


def _copied(sample: Sample, copies: Copies) -> str | None:
    name = sample.location.get("file")
    if not isinstance(name, str) or Path(name).name != name:
        return "the database does not say where its copy is"
    try:
        content = copies.read(sample.location)
    except OSError as error:
        return f"its copy in samples/{name} cannot be read ({os_reason(error)})"
    except (ValueError, EOFError, IndexError, KeyError, TypeError):
        return f"its copy in samples/{name} is damaged or cut short"
    same = _id_of(sample, content) == sample.id
    return None if same else f"its copy in samples/{name} is not what was added"


def _id_of(sample: Sample, content: np.ndarray[Any, np.dtype[np.uint8]]) -> str | None:
    if sample.kind == "image":
        return content_id("image array", str(content.shape).encode(), content.tobytes())
    stored = content.tobytes()
    try:
        said = json.loads(stored)
        # Written as it would be now: a changed space is no other content, but damage.
        line = tables.single_text(said) if sample.kind == "text" else tables.single_row(said)
    except (ValueError, TypeError, AttributeError):
        return None
    if not isinstance(line, tables.Line) or line.stored != stored:
        return None
    return content_id(sample.kind, line.content)


def wrong_copies(samples: Iterable[Sample], folder: Path) -> Iterator[tuple[str, str]]:
    """Yield the files of `folder` whose frame around the samples is damaged, and how.

    The frame is the header of an .npy file, the line ends of others, and the length of both.
    """
    ends: dict[str, list[int]] = {}
    for sample in samples:
        where = sample.location
        name, offset, length = (where.get(each) for each in ("file", "offset", "length"))
        if not isinstance(name, str) or Path(name).name != name:
            continue  # that is told of the sample
        if isinstance(offset, int) and isinstance(length, int) and min(offset, length) >= 0:
            ends.setdefault(name, []).append(offset + length)
        elif "row" in where:
            ends.setdefault(name, [])
    for name, after in sorted(ends.items()):
        path = folder / name
        if path.is_file():
            why = _wrong_lines(path, after) if after else _wrong_header(path)
            if why is not None:
                yield name, why


def _wrong_lines(path: Path, ends: list[int]) -> str | None:
    if path.stat().st_size != max(ends) + 1:
        return "has another length than its samples"
    with path.open("rb") as file:
        for end in ends:
            file.seek(end)
            if file.read(1) != b"\n":
                return f"has a damaged line end at byte {end}"
    return None


def _wrong_header(path: Path) -> str | None:
    try:
        array = open_npy(path)
    except (OSError, ValueError):
        return "is cut short or no array"
    header = io.BytesIO()
    described = {"descr": "|u1", "fortran_order": False, "shape": array.shape}
    np.lib.format.write_array_header_1_0(header, described)
    due = header.getvalue()
    with path.open("rb") as file:
        if file.read(len(due)) != due:
            return "has a damaged header"
    if path.stat().st_size != len(due) + array.size:
        return "has another length than its header says"
    return None
