"""Who wants to hear of labels hears of them behind the page's back."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable

from dalt.records import Label

OnLabel = Callable[[Label], object]
"""Called with a label that is recorded."""
_log = logging.getLogger(__name__)


class Callbacks:
    """Calls functions with every label, in order, on a thread of its own.

    A function that takes long, or fails, delays and loses no label: it is called after the
    page has been told that the label is recorded.

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
                    function(label)
                except Exception as error:
                    # It is the user's own; labeling goes on.
                    _log.exception("on_label failed for sample %s", label.sample_id)
                    self._failed(f"on_label failed: {type(error).__name__}: {error}")
