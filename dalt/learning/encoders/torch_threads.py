"""Number of torch's threads while an encoder learns or embeds."""

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
    The embeddings, too, are then the same whatever the machine's number of cores.

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
        yield
    finally:
        torch.set_num_threads(before)
