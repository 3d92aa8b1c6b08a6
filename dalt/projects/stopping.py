"""How a command that runs until it is told to stop hears of it."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def stopped_by_signals(
    *, at_end_of_input: bool = False, orphaned: bool = False
) -> Iterator[threading.Event]:
    """Give an event that SIGTERM and Ctrl+C set while the block runs, each once.

    The second Ctrl+C interrupts as ever.

    Parameters
    ----------
    at_end_of_input : bool
        Set it at the end of standard input, too: whoever started this process holds the
        other end, and it closes also when that one is killed.
    orphaned : bool
        Set it when the process that began this one is gone.
    """
    stopping = threading.Event()
    if orphaned:
        threading.Thread(target=_watch_parent, args=(os.getppid(), stopping), daemon=True).start()
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}

    def stop(number: int, _frame: object) -> None:
        signal.signal(number, before[signal.Signals(number)])
        stopping.set()

    for number in before:
        signal.signal(number, stop)
    if at_end_of_input:
        threading.Thread(target=_read_to_end, args=(stopping,), daemon=True).start()
    try:
        yield stopping
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _read_to_end(stopping: threading.Event) -> None:
    while os.read(sys.stdin.fileno(), 4_096):
        pass
    stopping.set()


def _watch_parent(parent: int, stopping: threading.Event) -> None:
    while not stopping.wait(0.5):
        if os.getppid() != parent:
            stopping.set()
