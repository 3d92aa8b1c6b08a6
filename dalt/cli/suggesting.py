"""The command about sources of suggestions beside the model: ``dalt suggest``."""

from __future__ import annotations

import argparse
import json
import sys
import warnings
from pathlib import Path
from typing import Any

from dalt.cli.parsing import WrongUsage, command, quoted
from dalt.core.records import LeftOut
from dalt.project.project import Project

STATES = {
    "silent": "says nothing yet",
    "waiting": "not read by the model yet",
    "used": "counts",
    "stopped": "stopped: the model is better without it",
}


def add_suggest(commands: Any) -> None:
    """Describe ``dalt suggest``."""
    parser = command(
        commands, "suggest", "Take suggestions from elsewhere, and see how good they are.", _suggest
    )
    parser.add_argument("project", type=Path)
    parser.add_argument(
        "action",
        nargs="?",
        choices=("list", "add", "remove"),
        default="list",
        help="list the sources (default), add predictions, or take a source out",
    )
    parser.add_argument(
        "what", nargs="?", help="the file of the predictions, or the name of the source to take out"
    )
    parser.add_argument("--source", metavar="NAME", help="what the source of predictions is called")
    parser.add_argument("--sample", metavar="COLUMN", help="the column that names the samples")
    parser.add_argument("--label", metavar="COLUMN", help="the column with the predicted classes")
    parser.add_argument("--probability", metavar="COLUMN", help="the column with probabilities")
    parser.add_argument(
        "--model", metavar="NAME", help="the model_version, if a file of Label Studio has several"
    )
    parser.add_argument(
        "--categories",
        type=Path,
        metavar="FILE",
        help="the COCO file that names the images and categories of COCO results",
    )
    parser.add_argument(
        "--informed",
        action="store_true",
        help="the predictions are by a model that has learned labels of this project",
    )
    parser.add_argument("--by-class", action="store_true", help="list how good they are by class")
    parser.add_argument("--json", action="store_true", help="for programs")


def _suggest(options: argparse.Namespace) -> int:
    _check(options)
    with Project.open(options.project) as project:
        if options.action == "add":
            return _add(project, options)
        if options.action == "remove":
            project.remove_suggester(options.what)
            print(f"{options.what} suggests nothing more; its suggestions stay in the history.")
            return 0
        frame = project.suggesters(by_class=options.by_class)
    if options.json:
        print(frame.to_json(orient="records", force_ascii=False, indent=2))
    elif not len(frame):
        print(
            "Nothing suggests beside the model; `dalt suggest "
            f"{quoted(options.project)} add FILE --source NAME` adds predictions."
        )
    else:
        for row in json.loads(frame.to_json(orient="records")):
            print(_by_class(row) if options.by_class else _line(row))
    return 0


def _check(options: argparse.Namespace) -> None:
    """Refuse options that the action does not take."""
    project = quoted(options.project)
    if options.action == "add" and (options.what is None or options.source is None):
        raise WrongUsage(f"Name both: `dalt suggest {project} add FILE --source NAME`.")
    if options.action == "remove" and options.what is None:
        raise WrongUsage(f"Which one? `dalt suggest {project} remove NAME`.")
    if options.action != "add" and (options.source or options.informed):
        raise WrongUsage(
            f"--source and --informed go with `dalt suggest {project} add FILE --source NAME`."
        )


def _add(project: Project, options: argparse.Namespace) -> int:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LeftOut)  # printed below
        added = project.add_suggestions(
            options.what,
            source=options.source,
            sample=options.sample,
            label=options.label,
            probability=options.probability,
            model=options.model,
            categories=options.categories,
            informed=options.informed,
        )
    for each in added.left_out[:20]:
        print(f"dalt: left out: {each}", file=sys.stderr)
    print(repr(added))
    return 0


def _line(row: dict[str, Any]) -> str:
    said = f"{row['source']}: {row['n_votes']:,} suggestions, {STATES[row['state']]}"
    if row["n_judged"]:
        said += (
            f"; right {row['right']:.0%} ({row['low']:.0%} to {row['high']:.0%}, "
            f"from {row['n_judged']:,} drawn uniformly)"
        )
    if row["weight"] is not None:
        said += f"; weight {row['weight']:.2f}"
    return f"{said}. {row['trouble']}".rstrip()


def _by_class(row: dict[str, Any]) -> str:
    return (
        f"{row['source']}, {row['label']}: right {row['right']:.0%} ({row['low']:.0%} to "
        f"{row['high']:.0%}, from {row['n_judged']:,})"
    )
