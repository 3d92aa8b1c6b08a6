"""The first steps: one key after the other, for who opens the page for the first time."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator

import pytest
from labeler import Labeler
from playwright.sync_api import Browser, Page, expect
from running_servers import Digits, Server

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server(
    serve: Callable[..., Server], digits: Digits, tmp_path_factory: pytest.TempPathFactory
) -> Server:
    folder = tmp_path_factory.mktemp("coach") / "digits.dalt"
    server = serve(shutil.copytree(digits.folder, folder))
    server.truth = digits.truth
    return server


@pytest.fixture
def labeler(page: Page, server: Server) -> Iterator[Labeler]:
    page.goto(server.address)
    yield Labeler(page, server.store, server.truth).ready()
    page.goto("about:blank")


def expect_step(labeler: Labeler, step: str, *keys: str) -> None:
    coach = labeler.part("coach")
    expect(coach).to_have_attribute("data-step", step)
    expect(coach.locator(".dalt-coach-keys kbd")).to_have_text(list(keys))


def test_keys_are_told_one_by_one_as_they_become_possible(labeler: Labeler) -> None:
    # Nothing is learned yet: Enter and v are told of only once they do something.
    expect_step(labeler, "choose", "0", "9")
    coach, sample = labeler.part("coach").bounding_box(), labeler.part("sample").bounding_box()
    assert coach and sample
    above, below = sorted((coach, sample), key=lambda box: box["y"])
    assert above["y"] + above["height"] <= below["y"], "it covers the sample"
    made = labeler.label()
    expect_step(labeler, "undo", "U")
    labeler.press("u")
    labeler.expect_sample(made[1])
    expect_step(labeler, "skip", "S")
    labeler.press("s")
    expect(labeler.part("coach")).to_have_attribute("data-step", "help")
    assert labeler.part("accept").is_disabled()
    while labeler.part("accept").is_disabled():
        labeler.label()
    expect_step(labeler, "accept", "Enter")
    accepted = labeler.acknowledged + 1
    labeler.press("Enter")
    labeler.expect_acknowledged(accepted)
    while labeler.part("coach").get_attribute("data-step") != "mode":
        labeler.label()
    expect_step(labeler, "mode", "V")
    labeler.press("v")
    labeler.ready()
    expect_step(labeler, "confirm", "Enter")
    labeler.press("v")
    expect_step(labeler, "help", "?")
    labeler.press("?")
    expect(labeler.page.get_by_role("dialog")).to_be_visible()
    labeler.press("Escape")
    expect(labeler.part("coach")).to_be_hidden()


def test_closed_once_it_stays_away_until_the_list_of_keys_is_asked(labeler: Labeler) -> None:
    expect_step(labeler, "choose", "0", "9")
    labeler.press("Escape")  # of the guideline, which opens at the first visit
    expect(labeler.part("guideline-panel")).to_be_hidden()
    labeler.press("Escape")
    expect(labeler.part("coach")).to_be_hidden()
    expect(labeler.root).to_be_focused()
    labeler.page.reload()
    labeler.ready()
    expect(labeler.part("coach")).to_be_hidden()
    labeler.press("?")
    labeler.part("coach-again").click()
    expect(labeler.page.get_by_role("dialog")).to_be_hidden()
    expect_step(labeler, "choose", "0", "9")
    expected = labeler.label()
    assert labeler.events() == [expected], "a key that is told of does what it says"
    labeler.part("coach-close").click()
    expect(labeler.part("coach")).to_be_hidden()


def test_who_answers_by_mouse_is_told_the_next_thing_after_a_few_answers(labeler: Labeler) -> None:
    for n in range(4):
        expect(labeler.part("coach")).to_have_attribute("data-step", "choose")
        labeler.page.locator('[data-dalt="class"][data-class="3"]').click()
        labeler.expect_acknowledged(n + 1)
    expect(labeler.part("coach")).not_to_have_attribute("data-step", "choose")


def test_a_phone_is_told_of_no_keys_and_korean_is_spoken(browser: Browser, server: Server) -> None:
    for touch in (False, True):
        context = browser.new_context(locale="ko-KR", has_touch=touch, is_mobile=touch)
        page = context.new_page()
        page.goto(server.address)
        labeler = Labeler(page, server.store).ready()
        expect(labeler.part("coach")).to_contain_text("클래스 키를 누르면")
        assert labeler.part("coach").is_visible() is not touch
        context.close()
