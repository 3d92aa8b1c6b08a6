"""On a phone: the sample comes first, the rest of the actions behind one button."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from labeler import Labeler
from playwright.sync_api import Browser, Page, expect
from running_servers import Digits, Server
from test_viewing import swipe

pytestmark = pytest.mark.slow

REST = ["palette-button", "guideline", "history", "review", "progress-button", "language", "help"]


@pytest.fixture(scope="module")
def server(
    serve: Callable[[Path], Server], digits: Digits, tmp_path_factory: pytest.TempPathFactory
) -> Server:
    folder = tmp_path_factory.mktemp("narrow") / "digits.dalt"
    return serve(shutil.copytree(digits.folder, folder))


@pytest.fixture
def phone(browser: Browser, server: Server) -> Iterator[Labeler]:
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    )
    page = context.new_page()
    page.goto(server.address)
    labeler = Labeler(page, server.store).ready()
    labeler.part("guideline-close").tap()
    yield labeler
    page.goto("about:blank")
    context.close()


def top_of(labeler: Labeler, part: str) -> float:
    box = labeler.part(part).bounding_box()
    assert box
    return box["y"]


def test_the_sample_starts_below_one_row(phone: Labeler) -> None:
    assert top_of(phone, "sample") <= 110
    assert top_of(phone, "mode") == top_of(phone, "more")
    assert top_of(phone, "flag") > top_of(phone, "sample"), "the tools come below it"
    # Whatever accepts and the classes are on the first screen.
    assert top_of(phone, "accept") < 844
    for name in REST:
        expect(phone.part(name)).to_be_hidden()
    phone.press("v")
    expect(phone.root).to_have_attribute("data-mode", "verify")
    assert phone.page.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_rest_of_the_actions_is_behind_one_button(phone: Labeler) -> None:
    phone.part("more").tap()
    expect(phone.part("more")).to_have_attribute("aria-expanded", "true")
    for name in REST:
        expect(phone.part(name)).to_be_visible()
    phone.part("sample").tap(position={"x": 30, "y": 200})
    expect(phone.part("history")).to_be_hidden()
    phone.part("more").tap()
    phone.part("progress-button").tap()
    expect(phone.part("history")).to_be_hidden()
    expect(phone.part("progress-panel")).to_be_in_viewport()
    expect(phone.page.get_by_role("dialog")).to_be_focused()
    phone.part("progress-close").tap()
    expect(phone.part("progress-panel")).to_be_hidden()
    phone.part("more").tap()
    phone.part("help").tap()
    expect(phone.page.get_by_role("dialog")).to_be_visible()


def test_the_menu_is_gone_through_by_keys(phone: Labeler) -> None:
    more = phone.part("more")
    more.focus()
    phone.press("Enter")
    expect(phone.part("palette-button")).to_be_focused()
    phone.press("ArrowUp")
    expect(phone.part("help")).to_be_focused()
    phone.press("ArrowDown")
    phone.press("ArrowDown")
    expect(phone.part("guideline")).to_be_focused()
    phone.press("Escape")
    expect(more).to_be_focused()
    expect(more).to_have_attribute("aria-expanded", "false")
    phone.press("Enter")
    phone.press("Shift+Tab")
    phone.press("Shift+Tab")
    expect(phone.part("mode")).to_be_focused()
    expect(more).to_have_attribute("aria-expanded", "false")
    assert phone.events() == [], "a key of the menu answers nothing"


def test_esc_closes_the_menu_that_a_finger_has_opened(phone: Labeler) -> None:
    more = phone.part("more")
    phone.part("sample").tap(position={"x": 30, "y": 200})
    more.tap()
    expect(more).to_have_attribute("aria-expanded", "true")
    phone.press("Escape")
    expect(more).to_have_attribute("aria-expanded", "false")
    expect(phone.root).to_be_focused()
    more.tap()
    shown = phone.part("sample").get_attribute("data-sample-id")
    phone.press("s")
    expect(phone.part("sample")).not_to_have_attribute("data-sample-id", shown or "")
    expect(more).to_have_attribute("aria-expanded", "false")
    phone.press("u")
    phone.expect_sample(shown or "")


def test_the_last_answer_is_read_beside_the_buttons(phone: Labeler) -> None:
    last = phone.page.locator(".dalt-last")
    phone.part("more").tap()
    phone.part("language").tap()
    phone.press("s")
    expect(last).to_have_text("마지막 답: 건너뜀")
    assert last.evaluate("(node) => node.scrollWidth <= node.clientWidth")
    phone.press("u")
    expect(phone.part("redo")).to_be_visible()
    phone.part("more").tap()
    phone.part("language").tap()


def test_a_wide_window_has_it_all_in_a_row(page: Page, server: Server) -> None:
    page.goto(server.address)
    labeler = Labeler(page, server.store).ready()
    expect(labeler.part("more")).to_be_hidden()
    assert {top_of(labeler, name) for name in ["mode", *REST]} == {top_of(labeler, "mode")}
    page.goto("about:blank")


def test_the_hint_of_swipes_goes_after_the_first_ones(phone: Labeler) -> None:
    hint = phone.part("swipe-hint")
    for n in range(3):
        expect(hint).to_be_visible()
        before = phone.sample
        swipe(phone.page, -180)
        expect(phone.part("sample")).not_to_have_attribute("data-sample-id", before)
        assert n == 2 or hint.is_visible()
    expect(hint).to_be_hidden()
    phone.page.reload()
    phone.ready()
    expect(hint).to_be_hidden()
