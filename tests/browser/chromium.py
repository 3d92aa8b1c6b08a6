"""Where Chromium is, and how it is started: for the browser tests, the benchmark, the picture."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.async_api import Playwright as AsyncPlaywright
from playwright.sync_api import Browser, Playwright, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# Voilà's template asks for icons on the network; we neither need nor wait for them.
OFFLINE = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"


class NoChromium(Exception):
    """There is no browser to drive."""


def find_chromium(playwright: Playwright | AsyncPlaywright) -> str:
    """The browser that DALT_CHROMIUM names, else the system's, else Playwright's own."""
    named = os.environ.get("DALT_CHROMIUM")
    for name in [named] if named else NAMES:
        if path := shutil.which(name):
            return path
    own = playwright.chromium.executable_path
    if named or not Path(own).exists():
        raise NoChromium("There is no Chromium here: install one, or name it by DALT_CHROMIUM=.")
    return own


@contextmanager
def chromium() -> Iterator[Browser]:
    """Run a headless Chromium that knows this machine only."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find_chromium(playwright), args=[*FLAGS, OFFLINE]
        )
        try:
            yield browser
        finally:
            browser.close()
