"""Predictions for raw data outside the pool."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from dalt.core.records import BadInput, Encoder, Floats, Kind, Progress
from dalt.data.sources import ENCODED_PIXELS, Found, RawSamples, SampleFiles
from dalt.learning.heads.snapshot import Snapshot
from dalt.project.frames.labels import ranked_frame

if TYPE_CHECKING:
    import pandas as pd


def predict_new(
    kind: Kind, new: Any, encoder: Encoder, snapshot: Snapshot, report: Progress, max_pixels: int
) -> pd.DataFrame:
    """Rank the classes for new samples, which are read like the pool's but not kept.

    Parameters
    ----------
    kind : {"image", "text", "table", "audio"}
        What the encoder reads.
    new : as for ``add_images``, ``add_texts``, ``add_table`` or ``add_audio`` of a project
    encoder : Encoder
        The one that the snapshot learned on.
    snapshot : Snapshot
    report : callable
    max_pixels : int
        Larger pictures are refused.

    Returns
    -------
    DataFrame
        One row per sample and rank, in input order.

    Raises
    ------
    BadInput
        If a sample cannot be read.
    """
    with tempfile.TemporaryDirectory() as folder:
        files = SampleFiles(folder, max_pixels)
        found = _read(files, kind, new, report)
        if found.rejected:
            raise BadInput(f"This cannot be predicted: {found.rejected[0]}.")
        raw = RawSamples(files, found.samples, longest=ENCODED_PIXELS)
        report("Embedding", 0, len(raw))
        probabilities = predict_raw(raw, encoder, snapshot)
        report("Embedding", len(raw), len(raw))
    row_of = {sample.id: row for row, sample in enumerate(found.samples)}
    rows = probabilities[[row_of[sample_id] for sample_id in found.ids]]
    return ranked_frame(found.ids, rows, snapshot.classes, snapshot.version)


def predict_raw(raw: Sequence[Any], encoder: Encoder, snapshot: Snapshot) -> Floats:
    """Class probabilities of raw samples, as `dalt.data.sources.SampleFiles` reads them.

    Returns
    -------
    ndarray of shape (n_samples, n_classes), float32

    Raises
    ------
    BadInput
        If the encoder cannot read a sample.
    """
    return snapshot.predict(encoder.transform(raw))


def _read(files: SampleFiles, kind: Kind, new: Any, report: Progress) -> Found:
    if kind == "image":
        return files.add_images(new, _none_known, report)
    if kind == "text":
        return files.add_texts([new] if isinstance(new, str) else new, None, _none_known, report)
    if kind == "audio":
        return files.add_audio(new, _none_known, report)
    return files.add_table(new, None, _none_known, report)


def _none_known(ids: list[str]) -> dict[str, str]:
    return {}
