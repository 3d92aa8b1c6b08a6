"""The guideline and what classes mean: beside the sample, as a sheet, in a notebook."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from labeler import Labeler
from playwright.sync_api import Browser, Locator, Page, expect
from running_servers import Digits, Server

from dalt.core.settings.project_file import load

TEXT = "Which digit?\nSkip what you cannot read.\n\n<b>A 7</b> may have a bar.\n\n숫자를 고르세요."


def write(folder: Path, guideline: str) -> None:
    path = folder / "project.toml"
    before = load(folder).guideline
    text = path.read_text("utf-8")
    for old in (f'"{before}"', f'"""{before}"""'):
        text = text.replace(f"guideline = {old}", f'guideline = """{guideline}"""')
    path.write_text(text, "utf-8")
    assert load(folder).guideline == guideline


@pytest.fixture
def server(serve: Callable[[Path], Server], digits: Digits, tmp_path: Path) -> Server:
    folder = shutil.copytree(digits.folder, tmp_path / "digits.dalt")
    write(folder, TEXT)
    path = folder / "project.toml"
    path.write_text(
        path.read_text("utf-8").replace('description = ""', 'description = "A <i>ring</i>."', 1),
        "utf-8",
    )
    server = serve(folder)
    server.truth = digits.truth
    return server


@pytest.fixture
def labeler(page: Page, server: Server) -> Iterator[Labeler]:
    page.goto(server.address)
    yield Labeler(page, server.store, server.truth).ready()
    page.goto("about:blank")


def panel(labeler: Labeler) -> Locator:
    return labeler.part("guideline-panel")


def again(labeler: Labeler) -> Labeler:
    labeler.page.reload()
    return labeler.ready()


def test_it_opens_once_by_itself_beside_the_sample_and_stays_as_it_was_left(
    labeler: Labeler,
) -> None:
    expect(panel(labeler)).to_be_visible()
    expect(panel(labeler)).to_have_attribute("data-layout", "beside")
    texts = panel(labeler).locator(".dalt-guideline-box > .dalt-guideline-text")
    assert texts.all_inner_texts() == TEXT.split("\n\n"), "paragraphs and line breaks are kept"
    first = panel(labeler).locator('[data-class="0"]')
    expect(first).to_contain_text("A <i>ring</i>.")
    assert not labeler.page.locator(".dalt b, .dalt i").count()
    here, stage = panel(labeler).bounding_box(), labeler.part("sample").bounding_box()
    assert here and stage and stage["x"] + stage["width"] <= here["x"], "it covers the sample"
    # Labeling goes on, and what was labelled is an example.
    made = labeler.label()
    assert labeler.events() == [made]
    expect(panel(labeler).locator(f'[data-class="{made[2]}"] img')).to_have_count(1)
    labeler.press("g")
    expect(panel(labeler)).to_be_hidden()
    expect(panel(again(labeler))).to_be_hidden()
    labeler.part("guideline").click()
    expect(panel(labeler)).to_be_visible()
    expect(labeler.part("guideline")).to_have_attribute("aria-expanded", "true")
    expect(panel(again(labeler))).to_be_visible()
    # A window that gets narrower is not covered all of a sudden.
    labeler.page.set_viewport_size({"width": 800, "height": 900})
    expect(panel(labeler)).to_be_hidden()
    labeler.page.set_viewport_size({"width": 1280, "height": 900})
    expect(panel(labeler)).to_be_visible()


@pytest.mark.slow
def test_a_changed_guideline_is_shown_again(labeler: Labeler, server: Server) -> None:
    folder = server.store.path.parent
    changed = labeler.part("guideline-changed")
    expect(changed).to_be_hidden()
    labeler.press("g")
    write(folder, "Which digit?\n\nAlso of licence plates.")
    expect(panel(again(labeler))).to_contain_text("Also of licence plates.")
    expect(changed).to_be_visible()
    labeler.part("guideline-close").click()
    expect(panel(again(labeler))).to_be_hidden()
    labeler.press("g")
    expect(panel(labeler)).to_be_visible()
    expect(changed).to_be_hidden()
    # It is noticed, too, while the page is open.
    labeler.press("g")
    write(folder, "Which digit?")
    labeler.label()
    expect(panel(labeler)).to_be_visible()
    expect(changed).to_be_visible()


@pytest.mark.slow
def test_on_a_phone_it_is_a_sheet_that_answers_wait_behind(
    server: Server, browser: Browser
) -> None:
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    )
    page = context.new_page()
    page.goto(server.address)
    labeler = Labeler(page, server.store, server.truth).ready()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_focused()
    labeler.press("3")
    labeler.press("?")
    labeler.press("Escape")
    expect(dialog).to_be_hidden()
    expect(labeler.root).to_be_focused()
    assert labeler.label() == labeler.events()[0], "nothing was answered behind it"
    again(labeler)
    expect(dialog).to_be_hidden()
    labeler.press("g")
    expect(dialog).to_be_visible()
    page.touchscreen.tap(200, 20)
    expect(dialog).to_be_hidden()
    assert (
        page.evaluate("[...document.querySelectorAll('.dalt [inert], .dalt > [inert]')].length")
        == 0
    )
    context.close()


@pytest.mark.slow
def test_in_a_notebook_it_stands_above_the_sample(open_lab: Any) -> None:
    labeler: Labeler = open_lab
    expect(panel(labeler)).to_have_attribute("data-layout", "inline")
    expect(panel(labeler)).to_contain_text("Which digit was written?")
    labeler.root.click(position={"x": 5, "y": 5})
    labeler.label()
    labeler.press("g")
    expect(panel(labeler)).to_be_hidden()
