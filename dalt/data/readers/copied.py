"""Samples whose content is copied into a project: arrays, texts and rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dalt.core.records import Kind, Progress, Rejection, Sample
from dalt.data.readers import tables
from dalt.data.readers.copies import NewFile
from dalt.data.readers.found import Found, Fresh, Known, batches, content_id, report

LINES_AT_ONCE = 1_000


def add_array(
    folder: Path, array: NDArray[np.uint8], known: Known, progress: Progress | None
) -> Found:
    """Copy the images of an array into one file of `folder`, and make samples of them."""
    found = Found()
    fresh = Fresh(known)
    new: list[int] = []
    shape = str(array.shape[1:]).encode()
    for done, batch in batches(range(len(array)), LINES_AT_ONCE):
        report(progress, "adding images", done, len(array))
        ids = [content_id("image array", shape, array[i].tobytes()) for i in batch]
        fresh.ask(ids)
        new += [i for i, each in zip(batch, ids, strict=True) if fresh.take(each, str(i))]
        found.each.extend(ids)
    if new:
        all_ids = found.ids
        name = _file_name("images", [all_ids[i] for i in new], ".npy")
        with NewFile(folder) as file:
            file.write_array_header((len(new), *array.shape[1:]))
            for i in new:
                file.write(array[i].tobytes())
            file.publish(name)
        found.samples.extend(
            Sample(all_ids[i], "image", str(i), location={"file": name, "row": row})
            for row, i in enumerate(new)
        )
    report(progress, "adding images", len(array), len(array))
    return replace(found, shared=fresh.shared, n_moved=fresh.n_moved)


def add_lines(
    folder: Path,
    kind: Kind,
    what: str,
    lines: Iterator[tables.Line | Rejection],
    total: int,
    known: Known,
    progress: Progress | None,
) -> Found:
    """Copy texts or rows into one file of `folder`, and make samples of them."""
    found = Found()
    fresh = Fresh(known)
    new: list[tuple[str, str, int, int]] = []
    with NewFile(folder) as file:
        for done, batch in batches(lines, LINES_AT_ONCE):
            report(progress, what, done, total)
            found.rejected.extend(line for line in batch if isinstance(line, Rejection))
            good = [line for line in batch if isinstance(line, tables.Line)]
            ids = [content_id(kind, line.content) for line in good]
            fresh.ask(ids)
            for line, sample_id in zip(good, ids, strict=True):
                if fresh.take(sample_id, line.source):
                    offset = file.write(line.stored + b"\n")
                    new.append((sample_id, line.source, offset, len(line.stored)))
            taken = iter(ids)
            found.each.extend(
                next(taken) if isinstance(line, tables.Line) else None for line in batch
            )
        if new:
            name = _file_name(kind, [sample_id for sample_id, *_ in new], ".jsonl")
            file.publish(name)
    for sample_id, source, offset, length in new:
        location = {"file": name, "offset": offset, "length": length}
        found.samples.append(Sample(sample_id, kind, source, location=location))
    report(progress, what, total, total)
    return replace(found, shared=fresh.shared, n_moved=fresh.n_moved)


def _file_name(prefix: str, ids: list[str], ending: str) -> str:
    return f"{prefix}-{content_id('file name', ''.join(ids).encode())}{ending}"
