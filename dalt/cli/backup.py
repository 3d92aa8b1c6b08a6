"""The commands ``dalt backup`` and ``dalt restore``."""

from __future__ import annotations

import argparse
import os
import re
from contextlib import AbstractContextManager, nullcontext, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from dalt.cli.data import add_ids, restore_samples
from dalt.cli.parsing import WrongUsage, command, say
from dalt.core.records import BadInput
from dalt.core.settings import project_file

_SECONDS = {"s": 1.0, "m": 60.0, "h": 3_600.0, "d": 86_400.0}
_NICE = 10
_EVERY, _KEEP = 600.0, 20
_MOST_KEPT = 1_000_000
_LONGEST = 366 * 86_400.0


def add_backup(commands: Any) -> None:
    """Describe ``dalt backup`` and ``dalt restore``."""
    parser = command(
        commands, "backup", "Write all of a project into one file, while people label.", _backup
    )
    parser.add_argument("project", type=Path)
    parser.add_argument(
        "to", type=Path, help="the file, NAME.tar.zst; with --every a folder of them"
    )
    parser.add_argument(
        "--every",
        type=_seconds,
        metavar="TIME",
        help="go on until interrupted, and write one each 30s, 10m, 2h or 1d in which something "
        "changed",
    )
    parser.add_argument(
        "--keep",
        type=_count,
        metavar="N",
        help="with --every: keep the newest N (default: 20)",
    )
    parser.add_argument(
        "--until-input-ends",
        action="store_true",
        help="with --every: end with the parent process, when standard input ends",
    )
    _add_restore(commands)


def add_backups_beside(parser: argparse.ArgumentParser) -> None:
    """Describe the options of a server that has backups made beside it."""
    parser.add_argument(
        "--backup",
        type=Path,
        metavar="FOLDER",
        help="keep backups of the project in this folder, while people label",
    )
    parser.add_argument(
        "--backup-every",
        type=_seconds,
        metavar="TIME",
        help="with --backup: write one each 30s, 10m, 2h or 1d in which something changed "
        "(default: 10m)",
    )
    parser.add_argument(
        "--backup-keep",
        type=_count,
        metavar="N",
        help="with --backup: keep the newest N (default: 20)",
    )


def backups_beside(options: argparse.Namespace) -> AbstractContextManager[None]:
    """Keep backups while a block runs, if the options say so.

    Raises
    ------
    WrongUsage
        If there is a time or a number, and no folder.
    BadInput
        If the folder cannot be used.
    """
    if options.backup is None:
        if options.backup_every is not None or options.backup_keep is not None:
            raise WrongUsage("--backup-every and --backup-keep go with --backup FOLDER.")
        return nullcontext()
    from dalt.project.backups.series import ready
    from dalt.server.backups import backed_up

    ready(options.project, options.backup)  # refused here, and not beside the server
    return backed_up(
        options.project,
        options.backup,
        every=options.backup_every or _EVERY,
        keep=options.backup_keep or _KEEP,
        say=say,
    )


def _add_restore(commands: Any) -> None:
    parser = command(
        commands,
        "restore",
        "Make a project of a backup; or bring removed samples back with their labels.",
        _restore,
    )
    parser.add_argument(
        "source",
        type=Path,
        metavar="BACKUP|PROJECT",
        help="a file of `dalt backup` or a folder of them; or a project with removed samples",
    )
    add_ids(parser, "the folder to make, NEW.dalt; or ids of samples", "NEW|ID")
    parser.add_argument(
        "--at",
        type=_moment,
        metavar="TIME",
        help="the state of this moment, in UTC: 2026-11-30T09:00",
    )


def _seconds(text: str) -> float:
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([smhd])", text)
    seconds = float(found[1]) * _SECONDS[found[2]] if found else 0.0
    if not 0 < seconds <= _LONGEST:
        raise argparse.ArgumentTypeError(f"{text!r} is no time like 30s, 10m, 2h or 1d")
    return seconds


def _count(text: str) -> int:
    if not re.fullmatch("[0-9]{1,7}", text) or not 0 < int(text) <= _MOST_KEPT:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of backups from 1 on")
    return int(text)


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no time like 2026-11-30T09:00") from None


def _backup(options: argparse.Namespace) -> int:
    from dalt.project.backups.making import backup

    _give_way()

    if options.every is None:
        if options.keep is not None or options.until_input_ends:
            option = "--until-input-ends" if options.keep is None else "--keep"
            raise WrongUsage(f"{option} goes with --every; one backup replaces only its own file.")
        print(backup(options.project, options.to))
        print(
            "Only you can read it: names, labels and texts of the project are in it in the clear."
        )
        return 0
    from dalt.core.signals import stopped_by_signals
    from dalt.project.backups.series import keep_backing_up

    with stopped_by_signals(at_end_of_input=options.until_input_ends) as stopping:
        keep_backing_up(
            options.project, options.to, options.every, options.keep or _KEEP, stopping, say
        )
    return 0


def _give_way() -> None:
    """Let those who label go first: this process has time."""
    with suppress(AttributeError, OSError):  # Windows has no such call
        if os.getpriority(os.PRIO_PROCESS, 0) < _NICE:
            os.setpriority(os.PRIO_PROCESS, 0, _NICE)


def _restore(options: argparse.Namespace) -> int:
    if project_file.is_there(options.source):
        if options.at is not None:
            raise WrongUsage(f"--at goes with a backup, and {options.source} is a project.")
        return restore_samples(options.source, options)
    from dalt.project.backups.restoring import restore

    if not options.source.exists():
        raise BadInput(f"There is neither a backup nor a project at {options.source}.")
    if len(options.ids) != 1 or options.file:
        raise WrongUsage(
            f"Name one folder for the project that is made of the backup: "
            f"dalt restore {options.source} NEW.dalt"
        )
    print(restore(options.source, options.ids[0], at=options.at))
    return 0
