"""Marking pictures in a cell of JupyterLab: keys stay with the page."""

from __future__ import annotations

import nbformat
import pytest
from accessible import check
from labeler import Labeler, Store
from playwright.sync_api import Page, expect
from running_servers import Server
from scenes import Hand, close, make_scenes

import dalt
from dalt.core.records import Region

pytestmark = pytest.mark.slow

CELL = 'import dalt\n\npage = dalt.Project.open("{0}.dalt").label(annotator="ana")\npage'
DRAWN = {
    "boxes": ((20, 20), (60, 70)),
    "polygons": ((20, 20), (60, 25), (50, 70)),
    "points": ((40, 45),),
}


@pytest.mark.parametrize(
    "task",
    ["boxes", *(pytest.param(task, marks=pytest.mark.slow) for task in ("polygons", "points"))],
)
def test_pictures_are_marked_in_a_cell(page: Page, jupyterlab: Server, task: str) -> None:
    root = jupyterlab.store.path.parent.parent
    make_scenes(root / f"{task}.dalt", task)
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(CELL.format(task))],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
    )
    nbformat.write(notebook, root / f"{task}.ipynb")
    page.goto(f"{jupyterlab.address}lab/tree/{task}.ipynb?reset")
    page.get_by_text("| Idle").wait_for()
    page.locator(".jp-Cell .jp-InputArea-editor").first.click()
    page.keyboard.press("Shift+Enter")
    labeler = Labeler(page, Store(root / f"{task}.dalt" / "labels.db")).ready()
    hand = Hand(labeler)
    assert sorted(map(str, hand.listed())) == ["ball", "brick"]
    check(page)
    n_cells = page.locator(".jp-Notebook .jp-Cell").count()
    labeler.root.click(position={"x": 5, "y": 5})
    expect(labeler.root).to_be_focused()
    labeler.press("Enter")  # what is proposed
    labeler.expect_acknowledged(1)
    proposed = hand.recorded()
    expect(labeler.part("region")).to_have_count(2)
    hand.clear()
    draw(hand, task)
    labeler.press("2")
    for key in ("x", "a", "b"):  # JupyterLab would cut and insert cells
        labeler.press(key)
    expect(page.locator(".jp-Notebook .jp-Cell")).to_have_count(n_cells)
    labeler.press("Enter")
    labeler.expect_acknowledged(2)
    [region] = hand.recorded()
    assert region["label"] == "brick" and close(region, *DRAWN[task], within=1.5)
    labeler.press("u")
    expect(labeler.part("region")).to_have_count(1)
    labeler.press("Shift+U")
    labeler.expect_acknowledged(3)
    with dalt.Project.open(labeler.store.path.parent) as project:
        labels = project.labels()
    mine = labels[labels.annotator == "ana"].label.tolist()
    assert [[Region.from_json(each) for each in label] for label in mine] == [
        [Region.from_json(each) for each in label] for label in (proposed, [region])
    ]


def draw(hand: Hand, task: str) -> None:
    if task == "boxes":
        hand.drag(*DRAWN[task])
        return
    for corner in DRAWN[task]:
        hand.click(*corner)
    if task == "polygons":
        hand.labeler.press("Enter")


def test_a_page_that_is_found_again_is_drawn_again(page: Page, jupyterlab: Server) -> None:
    root = jupyterlab.store.path.parent.parent
    make_scenes(root / "again.dalt", "boxes")
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(CELL.format("again")), nbformat.v4.new_code_cell("page")],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
    )
    nbformat.write(notebook, root / "again.ipynb")
    page.goto(f"{jupyterlab.address}lab/tree/again.ipynb?reset")
    page.get_by_text("| Idle").wait_for()
    page.locator(".jp-Cell .jp-InputArea-editor").first.click()
    page.keyboard.press("Shift+Enter")
    labeler = Labeler(page, Store(root / "again.dalt" / "labels.db")).ready()
    expect(page.locator("path.dalt-region")).to_have_count(2)
    # A second view of the same page.
    page.locator(".jp-Cell .jp-InputArea-editor").nth(1).click()
    page.keyboard.press("Shift+Enter")
    expect(labeler.part("page")).to_have_count(2)
    expect(labeler.part("page").nth(1)).to_have_attribute("data-state", "ready")
    before = labeler.part("sample").first.get_attribute("data-sample-id")
    labeler.part("page").nth(1).click(position={"x": 5, "y": 5})
    labeler.press("Enter")
    for at in (0, 1):
        root_of = labeler.part("page").nth(at)
        expect(root_of).to_have_attribute("data-acknowledged", "1")
        expect(root_of.locator('[data-dalt="sample"]')).not_to_have_attribute(
            "data-sample-id", str(before)
        )
