"""Pictures looked at closely, by mouse and by finger; swipes and long presses; in Voilà."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from accessible import check_everywhere
from labeler import Labeler
from PIL import Image
from playwright.sync_api import Browser, expect
from pools import given_pool
from running_servers import Server
from touch import Fingers, middle
from waiting import until

CLASSES = [
    {"name": "zero", "description": "A ring, or an egg."},
    {"name": "one", "description": "A stroke."},
    {"name": "two", "description": "A swan."},
]


@pytest.fixture(scope="module")
def server(serve: Callable[[Path], Server], tmp_path_factory: pytest.TempPathFactory) -> Server:
    folder = tmp_path_factory.mktemp("looking") / "digits.dalt"
    given_pool(folder, CLASSES, 30, side=320)
    return serve(folder)


@pytest.fixture(scope="module")
def open_page(browser: Browser, server: Server) -> Iterator[Callable[..., Labeler]]:
    contexts = []

    def visit(width: int, **wanted: bool) -> Labeler:
        viewport = {"width": width, "height": 844}
        context = browser.new_context(viewport=viewport, **wanted)  # type: ignore[arg-type]
        context.set_default_timeout(60_000)
        contexts.append(context)
        page = context.new_page()
        page.goto(server.address)
        return Labeler(page, server.store).ready()

    yield visit
    for context in contexts:
        context.close()


@pytest.fixture(scope="module")
def at_desk(open_page: Callable[..., Labeler]) -> Labeler:
    return open_page(1280)


@pytest.fixture(scope="module")
def on_phone(open_page: Callable[..., Labeler]) -> Labeler:
    return open_page(390, has_touch=True, is_mobile=True)


def fresh(labeler: Labeler) -> Labeler:
    """Whoever was here before left nothing behind."""
    if labeler.part("contrast").is_visible():
        labeler.part("adjust-reset").click()
        labeler.part("adjust").click()
    labeler.root.focus()
    labeler.press("0")
    expect(labeler.part("sample")).to_have_attribute("data-zoom", "1.00")
    labeler.start = labeler.store.cursor()
    return labeler


@pytest.fixture
def desk(at_desk: Labeler) -> Labeler:
    return fresh(at_desk)


@pytest.fixture
def phone(on_phone: Labeler) -> Labeler:
    return fresh(on_phone)


def place(labeler: Labeler) -> tuple[float, float, float]:
    """How far the picture is moved and how large it is."""
    style = labeler.part("sample").locator("img").evaluate("image => image.style.transform")
    found = re.fullmatch(r"translate\((.+)px, (.+)px\) scale\((.+)\)", style)
    if not found:
        return 0.0, 0.0, 1.0
    x, y, scale = map(float, found.groups())
    return x, y, scale


def painted(labeler: Labeler) -> np.ndarray:
    """The pixels on the screen in the middle of the picture, which no tool covers."""
    (x, y), side = middle(labeler.part("sample").locator("img")), 200
    clip = {"x": x - side / 2, "y": y - side / 2, "width": side, "height": side}
    image = labeler.page.screenshot(clip=clip)  # type: ignore[arg-type]
    return np.asarray(Image.open(io.BytesIO(image)).convert("L"), dtype=float)


# --- by mouse -------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_zoomed_picture_is_dragged_and_stays_within_reach(desk: Labeler) -> None:
    sample_id, mouse = desk.sample, desk.page.mouse
    for _ in range(6):
        desk.press("+")
    x, y = middle(desk.part("sample"))
    before = place(desk)
    assert before[2] > 5
    mouse.move(x, y)
    mouse.down()
    mouse.move(x + 60, y + 40, steps=4)
    mouse.up()
    after = place(desk)
    assert (after[0] - before[0], after[1] - before[1]) == pytest.approx((60, 40), abs=1)
    mouse.move(x + 99, y)  # the button is up: nothing follows
    assert place(desk) == after
    for _ in range(3):
        mouse.move(x, y)
        mouse.down()
        mouse.move(x + 2_000, y, steps=2)
        mouse.up()
    edge = place(desk)
    image, stage = (
        desk.part("sample").locator("img").bounding_box(),
        desk.part("sample").bounding_box(),
    )
    assert image and stage and image["x"] <= stage["x"] + 30, "it is dragged out of sight"
    desk.press("ArrowRight")
    assert place(desk)[0] < edge[0]
    desk.part("sample").dblclick()
    expect(desk.part("sample")).to_have_attribute("data-zoom", "1.00")
    desk.expect_sample(sample_id)
    assert desk.events() == []


def test_contrast_and_brightness_change_what_is_painted(desk: Labeler) -> None:
    desk.part("adjust").click()
    before = painted(desk)
    desk.part("brightness").fill("40")
    dark = painted(desk)
    assert dark.mean() < 0.6 * before.mean()
    desk.press("Home")  # the slider's own key, as it has the focus
    assert painted(desk).mean() < dark.mean()
    expect(desk.part("sample")).to_have_attribute("data-zoom", "1.00")
    desk.part("adjust-reset").click()
    desk.part("contrast").fill("20")
    assert painted(desk).std() < 0.5 * before.std()
    sample_id = desk.sample
    desk.press("s")  # a slider keeps the keys that move it; all others are the page's
    expect(desk.part("sample")).not_to_have_attribute("data-sample-id", sample_id)
    desk.press("u")
    desk.expect_sample(sample_id)
    kinds = ["skip", "undo"]
    until(lambda: [kind for kind, _, _ in desk.events()] == kinds, "the undo was not recorded")
    desk.part("adjust-reset").click()
    assert painted(desk).tolist() == before.tolist()
    desk.part("adjust").click()
    expect(desk.part("contrast")).to_be_hidden()


@pytest.mark.slow
def test_axe_core_finds_nothing_in_the_tools_of_a_zoomed_picture(desk: Labeler) -> None:
    desk.press("+")
    desk.part("adjust").click()
    desk.part("contrast").fill("150")
    check_everywhere(desk.page)
    desk.part("adjust-reset").click()
    desk.part("adjust").click()


def test_a_locked_zoom_stays_for_the_next_samples(desk: Labeler) -> None:
    desk.part("zoom_lock").click()
    for _ in range(3):
        desk.press("+")
    desk.press("ArrowRight")
    there, sample_id = place(desk), desk.sample
    assert there[0] < 0
    desk.press("s")
    expect(desk.part("sample")).not_to_have_attribute("data-sample-id", sample_id)
    assert place(desk) == there
    desk.part("zoom_lock").click()
    sample_id = desk.sample
    desk.press("s")
    expect(desk.part("sample")).not_to_have_attribute("data-sample-id", sample_id)
    assert place(desk) == (0, 0, 1)


# --- by finger ------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_swipe_to_the_right_accepts_and_to_the_left_skips(phone: Labeler) -> None:
    fingers, acknowledged = Fingers(phone.page), phone.acknowledged
    first, top = phone.sample, phone.part("accept").get_attribute("data-label")
    x, y = middle(phone.part("sample"))
    fingers.drag(((x - 90, y), (x + 90, y)))
    expect(phone.part("sample")).not_to_have_attribute("data-sample-id", first)
    phone.expect_acknowledged(acknowledged + 1)
    second = phone.sample
    fingers.drag(((x + 90, y), (x - 90, y)))
    expect(phone.part("sample")).not_to_have_attribute("data-sample-id", second)
    third = phone.sample
    fingers.drag(((x, y - 150), (x + 90, y + 150)))  # more down than to the right
    phone.part("class").first.tap()
    phone.expect_acknowledged(acknowledged + 2)
    assert phone.events() == [
        ("label", first, top),
        ("skip", second, None),
        ("label", third, "zero"),
    ]


def test_two_fingers_zoom_and_one_moves_what_is_zoomed(phone: Labeler) -> None:
    fingers, sample_id = Fingers(phone.page), phone.sample
    x, y = middle(phone.part("sample"))
    fingers.drag(((x - 30, y), (x - 120, y)), ((x + 30, y), (x + 120, y)))
    assert place(phone)[2] == pytest.approx(4, rel=0.1)
    fingers.drag(((x - 60, y), (x + 60, y)))  # no swipe: the picture follows
    assert place(phone)[0] == pytest.approx(120, abs=15)
    fingers.drag(((x - 120, y), (x - 60, y)), ((x + 120, y), (x + 60, y)))
    assert place(phone)[2] == pytest.approx(2, rel=0.1)
    assert phone.page.evaluate("visualViewport.scale") == 1, "the page itself is zoomed"
    for _ in range(2):
        fingers.down((x, y))
        fingers.up()
    expect(phone.part("sample")).to_have_attribute("data-zoom", "1.00")
    phone.expect_sample(sample_id)
    assert phone.events() == []


def test_a_long_press_tells_what_a_class_means(phone: Labeler) -> None:
    fingers, sample_id, guide = Fingers(phone.page), phone.sample, phone.part("class-guide")
    one = phone.page.locator('[data-dalt="class"][data-class="one"]')
    one.scroll_into_view_if_needed()
    fingers.down(middle(one))
    expect(guide).to_be_visible()
    expect(guide).to_contain_text("A stroke.")
    expect(guide.locator("img").first).to_be_visible()
    fingers.up()
    expect(guide).to_be_visible()
    assert phone.page.evaluate("getSelection().isCollapsed")
    phone.expect_sample(sample_id)
    assert phone.events() == [], "a long press is no answer"
    box = guide.bounding_box()
    assert box and box["x"] >= 0 and box["x"] + box["width"] <= 390
    one.tap()
    expect(guide).to_be_hidden()
    expect(phone.part("sample")).not_to_have_attribute("data-sample-id", sample_id)
