"""A page that stays open for hours does not grow."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser
from running_servers import Server
from sitter import Sitter

FILLED = 60
"""Labels after which the history has as many lines as it keeps."""


@pytest.mark.slow
def test_a_page_holds_no_more_after_160_labels_than_after_60(
    browser: Browser, voila: Server
) -> None:
    sitter = Sitter(browser, voila.address)
    sitter.label(FILLED)
    early = sitter.count()
    sitter.label(100)
    end = sitter.count()
    sitter.leave()
    assert end["listeners"] == early["listeners"], (early, end)
    # A button may be marked at one time and not at the other: a text more or less.
    assert abs(end["nodes"] - early["nodes"]) <= 2, (early, end)
