"""The command line: parses arguments, calls the project, prints."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from dalt.cli.backup import add_backup
from dalt.cli.carding import add_card
from dalt.cli.check import add_checks
from dalt.cli.classes import add_classes
from dalt.cli.data import (
    add_add,
    add_data_options,
    add_relocate,
    add_remove,
    kind_of,
    reader,
    summary,
    told,
    without_warnings,
)
from dalt.cli.demo import add_demo
from dalt.cli.encoding import add_encode
from dalt.cli.estimating import add_estimate
from dalt.cli.finishing import add_finish
from dalt.cli.importing import add_import
from dalt.cli.models import add_export_model, add_predict
from dalt.cli.parsing import (
    WRONG_USAGE,
    WrongUsage,
    command,
    listed,
    print_any_text,
    quoted,
    telling,
)
from dalt.cli.quality import add_agreement, add_gold
from dalt.cli.report import add_report
from dalt.cli.serving import (
    add_annotators,
    add_api,
    add_migrate,
    add_serve,
    add_train,
)
from dalt.cli.simulation import add_simulate
from dalt.cli.studies import add_study
from dalt.cli.suggesting import add_suggest
from dalt.cli.tuning import add_tune
from dalt.core.errors import os_reason
from dalt.core.records import BadInput, BadSettings, ClassSpec, DaltError, ProjectNotFound
from dalt.core.settings.settings import SHAPES, check_kind
from dalt.core.summaries import counted
from dalt.core.version import __version__
from dalt.data.formats import FORMATS
from dalt.project.creating import missing, taken_back
from dalt.project.project import Project


def run(arguments: Sequence[str] | None = None) -> int:
    """Run a command; see `dalt.cli.main`, which also handles Ctrl+C."""
    print_any_text()
    options = build_parser().parse_args(arguments)
    try:
        with telling():
            return int(options.run(options) or 0)
    except ProjectNotFound as error:
        make = f"make one with `dalt init {quoted(error.free_path)} --classes …`"
        print(f"dalt: {error.sentence(make)}", file=sys.stderr)
        return 1
    except DaltError as error:
        print(f"dalt: {error}", file=sys.stderr)
        return WRONG_USAGE if isinstance(error, WrongUsage) else 1
    except BrokenPipeError:
        # The reader of our output has closed it (`dalt status | head`).
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        print(f"dalt: {error.filename or 'a file'}: {os_reason(error)}", file=sys.stderr)
        return 1


def build_parser() -> argparse.ArgumentParser:
    """Describe every command and option."""
    parser = argparse.ArgumentParser(
        prog="dalt", description="Label raw data with a model that learns from every label."
    )
    parser.add_argument("--version", action="version", version=f"dalt {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    add_demo(commands)
    _add_init(commands)
    add_add(commands)
    add_remove(commands)
    add_relocate(commands)
    add_classes(commands)
    add_encode(commands)
    _add_status(commands)
    add_train(commands)
    add_tune(commands)
    add_serve(commands)
    add_api(commands)
    add_annotators(commands)
    add_finish(commands)
    _add_export(commands)
    add_import(commands)
    add_predict(commands)
    add_export_model(commands)
    add_gold(commands)
    add_agreement(commands)
    add_study(commands)
    add_suggest(commands)
    add_simulate(commands)
    add_estimate(commands)
    add_report(commands)
    add_card(commands)
    add_backup(commands)
    add_migrate(commands)
    add_checks(commands)
    return parser


# --- init -----------------------------------------------------------------------------


def _add_init(commands: Any) -> None:
    parser = command(commands, "init", "Make a project and add its data.", _init)
    parser.add_argument("project", type=Path, help="the folder to make, NAME.dalt")
    parser.add_argument(
        "--classes", required=True, help="names, separated by commas, as a line of csv"
    )
    parser.add_argument(
        "--task",
        default="classes",
        choices=["classes", *SHAPES],
        help="parts of pictures (boxes, polygons, points) or of texts (spans), not whole samples",
    )
    parser.add_argument(
        "--multi-label", action="store_true", help="a sample can have several classes, or none"
    )
    parser.add_argument("--seed", type=int, default=0, help="seed of everything random")
    parser.add_argument("--guideline", default="", help="shown to annotators")
    parser.add_argument(
        "--strategy",
        default="cover",
        metavar="NAME",
        help="what is asked next: cover, random, margin, entropy, active_inference or "
        "skactiveml:NAME",
    )
    parser.add_argument(
        "--annotations-per-sample",
        type=int,
        default=1,
        metavar="N",
        help="how many different people are asked for each sample (default 1)",
    )
    parser.add_argument(
        "--shared",
        action="store_true",
        help="let the folder's group work on it, too (default: you alone can read it)",
    )
    add_data_options(parser)
    parser.add_argument(
        "--max-megapixels",
        type=_megapixels,
        metavar="N",
        help="leave out larger pictures (default 64; kept as [data] max_pixels)",
    )


def _init(options: argparse.Namespace) -> int:
    add = reader(options)  # reads first: unreadable data makes no project
    if (options.project / "project.toml").exists():
        raise BadInput(
            f"There is a project at {options.project} already "
            f"(`dalt status {quoted(options.project)}`); choose another name."
        )
    check_kind(options.task, kind_of(options))
    classes = [ClassSpec(name) for name in listed("--classes", options.classes)]
    new = missing(options.project)
    try:
        project = Project.create(
            options.project,
            classes=classes,
            seed=options.seed,
            guideline=options.guideline,
            multi_label=options.multi_label,
            task=options.task,
            strategy=options.strategy,
            annotations_per_sample=options.annotations_per_sample,
            settings=_data_settings(options),
            shared=options.shared,
        )
    except BadSettings as error:  # all of them are options here
        if isinstance(error.__cause__, ImportError):  # the option is right, an extra is missing
            raise
        raise WrongUsage(str(error)) from error
    with taken_back(options.project, new), project:
        added = without_warnings(add, project)
        told(added)
        print(f"{options.project}: {summary(added)}. Next: dalt encode {quoted(options.project)}")
        return 0


def _megapixels(text: str) -> float:
    with suppress(ValueError):
        if 0 < (number := float(text)) <= 1e6:
            return number
    raise argparse.ArgumentTypeError(f"{text!r} is no number of megapixels above 0")


def _data_settings(options: argparse.Namespace) -> dict[str, Any]:
    if options.max_megapixels is None:
        return {}
    return {"data": {"max_pixels": int(options.max_megapixels * 1e6)}}


# --- status, export -------------------------------------------------------------------


def _add_status(commands: Any) -> None:
    parser = command(commands, "status", "Show where a project stands.", _status)
    parser.add_argument("project", type=Path)
    parser.add_argument("--json", action="store_true", help="for programs")


def _status(options: argparse.Namespace) -> int:
    with Project.open(options.project) as project:
        status = project.status()
    if options.json:
        print(json.dumps(status, ensure_ascii=False, indent=2))
        return 0
    print(f"{status['name']} ({status['kind'] or 'empty'})  {status['folder']}")
    print(f"samples   {status['samples']:,}   encoded {status['encoded']:,}")
    print(f"labelled  {status['labelled']:,}   skipped {status['skipped']:,}")
    for name, count in status["by_class"].items():
        print(f"  {name:<20} {count:,}")
    snapshot = status["snapshot"]
    print("snapshot  " + ("none yet" if snapshot is None else f"{snapshot}"))
    accuracy = status["accuracy"]
    if accuracy:
        print(
            f"right     {accuracy['value']:.0%} of the suggestions "
            f"({accuracy['low']:.0%} to {accuracy['high']:.0%}, "
            f"from {counted(accuracy['n'])} drawn uniformly)"
        )
    for source in status["suggesters"]:
        if source["trouble"]:
            print(f"suggests  {source['trouble']}")
    if status["assistance"]:
        print(f"helps     {status['assistance']['sentence']}")
    if status["certificate"]:
        print(f"finish    {status['certificate']['sentence']}")
    if status["encoder_choice"]["sentence"]:
        print(f"encoder   {status['encoder_choice']['sentence']}")
    _print_tuning(status)
    if status["calibration_error"] is not None:
        print(f"sure      {status['calibration_error']:.2f} calibration error on the same samples")
    return 0


def _print_tuning(status: dict[str, Any]) -> None:
    print(f"head      {status['head']}")
    tuned = status["tuned"]
    if tuned:
        when = tuned["at"][:16].replace("T", " ")
        what = f"{tuned['trials']} settings on {tuned['n_labels']} labels"
        print(f"searched  {when} by {tuned['engine']}, {what}: {tuned['reason']}")


def _add_export(commands: Any) -> None:
    parser = command(commands, "export", "Write the labels to a file.", _export)
    parser.add_argument("project", type=Path)
    parser.add_argument(
        "file", type=Path, help="the ending says the format: .csv, .xlsx, .jsonl, .parquet"
    )
    parser.add_argument(
        "--format",
        choices=FORMATS,
        help="overrides the ending; from imagefolder on, the export includes the samples",
    )
    parser.add_argument(
        "--consensus",
        action="store_true",
        help="one label per sample, from all annotators together (default: every label)",
    )
    parser.add_argument(
        "--excel",
        action="store_true",
        help="csv for spreadsheets: marked as UTF-8, and times as they take them",
    )
    of_model = parser.add_mutually_exclusive_group()
    of_model.add_argument(
        "--with-model",
        dest="model",
        action="store_true",
        default=None,
        help="include the labels of a certified model (`dalt finish`); the default is to do so in "
        "csv, xlsx, jsonl and parquet alone, which have a place for their error bound",
    )
    of_model.add_argument(
        "--without-model",
        dest="model",
        action="store_false",
        default=None,
        help="leave out the labels of a certified model",
    )


def _export(options: argparse.Namespace) -> int:
    with Project.open(options.project) as project:
        count = project.export(
            options.file,
            options.format,
            labels="consensus" if options.consensus else "each",
            excel=options.excel,
            model=options.model,
        )
    print(f"{options.file}: {counted(count, 'label')}.")
    return 0
