"""Waiting for what another thread or process brings about."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    import dalt

PATIENCE = 60.0
"""Seconds after which what has not come is taken for a fault; no test depends on how fast it is."""
LOOK_SECONDS = 0.02

Found = TypeVar("Found")
Otherwise = str | Callable[[], object]


def until(
    condition: Callable[[], Found],
    otherwise: Otherwise = "it did not happen",
    *,
    seconds: float = PATIENCE,
    told: threading.Event | None = None,
) -> Found:
    """Look again and again until a condition holds.

    Parameters
    ----------
    condition : callable
        Returns something true once it holds.
    otherwise : str or callable
        What the failure says, or returns it when it is known.
    seconds : float
        After these it fails.
    told : threading.Event, optional
        Look again only when it was set, for what has to be told.

    Returns
    -------
    object
        What the condition returned.
    """
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        left = deadline - time.monotonic()
        if told is None:
            assert left > 0, _said(otherwise)
            time.sleep(LOOK_SECONDS)
        else:
            assert told.wait(left), _said(otherwise)
            told.clear()
    return found


def until_told(project: dalt.Project, condition: Callable[[], Found]) -> Found:
    """Wait for what the trainer of a project tells its subscribers."""
    told = threading.Event()
    trainer = project.trainer
    stop = trainer.subscribe(told.set)
    try:
        return until(condition, lambda: (trainer.state, trainer.message), told=told)
    finally:
        stop()


async def until_async(
    condition: Callable[[], bool],
    otherwise: Otherwise = "it did not happen",
    *,
    seconds: float = PATIENCE,
) -> None:
    """As `until`, while other tasks of the event loop go on."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, _said(otherwise)
        await asyncio.sleep(LOOK_SECONDS)


def _said(otherwise: Otherwise) -> object:
    return otherwise() if callable(otherwise) else otherwise
