"""Classes that change while the page is open."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from labeler import Labeler, until_there
from playwright.sync_api import expect
from running_servers import Server


def shown(labeler: Labeler) -> dict[str, str]:
    """The probability of each class on screen, by name."""
    buttons = labeler.part("class").all()
    return {
        str(b.get_attribute("data-class")): str(b.get_attribute("data-probability"))
        for b in buttons
    }


def test_the_sample_and_its_suggestion_stay_when_classes_are_moved(
    open_voila: Labeler, voila: Server
) -> None:
    accept = open_voila.part("accept")
    while accept.is_disabled():
        open_voila.label()
    sample, top, before = open_voila.sample, accept.get_attribute("data-label"), shown(open_voila)
    path = voila.store.path.parent / "project.toml"
    text = path.read_text("utf-8")
    head, *classes = re.split(r"(?=\[\[classes\]\])", text)
    # The class that is likeliest goes to the end; nothing else changes.
    classes.sort(key=lambda each: f'name = "{top}"' in each)
    try:
        path.write_text(head + "\n".join(each.strip() + "\n" for each in classes), "utf-8")
        expect(open_voila.part("class").last).to_have_attribute("data-class", str(top))
        assert open_voila.sample == sample
        expect(open_voila.part("sample").locator("img")).to_be_visible()
        assert shown(open_voila) == before
        assert accept.get_attribute("data-label") == top
        n = open_voila.acknowledged
        open_voila.press("Enter")
        open_voila.expect_acknowledged(n + 1)
        assert open_voila.events()[-1] == ("label", sample, top)
    finally:
        path.write_text(text, "utf-8")


@pytest.fixture
def settings(voila: Server) -> Iterator[Path]:
    """The project's settings, to be changed meanwhile."""
    path = voila.store.path.parent / "project.toml"
    text = path.read_text("utf-8")
    yield path
    path.write_text(text, "utf-8")


@pytest.mark.slow
def test_what_is_typed_while_the_page_is_built_anew_answers_nothing(
    open_voila: Labeler, settings: Path
) -> None:
    sample, events = open_voila.sample, open_voila.events()
    page, field = open_voila.page, open_voila.part("comment-field")
    open_voila.press("c")
    page.keyboard.type("page ")
    field.evaluate("(node) => { node.former = true; }")
    text = settings.read_text("utf-8")
    settings.write_text(text.replace('description = ""', 'description = "Look twice."', 1), "utf-8")
    until_there(page, "document.querySelector('[data-dalt=comment-field]').former !== true")
    expect(field).to_be_focused()
    page.keyboard.type("1 is odd")
    expect(field).to_have_value("page 1 is odd")
    open_voila.press("Enter")
    expect(open_voila.root).to_be_focused()
    assert (open_voila.sample, open_voila.events()) == (sample, events)


@pytest.mark.slow
def test_behind_the_list_of_keys_nothing_is_noted(open_voila: Labeler) -> None:
    flag = open_voila.part("flag")
    before = flag.get_attribute("aria-pressed")
    open_voila.press("?")
    for key in "fch":
        open_voila.press(key)
    expect(flag).to_have_attribute("aria-pressed", str(before))
    expect(open_voila.part("comment-field")).not_to_be_focused()
    open_voila.press("Escape")
    expect(open_voila.page.locator(".dalt-help")).to_be_hidden()
    open_voila.press("f")
    expect(flag).not_to_have_attribute("aria-pressed", str(before))


def test_a_class_is_added_where_there_are_few(open_voila: Labeler, settings: Path) -> None:
    expect(open_voila.part("search")).to_have_count(0)
    text = settings.read_text("utf-8")
    settings.write_text(text.replace("new_classes = false", "new_classes = true"), "utf-8")
    open_voila.page.reload()
    open_voila.ready()
    open_voila.press("/")
    open_voila.page.keyboard.type("smudge")
    open_voila.part("add-class").click()
    expect(open_voila.page.locator('[data-dalt="class"][data-class="smudge"]')).to_be_visible()
