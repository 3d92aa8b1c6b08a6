"""`dalt demo` in an environment with the default dependencies alone: every page that it names."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import nbformat
import pytest
from chromium import free_port
from playwright.sync_api import Page, expect

ROOT = Path(__file__).parents[2]
CELL_FAILED = "There was an error when executing cell"
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


def plain_environment() -> dict[str, str]:
    """Variables without those that could bring other libraries in."""
    return {
        name: value
        for name, value in os.environ.items()
        if name not in ("PYTHONPATH", "VIRTUAL_ENV") and not name.startswith(("DALT_", "JUPYTER"))
    }


@contextmanager
def demo(python: Path, folder: Path) -> Iterator[list[str]]:
    """Run `dalt demo`, and give the addresses that it names."""
    process = subprocess.Popen(
        [python.with_name("dalt"), "demo", "--port", str(free_port()), "--no-browser"],
        cwd=folder,
        env=plain_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    try:
        said: list[str] = []
        for line in process.stdout:
            said.append(line)
            if line.startswith("Stop with"):
                break
        addresses = re.findall(r"http://\S+", "".join(said))
        assert len(addresses) == 2, "".join(said)
        yield addresses
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)


@pytest.mark.slow
@pytest.mark.timeout(900)  # makes the environment, and trains the encoder in full
def test_the_pages_that_the_demo_names_open(
    default_python: Path, tmp_path: Path, page: Page
) -> None:
    with demo(default_python, tmp_path) as (label, review):
        page.goto(label)
        root = page.locator('[data-dalt="page"][data-state="ready"]')
        expect(root).to_be_visible(timeout=90_000)
        for n in range(1, 4):
            page.keyboard.press("3")
            expect(root).to_have_attribute("data-acknowledged", str(n), timeout=30_000)
        page.goto(review)
        expect(page.locator('[data-dalt="adjudication"]')).to_be_visible(timeout=90_000)
        expect(page.locator("img[src^='data:image/png']").first).to_be_visible()
        expect(page.get_by_text(CELL_FAILED)).to_have_count(0)
        page.screenshot(path=tmp_path / "review.png", full_page=True)


@pytest.mark.slow
@pytest.mark.timeout(900)  # makes the environment, and trains the encoder in full
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_every_notebook_runs(path: Path, default_python: Path, tmp_path: Path) -> None:
    with_project = {"DALT_PROJECT": str(tmp_path / "p.dalt"), "DALT_TUNE_SECONDS": "5"}
    make = f"import dalt; dalt.Project.create({with_project['DALT_PROJECT']!r}, classes=['a', 'b'])"
    run = [default_python, "-c", f"{make}.add_texts(['one', 'two'], progress=False)"]
    subprocess.run(run, env=plain_environment(), check=True)
    done = subprocess.run(
        [
            *(default_python, "-m", "nbconvert", "--execute", "--to", "notebook"),
            *("--output-dir", tmp_path / "out", shutil.copy(path, tmp_path)),  # it writes beside it
        ],
        env=plain_environment() | with_project | {"OMP_NUM_THREADS": "1"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2_000:]
    ran = nbformat.read(tmp_path / "out" / path.name, as_version=4)
    code = [cell for cell in ran.cells if cell.cell_type == "code"]
    assert all(cell.execution_count for cell in code)
    errors = [out for cell in code for out in cell.outputs if out.output_type == "error"]
    assert errors == []
