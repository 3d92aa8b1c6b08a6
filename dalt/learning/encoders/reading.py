"""Reads raw samples one by one, so a bad one is named and does not end a long run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from dalt.core.errors import NotWritten
from dalt.core.records import BadInput, Positions, Progress

FIT_LIMIT = 20_000
"""An encoder learns from at most this many samples, which bounds its memory."""
REPORTED_EVERY = 64


@dataclass
class Batch:
    """Readable and unreadable raw samples.

    Attributes
    ----------
    values : list
        Decoded samples.
    positions : list of int
        Positions of `values` in the sequence.
    failures : list of (int, str)
        Position and reason of each sample that could not be read.
    """

    values: list[Any] = field(default_factory=list)
    positions: list[int] = field(default_factory=list)
    failures: list[tuple[int, str]] = field(default_factory=list)


def read(
    raw: Sequence[Any], positions: Iterable[int], keep: Callable[[Any], Any] | None = None
) -> Batch:
    """Read samples; one that raises is put aside with the reason.

    The result of `keep` replaces a sample, and errors of `keep` are raised.
    """
    batch = Batch()
    for position in positions:
        try:
            value = raw[position]
        except NotWritten:  # the cache of remote files, and not the sample
            raise
        except Exception as error:  # a damaged file may raise anything
            batch.failures.append((position, str(error) or type(error).__name__))
        else:
            batch.values.append(value if keep is None else keep(value))
            batch.positions.append(position)
    return batch


def removed_rows(raw: Sequence[Any]) -> frozenset[int]:
    """The rows whose samples were removed from the project, if the sequence knows any."""
    return getattr(raw, "removed", frozenset())


def without_removed(raw: Sequence[Any]) -> Sequence[Any]:
    """The samples to learn from."""
    return getattr(raw, "kept", raw)


def name_of(raw: Sequence[Any], position: int) -> str:
    """The source of a sample if known, else its position."""
    samples = getattr(raw, "samples", None)
    if samples is None:
        return f"sample {position}"
    return str(samples[position].source)


def fit_subset(n_samples: int, *, seed: int, limit: int = FIT_LIMIT) -> Positions:
    """Positions to learn from: all, or `limit` of them drawn evenly and sorted.

    Raises
    ------
    BadInput
        If there is nothing to learn from.

    Examples
    --------
    >>> fit_subset(3, seed=0)
    array([0, 1, 2])
    >>> len(fit_subset(10, seed=0, limit=4))
    4
    """
    if n_samples == 0:
        raise BadInput("There are no samples to learn an encoder from. Add some first.")
    if n_samples <= limit:
        return np.arange(n_samples, dtype=np.int64)
    drawn = np.random.default_rng(seed).choice(n_samples, limit, replace=False)
    return np.sort(drawn).astype(np.int64)


def some_of(raw: Sequence[Any], *, seed: int, limit: int) -> Sequence[Any]:
    """All samples or, evenly drawn, `limit` of them, read as lazily.

    Examples
    --------
    >>> len(some_of("abcdef", seed=0, limit=2)), some_of("ab", seed=0, limit=2)
    (2, 'ab')
    """
    if len(raw) <= limit:
        return raw
    return _Drawn(raw, fit_subset(len(raw), seed=seed, limit=limit))


@dataclass(frozen=True)
class _Drawn(Sequence[Any]):
    raw: Sequence[Any]
    positions: Positions

    def __len__(self) -> int:
        return len(self.positions)

    def __getitem__(self, row: Any) -> Any:
        return self.raw[int(self.positions[row])]

    @property
    def samples(self) -> Sequence[Any] | None:
        """Their records, if the sequence knows any."""
        known = getattr(self.raw, "samples", None)
        return None if known is None else [known[position] for position in self.positions]


def read_to_fit(
    raw: Sequence[Any],
    *,
    seed: int,
    limit: int = FIT_LIMIT,
    step: int = 1,
    keep: Callable[[Any], Any] | None = None,
    progress: Progress | None = None,
) -> list[Any]:
    """Read an encoder's training samples, leaving out unreadable ones.

    Parameters
    ----------
    raw : sequence
    seed : int
        Chooses the samples if there are more than `limit`.
    limit : int
    step : int
        Reads every `step`-th of them.
    keep : callable, optional
        Returns what to hold of each sample: a photograph is larger than its training input.
    progress : callable, optional

    Raises
    ------
    BadInput
        If there are no samples, or more than half of them cannot be read.
    """
    positions = fit_subset(len(raw), seed=seed, limit=limit)[::step]
    batch = read(raw, reported(positions, progress), keep)
    refuse_if_mostly_unreadable(raw, batch.failures, len(positions))
    return batch.values


def reported(positions: Positions, progress: Progress | None) -> Iterator[int]:
    """Go through positions, and report progress."""
    for done, position in enumerate(map(int, positions)):
        if progress is not None and done % REPORTED_EVERY == 0:
            progress("Reading samples", done, len(positions))
        yield position
    if progress is not None:
        progress("Reading samples", len(positions), len(positions))


def refuse_if_mostly_unreadable(
    raw: Sequence[Any], failures: Sequence[tuple[int, str]], n_tried: int
) -> None:
    """Raise if more than half failed: a missing disk rather than damaged files.

    Samples that were removed from the project do not count.

    Raises
    ------
    BadInput
        Naming the first of them.
    """
    removed = removed_rows(raw)
    n_tried -= len(failures)
    failures = [each for each in failures if each[0] not in removed]
    n_tried += len(failures)
    if 2 * len(failures) > n_tried:
        position, reason = failures[0]
        raise BadInput(
            f"{len(failures)} of {n_tried} samples cannot be read (first: "
            f"{name_of(raw, position)}: {reason}). Are the files still where they were?"
        )
