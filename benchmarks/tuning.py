"""The head that a search finds against the default one, on samples that are never labelled.

    make bench RUN=tuning  # a minute each: some 10 minutes
    make bench RUN=tuning OPTIONS="--engine autopytorch"
    make bench RUN=tuning OPTIONS="--data bbc --seeds 2 --budget 5"  # to try it

For each seed labels are drawn at random, a search runs on them, and the head that is in use after
it (what was found if the comparison accepted it, else the default one) is held against the default
head on the rest of the pool.  Printed is JSON; `benchmarks/results/tuning.json` keeps it.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from labelled_pools import embedded
from machine import about_this_machine
from paired import gain, mean

import dalt
from dalt.learning.heads.registry import default_head
from dalt.learning.heads.tuned import head_of
from dalt.model import Pool

N_LABELS = {"fashion-mnist": 500, "bbc": 200, "digits": 200}
WORST = -0.003
RESULTS = Path(__file__).parent / "results" / "tuning.json"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", nargs="+", default=["fashion-mnist", "bbc"])
    parser.add_argument("--engine", choices=["builtin", "autopytorch"], default="builtin")
    parser.add_argument("--budget", type=float, default=60.0)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--keep", type=Path, help="folder for embeddings, made if need be")
    parser.add_argument("--write", action="store_true", help="keep it in benchmarks/results")
    options = parser.parse_args()
    found = {
        "engine": options.engine,
        "budget_seconds": options.budget,
        "machine": about_this_machine(),
        "data": [measured(name, options) for name in options.data],
    }
    text = json.dumps(found, indent=2)
    print(text)
    if options.write:
        RESULTS.write_text(text + "\n", "utf-8")
    return 0


def measured(name: str, options: argparse.Namespace) -> dict[str, Any]:
    """One data set: the same pool for every seed, other labels."""
    rows, truth = embedded(name, options.keep)
    runs = [one(rows, truth, N_LABELS[name], seed, options) for seed in range(options.seeds)]
    used = [run["used"] for run in runs]
    default = [run["default"] for run in runs]
    found = [run["found"] for run in runs]
    return {
        "data": name,
        "pool": len(rows),
        "labels": N_LABELS[name],
        "default": mean(default),
        "in_use_after_the_search": mean(used),
        "gain": gain(used, default),
        "gain_without_the_comparison": gain(found, default),
        "accepted": sum(run["accepted"] for run in runs),
        "never_worse_than_0.3_points": bool(min(np.subtract(used, default)) >= WORST),
        "runs": runs,
    }


def one(
    rows: np.ndarray, truth: np.ndarray, n_labels: int, seed: int, options: argparse.Namespace
) -> dict[str, Any]:
    """One seed: label, search, and count what is right on the rest."""
    names = [f"class {number}" for number in range(int(truth.max()) + 1)]
    with (
        tempfile.TemporaryDirectory() as folder,
        dalt.Project.create(
            Path(folder) / "pool.dalt", classes=names, seed=seed, strategy="random"
        ) as project,
    ):
        project.add_table(pd.DataFrame({"row": np.arange(len(rows))}), progress=False)
        project.add_embeddings(rows, progress=False)
        with project.session(annotator="truth") as session:
            for _ in range(n_labels):
                assignment = session.next()
                assert assignment is not None
                session.submit(assignment, names[truth[assignment.sample.position]])
        choice = project.tune(options.engine, budget=options.budget, progress=False)
        labels = project.workspace.store.labels.label_set(project.settings.class_set)
    pool = Pool(rows)
    rest = np.setdiff1d(np.arange(len(rows)), labels.positions)
    right = {}
    for what, head in (("default", default_head()), ("found", head_of(choice.recipe))):
        fitted = head.fit(pool, labels, len(names), seed=seed)
        right[what] = float((fitted.probabilities.argmax(axis=1) == truth)[rest].mean())
    print(f"seed {seed}: {choice.reason} {right}", file=sys.stderr)
    return {
        "seed": seed,
        "default": round(right["default"], 4),
        "found": round(right["found"], 4),
        "used": round(right["found" if choice.accepted else "default"], 4),
        "accepted": choice.accepted,
        "kind": choice.recipe.kind,
        "reason": choice.reason,
        "trials": len(choice.trials),
    }


if __name__ == "__main__":
    raise SystemExit(main())
