"""A team at work on a real server: who labels, what is killed meanwhile, and what came of it."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
from chromium import FLAGS, OFFLINE, find_chromium
from labelers import LabelerAtWork
from played import Player
from playwright.async_api import async_playwright
from ports import free_port
from processes import under
from served import kernels_of
from waiting import until_async

import dalt
from dalt.storage.accounts import Annotators

COMMANDS = {"trainer": " train ", "voila": "dalt.server.web.application"}
"""Words of the command lines by which processes are known."""

PASSWORD = "long enough to be taken"
START_SECONDS = 90.0
BACK_SECONDS = 90.0
"""A test waits so long for everybody to label again; how long it took is measured."""


@dataclass
class Team:
    """A project behind ``dalt serve``, and the people who label it.

    Parameters
    ----------
    project : Path
    truth : mapping of str to str
        What each sample is.
    n_labelers, n_browsers : int
        People with kernels alone, and people with browsers too.
    pace : float
        Mean seconds between two labels of one person.
    environment : mapping of str to str
        Beyond that of this process, for the server.

    Attributes
    ----------
    recoveries : dict of str to list of float
        By what was killed, for each person: seconds until a label was acknowledged again.
    """

    project: Path
    truth: Mapping[str, str]
    n_labelers: int
    n_browsers: int
    pace: float = 1.0
    environment: Mapping[str, str] = field(default_factory=dict)
    recoveries: dict[str, list[float]] = field(default_factory=dict)
    labelers: list[LabelerAtWork] = field(default_factory=list)
    players: list[Player] = field(default_factory=list)

    async def work(self, seconds: float, events: Mapping[str, Callable[[], Any]]) -> None:
        """Label for some seconds with everybody there, then through one event after the other.

        Parameters
        ----------
        seconds : float
            Before, between and after the events.
        events : mapping of str to callable
            What is done to the team, by its name; in order.
        """
        port = free_port()
        self.address = f"http://127.0.0.1:{port}/"
        log = self.project.parent / "serve.log"
        with log.open("wb") as output:
            self.server = subprocess.Popen(
                self._command(port),
                env=os.environ | dict(self.environment),
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            await self._wait_until_up(log)
            await self._work(seconds, events)
        finally:
            self.server.send_signal(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                self.server.wait(timeout=30)
            if self.server.poll() is None:
                os.killpg(self.server.pid, signal.SIGKILL)

    def _command(self, port: int) -> list[str]:
        people = Annotators(self.project.parent / "annotators.toml")
        for name in self._names():
            people.add(name, PASSWORD)
        return [
            *(sys.executable, "-m", "dalt.cli", "serve", str(self.project), "--no-browser"),
            *("--port", str(port), "--annotators", str(people.path)),
            *("--max-pages", str(2 * (self.n_labelers + self.n_browsers))),
        ]

    def _names(self) -> list[str]:
        return [f"person{number}" for number in range(self.n_labelers + self.n_browsers)]

    async def _wait_until_up(self, log: Path) -> None:
        await until_async(
            lambda: self.server.poll() is not None or b"Label at" in log.read_bytes(),
            "the server did not come up",
            seconds=START_SECONDS,
        )
        assert self.server.poll() is None, log.read_text()

    async def _work(self, seconds: float, events: Mapping[str, Callable[[], Any]]) -> None:
        stop = asyncio.Event()
        names = self._names()
        keys = self._keys()
        presses = {sample_id: keys[label] for sample_id, label in self.truth.items()}
        self.labelers = [
            LabelerAtWork(name, PASSWORD, self.address, self.truth, self.pace, seed)
            for seed, name in enumerate(names[: self.n_labelers])
        ]
        self.players = [
            Player(name, PASSWORD, self.address, presses, self.pace)
            for name in names[self.n_labelers :]
        ]
        async with AsyncExitStack() as stack:
            pages = await self._pages(stack)
            jobs = [asyncio.create_task(each.work(stop)) for each in self.labelers]
            jobs += [
                asyncio.create_task(player.work(page, stop))
                for player, page in zip(self.players, pages, strict=True)
            ]
            lead = asyncio.create_task(self._lead(seconds, events))
            try:
                # Whatever goes wrong with one of them is told at once.
                await asyncio.wait([lead, *jobs], return_when=asyncio.FIRST_COMPLETED)
                for job in jobs:
                    if job.done():
                        job.result()
                        raise AssertionError("somebody stopped working by himself")
                lead.result()
                stop.set()
                async with asyncio.timeout(BACK_SECONDS):
                    await asyncio.gather(*jobs)
            finally:
                for job in (lead, *jobs):
                    job.cancel()
                await asyncio.gather(lead, *jobs, return_exceptions=True)

    async def _pages(self, stack: AsyncExitStack) -> list[Any]:
        if not self.players:
            return []
        playwright = await stack.enter_async_context(async_playwright())
        browser = await playwright.chromium.launch(
            executable_path=find_chromium(playwright), args=[*FLAGS, OFFLINE]
        )
        stack.push_async_callback(browser.close)
        contexts = [await browser.new_context() for _ in self.players]
        return [await context.new_page() for context in contexts]

    async def _lead(self, seconds: float, events: Mapping[str, Callable[[], Any]]) -> None:
        await self._everybody_labels(time.time(), "at the start")
        await asyncio.sleep(seconds)
        for name, event in events.items():
            at = time.time()
            event()  # in this thread: a database server ends with the thread that started it
            self.recoveries[name] = await self._everybody_labels(at, f"after: {name}")
            await asyncio.sleep(seconds)

    async def _everybody_labels(self, since: float, when: str) -> list[float]:
        """Wait until each has been acknowledged a label; how long it took for each."""

        def first(times: Iterable[float]) -> float | None:
            return next((at for at in times if at > since), None)

        def times() -> list[float | None]:
            return [
                *(first(each.at for each in person.acknowledged) for person in self.labelers),
                *(first(player.kept) for player in self.players),
            ]

        try:
            await until_async(lambda: None not in times(), seconds=BACK_SECONDS)
        except AssertionError:
            silent = [name for name, at in zip(self._names(), times(), strict=True) if at is None]
            why = {each.name: each.trouble for each in self.labelers if each.name in silent}
            for player in self.players:
                if player.name in silent:
                    why[player.name] = await player.sees()
            raise AssertionError(f"{when} nothing more of {silent}: {why}") from None
        return [at - since for at in times() if at is not None]

    # --- what can be done to it

    def processes(self, part: str) -> list[psutil.Process]:
        """The processes of the server with a word in their command lines."""
        return under(self.server.pid, part)

    def kill(self, part: str) -> None:
        """Kill -9 a part: "kernel" (the newest of all), "trainer" or "voila"."""
        found = kernels_of(self.server.pid) if part == "kernel" else self.processes(COMMANDS[part])
        assert found, f"no {part} runs"
        max(found, key=lambda process: process.create_time()).kill()

    # --- what came of it

    def check(self) -> dict[str, int]:
        """Hold what everybody was told against what is kept.

        Returns
        -------
        dict
            ``acknowledged`` and ``kept`` labels, ``lost``, ``doubled`` (the same person's
            answer twice), ``shared`` (samples that two people were given at once) and ``late``
            (an answer that came when the sample had been given to another: both are kept).
        """
        with dalt.Project.open(self.project) as project:
            history = project.history()
        labels = history[history.kind == "label"]
        kept = {
            row.event_id: (row.annotator, row.sample_id, row.label) for row in labels.itertuples()
        }
        lost = told = 0
        for person in self.labelers:
            for each in person.acknowledged:
                told += 1
                lost += kept.get(each.event_id) != (person.name, each.sample_id, each.label)
        names = {key: name for name, key in self._keys().items()}
        pairs = Counter(kept.values())
        for player in self.players:
            for sample_id, label in player.given:
                told += 1
                lost += (player.name, sample_id, label) not in pairs
                assert label == names[player.keys[sample_id]]
        by_sample = Counter(sample_id for _, sample_id, _ in pairs)
        twice = {sample_id for sample_id, n in by_sample.items() if n > 1}
        late = set[str]().union(*(each.late for each in self.labelers))
        late.update(*(each.late for each in self.players))
        return {
            "acknowledged": told,
            "kept": len(kept),
            "lost": lost,
            "doubled": sum(n - 1 for n in pairs.values()),
            "shared": len(twice - late),
            "late": len(twice & late),
        }

    def _keys(self) -> dict[str, str]:
        with dalt.Project.open(self.project) as project:
            return {spec.name: spec.key for spec in project.classes}
