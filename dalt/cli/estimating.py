"""The command about estimates: class shares, means by class, regressions."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from dalt.cli.parsing import chosen, command, share
from dalt.project.project import Project


def add_estimate(commands: Any) -> None:
    """Describe ``dalt estimate``."""
    parser = command(
        commands, "estimate", "Estimate class shares, or means by class, over the pool.", _estimate
    )
    parser.add_argument("project", type=Path)
    parser.add_argument("--column", metavar="NAME", help="the mean of this column in each class")
    parser.add_argument(
        "--columns", metavar="A,B", help="with --column: its regression on classes and on these"
    )
    parser.add_argument("--confidence", type=share, default=0.95, help="by default 0.95")
    parser.add_argument("--json", action="store_true", help="for programs")


def _estimate(options: argparse.Namespace) -> int:
    columns = chosen("--columns", options.columns)
    with Project.open(options.project) as project:
        frame = project.estimate(
            options.column,
            columns=columns,
            confidence=options.confidence,
            progress=not options.json,
        )
    if options.json:
        told = {"estimates": json.loads(frame.to_json(orient="records")), **frame.attrs}
        print(json.dumps(told, ensure_ascii=False, indent=2))
        return 0
    print(frame.to_string(index=False, na_rep="", float_format="{:.4g}".format))
    for note in frame.attrs["notes"]:
        print(note)
    return 0
