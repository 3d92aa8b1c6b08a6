"""Raw data that is not in a pool: read like a project's own, and kept nowhere."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from dalt.core.records import Kind, Progress, Rejection
from dalt.data.raw_samples import RawSamples
from dalt.data.sources import ENCODED_PIXELS, Found, SampleFiles


@dataclass(frozen=True)
class NewSamples:
    """Raw samples as encoders read them.

    Attributes
    ----------
    raw : RawSamples
        Each content once.
    ids : list of str
        The id of each entry that can be used, in input order.
    rows : list of int
        The row of each of them in `raw`.
    rejected : list of Rejection
        The others, and why.
    """

    raw: RawSamples
    ids: list[str]
    rows: list[int]
    rejected: list[Rejection]


@contextmanager
def new_samples(
    kind: Kind, given: Any, max_pixels: int, report: Progress | None = None
) -> Iterator[NewSamples]:
    """Read new data for an encoder, as long as the block runs.

    Parameters
    ----------
    kind : {"image", "text", "table", "audio"}
    given : as for ``add_images``, ``add_texts``, ``add_table`` or ``add_audio`` of a project
    max_pixels : int
        Larger pictures are rejected.
    report : callable, optional

    Yields
    ------
    NewSamples

    Raises
    ------
    BadInput
        If these are no such data, or there are none.

    Examples
    --------
    >>> with new_samples("text", ["good", "", "good"], 1) as new:
    ...     list(new.raw), new.rows, str(new.rejected[0])
    (['good'], [0, 0], '1: empty text')
    """
    with tempfile.TemporaryDirectory() as folder:
        files = SampleFiles(folder, max_pixels)
        found = _read(files, kind, given, report)
        row_of = {sample.id: row for row, sample in enumerate(found.samples)}
        raw = RawSamples(files, found.samples, longest=ENCODED_PIXELS)
        rows = [row_of[sample_id] for sample_id in found.ids]
        yield NewSamples(raw, found.ids, rows, found.rejected)


def _read(files: SampleFiles, kind: Kind, given: Any, report: Progress | None) -> Found:
    if kind == "image":
        return files.add_images(given, _none_known, report)
    if kind == "text":
        return files.add_texts(
            [given] if isinstance(given, str) else given, None, _none_known, report
        )
    if kind == "audio":
        return files.add_audio(given, _none_known, report)
    return files.add_table(given, None, _none_known, report)


def _none_known(ids: list[str]) -> dict[str, str]:
    return {}
