"""The page of a project on a disk that can only be read: samples to look at, nothing to save."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from read_only_places import read_only
from running_servers import Server

import dalt


@pytest.mark.slow
def test_samples_are_shown_and_it_is_said_that_nothing_is_saved(
    serve: Callable[[Path], Server], page: Page, tmp_path: Path
) -> None:
    folder = tmp_path / "pets.dalt"
    with dalt.Project.create(folder, classes=["cat", "dog"]) as project:
        project.add_texts([f"animal {n}" for n in range(8)], progress=False)
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    with read_only(folder):
        server = serve(folder)
        page.goto(server.address)
        part = {
            name: page.locator(f'[data-dalt="{name}"]')
            for name in ("page", "sample", "reading", "skip", "notice", "undo", "flag", "coach")
        }
        expect(part["page"]).to_have_attribute("data-state", "ready")
        expect(part["sample"]).to_contain_text("animal 0")
        expect(part["reading"]).to_contain_text("You can look at its samples; nothing that you do")
        expect(part["skip"]).to_contain_text("Next")
        expect(part["notice"]).to_be_hidden()
        expect(part["coach"]).to_be_hidden()  # no key of it answers anything here
        for number in (*range(1, 8), 0, 1):  # after the last one the first one comes again
            part["skip"].click()
            expect(part["sample"]).to_contain_text(f"animal {number}")
        page.keyboard.press("1")
        expect(part["notice"]).to_contain_text("Not saved: this project can only be read here.")
        expect(part["sample"]).to_contain_text("animal 1")
        page.locator('[data-dalt="dismiss"]').click()
        expect(part["notice"]).to_be_hidden()
        part["undo"].click()
        expect(part["notice"]).to_contain_text("Not saved")
        expect(part["page"]).to_have_attribute("data-acknowledged", "0")
    assert {path: path.read_bytes() for path in before} == before
