"""The report's figures as plain values, for JSON and for tables."""

from __future__ import annotations

import math
from dataclasses import asdict, is_dataclass
from typing import Any

from dalt.study.analysis.findings import Findings
from dalt.study.analysis.speed import Change


def figures_of(findings: Findings) -> dict[str, Any]:
    """Everything that the report shows, as dicts, lists, str, int, float and None.

    Returns
    -------
    dict
        sentence, answer, samples, time, mixed_model, accuracy, wrong_suggestions, labels,
        agreement, skips, learning, workload, notes.  What cannot be said is None or empty.

    Examples
    --------
    >>> from dalt.study.analysis.findings import findings_of
    >>> from dalt.study.analysis.simulated import Scenario, simulated_study
    >>> found = figures_of(findings_of(simulated_study(Scenario(labels=5)).units))
    >>> found["answer"] is None, found["time"] is None
    (True, True)
    """
    units, fast = findings.units, findings.speed
    n_treated = int(units.treated.sum())
    found: dict[str, Any] = {
        "sentence": findings.sentence,
        "answer": None if findings.answer is None else findings.answer.as_dict(),
        "samples": {
            "treatment": units.treatment,
            "control": units.control,
            "with": n_treated,
            "without": len(units) - n_treated,
            "compared_with": 0 if fast is None else fast.n_treated,
            "compared_without": 0 if fast is None else fast.n_control,
            "annotators": len(units.annotators),
        },
        "time": None if fast is None else _time(findings),
        "mixed_model": None if findings.mixed is None else asdict(findings.mixed),
        "accuracy": [
            {"source": each.source, "verdict": each.verdict, "margin": each.margin}
            | asdict(each.compared)
            for each in findings.accuracies
        ],
        "wrong_suggestions": asdict(findings.following) | {"learned": findings.following.learned},
        "labels": None if findings.shift is None else asdict(findings.shift),
        "agreement": _maybe(findings.agreement),
        "skips": _maybe(findings.skips),
        "learning": asdict(findings.learning),
        "workload": _maybe(findings.workload),
        "notes": list(findings.notes),
    }
    plain: dict[str, Any] = _plain(found)
    return plain


def _time(findings: Findings) -> dict[str, Any]:
    fast = findings.speed
    assert fast is not None
    return {
        "claim": fast.claim,
        "verdict": fast.main.verdict,
        "these_annotators": asdict(fast.these),
        "in_general": _maybe(fast.general),
        "bootstrap": _maybe(fast.bootstrap),
        "total_time": asdict(fast.total),
        "typical_seconds": {"with": fast.typical[0], "without": fast.typical[1]},
        "observations": {"with": fast.observations[0], "without": fast.observations[1]},
        "heterogeneity": fast.heterogeneity,
        "by_annotator": [
            {"annotator": name, **_change(change), "with": n1, "without": n0}
            for name, change, n1, n0 in fast.annotators
        ],
    }


def _change(change: Change) -> dict[str, float]:
    return {"saved": change.saved, "low": change.low, "high": change.high}


def _maybe(value: Any) -> Any:
    return asdict(value) if is_dataclass(value) and not isinstance(value, type) else None


def _plain(value: Any) -> Any:
    """Lists for tuples, and None for numbers that are not finite: JSON has no NaN."""
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    return value
