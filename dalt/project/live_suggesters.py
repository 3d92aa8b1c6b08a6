"""Sources that are asked about samples in the background, and keep what they say at once."""

from __future__ import annotations

import hashlib
import logging
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Literal, cast

import numpy as np
from numpy.typing import NDArray

from dalt.core.arguments import SECONDS, optional, takes
from dalt.core.errors import one_line, plain
from dalt.core.records import BadInput, Closed, DaltError, Sample, StoreUnreachable, TookTooLong
from dalt.core.suggesters import SuggesterRecord
from dalt.core.summaries import counted
from dalt.project.source_answers import Unfit, as_source, ask
from dalt.project.training import Training
from dalt.project.workspace import Workspace

if TYPE_CHECKING:
    from dalt.suggesters.contract import Source, TaskSaid

LiveState = Literal["asking", "done", "stopped", "failed", "ended"]
"""It is asked; it has been asked about everything; the model is better without it; it can do
nothing more; the project was closed or the source removed."""
FIRST_CHUNK, MOST_CHUNK = 8, 256
QUICK_SECONDS, LONG_SECONDS = 0.5, 4.0
"""A chunk that takes less is doubled next time, one that takes more is halved."""
POLL_SECONDS = 1.0
"""Delay until new samples are seen."""
JOIN_SECONDS = 2.0
"""How long closing waits for a sample that is being asked about."""
LABELLED_FIRST = 200
PATIENT_LOOKS = 5
"""Looks after which another process's version is no matter of a change that comes late."""
EXAMPLES = 8
ANSWERS = "answers"
"""In the project's folder: what language models have said, by the hash of the question."""
_log = logging.getLogger(__name__)


class LiveSuggesters:
    """The sources that this process asks.

    Parameters
    ----------
    workspace : Workspace
    training : Training
    """

    def __init__(self, workspace: Workspace, training: Training) -> None:
        self._workspace = workspace
        self._training = training
        self._running: dict[str, LiveSuggester] = {}
        self._lock = threading.Lock()

    def start(self, name: str, suggester: Source | Callable[[Any], Any]) -> LiveSuggester:
        """Ask a source from now on, in place of the one that had its name.

        Raises
        ------
        BadInput
            If it is none.
        """
        source = as_source(suggester)
        if getattr(source, "keeps", None) is False:  # answers cost money: none is asked for twice
            source.keep_in(self._workspace.folder / ANSWERS)  # type: ignore[attr-defined]
        with self._lock:
            former = self._running.pop(name, None)
            if former is not None:
                former.close()
            made = LiveSuggester(self._workspace, self._training, name, source)
            self._running[name] = made
            made.start()
            return made

    def end(self, name: str) -> None:
        """Ask a source no more."""
        with self._lock:
            former = self._running.pop(name, None)
        if former is not None:
            former.close()

    def close(self) -> None:
        """Ask nobody any more."""
        with self._lock:
            running, self._running = list(self._running.values()), {}
        for each in running:
            each.stop()
        for each in running:
            each.close()


