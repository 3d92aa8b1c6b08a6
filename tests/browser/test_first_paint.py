"""First the page's frame, then the page in its place; and how little comes a second time."""

from __future__ import annotations

import base64
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from labeler import Labeler
from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, expect
from running_servers import Server

MOST_BYTES = 20_000
"""Of a second visit, until the first sample's own content."""

SHIFTS = """() => {
    window.shifts = [];
    new PerformanceObserver((list) => {
        for (const { value, sources } of list.getEntries()) {
            const of = ({ node, previousRect: from, currentRect: to }) => [
                (node?.outerHTML ?? node?.textContent ?? "").slice(0, 80),
                [from.x, from.y, from.width, from.height], [to.x, to.y, to.width, to.height]];
            window.shifts.push([value, sources.map(of)]);
        }
    }).observe({ type: "layout-shift", buffered: true });
}"""


class Traffic:
    """What a page transfers, as the browser counts it."""

    def __init__(self, session: CDPSession) -> None:
        self.http = 0
        self.frames: list[int] = []
        self.addresses: list[str] = []
        session.send("Network.enable")
        session.on("Network.requestWillBeSent", self._asked)
        session.on("Network.loadingFinished", self._loaded)
        session.on("Network.webSocketFrameReceived", self._said)

    def _asked(self, event: dict[str, Any]) -> None:
        self.addresses.append(event["request"]["url"])

    def _loaded(self, event: dict[str, Any]) -> None:
        self.http += int(event["encodedDataLength"])

    def _said(self, event: dict[str, Any]) -> None:
        self.frames.append(len(base64.b64decode(event["response"]["payloadData"])))

    @property
    def bytes(self) -> int:
        return self.http + sum(self.frames)


@pytest.fixture
def profile(browser: Browser) -> Iterator[BrowserContext]:
    """A browser profile that has seen nothing yet."""
    context = browser.new_context(viewport={"width": 1366, "height": 768})
    context.set_default_timeout(60_000)
    yield context
    context.close()


def visit(profile: BrowserContext, voila: Server) -> tuple[Page, Traffic]:
    page = profile.new_page()
    page.add_init_script(f"({SHIFTS})()")
    traffic = Traffic(profile.new_cdp_session(page))
    page.goto(voila.address)
    Labeler(page, voila.store, voila.truth).ready()
    return page, traffic


def test_a_second_visit_transfers_little(profile: BrowserContext, voila: Server) -> None:
    page, first = visit(profile, voila)
    assert not [each for each in first.addresses if "/voila/" in each], "JupyterLab's front end"
    # What it shows of others' answers would be counted, too.
    page.keyboard.press("g")
    expect(page.locator('[data-dalt="guideline-panel"]')).to_be_hidden()
    page.close()
    page, second = visit(profile, voila)
    assert 1_000 < second.bytes < MOST_BYTES, (second.http, second.frames)
    page.close()


def test_the_page_comes_in_the_frame_that_the_server_has_sent(
    profile: BrowserContext, voila: Server
) -> None:
    page, _ = visit(profile, voila)
    expect(page.locator("#dalt-first")).to_have_count(0)
    shifts = page.evaluate("window.shifts")
    assert sum(value for value, _ in shifts) < 0.001, shifts
    page.close()


def test_the_frame_comes_before_the_kernel_has_run(voila: Server) -> None:
    request = urllib.request.Request(voila.address, headers={"Accept-Language": "ko"})
    with urllib.request.urlopen(request, timeout=60) as response:
        head = b""
        while b"dalt-widgets" not in head:
            head += response.read1(65_536)
        assert b"kernelId" not in head
        text = head.decode()
        response.read()
    assert '<html lang="ko">' in text
    assert '<div class="dalt-stage">' in text
    assert '<h1 class="dalt-title">digits</h1>' in text
    assert "페이지를 여는 중" in text
    for name in ("page", "client", "style", "hurdles"):
        assert f"/dalt/{name}-" in text


def test_what_has_a_hash_in_its_name_is_kept_for_good(voila: Server, page: Page) -> None:
    page.goto(voila.address)
    Labeler(page, voila.store, voila.truth).ready()
    address = page.locator('link[rel="modulepreload"]').first.get_attribute("href")
    response = page.request.get(f"{voila.address}{str(address).lstrip('/')}")
    assert "immutable" in response.headers["cache-control"]
    missing = page.request.get(f"{voila.address}dalt/page-0000000000000000.js")
    assert missing.status == 404
    page.goto("about:blank")
