"""Results of reading raw data: new, known and rejected samples."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from dalt.core.records import Progress, Rejection, Sample
from dalt.data.readers.addresses import Address

Known = Callable[[list[str]], set[str]]
"""Returns which of these sample ids are already in the pool."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Found:
    """The result of an ``add_…`` of `SampleFiles`.

    Attributes
    ----------
    each : list of str or None
        Sample ids in input order; None for an entry of a list, table or array that was rejected.
        For a folder, rejected files are left out.
    samples : list of Sample
        Samples not yet in the pool, each id once, in input order; position -1.
    rejected : list of Rejection
    known_at : dict of str to Path or Address
        Where files were given that are in the pool already, by sample id.
    """

    each: list[str | None] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)
    rejected: list[Rejection] = field(default_factory=list)
    known_at: dict[str, Path | Address] = field(default_factory=dict)

    @property
    def ids(self) -> list[str]:
        """Sample ids in input order, without those rejected."""
        return [sample_id for sample_id in self.each if sample_id is not None]


class Fresh:
    """Tells new ids from those in the pool or seen before in this call."""

    def __init__(self, known: Known) -> None:
        self._known = known
        self._fresh: set[str] = set()
        self._old: set[str] = set()
        self._asked: set[str] = set()

    def ask(self, ids: list[str]) -> None:
        """Look these ids up, each once in a call."""
        new = [i for i in dict.fromkeys(ids) if i not in self._asked]
        if new:
            self._asked.update(new)
            known = self._known(new)
            self._old.update(known)
            self._fresh.update(set(new) - known)

    def take(self, sample_id: str) -> bool:
        """Return True the first time for a new id."""
        if sample_id not in self._fresh:
            return False
        self._fresh.remove(sample_id)
        return True

    def is_known(self, sample_id: str) -> bool:
        """Whether an id was in the pool before."""
        return sample_id in self._old


def hasher(kind: str) -> hashlib.blake2b:
    """Begin the hash that is a sample's id."""
    # Personalised by kind: a text and a file with the same bytes are two samples.
    return hashlib.blake2b(digest_size=16, person=kind.encode())


def content_id(kind: str, *parts: bytes) -> str:
    """The id of content in memory."""
    hashed = hasher(kind)
    for part in parts:
        hashed.update(part)
    return hashed.hexdigest()


def batches(entries: Iterable[T], size: int) -> Iterator[tuple[int, list[T]]]:
    """Yield lists of at most `size` entries, each with the number of entries before it."""
    batch: list[T] = []
    done = 0
    for entry in entries:
        batch.append(entry)
        if len(batch) == size:
            yield done, batch
            done, batch = done + size, []
    if batch:
        yield done, batch


def report(progress: Progress | None, what: str, done: int, total: int) -> None:
    """Report progress if there is a callback."""
    if progress is not None:
        progress(what, done, total)
