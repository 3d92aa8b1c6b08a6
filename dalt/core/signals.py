"""Signal handling for long-running commands."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

ENDING = (signal.SIGTERM, signal.SIGINT)


@contextmanager
def stopped_by_signals(
    *,
    at_once: Callable[[], None] | None = None,
    at_end_of_input: bool = False,
    orphaned: bool = False,
) -> Iterator[threading.Event]:
    """Yield an event that SIGTERM and Ctrl+C set while the block runs.

    Without `at_once` each does so once, and a second Ctrl+C interrupts as usual.  For the main
    thread only.

    Parameters
    ----------
    at_once : callable, optional
        Called at every signal, in the main thread; may raise.
    at_end_of_input : bool
        Set the event at the end of standard input, too: the parent process holds the other
        end, which also closes when the parent is killed.
    orphaned : bool
        Set the event when the parent process is gone.

    Yields
    ------
    threading.Event

    Examples
    --------
    >>> with stopped_by_signals() as stopping:
    ...     signal.raise_signal(signal.SIGTERM)
    ...     stopping.wait(timeout=60)
    True
    """
    stopping = threading.Event()
    before = {number: signal.getsignal(number) for number in ENDING}
    with _told_through_pipe(stopping) as tell:

        def heed(number: int, _frame: object) -> None:
            tell()
            if at_once is None:
                signal.signal(number, before[signal.Signals(number)])
            else:
                at_once()

        for number in ENDING:
            signal.signal(number, heed)
        if at_end_of_input:
            _begin(_read_to_end, stopping)
        if orphaned:
            _begin(_watch_parent, os.getppid(), stopping)
        try:
            yield stopping
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


@contextmanager
def _told_through_pipe(event: threading.Event) -> Iterator[Callable[[], None]]:
    """Return a function for signal handlers that sets the event from a thread.

    A handler that set it itself could deadlock on the event's own lock: the main thread, which
    it interrupts, holds that lock for a moment when it begins to wait.
    """
    reading, writing = os.pipe()

    def read() -> None:
        with open(reading, "rb", buffering=0) as pipe:
            while pipe.read(1):
                event.set()

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    try:
        yield lambda: _write(writing)
    finally:
        os.close(writing)
        thread.join()


def _write(pipe: int) -> None:
    os.write(pipe, b"!")


def _begin(function: Callable[..., None], *arguments: object) -> None:
    threading.Thread(target=function, args=arguments, daemon=True).start()


def _read_to_end(stopping: threading.Event) -> None:
    while os.read(sys.stdin.fileno(), 4_096):
        pass
    stopping.set()


def _watch_parent(parent: int, stopping: threading.Event) -> None:
    while not stopping.wait(0.5):
        if os.getppid() != parent:
            stopping.set()
