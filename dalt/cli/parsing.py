"""Helpers of all commands."""

from __future__ import annotations

import argparse
import os
import shlex
from typing import Any


def command(commands: Any, name: str, help: str, run: Any) -> argparse.ArgumentParser:
    """Add a command that calls `run` with its options."""
    parser: argparse.ArgumentParser = commands.add_parser(name, help=help, description=help)
    parser.set_defaults(run=run)
    return parser


def quoted(path: str | os.PathLike[str]) -> str:
    """A path as it is typed in a command."""
    return shlex.quote(os.fspath(path))


def say(line: str) -> None:
    """Print a line at once, also into a file or a pipe."""
    print(line, flush=True)
