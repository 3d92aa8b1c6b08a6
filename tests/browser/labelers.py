"""People at a page without a browser: simulated labelers, each with a real kernel of its own.

A labeler does what the page's script does: it holds answers back until they are acknowledged,
sends them again to a later kernel, and opens the page anew when it hears nothing more.
"""

from __future__ import annotations

import asyncio
import random
import time
import uuid
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from served import Message, Wire
from tornado.httpclient import HTTPError
from tornado.websocket import WebSocketClosedError

SILENCE_SECONDS = 6.0
"""The page asks for a sign of life; a kernel that owes one for so long is taken for gone."""

AGAIN_SECONDS = 0.5
TROUBLES = (OSError, ConnectionError, TimeoutError, HTTPError, LookupError, WebSocketClosedError)


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """A label of which a labeler was told that it is kept.

    Attributes
    ----------
    event_id : int
        The newest event of the annotator at that time: the label's own.
    at : float
        Seconds since 1970.
    """

    event_id: int
    sample_id: str
    label: str
    at: float


@dataclass
class LabelerAtWork:
    """One person who labels until told to stop.

    Parameters
    ----------
    name, password : str
    address : str
        Of the server.
    truth : mapping of str to str
        What each sample is.
    pace : float
        Mean seconds between two labels.
    seed : int

    Attributes
    ----------
    acknowledged : list of Acknowledged
    came_back : int
        How often the page had to be opened anew.
    opened : list of float
        Seconds from the login to the first sample, each time the page was opened.
    late : set of str
        Samples whose answers had to be sent to another kernel than the one that gave them.
    """

    name: str
    password: str
    address: str
    truth: Mapping[str, str]
    pace: float
    seed: int
    acknowledged: list[Acknowledged] = field(default_factory=list)
    came_back: int = 0
    opened: list[float] = field(default_factory=list)
    late: set[str] = field(default_factory=set)
    trouble: str = ""
    _waiting: dict[str, tuple[str, str]] = field(default_factory=dict)
    _queue: deque[str] = field(default_factory=deque)

    async def work(self, stop: asyncio.Event) -> None:
        """Label until `stop`, and then until nothing is left unacknowledged."""
        chance = random.Random(self.seed)
        first = True
        while not (stop.is_set() and not self._waiting):
            if not first:
                self.came_back += 1
                await asyncio.sleep(AGAIN_SECONDS)
            first = False
            wire = Wire(self.address)
            try:
                await self._sit_down(wire)
                await self._label(wire, stop, chance)
            except TROUBLES as error:
                self.trouble = f"{type(error).__name__}: {error}"
            with suppress(*TROUBLES):  # a page that is loaded anew says so
                await wire.leave()

    async def _sit_down(self, wire: Wire) -> None:
        began = time.monotonic()
        response = await wire.log_in(self.name, self.password)
        if response.code not in (302, 303):
            raise LookupError(f"the login said {response.code}")
        await wire.open()
        if not wire.model_id:
            raise LookupError("there is no page")
        await wire.connect()
        await wire.say("ready", held=[])
        self._queue.clear()
        for key, (sample_id, label) in self._waiting.items():  # to the kernel before it
            self.late.add(sample_id)
            await self._send(wire, key, sample_id, label)
        while not self._queue:
            await self._listen(wire)
        self.opened.append(time.monotonic() - began)

    async def _label(self, wire: Wire, stop: asyncio.Event, chance: random.Random) -> None:
        due = time.monotonic()
        while not (stop.is_set() and not self._waiting):
            if time.monotonic() >= due and self._queue and not stop.is_set():
                key, sample_id = uuid.uuid4().hex, self._queue.popleft()
                self._waiting[key] = (sample_id, self.truth[sample_id])
                await self._send(wire, key, sample_id, self.truth[sample_id])
                due = time.monotonic() + chance.uniform(0.5, 1.5) * self.pace
            if not self._queue and not self._waiting:
                await wire.say("more", held=[])
            # While nothing is owed, silence until the next label is due says nothing.
            patient = not self._waiting and self._queue
            await self._listen(wire, max(0.01, due - time.monotonic()) if patient else None)

    async def _listen(self, wire: Wire, seconds: float | None = None) -> None:
        try:
            told = await wire.hear(lambda _: True, seconds or SILENCE_SECONDS)
        except TimeoutError:
            if seconds is None:
                raise
            return
        self._take(told)

    def _take(self, told: Message) -> None:
        data = told["content"].get("data") or {}
        content = data.get("content") if data.get("method") == "custom" else None
        if not isinstance(content, dict):
            return
        if content["type"] == "samples":
            held = {*self._queue, *(sample_id for sample_id, _ in self._waiting.values())}
            self._queue.extend(s["id"] for s in content["samples"] if s["id"] not in held)
        elif content["type"] == "ack" and content["key"] in self._waiting:
            sample_id, label = self._waiting.pop(content["key"])
            self.acknowledged.append(Acknowledged(content["newest"], sample_id, label, time.time()))
        elif content["type"] == "refused":
            raise AssertionError(f"{self.name} was refused: {content['message']}")
        elif content["type"] == "failed":
            raise ConnectionError(content["message"])  # the page keeps it and sends it again

    async def _send(self, wire: Wire, key: str, sample_id: str, label: str) -> None:
        await wire.say("answer", **answer(key, sample_id, label))


def answer(key: str, sample_id: str, label: Any) -> Message:
    """An answer as the page sends it."""
    return {
        "key": key,
        "sample_id": sample_id,
        "label": label,
        "suggestion": {"snapshot": None, "classes": [], "probabilities": []},
        "proposed": [],
        "shown_at": None,
        "active_ms": 500,
        "mode": "single",
    }
