"""The token of a server, as its command is given it: from a file, the environment or an option.

Everybody on a machine can list the arguments of all processes.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import sys
from pathlib import Path

from dalt.core.errors import WrongUsage, os_reason, shown
from dalt.core.records import BadInput
from dalt.core.rights import readable_by_others

_ARGUMENTS_BEGIN = 45
"""In /proc/self/stat, counted behind the name of the program: where the arguments lie in memory."""


def add_token_options(parser: argparse.ArgumentParser, what: str, variable: str) -> None:
    """Describe the ways in which a server's token is given."""
    parser.add_argument(
        "--token-file", type=Path, metavar="FILE", help=f"the first line of this file {what}"
    )
    parser.add_argument(
        "--token",
        help=f"{what} (default: {variable}, else a new one; others on this machine may read what "
        "is given here)",
    )


def token_of(options: argparse.Namespace, variable: str) -> str | None:
    """The token that a command was given, if any; where it stood in the arguments, it is wiped.

    Parameters
    ----------
    options : argparse.Namespace
    variable : str
        The environment's variable for the same, to be recommended.

    Raises
    ------
    BadInput
        If it is given twice, or its file cannot be read or is empty.
    """
    if options.token_file is not None:
        if options.token is not None:
            raise WrongUsage("--token and --token-file both give the token: leave one out.")
        return _read(options.token_file)
    if options.token:
        wiped = wipe_argument(options.token)
        print(
            f"dalt: everybody on this machine {'could' if wiped else 'can'} read --token in the "
            f"list of processes; --token-file FILE or {variable} keeps it to yourself.",
            file=sys.stderr,
        )
    token: str | None = options.token
    return token


def wipe_argument(secret: str) -> bool:
    """Write asterisks over an argument of this process, where the system shows it to others.

    Parameters
    ----------
    secret : str
        An argument, or its end behind an equals sign.

    Returns
    -------
    bool
        Whether it is gone; only on Linux it can be.

    Examples
    --------
    >>> wipe_argument("there is no such argument")
    False
    """
    wanted = os.fsencode(secret)
    try:
        said = Path("/proc/self/stat").read_bytes().rpartition(b")")[2].split()
        begin = int(said[_ARGUMENTS_BEGIN])
        line = Path("/proc/self/cmdline").read_bytes()
        place, wiped = 0, False
        for argument in line.split(b"\0"):
            if argument == wanted or argument.endswith(b"=" + wanted):
                at = place + len(argument) - len(wanted)
                ctypes.memset(begin + at, ord("*"), len(wanted))
                wiped = True
            place += len(argument) + 1
        return wiped and wanted not in Path("/proc/self/cmdline").read_bytes().split(b"\0")
    except (OSError, ValueError, IndexError):
        return False


def _read(file: Path) -> str:
    try:
        token = file.read_text("utf-8").partition("\n")[0].strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = os_reason(error) if isinstance(error, OSError) else "it is no text"
        raise BadInput(f"--token-file {shown(str(file))} cannot be read: {reason}.") from error
    if not token:
        raise BadInput(f"--token-file {shown(str(file))}: its first line is empty.")
    if readable_by_others(file):
        print(f"dalt: others can read {file}; chmod 600 keeps it to yourself.", file=sys.stderr)
    return token
