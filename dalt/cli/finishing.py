"""The command `dalt finish`."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from dalt.cli.parsing import command, share
from dalt.project.project import Project


def add_finish(commands: Any) -> None:
    """Describe the command and its options."""
    parser = command(
        commands, "finish", "Let the model label the rest, with a bound on its errors.", _finish
    )
    parser.add_argument("project", type=Path)
    parser.add_argument(
        "--max-error",
        type=float,
        default=0.02,
        metavar="SHARE",
        help="the share of the model's labels that may be wrong (default 0.02)",
    )
    parser.add_argument(
        "--confidence",
        type=share,
        default=0.95,
        metavar="SHARE",
        help="how sure that is (default 0.95)",
    )
    parser.add_argument(
        "--anew",
        action="store_true",
        help="audit the newest model although a certificate with this promise is in force",
    )
    instead = parser.add_mutually_exclusive_group()
    instead.add_argument("--show", action="store_true", help="say how far it is, begin nothing")
    instead.add_argument(
        "--void", action="store_true", help="end the audit, and take the model's labels back"
    )
    parser.add_argument("--json", action="store_true", help="for programs")


def _finish(options: argparse.Namespace) -> int:
    # It learns the newest labels itself, also where a page's environment says thin.
    with Project.open(options.project, thin=False if not options.show else None) as project:
        if options.void:
            ended = project.void_certificate("It was given up with `dalt finish --void`.")
            print(
                "The model labels nothing any more." if ended else "There was nothing to give up."
            )
            return 0
        if options.show:
            found = project.certificate()
        else:
            found = project.finish(options.max_error, options.confidence, anew=options.anew)
    if options.json:
        print(json.dumps(None if found is None else asdict(found), indent=2))
    elif found is None:
        print("Nobody has asked for a certified finish: dalt finish begins one.")
    else:
        print(repr(found))
    return 0
