"""Columns of the sample's row beside it, where `[page] show` names them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
from all_shown import ALL_SHOWN
from labeler import Labeler
from playwright.sync_api import Page, expect
from running_servers import Server

import dalt

ROWS = {
    "one": ("<b>Ana</b>", 2026),
    "two": (None, 2025),
    "three": ("Ben", 2024),
}


def test_the_named_columns_stand_above_the_sample(
    serve: Callable[[Path], Server], page: Page, tmp_path: Path
) -> None:
    frame = pd.DataFrame(
        [(body, author, year, "secret") for body, (author, year) in ROWS.items()],
        columns=["body", "author", "year", "hidden"],
    )
    folder = tmp_path / "shown.dalt"
    settings = {**ALL_SHOWN, "page": {"show": ["author", "year"], "suggestions_from": 0}}
    with dalt.Project.create(folder, classes=["good", "bad"], settings=settings) as project:
        project.add_texts(frame, "body", progress=False)
    server = serve(folder)
    page.goto(server.address)
    labeler = Labeler(page, server.store)
    labeler.ready()
    details = labeler.part("details")
    seen = set()
    for _ in ROWS:
        body = labeler.part("sample").inner_text().strip()
        seen.add(body)
        author, year = ROWS[body]
        expect(details.locator("li")).to_have_text(
            [f"author {author}" if author else "author –no value", f"year {year}"]
        )
        labeler.press("1")
    assert seen == ROWS.keys()
    labeler.expect_state("done")
    expect(details).to_be_hidden()
    expect(page.locator('[data-dalt="page"]')).not_to_contain_text("secret")
