"""Helpers of all commands."""

from __future__ import annotations

import argparse
import csv
import io
import os
import shlex
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, TextIO

from dalt.core.errors import WrongUsage as WrongUsage
from dalt.core.errors import shown
from dalt.core.user_warnings import Uncertain, Upgraded

WRONG_USAGE = 2
"""The exit code of a command that cannot be meant so; argparse exits with the same."""


def print_any_text() -> None:
    """Let names of files that are no text of the terminal's encoding be printed, as escapes."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def command(commands: Any, name: str, help: str, run: Any) -> argparse.ArgumentParser:
    """Add a command that calls `run` with its options."""
    parser: argparse.ArgumentParser = commands.add_parser(name, help=help, description=help)
    parser.set_defaults(run=run)
    return parser


def quoted(path: str | os.PathLike[str]) -> str:
    """A path as it is typed in a command."""
    return shlex.quote(os.fspath(path))


def share(text: str) -> float:
    """A share between 0 and 1, for an option that is one.

    Examples
    --------
    >>> share("0.95")
    0.95
    """
    with suppress(ValueError):
        if 0 < (found := float(text)) < 1:
            return found
    raise argparse.ArgumentTypeError(f"{text!r} is no share between 0 and 1, as 0.95")


def say(line: str) -> None:
    """Print a line at once, also into a file or a pipe."""
    print(line, flush=True)


def listed(option: str, given: str) -> list[str]:
    r"""Names of an option, read as a line of csv: quotation marks or ``\\,`` keep a comma.

    Raises
    ------
    WrongUsage
        If a quotation mark is not closed.

    Examples
    --------
    >>> listed("--classes", '"Salt, pepper", other'), listed("--classes", r"a\, b,c")
    (['Salt, pepper', 'other'], ['a, b', 'c'])
    """
    hidden = given.replace("\\,", "\0")  # no argument of a command has a NUL
    lines = io.StringIO(hidden, newline="")
    try:
        cells = [
            cell for row in csv.reader(lines, skipinitialspace=True, strict=True) for cell in row
        ]
    except csv.Error:
        raise WrongUsage(
            f"{option} {shown(given)}: a quotation mark at the beginning of a name needs another "
            "at its end; one that is part of the name is written twice."
        ) from None
    return [cell.replace("\0", ",").strip() for cell in cells if cell.strip()]


def chosen(option: str, given: str | None) -> list[str] | None:
    """Names of an option that can be left out, as `listed` reads them; None without it.

    Raises
    ------
    WrongUsage
        If it is given and names nothing.

    Examples
    --------
    >>> chosen("--columns", "size, colour"), chosen("--columns", None)
    (['size', 'colour'], None)
    """
    names = None if given is None else listed(option, given)
    if names is not None and not names:
        raise WrongUsage(f"{option} {shown(given)} names nothing; leave it out, or name some.")
    return names


@contextmanager
def telling() -> Iterator[None]:
    """Print what a file left open, or where a former state is, without a line of code."""
    with warnings.catch_warnings():
        former = warnings.showwarning

        def show(
            message: Warning | str,
            category: type[Warning],
            filename: str,
            lineno: int,
            file: TextIO | None = None,
            line: str | None = None,
        ) -> None:
            if issubclass(category, Uncertain | Upgraded):
                print(f"dalt: {message}", file=sys.stderr)
            else:
                former(message, category, filename, lineno, file, line)

        warnings.simplefilter("always", Uncertain)
        warnings.simplefilter("always", Upgraded)
        warnings.showwarning = show
        yield
