"""Fits compute in one thread, whatever libraries are loaded when.

Sums that several threads share have other last digits than those of one thread, so all processes
make the same snapshot only if each of its sums is computed in one.  `threadpoolctl` limits the
libraries that are there when it is called, and none that are loaded afterwards.
"""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from importlib import import_module
from typing import TypeVar

from threadpoolctl import ThreadpoolController

R = TypeVar("R")
USED = ("scipy.linalg", "scipy.sparse")
"""Libraries that the default head loads, with their own copies of the linear algebra."""
TRIES, PAUSES = 3, 40
_log = logging.getLogger(__name__)


def in_one_thread(work: Callable[[], R]) -> R:
    """Do work whose libraries all compute in one thread.

    Work that was the first to load a library, or during which another thread of this process
    lifted the limit, may have computed in more threads.  It is done again then, at most twice.
    Where another thread has limits of its own, this waits for two seconds at most.

    Parameters
    ----------
    work : callable
        A function of its inputs alone, since it may be called again.

    Returns
    -------
    object
        What the work returns.

    Examples
    --------
    >>> import numpy as np
    >>> in_one_thread(lambda: {pool["num_threads"] for pool in ThreadpoolController().info()})
    {1}
    """
    for name in USED:
        import_module(name)
    beyond: list[str] = []
    for _ in range(TRIES):
        with _limited():
            result = work()
            beyond = _unlimited()
        if not beyond:
            return result
        _log.info("computed again, because %s was not limited to one thread", beyond[0])
    _log.warning("%s cannot be limited to one thread: replay may find other hashes", beyond[0])
    return result


@contextmanager
def _limited() -> Iterator[None]:
    with ExitStack() as limits:
        limits.enter_context(ThreadpoolController().limit(limits=1))
        for _ in range(PAUSES):
            if not _unlimited():
                break
            limits.close()  # another thread has limits of its own, for as long as it computes
            _pause()
            limits.enter_context(ThreadpoolController().limit(limits=1))
        if "torch" in sys.modules:  # it keeps a number of its own beside that of OpenMP
            from dalt.learning.encoders.torch_threads import one_thread

            limits.enter_context(one_thread())
        yield


def _unlimited() -> list[str]:
    """The files of the libraries that may compute in several threads here and now."""
    pools = ThreadpoolController().info()
    return [str(pool["filepath"]) for pool in pools if (pool["num_threads"] or 1) > 1]


def _pause() -> None:
    time.sleep(0.05)
