"""Label one sample on the page of a running Jupyter server: `label_one.py ADDRESS TOKEN CHROMIUM`.

Exits with 0 when the page has acknowledged the label, which means that it is on the disk.
"""

import sys
import time
import urllib.error
import urllib.request

from playwright.sync_api import sync_playwright

START_SECONDS = 60
PAGE = "voila/render/notebooks/label.ipynb"


def wait_until_up(address: str, token: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            urllib.request.urlopen(f"{address}/api?token={token}", timeout=10).close()
            return
        except (urllib.error.URLError, ConnectionError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.5)


def label_one(address: str, token: str, chromium: str) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page()
        page.set_default_timeout(START_SECONDS * 1000)
        page.goto(f"{address}/{PAGE}?token={token}")
        page.locator('[data-dalt="page"][data-state="ready"] [data-dalt="class"]').first.click()
        page.locator('[data-dalt="page"][data-acknowledged="1"]').wait_for()
        browser.close()


if __name__ == "__main__":
    address, token, chromium = sys.argv[1:]
    wait_until_up(address, token)
    label_one(address, token, chromium)
