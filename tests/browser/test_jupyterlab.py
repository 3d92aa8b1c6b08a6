"""The page in a cell of JupyterLab: keys by focus, other cells, a restarted kernel, verify mode."""

from __future__ import annotations

import json
import re

import nbformat
import pytest
from all_shown import ALL_SHOWN
from labeler import Labeler, Store, until_there
from playwright.sync_api import Page, expect
from pools import given_pool
from running_servers import Server
from waiting import until

import dalt

pytestmark = pytest.mark.slow

AHEAD = 6
"""Samples that a page holds."""


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


def notebook(page: Page, server: Server, name: str, source: str) -> Labeler:
    """Open a notebook of one cell beside the first, run it, and wait for its page."""
    folder = server.store.path.parents[1]
    made = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(source)],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
    )
    nbformat.write(made, folder / f"{name}.ipynb")
    page.goto(f"{server.address}lab/tree/{name}.ipynb?reset")
    page.get_by_text("| Idle").wait_for()
    page.locator(".jp-Cell .jp-InputArea-editor").first.click()
    page.keyboard.press("Shift+Enter")
    return Labeler(page, Store(folder / f"{name}.dalt" / "labels.db")).ready()


def keeps_to_itself(labeler: Labeler, n_cells: int) -> None:
    """No shortcut of JupyterLab has fired: it cuts, inserts, turns cells, restarts kernels."""
    expect(labeler.page.locator(".jp-Notebook .jp-Cell")).to_have_count(n_cells)
    assert labeler.page.locator(".jp-Dialog").count() == 0
    assert labeler.page.locator(".jp-MarkdownCell, .jp-RawCell").count() == 0


def test_what_on_label_prints_and_raises_stands_under_the_cell_of_the_page(
    page: Page, jupyterlab: Server
) -> None:
    given_pool(jupyterlab.store.path.parents[1] / "told.dalt", [*"abcdefghij"], 0, side=32)
    source = """import sys, dalt
told = []

def tell(label):
    told.append(label)
    print("told", len(told), label.label, file=sys.stderr if len(told) == 3 else sys.stdout)
    if len(told) == 2:
        display("displayed")
        raise ValueError("my own mistake")

dalt.Project.open("told.dalt").label(annotator="ana", on_label=tell)"""
    labeler = notebook(page, jupyterlab, "told", source)
    focus(labeler)
    for _ in range(2):
        labeler.press("2")
    expect(labeler.part("notice")).to_contain_text(
        "Your labels are saved, but something went wrong"
    )
    labeler.press("1")
    labeler.expect_acknowledged(3)
    under = page.locator(".jp-Cell").first.locator(".jp-OutputArea-output")
    expect(under.last).to_contain_text("told 3 a")
    _, *said = under.all_inner_texts()
    order = ["told 1 b", "told 2 b", "'displayed'", "Traceback", "my own mistake", "told 3 a"]
    places = ["\n".join(said).find(each) for each in order]
    assert -1 not in places and places == sorted(places), said
    assert [label for *_, label in labeler.events()] == ["b", "b", "a"]


def test_search_and_zoom_keys_in_a_cell(page: Page, jupyterlab: Server) -> None:
    folder = jupyterlab.store.path.parents[1]
    classes = [f"{look} {kind}" for kind in ("owl", "gull", "xdd") for look in "abcdefghij"]
    given_pool(folder / "many.dalt", classes, 0, side=160)
    source = 'import dalt\n\ndalt.Project.open("many.dalt").label(annotator="ana")'
    labeler = notebook(page, jupyterlab, "many", source)
    focus(labeler)
    n_cells, sample_id = page.locator(".jp-Notebook .jp-Cell").count(), labeler.sample
    for key in ("+", "=", "-", "+", "ArrowLeft", "ArrowDown"):
        labeler.press(key)
    stage = labeler.part("sample")
    assert float(stage.get_attribute("data-zoom") or 0) > 1.5
    labeler.press("Home")
    expect(stage).to_have_attribute("data-zoom", "1.00")
    labeler.press("/")
    labeler.page.keyboard.type("c xdd")  # d, d deletes a cell and x cuts it
    expect(page.locator('[data-dalt="class"]:not([hidden])')).to_have_count(1)
    labeler.press("Escape")
    expect(labeler.root).to_be_focused()
    labeler.expect_sample(sample_id)
    keeps_to_itself(labeler, n_cells)
    labeler.press("/")
    labeler.page.keyboard.type("b gull")
    labeler.press("Enter")
    labeler.expect_acknowledged(1)
    assert labeler.events() == [("label", sample_id, "b gull")]
    expect(labeler.root).to_be_focused()
    labeler.press("s")
    expect(stage).not_to_have_attribute("data-sample-id", sample_id)
    keeps_to_itself(labeler, n_cells)


