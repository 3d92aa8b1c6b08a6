"""The page in a cell of JupyterLab: keys by focus, other cells, a restarted kernel, verify mode."""

from __future__ import annotations

import re

from labeler import Labeler
from playwright.sync_api import expect


def focus(labeler: Labeler) -> None:
    labeler.root.click(position={"x": 5, "y": 5})
    expect(labeler.root).to_be_focused()


def test_keys_belong_to_the_page_only_while_it_has_the_focus(open_lab: Labeler) -> None:
    page = open_lab.page
    sample_id = open_lab.sample
    page.locator(".jp-Cell .jp-InputArea-editor").first.click()
    page.keyboard.press("Escape")  # JupyterLab's command mode: keys are JupyterLab's
    n_cells = page.locator(".jp-Notebook .jp-Cell").count()
    page.keyboard.press("b")  # a cell below
    expect(page.locator(".jp-Notebook .jp-Cell")).to_have_count(n_cells + 1)
    open_lab.expect_sample(sample_id)
    focus(open_lab)
    for key in ("x", "a", "b", "m"):  # JupyterLab would cut, insert, and turn into Markdown
        open_lab.press(key)
    expect(page.locator(".jp-Notebook .jp-Cell")).to_have_count(n_cells + 1)
    open_lab.expect_sample(sample_id)
    event = open_lab.label()
    assert open_lab.events() == [event]


def test_labels_are_live_in_another_cell_and_there_after_a_restart(open_lab: Labeler) -> None:
    page = open_lab.page
    before = len(open_lab.store.rows("SELECT 1 FROM answers WHERE kind = 'label'"))
    focus(open_lab)
    events = [open_lab.label(), open_lab.label()]
    page.locator(".jp-Cell .jp-InputArea-editor").first.click()
    page.keyboard.press("Escape")
    page.keyboard.press("b")
    page.keyboard.press("Enter")
    page.keyboard.insert_text(
        'import dalt\nprint("labels:", len(dalt.Project.open("digits.dalt").labels()))'
    )
    page.keyboard.press("Control+Enter")
    expect(page.locator(".jp-OutputArea-output").last).to_contain_text(f"labels: {before + 2}")
    page.keyboard.press("Escape")
    page.keyboard.press("0")
    page.keyboard.press("0")  # restart the kernel
    page.get_by_role("button", name=re.compile("Confirm Kernel Restart|^Restart$")).click()
    page.get_by_text("| Idle").wait_for()
    page.locator(".jp-Cell .jp-InputArea-editor").first.click()
    page.keyboard.press("Shift+Enter")
    expect(open_lab.root).to_have_attribute("data-acknowledged", "0")  # the new page
    open_lab.ready()
    assert open_lab.sample not in [sample_id for _, sample_id, _ in events]
    focus(open_lab)
    events.append(open_lab.label())
    assert open_lab.events() == events


def test_verify_mode_in_a_cell(open_lab: Labeler) -> None:
    # Enough labels for the model to be sure of some.
    focus(open_lab)
    expect(open_lab.root).to_be_focused()
    for _ in range(25):
        open_lab.label()
    open_lab.press("v")
    expect(open_lab.root).to_have_attribute("data-mode", "verify")
    open_lab.ready()
    label = str(open_lab.page.locator(".dalt-verify").get_attribute("data-class"))
    tiles = [str(each.get_attribute("data-sample-id")) for each in open_lab.part("tile").all()]
    before = open_lab.events()
    open_lab.press("ArrowRight")
    other = "0" if label != "0" else "1"
    open_lab.press(other)
    open_lab.page.wait_for_timeout(400)  # as long as a look takes
    open_lab.press("Enter")
    open_lab.expect_acknowledged(len(before) + len(tiles))
    assert open_lab.events()[len(before) :] == [
        ("label", tiles[0], other),
        *(("label", sample_id, label) for sample_id in tiles[1:]),
    ]
