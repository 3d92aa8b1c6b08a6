"""Widgets of ipyannotations as the face of DALT's loop, in a cell of JupyterLab."""

from __future__ import annotations

import nbformat
import pytest
from conftest import Server
from playwright.sync_api import Locator, Page, expect
from scenes import CLASSES, make_scenes

pytestmark = pytest.mark.slow

CELL = """import dalt
import ipyannotations.images
import ipyannotations.text

project = dalt.Project.open("{name}.dalt")
loop = project.label("ana", widget={widget})
loop"""


def open_loop(page: Page, server: Server, name: str, widget: str) -> Locator:
    """Run a notebook that shows a widget over a project; returns the cell's output."""
    root = server.store.path.parents[1]
    notebook = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_code_cell(CELL.format(name=name, widget=widget)),
            nbformat.v4.new_code_cell("loop"),
        ],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
    )
    nbformat.write(notebook, root / f"{name}.ipynb")
    page.goto(f"{server.address}lab/tree/{name}.ipynb?reset")
    page.get_by_text("| Idle").wait_for()
    page.locator(".jp-Cell .jp-InputArea-editor").first.click()
    page.keyboard.press("Shift+Enter")
    output = page.locator(".jp-Cell").first.locator(".jp-OutputArea-output")
    expect(output.get_by_role("status")).to_contain_text("samples are labelled")
    return output


def test_try(page: Page, jupyterlab: Server) -> None:
    root = jupyterlab.store.path.parents[1]
    make_scenes(root / "faces.dalt", "boxes")
    output = open_loop(
        page, jupyterlab, "faces", f"ipyannotations.images.BoxAnnotator(options={CLASSES})"
    )
    page.wait_for_timeout(3000)
    page.screenshot(path="/tmp/ipya/lab1.png", full_page=True)
    page.reload()
    page.get_by_text("| Idle").wait_for()
    page.wait_for_timeout(3000)
    page.locator(".jp-Cell .jp-InputArea-editor").nth(1).click()
    page.keyboard.press("Shift+Enter")
    page.wait_for_timeout(3000)
    page.screenshot(path="/tmp/ipya/lab2.png", full_page=True)
