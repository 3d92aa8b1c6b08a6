"""Which front end shows a notebook: the page's own, or where it needs more, Voilà's."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from labeler import Labeler
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from playwright.sync_api import Page, Route, expect
from running_servers import Digits, Server

from dalt.server.web.options import ServedPage

TOKEN = "the-owner"
OPEN = "import os, dalt\nproject = dalt.Project.open(os.environ['DALT_PROJECT'])"
PAGE = f"{OPEN}\npage = project.label('ana')\npage"
OTHER = """import anywidget

class Other(anywidget.AnyWidget):
    _esm = '''export default {
      render({ el }) { el.textContent = "a script of others"; }
    }'''

Other()"""

Show = Callable[..., Server]


@pytest.fixture
def show(serve: Callable[..., Server], digits: Digits, tmp_path: Path) -> Show:
    """Serve a notebook of these cells over a project of digits."""

    def made(*cells: nbformat.NotebookNode) -> Server:
        folder = shutil.copytree(digits.folder, tmp_path / "digits.dalt")
        path = tmp_path / "shown.ipynb"
        nbformat.write(new_notebook(cells=list(cells)), path)
        server = serve(folder, pages=(ServedPage("/", str(path)),))
        server.truth = digits.truth
        return server

    return made


def watched(page: Page) -> list[str]:
    """What a page asks for of Voilà's front end, from now on."""
    asked: list[str] = []
    here = re.compile("/voila/")
    page.on("request", lambda request: asked.extend(here.findall(request.url)))
    return asked


def test_the_owners_page_needs_no_voila(
    page: Page, serve: Callable[..., Server], digits: Digits, tmp_path: Path
) -> None:
    server = serve(shutil.copytree(digits.folder, tmp_path / "d.dalt"), owner_token=TOKEN)
    asked = watched(page)
    page.goto(f"{server.address}review?token={TOKEN}")
    expect(page.locator('[data-dalt="owner"][data-state="ready"]')).to_be_visible()
    assert not asked
    expect(page.get_by_text("Figures of your own")).not_to_be_visible()
    page.goto("about:blank")


def test_text_above_the_page_is_shown(page: Page, show: Show) -> None:
    text = new_markdown_cell("# House rules\n\nAsk *Eva* first.")
    server = show(text, new_code_cell(PAGE))
    asked = watched(page)
    page.goto(server.address)
    expect(page.get_by_role("heading", name="House rules")).to_be_visible()
    Labeler(page, server.store, server.truth).ready().label()
    assert asked
    page.goto("about:blank")


@pytest.mark.slow
def test_a_page_that_is_shown_twice_is_one_sitting(page: Page, show: Show) -> None:
    server = show(new_code_cell(PAGE), new_code_cell("page"))
    asked = watched(page)
    page.goto(server.address)
    pages = page.locator('[data-dalt="page"]')
    expect(pages).to_have_count(2)
    for at in (0, 1):
        expect(pages.nth(at)).to_have_attribute("data-state", "ready")
    samples = [pages.nth(at).get_attribute("data-sample") for at in (0, 1)]
    assert samples[0] == samples[1]
    assert not asked
    page.goto("about:blank")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("print('printed')", "printed"),
        ("1 / 0", "There was an error when executing cell"),
        ("from IPython.display import HTML\nHTML('<b>bold</b>')", "bold"),
        ("import ipywidgets\nipywidgets.Label('a widget of others')", "a widget of others"),
        (OTHER, "a script of others"),
    ],
    ids=["print", "error", "html", "ipywidgets", "anywidget"],
)
def test_what_else_a_notebook_shows_is_voilas(
    page: Page, show: Show, source: str, said: str
) -> None:
    server = show(new_code_cell(PAGE), new_code_cell(source))
    page.goto(server.address)
    expect(page.get_by_text(said)).to_be_attached()
    Labeler(page, server.store, server.truth).ready().label()
    page.goto("about:blank")


@pytest.mark.slow
def test_a_page_that_the_widget_manager_gave_up_is_loaded_anew(page: Page, show: Show) -> None:
    """As where a browser is busy: it gave up just when the page's model was there."""
    server = show(new_markdown_cell("# House rules"), new_code_cell(PAGE))
    asked = re.compile(r"await (\w+)\.get_model\((\w+\.model_id)\)")
    late = r"""await (async (manager, id) => {
        if (sessionStorage.givenUp) return manager.get_model(id);
        while (!manager.restoredStatus) await new Promise((go) => setTimeout(go, 50));
        sessionStorage.givenUp = "once";
        throw Error("widget model not found");
    })(\1, \2)"""
    changed = []

    def answer(route: Route) -> None:
        response = route.fetch()
        text, n = asked.subn(late, response.text())
        changed.extend([route.request.url] * n)
        route.fulfill(response=response, body=text)

    page.route("**/labextensions/**/*.js*", answer)
    page.goto(server.address)
    Labeler(page, server.store, server.truth).ready().label()
    assert changed, "the widget manager is another one now: is the page's remedy still needed?"
    assert page.evaluate("sessionStorage.givenUp") == "once"


@pytest.mark.slow
def test_a_script_that_does_not_come_is_asked_for_again(page: Page, voila: Server) -> None:
    failed: list[str] = []

    def fail_once(route: Route) -> None:
        if len(failed) < 2:  # the preload, and the import that follows it
            failed.append(route.request.url)
            route.abort()
        else:
            route.continue_()

    page.route("**/dalt/page-*.js", fail_once)
    page.goto(voila.address)
    Labeler(page, voila.store, voila.truth).ready()
    assert failed
    page.goto("about:blank")
