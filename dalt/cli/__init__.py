"""The command line: parses arguments, calls the project, prints.

Commands import what they need when they run, so that Ctrl+C meanwhile ends with a line too.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

__all__ = ["build_parser", "main"]

INTERRUPTED = 130
"""The exit code that shells give a program that Ctrl+C has ended."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run ``dalt``.

    Parameters
    ----------
    arguments : sequence of str, optional
        By default those of the process.

    Returns
    -------
    int
        0 done, 1 refused with one line on stderr, 130 interrupted, with one line as well; wrong
        usage exits with 2.
    """
    try:
        from dalt.cli.commands import run

        return run(arguments)
    except KeyboardInterrupt:
        print("dalt: interrupted; what was finished is kept.", file=sys.stderr)
        return INTERRUPTED


def build_parser() -> argparse.ArgumentParser:
    """Describe every command and option."""
    from dalt.cli.commands import build_parser

    return build_parser()
