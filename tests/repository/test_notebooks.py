"""The notebooks run from top to bottom, as a person gets them.

What takes long runs in an environment of the default dependencies; label.ipynb and review.ipynb
run there behind `dalt demo`, too (`browser/test_default_demo.py`).
"""

import ast
import shutil
import subprocess
from pathlib import Path

import nbformat
import numpy as np
import pytest
from defaults import hidden, plain_environment
from nbclient import NotebookClient
from sklearn.datasets import load_digits

import dalt
from dalt.core.records import Suggestion

ROOT = Path(__file__).parents[2]
NOTEBOOKS = ROOT / "notebooks"
WIDGET = "application/vnd.jupyter.widget-view+json"


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Kernels find this checkout and the default libraries alone, and share two cores."""
    for name, value in hidden().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")


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


def run_by_default(
    python: Path, name: str, folder: Path, **variables: str
) -> nbformat.NotebookNode:
    """The same where nothing but the default dependencies is installed."""
    shutil.copy(NOTEBOOKS / name, folder)  # it writes beside it
    done = subprocess.run(
        [python, "-m", "nbconvert", "--execute", "--to", "notebook", "--inplace", name],
        env=plain_environment() | variables | {"OMP_NUM_THREADS": "1"},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2_000:]
    notebook = nbformat.read(folder / name, as_version=4)
    assert all(cell.execution_count for cell in notebook.cells if cell.cell_type == "code")
    return notebook


def output_of(notebook: nbformat.NotebookNode, code: str) -> dict[str, str]:
    """What the cell with some code gave as its value, by MIME type.

    A widget that is saved with a picture of it displays both.
    """
    (cell,) = (each for each in notebook.cells if each.cell_type == "code" and code in each.source)
    given = [each.data for each in cell.outputs if each.output_type == "execute_result"]
    if not given:
        widget, picture = (each.data for each in cell.outputs if "data" in each)
        given = [widget | picture]
    (data,) = given
    return dict(data)


@pytest.fixture
def digits_project(tmp_path: Path, brief_training: None) -> Path:
    """A project of 24 real digits, encoded, none labelled."""
    folder = tmp_path / "digits.dalt"
    images = (load_digits().images[:24] * 15).astype(np.uint8)
    with dalt.Project.create(folder, classes=list("0123456789"), seed=0) as project:
        project.add_images(images)
        project.encode()
    return folder


@pytest.mark.slow
@pytest.mark.timeout(900)  # makes the environment, and trains the default encoder in full
def test_quickstart(tmp_path: Path, default_python: Path) -> None:
    notebook = run_by_default(default_python, "quickstart.ipynb", tmp_path)
    assert WIDGET in output_of(notebook, "project.label(")
    for table in ("labels = project.labels()", "project.suggest()", "project.predict(", "read_csv"):
        assert "<table" in output_of(notebook, table)["text/html"]
    with dalt.Project.open(tmp_path / "digits.dalt") as project:
        labels = project.labels()
    assert len(labels) == 60
    assert (tmp_path / "labels.csv").read_text("utf-8").count("\n") == 61


def test_labelers_page(digits_project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DALT_PROJECT", str(digits_project))
    notebook = run("label.ipynb", digits_project.parent)
    value = output_of(notebook, "project.label(")
    assert WIDGET in value
    assert "samples labelled" in value["text/plain"] and "LabelPage(" not in value["text/html"]


def pictures(notebook: nbformat.NotebookNode) -> list[str]:
    """The plots that its cells made, in order."""
    return [
        output.data["image/png"]
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if output.output_type == "display_data" and "image/png" in output.data
    ]


def test_review(digits_project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of what three people labelled; `page/test_owner_figures.py` has what the page says."""
    monkeypatch.setenv("DALT_PROJECT", str(digits_project))
    monkeypatch.setenv("DALT_ANNOTATOR", "eva")
    truth = load_digits().target
    with dalt.Project.open(digits_project) as project:
        ids = list(project.samples().sample_id)
        for name, wrong in (("ana", 0), ("ben", 3), ("cem", 7)):
            session = project.session(name)
            for i, sample_id in enumerate(ids):
                label = str((truth[i] + (i < wrong)) % 10)
                session.answer(sample_id, label, key=f"{name}{i}", suggestion=Suggestion())
    notebook = run("review.ipynb", digits_project.parent)
    value = output_of(notebook, "project.overview(")
    assert WIDGET in value and "labelled" in value["text/plain"] and "cem" in value["text/html"]
    assert [len(cell.outputs) for cell in notebook.cells if cell.cell_type == "code"] == [2, 0]


@pytest.mark.slow
def test_review_of_a_project_that_nobody_labelled(
    digits_project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DALT_PROJECT", str(digits_project))
    notebook = run("review.ipynb", digits_project.parent)
    assert WIDGET in output_of(notebook, "project.overview(")


def test_review_of_a_project_that_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DALT_PROJECT", str(tmp_path / "gone.dalt"))
    value = output_of(run("review.ipynb", tmp_path), "project.overview(")
    assert "gone.dalt" in value["text/plain"]


def test_study(digits_project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DALT_PROJECT", str(digits_project))
    notebook = run("study.ipynb", digits_project.parent)
    own = next(c for c in notebook.cells if c.source.startswith("folder = "))
    assert "no sample was assigned at random" in own.outputs[0].data["text/html"]
    (made,) = (c for c in notebook.cells if c.source.startswith("report = "))
    assert "Suggestions save" in made.outputs[0].data["text/html"]
    text = output_of(notebook, "compared.mean()")["text/plain"]
    shares = [float(line.split()[-1]) for line in text.splitlines()[:2]]
    naive, ours = shares
    assert naive < 0.15 and abs(ours - 0.3) < 0.03


@pytest.mark.parametrize("path", sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda path: path.name)
def test_notebook_is_kept_without_outputs(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.source for cell in code if cell.outputs or cell.execution_count] == []


@pytest.mark.slow
@pytest.mark.timeout(900)  # makes the environment, and trains the default encoder in full
def test_learning_curves(tmp_path: Path, default_python: Path) -> None:
    notebook = run_by_default(default_python, "learning_curves.ipynb", tmp_path)
    curves = ast.literal_eval(output_of(notebook, "curves = {")["text/plain"])
    assert curves["DALT"][-1] > curves["logistic regression on pixels"][-1]
    assert len(pictures(notebook)) == 1, "the figures of the benchmarks are not in this folder"


@pytest.mark.slow
@pytest.mark.timeout(900)  # makes the environment
def test_tuning(tmp_path: Path, default_python: Path) -> None:
    notebook = run_by_default(default_python, "tuning.ipynb", tmp_path, DALT_TUNE_SECONDS="20")
    scores = ast.literal_eval(output_of(notebook, "scores[head.name]")["text/plain"])
    assert scores and all(0.5 < score <= 1 for score in scores.values())
    assert "better" in output_of(notebook, "project.tune(")["text/plain"]
    assert "<table" in output_of(notebook, "project.trials()")["text/html"]
    assert "<table" in output_of(notebook, "project.choices()")["text/html"]
    assert len(pictures(notebook)) == 3
