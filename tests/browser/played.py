"""People at a page in a real browser, who label what they see by its keys."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from playwright.async_api import Error, Page

LOOK_SECONDS = 0.05
LATE_SECONDS = 2.0
STALE_SECONDS = 3.0
JOURNAL = """
const { setItem, removeItem } = Storage.prototype;
const ours = (name) => String(name).startsWith("dalt:outbox:");
Storage.prototype.setItem = function (name, value) {
  if (ours(name)) setItem.call(this, `given:${name}`, value);
  setItem.call(this, name, value);
};
Storage.prototype.removeItem = function (name) {
  if (ours(name)) setItem.call(this, `kept:${name}`, String(Date.now() / 1000));
  removeItem.call(this, name);
};
"""
"""Notes beside the page what it was given and what it was told to be kept."""

READ = """() => Object.entries(localStorage)
  .filter(([name]) => name.startsWith("given:"))
  .map(([name, value]) => ({
    ...JSON.parse(value),
    kept: Number(localStorage.getItem(name.replace("given:", "kept:"))),
  }))
  .filter(({ type }) => type === "answer")"""


@dataclass
class Player:
    """One person at one browser, who labels until told to stop.

    Parameters
    ----------
    name, password : str
    address : str
        Of the server.
    keys : mapping of str to str
        What to press for each sample.
    pace : float
        Seconds between two labels.

    Attributes
    ----------
    logged_in : int
        How often the login page was filled in.
    given : list of (str, str)
        Samples and their labels, as the page had them to send; known at the end.
    kept : list of float
        When the page was told that one of them is kept, seconds since 1970.
    late : set of str
        Samples whose answers were kept only after a while: the page had lost its kernel.
    """

    name: str
    password: str
    address: str
    keys: Mapping[str, str]
    pace: float
    logged_in: int = 0
    given: list[tuple[str, str]] = field(default_factory=list)
    kept: list[float] = field(default_factory=list)
    late: set[str] = field(default_factory=set)
    _last: str | None = None
    _at: float = 0.0
    _page: Page | None = None
    _console: list[str] = field(default_factory=list)

    async def work(self, page: Page, stop: asyncio.Event) -> None:
        """Label until `stop`, and then until the page has nothing left to send."""
        self._page = page
        page.on("console", lambda message: self._console.append(message.text))
        page.set_default_timeout(5_000)
        await page.add_init_script(JOURNAL)
        await page.goto(self.address)
        while not stop.is_set():
            # A page that is loaded anew under our hands is one that came back.
            with suppress(Error):
                await self._do_one(page)
                await self._look(page)
            await asyncio.sleep(LOOK_SECONDS)
        while not await self._all_sent(page):
            await asyncio.sleep(LOOK_SECONDS)

    async def sees(self) -> str:
        """What is on the screen, for who wants to know why nothing more comes."""
        if self._page is None:
            return "no page"
        try:
            text = await self._page.inner_text("body")
            root = self._page.locator('[data-dalt="page"]')
            state = await root.get_attribute("data-state") if await root.count() else "no page"
        except Error as error:
            text, state = str(error), "unknown"
        told = f"{state}, {len(self.given)} given, {len(self.kept)} kept"
        return f"{self._page.url} ({told}): {text}\nConsole: {self._console[-9:]}"

    async def _do_one(self, page: Page) -> None:
        if await page.locator("input[name=secret]").count():
            await page.fill("input[name=name]", self.name)
            await page.fill("input[name=secret]", self.password)
            self.logged_in += 1
            await page.click("button[type=submit]")
            return
        sample = page.locator('[data-dalt="page"] [data-dalt="sample"]')
        if not await sample.count():
            return
        sample_id = await sample.get_attribute("data-sample-id")
        # What is on screen for long was answered on a page that is gone with the answer.
        stale = time.monotonic() - self._at > STALE_SECONDS
        if sample_id and (sample_id != self._last or stale):
            await page.evaluate("document.querySelector('[data-dalt=page]').focus()")
            await page.keyboard.press(self.keys[sample_id])
            self._last, self._at = sample_id, time.monotonic()
            await asyncio.sleep(self.pace)

    async def _look(self, page: Page) -> None:
        noted = await page.evaluate(READ)
        self.given = [(each["sample_id"], each["label"]) for each in noted]
        self.kept = sorted(each["kept"] for each in noted if each["kept"])
        self.late = {
            each["sample_id"]
            for each in noted
            if each["kept"] and each["kept"] - each["made_at"] / 1_000 > LATE_SECONDS
        }

    async def _all_sent(self, page: Page) -> bool:
        try:
            await self._look(page)
        except Error:
            return False
        return len(self.kept) == len(self.given)
