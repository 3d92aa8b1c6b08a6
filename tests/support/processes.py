"""Processes that are looked at while they come and go: one that has ended is no error."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import TypeVar

import psutil

Told = TypeVar("Told")


def runs(process: psutil.Process | int) -> bool:
    """Whether a process, or the one of an id, still works: a zombie does not.

    An orphan stays a zombie where nothing collects it, as in a container whose first process
    is not an init.
    """
    try:
        found = psutil.Process(process) if isinstance(process, int) else process
        return found.is_running() and found.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def told(
    processes: Iterable[psutil.Process], ask: Callable[[psutil.Process], Told]
) -> list[tuple[psutil.Process, Told]]:
    """The processes that run, each with what `ask` says of it; one that ends meanwhile is left out.

    Parameters
    ----------
    processes : iterable of psutil.Process
    ask : callable
        May raise what psutil and the files of a process raise where it is gone.
    """
    found = []
    for process in processes:
        with suppress(psutil.Error, ProcessLookupError, FileNotFoundError):
            if runs(process):
                found.append((process, ask(process)))
    return found


def under(pid: int, word: str) -> list[psutil.Process]:
    """Processes below one, with a word in their command lines."""
    below = psutil.Process(pid).children(recursive=True)
    return [each for each, command in told(below, _command) if word in command]


def _command(process: psutil.Process) -> str:
    return " ".join(process.cmdline())
