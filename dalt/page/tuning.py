"""The owner's button that searches for a better head."""

from __future__ import annotations

import subprocess
import threading
from pathlib import Path
from typing import Any

import ipywidgets as widgets

from dalt.learning.tuning.processes import end_session, last_words, start_search
from dalt.page.saved import Pictured, Saved, pictured, said

START, STOP = "Search for a better head", "Stop the search"
HEADING = "Search for better heads"
NOTHING_FOUND = "Nothing was searched for yet."
POLL_SECONDS = 0.5


class TunePanel(Pictured, widgets.HBox):
    """Starts and stops a search, and shows its result.

    Parameters
    ----------
    folder : Path
        The project's.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._log = folder / "tuning" / "button.log"
        self._process: subprocess.Popen[bytes] | None = None
        self.button = widgets.Button(description=START, layout=widgets.Layout(width="auto"))
        self.said = widgets.Label(self._last())
        self.button.on_click(lambda _: self.toggle())
        self._saved = Saved(
            lambda: said(self.said.value or NOTHING_FOUND, "Search for better heads")
        )
        hides = widgets.HTML(self._saved.style, layout=widgets.Layout(display="none"))
        super().__init__([self.button, self.said, hides])

    def toggle(self) -> None:
        """Start a search, or end the running one and keep what it found."""
        if self._process is not None:
            self._process.terminate()  # it compares the best so far, and ends
            self.button.disabled = True
            return
        self._process = start_search(self._folder, self._log)
        self.button.description = STOP
        self.said.value = "Searching …"
        threading.Thread(target=self._watch, args=(self._process,), daemon=True).start()

    def close(self) -> None:
        """Remove the button; a running search ends."""
        if self._process is not None:
            end_session(self._process)
        self._saved.update()
        super().close()

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        return pictured(super()._repr_mimebundle_(**kwargs), self._saved)

    def _widget_view(self) -> Any:
        return super()._repr_mimebundle_()

    def _watch(self, process: subprocess.Popen[bytes]) -> None:
        while True:
            try:
                process.wait(POLL_SECONDS)
                break
            except subprocess.TimeoutExpired:
                continue
        self._process = None
        self.button.description, self.button.disabled = START, False
        self.said.value = self._last() or "The search was ended."
        self._saved.update()

    def _last(self) -> str:
        return last_words(self._log, 2)
