"""DataFrames about several annotators: agreement, consensus, disputes, the board."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from dalt.core.records import ClassSet, Estimate, LabelValue
from dalt.labeling.quality.agreement import Agreement, by_pair, overall
from dalt.labeling.quality.board import board
from dalt.labeling.quality.consensus import Method
from dalt.labeling.quality.judging import Jury, judge, to_adjudicate
from dalt.labeling.quality.votes import votes_of
from dalt.storage.store import Store

if TYPE_CHECKING:
    import pandas as pd

CONSENSUS = (
    "sample_id", "label", "probability", "n", "agreement", "source", "sample_source",
)  # fmt: skip
AGREEMENT = ("measure", "first", "second", "value", "low", "high", "percent", "n")
ADJUDICATIONS = ("sample_id", "label", "probability", "n", "agreement", "answers", "sample_source")
BOARD = (
    "annotator", "labels", "skips", "seconds", "seconds_low", "seconds_high",
    "agreement", "agreement_low", "agreement_high", "agreement_n",
    "gold", "gold_low", "gold_high", "gold_n", "last_seen",
)  # fmt: skip


def jury_of(store: Store, classes: ClassSet, method: Method = "one-coin") -> Jury:
    """All labels and decisions of a store, read together."""
    return judge(store.labels.current(), store.adjudications.decisions(), classes, method)


def consensus_rows(store: Store, classes: ClassSet, method: Method) -> list[dict[str, Any]]:
    """Mappings of `CONSENSUS`, one per sample that was labelled or decided."""
    found = jury_of(store, classes, method).consensus()
    sources = store.samples.sources([each.sample_id for each in found])
    return [
        {name: _plain(getattr(each, name)) for name in CONSENSUS[:-1]}
        | {"sample_source": sources[each.sample_id]}
        for each in found
    ]


def consensus_frame(store: Store, classes: ClassSet, method: Method) -> pd.DataFrame:
    """Columns `CONSENSUS`."""
    import pandas as pd

    return pd.DataFrame(consensus_rows(store, classes, method), columns=list(CONSENSUS))


def agreement_frame(
    store: Store, classes: ClassSet, *, seed: int, resamples: int, blind: bool
) -> pd.DataFrame:
    """Columns `AGREEMENT`: alpha over all first, then kappa of every two annotators."""
    import pandas as pd

    labels = store.labels.current()
    votes = votes_of([e for e in labels if e.mode == "blind"] if blind else labels, classes)
    settings = {"seed": seed, "resamples": resamples}
    rows = [_agreement_row("alpha", overall(votes, multi=classes.multi, **settings))]
    rows += [
        _agreement_row("kappa", each) for each in by_pair(votes, multi=classes.multi, **settings)
    ]
    return pd.DataFrame(rows, columns=list(AGREEMENT))


def _agreement_row(measure: str, found: Agreement) -> dict[str, Any]:
    first, second = found.annotators if measure == "kappa" else (None, None)
    return {
        "measure": measure,
        "first": first,
        "second": second,
        **_spread("value", found.beyond_chance, "low", "high"),
        "percent": None if found.percent is None else found.percent.value,
        "n": found.n,
    }


def adjudications_frame(store: Store, classes: ClassSet, below: float | None) -> pd.DataFrame:
    """Columns `ADJUDICATIONS`: samples to decide, the least certain first."""
    import pandas as pd

    found = to_adjudicate(jury_of(store, classes).consensus(), below)
    ids = [each.sample_id for each in found]
    sources = store.samples.sources(ids)
    answers: dict[str, dict[str, Any]] = {sample_id: {} for sample_id in ids}
    for event in store.labels.current(ids):
        said = None if event.label is None else classes.present(event.label)
        answers[event.sample_id][event.annotator] = _plain(said)
    rows = [
        {name: _plain(getattr(each, name)) for name in ADJUDICATIONS[:5]}
        | {"answers": answers[each.sample_id], "sample_source": sources[each.sample_id]}
        for each in found
    ]
    return pd.DataFrame(rows, columns=list(ADJUDICATIONS))


def board_frame(store: Store, classes: ClassSet) -> pd.DataFrame:
    """Columns `BOARD`: one row per annotator who answered, by name."""
    import pandas as pd

    answers, decisions = store.answers.current(), store.adjudications.decisions()
    rows = [
        {
            "annotator": each.annotator,
            "labels": each.labels,
            "skips": each.skips,
            **_spread("seconds", each.seconds, "seconds_low", "seconds_high"),
            **_share("agreement", each.agreement),
            **_share("gold", each.gold),
            "last_seen": each.last_seen,
        }
        for each in board(answers, decisions, classes, store.events.last_seen())
    ]
    return pd.DataFrame(rows, columns=list(BOARD))


def _share(name: str, found: Estimate | None) -> dict[str, Any]:
    n = 0 if found is None else found.n
    return {**_spread(name, found, f"{name}_low", f"{name}_high"), f"{name}_n": n}


def _spread(name: str, estimate: Estimate | None, low: str, high: str) -> dict[str, Any]:
    if estimate is None:
        return dict.fromkeys((name, low, high), float("nan"))
    return {name: estimate.value, low: estimate.low, high: estimate.high}


def _plain(value: LabelValue | Any) -> Any:
    """A label as a frame has it: several classes are a list."""
    return list(value) if isinstance(value, Sequence) and not isinstance(value, str) else value
