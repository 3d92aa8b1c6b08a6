"""`dalt demo` in an environment with the default dependencies alone: every page that it names.

The other notebooks run there in `tests/repository/test_notebooks.py`.
"""

from __future__ import annotations

import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from defaults import plain_environment
from playwright.sync_api import Page, expect
from ports import free_port

CELL_FAILED = "There was an error when executing cell"


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
        expect(page.locator('[data-dalt="owner"][data-state="ready"]')).to_be_visible(
            timeout=90_000
        )
        expect(page.locator('[data-figure="labelled"]')).to_contain_text("3 of")
        expect(page.get_by_text(CELL_FAILED)).to_have_count(0)
        page.screenshot(path=tmp_path / "review.png", full_page=True)
