"""The command that simulates annotators: simulate."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dalt.cli.parsing import command
from dalt.core.progress import span
from dalt.project.project import Project
from dalt.study.simulation.people import ANCHORING, ERROR, MISSED

if TYPE_CHECKING:
    import pandas as pd


def add_simulate(commands: Any) -> None:
    """Describe ``dalt simulate``."""
    help = "Let simulated people label copies of the pool, and say how long they took."
    parser = command(commands, "simulate", help, _simulate)
    parser.add_argument("project", type=Path)
    parser.add_argument(
        "--truth",
        type=Path,
        required=True,
        metavar="FILE",
        help="the class of every sample, as for dalt import: sample_id or source, and label",
    )
    parser.add_argument("--seeds", type=int, default=5, metavar="N", help="how many people")
    parser.add_argument(
        "--conditions",
        nargs="+",
        metavar="NAME",
        help="none, suggestions, verify, finish (default: all but finish)",
    )
    parser.add_argument(
        "--page-size", type=int, default=30, metavar="N", help="samples on a page to verify"
    )
    for name, usual, help in (
        ("error", ERROR, "how often people take a sample for another class"),
        ("anchoring", ANCHORING, "how often they accept a suggestion that they would not choose"),
        ("missed", MISSED, "how often they overlook such a sample on a page"),
        ("max-error", 0.05, "under finish, the most of the model's labels that may be wrong"),
    ):
        parser.add_argument(
            f"--{name}", type=float, default=usual, metavar="SHARE", help=f"{help} ({usual:g})"
        )
    parser.add_argument("--sample", metavar="COLUMN", help="the file's column with the samples")
    parser.add_argument("--label", metavar="COLUMN", help="the file's column with the labels")
    parser.add_argument("--json", action="store_true", help="for programs")
    parser.add_argument("--quiet", action="store_true", help="no progress bar")


def _simulate(options: argparse.Namespace) -> int:
    with Project.open(options.project, thin=False) as project:
        n_samples = len(project.samples())
        found = project.simulate(
            options.truth,
            seeds=options.seeds,
            conditions=options.conditions,
            page_size=options.page_size,
            error=options.error,
            anchoring=options.anchoring,
            missed=options.missed,
            max_error=options.max_error,
            sample=options.sample,
            label=options.label,
            progress=not options.quiet and sys.stderr.isatty(),
        )
    if options.json:
        rows = json.loads(found.to_json(orient="records"))
        print(json.dumps({"samples": n_samples, **found.attrs, "conditions": rows}, indent=2))
    else:
        print(_table(found))
    if found.attrs["runs"] < found.attrs["planned"]:
        raise KeyboardInterrupt  # what was complete is printed; the command ends as others do
    return 0


def _table(found: pd.DataFrame) -> str:
    """One line for each condition; intervals in brackets."""
    lines = [("condition", "time", "keys and clicks per label", "accuracy", "of unassisted")]
    for row in found.to_dict("records"):
        lines.append(
            (
                row["condition"],
                _with_interval(row, "hours", lambda hours: span(hours * 3_600)),
                _with_interval(row, "actions", "{:.2f}".format),
                _with_interval(row, "accuracy", "{:.3f}".format),
                _with_interval(row, "of_unassisted", "{:.2f}".format),
            )
        )
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def _with_interval(row: Mapping[Any, Any], name: str, shown: Any) -> str:
    value, low, high = row[name], row[f"{name}_low"], row[f"{name}_high"]
    if value != value:
        return ""
    return shown(value) if low != low else f"{shown(value)} [{shown(low)}, {shown(high)}]"
