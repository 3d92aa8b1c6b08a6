"""Do the report's intervals hold what they promise? Simulated studies with known effects.

    make bench RUN=study  # 2,000 studies for each number of annotators and effect: 8 minutes
    make bench RUN=study OPTIONS="--studies 40"  # to try it

Studies are made label by label: log-normal times with annotators, their effects, samples and
practice; suggestions that save nothing or 30 % of the time; 1, 3, 8 or 20 annotators; in turn
blocks of 5 with and without suggestions, one sample in ten hidden from everybody, the same samples
for all, pages to verify that take the easy samples away, pages that a study assigns, a pool sorted
by difficulty, and a model that gets better.  Beside them what a naive comparison of the same
studies says.

Counted are intervals that hold the truth (coverage), effects that are said where there is none
(false positives), widths in points, and how often an accuracy that is lower by exactly the margin
is called unchanged.  With fewer than eight annotators the truth is the mean effect on those who
were compared, from eight on the effect on people in general.  Where nothing is saved the former
have no effect at all, and the effects of the latter differ around 0.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from machine import about_this_machine
from scipy.stats import beta

from dalt.study.analysis.accuracy import accuracy
from dalt.study.analysis.matching import Matched, matched
from dalt.study.analysis.simulated import Scenario, Simulated, simulated_study
from dalt.study.analysis.speed import GENERAL, Change, Speed, speed
from dalt.study.plan import MARGIN

ANNOTATORS = (1, 3, 8, 20)
EFFECTS = (0.0, 0.3)
DESIGNS = {
    "blocks": Scenario(labels=200),
    "hidden": Scenario(labels=300, design="samples", hidden=0.1),
    "shared": Scenario(labels=150, design="samples", hidden=0.3, shared=True),
    "pages": Scenario(labels=400, design="samples", hidden=0.15, pages=True),
    "sorted": Scenario(labels=200, hard_first=True),
    "assigned pages": Scenario(labels=480, design="pages", block=12),
}
"""What the studies of a cell are, in turn."""


@dataclass
class Cell:
    """What the studies of one number of annotators and one effect gave."""

    held: list[bool] = field(default_factory=list)
    said: list[bool] = field(default_factory=list)
    widths: list[float] = field(default_factory=list)
    total: list[bool] = field(default_factory=list)
    bootstrap: list[bool] = field(default_factory=list)
    general: list[bool] = field(default_factory=list)
    naive: list[bool] = field(default_factory=list)
    silent: int = 0


def truth(study: Simulated, found: Matched, fast: Speed) -> tuple[float, float]:
    """The share of time saved, for these annotators and for what the interval claims."""
    counts = np.bincount(found.units.annotator, minlength=len(study.effects))
    these = -float(np.expm1(counts @ study.effects / counts.sum()))
    return these, these if fast.claim == "these" else study.saved


def holds(change: Change, value: float) -> bool:
    return change.low <= value <= change.high


def naive_holds(study: Simulated, value: float) -> bool:
    """Whether Welch's interval of all labels as they come holds the truth."""
    units = study.units
    logs = np.log(units.seconds)
    one, other = logs[units.treated], logs[~units.treated]
    if min(len(one), len(other)) < 2:
        return True
    error = np.sqrt(one.var(ddof=1) / len(one) + other.var(ddof=1) / len(other))
    return bool(abs(one.mean() - other.mean() - np.log1p(-value)) <= 1.96 * error)


def run(cell: Cell, scenario: Scenario, seed: int) -> None:
    study = simulated_study(scenario, seed)
    found = matched(study.units)
    fast = speed(found)
    if fast is None:
        cell.silent += 1
        return
    these, claimed = truth(study, found, fast)
    cell.held.append(holds(fast.main, claimed))
    cell.said.append(fast.main.verdict != "none")
    cell.widths.append(100 * (fast.main.high - fast.main.low))
    cell.total.append(holds(fast.total, these))
    cell.naive.append(naive_holds(study, claimed))
    if fast.general is not None:
        cell.general.append(holds(fast.general, study.saved))
    if fast.bootstrap is not None:
        cell.bootstrap.append(holds(fast.bootstrap, study.saved))


def interval(hits: int, n: int) -> tuple[float, float]:
    """Clopper and Pearson's 99 % interval of a share."""
    low = float(beta.ppf(0.005, hits, n - hits + 1)) if hits else 0.0
    high = float(beta.ppf(0.995, hits + 1, n - hits)) if hits < n else 1.0
    return low, high


