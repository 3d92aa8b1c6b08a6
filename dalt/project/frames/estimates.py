"""DataFrames of estimates, and of the labels they rest on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from dalt.study.estimation.estimates import Basis, Row

if TYPE_CHECKING:
    import pandas as pd


def estimates_frame(
    rows: Sequence[Row], basis: Basis, *, first: str, value: str, confidence: float
) -> pd.DataFrame:
    """One row per estimate; ``attrs`` says which labels they rest on.

    Parameters
    ----------
    rows : sequence of Row
    basis : Basis
    first, value : str
        Names of the columns with the names and the values.
    confidence : float in (0, 1)

    Returns
    -------
    DataFrame
        `first`, `value`, low, high, n_labels, n_class, method.  ``attrs`` has ``notes``,
        ``confidence``, ``n_counted``, ``n_known``, ``n_skipped`` and ``n_samples``.
    """
    import pandas as pd

    frame = pd.DataFrame(
        [
            (each.name, each.value, each.low, each.high, each.n_labels, each.n_class, each.method)
            for each in rows
        ],
        columns=[first, value, "low", "high", "n_labels", "n_class", "method"],
    ).astype({"n_class": "Int64"})
    halves = ((frame["high"] - frame["low"]) / 2).dropna()
    frame.attrs |= {
        "notes": basis.sentences(float(np.median(halves)) if len(halves) else None),
        "confidence": confidence,
        "n_counted": basis.n_counted,
        "n_known": basis.n_known,
        "n_skipped": basis.n_skipped,
        "n_samples": basis.n_samples,
    }
    return frame
