"""Embeds a pool in batches, in bounded memory, and puts unreadable samples aside.

The work on one batch (`embed_batch`) is the same here and on a worker of a cluster
(`dalt.learning.encoders.cluster`); so are the batches and therefore the embeddings.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence, Sized
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from dalt.core.errors import one_line
from dalt.core.records import DaltError, Encoder, EncoderFailed, Floats, Progress
from dalt.learning.encoders.reading import Batch, name_of, read, refuse_if_mostly_unreadable

MOST_SAMPLES = 1_000
MOST_THREADS = 8
MOST_BYTES = 8_000_000
"""A batch ends at whichever limit comes first: photographs are larger than digits."""

Failures = list[tuple[int, str]]
"""Positions of samples without an embedding, and why."""


@dataclass(frozen=True)
class Part:
    """The result of one batch.

    Attributes
    ----------
    positions : list of int
        Positions in the pool of the rows of `embeddings`.
    embeddings : ndarray of shape (len(positions), n_dims), float32
        All finite.
    unreadable : list of (int, str)
        Position and reason of each sample that could not be read.
    refused : list of (int, str)
        The same for each sample that was read, but not embedded by the encoder.
    """

    positions: list[int]
    embeddings: Floats
    unreadable: Failures = field(default_factory=list)
    refused: Failures = field(default_factory=list)

    @property
    def n_tried(self) -> int:
        """Samples of the batch."""
        return len(self.positions) + len(self.unreadable) + len(self.refused)


Embedder = Callable[[Encoder, Path, Sequence[Any], Sequence[int]], Generator[Part, None, None]]
"""Embeds the samples at some positions: takes an encoder, the folder it was saved in, raw
samples and positions; gives parts in any order."""


def embed_here(
    encoder: Encoder, folder: Path, raw: Sequence[Any], rows: Sequence[int]
) -> Generator[Part, None, None]:
    """Embed in this process: our own encoders a batch on each processor, others one at a time.

    Each batch is computed by one thread, so its embeddings are the same whatever the machine.

    Raises
    ------
    EncoderFailed
        If the encoder does not return valid embeddings.
    """
    from dalt.learning.encoders.torch_threads import one_thread

    n_threads = n_processors() if getattr(encoder, "embeds_in_threads", False) else 1
    with one_thread(), ThreadPoolExecutor(n_threads) as threads:
        ahead: deque[Future[Part]] = deque()
        try:
            for batch in batches(raw, rows):
                ahead.append(threads.submit(embed_batch, encoder, batch))
                if len(ahead) > n_threads:
                    yield ahead.popleft().result()
            while ahead:
                yield ahead.popleft().result()
        finally:
            for part in ahead:
                part.cancel()


def n_processors() -> int:
    """Processors that this process may use, at most `MOST_THREADS`."""
    affinity = getattr(os, "sched_getaffinity", None)
    found = os.cpu_count() or 1 if affinity is None else len(affinity(0))
    return min(found, MOST_THREADS)


def batches(raw: Sequence[Any], rows: Iterable[int]) -> Iterator[Batch]:
    """Read samples into batches of at most 1,000, or of 8 MB and one sample more.

    Examples
    --------
    >>> [len(batch.values) for batch in batches(["text"] * 2_500, range(2_500))]
    [1000, 1000, 500]
    """
    batch, n_bytes = Batch(), 0
    for row in rows:
        one = read(raw, [row])
        batch.values += one.values
        batch.positions += one.positions
        batch.failures += one.failures
        n_bytes += sum(map(_size, one.values))
        if len(batch.values) + len(batch.failures) >= MOST_SAMPLES or n_bytes >= MOST_BYTES:
            yield batch
            batch, n_bytes = Batch(), 0
    if batch.values or batch.failures:
        yield batch


def embed_batch(encoder: Encoder, batch: Batch) -> Part:
    """Embed readable samples; a sample on which the encoder fails is put aside.

    Raises
    ------
    EncoderFailed
        If the encoder does not return embeddings of the width it promises.
    """
    kept: list[int] = []
    rows: list[Floats] = []
    refused: Failures = []
    for positions, embeddings in _embedded(encoder, batch, refused):
        for position, row in zip(positions, embeddings, strict=True):
            if np.isfinite(row).all():
                kept.append(position)
                rows.append(row)
            else:
                refused.append((position, "its embedding is not finite"))
    stacked = np.stack(rows) if rows else np.empty((0, encoder.n_dims), np.float32)
    return Part(kept, stacked, list(batch.failures), sorted(refused))


def fill(
    array: Floats,
    parts: Generator[Part, None, None],
    raw: Sequence[Any],
    n_rows: int,
    encoder: Encoder,
    progress: Progress | None,
) -> Failures:
    """Write parts into `array` as they come; failed rows get the mean.

    Parameters
    ----------
    array : ndarray of shape (n_samples, n_dims), float32
        The embeddings of the whole pool.
    parts : generator of Part
        Closed in any case, so an interruption ends the underlying work.
    raw : sequence
        Names samples in errors.
    n_rows : int
        Number of samples in the parts.
    encoder : Encoder
        Named in errors.
    progress : callable, optional

    Returns
    -------
    list of (int, str)
        The rows that got the mean, ascending, and why.

    Raises
    ------
    BadInput
        If more than half of the pool cannot be read.
    EncoderFailed
        If the encoder cannot embed more than half of it.
    """
    unreadable: Failures = []
    refused: Failures = []
    done = 0
    with closing(parts):
        for part in parts:
            array[part.positions] = part.embeddings
            unreadable += part.unreadable
            refused += part.refused
            _refuse_if_hopeless(encoder, raw, unreadable, refused, len(array))
            done += part.n_tried
            if progress is not None:
                progress("Embedding", done, n_rows)
    failures = sorted(unreadable + refused)
    if failures:
        missing = [row for row, _ in failures]
        embedded = np.ones(len(array), bool)
        embedded[missing] = False
        array[missing] = array.mean(axis=0, where=embedded[:, None], dtype=np.float64)
    return failures


def fit_encoder(
    encoder: Encoder, raw: Sequence[Any], *, seed: int, progress: Progress | None
) -> Encoder:
    """Let an encoder learn; any error becomes one sentence.

    Raises
    ------
    EncoderFailed
        Naming the encoder and the cause.
    """
    reported: list[Exception] = []

    def report(what: str, done: int, total: int) -> None:
        if progress is None:
            return
        try:
            progress(what, done, total)
        except Exception as error:
            reported.append(error)
            raise

    try:
        return encoder.fit(raw, seed=seed, progress=report)
    except DaltError:
        raise
    except Exception as error:
        if error in reported:  # the progress callback wants it to end: no fault of the encoder
            raise
        raise _failed(encoder, f"while it learned ({one_line(error)})") from error


def _embedded(
    encoder: Encoder, batch: Batch, refused: Failures
) -> Iterator[tuple[list[int], Floats]]:
    """The batch at once or, if that raises, each sample separately."""
    if not batch.values:
        return
    try:
        whole = encoder.transform(batch.values)
    except Exception:  # whatever it was, each sample by itself tells which one it came from
        for position, value in zip(batch.positions, batch.values, strict=True):
            try:
                single = encoder.transform([value])
            except Exception as error:
                refused.append((position, one_line(error)))
            else:
                yield [position], _checked(encoder, single, 1)
    else:
        yield batch.positions, _checked(encoder, whole, len(batch.values))


def _checked(encoder: Encoder, embeddings: Any, n: int) -> Floats:
    try:
        with np.errstate(over="ignore"):  # too large becomes infinite, which is detected
            array = np.asarray(embeddings, dtype=np.float32)
    except (TypeError, ValueError) as error:
        raise _failed(encoder, f"to give numbers ({one_line(error)})") from error
    if array.shape != (n, encoder.n_dims):
        raise _failed(
            encoder,
            f"to give embeddings of shape {(n, encoder.n_dims)}: it gave {array.shape}",
        )
    return array


def _refuse_if_hopeless(
    encoder: Encoder,
    raw: Sequence[Any],
    unreadable: Failures,
    refused: Failures,
    n_samples: int,
) -> None:
    """Raise as soon as most of the pool would certainly share one embedding."""
    if 2 * len(refused) > n_samples:
        position, reason = refused[0]
        raise _failed(
            encoder,
            f"on {len(refused)} of {n_samples} samples (first: {name_of(raw, position)}: {reason})",
        )
    refuse_if_mostly_unreadable(raw, [*unreadable, *refused], n_samples)


def _failed(encoder: Encoder, how: str) -> EncoderFailed:
    return EncoderFailed(
        f"The encoder {type(encoder).__name__} failed {how}. Labels and former embeddings are "
        "as they were; encode again when the cause is gone, or with another encoder."
    )


def _size(value: Any) -> int:
    """About how many bytes a raw sample takes."""
    if isinstance(value, np.ndarray):
        return value.nbytes
    if isinstance(value, str):
        return len(value)
    return 100 * len(value) if isinstance(value, Sized) else 100
