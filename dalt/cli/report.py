"""The command ``dalt report``: whether assistance helps."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from dalt.cli.parsing import command
from dalt.project.project import Project


def add_report(commands: Any) -> None:
    """Describe ``dalt report``."""
    parser = command(commands, "report", "Say whether suggestions help, with intervals.", _report)
    parser.add_argument("project", type=Path)
    parser.add_argument(
        "-o", "--out", type=Path, metavar="FILE", help="write the report, with plots, as HTML"
    )
    parser.add_argument("--json", action="store_true", help="for programs")
    parser.add_argument(
        "--margin",
        type=float,
        metavar="SHARE",
        help="accuracy that is lower by less counts as unchanged (default: as the analysed study "
        "registered, else 0.05)",
    )
    parser.add_argument(
        "--tlx", type=Path, metavar="FILE", help="answers to NASA-TLX: annotator, arm, six scales"
    )


def _report(options: argparse.Namespace) -> int:
    with Project.open(options.project, thin=True) as project:
        report = project.report(options.out, margin=options.margin, tlx=options.tlx)
    if options.json:
        print(json.dumps(report.figures, ensure_ascii=False, indent=2, allow_nan=False))
    elif options.out is not None:
        print(f"{options.out}: {report.findings.sentence}")
    else:
        print(report.text)
    return 0
