"""After a click anywhere on the page, a drag, a Tab or the wheel the next class key counts."""

from __future__ import annotations

import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pandas as pd
import pytest
from all_shown import ALL_SHOWN
from clicked import Clicker, answered, relabelled, taken_up
from labeler import Labeler, Store
from playwright.sync_api import Page, expect
from pools import given_pool
from running_servers import Server

import dalt

ENOUGH = 150
CLASSES = ["cat", "dog"]
MARKED = {"spans", "boxes"}


def sounds(folder: Path) -> Path:
    folder.mkdir()
    for number in range(ENOUGH):
        wave_form = np.sin(np.arange(800) / (3 + number / 10)) * 9_000
        with wave.open(str(folder / f"{number}.wav"), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(8_000)
            file.writeframes(wave_form.astype("<i2").tobytes())
    return folder


def make(folder: Path, what: str) -> Path:
    """A project of `what`, and enough samples in it."""
    if what == "verify":
        given_pool(folder, ["zero", "one", "two"], 60, side=16)
        return folder
    task: Any = what if what in MARKED else "classes"
    several: Any = {"multi_label": True} if what == "several" else {}
    with dalt.Project.create(
        folder, classes=CLASSES, task=task, guideline="Which is it?", **several, settings=ALL_SHOWN
    ) as project:
        if what == "table":
            rows = [{"number": n, "words": f"row {n} " + "long " * 120} for n in range(ENOUGH)]
            project.add_table(pd.DataFrame(rows), progress=False)
        elif what == "audio":
            project.add_audio(sounds(folder.parent / "sounds"), progress=False)
        elif what in ("text", "spans", "several"):
            texts = [f"Text {n}. " + "Ana met Bob in Rome. " * 60 for n in range(ENOUGH)]
            project.add_texts(texts, progress=False)
        else:
            random = np.random.default_rng(0)
            project.add_images(
                random.integers(0, 255, (ENOUGH, 24, 32), dtype=np.uint8), progress=False
            )
    return folder


def clicker(labeler: Labeler, what: str) -> Clicker:
    how = answered if what in ("image", "text", "table", "audio") else taken_up
    made = Clicker(labeler, (relabelled if what == "verify" else how)(labeler))
    if what == "verify":
        made.mode = "verify"
        labeler.press("v")
        expect(labeler.root).to_have_attribute("data-mode", "verify")
        labeler.ready()
    return made


def open_one(labeler: Labeler) -> None:
    """A panel that a key opens beside the sample."""
    labeler.press("h")
    expect(labeler.page.locator(".dalt-history")).to_be_visible()


TASKS = ["image", "text", "table", "audio", "several", "spans", "boxes", "verify"]


@pytest.mark.slow
def test_the_buttons_of_a_player_leave_the_keys_to_the_page(
    serve: Callable[[Path], Server], page: Page, tmp_path: Path
) -> None:
    server = serve(make(tmp_path / "p.dalt", "audio"))
    page.goto(server.address)
    labeler = Labeler(page, server.store).ready()
    hand = clicker(labeler, "audio")
    for _ in range(2):
        hand.players()
    assert len(hand.clicked) == 4
    hand.gestures()


@pytest.mark.slow
@pytest.mark.parametrize("what", TASKS)
def test_after_a_click_anywhere_the_next_class_key_counts(
    what: str, serve: Callable[[Path], Server], page: Page, tmp_path: Path
) -> None:
    server = serve(make(tmp_path / "p.dalt", what))
    page.goto(server.address)
    labeler = Labeler(page, server.store).ready()
    hand = clicker(labeler, what)
    open_one(labeler)
    hand.every_part()
    assert len(hand.clicked) > 15, hand.clicked
    hand.grid(3, 4)
    hand.gestures()


def in_lab(page: Page, server: Server, name: str, *sources: str) -> None:
    """A notebook with a cell for each source, all run."""
    folder = server.store.path.parents[1]
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), folder / f"{name}.ipynb")
    page.goto(f"{server.address}lab/tree/{name}.ipynb?reset")
    page.get_by_text("| Idle").wait_for()
    page.locator(".jp-Cell .jp-InputArea-editor").first.click()
    for _ in sources:
        page.keyboard.press("Shift+Enter")


@pytest.mark.slow
@pytest.mark.parametrize("what", ["text", "table", "audio", "spans", "boxes", "verify"])
def test_in_jupyterlab_too(what: str, jupyterlab: Server, page: Page) -> None:
    folder = jupyterlab.store.path.parents[1] / f"live-{what}"
    folder.mkdir()
    made = make(folder / "p.dalt", what)
    source = f'import dalt\n\ndalt.Project.open("live-{what}/p.dalt").label(annotator="ana")'
    in_lab(page, jupyterlab, f"live-{what}", source)
    labeler = Labeler(page, Store(made / "labels.db")).ready()
    labeler.root.click(position={"x": 5, "y": 5})
    hand = clicker(labeler, what)
    hand.every_part()
    hand.grid(2, 3)
    hand.gestures()
    expect(page.locator(".jp-Notebook .jp-Cell")).to_have_count(2)
    # Another cell has the keys once it is clicked.
    page.locator(".jp-Cell .jp-InputArea-editor").first.click()
    before = labeler.sample
    page.keyboard.press("2")
    labeler.expect_sample(before)


@pytest.mark.slow
def test_of_two_pages_in_a_notebook_the_one_last_touched_has_the_keys(
    jupyterlab: Server, page: Page
) -> None:
    folder = jupyterlab.store.path.parents[1]
    sources = []
    for name in ("one", "two"):
        make(folder / f"{name}.dalt", "text")
        sources.append(f'import dalt\ndalt.Project.open("{name}.dalt").label(annotator="ana")')
    in_lab(page, jupyterlab, "pages", *sources)
    roots = page.locator('[data-dalt="page"]')
    expect(roots).to_have_count(2)
    stages = page.locator('[data-dalt="sample"]')
    for at in (0, 1, 0, 1):
        expect(roots.nth(at)).to_have_attribute("data-state", "ready")
        roots.nth(at).locator(".dalt-text").click()
        for _ in range(2):
            ids = [each.get_attribute("data-sample-id") for each in stages.all()]
            page.keyboard.press("2")
            expect(stages.nth(at)).not_to_have_attribute("data-sample-id", str(ids[at]))
            expect(stages.nth(1 - at)).to_have_attribute("data-sample-id", str(ids[1 - at]))
