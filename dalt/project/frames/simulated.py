"""DataFrames about simulated annotators."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from dalt.study.simulation.costs import ACTIVITIES
from dalt.study.simulation.experiment import Mean, Run, Summary

if TYPE_CHECKING:
    import pandas as pd

MEANS = ("hours", "actions", "accuracy", "of_unassisted")
SUMMARY = (
    "condition",
    *(f"{name}{end}" for name in MEANS for end in ("", "_low", "_high")),
    "by_page",
    "by_model",
    "seeds",
)
RUNS = (
    "condition", "seed", "hours", "actions", "accuracy", "by_page", "pages", "marked", "followed",
    "by_model", "model_error",
    *(f"hours_{activity}" for activity in ACTIVITIES),
)  # fmt: skip


def summary_frame(found: Sequence[Summary]) -> pd.DataFrame:
    """Columns `SUMMARY`, one row per condition."""
    import pandas as pd

    return pd.DataFrame([_summary_row(each) for each in found], columns=list(SUMMARY))


def runs_frame(runs: Sequence[Run]) -> pd.DataFrame:
    """Columns `RUNS`, one row per condition and seed."""
    import pandas as pd

    return pd.DataFrame([_run_row(each) for each in runs], columns=list(RUNS))


def _summary_row(summary: Summary) -> dict[str, Any]:
    row: dict[str, Any] = {"condition": summary.condition}
    for name in MEANS:
        mean: Mean = getattr(summary, name)
        row |= {name: mean.value, f"{name}_low": mean.low, f"{name}_high": mean.high}
    return row | {"by_page": summary.by_page, "by_model": summary.by_model, "seeds": summary.seeds}


def _run_row(run: Run) -> dict[str, Any]:
    tally = run.tally
    row: dict[str, Any] = {
        "condition": run.condition,
        "seed": run.seed,
        "hours": tally.seconds / 3_600,
        "actions": tally.actions / tally.labels,
        "accuracy": tally.right / tally.labels,
        "by_page": tally.by_page / tally.labels,
        "pages": tally.pages,
        "marked": tally.marked,
        "followed": tally.followed,
        "by_model": tally.by_model / tally.labels,
        "model_error": tally.model_wrong / tally.by_model if tally.by_model else float("nan"),
    }
    return row | {f"hours_{name}": seconds / 3_600 for name, seconds in tally.spent.items()}
