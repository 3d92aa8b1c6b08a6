"""Classes that change while the page is open."""

from __future__ import annotations

import re

from conftest import Server
from labeler import Labeler
from playwright.sync_api import expect


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
