"""The search for a better head, on the owner's page."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Mapping

from dalt.learning.tuning.processes import end_session, last_words, start_search
from dalt.page.owner.section import Handler, OwnerDesk, Section
from dalt.page.protocol.owner_figures import OwnerSearch, SearchSaid


class SearchSection(Section):
    """Starts and stops a search, and shows its result; it ends with the page's kernel.

    Parameters
    ----------
    desk : OwnerDesk
    """

    name = "search"

    def __init__(self, desk: OwnerDesk) -> None:
        super().__init__(desk)
        self._folder = desk.project.folder
        self._log = self._folder / "tuning" / "button.log"
        self._process: subprocess.Popen[bytes] | None = None

    def handlers(self) -> Mapping[str, Handler]:
        """By type of the page's messages."""
        return {"owner_search": self._search}

    def begin(self) -> None:
        """A page was opened: say how the last search ended, or that one runs."""
        self._say()

    def close(self) -> None:
        """End a running search."""
        if self._process is not None:
            end_session(self._process)

    def _search(self, content: OwnerSearch) -> None:
        if content["run"] and self._process is None:
            self._process = start_search(self._folder, self._log)
            waits = threading.Thread(target=self._wait, args=(self._process,), daemon=True)
            waits.start()
        elif not content["run"] and self._process is not None:
            self._process.terminate()  # it compares the best so far, and ends
        self._say()

    def _wait(self, process: subprocess.Popen[bytes]) -> None:
        process.wait()
        self._process = None
        self._say()
        self._desk.changed()

    def _say(self) -> None:
        running = self._process is not None
        said = "" if running else last_words(self._log, 2)
        self._desk.say(SearchSaid(type="owner_search", running=running, said=said))
