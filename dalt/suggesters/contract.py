"""What a source of suggestions is told, what it answers, and how its failures are counted."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from dalt.core.classes import ClassSpec

Vote = Mapping[str, float] | None
"""Probabilities by class, each in [0, 1]; None where a source says nothing.

Where a sample has one class they sum to at most 1: what is left over is not said.  Where it can
have several, each class has a probability by itself, and a class that is missing is not spoken of.
"""


@dataclass(frozen=True, slots=True)
class TaskSaid:
    """What a source is told of the task.

    Attributes
    ----------
    classes : tuple of ClassSpec
        In their order, with their descriptions.
    guideline : str
    multi_label : bool
        Whether a sample can have several classes, or none.
    examples : tuple of (raw sample, str)
        A few labelled samples.  A source may send them to other machines.

    Examples
    --------
    >>> TaskSaid((ClassSpec("cat"), ClassSpec("dog"))).names
    ('cat', 'dog')
    """

    classes: tuple[ClassSpec, ...]
    guideline: str = ""
    multi_label: bool = False
    examples: tuple[tuple[Any, str], ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the classes."""
        return tuple(each.name for each in self.classes)


class Failures:
    """Counts what a source could not do, in any of its threads.

    Attributes
    ----------
    count : int
        Samples that failed since the source was made.
    first : str
        The reason of the first one, as one sentence; empty where none failed.
    stopped : str
        Why the source does nothing any more, as one sentence; empty while it works.
    places : frozenset of int
        Places in the last call of `Source.suggest` of the samples that failed or were not asked
        any more.  Their votes are None without meaning anything: ask again.

    Examples
    --------
    >>> failures = Failures()
    >>> failures.add(3, "rules() raised KeyError: 'colour'.")
    >>> failures.count, failures.first, sorted(failures.places), failures.stopped
    (1, "rules() raised KeyError: 'colour'.", [3], '')
    """

    def __init__(self) -> None:
        self.count = 0
        self.first = ""
        self.stopped = ""
        self.places: frozenset[int] = frozenset()
        self._lock = threading.Lock()

    def begin(self, *, anew: bool = False) -> None:
        """Forget the places, since a new call begins; with `anew`, also why it had stopped."""
        self.places = frozenset()
        if anew:
            self.stopped = ""

    def add(self, place: int, reason: str) -> None:
        """Count one sample that failed."""
        with self._lock:
            self.count += 1
            self.first = self.first or reason
            self.places |= {place}

    def stop(self, reason: str, places: Sequence[int] = ()) -> None:
        """Note why the source has stopped, and which samples it was not asked for."""
        with self._lock:
            self.stopped = self.stopped or reason
            self.places |= set(places)


class Source(Protocol):
    """Votes for the classes of samples: a rule, a model, a service, a comparison of names.

    A source never raises for a sample: what fails is counted and gives None.
    """

    @property
    def version(self) -> str:
        """Hash of everything that decides the votes: settings, code, the name of a model."""

    @property
    def failures(self) -> Failures:
        """What has failed so far."""

    @property
    def together(self) -> int:
        """How many samples it is best asked about at once: fewer may be slower or cost more."""

    def suggest(self, raw: Sequence[Any], task: TaskSaid) -> list[Vote]:
        """Vote on raw samples.

        Parameters
        ----------
        raw : sequence
            May be read lazily; a sample that cannot be read counts as failed.
        task : TaskSaid

        Returns
        -------
        list of Vote
            One for each sample, in their order.
        """