class LiveSuggester:
    """One source that is asked about every sample; made by `Project.add_suggester`.

    Its attributes may be read from any thread.

    Attributes
    ----------
    name : str
    state : {"asking", "done", "stopped", "failed", "ended"}
    message : str
        What it could not do, as a sentence; empty if all is well.
    asked, left : int
        Samples that this version of it has been asked about, and that it will be.
    """

    def __init__(self, workspace: Workspace, training: Training, name: str, source: Source) -> None:
        self._workspace = workspace
        self._training = training
        self._source = source
        self._closing = threading.Event()
        self._changed = threading.Condition()
        self._failed: set[int] = set()
        self._waiting = np.zeros(0, bool)
        """By position: whether it is still to be asked about a sample."""
        self._rest = np.zeros(0, np.int64)
        self._least = max(1, int(source.together))
        self._chunk = max(FIRST_CHUNK, self._least)
        self._elsewhere = 0
        self._fresh = False
        """Whether the model has judged other answers of it than it would give now."""
        self._thread = threading.Thread(
            target=self._run, name=f"dalt-suggester-{name}", daemon=True
        )
        self.name = name
        self.state: LiveState = "asking"
        self.message = ""
        self.asked = 0
        self.left = 0
        self._record = self._first_record()

    def __repr__(self) -> str:
        """One sentence."""
        of = f"{self.name}: {self.state}, {self.asked:,} asked, {self.left:,} left."
        return f"{of} {self.message}".rstrip()

    @takes(timeout=optional(SECONDS))
    def wait(self, timeout: float | None = None) -> None:
        """Return when it has been asked about every sample, or is not asked any more.

        Parameters
        ----------
        timeout : float, optional
            Seconds; by default there is no limit.

        Raises
        ------
        TookTooLong
            If it took longer.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: self.state != "asking", timeout):
                raise TookTooLong(
                    f"{self.name} has {counted(self.left)} left; wait longer, or look at "
                    "project.suggesters()."
                )

    def start(self) -> None:
        """Begin to ask."""
        self._thread.start()

    def stop(self) -> None:
        """Let the thread end soon."""
        self._closing.set()
        if callable(interrupt := getattr(self._source, "interrupt", None)):
            with suppress(Exception):  # anybody's source
                interrupt()  # no answer is waited for

    def close(self) -> None:
        """Ask no more; a sample that is being asked about is given up."""
        self.stop()
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join(JOIN_SECONDS)
        self._tell("ended")

    # --- the thread ---------------------------------------------------------------------

    def _run(self) -> None:
        try:
            while not self._closing.is_set() and self.state not in ("failed", "ended"):
                try:
                    if self._is_mine():
                        self._look()
                except StoreUnreachable:  # a server that is restarted comes back
                    self._closing.wait(POLL_SECONDS)
                    self._waiting = np.zeros(0, bool)  # those under way were not recorded
        except Closed:
            pass
        except Unfit as error:
            if not self._closing.is_set():
                self._fail(f"{self.name} has stopped: {error}")
        except Exception as error:  # whatever happens, labeling goes on
            if not self._closing.is_set():
                _log.warning("the suggester %s cannot go on", self.name, exc_info=error)
                self._fail(f"{self.name} cannot go on: {one_line(error)}")

    def _look(self) -> None:
        """Ask about some samples, or wait until there are others."""
        if self._elsewhere:
            self._closing.wait(POLL_SECONDS)
            return
        state: LiveState = "stopped" if self._is_stopped() else "asking"
        positions = np.zeros(0, np.int64)
        if state == "asking" or self._fresh:
            positions = self._next(only_labelled=state == "stopped")
        if len(positions):
            self._tell("asking")
            self._ask(positions)
            return
        self._tell("done" if state == "asking" else state)
        self._closing.wait(POLL_SECONDS)

    def _ask(self, positions: NDArray[np.int64]) -> None:
        store = self._workspace.store
        ids = store.samples.ids_at(positions.tolist())
        samples = list(store.samples.by_ids(list(ids.values())).values())
        task, told = self._task()
        raw = _Readable(self._workspace.raw(samples), self._closing)
        began = time.monotonic()
        votes = list(ask(self._source, cast("Sequence[Any]", raw), task))
        took = time.monotonic() - began
        failures = self._source.failures
        for place, vote in enumerate(votes):
            if isinstance(vote, BadInput):
                failures.add(place, f"{self.name} gave no vote: {vote}")
        said = {
            sample.id: vote
            for place, (sample, vote) in enumerate(zip(samples, votes, strict=True))
            if place not in failures.places
            and place not in raw.given_up
            and not isinstance(vote, BadInput)
        }
        store.suggesters.vote(self._record.suggester_id, said, self._record.version, knew=told)
        self.asked += len(said)
        if self._closing.is_set():
            return
        self._training.started().wake()
        self._failed |= {samples[place].position for place in failures.places}
        if failures.stopped:
            self._fail(f"{self.name} has stopped: {failures.stopped}")
        elif failures.count:
            n = counted(failures.count)
            self._say(f"{self.name} failed on {n}; the first: {failures.first}")
        if took < QUICK_SECONDS:
            self._chunk = min(2 * self._chunk, max(MOST_CHUNK, self._least))
        elif took > LONG_SECONDS:
            self._chunk = max(self._chunk // 2, self._least)

    def _next(self, *, only_labelled: bool = False) -> NDArray[np.int64]:
        """The samples to ask about next: labelled ones, what the model would ask, the rest."""
        store = self._workspace.store
        n_samples = len(store.samples.all())
        if len(self._waiting) != n_samples or not self._waiting.any():
            self._read_waiting(n_samples)
        waiting = self._waiting
        with self._changed:
            self.left = int(waiting.sum())
        self._rest = self._rest[waiting[self._rest]]
        labelled = store.labels.label_set(self._workspace.class_set).positions[:LABELLED_FIRST]
        candidates = np.asarray(self._training.trainer.candidates)
        others = [] if only_labelled else [candidates, self._rest[: self._chunk]]
        order = np.concatenate([labelled, *others])
        order = order[order < n_samples].astype(np.int64)
        order = order[waiting[order]]
        _, first = np.unique(order, return_index=True)
        found = order[np.sort(first)][: self._chunk]
        waiting[found] = False
        return found

    def _read_waiting(self, n_samples: int) -> None:
        """Look which samples it has not been asked about, nor failed on."""
        store = self._workspace.store
        asked = store.suggesters.asked(self._record.suggester_id, self._record.version)
        waiting = np.ones(n_samples, bool)
        for known in (asked, sorted(store.removals.positions()), sorted(self._failed)):
            waiting[np.array(known, np.int64)] = False
        self._waiting, self.asked = waiting, len(asked)
        rest = np.flatnonzero(waiting)
        self._rest = np.random.default_rng(self._workspace.settings.seed).permutation(rest)

    def _task(self) -> tuple[TaskSaid, list[str]]:
        """What it is told, and which samples with their labels are in it."""
        store, classes = self._workspace.store, self._workspace.class_set
        events = [classes.read(each) for each in store.labels.current()]
        found: dict[str, str] = {}
        most = max(1, EXAMPLES // max(1, len(classes.names)))
        for event in events:  # uniformly drawn ones stay unknown: they judge it
            told = list(found.values()).count(str(event.label))
            if event.draw != "uniform" and event.label in classes.names and told < most:
                found.setdefault(event.sample_id, str(event.label))
            if len(found) == EXAMPLES:
                break
        samples = store.samples.by_ids(list(found))
        return task_said(self._workspace, [(samples[id], found[id]) for id in samples]), [*samples]

    # --- what is known of it --------------------------------------------------------------

    def _first_record(self) -> SuggesterRecord:
        store, version = self._workspace.store, self._version()
        known = store.suggesters.named(self.name)
        self._fresh = known is not None and known.version != version
        return store.suggesters.put(self.name, "live", version)

    def _is_mine(self) -> bool:
        """Whether it is still there, as this process asks it; it is asked no more if not.

        Where classes were added or removed it begins again.
        """
        store, version = self._workspace.store, self._version()
        known = store.suggesters.named(self.name)
        same = known is not None and known.suggester_id == self._record.suggester_id
        if not same or known is None:
            self.message = f"{self.name} was taken out of the project."
            self._tell("ended")
            return False
        if self._record.version != version:
            self._renew(version)
        elif known.version != version:  # maybe this process hears of other classes a little later
            self._elsewhere += 1
            if self._elsewhere > PATIENT_LOOKS:
                self.message = f"Another process asks another version of {self.name} since."
                self._tell("ended")
                return False
        else:
            self._elsewhere = 0
        return True

    def _renew(self, version: str) -> None:
        renewed = self._workspace.store.suggesters.renew(self._record.suggester_id, version)
        if renewed is not None:
            self._record, self._fresh = renewed, True
            self._failed.clear()
            self._waiting = np.zeros(0, bool)

    def _version(self) -> str:
        """Of the source and of the classes that it chooses from.

        For a function a new name of a class changes nothing: its votes keep their meaning.  Others
        read what the classes are called and how they are described.
        """
        from dalt.suggesters.function import FunctionSource

        classes = self._workspace.settings.classes
        if isinstance(self._source, FunctionSource):
            said = sorted((each.formerly or (each.name,))[0] for each in classes)
        else:
            said = [text for each in classes for text in (each.name, each.description)]
        whole = "\0".join([self._source.version, *said])
        return hashlib.blake2b(whole.encode(), digest_size=8).hexdigest()

    def _is_stopped(self) -> bool:
        snapshot = self._training.trainer.snapshot
        return snapshot is not None and self.name in snapshot.stopped_sources

    def _fail(self, message: str) -> None:
        self._say(message)
        self._tell("failed")

    def _say(self, message: str) -> None:
        message = plain(message)
        if message == self.message:
            return
        self.message = message
        with suppress(DaltError):  # whoever waits for it learns of it all the same
            self._workspace.store.suggesters.tell_trouble(self._record.suggester_id, message)

    def _tell(self, state: LiveState) -> None:
        with self._changed:
            if self.state not in ("failed", "ended"):
                self.state = state
                self._changed.notify_all()


class _Readable:
    """Raw samples that are not read any more once the project closes.

    Attributes
    ----------
    given_up : set of int
        Places of the samples that were not read.
    """

    def __init__(self, raw: Sequence[Any], closing: threading.Event) -> None:
        self._raw = raw
        self._closing = closing
        self.given_up: set[int] = set()

    def __len__(self) -> int:
        return len(self._raw)

    def __getitem__(self, place: int) -> Any:
        if self._closing.is_set():
            self.given_up.add(place)
            raise Closed("The project is closing.")
        return self._raw[place]


def task_said(workspace: Workspace, examples: Sequence[tuple[Sample, str]] = ()) -> TaskSaid:
    """What a source is told of the task.

    Parameters
    ----------
    workspace : Workspace
    examples : sequence of (Sample, str)
        Labelled samples.
    """
    from dalt.suggesters.contract import TaskSaid

    settings = workspace.settings
    raw = workspace.raw([sample for sample, _ in examples])
    read = []
    for place, (_, label) in enumerate(examples):
        with suppress(DaltError, OSError):  # the file of an example may be gone
            read.append((raw[place], label))
    return TaskSaid(settings.classes, settings.guideline, settings.multi_label, tuple(read))
