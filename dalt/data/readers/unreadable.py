"""Errors that name a sample whose content is gone or damaged."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from dalt.core.errors import NotWritten
from dalt.core.records import BadInput, Sample
from dalt.data.readers.paths import Refused, reason_of


@contextmanager
def named(sample: Sample) -> Iterator[None]:
    """Name the sample in the error when its file cannot be read."""
    try:
        yield
    except Refused as why:
        raise unreadable(sample, why) from None
    except NotWritten:  # the cache, and not the sample
        raise
    except OSError as error:
        raise unreadable(sample, reason_of(error)) from None


def unreadable(sample: Sample, why: object) -> BadInput:
    """The error for a sample that can no longer be read."""
    return BadInput(f"Sample {sample.source!r} can no longer be read: {why}.")
