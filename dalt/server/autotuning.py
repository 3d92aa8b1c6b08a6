"""Searches that the trainer process starts by itself when the machine is idle."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Callable

from dalt.core.settings.tune import due_at
from dalt.learning.training.trainer import Trainer
from dalt.learning.tuning.processes import end_session, last_words, start_search
from dalt.project.project import Project

LOOK_SECONDS = 5.0
IDLE_SHARE = 0.5
"""Share of busy processors up to which the machine counts as idle."""
LOG = "automatic.log"


class AutoTuner:
    """Searches at 50, 100, 200, 400 … labels, in a low-priority process.

    Parameters
    ----------
    project : Project
    trainer : Trainer
        No search starts while it learns.
    say : callable
        Gets a line when a search starts and when it is over.
    idle : callable
        Whether the machine is idle.
    """

    def __init__(
        self,
        project: Project,
        trainer: Trainer,
        say: Callable[[str], None],
        *,
        idle: Callable[[], bool] | None = None,
        look_seconds: float = LOOK_SECONDS,
    ) -> None:
        self._project = project
        self._trainer = trainer
        self._say = say
        self._idle = idle or is_idle
        self._look_seconds = look_seconds
        self._log = project.workspace.tuning_folder / LOG
        self._process: subprocess.Popen[bytes] | None = None
        self._tried = 0
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="dalt-auto-tuner", daemon=True)

    def start(self) -> None:
        """Check from now on whether a search is due."""
        self._thread.start()

    def close(self) -> None:
        """Stop checking; a running search ends with everything that it started."""
        self._closing.set()
        if self._thread.is_alive():
            self._thread.join()
        if self._process is not None:
            end_session(self._process)
            self._process = None

    def _run(self) -> None:
        while not self._closing.wait(self._look_seconds):
            try:
                self.look()
            except Exception as error:  # labeling and checks go on
                self._say(f"The search for a better head waits ({error}).")

    def look(self) -> None:
        """Start a search if one is due, or report how the last one ended."""
        if self._process is not None:
            if self._process.poll() is not None:
                self._tell_end(self._process.returncode)
                self._process = None
            return
        if not self._project.settings.tune.auto:
            return
        due = due_at(self._project.workspace.store.samples.counts().labelled)
        if due <= self._last() or self._trainer.state != "idle" or not self._idle():
            return
        self._tried = due
        self._begin(due)

    def _last(self) -> int:
        """Number of labels at the last search."""
        newest = self._project.workspace.store.head_choices.all(limit=1)
        return max(self._tried, due_at(newest[0].n_labels) if newest else 0)

    def _begin(self, due: int) -> None:
        self._say(f"{due} labels: searching for a better head.")
        self._process = start_search(self._project.folder, self._log)

    def _tell_end(self, code: int | None) -> None:
        if code == 0:
            self._say(f"The search is over. {last_words(self._log, 2)}")
        else:
            self._say(f"The search came to nothing: {last_words(self._log, 1) or 'it was ended'}")


def is_idle() -> bool:
    """Whether less than half of the processors were busy in the last minute."""
    try:
        busy = os.getloadavg()[0]
    except OSError:  # this system does not tell
        return True
    return busy < IDLE_SHARE * (os.cpu_count() or 1)
