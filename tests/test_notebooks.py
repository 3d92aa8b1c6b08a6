"""The notebooks run from top to bottom, as a person gets them."""

import os
from pathlib import Path

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient
from sklearn.datasets import load_digits

import dalt

ROOT = Path(__file__).parents[1]
NOTEBOOKS = ROOT / "notebooks"
WIDGET = "application/vnd.jupyter.widget-view+json"


@pytest.fixture(autouse=True)
def kernels_find_this_checkout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT), prepend=os.pathsep)


def run(name: str, folder: Path) -> nbformat.NotebookNode:
    """Execute a notebook in a folder; an error in a cell fails the test with its traceback."""
    notebook = nbformat.read(NOTEBOOKS / name, as_version=4)
    client = NotebookClient(
        notebook,
        timeout=600,
        kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
    )
    client.execute()
    return notebook


def outputs(notebook: nbformat.NotebookNode, mime: str) -> list[str]:
    return [
        output.data[mime]
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if mime in output.get("data", {})
    ]


@pytest.fixture
def digits_project(tmp_path: Path, brief_training: None) -> Path:
    """A project of 24 real digits, encoded, none labelled."""
    folder = tmp_path / "digits.dalt"
    images = (load_digits().images[:24] * 15).astype(np.uint8)
    with dalt.Project.create(folder, classes=list("0123456789"), seed=0) as project:
        project.add_images(images)
        project.encode()
    return folder


@pytest.mark.timeout(600)  # its kernel trains the default encoder in full
def test_quickstart(tmp_path: Path) -> None:
    notebook = run("quickstart.ipynb", tmp_path)
    assert len(outputs(notebook, WIDGET)) == 1
    assert len(outputs(notebook, "text/html")) >= 3  # labels, suggestions, the export read back
    with dalt.Project.open(tmp_path / "digits.dalt") as project:
        labels = project.labels()
    assert len(labels) == 60
    assert (tmp_path / "labels.csv").read_text("utf-8").count("\n") == 61


def test_labelers_page(digits_project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DALT_PROJECT", str(digits_project))
    notebook = run("label.ipynb", digits_project.parent)
    assert len(outputs(notebook, WIDGET)) == 1


@pytest.mark.parametrize("path", sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda path: path.name)
def test_notebook_is_kept_without_outputs(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.source for cell in code if cell.outputs or cell.execution_count] == []
