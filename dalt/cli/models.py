"""The commands about the model itself: ``dalt predict`` and ``dalt export-model``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from dalt.cli.parsing import WrongUsage, chosen, command, quoted
from dalt.core.progress import reporting
from dalt.core.records import BadInput
from dalt.core.summaries import counted
from dalt.project import plans
from dalt.project.predicting import Predictions, predictions, summary, write_file, write_rows
from dalt.project.prediction import misread_sentence
from dalt.project.project import Project

PRINTED = 20
"""How many samples that could not be read are printed; the file has all of them."""
STDOUT = "-"


def add_predict(commands: Any) -> None:
    """Describe ``dalt predict``."""
    parser = command(
        commands, "predict", "Write what the model says of new data to a csv file.", _predict
    )
    parser.add_argument("project", type=Path)
    parser.add_argument(
        "data",
        help="a folder of images or audio, or one file; a table (csv, tsv, xlsx, parquet, jsonl); "
        "a .txt file with a text a line",
    )
    parser.add_argument("file", help="the csv file to write; - for standard output")
    parser.add_argument("--text", metavar="COLUMN", help="the column of the table with the texts")
    parser.add_argument(
        "--columns", metavar="A,B", help="columns that make up a row (default: the project's)"
    )


def _predict(options: argparse.Namespace) -> int:
    columns = chosen("--columns", options.columns)
    with Project.open(options.project, thin=True) as project:
        kind = project.kind
        if (options.text is not None and kind != "text") or (columns and kind != "table"):
            raise WrongUsage("--text is for projects of texts, and --columns for those of tables.")
        found = predictions(
            project.workspace,
            project.training,
            options.data,
            column=options.text,
            columns=columns,
        )
        _tell_behind(project, options)
        with reporting(True, "Predicting", patience=plans.PATIENCE) as report:
            if options.file == STDOUT:
                write_rows(found, sys.stdout, report)
                sys.stdout.flush()
            else:
                write_file(found, Path(options.file), report)
    _tell_failed(found)
    if len(found.failed) == len(found.given):
        raise BadInput("Nothing could be predicted; no sample could be read.")
    where = sys.stderr if options.file == STDOUT else sys.stdout
    print(f"{options.file}: {summary(found)}.", file=where)
    return 0


def _tell_behind(project: Project, options: argparse.Namespace) -> None:
    """Say on stderr if there are labels that the model has not learned."""
    status = project.status()
    behind = status["labelled"] - status["labels_read"]
    if behind > 0:
        print(
            f"dalt: {counted(behind, 'label')} not learned yet; "
            f"`dalt train {quoted(options.project)} --once` learns first.",
            file=sys.stderr,
        )


def _tell_failed(found: Predictions) -> None:
    for each in found.failed[:PRINTED]:
        print(f"dalt: {each.name}: {each.error}", file=sys.stderr)
    for name, cell in found.misread.items():
        print(f"dalt: {misread_sentence(name, cell)}", file=sys.stderr)
    more = len(found.failed) - PRINTED
    if more > 0:
        print(f"dalt: … and {more:,} more, in the column error", file=sys.stderr)


def add_export_model(commands: Any) -> None:
    """Describe ``dalt export-model``."""
    parser = command(
        commands,
        "export-model",
        "Write encoder and head as one file that needs no project.",
        _export_model,
    )
    parser.add_argument("project", type=Path)
    parser.add_argument(
        "file", type=Path, help=".onnx for ONNX Runtime, .skops for scikit-learn (dalt[export])"
    )
    parser.add_argument("--card", metavar="FILE", help="the card of the model, as Markdown")


def _export_model(options: argparse.Namespace) -> int:
    with Project.open(options.project, thin=True) as project:
        print(f"{project.export_model(options.file)}.")
        if options.card is not None:
            print(f"{project.model_card().save(options.card)}: the card of the model.")
    return 0