def test_spans_are_marked_by_keys_in_a_cell(page: Page, jupyterlab: Server) -> None:
    folder = jupyterlab.store.path.parents[1] / "spans.dalt"
    with dalt.Project.create(
        folder, classes=["person", "place"], task="spans", settings=ALL_SHOWN
    ) as project:
        project.add_texts(["Ana met Bob in Oslo.", "In Rome it rained."], progress=False)
    source = 'import dalt\n\ndalt.Project.open("spans.dalt").label(annotator="ana")'
    labeler = notebook(page, jupyterlab, "spans", source)
    focus(labeler)
    n_cells, sample_id = page.locator(".jp-Notebook .jp-Cell").count(), labeler.sample
    for key in ("ArrowRight", "Shift+ArrowRight", "2", "ArrowRight", "ArrowRight", "1"):
        labeler.press(key)
    expect(labeler.part("span")).to_have_count(2)
    for key in ("[", "]", "Delete"):
        labeler.press(key)
    expect(labeler.part("span")).to_have_count(1)
    for key in ("Escape", "d", "d", "x", "m"):
        labeler.press(key)
    keeps_to_itself(labeler, n_cells)
    expect(labeler.root).to_be_focused()
    labeler.press("Enter")
    labeler.expect_acknowledged(1)
    [(kind, answered, label)] = labeler.events()
    assert (kind, answered, len(json.loads(label or "[]"))) == ("label", sample_id, 1)
    keeps_to_itself(labeler, n_cells)


def test_a_cell_that_is_run_again_gives_back_what_its_former_page_held(open_lab: Labeler) -> None:
    page = open_lab.page

    def held() -> int:
        return int(open_lab.store.rows("SELECT count(*) FROM leases WHERE active")[0][0])

    before = held()
    assert before >= AHEAD
    open_lab.root.evaluate("(node) => { node.former = true; }")
    page.locator(".jp-Cell .jp-InputArea-editor").first.click()
    page.keyboard.press("Control+Enter")
    until_there(page, "document.querySelector('[data-dalt=page]')?.former !== true")
    open_lab.ready()
    until(lambda: held() <= before, "the former page keeps its samples")
    focus(open_lab)
    event = open_lab.label()
    assert open_lab.events()[-1] == event


FITS = """() => {
  const root = document.querySelector(".dalt"), notebook = root.closest(".jp-WindowedPanel-outer");
  for (let node = root.parentElement; node !== notebook; node = node.parentElement) {
    const scrolls = /auto|scroll/.test(getComputedStyle(node).overflowY);
    if (scrolls && node.scrollHeight > node.clientHeight + 1) return false;
  }
  return notebook.clientHeight > 300 && notebook.clientHeight - root.offsetHeight === 16;
}"""
"""Whether the page is as high as the visible notebook, and nothing between them scrolls."""


def test_the_page_is_as_high_as_the_visible_notebook(open_lab: Labeler) -> None:
    page = open_lab.page
    until_there(page, FITS)
    for width, height in ((1366, 768), (1024, 640), (1920, 1080)):
        page.set_viewport_size({"width": width, "height": height})
        until_there(page, FITS)
    page.keyboard.press("Control+b")  # the side bar
    until_there(page, FITS)
    scroller = page.locator(".jp-WindowedPanel-outer")
    scroller.evaluate("(node) => { node.scrollTop = 0; }")
    open_lab.root.hover(position={"x": 5, "y": 40})
    page.mouse.wheel(0, 60)  # the notebook scrolls as ever
    until_there(page, "document.querySelector('.jp-WindowedPanel-outer').scrollTop > 0")
    until_there(page, FITS)


def test_a_notebook_without_its_kernel_shows_what_was_there(page: Page, jupyterlab: Server) -> None:
    given_pool(jupyterlab.store.path.parents[1] / "kept.dalt", [*"abcdefghij"], 0, side=32)
    source = """import dalt
page = dalt.Project.open("kept.dalt").label(annotator="ana")
page"""
    labeler = notebook(page, jupyterlab, "kept", source)
    picture = page.locator(".dalt-saved")
    expect(picture).to_be_hidden()
    focus(labeler)
    labeler.press("1")
    labeler.expect_acknowledged(1)
    # It is drawn in a calm moment: the page stays what it was, and keeps the focus.
    labeler.root.evaluate("(root) => { root.same = true; }")
    expect(picture).to_contain_text("1 of ", timeout=30_000)
    assert labeler.root.evaluate("(root) => root.same") and picture.is_hidden()
    expect(labeler.root).to_be_focused()
    page.keyboard.press("Control+s")
    saved = jupyterlab.store.path.parents[1] / "kept.ipynb"
    until(lambda: "1 of " in saved.read_text(), "the notebook is not saved")
    page.goto("about:blank")
    page.request.get(jupyterlab.address + "lab")
    [token] = [
        each["value"]
        for each in page.context.cookies(jupyterlab.address)
        if each["name"] == "_xsrf"
    ]
    for kernel in page.request.get(jupyterlab.address + "api/kernels").json():
        answered = page.request.delete(
            f"{jupyterlab.address}api/kernels/{kernel['id']}", headers={"X-XSRFToken": token}
        )
        assert answered.ok
    page.goto(f"{jupyterlab.address}lab/tree/kept.ipynb?reset")
    expect(picture).to_be_visible(timeout=60_000)
    expect(picture).to_contain_text("1 of ")
    expect(page.get_by_text("Error displaying widget")).to_be_hidden()
