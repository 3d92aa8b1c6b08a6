"""Whether a page can be used by everyone, as axe-core sees it."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


PAGE = '[data-dalt="page"]'
"""The labeling page; the owner's is `[data-dalt="owner"]`."""


def check(page: Page, root: str = PAGE) -> None:
    """Refuse a page that breaks a rule of WCAG 2.2 AA or of axe-core's good practice.

    Only our own page is looked at: Voilà's and JupyterLab's frame is theirs.
    """
    # Of what is right one example of each rule is enough: the others are not put together.
    options = {"runOnly": {"type": "tag", "values": RULES}, "resultTypes": ["violations"]}
    found = Axe().run(page, context=root, options=options)
    broken = [
        f"{rule['id']}: {rule['help']}: {node['html'][:200]} {node['failureSummary']}"
        for rule in found.response["violations"]
        for node in rule["nodes"]
    ]
    assert not broken, "\n".join(broken)
    assert found.response["passes"], "nothing was looked at"


def check_everywhere(page: Page, widths: tuple[int, ...] = (1280, 390), root: str = PAGE) -> None:
    """The same, light and dark, on a screen and on a phone; what is open stays open."""
    before = page.viewport_size
    for width in widths:
        page.set_viewport_size({"width": width, "height": 844})
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme=theme)
            expect(page.locator(root)).to_have_attribute("data-theme", theme)
            check(page, root)
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, f"{wide} pixels wide, of {width}"
    page.emulate_media(color_scheme=None)
    if before:
        page.set_viewport_size(before)
