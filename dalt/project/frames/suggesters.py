"""DataFrames of the sources of suggestions beside the model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from dalt.core.records import Estimate
from dalt.labeling.quality.sources import SourceStanding

if TYPE_CHECKING:
    import pandas as pd

JUDGED = ("n_judged", "right", "low", "high")
SUGGESTERS = ("source", "kind", "state", "n_votes", *JUDGED, "weight", "trouble")
BY_CLASS = ("source", "label", *JUDGED)


def suggesters_frame(found: Sequence[SourceStanding]) -> pd.DataFrame:
    """Columns `SUGGESTERS`; one row per source, in the order in which they came."""
    import pandas as pd

    rows = [standing_of(each) for each in found]
    frame = pd.DataFrame(rows, columns=list(SUGGESTERS))
    return frame.astype(dict.fromkeys(("right", "low", "high", "weight"), "float64"))


def by_class_frame(found: Sequence[SourceStanding]) -> pd.DataFrame:
    """Columns `BY_CLASS`; one row per source and class that judged it."""
    import pandas as pd

    rows = [
        {"source": each.name, "label": name} | _judged(share)
        for each in found
        for name, share in each.by_class
    ]
    frame = pd.DataFrame(rows, columns=list(BY_CLASS))
    return frame.astype(dict.fromkeys(("right", "low", "high"), "float64"))


def standing_of(source: SourceStanding) -> dict[str, Any]:
    """One source as plain values."""
    return {
        "source": source.name,
        "kind": source.kind,
        "state": source.state,
        "n_votes": source.n_votes,
        **_judged(source.right),
        "weight": source.weight,
        "trouble": source.trouble,
    }


def _judged(share: Estimate | None) -> dict[str, Any]:
    if share is None:
        return {"n_judged": 0, "right": None, "low": None, "high": None}
    return {"n_judged": share.n, "right": share.value, "low": share.low, "high": share.high}
