"""Labeling by keyboard in Voilà and JupyterLab; every label is looked up in the database."""

from __future__ import annotations

import re
from typing import Any

import pytest
from labeler import Labeler
from playwright.sync_api import Dialog, Page, expect
from running_servers import MARKUP

TALLY = """(keys) => {
  window.tally = [];
  const sample = document.querySelector('[data-dalt="sample"]');
  document.addEventListener("keydown", ({ key }) => {
    if (/^[0-9]$/.test(key)) window.tally.push([sample.dataset.sampleId ?? null, key]);
  }, { capture: true });
}"""


def label_thirty(labeler: Labeler) -> None:
    expected: list[tuple[str, str, str]] = []
    for _ in range(30):
        expected.append(labeler.label())
        assert labeler.events() == expected  # committed before it was acknowledged
    expect(labeler.part("progress")).to_contain_text("The model has learned from")
    expect(labeler.root).to_have_attribute("data-snapshot", re.compile(r"\d+"))


def test_thirty_by_keyboard_in_voila(open_voila: Labeler) -> None:
    expect(open_voila.root).to_be_focused()  # no click was needed
    label_thirty(open_voila)


def test_thirty_by_keyboard_in_jupyterlab(open_lab: Labeler) -> None:
    open_lab.root.click(position={"x": 5, "y": 5})
    label_thirty(open_lab)


def test_enter_accepts_what_is_on_screen(open_voila: Labeler) -> None:
    accept = open_voila.part("accept")
    while accept.is_disabled():  # the first snapshot comes after a few labels
        open_voila.label()
    top = accept.get_attribute("data-label")
    first = open_voila.page.locator('[data-dalt="class"][data-rank="1"]')
    expect(first).to_have_attribute("data-class", str(top))
    sample, before = open_voila.sample, open_voila.acknowledged
    snapshot = int(open_voila.root.get_attribute("data-snapshot") or 0)
    open_voila.press("Enter")
    open_voila.expect_acknowledged(before + 1)
    assert open_voila.events()[-1] == ("label", sample, top)
    query = "SELECT suggested, snapshot, shown_at, active_seconds, draw, mode FROM events"
    [seen] = open_voila.store.rows(f"{query} ORDER BY event_id DESC LIMIT 1")
    assert seen[:2] == (top, snapshot)
    assert seen[2]
    assert 0 < seen[3] < 60
    assert seen[4] in ("uniform", "strategy")
    assert seen[5] == "single"


def test_skip_and_undo(open_voila: Labeler) -> None:
    first = open_voila.sample
    open_voila.label()
    second = open_voila.sample
    open_voila.press("s")
    third = open_voila.sample
    assert len({first, second, third}) == 3
    open_voila.press("u")
    open_voila.expect_sample(second)
    open_voila.press("Backspace")
    open_voila.expect_sample(first)
    open_voila.press("7")
    open_voila.expect_sample(second)
    open_voila.expect_acknowledged(2)
    assert open_voila.events() == [
        ("label", first, open_voila.truth[first]),
        ("skip", second, None),
        ("undo", second, None),
        ("undo", first, None),
        ("label", first, "7"),
    ]


def test_undo_after_a_reload_takes_back_the_label_before_it(open_voila: Labeler) -> None:
    _, sample, _ = open_voila.label()
    open_voila.page.reload()
    open_voila.ready()
    open_voila.press("u")
    open_voila.expect_sample(sample)


def test_buttons_do_what_keys_do(open_voila: Labeler) -> None:
    first = open_voila.sample
    open_voila.page.locator('[data-dalt="class"][data-class="4"]').click()
    open_voila.expect_acknowledged(1)
    second = open_voila.sample
    open_voila.part("skip").click()
    expect(open_voila.part("sample")).not_to_have_attribute("data-sample-id", second)
    open_voila.part("undo").click()
    open_voila.expect_sample(second)
    expect(open_voila.root).to_be_focused()  # the keys go on working
    open_voila.press("5")
    open_voila.expect_acknowledged(2)
    answers = [event for event in open_voila.events() if event[0] == "label"]
    assert answers == [("label", first, "4"), ("label", second, "5")]


