"""The command about randomised studies: ``dalt study``."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from dalt.cli.parsing import WrongUsage, command
from dalt.project.project import Project
from dalt.study.conditions import MEANING
from dalt.study.running import Study

NUMBERS: dict[str, tuple[type, str]] = {
    "share": (float, "share of each annotator's samples that take part (default: 1)"),
    "block": (int, "samples in a row with the same condition (default: 4, or 12 with verify)"),
    "warm_up": (int, "first samples of each annotator, which do not count (default: 8)"),
    "gold_share": (float, "how often a gold sample is asked (default: 0.1)"),
    "wrong_share": (float, "share of their suggestions that are wrong on purpose (default: 0)"),
    "seed": (int, "seed of the assignment (default: the project's)"),
    "power": (float, "how surely to find the smallest effect (default: 0.8)"),
    "smallest_effect": (float, "share of the time worth knowing (default: 0.1)"),
    "margin": (float, "accuracy that is lower by less counts as unchanged (default: 0.05)"),
}
"""What ``start`` takes beside the conditions, as `Project.study` does."""


def add_study(commands: Any) -> None:
    """Describe ``dalt study``."""
    parser = command(commands, "study", "Find out by chance whether suggestions help.", _study)
    parser.add_argument("project", type=Path)
    parser.add_argument(
        "action",
        nargs="?",
        choices=("start", "show", "end"),
        default="show",
        help="begin a randomised study, show the running one (default), or end it",
    )
    parser.add_argument(
        "--conditions",
        nargs="+",
        metavar="CONDITION",
        help=f"two or more of {', '.join(MEANING)} (default: suggestions none)",
    )
    for name, (kind, what) in NUMBERS.items():
        option = f"--{name.replace('_', '-')}"
        parser.add_argument(option, type=kind, dest=name, metavar="N", help=what)
    parser.add_argument("--json", action="store_true", help="for programs")


def _study(options: argparse.Namespace) -> int:
    given = {name: getattr(options, name) for name in NUMBERS}
    given = {name: value for name, value in given.items() if value is not None}
    if options.action != "start" and (given or options.conditions):
        raise WrongUsage(
            f"Only `dalt study {options.project} start` takes a plan; a running study keeps its "
            "own."
        )
    with Project.open(options.project) as project:
        if options.action == "start":
            study = project.study(options.conditions or ["suggestions", "none"], **given)
        elif options.action == "end":
            study = project.end_study()
        else:
            study = project.study()
    if options.json:
        print(json.dumps(_said(study), ensure_ascii=False, indent=2))
    elif study is None:
        print(f"{options.project}: no study runs; `dalt study {options.project} start` begins one.")
    else:
        print(repr(study))
    return 0


def _said(study: Study | None) -> dict[str, Any] | None:
    if study is None:
        return None
    return {
        "number": study.number,
        "started_at": study.started_at.isoformat(),
        "ended_at": None if study.ended_at is None else study.ended_at.isoformat(),
        "labels": study.n_labels,
        "planned_labels": study.plan.n_labels,
        "hash": study.hash,
        "registration": str(study.registration),
        "plan": study.plan.to_json(),
    }
