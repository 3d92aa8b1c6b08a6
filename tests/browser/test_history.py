"""Answers shown small and opened again; undo and redo, in Voilà."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from all_shown import ALL_SHOWN
from labeler import Labeler, until_there
from playwright.sync_api import Locator, Page, expect
from running_servers import Server
from waiting import until

import dalt


def answered(labeler: Labeler) -> Locator:
    return labeler.part("answered")


def thumbnails(labeler: Labeler) -> list[str]:
    return [str(each.get_attribute("data-sample-id")) for each in labeler.part("reopen").all()]


def test_redo_follows_undo_until_another_answer(open_voila: Labeler) -> None:
    labeler = open_voila
    first, second = labeler.label(), labeler.label()
    expect(labeler.part("redo")).to_be_hidden()
    labeler.press("u")
    labeler.press("u")
    labeler.expect_sample(first[1])
    labeler.press("Shift+U")
    labeler.expect_sample(second[1])
    labeler.part("redo").click()
    labeler.expect_acknowledged(4)
    undone = [("undo", second[1], None), ("undo", first[1], None)]
    assert labeler.events() == [first, second, *undone, first, second]
    labeler.press("Control+z")
    labeler.expect_sample(second[1])
    labeler.label()
    expect(labeler.part("redo")).to_be_hidden()
    labeler.press("Control+Shift+Z")
    expect(labeler.part("notice")).to_contain_text("nothing to redo")


def test_redo_reaches_behind_a_reload(open_voila: Labeler) -> None:
    labeler = open_voila
    made = labeler.label()
    labeler.press("u")
    labeler.expect_sample(made[1])
    until_there(
        labeler.page,
        "() => !Object.keys(localStorage).some((name) => name.startsWith('dalt:outbox'))",
    )
    labeler.page.reload()
    labeler.ready()
    labeler.press("Shift+U")
    labeler.expect_acknowledged(1)
    assert labeler.events() == [made, ("undo", made[1], None), made]


@pytest.mark.slow
def test_redo_takes_its_turn_where_undo_reached_behind_a_reload(open_voila: Labeler) -> None:
    labeler = open_voila
    before = labeler.label()
    labeler.page.reload()
    labeler.ready()
    after = labeler.label()
    labeler.press("u")
    labeler.expect_sample(after[1])
    labeler.press("u")  # the page does not know this one
    labeler.expect_sample(before[1])
    labeler.press("Shift+U")
    labeler.expect_acknowledged(2)
    assert labeler.events()[-1] == before, "what was undone last is redone first"
    labeler.expect_sample(after[1])
    labeler.press("Shift+U")
    labeler.expect_acknowledged(3)
    undone = [("undo", after[1], None), ("undo", before[1], None)]
    assert labeler.events() == [before, after, *undone, before, after]
    assert labeler.sample not in (before[1], after[1])


def test_a_thumbnail_opens_its_sample_to_answer_it_anew(open_voila: Labeler) -> None:
    labeler = open_voila
    first, second = labeler.label(), labeler.label()
    labeler.press("h")
    expect(labeler.part("reopen").nth(1)).to_be_visible()
    assert thumbnails(labeler)[:2] == [second[1], first[1]]
    waiting = labeler.sample
    labeler.part("reopen").nth(1).click()
    labeler.expect_sample(first[1])
    expect(answered(labeler)).to_contain_text(f"You answered {first[2]}")
    other = "0" if first[2] != "0" else "1"
    labeler.press(other)
    labeler.expect_acknowledged(3)
    labeler.expect_sample(waiting)
    expect(answered(labeler)).to_be_hidden()
    assert labeler.events() == [first, second, ("label", first[1], other)]
    # The list follows: what was answered last stands first.
    expect(labeler.part("reopen").first).to_have_attribute("data-sample-id", first[1])
    labeler.press("u")
    labeler.expect_sample(first[1])
    until_there(
        labeler.page,
        "() => !Object.keys(localStorage).some((name) => name.startsWith('dalt:outbox'))",
    )
    holds = labeler.store.rows("SELECT label FROM answers WHERE sample_id = ?", first[1])
    assert holds == [(first[2],)]


@pytest.mark.slow
@pytest.mark.parametrize("way", ["key", "button"])
def test_an_opened_sample_can_be_left_as_it_is(open_voila: Labeler, way: str) -> None:
    labeler = open_voila
    made = labeler.label()
    waiting = labeler.sample
    if labeler.part("reopen").count() == 0 or not labeler.part("reopen").first.is_visible():
        labeler.press("h")
    expect(labeler.part("reopen").first).to_have_attribute("data-sample-id", made[1])
    labeler.part("reopen").first.click()
    labeler.expect_sample(made[1])
    labeler.press("Escape") if way == "key" else labeler.part("keep").click()
    labeler.expect_sample(waiting)
    assert labeler.events() == [made]
    held = "SELECT count(*) FROM leases WHERE active AND sample_id = ?"
    until(lambda: labeler.store.rows(held, made[1]) == [(0,)], "it is still held")


@pytest.mark.slow
def test_what_was_skipped_is_asked_once_more_at_the_end(
    serve: Callable[[Path], Server], tmp_path: Path, page: Page
) -> None:
    folder = tmp_path / "few.dalt"
    with dalt.Project.create(folder, classes=["short", "long"], settings=ALL_SHOWN) as project:
        project.add_texts(["a", "b", "a text that is long"], progress=False)
    server = serve(folder)
    page.goto(server.address)
    labeler = Labeler(page, server.store).ready()
    skipped = [labeler.sample]
    labeler.press("s")
    expect(labeler.part("sample")).not_to_have_attribute("data-sample-id", skipped[0])
    labeler.press("1")
    labeler.expect_acknowledged(1)
    skipped.append(labeler.sample)
    labeler.press("s")
    labeler.expect_state("done")
    labeler.part("open-skipped").click()
    labeler.expect_sample(skipped[0])
    expect(answered(labeler)).to_contain_text("You skipped")
    labeler.press("2")
    labeler.expect_sample(skipped[1])
    labeler.press("s")
    labeler.expect_state("done")
    labeler.part("open-skipped").click()
    labeler.expect_sample(skipped[1])
    labeler.press("1")
    labeler.expect_state("done")
    expect(labeler.part("open-skipped")).to_have_count(0)
    current = "SELECT kind, count(*) FROM answers GROUP BY kind"
    assert server.store.rows(current) == [("label", 3)]
