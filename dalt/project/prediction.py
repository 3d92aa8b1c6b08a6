"""Predictions for raw data outside the pool."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from dalt.core.errors import shown
from dalt.core.records import BadInput, Encoder, Floats, Kind, Progress
from dalt.core.user_warnings import Uncertain, warn_user
from dalt.data.new_samples import new_samples
from dalt.learning.heads.snapshot import Snapshot
from dalt.project.frames.labels import ranked_frame

if TYPE_CHECKING:
    import pandas as pd


@runtime_checkable
class ReadsNumbers(Protocol):
    """An encoder of rows that knows in which columns numbers stand."""

    def misread(self, raw: Sequence[Any]) -> dict[str, Any]:
        """By column of numbers the first cell that is none."""


def misread_sentence(name: str, cell: object) -> str:
    """What is said of a column in which something else than numbers stands."""
    return (
        f"The column {shown(name)} has {shown(cell)}, and the model has learned numbers there: "
        "whatever is none counts as missing."
    )


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
    with new_samples(kind, new, max_pixels, report) as found:
        if found.rejected:
            raise BadInput(f"This cannot be predicted: {found.rejected[0]}.")
        if isinstance(encoder, ReadsNumbers):
            for name, cell in encoder.misread(found.raw).items():
                warn_user(misread_sentence(name, cell), Uncertain)
        report("Embedding", 0, len(found.raw))
        probabilities = predict_raw(found.raw, encoder, snapshot)
        report("Embedding", len(found.raw), len(found.raw))
    return ranked_frame(found.ids, probabilities[found.rows], snapshot.classes, snapshot.version)


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
