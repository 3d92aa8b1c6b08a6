"""What browsers may run on a page: DALT's own need neither eval nor inline scripts or styles."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pandas as pd
import pytest
from labeler import until_there
from playwright.sync_api import Page, expect
from ports import free_port

import dalt
from dalt.server.serve import Service, running
from dalt.server.web.options import ServedPage

ROOT = Path(__file__).parents[2]
OWNERS = "a token that nobody can guess"
WATCH = """
window.violations = [];
document.addEventListener("securitypolicyviolation", ({ effectiveDirective, blockedURI }) =>
  window.violations.push([effectiveDirective, blockedURI]));
"""


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("policy") / "t.dalt"
    guideline = "# Look\n\n**Both** numbers and `words`."
    with dalt.Project.create(folder, classes=["a", "b"], guideline=guideline) as project:
        frame = pd.DataFrame({"x": range(30), "y": [f"word {i}" for i in range(30)]})
        project.add_table(frame, progress=False)
    return folder


@pytest.fixture(scope="module")
def own(rows: Path) -> Iterator[str]:
    yield from _served(
        Service(rows, port=free_port(), token="", annotator="ana", owner_token=OWNERS)
    )


@pytest.fixture(scope="module")
def foreign(rows: Path) -> Iterator[str]:
    cells = [
        nbformat.v4.new_markdown_cell("# Beside **the page**"),
        nbformat.v4.new_code_cell("import ipywidgets\nipywidgets.Button(description='press me')"),
        nbformat.v4.new_code_cell(
            "import os, dalt\ndalt.Project.open(os.environ['DALT_PROJECT']).label('ana')"
        ),
    ]
    notebook = rows.parent / "foreign.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells), notebook)
    pages = (ServedPage("/", str(notebook)),)
    yield from _served(Service(rows, port=free_port(), token="", annotator="ben", pages=pages))


def _served(service: Service) -> Iterator[str]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(ROOT), prepend=os.pathsep)
        with running(service):
            yield f"http://127.0.0.1:{service.port}/"


def open_page(page: Page, address: str) -> str:
    """Open a page that notes what its policy stops; gives the policy."""
    page.add_init_script(WATCH)
    response = page.goto(address)
    assert response is not None
    return response.headers["content-security-policy"]


def test_the_labeling_page_needs_no_eval_and_nothing_inline(page: Page, own: str) -> None:
    policy = open_page(page, own)
    assert "unsafe" not in policy
    for rule in ("object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"):
        assert rule in policy
    shown = page.locator('[data-dalt="page"]')
    expect(shown).to_have_attribute("data-state", "ready", timeout=60_000)
    page.keyboard.press("1")
    expect(shown).to_have_attribute("data-acknowledged", "1")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    assert page.evaluate("window.violations") == []


def test_the_owners_page_needs_no_eval_and_nothing_inline(page: Page, own: str) -> None:
    policy = open_page(page, f"{own}review?token={OWNERS.replace(' ', '%20')}")
    assert "unsafe" not in policy
    expect(page.locator('[data-dalt="owner"]')).to_have_attribute(
        "data-state", "ready", timeout=60_000
    )
    assert page.evaluate("window.violations") == []


def test_a_script_that_somebody_writes_into_the_page_does_not_run(page: Page, own: str) -> None:
    open_page(page, own)
    expect(page.locator('[data-dalt="page"]')).to_have_attribute(
        "data-state", "ready", timeout=60_000
    )
    page.evaluate(
        """() => {
          const script = document.createElement("script");
          script.textContent = "window.taken = true";
          document.body.append(script);
          const image = "<img src=x onerror='window.taken = true'>";
          document.body.insertAdjacentHTML("beforeend", image);
        }"""
    )
    until_there(page, "window.violations.length >= 2")
    assert page.evaluate("window.taken === undefined")


@pytest.mark.slow
def test_jupyterlabs_front_end_writes_styles_and_needs_no_eval(page: Page, foreign: str) -> None:
    policy = open_page(page, foreign)
    scripts = next(rule for rule in policy.split("; ") if rule.startswith("script-src"))
    assert "unsafe" not in scripts
    expect(page.locator(".jupyter-button")).to_be_visible(timeout=60_000)
    expect(page.locator('[data-dalt="page"]')).to_have_attribute(
        "data-state", "ready", timeout=60_000
    )
    assert page.evaluate("window.violations") == []
