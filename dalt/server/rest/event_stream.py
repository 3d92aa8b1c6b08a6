"""Server-sent events: new snapshots and new labels, for all listeners."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable
from typing import Any

from dalt.core.records import DaltError, Label
from dalt.server.rest.schemas import event_values

POLL_SECONDS = 0.25
"""Delay until a label of another process is reported; without listeners nothing is polled."""
QUIET_SECONDS = 15.0
"""After this long without news a comment keeps the connection open."""
MOST_LISTENERS = 100
MOST_WAITING = 1_000
"""Events that a slow listener may lag; then it is disconnected and has to reconnect."""
_log = logging.getLogger(__name__)


class TooManyListeners(Exception):
    """No further listener fits at the moment."""


class News:
    """Sends listeners the news; belongs to one event loop.

    Parameters
    ----------
    newest : callable
        The id of the newest event; called on another thread.
    events : callable
        A limited number of events after an id, in order; called on another thread.
    snapshot : callable
        The newest snapshot as plain values, or None; cheap.
    """

    def __init__(
        self,
        newest: Callable[[], int],
        events: Callable[[int, int], list[Label]],
        snapshot: Callable[[], dict[str, Any] | None],
    ) -> None:
        self._newest = newest
        self._events = events
        self._snapshot = snapshot
        self._listeners: set[asyncio.Queue[str | None]] = set()
        self._task: asyncio.Task[None] | None = None
        self._wake = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._closed = False

    def wake(self) -> None:
        """Say that there may be news; from any thread."""
        if not self._closed:
            self._loop.call_soon_threadsafe(self._wake.set)

    async def listen(self, after: int | None) -> AsyncIterator[str]:
        """Yield the news from now on, or after an event, as lines of an event stream.

        Raises
        ------
        TooManyListeners
        """
        if self._closed or len(self._listeners) >= MOST_LISTENERS:
            raise TooManyListeners
        newest = await asyncio.to_thread(self._newest)
        queue: asyncio.Queue[str | None] = asyncio.Queue(MOST_WAITING)
        self._listeners.add(queue)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._look(newest))
        return self._stream(queue, newest if after is None else after)

    async def _stream(self, queue: asyncio.Queue[str | None], told: int) -> AsyncIterator[str]:
        try:
            yield _message("snapshot", self._snapshot())
            # The queue may bring some of these again: they are left out.
            while missed := await asyncio.to_thread(self._events, told, MOST_WAITING):
                for event in missed:
                    yield _label(event)
                told = missed[-1].event_id
            while True:
                try:
                    message = await asyncio.wait_for(queue.get(), QUIET_SECONDS)
                except TimeoutError:
                    yield ": still here\n\n"
                    continue
                if message is None:
                    return
                if _event_id(message) > told or not message.startswith("id:"):
                    yield message
        finally:
            self._listeners.discard(queue)

    def close(self) -> None:
        """Disconnect all listeners."""
        self._closed = True
        for queue in self._listeners:
            _hang_up(queue)
        if self._task is not None:
            self._task.cancel()

    async def _look(self, after: int) -> None:
        """Look for news as long as there are listeners."""
        told = self._snapshot()
        while self._listeners:
            try:
                async with asyncio.timeout(POLL_SECONDS):
                    await self._wake.wait()
            except TimeoutError:
                pass
            self._wake.clear()
            now = self._snapshot()
            if now != told:
                told = now
                self._tell(_message("snapshot", now))
            try:
                events = await asyncio.to_thread(self._events, after, MOST_WAITING)
            except DaltError as error:  # the database may be busy: the next look may go through
                _log.warning("cannot look for labels at this moment (%s)", error)
                continue
            for event in events:
                self._tell(_label(event))
                after = event.event_id

    def _tell(self, message: str) -> None:
        for queue in self._listeners:
            if queue.full():
                _hang_up(queue)
            else:
                queue.put_nowait(message)


def _hang_up(queue: asyncio.Queue[str | None]) -> None:
    while not queue.empty():
        queue.get_nowait()
    queue.put_nowait(None)


def _label(event: Label) -> str:
    values = event_values(event)
    values["created_at"] = event.created_at.isoformat()
    return f"id: {event.event_id}\n" + _message("label", values)


def _message(name: str, values: dict[str, Any] | None) -> str:
    return f"event: {name}\ndata: {json.dumps(values)}\n\n"


def _event_id(message: str) -> int:
    return int(message.split("\n", 1)[0][4:]) if message.startswith("id:") else 0
