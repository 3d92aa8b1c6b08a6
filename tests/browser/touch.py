"""Fingers on the screen, as the browser gets them from a phone."""

from __future__ import annotations

from playwright.sync_api import Locator, Page

Point = tuple[float, float]
STEPS = 4


class Fingers:
    """Puts fingers down, moves them and lifts them; a gesture has one place per finger."""

    def __init__(self, page: Page) -> None:
        self._client = page.context.new_cdp_session(page)

    def _send(self, kind: str, *points: Point) -> None:
        places = [{"x": x, "y": y, "id": finger} for finger, (x, y) in enumerate(points)]
        self._client.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": places})

    def down(self, *points: Point) -> None:
        self._send("touchStart", *points)

    def up(self) -> None:
        self._send("touchEnd")

    def drag(self, *ways: tuple[Point, Point]) -> None:
        """Each finger from one point to another."""
        self.down(*(start for start, _ in ways))
        for step in range(1, STEPS + 1):
            part = step / STEPS
            self._send(
                "touchMove",
                *((a[0] + (b[0] - a[0]) * part, a[1] + (b[1] - a[1]) * part) for a, b in ways),
            )
        self.up()


def middle(node: Locator) -> Point:
    box = node.bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
