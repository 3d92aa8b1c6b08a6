"""The commands about several annotators of the same samples: gold, agreement."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from dalt.cli.parsing import command
from dalt.core.summaries import counted
from dalt.project.project import Project

# --- gold, agreement ------------------------------------------------------------------


def add_gold(commands: Any) -> None:
    """Describe ``dalt gold``."""
    parser = command(commands, "gold", "Mix samples with known answers into the work.", _gold)
    parser.add_argument("project", type=Path)
    parser.add_argument("file", type=Path, help="a csv file: sample_id or source, and label")


def _gold(options: argparse.Namespace) -> int:
    from dalt.server.serve import user

    with Project.open(options.project) as project:
        count = project.set_gold(options.file, user())
        share = project.settings.gold_share
    print(
        f"{options.project}: {counted(count, 'gold sample')}; {share:.0%} of the samples that "
        "people are asked are gold (gold_share in project.toml)."
    )
    return 0


def add_agreement(commands: Any) -> None:
    """Describe ``dalt agreement``."""
    parser = command(commands, "agreement", "Measure how far annotators agree.", _agreement)
    parser.add_argument("project", type=Path)
    parser.add_argument("--blind", action="store_true", help="only labels given in blind mode")
    parser.add_argument("--json", action="store_true", help="for programs")


def _agreement(options: argparse.Namespace) -> int:
    with Project.open(options.project) as project:
        agreement, board = project.agreement(blind=options.blind), project.board()
        left = len(project.adjudications())
    if options.json:
        frames = {"agreement": agreement, "board": board}
        told = {
            name: json.loads(frame.to_json(orient="records", date_format="iso"))
            for name, frame in frames.items()
        }
        print(json.dumps(told | {"to_adjudicate": left}, ensure_ascii=False, indent=2))
        return 0
    if not len(board):
        blind = " in blind mode" if options.blind else ""
        print(f"{options.project}: nobody has labelled anything{blind} yet.")
        return 0
    for frame in (agreement, board):
        print(frame.to_string(index=False, na_rep="", float_format="{:.3f}".format))
        print()
    print(f"{counted(left)} to adjudicate")
    return 0
