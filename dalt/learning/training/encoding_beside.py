"""Encoding beside the trainer: nobody waits for it before the first label.

The process that learns starts ``dalt encode --soon`` in a process of its own whenever samples have
no embeddings, so that torch's threads, memory and training disturb no page.  It ends with the
process that learns, at whatever moment, and the next one starts it again: what it has written is
whole (`dalt.learning.encoders.cache`).
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from dalt.core import children
from dalt.core.errors import OF_OTHERS, one_line
from dalt.learning.encoders.best import BestEncoder
from dalt.learning.encoders.cache import EmbeddingCache
from dalt.learning.encoders.cache_files import GIVEN, OWN, EncodedElsewhere, encoding_alone

VARIABLE = "DALT_ENCODE"
"""Environment variable: with 0 only `project.encode()` and ``dalt encode`` encode."""
LOOK_SECONDS = 0.5
END_SECONDS = 1.0
FIRST_PAUSE, LONGEST_PAUSE = 30.0, 3_600.0
"""Seconds after a failure until it is tried again, twice as long each time."""
PREPARING = "The first suggestions are being prepared:"
_LINE = 40  # bytes, more than it writes at a time
_log = logging.getLogger(__name__)


def percent_in(message: str) -> int | None:
    """How far it is by the message of a trainer, maybe of another process; None if it says nothing.

    Examples
    --------
    >>> percent_in(f"{PREPARING} 40%"), percent_in("The pool is not encoded yet.")
    (40, None)
    """
    told = message.removeprefix(PREPARING)
    return int(told.strip(" %")) if told != message else None


def is_allowed() -> bool:
    """Whether the environment allows it."""
    return os.environ.get(VARIABLE, "1") != "0"


class EncodingBeside:
    """Encodes a project's pool in another process whenever samples have no embeddings.

    Parameters
    ----------
    project : Path
        The project's folder.
    cache : EmbeddingCache
    n_samples : callable
        Returns how many samples there are, removed ones among them; cheap.

    Attributes
    ----------
    wanted : bool
        Whether anybody waits for suggestions: until then nothing is started.
    command : list of str
        What is started.
    message : str
        How far it is, or why it failed, for people; empty if there is nothing to do.
    """

    def __init__(self, project: Path, cache: EmbeddingCache, n_samples: Callable[[], int]) -> None:
        self.wanted = False
        self.message = ""
        own = [sys.executable, "-m", "dalt.cli", "encode", str(project)]
        self.command = [*own, "--soon", "--until-input-ends"]
        self._cache = cache
        self._n_samples = n_samples
        self._run: _Run | None = None
        self._alone = threading.Lock()  # for moments only: a project may close while others hold
        self._n_holding = 0
        self._tried = -1
        """Samples for which one came to its end: a candidate that failed then is left out."""
        self._look_at = 0.0
        self._pause = FIRST_PAUSE

    @property
    def is_running(self) -> bool:
        """Whether it encodes at this moment."""
        return self._run is not None

    def look(self) -> None:
        """Start it if samples have no embeddings, or notice how far it is; quick."""
        if not self.wanted or time.monotonic() < self._look_at:
            return
        with self._alone:
            if self._n_holding:
                return
            self._look_at = time.monotonic() + LOOK_SECONDS
            try:
                if self._run is not None:
                    self._follow(self._run)
                elif self._is_due():
                    self._begin()
            except OF_OTHERS as error:  # who looks goes on with what there is
                self._fail(one_line(error))

    @contextmanager
    def held(self) -> Iterator[None]:
        """End it, and start nothing before the block ends: somebody here encodes."""
        with self._alone:
            self._n_holding += 1
        try:
            self.close()
            yield
        finally:
            with self._alone:
                self._n_holding -= 1
                self._look_at, self._tried = 0.0, -1

    def close(self) -> None:
        """End it; what it has completed stays."""
        with self._alone:
            if self._run is not None:
                children.end(self._run.process, END_SECONDS)
                self._forget(self._run)

    def _is_due(self) -> bool:
        """Whether samples have no embeddings that an encoder could make."""
        n_samples = self._n_samples()
        if self._cache.n_samples >= n_samples and not self._is_left_over(n_samples):
            self.message = ""
            return False
        return self._cache.choice not in (GIVEN, OWN) and not self._is_encoding()

    def _is_left_over(self, n_samples: int) -> bool:
        """Whether one was interrupted after the first of the candidates."""
        if n_samples == self._tried:
            return False
        if BestEncoder(self._cache.folder).is_complete:
            self._tried = n_samples
            return False
        return True

    def _is_encoding(self) -> bool:
        """Whether some process encodes at this moment."""
        try:
            with encoding_alone(self._cache.folder, patience=0.0):
                return False
        except EncodedElsewhere:
            return True

    def _begin(self) -> None:
        self.message, n_samples = f"{PREPARING} 0%", self._n_samples()
        environment = os.environ | {"OMP_NUM_THREADS": "1", "DALT_THIN": "0"}
        with ExitStack() as files:
            # Both without a name: nothing stays behind when this process is killed.
            said = files.enter_context(tempfile.TemporaryFile())
            words = files.enter_context(tempfile.TemporaryFile())
            process = children.start(self.command, said, words, environment)
            self._run = _Run(process, n_samples, said, words, files.pop_all())

    def _follow(self, run: _Run) -> None:
        code = run.process.poll()
        if code is None:
            self._tell_progress(run.said)
            return
        why = children.last_words(run.words) or f"it ended with code {code}"
        self._forget(run)
        if code == 0:
            self.message, self._pause, self._tried = "", FIRST_PAUSE, run.n_samples
            return
        self._fail(why)

    def _fail(self, why: str) -> None:
        self.message = f"The samples could not be encoded ({why}); it is tried again."
        _log.warning("encoding beside the page failed: %s", why)
        self._look_at = time.monotonic() + self._pause
        self._pause = min(2 * self._pause, LONGEST_PAUSE)

    def _tell_progress(self, said: IO[bytes]) -> None:
        """Say how far it is, by the last line that it wrote."""
        try:
            size = os.fstat(said.fileno()).st_size
            # Not by the file's position, which is the writer's as well.
            end = os.pread(said.fileno(), _LINE, max(0, size - _LINE))
            self.message = f"{PREPARING} {float(end.splitlines()[-1]):.0%}"
        except (OSError, IndexError, ValueError):  # nothing yet, or half a line
            return
        except AttributeError:  # on Windows
            return

    def _forget(self, run: _Run) -> None:
        run.files.close()
        self._run = None


@dataclass(frozen=True)
class _Run:
    """A process that encodes, and what it says."""

    process: subprocess.Popen[bytes]
    n_samples: int
    said: IO[bytes]
    words: IO[bytes]
    files: ExitStack