def share(hits: list[bool]) -> dict[str, float] | None:
    if not hits:
        return None
    low, high = interval(sum(hits), len(hits))
    value = sum(hits) / len(hits)
    return {"value": round(value, 4), "low": round(low, 4), "high": round(high, 4), "n": len(hits)}


def told(cell: Cell, saved: float) -> dict[str, object]:
    coverage, said = share(cell.held), share(cell.said)
    assert coverage is not None and said is not None
    found: dict[str, object] = {
        "coverage": coverage,
        "coverage_met": coverage["high"] >= 0.95,
        "width_points": [round(float(q), 1) for q in np.quantile(cell.widths, [0.5, 0.9])],
        "silent": cell.silent,
        "coverage_total_time": share(cell.total),
        "coverage_bootstrap": share(cell.bootstrap),
        "coverage_in_general": share(cell.general),
        "coverage_naive": share(cell.naive),
    }
    if saved == 0:
        return found | {"false_positives": said, "false_positives_met": said["low"] <= 0.05}
    return found | {"found": said}


def pooled(each: dict[str, dict[str, Any]], what: str) -> dict[str, float] | None:
    """A share over all cells that have it."""
    found = [cell[what] for cell in each.values() if what in cell]
    n = sum(cell["n"] for cell in found)
    hits = round(sum(cell["value"] * cell["n"] for cell in found))
    return share([True] * hits + [False] * (n - hits))


def non_inferiority(n: int) -> dict[str, object]:
    """How often accuracy that is lower by the margin is called unchanged, or lower where equal."""
    answers: dict[float, list[str]] = {MARGIN: [], 0.0: []}
    for harm, verdicts in answers.items():
        base = Scenario(annotators=4, labels=250, gold=0.6, harm=harm, right=1.0)
        for seed in range(n):
            found = accuracy(simulated_study(base, seed).units)
            verdicts.append("silent" if found is None else found.verdict)
    passed = ("unchanged", "not lower", "slightly lower", "higher")
    wrongly = [each in passed for each in answers[MARGIN]]
    return {
        "called_unchanged_at_the_margin": share(wrongly),
        "met": bool((share(wrongly) or {})["low"] <= 0.05),
        "called_lower_where_equal": share(
            [each in ("lower", "slightly lower") for each in answers[0.0]]
        ),
        "called_unchanged_where_equal": share(
            [each in ("unchanged", "not lower") for each in answers[0.0]]
        ),
    }


def cells(n: int) -> Iterator[tuple[str, dict[str, Any]]]:
    for annotators in ANNOTATORS:
        for number, saved in enumerate(EFFECTS):
            begun, cell = time.perf_counter(), Cell()
            by_design = {name: Cell() for name in DESIGNS}
            for seed in range(n):
                name = list(DESIGNS)[seed % len(DESIGNS)]
                scenario = replace(DESIGNS[name], annotators=annotators, saved=saved)
                if saved == 0 and annotators < GENERAL:
                    scenario = replace(scenario, effects=0.0)  # nobody has one: none may be said
                # No study of one effect is that of another one with its times multiplied.
                run(by_design[name], scenario, seed + number * n)
            for part in by_design.values():
                for kind, values in vars(part).items():
                    setattr(cell, kind, getattr(cell, kind) + values)
            found = told(cell, saved) | {
                "seconds": round(time.perf_counter() - begun, 1),
                "by_design": {
                    name: {"coverage": share(part.held), "naive": share(part.naive)}
                    for name, part in by_design.items()
                },
            }
            print(annotators, saved, found["coverage"], found["seconds"], file=sys.stderr)
            yield f"{annotators} annotators, {saved:.0%} saved", found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--studies", type=int, default=2_000, help="for each cell")
    parser.add_argument("--out", type=Path, help="a file for the results, too")
    options = parser.parse_args()
    each = dict(cells(options.studies))
    found = {
        "machine": about_this_machine(),
        "studies": options.studies,
        "all": {
            "coverage": pooled(each, "coverage"),
            "false_positives": pooled(each, "false_positives"),
        },
        "cells": each,
        "accuracy": non_inferiority(options.studies),
    }
    text = json.dumps(found, indent=2)
    if options.out:
        options.out.write_text(text + "\n", "utf-8")
    print(text)


if __name__ == "__main__":
    main()
