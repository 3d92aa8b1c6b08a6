"""DataFrames of searches for better heads and encoders: their outcomes and trials."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from dalt.core.records import Choice
from dalt.storage.store import Store

if TYPE_CHECKING:
    import pandas as pd

CHOICES = (
    "choice_id", "created_at", "engine", "versions", "accepted", "reason", "head", "before",
    "score", "difference", "low", "high", "n_labels", "trials", "seconds",
)  # fmt: skip
TRIAL = ("score", "spent", "seconds", "state")


def choices_frame(choices: Sequence[Choice]) -> pd.DataFrame:
    """Columns `CHOICES`; one row per search, in the order given."""
    import pandas as pd

    rows = [_row(choice) for choice in choices]
    return pd.DataFrame(rows, columns=None if rows else list(CHOICES))


def _row(choice: Choice) -> dict[str, Any]:
    found = choice.comparison
    return {
        "choice_id": choice.choice_id,
        "created_at": choice.created_at,
        "engine": choice.engine,
        "versions": dict(choice.versions),
        "accepted": choice.accepted,
        "reason": choice.reason,
        "head": choice.recipe.name,
        "before": choice.before,
        "score": choice.score,
        "difference": None if found is None else found.difference,
        "low": None if found is None else found.low,
        "high": None if found is None else found.high,
        "n_labels": choice.n_labels,
        "trials": len(choice.trials),
        "seconds": choice.seconds,
    }


def trials_frame(choice: Choice) -> pd.DataFrame:
    """Columns trial, `TRIAL` and a column for each setting; one row per trial, in order."""
    import pandas as pd

    return pd.DataFrame(
        {"trial": number, **{name: getattr(each, name) for name in TRIAL}} | dict(each.settings)
        for number, each in enumerate(choice.trials, 1)
    )


def search_standing_of(store: Store, encoder: str | None) -> dict[str, Any]:
    """The head in use and the outcome of the last search, as plain values.

    Parameters
    ----------
    store : Store
    encoder : str or None
        Version of the embeddings in use.
    """
    newest = store.head_choices.all(limit=1)
    accepted = store.head_choices.accepted()
    holds = accepted is not None and accepted.encoder == encoder
    found: dict[str, Any] = {"head": accepted.recipe.name if accepted and holds else "default"}
    for choice in newest:
        found["tuned"] = {
            "at": choice.created_at.isoformat(timespec="seconds"),
            "engine": choice.engine,
            "versions": dict(choice.versions),
            "accepted": choice.accepted,
            "reason": choice.reason,
            "n_labels": choice.n_labels,
            "trials": len(choice.trials),
        }
    return {"tuned": None} | found
