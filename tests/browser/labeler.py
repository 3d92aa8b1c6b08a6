"""A person at the page, and a look into the database behind its back."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from playwright.sync_api import Error, Locator, Page, expect
from waiting import until


def until_there(page: Page, script: str, argument: Any = None, *, timeout: float = 60_000) -> None:
    """Wait until a script in the page gives something true; `timeout` is in milliseconds.

    Playwright's own `wait_for_function` calls `eval` in the page, which DALT's pages forbid.
    """

    def there() -> bool:
        try:
            return bool(page.evaluate(script, argument))
        except Error as error:
            if "context was destroyed" in error.message or "navigat" in error.message:
                return False  # another page is loading
            raise

    until(there, f"not in the page: {script}", seconds=timeout / 1_000)


class Store:
    """The database, read by connections of its own."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(f"file:{self.path}?mode=ro", uri=True)) as db:
            return db.execute(query, values).fetchall()

    def cursor(self) -> int:
        """The newest event."""
        return self.rows("SELECT coalesce(max(event_id), 0) FROM events")[0][0]

    def events(self, after: int) -> list[tuple[str, str, str | None]]:
        """(kind, sample_id, label) of the events after one, in order."""
        return self.rows(
            "SELECT kind, sample_id, label FROM events WHERE event_id > ? ORDER BY event_id", after
        )

    def n_leased(self) -> int:
        """How many samples the session of the newest event holds."""
        newest = "(SELECT session FROM events ORDER BY event_id DESC LIMIT 1)"
        return self.rows(f"SELECT count(*) FROM leases WHERE active AND session = {newest}")[0][0]


AT_REST = """(node) => new Promise((resolve) => {
    let before = "", same = 0;
    const look = () => {
        const { x, y, width, height } = node.getBoundingClientRect();
        const now = [x, y, width, height].join();
        same = now === before ? same + 1 : 0;
        before = now;
        if (same < 30) requestAnimationFrame(look);
        else resolve();
    };
    look();
})"""


class Labeler:
    """Looks at the page, presses keys, waits for what the page says."""

    def __init__(self, page: Page, store: Store, truth: dict[str, str] | None = None) -> None:
        self.page = page
        self.store = store
        self.truth = truth or {}
        self.root = self.part("page")
        self.start = store.cursor()

    def part(self, name: str) -> Locator:
        return self.page.locator(f'[data-dalt="{name}"]')

    def at_rest(self, name: str) -> Locator:
        """A part of the page, once it has stood where it is for half a second of frames."""
        return self.stand_still(self.part(name))

    def stand_still(self, part: Locator) -> Locator:
        """The part that is given, once it has stood where it is for half a second of frames."""
        part.evaluate(AT_REST)
        return part

    def ready(self) -> Labeler:
        self.expect_state("ready")
        return self

    def expect_state(self, state: str) -> None:
        expect(self.root).to_have_attribute("data-state", state, timeout=90_000)

    def expect_acknowledged(self, n: int) -> None:
        expect(self.root).to_have_attribute("data-acknowledged", str(n), timeout=30_000)

    def expect_sample(self, sample_id: str) -> None:
        expect(self.part("sample")).to_have_attribute("data-sample-id", sample_id)

    @property
    def acknowledged(self) -> int:
        return int(self.root.get_attribute("data-acknowledged") or 0)

    @property
    def sample(self) -> str:
        # A page that has just come may wait for what a page that has just gone still holds.
        part = self.part("sample")
        expect(part).to_have_attribute(
            "data-sample-id",
            re.compile("."),
        )
        sample_id = part.get_attribute("data-sample-id")
        assert sample_id, "no sample is on screen"
        return sample_id

    def press(self, key: str) -> None:
        self.page.keyboard.press(key)

    def events(self) -> list[tuple[str, str, str | None]]:
        """What was recorded since the page was opened."""
        return self.store.events(self.start)

    def label(self) -> tuple[str, str, str]:
        """Label the sample on screen as what it is; returns the event to expect."""
        sample_id = self.sample
        before = self.acknowledged
        self.press(self.truth[sample_id])
        self.expect_acknowledged(before + 1)
        return ("label", sample_id, self.truth[sample_id])
