"""Results of reading raw data: new, known and rejected samples."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from dalt.core.records import Progress, Rejection, Sample, Shared
from dalt.data.readers.addresses import Address

Known = Callable[[list[str]], Mapping[str, str]]
"""Returns the sources of those of these sample ids that are already in the pool, by id."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Part:
    """What becomes a sample: a file, or one of its pages.

    Attributes
    ----------
    path : Path or Address
    page : int or None
        None is the file as a whole.
    sample_id : str
        Empty if the file cannot be read.
    file_id : str
        The id of the whole file.
    """

    path: Path | Address
    page: int | None
    sample_id: str
    file_id: str = ""


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
    known_at : dict of str to Part
        Where files were given that are in the pool already, by sample id.
    shared : list of Shared
        Entries with the content of another one, or of a sample from another place, each once.
    n_moved : int
        How many samples of the pool came from other places only.
    """

    each: list[str | None] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)
    rejected: list[Rejection] = field(default_factory=list)
    known_at: dict[str, Part] = field(default_factory=dict)
    shared: list[Shared] = field(default_factory=list)
    n_moved: int = 0

    @property
    def ids(self) -> list[str]:
        """Sample ids in input order, without those rejected."""
        return [sample_id for sample_id in self.each if sample_id is not None]


class Fresh:
    """Tells new ids from those in the pool or seen before in this call.

    Parameters
    ----------
    known : callable

    Examples
    --------
    >>> fresh = Fresh(lambda ids: {"a": "a.png"})
    >>> fresh.ask(["a", "b"])
    >>> fresh.take("a", "a.png"), fresh.take("b", "b.png"), fresh.take("b", "copy.png")
    (False, True, False)
    >>> [str(each) for each in fresh.shared]
    ['copy.png has the content of b.png']
    """

    def __init__(self, known: Known) -> None:
        self._known = known
        self._first: dict[str, str | None] = {}
        self._old: set[str] = set()
        self._shared: dict[tuple[str, str], Shared] = {}
        self._elsewhere: set[str] = set()  # known ids that have not come from their own source

    def ask(self, ids: list[str]) -> None:
        """Look these ids up, each once in a call."""
        new = [i for i in dict.fromkeys(ids) if i not in self._first]
        if new:
            self._first.update(dict.fromkeys(new))
            known = self._known(new)
            self._old.update(known)
            self._first.update(known)
            self._elsewhere.update(known)

    def take(self, sample_id: str, source: str) -> bool:
        """Return True the first time for a new id; other sources of an id are kept."""
        first = self._first[sample_id]
        if first is None:
            self._first[sample_id] = source
            return True
        if source != first:
            self._shared[sample_id, source] = Shared(sample_id, source, first)
        else:
            self._elsewhere.discard(sample_id)
        return False

    @property
    def shared(self) -> list[Shared]:
        """Entries whose content has come from another source, each once."""
        return list(self._shared.values())

    @property
    def n_moved(self) -> int:
        """How many ids of the pool came from other sources only."""
        return len(self._elsewhere)

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
