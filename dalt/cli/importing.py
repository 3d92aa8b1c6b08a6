"""``dalt import``: labels from files of other programs."""

from __future__ import annotations

import argparse
import sys
import warnings
from pathlib import Path
from typing import Any

from dalt.cli.parsing import command
from dalt.core.records import LeftOut
from dalt.core.summaries import counted
from dalt.data.formats import FORMATS
from dalt.project.project import Project

PRINTED = 20
"""How many items that an import left out are printed."""


def add_import(commands: Any) -> None:
    """Describe ``dalt import``."""
    parser = command(commands, "import", "Take labels from a file or folder.", _import)
    parser.add_argument("project", type=Path)
    parser.add_argument(
        "file", type=Path, help="a file of `dalt export`, or csv with sample_id or source, label"
    )
    parser.add_argument("--format", choices=FORMATS, help="overrides the ending")
    parser.add_argument(
        "--annotator", default="import", help="who gave them, where the file does not say"
    )
    parser.add_argument(
        "--root", type=Path, metavar="FOLDER", help="the folder that paths in the file start from"
    )
    parser.add_argument("--sample", metavar="COL", help="the column that names the samples")
    parser.add_argument("--label", metavar="COL", help="the column with the labels")
    parser.add_argument(
        "--create-classes", action="store_true", help="make the classes that the project lacks"
    )
    parser.add_argument(
        "--strict", action="store_true", help="import nothing if anything would be left out"
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="import nothing; say what would happen"
    )


def _import(options: argparse.Namespace) -> int:
    with warnings.catch_warnings(), Project.open(options.project, thin=True) as project:
        warnings.simplefilter("ignore", LeftOut)  # each is printed below
        added = project.import_labels(
            options.file,
            options.format,
            annotator=options.annotator,
            root=options.root,
            strict=options.strict,
            dry_run=options.dry_run,
            create_classes=options.create_classes,
            sample=options.sample,
            label=options.label,
        )
    for each in added.reasons[:PRINTED]:
        print(f"dalt: left out {each}", file=sys.stderr)
    if added.n_skipped > PRINTED:
        print(f"dalt: left out {added.n_skipped - PRINTED:,} more", file=sys.stderr)
    if added.lacks_classes:
        print("dalt: --create-classes makes the classes that the project lacks", file=sys.stderr)
    parts = [counted(int(added), "new label")]
    parts += [f"{added.unchanged:,} unchanged"] if added.unchanged else []
    parts += [f"{added.n_skipped:,} left out"] if added.n_skipped else []
    parts += added.made
    said = "would have " if options.dry_run else ""
    print(f"{options.project}: {said}{', '.join(parts)}.")
    return 0
