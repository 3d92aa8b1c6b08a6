"""The protocol of heads: fitted on a pool and labels, they return what they learned."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from numpy.typing import NDArray

from dalt.core.records import (
    BadInput,
    Floats,
    LabelSet,
)
from dalt.learning.heads.pool import Pool, never
from dalt.learning.heads.snapshot import Snapshot


@dataclass(frozen=True)
class Fitted:
    """The result of fitting a head.

    Attributes
    ----------
    weights : mapping of str to ndarray
        Input of `predict` and of the next fit.  Names up to the first dot say what an
        array is for: a predictor ("kernel", "linear") or "state".
    probabilities : ndarray of shape (n_samples, n_classes), float32
        For every sample of the pool; rows sum to 1 unless the labels are `multi`, where
        each value is the probability of its class alone.
    metrics : mapping of str to float
    left_out : ndarray of shape (n_labels, n_classes), float32, or None
        Probabilities of each labelled sample from a fit without its label, where they come for
        free; NaN where they are not known.
    """

    weights: dict[str, NDArray[Any]]
    probabilities: Floats
    metrics: dict[str, float] = field(default_factory=dict)
    left_out: Floats | None = None


class Head(Protocol):
    """Learns class probabilities from embeddings and labels."""

    name: str

    def fit(
        self,
        pool: Pool,
        labels: LabelSet,
        n_classes: int,
        *,
        seed: int,
        parent: Snapshot | None = None,
        interrupted: Callable[[], bool] = never,
    ) -> Fitted:
        """Learn; the same arguments give the same result.

        Raises
        ------
        Interrupted
            If `interrupted` returned True before the end.
        BadInput
            If there are no labels, or they do not fit the pool or the classes.
        """


def check_labels(pool: Pool, labels: LabelSet, n_classes: int) -> None:
    """Refuse labels that a head cannot learn from.

    Raises
    ------
    BadInput
        If there are none, or they do not fit the pool or the classes.
    """
    if not len(labels.positions):
        raise BadInput("There are no labels to learn from yet.")
    if labels.targets.shape != (len(labels.positions), n_classes):
        raise BadInput(
            f"{len(labels.positions)} labels of {n_classes} classes need targets of that shape, "
            f"not {labels.targets.shape}."
        )
    low, high = int(labels.positions.min()), int(labels.positions.max())
    if low < 0 or high >= pool.n_samples:
        raise BadInput(f"A label is for row {high if low >= 0 else low}, outside the embeddings.")
