"""The sample's place: pictures fill it, tools never cover it, a resized window loses nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from all_shown import ALL_SHOWN
from labeler import Labeler, until_there
from PIL import Image
from playwright.sync_api import Browser, Page, expect
from running_servers import Server
from scenes import Hand, close
from touch import Fingers, middle

import dalt

EARNED = True
SHAPES = {(700, 1_200), (1_200, 700), (8, 8), (5_000, 1), (1, 5_000)}
"""Width and height of the pictures."""
SIZES = [(1_024, 640), (1_920, 1_080), (390, 844)]

LAID_OUT = """() => {
  const box = (node) => node.getBoundingClientRect();
  const stage = document.querySelector(".dalt-stage");
  const image = stage.querySelector("img");
  const [w, h] = [image.naturalWidth, image.naturalHeight];
  const fits = Math.min(box(image).width / w, box(image).height / h);
  const covers = [...document.querySelectorAll(".dalt-toolbar *")].filter((each) =>
    each.checkVisibility() && box(each).width && box(each).bottom > box(stage).top + 1
    && box(each).top < box(stage).bottom - 1);
  return {
    size: [w, h],
    gap: Math.min(box(stage).width - fits * w, box(stage).height - fits * h),
    covers: covers.map((each) => each.outerHTML.slice(0, 80)),
  };
}"""


@pytest.fixture(scope="module")
def server(serve: Callable[[Path], Server], tmp_path_factory: pytest.TempPathFactory) -> Server:
    folder = tmp_path_factory.mktemp("shapes")
    random = np.random.default_rng(0)
    for width, height in SHAPES:
        pixels = random.integers(0, 255, (height, width, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{width}.png")
    with dalt.Project.create(
        folder / "shapes.dalt", classes=["one", "two"], settings=ALL_SHOWN
    ) as project:
        project.add_images(folder, progress=False)
    return serve(folder / "shapes.dalt")


def whole(size: list[int]) -> tuple[int, int]:
    """Of a picture that was sent reduced, how large it is."""
    return (5_000, 1) if size[0] > size[1] else (1, 5_000)


@pytest.fixture
def desk(server: Server, page: Page) -> Iterator[Labeler]:
    """Who looks at pictures, and leaves the page so that the next one gets them."""
    page.set_viewport_size({"width": 1_366, "height": 768})
    page.goto(server.address)
    yield Labeler(page, server.store).ready()
    page.goto("about:blank")


def zoomed_in(labeler: Labeler) -> None:
    for _ in range(4):
        labeler.press("+")


def shift(page: Page) -> tuple[float, float, float]:
    """How a picture is moved and enlarged."""
    matrix = "image => { const m = new DOMMatrix(getComputedStyle(image).transform);"
    found = page.locator(".dalt-stage img").evaluate(f"{matrix} return [m.e, m.f, m.a]; }}")
    x, y, scale = map(float, found)
    return x, y, scale


def test_a_picture_touches_its_place_and_no_tool_covers_it(desk: Labeler, page: Page) -> None:
    labeler, sizes = desk, set()
    for number in range(len(SHAPES)):
        for width, height in SIZES:
            page.set_viewport_size({"width": width, "height": height})
            found = page.evaluate(LAID_OUT)
            assert abs(found["gap"]) <= 1 and found["covers"] == [], (width, found)
        sizes.add(tuple(found["size"]))
        if min(found["size"]) == 1:  # what is hardly seen is named
            told = " × ".join(f"{size:,}" for size in whole(found["size"]))
            expect(labeler.part("picture-size")).to_contain_text(told)
        if number + 1 < len(SHAPES):
            before = labeler.sample
            labeler.press("s")
            expect(labeler.part("sample")).not_to_have_attribute("data-sample-id", before)
    assert len(sizes) == len(SHAPES)


def test_the_whole_picture_is_seen_while_a_key_or_a_button_is_held(
    desk: Labeler, page: Page
) -> None:
    labeler, stage = desk, desk.part("sample")
    whole: tuple[float, float, float] = (0, 0, 1)
    zoomed_in(labeler)
    labeler.press("ArrowRight")
    close_up = shift(page)
    assert close_up != whole
    page.keyboard.down("w")
    expect(stage).to_have_attribute("data-peek", "")
    assert shift(page) == whole
    page.keyboard.up("w")
    expect(stage).not_to_have_attribute("data-peek", "")
    assert shift(page) == close_up
    x, y = middle(labeler.part("peek"))
    page.mouse.move(x, y)
    page.mouse.down()
    assert shift(page) == whole
    page.mouse.up()  # at once: it stays, for who cannot hold it
    expect(labeler.part("peek")).to_have_attribute("aria-pressed", "true")
    labeler.part("peek").press("Enter")
    assert shift(page) == close_up
    assert labeler.events() == []


def test_a_window_that_changes_in_the_middle_of_a_pull_keeps_the_place(
    desk: Labeler, page: Page
) -> None:
    labeler = desk
    zoomed_in(labeler)
    x, y = middle(labeler.part("sample"))
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 40, y + 40, steps=3)
    middle_of = """() => {
      const [stage, image] = [".dalt-stage", ".dalt-stage img"].map((each) =>
        document.querySelector(each).getBoundingClientRect());
      return [(stage.x + stage.width / 2 - image.x) / image.width,
        (stage.y + stage.height / 2 - image.y) / image.height];
    }"""
    there = page.evaluate(middle_of)
    page.set_viewport_size({"width": 1_100, "height": 640})
    until_there(page, "document.querySelector('.dalt').getBoundingClientRect().height < 650")
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert page.evaluate(middle_of) == pytest.approx(there, abs=0.02)
    page.mouse.up()
    assert labeler.events() == []


@pytest.mark.slow
def test_a_finger_that_rests_sees_the_whole_picture(server: Server, browser: Browser) -> None:
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    )
    page = context.new_page()
    page.goto(server.address)
    labeler = Labeler(page, server.store).ready()
    stage, fingers = labeler.part("sample"), Fingers(page)
    x, y = middle(stage)
    fingers.drag(((x - 30, y), (x - 120, y)), ((x + 30, y), (x + 120, y)))
    close_up = shift(page)
    fingers.down((x, y))
    expect(stage).to_have_attribute("data-peek", "")
    fingers.up()
    expect(stage).not_to_have_attribute("data-peek", "")
    assert shift(page) == close_up
    labeler.part("view-menu").tap()
    expect(labeler.part("zoom-reset")).to_be_visible()
    labeler.part("zoom-reset").tap()
    assert shift(page) == (0, 0, 1)
    context.close()


@pytest.mark.slow
def test_a_box_lands_where_the_picture_is_when_the_window_changes_in_the_middle(
    labeler: Labeler, hand: Hand, page: Page, boxes: Any
) -> None:
    hand.clear()
    page.mouse.move(*hand.at(20, 20))
    page.mouse.down()
    page.mouse.move(*hand.at(60, 60), steps=3)
    before = labeler.part("sample").evaluate("node => node.getBoundingClientRect().width")
    page.set_viewport_size({"width": 1_000, "height": 640})
    until_there(
        page,
        "w => document.querySelector('.dalt-stage').getBoundingClientRect().width < w",
        before,
    )
    labeler.stand_still(page.locator(".dalt-regions .dalt-image"))
    page.mouse.move(*hand.at(100, 90), steps=3)
    page.mouse.up()
    labeler.press("1")
    # A corner at the border of the picture is in reach, too.
    hand.drag((150, 100), (260, 180))
    hand.drag((239, 159), (230, 150))
    labeler.press("Enter")
    labeler.expect_acknowledged(1)
    first, second = hand.recorded()
    assert close(first, (20, 20), (100, 90))
    assert close(second, (150, 100), (231, 151), within=2)
