"""Calling the user's functions with every label, without delaying the page."""

from __future__ import annotations

import queue
import sys
import threading
import traceback
from collections.abc import Callable
from contextvars import Context, copy_context
from typing import Any

from dalt.core.records import Label

OnLabel = Callable[[Label], object]
"""Called with a label that is recorded."""


class Callbacks:
    """Calls functions with every label, in order, on a thread of its own.

    A slow or failing function delays and loses no label: it is called after the page knows that
    the label is recorded.  Whatever it prints or displays, and the traceback of its errors, stands
    under the cell in which this object was made.

    Parameters
    ----------
    failed : callable
        Gets one line about a function's error.
    """

    def __init__(self, failed: Callable[[str], None]) -> None:
        self._failed = failed
        self._functions: list[OnLabel] = []
        self._labels: queue.SimpleQueue[Label | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        # ipykernel keeps the cell of output in context variables. A thread starts without them,
        # and its output would go to the latest message: a notebook shows no output of widget
        # messages.
        self._cell = copy_context()

    def add(self, function: OnLabel) -> Callable[[], None]:
        """Call `function` from the next label on; the returned callable ends that."""
        with self._lock:
            self._functions.append(function)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="on_label", daemon=True)
                self._thread.start()

        def cancel() -> None:
            with self._lock:
                if function in self._functions:
                    self._functions.remove(function)

        return cancel

    def tell(self, label: Label) -> None:
        """Schedule calls of the functions with a label; never blocks."""
        if label.kind == "label" and self._functions:
            self._labels.put(label)

    def close(self) -> None:
        """Stop after the labels scheduled so far."""
        if self._thread is not None:
            self._labels.put(None)

    def _run(self) -> None:
        while (label := self._labels.get()) is not None:
            with self._lock:
                functions = list(self._functions)
            for function in functions:
                run_shown(self._cell, function, label, "on_label", self._failed)


def run_shown(
    cell: Context,
    function: Callable[[Any], object],
    told: Any,
    name: str,
    failed: Callable[[str], None],
) -> None:
    """Call a function of the user's in a cell, which shows what it prints and raises.

    Parameters
    ----------
    cell : Context
    function : callable
    told : object
        What it is called with.
    name : {"on_label", "observe"}
        Where it was given.
    failed : callable
        Gets one line about its error.
    """
    try:
        cell.run(function, told)
    except BaseException as error:
        # The function is the user's own, even if it calls sys.exit; labeling goes on.  (Ctrl+C
        # never comes to this thread.)
        cell.run(_show, error)
        failed(f"{name} failed: {type(error).__name__}: {error}".removesuffix(": "))
    cell.run(_flush)


def _show(error: BaseException) -> None:
    """Print the traceback of the user's function, without the frame that called it."""
    first = error.__traceback__ and error.__traceback__.tb_next
    traceback.print_exception(type(error), error, first)


def _flush() -> None:
    """Make printed output appear before the next call."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()
