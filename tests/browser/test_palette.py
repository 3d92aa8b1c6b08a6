"""The palette of commands: every action and class by a few letters, in Voilà."""

from __future__ import annotations

from accessible import check_everywhere
from labeler import Labeler
from playwright.sync_api import expect

LISTED_ONE_BY_ONE = {"class", "candidate", "more", "palette-button"}
"""Buttons of which the palette has no command: classes stand in it by their names."""


def type_command(labeler: Labeler, text: str) -> None:
    labeler.press("Control+k")
    expect(labeler.part("palette-field")).to_be_focused()
    labeler.page.keyboard.type(text)


def test_actions_are_found_in_both_languages_and_classes_by_name(open_voila: Labeler) -> None:
    labeler, palette = open_voila, open_voila.part("palette")
    skipped = labeler.sample
    type_command(labeler, "건너뛰")
    expect(palette.get_by_role("option")).to_have_count(1)
    labeler.press("Enter")
    expect(palette).to_be_hidden()
    expect(labeler.part("sample")).not_to_have_attribute("data-sample-id", skipped)

    labelled, before = labeler.sample, labeler.acknowledged
    name = labeler.truth[labelled]
    type_command(labeler, name)
    palette.locator(f'[data-class="{name}"]').click()
    labeler.expect_acknowledged(before + 1)
    expect(labeler.root).to_be_focused()
    assert labeler.events() == [("skip", skipped, None), ("label", labelled, name)]

    type_command(labeler, "take back the last")
    labeler.press("Enter")
    labeler.expect_sample(labelled)


def test_every_button_in_sight_has_its_command(open_voila: Labeler) -> None:
    labeler, palette = open_voila, open_voila.part("palette")
    offers = 'button[data-dalt]:visible:enabled:not([aria-disabled="true"])'
    shown = labeler.root.locator(offers)
    marks = set(shown.evaluate_all("all => all.map(each => each.dataset.dalt)"))
    labeler.press("Control+k")
    commands = palette.locator("[data-command]")
    offered = set(commands.evaluate_all("all => all.map(each => each.dataset.command)"))
    assert len(marks) > 8, marks
    closing = {mark for mark in marks if mark.endswith("-close")}
    assert marks - LISTED_ONE_BY_ONE - closing - offered == set()
    check_everywhere(labeler.page)
    labeler.press("Escape")
    expect(palette).to_be_hidden()
    expect(labeler.root).to_be_focused()


def test_keys_are_words_while_it_is_open(open_voila: Labeler) -> None:
    labeler, sample = open_voila, open_voila.sample
    type_command(labeler, "0s")
    expect(labeler.part("palette")).to_contain_text("No action or class")
    labeler.press("Enter")
    labeler.press("Control+k")
    expect(labeler.part("palette")).to_be_hidden()
    labeler.expect_sample(sample)
    assert labeler.events() == []
