"""How torch computes while an encoder learns or embeds: in one thread, without denormals."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def one_thread() -> Iterator[None]:
    """Let torch compute in one thread for a while.

    The steps of our small nets are short, and after each the threads spin while they wait for one
    another.  On a busy machine 1,797 digits took eight times as long with two threads as with one;
    on a quiet one a second thread gains little.
    The embeddings, too, are then the same whatever the machine's number of cores.  Denormals count
    as zero meanwhile (`without_denormals`).

    Examples
    --------
    >>> before = torch.get_num_threads()
    >>> with one_thread():
    ...     torch.get_num_threads()
    1
    >>> torch.get_num_threads() == before
    True
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with without_denormals():
            yield
    finally:
        torch.set_num_threads(before)


@contextmanager
def without_denormals() -> Iterator[None]:
    """Let numbers below 1e-38 count as zero in this thread for a while.

    Processors take a hundred times as long for such numbers, and high powers and bells are full
    of them: pooling the edges of a picture of 32 pixels takes 7 µs without them and 270 µs with
    them.  Where a processor cannot, nothing changes.

    Examples
    --------
    >>> with without_denormals():
    ...     flushed = float(torch.tensor(1e-38) / 100) == 0
    >>> flushed, float(torch.tensor(1e-38) / 100) == 0  # on the usual processors
    (True, False)
    """
    if _flushes():
        yield
        return
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(False)


def _flushes() -> bool:
    return float(torch.tensor(1e-38) / 100) == 0
