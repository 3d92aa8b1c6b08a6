"""How samples are looked at: zoom, highlighted words, very long texts, swipes, what is broken."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from accessible import check_everywhere
from all_shown import ALL_SHOWN
from labeler import Labeler, until_there
from PIL import Image
from playwright.sync_api import Browser, Page, expect
from running_servers import Server
from waiting import until

import dalt

pytestmark = pytest.mark.slow

LONG = "One line of many words.\n" * 43_000  # a megabyte
MIXED = "A good film 😀\nשלום עולם\n"  # noqa: RUF001
NAME = "<b>" + "long" * 50 + "</b>"


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("texts") / "texts.dalt"
    with dalt.Project.create(folder, classes=["good", NAME], settings=ALL_SHOWN) as project:
        rest = [MIXED + str(i) for i in range(20)]
        project.add_texts([LONG, *rest], progress=False)
    return folder


@pytest.fixture(scope="module")
def few(serve: Any, tmp_path_factory: pytest.TempPathFactory) -> Server:
    """One text of a megabyte among six short ones."""
    folder = tmp_path_factory.mktemp("few") / "few.dalt"
    with dalt.Project.create(folder, classes=["good", NAME], settings=ALL_SHOWN) as project:
        project.add_texts([LONG, *(f"{MIXED}{i}" for i in range(6))], progress=False)
    return serve(folder)


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pictures that the page gets reduced; one that is broken since it was added."""
    folder = tmp_path_factory.mktemp("pictures")
    for n in range(3):
        pixels = np.full((1_000, 2_400, 3), 60 * n, np.uint8)
        Image.fromarray(pixels).save(folder / f"{n}.png")
    with dalt.Project.create(
        folder / "pictures.dalt", classes=["dark", "light"], settings=ALL_SHOWN
    ) as project:
        project.add_images(folder, progress=False)
    (folder / "1.png").write_bytes(b"\x89PNG broken")
    return folder / "pictures.dalt"


def test_a_large_picture_comes_whole_when_zoomed_and_a_broken_one_can_be_skipped(
    serve: Any, pictures: Path, page: Page
) -> None:
    server = serve(pictures)
    page.goto(server.address)
    labeler = Labeler(page, server.store).ready()
    stage, broken = labeler.part("sample"), 0
    for n in range(3):
        expect(labeler.root).to_have_attribute("data-state", "ready")
        if stage.locator(".dalt-broken").count():
            expect(stage).to_contain_text("can no longer be read")
            broken += 1
        else:
            picture = stage.locator("img")
            expect(stage).to_have_attribute("data-zoom", "1.00")
            for _ in range(6):
                labeler.press("+")
            expect(picture).to_have_attribute("data-full", "")
            assert picture.evaluate("image => image.naturalWidth") == 2_400
            sample = labeler.sample
            page.set_viewport_size({"width": 700 + 100 * n, "height": 700})
            assert labeler.sample == sample
            labeler.press("0")
            expect(stage).to_have_attribute("data-zoom", "1.00")
            labeler.press("=")
        labeler.press("s")
        if n < 2:
            until_there(
                page,
                "id => document.querySelector('.dalt-stage').dataset.sampleId !== id",
                labeler.events()[-1][1] if labeler.events() else "",
            )
    labeler.expect_state("done")
    assert broken == 1


def test_words_are_highlighted_and_a_megabyte_comes_when_asked_for(
    serve: Any, texts: Path, page: Page
) -> None:
    server = serve(texts)
    page.goto(server.address)
    labeler = Labeler(page, server.store).ready()
    words = labeler.part("words")
    words.fill("film, עולם, lines")
    words.press("Enter")
    expect(labeler.root).to_be_focused()
    stage = labeler.part("sample")
    for _ in range(21):
        rest = labeler.part("rest")
        if rest.count():
            break
        found = "[...CSS.highlights.get('dalt-words')].map(String)"
        assert page.evaluate(found) == ["film", "עולם"]
        if not labeler.events():
            check_everywhere(page)
        before = labeler.sample
        labeler.press("s")
        expect(stage).not_to_have_attribute("data-sample-id", before)
    assert stage.locator(".dalt-piece").count() < 30
    rest.click()
    expect(rest).to_have_count(0)
    assert stage.locator(".dalt-text").evaluate("node => node.textContent") == LONG
    scroller = stage.locator(".dalt-text")
    scroller.evaluate("node => { node.scrollTop = 500 }")
    until_there(page, "document.querySelector('.dalt-text').scrollTop > 400")


WITHOUT_HIGHLIGHTS = """
  Object.defineProperty(CSS, "highlights", { value: undefined });
  delete globalThis.Highlight;
"""


