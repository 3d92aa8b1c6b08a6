"""Proposals that have not earned Enter: outlines, which are taken one by one; in Voilà."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from accessible import check
from labeler import Labeler
from playwright.sync_api import Browser, Locator, Page, expect
from running_servers import Server
from scenes import Hand, close, judge, make_scenes

EARNED = False
"""What people found of the proposals: see `boxes` and `labeler` in conftest.py."""


def outlined(labeler: Labeler) -> Locator:
    """What is only proposed, in the list below the picture."""
    return labeler.page.locator('[data-dalt="region"][data-outlined]')


def drawn(labeler: Labeler) -> Locator:
    """The same in the picture."""
    return labeler.page.locator(".dalt-region-outlined")


def suggested(labeler: Labeler) -> list[dict[str, Any]]:
    [(text,)] = labeler.store.rows("SELECT suggested FROM events ORDER BY event_id DESC LIMIT 1")
    return list(json.loads(text))


def test_enter_submits_what_was_taken_or_drawn_and_nothing_else(
    labeler: Labeler, hand: Hand, boxes: Any
) -> None:
    expect(outlined(labeler)).to_have_count(2)
    expect(drawn(labeler)).to_have_count(2)
    expect(labeler.part("accept")).to_contain_text("Nothing is marked yet")
    check(labeler.page)
    first, second = hand.listed()
    labeler.press("t")
    expect(outlined(labeler)).to_have_count(1)
    expect(labeler.part("accept")).to_contain_text("Submit 1 region")
    expect(labeler.part("accept")).to_contain_text("1 proposal is not taken")
    check(labeler.page)
    labeler.press("3")  # corrects what was taken, and not what comes next
    assert hand.listed() == ["other", second]
    hand.drag((5, 5), (25, 30))
    expect(labeler.part("accept")).to_contain_text("Submit 2 regions")
    sample_id = labeler.sample
    labeler.press("Enter")
    labeler.expect_acknowledged(1)
    taken, made = hand.recorded()
    assert taken["label"] == "other" and close(taken, *boxes[1][sample_id][str(first)], within=3)
    assert close(made, (5, 5), (25, 30))
    assert {each["label"] for each in suggested(labeler)} == {first, second}
    labeler.press("u")
    labeler.expect_sample(sample_id)
    expect(labeler.part("region")).to_have_count(3)
    expect(outlined(labeler)).to_have_count(1)
    labeler.press("Shift+U")
    labeler.expect_acknowledged(2)
    assert len(hand.recorded()) == 2
    labeler.page.reload()
    labeler.ready()
    labeler.press("u")  # known to the kernel alone
    labeler.expect_sample(sample_id)
    expect(labeler.part("region")).to_have_count(2)
    expect(outlined(labeler)).to_have_count(0)
    labeler.press("Shift+U")
    labeler.expect_acknowledged(1)


def test_nothing_is_submitted_by_accident_while_something_is_proposed(
    labeler: Labeler, hand: Hand
) -> None:
    sample_id = labeler.sample
    accept = labeler.part("accept")
    labeler.page.keyboard.press("Enter")
    labeler.page.keyboard.press("Enter")  # at once: meant for another picture
    expect(accept).to_have_attribute("data-undecided", "warned")
    check(labeler.page)
    assert labeler.events() == []
    labeler.press("t")
    expect(accept).not_to_have_attribute("data-undecided", re.compile(""))
    labeler.press("Control+z")
    expect(outlined(labeler)).to_have_count(2)
    labeler.press("Enter")
    expect(accept).to_have_attribute("data-undecided", "warned")
    labeler.expect_sample(sample_id)

    def submitted() -> None:
        labeler.press("Enter")
        expect(labeler.root).to_have_attribute("data-acknowledged", "1", timeout=1_000)

    # Later, as often as it takes: the first one that is no double press counts.
    for _ in range(30):
        try:
            submitted()
            break
        except AssertionError:
            labeler.expect_sample(sample_id)
    labeler.expect_acknowledged(1)
    assert hand.recorded() == [] and len(suggested(labeler)) == 2


def test_outlines_are_taken_by_a_click_each_or_all_together(
    labeler: Labeler, hand: Hand, boxes: Any
) -> None:
    sample_id = labeler.sample
    (left, top), (right, bottom) = boxes[1][sample_id]["brick"]
    hand.click((left + right) / 2, (top + bottom) / 2)
    expect(outlined(labeler)).to_have_count(1)
    expect(outlined(labeler)).to_have_attribute("data-class", "ball")
    labeler.press("Control+z")
    expect(outlined(labeler)).to_have_count(2)
    outlined(labeler).last.click()
    expect(outlined(labeler)).to_have_count(1)
    labeler.part("take-all").focus()
    labeler.press("Enter")
    expect(outlined(labeler)).to_have_count(0)
    expect(labeler.part("accept")).to_be_focused()
    expect(labeler.part("take")).to_be_hidden()
    labeler.press("Enter")
    labeler.expect_acknowledged(1)
    assert sorted(each["label"] for each in hand.recorded()) == ["ball", "brick"]


@pytest.mark.slow
def test_what_is_drawn_in_its_place_drops_an_outline(
    labeler: Labeler, hand: Hand, boxes: Any
) -> None:
    hand.drag(*boxes[1][labeler.sample]["brick"])
    expect(labeler.part("region")).to_have_count(2)
    expect(outlined(labeler)).to_have_attribute("data-class", "ball")
    labeler.press("Enter")
    labeler.expect_acknowledged(1)
    assert len(hand.recorded()) == 1 and len(suggested(labeler)) == 2


@pytest.mark.slow
def test_enter_submits_proposals_when_they_have_earned_it_and_no_longer_when_not(
    labeler: Labeler, hand: Hand, boxes: Any
) -> None:
    folder = boxes[0].store.path.parent
    judge(folder, right=True)
    expect(outlined(labeler)).to_have_count(2)  # nothing changes under the finger
    n = 0
    while outlined(labeler).count():  # the next ones follow, when the kernel has said so
        labeler.press("Shift+T")
        labeler.press("Enter")
        n += 1
        assert n < 8
        labeler.expect_acknowledged(n)
    expect(labeler.part("accept")).to_contain_text("2 of them as proposed")
    labeler.press("Enter")
    labeler.expect_acknowledged(n + 1)
    assert hand.recorded() == suggested(labeler)
    judge(folder, right=False)
    while not outlined(labeler).count():
        labeler.press("Enter")
        n += 1
        assert n < 16
        labeler.expect_acknowledged(n + 1)
    expect(labeler.part("accept")).to_contain_text("Nothing is marked yet")


@pytest.mark.slow
def test_a_finger_takes_outlines_on_a_phone(browser: Browser, boxes: Any) -> None:
    judge(boxes[0].store.path.parent, right=False)
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    )
    context.set_default_timeout(60_000)
    page = context.new_page()
    page.goto(boxes[0].address)
    labeler = Labeler(page, boxes[0].store).ready()
    hand = Hand(labeler)
    (left, top), (right, bottom) = boxes[1][labeler.sample]["brick"]
    check(page)
    page.touchscreen.tap(*hand.at((left + right) / 2, (top + bottom) / 2))
    expect(outlined(labeler)).to_have_attribute("data-class", "ball")
    labeler.at_rest("take").tap()
    expect(outlined(labeler)).to_have_count(0)
    check(page)
    labeler.at_rest("accept").tap()
    labeler.expect_acknowledged(1)
    assert len(hand.recorded()) == 2
    page.goto("about:blank")
    context.close()


@pytest.mark.slow
@pytest.mark.parametrize("task", ["polygons", "points"])
def test_outlined_polygons_and_points_are_taken(
    serve: Callable[[Path], Server], page: Page, tmp_path: Path, task: str
) -> None:
    truth = make_scenes(tmp_path / "p.dalt", task, earned=False)
    server = serve(tmp_path / "p.dalt")
    page.goto(server.address)
    labeler = Labeler(page, server.store).ready()
    hand = Hand(labeler)
    expect(drawn(labeler)).to_have_count(2)
    check(page)
    (left, top), (right, bottom) = truth[labeler.sample]["brick"]
    hand.click((left + right) / 2, (top + bottom) / 2)
    expect(outlined(labeler)).to_have_attribute("data-class", "ball")
    expect(labeler.part("region")).to_have_count(2)
    labeler.press("Enter")
    labeler.expect_acknowledged(1)
    [region] = hand.recorded()
    assert region["label"] == "brick"
