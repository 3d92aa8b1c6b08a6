"""Whether a page can be used by everyone, as axe-core sees it."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def check(page: Page) -> None:
    """Refuse a labeling page that breaks a rule of WCAG 2.2 AA or of axe-core's good practice.

    Only our own page is looked at: Voilà's and JupyterLab's frame is theirs.
    """
    options = {"runOnly": {"type": "tag", "values": RULES}}
    found = Axe().run(page, context='[data-dalt="page"]', options=options)
    broken = [
        f"{rule['id']}: {rule['help']}: {node['html'][:200]} {node['failureSummary']}"
        for rule in found.response["violations"]
        for node in rule["nodes"]
    ]
    assert not broken, "\n".join(broken)
    assert found.response["passes"], "nothing was looked at"