def test_words_are_marked_where_the_browser_has_no_highlights(few: Server, page: Page) -> None:
    page.add_init_script(WITHOUT_HIGHLIGHTS)
    page.goto(few.address)
    labeler = Labeler(page, few.store).ready()
    if long := labeler.part("rest").count():
        skip(labeler)
    text = labeler.part("sample").locator(".dalt-text")
    whole, sample_id = text.text_content(), labeler.sample
    marks = text.locator("mark.dalt-found")
    labeler.part("words").fill("FILM, o, עולם")
    assert marks.all_inner_texts() == ["o", "o", "film", "עולם"]
    expect(page.locator(".dalt-found-count")).to_have_text("4 found")
    assert text.text_content() == whole
    check_everywhere(page, (1280,))
    labeler.part("words").fill("good")
    assert marks.all_inner_texts() == ["good"]
    labeler.part("words").press("Enter")
    skip(labeler)
    labeler.press("u")
    labeler.expect_sample(sample_id)
    assert marks.all_inner_texts() == ["good"]
    labeler.part("words").fill("")
    expect(marks).to_have_count(0)
    assert text.text_content() == whole
    assert text.evaluate("node => node.childNodes.length") == 1, "the text stays in pieces"
    labeler.part("words").press("Enter")
    if long:  # the next test wants it
        labeler.press("u")
    until(lambda: len(labeler.events()) == 2 + 2 * long, "it is not undone")
    page.goto("about:blank")


def skip(labeler: Labeler) -> None:
    """Skip the sample; the next may be held by a page that is just being left."""
    before = labeler.sample
    labeler.press("s")
    another = re.compile(rf"^(?!{before})")
    expect(labeler.part("sample")).to_have_attribute("data-sample-id", another, timeout=30_000)


def test_a_megabyte_is_answered_by_key_and_undone_where_it_was_left(
    few: Server, page: Page
) -> None:
    page.goto(few.address)
    labeler = Labeler(page, few.store).ready()
    while not labeler.part("rest").count():
        skip(labeler)
    labeler.part("rest").click()
    scroller = labeler.part("sample").locator(".dalt-text")
    expect(labeler.part("rest")).to_have_count(0)
    long = labeler.sample
    for _ in range(3):
        labeler.press("PageDown")
    place = scroller.evaluate("node => node.scrollTop")
    assert place > 0
    before = labeler.acknowledged
    labeler.press("1")
    expect(labeler.part("sample")).not_to_have_attribute("data-sample-id", long)
    expect(scroller).to_contain_text("A good film")
    short = labeler.sample
    labeler.press("2")
    labeler.expect_acknowledged(before + 2)
    assert labeler.events()[-2:] == [("label", long, "good"), ("label", short, NAME)]
    labeler.press("u")
    labeler.press("u")
    labeler.expect_sample(long)
    assert scroller.evaluate("node => node.scrollTop") == place
    assert scroller.evaluate("node => node.textContent") == LONG
    labeler.press("2")
    expect(labeler.part("sample")).to_have_attribute("data-sample-id", short)
    labeler.expect_acknowledged(before + 3)
    assert labeler.events()[-1] == ("label", long, NAME)


def test_a_finger_swipes_and_nothing_is_wider_than_a_phone(
    serve: Any, texts: Path, browser: Browser
) -> None:
    server = serve(texts)
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    )
    page = context.new_page()
    page.goto(server.address)
    labeler = Labeler(page, server.store).ready()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    small = """[...document.querySelectorAll('.dalt button')].filter((each) =>
        each.offsetParent && each.offsetHeight < 44).map((each) => each.dataset.dalt)"""
    assert page.evaluate(small) == []
    names = page.locator('[data-dalt="class"]').evaluate_all(
        "all => all.map((one) => one.dataset.class)"
    )
    assert names == ["good", NAME]
    labeler.part("class").last.tap()
    expect(page.locator(".dalt-last")).to_have_text(f"Last: {NAME}")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    labeler.expect_acknowledged(1)
    before = labeler.sample
    for far, goes in ((60, False), (180, True)):
        swipe(page, -far)
        if not goes:
            assert labeler.sample == before
    expect(labeler.part("sample")).not_to_have_attribute("data-sample-id", before)
    until_there(page, "document.querySelector('.dalt-swipe').hidden")
    context.close()


def swipe(page: Page, dx: int) -> None:
    """One finger over the middle of the sample."""
    client = page.context.new_cdp_session(page)
    box = page.locator('[data-dalt="sample"]').bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2 - dx / 2, box["y"] + box["height"] / 2
    steps = [("touchStart", x)] + [("touchMove", x + dx * part / 4) for part in range(1, 5)]
    for kind, at in steps:
        client.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": at, "y": y}]})
    client.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
