"""Where the parts of a page stand: boxes measured in the browser."""

from __future__ import annotations

from typing import Any

from labeler import Labeler
from playwright.sync_api import Page

Size = tuple[int, int]

SIZES: list[Size] = [(1024, 640), (1920, 1080), (390, 844)]
MORE_SIZES: list[Size] = [(1366, 768), (2560, 1440), (960, 540), (640, 360)]

BOX = """(node) => {
  if (!node || !node.checkVisibility()) return null;
  const { left, top, right, bottom } = node.getBoundingClientRect();
  return [left, top, right, bottom];
}"""
PAGE_SCROLLS = """() => {
  const parts = [document.scrollingElement, document.querySelector("#rendered_cells"),
    document.querySelector(".dalt")];
  return parts.filter(Boolean).filter((part) => part.scrollHeight > part.clientHeight + 1
    || part.scrollWidth > part.clientWidth + 1).map((part) => part.id || part.className);
}"""
# Of every control outside of the grid, whose tiles come and go with their page.
CONTROLS = """() => [...document.querySelectorAll(
    ".dalt button, .dalt-verify-title, .dalt-verify-hint:not([hidden])")]
  .filter((part) => part.checkVisibility() && !part.closest(".dalt-grid"))
  .map((part) => {
    const { x, y, width, height } = part.getBoundingClientRect();
    const name = part.dataset.dalt || part.className;
    // The name of the class may be longer or shorter: the hint begins behind it.
    const [line, hint] = [part.matches(".dalt-verify-title, .dalt-verify-hint"), part.matches("p")];
    return [name, part.dataset.class, hint ? null : x, y, line ? null : width, height];
  })"""
WATCH_SHIFTS = """() => {
  window.shifts = [];
  new PerformanceObserver((list) => {
    for (const { value, sources } of list.getEntries()) {
      const moved = sources.map(({ node }) => node?.nodeType === 1 ? node : node?.parentElement)
        .filter((node) => node?.isConnected && !node.closest(".dalt-grid")
          && (node.matches("button") || node.querySelector("button")));
      if (moved.length) window.shifts.push([value, moved.map((node) => node.className)]);
    }
  }).observe({ type: "layout-shift", buffered: false });
}"""


def resize(labeler: Labeler, size: Size, part: str) -> None:
    """Make the window so large, and wait until a part of the page stands still in it."""
    width, height = size
    labeler.page.set_viewport_size({"width": width, "height": height})
    labeler.at_rest(part)


def box(page: Page, selector: str) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of what is in sight."""
    found = page.evaluate(f"({BOX})(document.querySelector('{selector}'))")
    assert found, f"{selector} is not in sight"
    left, top, right, bottom = found
    return left, top, right, bottom


def within_window(page: Page, *selectors: str) -> None:
    """Refuse a part that stands outside of the window, in whole or in part."""
    width, height = page.evaluate("[innerWidth, innerHeight]")
    for selector in selectors:
        left, top, right, bottom = box(page, selector)
        inside = left >= -1 and top >= -1 and right <= width + 1 and bottom <= height + 1
        assert inside, f"{selector} at {left, top, right, bottom} of {width, height}"


def page_does_not_scroll(page: Page) -> None:
    """Refuse a page with a scroll bar of its own."""
    scrolls: list[Any] = page.evaluate(PAGE_SCROLLS)
    assert scrolls == [], f"{scrolls} in {page.viewport_size}"
