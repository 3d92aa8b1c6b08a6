"""Tiles have pictures reduced; looked at large they come whole."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from accessible import check
from all_shown import ALL_SHOWN
from boxes_of import MORE_SIZES, SIZES, box, resize
from labeler import Labeler
from PIL import Image
from playwright.sync_api import Browser, Page, expect
from pools import label_as
from running_servers import Server
from touch import Fingers, middle

import dalt

pytestmark = pytest.mark.slow

NATURAL = "image => image.naturalWidth"


@pytest.fixture(scope="module")
def server(serve: Callable[[Path], Server], tmp_path_factory: pytest.TempPathFactory) -> Server:
    folder = tmp_path_factory.mktemp("closeup")
    rng = np.random.default_rng(0)
    for n in range(40):
        pixels = rng.integers(0, 120, (9, 12, 3), dtype=np.uint8)
        pixels[..., 2 * (n % 2)] += 130  # reddish or bluish
        Image.fromarray(pixels).resize((1_200, 900)).save(folder / f"{n:02}.jpg")
    with dalt.Project.create(
        folder / "photos.dalt", classes=["red", "blue"], settings=ALL_SHOWN
    ) as project:
        ids = project.add_images(folder, progress=False).ids
        far = rng.normal(0, 0.1, (40, 8)).astype(np.float32)
        far[::2, 0] += 5
        project.add_embeddings(far, ids)
        of = dict(zip(ids, ["red", "blue"] * 20, strict=True))
        label_as(project, of, 16)
    return serve(folder / "photos.dalt")


def verifying(page: Page, server: Server) -> Labeler:
    page.goto(server.address)
    labeler = Labeler(page, server.store).ready()
    labeler.press("v")
    expect(labeler.root).to_have_attribute("data-mode", "verify")
    return labeler.ready()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_tile_is_looked_at_large_by_mouse_and_by_key(
    browser: Browser, server: Server, theme: str
) -> None:
    context = browser.new_context(color_scheme=theme)  # type: ignore[arg-type]
    labeler = verifying(context.new_page(), server)
    page, closeup = labeler.page, labeler.part("closeup")
    tile = labeler.part("tile").first
    assert tile.locator("img").evaluate(NATURAL) == 256
    tile.hover()
    tile.locator('[data-dalt="look"]').click()
    expect(closeup).to_have_attribute("data-full", "")
    assert closeup.locator("img").evaluate(NATURAL) == 1_200
    check(page)
    labeler.press("Enter")  # on the button that closes it: the page behind is not confirmed
    expect(closeup).to_be_hidden()
    expect(tile).to_have_attribute("data-said", "right")
    labeler.press("ArrowRight")
    labeler.press("+")
    expect(closeup).to_be_visible()
    labeler.press("1")
    labeler.press("Escape")
    expect(closeup).to_be_hidden()
    expect(page.locator(".dalt-current .dalt-tile-said")).to_be_focused()
    expect(page.locator('[data-dalt="tile"]:not([data-said="right"])')).to_have_count(0)
    assert page.locator(".dalt [inert]").count() == 0
    assert labeler.events() == []
    page.goto("about:blank")  # gives its samples back
    context.close()


def test_it_has_the_window_and_arrows_go_to_the_neighbour(page: Page, server: Server) -> None:
    labeler = verifying(page, server)
    closeup, tiles = labeler.part("closeup"), labeler.part("tile")
    labeler.press("ArrowRight")
    labeler.press("+")
    expect(closeup).to_have_attribute("data-full", "")
    for size in (*SIZES, *MORE_SIZES):
        resize(labeler, size, "closeup")
        left, top, right, bottom = box(page, ".dalt-closeup-place")
        bar = box(page, ".dalt-closeup-bar")
        assert (left, top, right) == (0, 0, size[0]), "it has the window"
        assert bar[1] >= bottom - 1 and bar[3] <= size[1] + 1, "what can be done is below it"
        image = closeup.locator("img")
        # As `object-fit: contain` has it, the picture touches two sides of what it is given.
        expect(image).to_have_css("object-fit", "contain")
        shown = box(page, ".dalt-closeup-place img")
        assert (shown[2] - shown[0], shown[3] - shown[1]) == (right - left, bottom - top)
    first = closeup.locator("p").inner_text()
    labeler.press("ArrowRight")
    expect(closeup.locator("p")).not_to_have_text(first)
    labeler.press("ArrowLeft")
    expect(closeup.locator("p")).to_have_text(first)
    labeler.press("ArrowDown")
    labeler.press("Escape")
    expect(tiles.nth(1).get_by_role("button")).to_be_focused()
    expect(tiles.nth(1)).to_have_class(re.compile("dalt-current"))
    labeler.press("+")
    expect(closeup).to_be_visible()
    closeup.locator("img").click()
    expect(closeup).to_be_hidden()
    assert labeler.events() == []
    page.goto("about:blank")


def test_a_finger_swipes_to_the_neighbour_and_has_room(browser: Browser, server: Server) -> None:
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    )
    page = context.new_page()
    labeler = verifying(page, server)
    closeup = labeler.part("closeup")
    fingers = Fingers(page)
    view = labeler.part("tile").first.locator(".dalt-tile-view")
    fingers.down(middle(view))
    expect(closeup).to_have_attribute("data-full", "")
    fingers.up()
    for button in closeup.locator("button").all():
        size = button.bounding_box()
        assert size and min(size["width"], size["height"]) >= 44
    labeler.part("closeup-close").tap()
    expect(closeup).to_be_hidden()
    fingers.down(middle(view))
    expect(closeup).to_be_visible()
    fingers.up()
    said = closeup.locator("p")
    first = said.inner_text()
    fingers.drag(((300, 400), (80, 410)))
    expect(said).not_to_have_text(first)
    fingers.drag(((80, 400), (300, 410)))
    expect(said).to_have_text(first)
    labeler.press("Escape")
    expect(closeup).to_be_hidden()
    assert labeler.events() == []
    size = labeler.part("confirm").bounding_box()
    assert size and size["height"] >= 44
    page.goto("about:blank")  # gives its samples back
    context.close()


def test_a_finger_presses_a_tile_for_a_while(browser: Browser, server: Server) -> None:
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    )
    page = context.new_page()
    labeler = verifying(page, server)
    tile = labeler.part("tile").first
    box = tile.bounding_box()
    assert box
    client = context.new_cdp_session(page)
    at = {"x": box["x"] + 30, "y": box["y"] + 30}
    client.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [at]})
    expect(labeler.part("closeup")).to_have_attribute("data-full", "")
    client.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    expect(labeler.part("closeup")).to_be_visible()
    labeler.part("closeup-close").tap()
    expect(labeler.part("closeup")).to_be_hidden()
    expect(tile).to_have_attribute("data-said", "right")
    tile.tap()
    expect(tile).to_have_attribute("data-said", "out")
    context.close()
