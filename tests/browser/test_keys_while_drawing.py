"""A key, a message of the kernel or a lost pointer in the middle of a drag loses nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from all_shown import ALL_SHOWN
from labeler import Labeler, until_there
from playwright.sync_api import Page, WebSocket, expect
from running_servers import Server
from scenes import Hand

import dalt

TEXT = "Ann met Bob and Carl in Rome with Dora and Emil"
WORD = """(word) => {
  const shown = document.querySelector(".dalt-spans-text");
  const walk = document.createTreeWalker(shown, NodeFilter.SHOW_TEXT);
  for (let text = walk.nextNode(); text; text = walk.nextNode()) {
    const at = text.data.indexOf(word);
    if (at < 0) continue;
    const range = document.createRange();
    range.setStart(text, at);
    range.setEnd(text, at + word.length);
    const { left, right, top, bottom } = range.getBoundingClientRect();
    return [left, right, (top + bottom) / 2];
  }
}"""
OTHER_KEYS = [
    *("Enter", "u", "s", "v", "h", "c", "f", "/", "Backspace", "Delete", "+", "-", "0", "9"),
    *("ArrowRight", "PageDown", "Home", "[", "?", "Insert", "Tab", " ", "Control+z"),
]


@pytest.fixture(scope="module")
def texts(serve: Callable[[Path], Server], tmp_path_factory: pytest.TempPathFactory) -> Server:
    folder = tmp_path_factory.mktemp("drawn") / "texts.dalt"
    with dalt.Project.create(
        folder, classes=["person", "place"], task="spans", settings=ALL_SHOWN
    ) as project:
        project.add_texts([TEXT, f"{TEXT} again", f"{TEXT} and again"], progress=False)
    return serve(folder)


@pytest.fixture(scope="module")
def pictures(
    serve: Callable[[Path], Server], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[Any], Server]:
    servers: dict[str, Server] = {}

    def of(task: Any) -> Server:
        if task not in servers:
            folder = tmp_path_factory.mktemp("drawn") / f"{task}.dalt"
            pixels = np.random.default_rng(0).integers(0, 255, (3, 200, 300), dtype=np.uint8)
            with dalt.Project.create(
                folder, classes=["cat", "dog"], task=task, settings=ALL_SHOWN
            ) as project:
                project.add_images(pixels, progress=False)
            servers[task] = serve(folder)
        return servers[task]

    return of


def opened(page: Page, server: Server) -> Labeler:
    page.goto(server.address)
    return Labeler(page, server.store).ready()


@pytest.fixture
def reader(page: Page, texts: Server) -> Iterator[Labeler]:
    yield opened(page, texts)
    page.goto("about:blank")


def spans(labeler: Labeler, n: int) -> list[tuple[str | None, str]]:
    """What is marked, once there are so many."""
    expect(labeler.part("span")).to_have_count(n)
    return [
        (span.get_attribute("data-class"), span.locator(".dalt-span-quote").inner_text())
        for span in labeler.part("span").all()
    ]


def over(labeler: Labeler, word: str, meanwhile: Callable[[], object], last: int = 1) -> None:
    """Drag over a word; something happens meanwhile, before the pointer moves on a little."""
    mouse = labeler.page.mouse
    left, right, y = labeler.page.evaluate(WORD, word)
    mouse.move(left + 1, y)
    mouse.down()
    mouse.move(right - 1, y, steps=5)
    meanwhile()
    mouse.move(right - 1, y + last)
    mouse.up()


def test_the_key_of_a_class_while_words_are_dragged_over_is_the_class_of_these(
    reader: Labeler,
) -> None:
    for at, word in enumerate(("Rome", "Emil")):
        over(reader, word, lambda: reader.press("2"))
        spans(reader, at + 1)
        reader.press("Escape")  # nothing is meant any more
        reader.press("1")
    assert spans(reader, 2) == [("place", "Rome"), ("place", "Emil")]


def test_a_key_in_the_moment_in_which_the_pointer_is_let_go_loses_no_span(
    reader: Labeler,
) -> None:
    for word in ("Rome", "Emil", "Bob"):
        over(reader, word, lambda: None)
        reader.press("2")
    assert spans(reader, 3) == [("place", "Bob"), ("place", "Rome"), ("place", "Emil")]
    # In one task of the browser, which is quicker than any hand.
    reader.page.evaluate(
        """() => {
          const text = document.querySelector(".dalt-spans-text");
          const parts = [...text.querySelectorAll(".dalt-part")];
          const node = parts.find((each) => each.textContent.includes("Dora")).lastChild;
          const fire = (type, buttons) => text.dispatchEvent(new PointerEvent(type,
            { bubbles: true, button: 0, isPrimary: true, buttons }));
          fire("pointerdown", 1);
          const at = node.data.indexOf("Dora");
          getSelection().setBaseAndExtent(node, at, node, at + 4);
          fire("pointerup", 0);
          text.dispatchEvent(new KeyboardEvent("keydown",
            { key: "2", code: "Digit2", bubbles: true }));
        }"""
    )
    assert ("place", "Dora") in spans(reader, 4)


def test_no_other_key_disturbs_a_drag_over_words(reader: Labeler) -> None:
    sample_id, word = reader.sample, "Rome"
    over(reader, "Bob", lambda: None)
    spans(reader, 1)

    def press_all() -> None:
        for key in OTHER_KEYS:
            reader.press(key)

    over(reader, word, press_all)
    assert spans(reader, 2) == [("person", "Bob"), ("person", word)]
    reader.expect_sample(sample_id)
    over(reader, "Emil", lambda: reader.press("Escape"))  # left
    over(reader, "Emil", lambda: reader.page.set_viewport_size({"width": 1000, "height": 800}))
    *others, (_, last) = spans(reader, 3)
    assert others == [("person", "Bob"), ("person", word)]
    assert last.startswith("Emil")  # a window of another size has other words under the pointer
    assert reader.events() == []


@pytest.mark.slow
def test_the_text_stays_while_the_kernel_sends_other_settings(page: Page, texts: Server) -> None:
    heard: list[str] = []

    def listen(socket: WebSocket) -> None:
        socket.on("framereceived", lambda frame: heard.append(str(frame)))

    page.on("websocket", listen)
    reader = opened(page, texts)
    path = texts.store.path.parent / "project.toml"
    former = path.read_text("utf-8")
    first = reader.part("class").first
    first.evaluate("(node) => { node.former = true; }")

    def settings_change() -> None:
        heard.clear()
        path.write_text(former.replace('description = ""', 'description = "Whoever."', 1), "utf-8")
        while not any('"setup"' in frame for frame in heard):
            page.wait_for_timeout(50)
        assert first.evaluate("(node) => node.former") is True

    try:
        over(reader, "Rome", settings_change)
        assert spans(reader, 1) == [("person", "Rome")]
        # What the kernel said holds as soon as nothing is being drawn.
        until_there(page, "document.querySelector('[data-dalt=class]').former !== true")
        assert spans(reader, 1) == [("person", "Rome")]
        over(reader, "Emil", lambda: reader.press("2"))
        assert spans(reader, 2) == [("person", "Rome"), ("place", "Emil")]
    finally:
        path.write_text(former, "utf-8")
        page.goto("about:blank")


@pytest.mark.slow
def test_a_pointer_that_is_lost_leaves_the_keys_alive(reader: Labeler) -> None:
    def lose(kind: str) -> None:
        reader.page.evaluate(
            f"""document.querySelector(".dalt-spans-text")
              .dispatchEvent(new PointerEvent("{kind}", {{ bubbles: true }}))"""
        )

    over(reader, "Rome", lambda: lose("pointercancel"))
    reader.press("2")
    expect(reader.part("class").nth(1)).to_have_attribute("aria-pressed", "true")
    reader.press("Enter")
    reader.expect_acknowledged(1)


@pytest.mark.slow
@pytest.mark.parametrize(
    "task",
    ["boxes", *(pytest.param(each, marks=pytest.mark.slow) for each in ("polygons", "points"))],
)
def test_a_class_key_is_that_of_the_region_in_the_making(
    task: str, pictures: Callable[[Any], Server], page: Page
) -> None:
    labeler = opened(page, pictures(task))
    hand = Hand(labeler, (300, 200))
    mouse, sample_id = page.mouse, labeler.sample

    def draw(corners: list[tuple[float, float]], *keys: str) -> None:
        for at, corner in enumerate(corners):
            mouse.move(*hand.at(*corner))
            mouse.down()
            if task == "boxes":
                mouse.move(*hand.at(corner[0] + 40, corner[1] + 40), steps=3)
            if at == len(corners) - 1:
                for key in keys:
                    labeler.press(key)
            if task == "boxes":
                mouse.move(*hand.at(corner[0] + 50, corner[1] + 50), steps=3)
            mouse.up()
        if task == "polygons":
            labeler.press("Enter")  # closes it

    def corners(x: float, y: float) -> list[tuple[float, float]]:
        return [(x, y), (x + 50, y), (x, y + 50)] if task == "polygons" else [(x, y)]

    draw(corners(20, 20))
    draw(corners(120, 20), "2")
    assert hand.listed() == ["cat", "dog"]
    labeler.press("1")  # that of the region just drawn
    assert hand.listed() == ["cat", "cat"]
    draw(corners(200, 100), *OTHER_KEYS, "2")
    assert hand.listed() == ["cat", "cat", "dog"]
    labeler.expect_sample(sample_id)
    assert labeler.events() == []
    if task == "boxes":
        draw(corners(20, 120), "Escape")
        assert hand.listed() == ["cat", "cat", "dog"]
    page.goto("about:blank")


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["pointercancel", "lostpointercapture"])
def test_a_box_whose_pointer_is_lost_leaves_the_page_as_it_was(
    kind: str, pictures: Callable[[Any], Server], page: Page
) -> None:
    labeler = opened(page, pictures("boxes"))
    hand = Hand(labeler, (300, 200))
    hand.drag((20, 20), (80, 80))
    page.mouse.move(*hand.at(120, 20))
    page.mouse.down()
    page.mouse.move(*hand.at(160, 60), steps=3)
    page.evaluate(
        f"""document.querySelector("[data-draws]").dispatchEvent(
          new PointerEvent("{kind}", {{ bubbles: true, pointerId: 1 }}))"""
    )
    page.mouse.up()
    assert hand.listed() == ["cat"]
    labeler.press("2")
    assert hand.listed() == ["dog"]
    page.goto("about:blank")
