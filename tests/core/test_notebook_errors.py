"""Errors in a real kernel: the sentence alone, and the rest on request."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbconvert import HTMLExporter
from nbformat import NotebookNode

CELLS = {
    "raised": "import dalt\ndalt.Project.open('nowhere.dalt')",
    "asked for": "%tb",
    "awaited": "import asyncio\nawait asyncio.sleep(0)\ndalt.Project.open('nowhere.dalt')",
    "caused": "try:\n    int('seven')\nexcept ValueError as e:\n  raise dalt.BadInput('x') from e",
    "its cause": "%tb",
    "named class": "raise dalt.UnknownClass('ct', ['cat', 'dog'])",
    "an error of Python": "1 / 0",
}
ANSI = re.compile(r"\x1b\[[0-9;]*m")


@pytest.fixture(scope="module")
def notebook(tmp_path_factory: pytest.TempPathFactory) -> NotebookNode:
    """Every cell has failed, one after the other."""
    made = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(each) for each in CELLS.values()]
    )
    folder = str(tmp_path_factory.mktemp("notebook"))
    NotebookClient(
        made, timeout=120, allow_errors=True, resources={"metadata": {"path": folder}}
    ).execute()
    return made


def said(notebook: NotebookNode, name: str) -> list[str]:
    """The lines under a cell."""
    cell = notebook.cells[list(CELLS).index(name)]
    [error] = [each for each in cell.outputs if each.output_type == "error"]
    return ANSI.sub("", "\n".join(error.traceback)).splitlines()


@pytest.mark.parametrize("name", ["raised", "awaited"])
def test_the_sentence_stands_alone(notebook: NotebookNode, name: str) -> None:
    sentence, how = said(notebook, name)
    assert sentence.startswith("ProjectNotFound: There is no project at nowhere.dalt")
    assert how == "(%tb shows where)"


def test_subclasses_with_a_sentence_of_their_own(notebook: NotebookNode) -> None:
    sentence, _ = said(notebook, "named class")
    assert sentence == (
        "UnknownClass: There is no class 'ct' in this project. Did you mean 'cat'? "
        "Classes: cat, dog."
    )


def test_where_it_was_raised_is_shown_on_request(notebook: NotebookNode) -> None:
    lines = said(notebook, "asked for")
    assert any("dalt.Project.open('nowhere.dalt')" in line for line in lines)
    assert any("project.py" in line for line in lines)


def test_the_cause_is_shown_on_request_only(notebook: NotebookNode) -> None:
    assert said(notebook, "caused")[0] == "BadInput: x"
    assert "ValueError: invalid literal for int() with base 10: 'seven'" in said(
        notebook, "its cause"
    )


def test_other_errors_are_shown_as_ever(notebook: NotebookNode) -> None:
    assert len(said(notebook, "an error of Python")) > 4


def test_a_page_made_of_the_notebook_has_the_sentence(notebook: NotebookNode) -> None:
    html, _ = HTMLExporter().from_notebook_node(nbformat.v4.new_notebook(cells=notebook.cells[:1]))
    assert "There is no project at nowhere.dalt" in html and "Traceback" not in html


def test_ipython_in_a_terminal_and_plain_python(tmp_path: Path) -> None:
    (tmp_path / "cells.ipy").write_text("import dalt\ndalt.Project.open('no.dalt')\n%tb\n")
    ipython = [sys.executable, "-m", "IPython", "--colors=nocolor", "--no-banner"]
    with (tmp_path / "cells.ipy").open() as cells:
        shown = subprocess.run(
            ipython, stdin=cells, capture_output=True, text=True, cwd=tmp_path, timeout=120
        ).stdout
    first, _, whole = shown.partition("(%tb shows where)")
    assert "ProjectNotFound: There is no project at no.dalt" in first and "Traceback" not in first
    assert "Traceback" in whole
    plain = [sys.executable, "-c", "import dalt; dalt.Project.open('no.dalt')"]
    shown = subprocess.run(plain, capture_output=True, text=True, cwd=tmp_path, timeout=120).stderr
    assert "Traceback" in shown and "There is no project at no.dalt" in shown
