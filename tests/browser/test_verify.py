"""Verifying by the page in Voilà; what was recorded is looked up in the database."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from all_shown import ALL_SHOWN
from boxes_of import (
    CONTROLS,
    MORE_SIZES,
    SIZES,
    WATCH_SHIFTS,
    Size,
    box,
    page_does_not_scroll,
    resize,
    within_window,
)
from labeler import Labeler
from playwright.sync_api import Locator, Page, expect
from pools import label_as
from running_servers import Digits, Server
from waiting import until

import dalt


def label_some(folder: Path, truth: dict[str, str], n: int) -> None:
    """Label headlessly until the model is sure of some; all but the first have suggestions."""
    with dalt.Project.open(folder) as project, project.session(annotator="ben") as session:
        for number in range(n):
            assignment = session.next()
            assert assignment is not None
            session.submit(assignment, truth[assignment.sample.id])
            if number in (20, n - 1):
                project.trainer.wait(120)


@pytest.fixture(scope="module")
def server(
    serve: Callable[[Path], Server], digits: Digits, tmp_path_factory: pytest.TempPathFactory
) -> Server:
    folder = tmp_path_factory.mktemp("verify") / "digits.dalt"
    shutil.copytree(digits.folder, folder)
    label_some(folder, digits.truth, 80)
    server = serve(folder)
    server.truth = digits.truth
    return server


class Verifier(Labeler):
    """A person who verifies by the page."""

    def tiles(self) -> list[str]:
        return [str(tile.get_attribute("data-sample-id")) for tile in self.part("tile").all()]

    def tile(self, sample_id: str) -> Locator:
        return self.page.locator(f'[data-dalt="tile"][data-sample-id="{sample_id}"]')

    def switch(self, mode: str) -> None:
        self.press("v")
        expect(self.root).to_have_attribute("data-mode", mode)
        self.ready()

    @property
    def label_of_page(self) -> str:
        return str(self.page.locator(".dalt-verify").get_attribute("data-class"))

    def confirm(self) -> None:
        """Wait as long as a look takes, then press Enter."""
        self.page.wait_for_timeout(400)
        self.press("Enter")


@pytest.fixture
def verifier(page: Page, server: Server) -> Iterator[Verifier]:
    page.goto(server.address)
    verifier = Verifier(page, server.store, server.truth)
    verifier.ready()
    yield verifier
    page.goto("about:blank")


def other_than(label: str) -> str:
    return "0" if label != "0" else "1"


def test_a_page_by_keys_with_one_correction_and_one_left_out(verifier: Verifier) -> None:
    verifier.switch("verify")
    expect(verifier.part("sample")).to_be_hidden()
    label, ids = verifier.label_of_page, verifier.tiles()
    assert 3 <= len(ids) <= 48
    shares = [float(text.split()[0].strip(">")) for text in shown_percents(verifier)]
    assert shares == sorted(shares, reverse=True)
    verifier.press("5")  # nothing has the focus: no sample is relabelled
    verifier.press("ArrowRight")
    expect(verifier.tile(ids[0]).get_by_role("button")).to_be_focused()
    verifier.press(other_than(label))
    expect(verifier.tile(ids[0])).to_have_attribute("data-said", "other")
    verifier.press("ArrowRight")
    verifier.press("Space")
    expect(verifier.tile(ids[1])).to_have_attribute("data-said", "out")
    assert verifier.events() == [], "nothing is recorded before the page is confirmed"
    verifier.confirm()
    verifier.expect_acknowledged(len(ids) - 1)
    assert verifier.events() == [
        ("label", ids[0], other_than(label)),
        ("skip", ids[1], None),
        *(("label", sample_id, label) for sample_id in ids[2:]),
    ]
    query = "SELECT DISTINCT mode, draw, suggested, inclusion_probability FROM events"
    assert verifier.store.rows(f"{query} WHERE event_id > ?", verifier.start) == [
        ("verify", "verify", label, 1.0)
    ]
    expect(verifier.root).to_be_focused()
    # The next page holds others; undo brings the former one back as it was left.
    verifier.ready()
    assert not set(ids) & set(verifier.tiles())
    verifier.press("u")
    expect(verifier.tile(ids[0])).to_have_attribute("data-said", "other")
    assert verifier.tiles() == ids
    expect(verifier.part("notice")).to_be_hidden()
    verifier.press("Home")
    verifier.press(label)  # it was right after all
    expect(verifier.tile(ids[0])).to_have_attribute("data-said", "right")
    verifier.confirm()
    verifier.expect_acknowledged(2 * len(ids) - 2)
    again = verifier.events()[len(ids) :]
    assert [event[0] for event in again[: len(ids)]] == ["undo"] * len(ids)
    assert {event[1] for event in again[: len(ids)]} == set(ids)
    assert again[len(ids)] == ("label", ids[0], label)


def shown_percents(verifier: Verifier) -> list[str]:
    return [tile.locator(".dalt-percent").inner_text() for tile in verifier.part("tile").all()]


def test_switching_modes_loses_nothing(verifier: Verifier) -> None:
    single = verifier.sample
    verifier.switch("verify")
    ids = verifier.tiles()
    assert single not in ids
    verifier.tile(ids[-1]).click()
    verifier.switch("single")
    verifier.expect_sample(single)
    recorded = verifier.label()
    verifier.switch("verify")
    assert verifier.tiles() == ids
    expect(verifier.tile(ids[-1])).to_have_attribute("data-said", "out")
    assert verifier.events() == [recorded]
    # Undo goes to where the last answer was given.
    verifier.press("Backspace")
    expect(verifier.root).to_have_attribute("data-mode", "single")
    verifier.expect_sample(single)


@pytest.mark.slow
def test_a_window_resized_midway_keeps_what_is_marked_and_the_focus(verifier: Verifier) -> None:
    single = verifier.sample
    verifier.switch("verify")
    label, ids = verifier.label_of_page, verifier.tiles()
    verifier.press("ArrowRight")
    verifier.press(other_than(label))
    verifier.press("ArrowRight")
    verifier.press("Space")
    said = [verifier.tile(each).get_attribute("data-said") for each in ids]
    for width in (390, 1280):
        verifier.page.set_viewport_size({"width": width, "height": 844})
        expect(verifier.tile(ids[1]).get_by_role("button")).to_be_focused()
        assert verifier.tiles() == ids
        assert [verifier.tile(each).get_attribute("data-said") for each in ids] == said
    verifier.confirm()
    verifier.expect_acknowledged(len(ids) - 1)
    recorded = verifier.events()
    assert recorded[:2] == [("label", ids[0], other_than(label)), ("skip", ids[1], None)]
    verifier.switch("single")
    for width in (390, 1280):
        verifier.page.set_viewport_size({"width": width, "height": 844})
        verifier.expect_sample(single)
        expect(verifier.root).to_be_focused()
    assert verifier.label()[1] == single


def test_a_page_that_is_reloaded_records_nothing_and_gives_its_samples_back(
    verifier: Verifier,
) -> None:
    verifier.switch("verify")
    ids = verifier.tiles()
    verifier.tile(ids[0]).click()
    verifier.page.reload()
    verifier.ready()
    expect(verifier.root).to_have_attribute("data-mode", "single")
    verifier.switch("verify")
    said = verifier.part("tile").evaluate_all("tiles => tiles.map((tile) => tile.dataset.said)")
    assert set(said) == {"right"}, "what was not confirmed was not said"
    assert verifier.events() == []
    held = "SELECT count(DISTINCT session) FROM leases WHERE active AND annotator = 'ana'"
    until(lambda: verifier.store.rows(held) == [(1,)], "the page of before keeps its samples")


def test_two_tabs_of_one_person_lose_and_swap_nothing(verifier: Verifier, server: Server) -> None:
    one = verifier
    other_page = one.page.context.new_page()
    other_page.goto(server.address)
    other = Labeler(other_page, server.store, server.truth).ready()
    first = one.label()
    second = other.label()
    # Each takes back its own answer, also where the other's came later.
    one.press("u")
    one.expect_sample(first[1])
    until(lambda: one.events()[-1] == ("undo", first[1], None), "it is not undone")
    third = other.label()
    one.press("Shift+U")  # something else was answered meanwhile
    expect(one.part("notice")).to_contain_text("nothing to redo")
    one.expect_sample(first[1])
    other.press("u")
    other.expect_sample(third[1])
    until(lambda: one.events()[-1] == ("undo", third[1], None), "it is not undone")
    again = [one.label(), other.label()]
    assert [sample_id for _, sample_id, _ in again] == [first[1], third[1]]
    assert one.events() == [
        first,
        second,
        ("undo", first[1], None),
        third,
        ("undo", third[1], None),
        *again,
    ]
    assert one.sample != other.sample
    other_page.close()


def test_pointer_alone_verifies_too(verifier: Verifier) -> None:
    verifier.part("mode").click()
    verifier.ready()
    label, ids = verifier.label_of_page, verifier.tiles()
    verifier.tile(ids[2]).click()
    expect(verifier.tile(ids[2])).to_have_attribute("data-said", "out")
    verifier.page.locator(f'[data-dalt="class"][data-class="{other_than(label)}"]').click()
    expect(verifier.tile(ids[2])).to_have_attribute("data-said", "other")
    expect(verifier.part("confirm")).to_contain_text(re.compile(rf"{len(ids) - 1} as {label}"))
    verifier.page.wait_for_timeout(400)
    verifier.part("confirm").click()
    verifier.expect_acknowledged(len(ids))
    assert verifier.events()[2] == ("label", ids[2], other_than(label))


def test_a_page_that_was_not_sent_is_kept_and_sent_after_a_reload(verifier: Verifier) -> None:
    verifier.switch("verify")
    label, ids = verifier.label_of_page, verifier.tiles()
    page = verifier.page
    # The messages that leave the page from here on are lost on the way.
    page.evaluate("() => { WebSocket.prototype.send = () => {}; }")
    verifier.confirm()
    expect(page.locator(".dalt-last")).to_contain_text(f"{len(ids)} samples as {label}")
    assert verifier.events() == []
    page.reload()
    verifier.expect_acknowledged(len(ids))
    assert verifier.events() == [("label", sample_id, label) for sample_id in ids]


@pytest.mark.slow
def test_no_page_in_a_multi_label_project(serve: Any, tmp_path: Path, page: Page) -> None:
    folder = tmp_path / "m.dalt"
    with dalt.Project.create(
        folder, classes=["a", "b"], multi_label=True, settings=ALL_SHOWN
    ) as project:
        project.add_texts(["one", "two"], progress=False)
    server = serve(folder)
    page.goto(server.address)
    labeler = Labeler(page, server.store).ready()
    labeler.press("v")
    expect(labeler.root).to_have_attribute("data-mode", "single")
    expect(labeler.part("mode")).to_have_count(0)


@pytest.mark.slow
def test_a_page_confirmed_before_a_reload_is_undone_and_redone_as_a_page(
    verifier: Verifier,
) -> None:
    verifier.switch("verify")
    label, ids = verifier.label_of_page, verifier.tiles()
    verifier.press("ArrowRight")
    verifier.press(other_than(label))
    verifier.press("ArrowRight")
    verifier.press("Space")
    percents = shown_percents(verifier)
    verifier.confirm()
    verifier.expect_acknowledged(len(ids) - 1)
    recorded = verifier.events()
    verifier.page.reload()
    verifier.ready()
    expect(verifier.root).to_have_attribute("data-mode", "single")
    # The kernel that is asked now has never seen the page.
    verifier.press("u")
    expect(verifier.root).to_have_attribute("data-mode", "verify")
    expect(verifier.tile(ids[0])).to_have_attribute("data-said", "other")
    expect(verifier.tile(ids[1])).to_have_attribute("data-said", "out")
    assert (verifier.label_of_page, verifier.tiles()) == (label, ids)
    assert shown_percents(verifier) == percents, "what was suggested then is shown again"
    undone = verifier.events()[len(ids) :]
    assert undone == [("undo", sample_id, None) for sample_id in ids]
    verifier.press("Shift+U")
    verifier.expect_acknowledged(len(ids) - 1)
    assert verifier.events()[2 * len(ids) :] == recorded
    expect(verifier.tile(ids[0])).to_have_count(0)
    expect(verifier.page.locator(".dalt-last")).to_contain_text(f"{len(ids)} samples as {label}")
    # Also where only the database knows what was undone.
    verifier.press("u")
    expect(verifier.tile(ids[0])).to_have_attribute("data-said", "other")
    verifier.page.reload()
    verifier.ready()
    verifier.press("Shift+U")
    verifier.expect_acknowledged(len(ids) - 1)
    assert verifier.events()[-len(ids) :] == recorded
    expect(verifier.root).to_have_attribute("data-mode", "verify")
    # And corrected after all.
    verifier.press("u")
    expect(verifier.tile(ids[1])).to_have_attribute("data-said", "out")
    verifier.press("Home")
    verifier.press(label)
    verifier.confirm()
    verifier.expect_acknowledged(2 * len(ids) - 2)
    assert verifier.events()[-len(ids) :][:2] == [("label", ids[0], label), recorded[1]]


def test_a_redo_that_lost_its_reply_leaves_a_later_undo_alone(verifier: Verifier) -> None:
    """Another tab of the same person undoes something before the redo is sent again."""
    page = verifier.page
    verifier.label()
    page.evaluate(
        """() => {
          const keep = Storage.prototype.setItem;
          Storage.prototype.setItem = function (name, value) {
            keep.call(this, name, value);
            if (name.startsWith("dalt:outbox:")) window.kept = [name, value];
          };
        }"""
    )
    verifier.press("Shift+U")
    expect(verifier.part("notice")).to_contain_text("nothing to redo")
    name, value = page.evaluate("window.kept")
    assert '"up_to"' in value, "what it may act on is kept with it"
    verifier.press("u")
    until(lambda: verifier.events()[-1][0] == "undo", "it is not undone")
    before = verifier.events()
    page.evaluate("([name, value]) => localStorage.setItem(name, value)", [name, value])
    page.reload()
    verifier.ready()
    expect(verifier.part("notice")).to_contain_text("nothing to redo")
    assert verifier.events() == before


@pytest.mark.parametrize("sizes", [SIZES, pytest.param(MORE_SIZES, marks=pytest.mark.slow)])
def test_the_grid_fills_the_window_and_what_does_not_fit_scrolls_within_it(
    verifier: Verifier, sizes: list[Size]
) -> None:
    page = verifier.page
    verifier.page.set_viewport_size({"width": 1366, "height": 768})
    verifier.switch("verify")
    n = len(verifier.tiles())
    for size in sizes:
        resize(verifier, size, "grid")
        page_does_not_scroll(page)
        within_window(
            page, ".dalt-verify-title", ".dalt-confirm", ".dalt-verify-hint", ".dalt-grid"
        )
        expect(verifier.part("tile")).to_have_count(n)
        left, top, right, bottom = box(page, ".dalt-grid")
        tiles = page.locator(".dalt-tile").evaluate_all(
            "(tiles) => tiles.map((tile) => tile.getBoundingClientRect().toJSON())"
        )
        scrolls = page.locator(".dalt-grid").evaluate(
            "(grid) => grid.scrollHeight > grid.clientHeight + 1"
        )
        assert all(left <= tile["left"] and tile["right"] <= right for tile in tiles)
        if not scrolls:
            assert max(tile["bottom"] for tile in tiles) <= bottom
        used = sum(tile["width"] * tile["height"] for tile in tiles)
        share = used / ((right - left) * (bottom - top))
        assert share > 0.5, f"{size}: {share:.2f} of the grid is used by {n} tiles"
        if size[0] >= 860:
            beside = box(page, ".dalt-side")
            assert beside[0] >= right - 1, "the classes stand beside the grid"
    # By keys, what is out of sight is scrolled to.
    verifier.press("End")
    expect(verifier.part("tile").last).to_be_in_viewport()
    within_window(page, ".dalt-confirm")


def test_no_control_moves_from_page_to_page(verifier: Verifier) -> None:
    verifier.switch("verify")
    verifier.press("Escape")  # the first steps are over
    page = verifier.page
    page.evaluate(WATCH_SHIFTS)
    before = page.evaluate(CONTROLS)
    assert len(before) > 12
    for done in range(2):
        ids = verifier.tiles()
        verifier.press("ArrowRight")
        verifier.press("Space")
        assert page.evaluate(CONTROLS)[:4] == before[:4]
        verifier.confirm()
        expect(verifier.tile(ids[0])).to_have_count(0)
        verifier.ready()
        verifier.at_rest("grid")
        if done == 0:  # what undoes is there from the first answer on
            before = page.evaluate(CONTROLS)
    assert page.evaluate(CONTROLS) == before
    assert page.evaluate("window.shifts") == []


HEAD = "".join(
    f"Received: from mx{n}.example.org by mail.example.net with ESMTPS\n" for n in (1, 2)
)
FILLER = " A customer writes a few lines more about what has happened since then." * 6


@pytest.fixture(scope="module")
def mails(serve: Callable[[Path], Server], tmp_path_factory: pytest.TempPathFactory) -> Server:
    """Mails that all begin alike, of two kinds."""
    folder = tmp_path_factory.mktemp("mails") / "mails.dalt"
    texts = [
        f"{HEAD * 3}From: customer{n}@example.com\nDate: {n} May 2026\n\nHello,\n\n"
        f"Number {n:02}: {('the invoice is wrong', '배송이 늦어요')[n % 2]}.{FILLER}"
        for n in range(60)
    ]
    with dalt.Project.create(
        folder, classes=["billing", "delivery"], seed=0, settings=ALL_SHOWN
    ) as project:
        ids = project.add_texts(texts, progress=False).ids
        far = np.random.default_rng(0).normal(0, 0.1, (60, 8)).astype(np.float32)
        far[::2, 0] += 5
        project.add_embeddings(far, ids)
        of = dict(zip(ids, ["billing", "delivery"] * 30, strict=True))
        label_as(project, of, 16)
    return serve(folder)


def test_texts_show_where_they_differ_and_are_read_whole_by_a_closer_look(
    page: Page, mails: Server
) -> None:
    page.goto(mails.address)
    verifier = Verifier(page, mails.store)
    verifier.ready()
    verifier.switch("verify")
    shown = page.locator(".dalt-tile .dalt-text").all_inner_texts()
    assert len(shown) >= 6
    for text in shown:
        assert re.match(r"… Number \d\d: (the invoice is wrong|배송이 늦어요)", text), text
    verifier.press("ArrowRight")
    verifier.press("+")
    closeup = verifier.part("closeup")
    expect(closeup.locator(".dalt-text")).to_contain_text("Received: from mx1")
    first = closeup.locator(".dalt-text").inner_text()
    verifier.press("ArrowRight")
    expect(closeup.locator(".dalt-text")).not_to_have_text(first)
    verifier.press("Escape")
    expect(closeup).to_be_hidden()
    # The keys speak of what was looked at last.
    expect(verifier.part("tile").nth(1).get_by_role("button")).to_be_focused()
    expect(page.locator(".dalt-current")).to_have_count(1)
    assert verifier.events() == []
    page.goto("about:blank")
