"""A page that is opened before there is anything to label, or to learn from."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from all_shown import ALL_SHOWN
from labeler import Labeler
from playwright.sync_api import Page, expect
from running_servers import Server

import dalt


@pytest.mark.slow
def test_no_samples_and_no_embeddings_are_named_and_labels_are_recorded(
    serve: Callable[[Path], Server], page: Page, tmp_path: Path
) -> None:
    folder = tmp_path / "new.dalt"
    with dalt.Project.create(folder, classes=["good", "bad"], settings=ALL_SHOWN) as project:
        server = serve(folder)
        page.goto(server.address)
        labeler = Labeler(page, server.store)
        labeler.expect_state("empty")
        expect(labeler.part("sample")).to_contain_text("There are no samples yet")
        expect(labeler.part("sample")).to_contain_text("The owner of this project has to add them")

        project.add_texts(["one", "two", "three"], progress=False)
    labeler.ready()  # the page asks by itself
    expect(labeler.part("accept")).to_contain_text("The owner has to prepare suggestions first")
    whole = page.locator('[data-dalt="page"]')
    expect(whole).not_to_contain_text("after a few labels")
    expect(whole).to_contain_text("Your labels are saved. Suggestions start when the owner")
    for _ in range(3):
        labeler.press("1")
    labeler.expect_state("done")
    expect(labeler.part("sample")).to_contain_text("All samples are labelled")
    assert [kind for kind, _, _ in labeler.events()] == ["label"] * 3
