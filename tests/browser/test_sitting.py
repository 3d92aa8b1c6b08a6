"""A page that stays open for hours does not grow."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser
from running_servers import Server
from sitter import Sitter


@pytest.mark.slow
def test_a_page_holds_no_more_after_150_labels_than_after_50(
    browser: Browser, voila: Server
) -> None:
    sitter = Sitter(browser, voila.address)
    sitter.label(50)
    early = sitter.count()
    sitter.label(100)
    end = sitter.count()
    sitter.leave()
    assert end["listeners"] <= early["listeners"], (early, end)
    # What is suggested has a line more or less.
    assert end["nodes"] <= early["nodes"] + 40, (early, end)
