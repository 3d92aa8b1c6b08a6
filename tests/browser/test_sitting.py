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
    # What every label left behind would count a hundred times; a line that is said at one time and
    # not at the other, as the accuracy, counts a few.
    assert end["listeners"] - early["listeners"] <= 8, (early, end)
    assert end["nodes"] - early["nodes"] <= 16, (early, end)
