"""Measuring a piece of work."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable


def timed(work: Callable[[], object]) -> dict[str, float]:
    """Seconds on the clock, and of the processor: on a busy machine they differ."""
    began, spent = time.perf_counter(), time.process_time()
    work()
    seconds, cpu = time.perf_counter() - began, time.process_time() - spent
    return {"seconds": round(seconds, 2), "cpu_seconds": round(cpu, 2)}


def peak() -> float:
    """The most memory that this process has held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
