"""What keeps the page from coming up is told in one sentence, in English and Korean."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from chromium import FLAGS, OFFLINE
from labeler import Labeler, Store
from playwright.sync_api import Browser, BrowserContext, Page, expect
from ports import free_port
from proxy import Proxy, proxied
from running_servers import Digits, Server
from test_ways_in import WAYS, lay_out, started

from dalt.server.serve import Service, running
from dalt.server.web.messages import ENGLISH, KOREAN

slow = pytest.mark.slow
OWN = "script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:"


def hurdle(page: Page, name: str, words: Any = ENGLISH) -> None:
    """One sentence stands there, in the middle, and nothing else is to be seen."""
    shown = page.locator(".dalt-hurdles:visible")
    expect(shown).to_have_text(words[f"hurdle_{name}"], timeout=60_000)
    expect(page.locator('[data-dalt="page"]')).to_have_count(0)


def picture(page: Page, name: str) -> None:
    if folder := os.environ.get("DALT_PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}.png")


def behind(server: Server, *headers: str, websockets: bool = True) -> Any:
    return proxied(Proxy(int(server.address.split(":")[2].strip("/")), "/", headers, websockets))


@pytest.mark.parametrize(
    ("policy", "name"),
    [
        ("script-src 'self'", "policy"),
        pytest.param("script-src 'self' 'unsafe-inline' 'unsafe-eval'", "policy", marks=slow),
        pytest.param("connect-src https:", "policy", marks=slow),
        pytest.param("sandbox allow-scripts", "policy", marks=slow),
        pytest.param("script-src 'none'", "scripts", marks=slow),
        pytest.param("default-src 'none'", "scripts", marks=slow),
    ],
)
def test_a_policy_that_a_proxy_adds(page: Page, voila: Server, policy: str, name: str) -> None:
    with behind(voila, f"Content-Security-Policy: {policy}") as proxy:
        page.goto(proxy.address)
        hurdle(page, name)
        picture(page, f"policy-{policy.split()[0]}-{len(policy)}")


@slow
@pytest.mark.parametrize("policy", [OWN, "script-src 'self' 'unsafe-inline' blob:", "img-src *"])
def test_a_policy_that_the_page_can_live_with(page: Page, voila: Server, policy: str) -> None:
    with behind(voila, f"Content-Security-Policy: {policy}") as proxy:
        page.goto(proxy.address)
        labeler = Labeler(page, voila.store, voila.truth).ready()
        labeler.label()
        expect(page.locator(".dalt-hurdles:visible")).to_have_count(0)
        page.goto("about:blank")


@pytest.mark.slow
def test_a_proxy_that_refuses_websockets(page: Page, voila: Server) -> None:
    with behind(voila, websockets=False) as proxy:
        page.goto(proxy.address)
        hurdle(page, "socket")
        # It lets them through after all.
        proxy.websockets = True
        page.reload()
        labeler = Labeler(page, voila.store, voila.truth).ready()
        expect(page.locator(".dalt-hurdles:visible")).to_have_count(0)
        labeler.label()
        page.goto("about:blank")


@pytest.mark.parametrize(
    ("locale", "words"), [("en-US", ENGLISH), pytest.param("ko-KR", KOREAN, marks=slow)]
)
def test_a_browser_without_websockets(
    browser: Browser, voila: Server, locale: str, words: Any
) -> None:
    context = browser.new_context(locale=locale, color_scheme="dark")
    page = context.new_page()
    page.add_init_script("delete window.WebSocket")
    page.goto(voila.address)
    hurdle(page, "socket", words)
    picture(page, f"socket-{locale}")
    context.close()


def test_a_browser_without_scripts(browser: Browser, voila: Server) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(voila.address)
    hurdle(page, "scripts")
    picture(page, "noscript")
    context.close()


@slow
def test_a_server_that_is_gone_before_the_page_has_come_up(page: Page, voila: Server) -> None:
    with behind(voila, websockets=False) as proxy:
        page.route("**/state/**", lambda route: route.abort())
        page.goto(proxy.address)
        hurdle(page, "server")


# --- without cookies ------------------------------------------------------------------------


@dataclass
class Doors:
    """Two servers on one project: one has a token, one is open to all."""

    closed: str
    open: Server


@pytest.fixture(scope="module")
def doors(
    environment: None, digits: Digits, tmp_path_factory: pytest.TempPathFactory, voila: Server
) -> Iterator[Doors]:
    folder = shutil.copytree(digits.folder, tmp_path_factory.mktemp("doors") / "digits.dalt")
    port = free_port()
    with running(Service(folder, annotator=None, ip="127.0.0.1", port=port, token="letmein")):
        yield Doors(f"http://127.0.0.1:{port}/", voila)


@pytest.fixture
def without_cookies(browser: Browser, tmp_path: Path) -> Iterator[BrowserContext]:
    """A browser that is set to keep no cookies; it keeps no storage then either."""
    (tmp_path / "Default").mkdir()
    settings = {"profile": {"default_content_setting_values": {"cookies": 2}}}
    (tmp_path / "Default" / "Preferences").write_text(json.dumps(settings))
    kind = browser.browser_type
    context = kind.launch_persistent_context(
        tmp_path, executable_path=os.environ.get("DALT_CHROMIUM"), args=[*FLAGS, OFFLINE]
    )
    yield context
    context.close()


@pytest.mark.slow
def test_who_keeps_no_cookies_is_told_so_once(
    without_cookies: BrowserContext, doors: Doors
) -> None:
    page = without_cookies.new_page()
    for way in ("link", "form"):
        page.goto(doors.closed + ("?token=letmein" if way == "link" else "login"))
        if page.get_by_label("Name").count():
            page.get_by_label("Name").fill("ana")
            if page.get_by_label("Token").count():
                page.get_by_label("Token").fill("letmein")
            page.keyboard.press("Enter")
        expect(page.get_by_role("heading")).to_have_text(ENGLISH["no_cookies"])
        expect(page.get_by_text(ENGLISH["no_cookies_text"])).to_be_visible()
        picture(page, f"cookies-{way}")


@slow
def test_where_nobody_logs_in_no_cookie_is_needed(
    without_cookies: BrowserContext, doors: Doors
) -> None:
    page = without_cookies.new_page()
    page.goto(doors.open.address)
    labeler = Labeler(page, doors.open.store, doors.open.truth).ready()
    labeler.label()
    page.goto("about:blank")


@slow
@pytest.mark.usefixtures("environment")
def test_a_token_link_whose_cookie_is_kept_nowhere_ends_in_a_sentence(
    digits: Digits, tmp_path: Path, without_cookies: BrowserContext
) -> None:
    """Where the server knows the name, the link alone logs in: no form comes in between."""
    folder, port = shutil.copytree(digits.folder, tmp_path / "digits.dalt"), free_port()
    page = without_cookies.new_page()
    with running(Service(folder, annotator="ana", ip="127.0.0.1", port=port, token="letmein")):
        page.goto(f"http://127.0.0.1:{port}/?token=letmein")
        expect(page.get_by_role("heading")).to_have_text(ENGLISH["no_cookies"])


# --- plain Voilà, whose page is not ours ------------------------------------------------------


@slow
@pytest.mark.usefixtures("environment")
def test_plain_voila_says_what_it_can(digits: Digits, tmp_path: Path, page: Page) -> None:
    lay_out(digits, tmp_path)
    with started(WAYS["voila"], tmp_path, digits) as server:
        store = Store(tmp_path / "digits.dalt" / "labels.db")
        assert store.cursor() == 0
        with behind(server, "Content-Security-Policy: connect-src https:") as proxy:
            page.goto(proxy.address)
            expect(page.get_by_text("The labeling page could not be shown here")).to_be_visible()
            expect(page.get_by_text("object at 0x")).to_have_count(0)
            picture(page, "plain-policy")
