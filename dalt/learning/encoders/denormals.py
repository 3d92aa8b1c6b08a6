"""Computing without numbers that are too small to matter and slow to compute with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def without_denormals() -> Iterator[None]:
    """Let numbers below 1e-38 count as zero in this thread for a while.

    Processors take a hundred times as long for such numbers, and high powers and bells are full
    of them: pooling the edges of a picture of 32 pixels takes 7 µs without them and 270 µs with
    them.  Where a processor cannot, nothing changes.

    For a few lines alone: whatever else this thread computes meanwhile is computed so, too, also by
    other libraries, and the hash of a snapshot may not depend on that.

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
