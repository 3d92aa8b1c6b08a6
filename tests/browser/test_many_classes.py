"""A hundred and twenty classes in groups: found, explained, added; keys changed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from accessible import check_everywhere
from all_shown import ALL_SHOWN
from labeler import Labeler
from playwright.sync_api import CDPSession, Page, expect
from running_servers import Server
from sklearn.datasets import load_digits

import dalt
from dalt.core.settings import project_file

pytestmark = pytest.mark.slow

KINDS = ["warbler", "thrush", "finch", "hawk", "owl", "gull", "heron", "duck", "wren", "plover"]
LOOKS = [
    *("grey", "little", "great", "crested", "marsh", "river"),
    *("northern", "spotted", "black", "white-tailed", "éloise", "검은"),
]
LONG = "<b>Very</b> " + "long" * 48
CLASSES = [
    *(
        {"name": f"{look} {kind}", "group": f"{kind}s", "description": f"A {kind}, {look}."}
        for kind in KINDS
        for look in LOOKS
    ),
    {"name": LONG, "group": "<i>others</i> " + "g" * 80, "description": "<u>?</u> " + "d" * 300},
]


@pytest.fixture(scope="module")
def server(serve: Callable[[Path], Server], tmp_path_factory: pytest.TempPathFactory) -> Server:
    folder = tmp_path_factory.mktemp("many") / "birds.dalt"
    digits = load_digits()
    images = (digits.images[:150] * 15).astype("uint8")
    with dalt.Project.create(folder, classes=CLASSES, seed=0, settings=ALL_SHOWN) as project:
        ids = project.add_images(images, progress=False).ids
        project.add_embeddings(digits.data[:150], ids)
        names = [CLASSES[12 * n]["name"] for n in range(10)]
        of = dict(zip(project.samples().sample_id, digits.target, strict=False))
        with project.session(annotator="ben") as session:
            for _ in range(30):
                assignment = session.next()
                assert assignment is not None
                session.submit(assignment, names[of[assignment.sample.id]])
            project.trainer.wait(120)
    path = folder / "project.toml"
    path.write_text(path.read_text("utf-8").replace("new_classes = false", "new_classes = true"))
    return serve(folder)


@pytest.fixture
def labeler(page: Page, server: Server) -> Iterator[Labeler]:
    page.goto(server.address)
    yield Labeler(page, server.store).ready()
    page.goto("about:blank")


def visible(labeler: Labeler) -> list[str]:
    shown = "[...document.querySelectorAll('.dalt-class:not([hidden])')]"
    names: list[str] = labeler.page.evaluate(f"{shown}.map((each) => each.dataset.class)")
    return names


def test_typing_finds_a_class_and_enter_answers_with_it(labeler: Labeler) -> None:
    before = visible(labeler)
    assert before == [each["name"] for each in CLASSES][: len(before)]
    sample_id = labeler.sample
    labeler.press("/")
    labeler.page.keyboard.type("ELOISE thru")
    assert visible(labeler) == ["éloise thrush"]
    labeler.page.keyboard.press("Control+a")
    labeler.page.keyboard.insert_text("ㄱ올")
    assert visible(labeler) == []
    labeler.page.keyboard.press("Control+a")
    labeler.page.keyboard.insert_text("검 owl")
    assert visible(labeler) == ["검은 owl"]
    labeler.press("Escape")
    assert visible(labeler) == before
    expect(labeler.root).to_be_focused()
    labeler.press("/")
    labeler.page.keyboard.type("gulls")  # the group
    assert len(visible(labeler)) == len(LOOKS)
    check_everywhere(labeler.page)
    labeler.page.keyboard.type(" nothing")
    expect(labeler.part("add-class")).to_be_visible()
    check_everywhere(labeler.page, (390,))
    labeler.page.keyboard.press("Control+a")
    labeler.page.keyboard.type("gulls")
    labeler.press("ArrowDown")
    labeler.press("Enter")
    labeler.expect_acknowledged(1)
    assert labeler.events() == [("label", sample_id, "little gull")]
    expect(labeler.root).to_be_focused()
    assert visible(labeler) == before


def test_a_class_says_what_it_means_and_shows_examples(labeler: Labeler) -> None:
    guide = labeler.part("class-guide")
    labeler.page.locator('[data-class="grey warbler"]').hover()
    expect(guide).to_be_visible()
    expect(guide).to_contain_text("A warbler, grey.")
    expect(guide.locator("img").first).to_be_visible()
    check_everywhere(labeler.page, (1280,))
    labeler.press("Escape")
    expect(guide).to_be_hidden()
    labeler.page.locator('[data-dalt="search"]').focus()
    labeler.press("Tab")  # to the first of the list; arrows go through it
    labeler.press("ArrowDown")
    expect(guide).to_contain_text("grey warbler")
    assert labeler.page.locator(":focus").get_attribute("aria-describedby")


def test_a_key_is_changed_on_the_page_unless_it_is_taken(labeler: Labeler, server: Server) -> None:
    labeler.press("?")
    row = labeler.page.locator('[data-of="action:skip"]')
    row.click()
    labeler.press("u")
    expect(labeler.page.locator(".dalt-remap-status")).to_have_text(
        "The key 'u' is taken: it is for 'undo'."
    )
    second = Labeler(labeler.page.context.new_page(), server.store)
    second.page.goto(server.address)
    second.ready()
    expect(second.part("skip")).to_contain_text("S")
    row.click()
    labeler.press(";")
    expect(row).to_have_text(";")
    expect(row).to_be_focused()
    labeler.press("Escape")
    sample_id = labeler.sample
    labeler.press(";")
    expect(labeler.part("sample")).not_to_have_attribute("data-sample-id", sample_id)
    folder = server.store.path.parent
    assert project_file.load(folder).action_keys["skip"] == ";"
    # Another page, of another kernel, hears of it with its next answer at the latest.
    second.press("1")
    expect(second.part("skip")).to_contain_text(";")
    sample_id = second.sample
    second.press(";")
    expect(second.part("sample")).not_to_have_attribute("data-sample-id", sample_id)
    second.page.close()


def test_hangul_is_composed_in_the_search_and_keys_work_while_it_is_on(labeler: Labeler) -> None:
    page, sample_id = labeler.page, labeler.sample
    client = page.context.new_cdp_session(page)
    labeler.press("/")
    for composed in ("ㄱ", "거", "검"):
        key = {"type": "rawKeyDown", "key": "Process", "code": "KeyR", "windowsVirtualKeyCode": 229}
        client.send("Input.dispatchKeyEvent", key)
        ends = {"selectionStart": len(composed), "selectionEnd": len(composed)}
        client.send("Input.imeSetComposition", {"text": composed, **ends})
        client.send("Input.dispatchKeyEvent", {**key, "type": "keyUp"})
    field = labeler.page.locator('[data-dalt="search"]')
    expect(field).to_have_value("검")
    labeler.expect_sample(sample_id)
    client.send("Input.insertText", {"text": "검"})  # the syllable is done
    page.keyboard.type(" owl")
    assert visible(labeler) == ["검은 owl"]
    labeler.press("Enter")
    labeler.expect_acknowledged(1)
    assert labeler.events() == [("label", sample_id, "검은 owl")]
    # Outside of the field a Hangul layout types letters of its own: the place of a key counts.
    type_key(client, "ㅕ", "KeyU")
    labeler.expect_sample(sample_id)
    type_key(client, "Process", "Digit1")
    labeler.expect_acknowledged(2)
    assert labeler.events()[1:] == [("undo", sample_id, None), ("label", sample_id, "grey warbler")]


def type_key(client: CDPSession, key: str, code: str) -> None:
    for kind in ("rawKeyDown", "keyUp"):
        client.send("Input.dispatchKeyEvent", {"type": kind, "key": key, "code": code})


def test_a_new_class_is_added_and_answers_the_sample_on_screen(labeler: Labeler) -> None:
    sample_id = labeler.sample
    labeler.press("/")
    labeler.page.keyboard.type("dodo")
    labeler.press("Enter")
    expect(labeler.page.locator('[data-class="dodo"]')).to_be_visible()
    expect(labeler.page.locator('[data-dalt="search"]')).to_be_focused()
    labeler.expect_sample(sample_id)
    labeler.press("Enter")
    labeler.expect_acknowledged(1)
    assert labeler.events() == [("label", sample_id, "dodo")]


@pytest.mark.parametrize("width", [1280, 390])
def test_long_names_that_are_markup_fit(labeler: Labeler, width: int) -> None:
    page = labeler.page
    page.set_viewport_size({"width": width, "height": 844})
    labeler.press("/")
    page.keyboard.type("very long")
    expect(page.locator("[data-dalt=class]:not([hidden])")).to_have_count(1)
    page.locator("[data-dalt=class]:not([hidden])").hover()
    expect(labeler.part("class-guide")).to_be_visible()
    assert not page.locator(".dalt b, .dalt i, .dalt u").count()
    wide = "document.scrollingElement.scrollWidth <= innerWidth"
    assert page.evaluate(wide)
    inner = "[...document.querySelectorAll('.dalt, .dalt-list, .dalt-guide, .dalt-search')]"
    wide_ones = f"{inner}.filter((e) => e.scrollWidth > e.clientWidth + 1).map((e) => e.className)"
    assert page.evaluate(wide_ones) == []
    labeler.press("Escape")
    labeler.press("?")
    assert page.evaluate(wide)
    assert re.search("Find a class", labeler.page.locator(".dalt-help").inner_text())
