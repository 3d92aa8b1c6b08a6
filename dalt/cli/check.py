"""``dalt check``: verifies everything of a project, and repairs what can be made anew."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from dalt.cli.parsing import command, quoted
from dalt.cli.serving import add_replay
from dalt.core.summaries import counted


def add_checks(commands: Any) -> None:
    """Describe ``dalt replay`` and ``dalt check``: both compare, and change nothing."""
    add_replay(commands)
    parser = command(
        commands, "check", "Verify everything of a project; with --repair make anew what can be.",
        _check,
    )  # fmt: skip
    parser.add_argument("project", type=Path)
    parser.add_argument(
        "--repair", action="store_true", help="make anew what follows from sound data, and say what"
    )
    parser.add_argument("--json", action="store_true", help="for programs")


def _check(options: argparse.Namespace) -> int:
    from dalt.project.checking import check

    found = check(options.project, repair=options.repair, progress=not options.json)
    if options.json:
        told = asdict(found) | {"path": str(found.path), "ok": found.ok}
        print(json.dumps(told, ensure_ascii=False, indent=2))
        return 0 if found.ok else 1
    for each in found.findings:
        print(f"{'repaired' if each.repaired else 'damaged'}: {each}")
    if any(each.repairable and not each.repaired for each in found.findings):
        print(f"Make anew what can be made anew: dalt check {quoted(options.project)} --repair")
    if found.ok:
        print(
            f"{counted(found.n_samples, 'sample')}, {counted(found.n_events, 'event')}: all well."
        )
    if found.newest:
        print(f"Event {found.newest} has the hash {found.hash}")
    return 0 if found.ok else 1
