"""The command ``dalt classes``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from dalt.cli.parsing import WrongUsage, command
from dalt.core.errors import shown
from dalt.project.project import Project


def add_classes(commands: Any) -> None:
    """Describe ``dalt classes``."""
    parser = command(commands, "classes", "List the classes, add one or rename one.", _classes)
    parser.add_argument("project", type=Path)
    change = parser.add_mutually_exclusive_group()
    change.add_argument("--add", metavar="NAME", help="a new class, behind the others")
    change.add_argument("--rename", metavar="OLD=NEW", help="labels of OLD count for NEW")


def _classes(options: argparse.Namespace) -> int:
    with Project.open(options.project) as project:
        if options.add is not None:
            project.add_class(options.add)
        if options.rename is not None:
            old, equals, new = options.rename.partition("=")
            if not equals:
                raise WrongUsage(f"--rename takes OLD=NEW, not {shown(options.rename)}.")
            project.rename_class(old, new)
        counts = project.status()["by_class"]
        for spec in project.classes:
            formerly = f"   formerly {', '.join(spec.formerly)}" if spec.formerly else ""
            print(f"{spec.key or ' '}  {spec.name:<20} {counts.pop(spec.name):,}{formerly}")
        for name, count in counts.items():
            print(f"-  {name:<20} {count:,}   no longer a class; these labels are kept")
    return 0
