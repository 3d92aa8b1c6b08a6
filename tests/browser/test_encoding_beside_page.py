"""Labelers begin right after samples were added, and suggestions come by themselves."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from labeler import Labeler
from playwright.sync_api import Page, expect
from running_servers import Server

import dalt

TEXTS = [f"{word} {number}" for number in range(40) for word in ("goal", "vote")]


@pytest.fixture
def server(serve: Callable[..., Server], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Server:
    """A project whose texts nobody has encoded."""
    monkeypatch.setenv("DALT_ENCODE", "1")
    folder = tmp_path / "news.dalt"
    with dalt.Project.create(folder, classes=["sport", "politics"], seed=0) as project:
        project.add_texts(TEXTS, progress=False)
    return serve(folder)


def answer(labeler: Labeler, n: int) -> None:
    """Give the right answer to what is shown, the n-th in all."""
    [[source]] = labeler.store.rows("SELECT source FROM samples WHERE id = ?", labeler.sample)
    labeler.press("1" if "goal" in TEXTS[int(source)] else "2")
    labeler.expect_acknowledged(n)


def test_labels_are_taken_at_once_and_suggestions_come_by_themselves(
    page: Page, server: Server
) -> None:
    page.goto(server.address)
    labeler = Labeler(page, server.store).ready()
    for n in range(1, 9):
        answer(labeler, n)
    expect(labeler.part("progress")).to_contain_text("The model has learned from", timeout=60_000)
    suggested = labeler.part("accept")
    # What had been sent before the model stays as it was.
    for n in range(9, 30):
        if suggested.get_attribute("data-label") is not None:
            break
        answer(labeler, n)
    expect(suggested).to_have_attribute("data-label", re.compile("sport|politics"))
