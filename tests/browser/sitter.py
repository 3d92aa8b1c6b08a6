"""A person who labels for hours, and what their page holds meanwhile."""

from __future__ import annotations

from playwright.sync_api import Browser, expect

KEYS = "123456789"
COUNTED = {"Nodes": "nodes", "JSEventListeners": "listeners", "JSHeapUsedSize": "heap_mb"}


class Sitter:
    """Opens the page in a profile of its own, and labels by keys.

    Parameters
    ----------
    browser : Browser
    address : str
    name : str
        Said where the page asks for it; empty where the server knows it.
    """

    def __init__(self, browser: Browser, address: str, name: str = "") -> None:
        self.name = name
        self.labelled = 0
        self._acknowledged_ones = 0
        context = browser.new_context(viewport={"width": 1366, "height": 768})
        context.set_default_timeout(60_000)
        self.page = context.new_page()
        self.page.goto(address)
        if name:
            self.page.get_by_label("Name").fill(name)
            self.page.keyboard.press("Enter")
        self.root = self.page.locator('[data-dalt="page"]')
        self._ready()
        for greeting in ("guideline-close", "coach-close"):  # as after the first day
            if self.page.locator(f'[data-dalt="{greeting}"]').is_visible():
                self.page.locator(f'[data-dalt="{greeting}"]').click()
        self.root.focus()
        self._devtools = context.new_cdp_session(self.page)
        self._devtools.send("Performance.enable")

    def label(self, n: int) -> None:
        """Label, and now and then do what people do between two labels."""
        for _ in range(n):
            self._answer(KEYS[self.labelled % len(KEYS)])
            if self.labelled % 25 == 0:
                self._look_around()

    def count(self) -> dict[str, float]:
        """Elements, listeners and memory, once what is not needed is gone."""
        self._settle()
        for _ in range(3):
            self._devtools.send("HeapProfiler.collectGarbage")
        told = self._devtools.send("Performance.getMetrics")["metrics"]
        said = {COUNTED[each["name"]]: each["value"] for each in told if each["name"] in COUNTED}
        return said | {"heap_mb": round(said["heap_mb"] / 1e6, 2)}

    def leave(self) -> None:
        """Close the tab."""
        self.page.goto("about:blank")
        self.page.context.close()

    def _answer(self, key: str) -> None:
        self._ready()
        self.page.keyboard.press(key)
        self.labelled += 1
        self._acknowledged_ones += 1
        self._acknowledged()

    def _look_around(self) -> None:
        """Take one back and give it again; open and close what there is."""
        self.page.keyboard.press("u")
        expect(self.page.locator('[data-dalt="redo"]')).to_be_enabled()
        self.labelled -= 1
        self._answer("1")
        for key in ("?", "h", "g"):
            self.page.keyboard.press(key)
            self.page.keyboard.press("Escape")
        self.root.focus()

    def _settle(self) -> None:
        """Count at the same place each time: all saved, nothing open, the next sample there."""
        self._ready()
        self._acknowledged()
        self.page.mouse.move(1, 1)
        self.page.evaluate(
            "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
        )

    def _ready(self) -> None:
        expect(self.root).to_have_attribute("data-state", "ready")

    def _acknowledged(self) -> None:
        expect(self.root).to_have_attribute("data-acknowledged", str(self._acknowledged_ones))
