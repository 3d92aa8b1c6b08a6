"""Time to label every sample of a pool: simulated people, unassisted, assisted, by the page, and
with a certified model for what it can label.

    make bench RUN=simulate  # 10,000 images of Fashion-MNIST
    make bench RUN=simulate OPTIONS="--data digits --seeds 2"  # to try it

The people are those of `project.simulate`, with its defaults and, for comparison, people who never
err and never follow a wrong suggestion.  Bounds of the times are told by activity, as
shares of the unassisted time.  Seconds are those of the keystroke-level model, not people's.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from labelled_pools import Labelled, embedded, labelled
from machine import about_this_machine
from numpy.typing import NDArray
from thresholds import add_thresholds, pages_chosen_by, thresholds_of

import dalt
from dalt.study.simulation.conditions import CONDITIONS
from dalt.study.simulation.people import ANCHORING, ERROR, MISSED

BARS = {"verify": 0.40, "finish": 0.25}
MAX_ERROR = 0.05
PEOPLE = {
    "usual": {"error": ERROR, "anchoring": ANCHORING, "missed": MISSED},
    "careful": {"error": 0.0, "anchoring": 0.0, "missed": 0.0},
}


def chosen(n_all: int, n: int | None) -> NDArray[np.int64]:
    """The first `n` of a random order, or all."""
    return np.sort(np.random.default_rng(0).permutation(n_all)[:n])


def fill(project: dalt.Project, data: Labelled, options: argparse.Namespace) -> dict[str, str]:
    """Add the samples with their embeddings by the default encoder; the truth, by id."""
    rows, _ = embedded(data.name, options.keep)
    some = chosen(len(data.truth), options.samples)
    raw = [data.raw[i] for i in some] if isinstance(data.raw, list) else data.raw[some]
    ids = Labelled(data.name, raw, data.truth[some], None).add_to(project)
    project.add_embeddings(rows[some], progress=False)
    return dict(zip(ids, data.truth[some].tolist(), strict=True))


def of_people(project: dalt.Project, truth: dict[str, str], **options: Any) -> dict[str, Any]:
    """What simulated people take, by condition."""
    began = time.perf_counter()
    runs = project.simulate(truth, each_run=True, progress=False, **options)
    print(runs.T.to_string(), file=sys.stderr)
    unassisted = runs[runs.condition == "none"].set_index("seed").hours
    found: dict[str, Any] = {"real_seconds": round(time.perf_counter() - began)}
    for name, each in runs.groupby("condition", sort=False):
        hours = each.set_index("seed")
        activities = [column for column in map(str, hours) if column.startswith("hours_")]
        found[str(name)] = {
            "hours": round(float(hours.hours.mean()), 3),
            "of_unassisted": [round(float(share), 4) for share in hours.hours / unassisted],
            "actions_per_label": round(float(hours.actions.mean()), 4),
            "accuracy": round(float(hours.accuracy.mean()), 4),
            "by_model": round(float(hours.by_model.mean()), 4),
            "model_errors": [round(float(share), 4) for share in hours.model_error.dropna()],
            "by_page": round(float(hours.by_page.mean()), 4),
            "pages": round(float(hours.pages.mean()), 1),
            "wrong_found_on_pages": round(float(hours.marked.mean()), 1),
            "of_unassisted_by_activity": {
                column.removeprefix("hours_"): round(float(share), 4)
                for column in activities
                if (share := (hours[column] / unassisted).mean())
            },
        }
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default="fashion-mnist", help="fashion-mnist, digits or bbc")
    parser.add_argument("--samples", type=int, help="only so many of them")
    parser.add_argument("--keep", type=Path, help="folder for embeddings, made if need be")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--page-size", type=int, default=30, help="samples: 1280 × 800 pixels")
    parser.add_argument("--only-pages", action="store_true", help="not one by one with suggestions")
    parser.add_argument("--max-error", type=float, default=MAX_ERROR, help="of a certified finish")
    parser.add_argument("--people", nargs="+", default=list(PEOPLE), choices=list(PEOPLE))
    add_thresholds(parser)
    options = parser.parse_args()
    thresholds = thresholds_of(options)
    data = labelled(options.data)
    found: dict[str, Any] = {}
    with (
        pages_chosen_by(thresholds),
        tempfile.TemporaryDirectory() as folder,
        dalt.Project.create(Path(folder) / "b.dalt", classes=data.classes) as project,
    ):
        truth = fill(project, data, options)
        for people in options.people:
            found[people] = of_people(
                project,
                truth,
                seeds=options.seeds,
                conditions=["none", *BARS] if options.only_pages else list(CONDITIONS),
                max_error=options.max_error,
                page_size=options.page_size,
                **PEOPLE[people],
            )
    most = {name: max(max(each[name]["of_unassisted"]) for each in found.values()) for name in BARS}
    result = {
        "benchmark": "simulated time to label every sample of a pool",
        "machine": about_this_machine(),
        "data": options.data,
        "samples": len(truth),
        "page_size": options.page_size,
        "thresholds": thresholds,
        "people": found,
        "max_error": options.max_error,
        "bars": BARS,
        "met": {name: most[name] <= bar for name, bar in BARS.items()},
    }
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
