"""Sources beside the model on the pages: who suggests before the first label, and how well."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from labeler import Labeler
from playwright.sync_api import Page, expect
from running_servers import Server

import dalt

SHOWN = {"blind": {"share": 0.0}}
TOKEN = "owner-secret-0123456789"
TEXTS = [f"{word} {number}" for number in range(30) for word in ("goal", "vote")]


def rules(text: str) -> str:
    return "sport" if "goal" in text else "politics"


@pytest.fixture
def server(serve: Callable[..., Server], tmp_path: Path) -> Server:
    """A project that nobody has labelled yet, with a rule that suggests."""
    folder = tmp_path / "news.dalt"
    with dalt.Project.create(folder, classes=["sport", "politics"], settings=SHOWN) as project:
        project.add_texts(TEXTS, progress=False)
        project.encode(progress=False)
        project.add_suggester("keywords", rules).wait(60)
        project.trainer.wait(60)
    return serve(folder, owner_token=TOKEN)


def test_a_source_suggests_by_its_name_before_the_first_label(page: Page, server: Server) -> None:
    page.goto(server.address)
    labeler = Labeler(page, server.store).ready()
    expect(labeler.part("progress")).to_contain_text(
        "Suggestions are by keywords, until the model learns"
    )
    [[source]] = server.store.rows("SELECT source FROM samples WHERE id = ?", labeler.sample)
    text = TEXTS[int(source)]
    expect(labeler.part("accept")).to_have_attribute("data-label", rules(text))
    labeler.press("Enter")
    labeler.expect_acknowledged(1)
    rows = server.store.rows("SELECT label, suggested, suggesters FROM events")
    assert rows == [(rules(text), rules(text), '["keywords"]')]
    expect(labeler.part("progress")).to_contain_text("The model has learned from 1 label")

    page.goto(f"{server.address}review?token={TOKEN}")
    row = page.locator('[data-dalt="owner-suggester"]')
    expect(row).to_have_attribute("data-source", "keywords", timeout=60_000)
    expect(row).to_contain_text("60")
    expect(row).to_have_attribute("data-state", "used")
