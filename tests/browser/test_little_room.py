"""Long names of classes stay apart, and what the page says of its state moves nothing."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from all_shown import ALL_SHOWN
from labeler import Labeler
from playwright.sync_api import Browser, Page, expect
from pools import given_pool
from running_servers import ROOT, Server

import dalt

LONG = [
    "Reconstruction of a left anterior cruciate ligament with an autograft of the patellar tendon, "
    f"and partial resection of the {side} meniscus (arthroscopic)"
    for side in ("medial", "lateral")
]
APART = """(names) => names.filter((node) => node.checkVisibility()).map((node) => {
  const box = node.getBoundingClientRect();
  const inside = (part) => {
    const { left, right, width } = part.getBoundingClientRect();
    return width > 8 && left >= box.left - 1 && right <= box.right + 1
      && part.scrollWidth <= part.clientWidth + 1;
  };
  const words = [...node.querySelectorAll("b")];
  const whole = node.scrollWidth <= node.clientWidth + 1
    && node.scrollHeight <= node.clientHeight + 1;
  return [node.textContent, words.length > 0 ? words.every(inside) : whole, node.title];
})"""


@pytest.fixture(scope="module")
def server(serve: Callable[[Path], Server], tmp_path_factory: pytest.TempPathFactory) -> Server:
    folder = tmp_path_factory.mktemp("names") / "names.dalt"
    given_pool(folder, [*LONG, "none", "another one", "unclear"], 60, side=16)
    return serve(folder)


@pytest.mark.slow
@pytest.mark.parametrize("width", [1280, 390, 700])
def test_long_names_are_told_apart_wherever_they_stand(
    browser: Browser, server: Server, width: int
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 900})
    context.set_default_timeout(60_000)
    page = context.new_page()
    page.goto(server.address)
    labeler = Labeler(page, server.store).ready()
    expect(labeler.part("accept")).to_have_attribute("data-label", re.compile("."))

    def all_apart(where: str) -> None:
        names = page.locator(f":is({where}) .dalt-name").filter(has_text="Reconstruction")
        names.first.wait_for()
        for name, apart, title in names.evaluate_all(APART):
            assert apart and title == name, (where, name, title)

    all_apart(".dalt-strip")
    all_apart(".dalt-classes")
    labeler.press("1")
    labeler.press("2")
    for key, panel in (("h", ".dalt-history"), ("p", ".dalt-class-counts")):
        labeler.press(key)
        all_apart(panel)
        labeler.press("Escape")
    labeler.press("v")
    labeler.ready()
    labeler.press("ArrowRight")
    page.locator(".dalt-tile.dalt-current").wait_for()
    shown = page.locator(".dalt-verify").get_attribute("data-class")
    labeler.press("1" if shown != LONG[0] else "2")
    all_apart(".dalt-tile-said")
    context.close()


@pytest.mark.slow
def test_long_names_of_spans_are_told_apart(
    serve: Callable[[Path], Server], page: Page, tmp_path: Path
) -> None:
    folder = tmp_path / "spans.dalt"
    with dalt.Project.create(
        folder, classes=[*LONG, "none"], task="spans", settings=ALL_SHOWN
    ) as project:
        project.add_texts(["Ana met Bob in Oslo."], progress=False)
    server = serve(folder)
    page.goto(server.address)
    labeler = Labeler(page, server.store).ready()
    for key in ("ArrowRight", "1", "ArrowRight", "ArrowRight", "2"):
        labeler.press(key)
    expect(labeler.part("span")).to_have_count(2)
    classes = page.locator(".dalt-span-class")
    for place in (0, 1):
        expect(classes.nth(place)).to_be_visible()
    names = classes.evaluate_all(APART)
    assert [(apart, title) for _, apart, title in names] == [(True, name) for name in LONG]
    tags = page.locator(".dalt-span-tag").evaluate_all(
        "(tags) => tags.map((tag) => tag.dataset.name)"
    )
    assert len(set(tags)) == 2 and all("l" in tag and len(tag) <= 20 for tag in tags), tags


BOXES = """() => [...document.querySelectorAll(
    ".dalt-stage, .dalt-strip, .dalt-class, .dalt-tool-row, :is(.dalt-actions, .dalt-foot) button")]
  .filter((part) => part.checkVisibility())
  .map((part) => {
    const { x, y, width, height } = part.getBoundingClientRect();
    return [part.className, x, y, width, height];
  })"""
AT_REST = """async () => {
  const boxes = BOXES;
  for (let seen = "", same = 0; same < 10;) {
    await new Promise(requestAnimationFrame);
    const now = JSON.stringify(boxes());
    same = now === seen ? same + 1 : 0;
    seen = now;
  }
}""".replace("BOXES", BOXES)
SAY = """([learning, proposal, sending]) => {
  const put = (name, text) => { document.querySelector(name).textContent = text; };
  put(".dalt-learning", learning);
  put(".dalt-proposal", proposal);
  put(".dalt-sending", sending);
}"""


def said(language: str, name: str) -> str:
    source = (ROOT / "dalt" / "page" / "static" / "i18n" / f"{language}.js").read_text(
        encoding="utf-8"
    )
    found = re.search(rf'^  {name}: "(.*)",$', source, flags=re.MULTILINE)
    assert found, name
    message = "the labels of 3 classes are still too few, and a message can be long " * 2
    return found[1].replace("{message}", message).replace("{n}", "128")


@pytest.mark.slow
@pytest.mark.parametrize("language", ["english", "korean"])
def test_nothing_moves_whatever_the_page_says_of_its_state(
    page: Page, server: Server, language: str
) -> None:
    page.goto(server.address)
    Labeler(page, server.store).ready()
    for width in (1280, 960, 820, 700, 600, 390):
        page.set_viewport_size({"width": width, "height": 900})
        page.evaluate(SAY, ["", "", ""])
        page.evaluate(AT_REST)  # what follows the window's size has followed it
        before = page.evaluate(BOXES)
        assert len(before) > 8
        for learning in ("learning", "failed", "stopped", "learns_again", "unlearned"):
            for proposal in ("propose_verify", "propose_single"):
                for sending in ("sending_one", "sending"):
                    texts = [said(language, name) for name in (learning, proposal, sending)]
                    page.evaluate(SAY, texts)
                    assert page.evaluate(BOXES) == before, (width, texts)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
