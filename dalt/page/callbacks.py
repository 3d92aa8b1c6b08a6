"""Who wants to hear of labels hears of them behind the page's back."""

from __future__ import annotations

import queue
import sys
import threading
import traceback
from collections.abc import Callable
from contextvars import copy_context

from dalt.core.records import Label

OnLabel = Callable[[Label], object]
"""Called with a label that is recorded."""


class Callbacks:
    """Calls functions with every label, in order, on a thread of its own.

    A function that takes long, or fails, delays and loses no label: it is called after the
    page has been told that the label is recorded.  Whatever it prints or displays, and the
    traceback of what it raises, stands under the cell in which this was made.

    Parameters
    ----------
    failed : callable
        Told in one line what a function raised.
    """

    def __init__(self, failed: Callable[[str], None]) -> None:
        self._failed = failed
        self._functions: list[OnLabel] = []
        self._labels: queue.SimpleQueue[Label | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        # ipykernel keeps in context variables which cell output belongs to. A thread begins
        # without them, and its output would go to whatever message came last: a notebook
        # shows nothing of the messages of widgets.
        self._cell = copy_context()

    def add(self, function: OnLabel) -> Callable[[], None]:
        """Call `function` from the next label on; what is returned ends that."""
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
        """Have the functions called with a label; never blocks."""
        if label.kind == "label" and self._functions:
            self._labels.put(label)

    def close(self) -> None:
        """Call no more after the labels told so far."""
        if self._thread is not None:
            self._labels.put(None)

    def _run(self) -> None:
        while (label := self._labels.get()) is not None:
            with self._lock:
                functions = list(self._functions)
            for function in functions:
                try:
                    self._cell.run(function, label)
                except Exception as error:
                    # It is the user's own; labeling goes on.
                    self._cell.run(_show, error)
                    self._failed(f"on_label failed: {type(error).__name__}: {error}")
            self._cell.run(_flush)


def _show(error: Exception) -> None:
    """Print where the user's function failed, without the frame that called it."""
    first = error.__traceback__ and error.__traceback__.tb_next
    traceback.print_exception(type(error), error, first)


def _flush() -> None:
    """Have what was printed appear before the next label is told."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()
