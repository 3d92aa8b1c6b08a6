"""The command about the data card: ``dalt card``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from dalt.cli.parsing import WrongUsage, command
from dalt.project.project import Project


def add_card(commands: Any) -> None:
    """Describe ``dalt card``."""
    parser = command(
        commands, "card", "Write the data card: what the labels are, and how good.", _card
    )
    parser.add_argument("project", type=Path)
    parser.add_argument("-o", "--output", metavar="FILE", help="Markdown (default: print it)")
    parser.add_argument(
        "--croissant", metavar="FILE", help="Croissant JSON-LD; needs the extra croissant"
    )
    parser.add_argument(
        "--names", action="store_true", help="annotators by name (default: pseudonyms)"
    )
    parser.add_argument(
        "--check",
        metavar="FILE",
        help="say whether labels have changed since this card; exits with 1 if they have",
    )


def _card(options: argparse.Namespace) -> int:
    writes = options.output is not None or options.croissant is not None
    if options.check is not None:
        if writes or options.names:
            raise WrongUsage("--check only compares: leave out -o, --croissant and --names.")
        with Project.open(options.project, thin=True) as project:
            changes = project.check_card(options.check)
        print(f"{options.check}: {changes}.")
        return int(bool(changes))
    with Project.open(options.project, thin=True) as project:
        card = project.card(names=options.names)
    if not writes:
        print(card.markdown, end="")
    if options.output is not None:
        print(f"{card.save(options.output, croissant=False)}: the data card.")
    if options.croissant is not None:
        print(f"{card.save(options.croissant, croissant=True)}: the data card as Croissant.")
    return 0