@pytest.mark.parametrize("where", ["open_voila", pytest.param("open_lab", marks=pytest.mark.slow)])
def test_fast_typing_lands_on_the_samples_it_was_meant_for(
    where: str, request: pytest.FixtureRequest
) -> None:
    labeler: Labeler = request.getfixturevalue(where)
    labeler.root.click(position={"x": 5, "y": 5})
    labeler.page.evaluate(TALLY)
    for n in range(30):
        labeler.page.keyboard.press(str(n * 7 % 10), delay=100)  # ten keys a second
    tally: list[Any] = labeler.page.evaluate("window.tally")
    meant = [("label", sample, key) for sample, key in tally if sample is not None]
    labeler.expect_acknowledged(len(meant))
    assert labeler.events() == meant
    assert len(meant) >= 20, "the page ran out of samples: it does not keep up"


def test_a_held_key_labels_once(open_voila: Labeler) -> None:
    first = open_voila.sample
    for _ in range(5):
        open_voila.page.keyboard.down("3")  # repeats, as the keyboard makes them
    open_voila.page.keyboard.up("3")
    open_voila.expect_acknowledged(1)
    open_voila.label()
    assert [event[1] for event in open_voila.events()].count(first) == 1
    assert len(open_voila.events()) == 2


@pytest.mark.slow
def test_keys_with_modifiers_are_not_for_the_page(open_voila: Labeler) -> None:
    for key in ("Control+1", "Alt+2", "Meta+3"):
        open_voila.press(key)
    expected = open_voila.label()
    assert open_voila.events() == [expected]


@pytest.mark.slow
def test_the_list_of_keys(open_voila: Labeler) -> None:
    dialog = open_voila.page.get_by_role("dialog")
    open_voila.press("?")
    expect(dialog).to_be_visible()
    open_voila.press("1")  # labels nothing behind the list
    open_voila.press("Escape")
    expect(dialog).to_be_hidden()
    expected = open_voila.label()
    assert open_voila.events() == [expected]


def test_jupyterlab_keeps_its_keys_and_the_page_its_own(open_lab: Labeler) -> None:
    page = open_lab.page
    cells = page.locator(".jp-Notebook .jp-Cell")
    n_cells = cells.count()
    # Without the focus, keys belong to JupyterLab: none of these labels anything.
    page.locator(".jp-Toolbar").first.click(position={"x": 2, "y": 2})
    expect(open_lab.root).not_to_be_focused()
    for key in ("1", "2", "3"):
        open_lab.press(key)
    open_lab.root.click(position={"x": 5, "y": 5})
    expect(open_lab.root).to_be_focused()
    expected = open_lab.label()
    assert open_lab.events() == [expected]
    # With it, JupyterLab's shortcuts rest: x would cut the cell, a and b insert some.
    for key in ("x", "a", "b", "m", "d", "d"):
        open_lab.press(key)
    assert cells.count() == n_cells
    expect(open_lab.root).to_be_visible()


def test_text_with_markup_is_shown_as_text(serve: Any, markup: Any, page: Page) -> None:
    server = serve(markup)
    dialogs: list[str] = []

    def dismiss(dialog: Dialog) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", dismiss)
    page.goto(server.address)
    labeler = Labeler(page, server.store).ready()
    shown = labeler.part("sample").inner_text()
    assert shown.startswith(MARKUP)
    assert page.locator("#mine").count() == 0
    expect(labeler.part("class").first).to_contain_text("<i>spam</i>")
    assert page.title() == "markup"
    assert dialogs == []
    before = labeler.sample
    labeler.press("1")
    labeler.expect_acknowledged(1)
    labeler.press("s")
    labeler.expect_state("done")
    assert labeler.events()[0] == ("label", before, "<i>spam</i>")
    expect(labeler.part("sample")).to_contain_text("All samples are labelled or skipped")


@pytest.mark.slow
def test_a_missing_project_is_told_in_the_page(serve: Any, tmp_path: Any, page: Page) -> None:
    server = serve(tmp_path / "gone.dalt")
    page.goto(server.address)
    expect(page.get_by_role("alert")).to_contain_text("There is no project at")
    expect(page.locator('[data-dalt="page"]')).to_have_attribute("data-state", "failed")
