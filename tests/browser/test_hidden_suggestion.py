"""Samples whose suggestion chance has hidden: people choose themselves, and nothing hints."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from labeler import Labeler
from playwright.sync_api import Page, expect
from pools import given_pool
from running_servers import Server


@pytest.fixture(scope="module")
def server(serve: Callable[[Path], Server], tmp_path_factory: pytest.TempPathFactory) -> Server:
    """A project with sure suggestions, all of which are hidden."""
    folder = tmp_path_factory.mktemp("hidden") / "digits.dalt"
    given_pool(folder, ["zero", "one", "two", "three", "four"], 30)
    path = folder / "project.toml"
    path.write_text(path.read_text("utf-8") + "\n[blind]\nshare = 1.0\n", "utf-8")
    return serve(folder)


@pytest.fixture
def labeler(page: Page, server: Server) -> Labeler:
    page.goto(server.address)
    return Labeler(page, server.store).ready()


def test_enter_says_choose_yourself_and_a_class_key_labels(labeler: Labeler) -> None:
    accept, first = labeler.part("accept"), labeler.sample
    expect(accept).to_contain_text("Some samples have no suggestion: choose yourself")
    assert accept.is_disabled()
    expect(labeler.part("class")).to_have_count(5)
    for sign in ("data-probability", "data-rank"):
        assert labeler.page.locator(f"[{sign}]").count() == 0, "neither order nor percentages"
    assert labeler.page.locator(".dalt-likely").count() == 0, "nor emphasis"
    labeler.root.focus()
    labeler.press("Enter")
    expect(accept).to_contain_text("Choose yourself")
    expect(labeler.part("urged")).to_contain_text("Choose yourself")
    labeler.expect_sample(first)
    assert labeler.events() == []
    labeler.press("2")
    labeler.expect_acknowledged(1)
    assert labeler.events() == [("label", first, "one")]
    query = "SELECT arm, mode, suggested, snapshot IS NULL, probability > 0.5 FROM events"
    [event] = labeler.store.rows(f"{query} WHERE event_id > ?", labeler.start)
    assert event == ("none", "blind", None, 0, 1)
    assert labeler.sample != first
    expect(accept).to_contain_text("Some samples have no suggestion")
    labeler.press("?")
    expect(labeler.part("hides-some")).to_contain_text("come without a suggestion")
