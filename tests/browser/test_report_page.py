"""The saved report in a browser: light, dark and on a phone, for everyone."""

from __future__ import annotations

from pathlib import Path

import pytest
from accessible import check
from playwright.sync_api import Browser, expect

from dalt.study.analysis.findings import findings_of
from dalt.study.analysis.simulated import Scenario, simulated_study
from dalt.study.report.document import StudyReport

pytestmark = pytest.mark.browser
REPORT = '[data-dalt="report"]'


def test_a_report_is_read_everywhere(browser: Browser, tmp_path: Path) -> None:
    scenario = Scenario(annotators=9, labels=80, gold=0.5, shared=True)
    path = StudyReport(findings_of(simulated_study(scenario, 5).units), "pets").save(
        tmp_path / "report.html"
    )
    page = browser.new_page()
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.goto(path.as_uri())
    expect(page.get_by_role("heading", name="Does it help?")).to_be_visible()
    expect(page.locator(REPORT)).to_contain_text("Suggestions save ")
    page.get_by_text("How this was computed").click()
    grounds = set()
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 844})
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme=theme)
            grounds.add(
                page.locator(REPORT).evaluate("node => getComputedStyle(node).backgroundColor")
            )
            check(page, REPORT)
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            # Numbers keep their size, and nothing of a plot leaves its card.
            outside = page.evaluate(
                """() => [...document.querySelectorAll('.dalt-report svg text')].filter(text => {
                    const card = text.closest('section').getBoundingClientRect();
                    const place = text.getBoundingClientRect();
                    return place.width && (place.left < card.left || place.right > card.right ||
                        parseFloat(getComputedStyle(text).fontSize) < 12);
                }).map(text => text.textContent)"""
            )
            assert outside == []
    assert len(grounds) == 2, "light and dark are two"
    assert asked == [path.as_uri()] and said == [], "it asks for nothing else"
    page.close()
