"""A hand that clicks every part of the page, as the page itself lists them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from labeler import Labeler
from playwright.sync_api import expect

LEAVES = {"logout", "reload"}
"""These leave the page: what they do is tested elsewhere."""

PARTS = """([root, done]) => [...new Set([...root.querySelectorAll("[data-dalt]")]
  .filter((part) => part.checkVisibility({ visibilityProperty: true }))
  .filter((part) => part.offsetParent !== null || part instanceof SVGElement)
  .filter((part) => part.getBoundingClientRect().width * part.getBoundingClientRect().height > 0)
  .map((part) => part.dataset.dalt))].filter((name) => !done.includes(name))"""

MIDDLE = """(part) => {
  part.scrollIntoView({ block: "nearest" });
  const { left, top, width, height } = part.getBoundingClientRect();
  // Of a player its own button; of all else the middle.
  return [left + (part.querySelector("audio") === null ? width / 2 : 24), top + height / 2];
}"""

PLAYERS = """(root) => [...root.querySelectorAll("audio")].filter((each) => each.checkVisibility())
  .slice(0, 1).flatMap((each) => {
    each.scrollIntoView({ block: "nearest" });
    const { left, top, width, height } = each.getBoundingClientRect();
    return [[left + 24, top + height / 2], [left + width / 2, top + height / 2]];
  })"""

AT = """([root, across, down]) => {
  const { left, top, width, height } = root.getBoundingClientRect();
  const [x, y] = [left + across * width, top + down * height];
  const hit = document.elementFromPoint(x, y);
  const leaves = hit?.closest("[data-dalt]")?.dataset.dalt ?? null;
  return root.contains(hit) ? { x, y, part: leaves } : null;
}"""


class Clicker:
    """Clicks, and after each click has `counts` press a class key and see it counted."""

    def __init__(self, labeler: Labeler, counts: Callable[[], None]) -> None:
        self.labeler = labeler
        self.page = labeler.page
        self.counts = counts
        self.clicked: list[str] = []

    def every_part(self) -> None:
        """Each part that is or comes into sight, the first of those that are alike."""
        done = sorted(LEAVES)
        while new := self.page.evaluate(PARTS, [self.labeler.root.element_handle(), done]):
            name = new[0]
            done.append(name)
            part = self.page.locator(f'[data-dalt="{name}"]:visible').first
            self.press(name, *part.evaluate(MIDDLE))
        self.players()

    def players(self) -> None:
        """The browser's own controls of a sound."""
        for place in self.labeler.root.evaluate(PLAYERS):
            self.press("a sound's own controls", *place)

    def grid(self, across: int, down: int) -> None:
        """Points all over what is seen of the page."""
        for x in range(across):
            for y in range(down):
                share = [(x + 0.5) / across, (y + 0.5) / down]
                at = self.page.evaluate(AT, [self.labeler.root.element_handle(), *share])
                if at and at["part"] not in LEAVES:
                    self.press(f"point {share} ({at['part']})", at["x"], at["y"])

    def _tabs(self, n: int) -> None:
        for _ in range(n):
            self.page.keyboard.press("Tab")

    def gestures(self) -> None:
        """A drag, a double click, the wheel and the Tab key over the sample."""
        mouse = self.page.mouse
        for does in (
            lambda x, y: mouse.dblclick(x, y),
            lambda x, y: self._drag(x, y),
            lambda x, y: mouse.wheel(0, 120),
            lambda x, y: self._tabs(3),
            lambda x, y: self.page.keyboard.press("Shift+Tab"),
        ):
            x, y = (
                self.labeler.page.locator('[data-dalt="sample"], .dalt-verify')
                .locator("visible=true")
                .first.evaluate(MIDDLE)
            )
            mouse.move(x, y)
            does(x, y)
            self.settle()
            self.counts()

    def press(self, name: str, x: float, y: float) -> None:
        self.clicked.append(name)
        self.page.mouse.click(x, y)
        self.settle()
        try:
            self.counts()
        except AssertionError as error:
            raise AssertionError(f"after a click on {name}: {error}") from error

    def settle(self) -> None:
        """Leave what a person leaves by Esc: a field that is typed into, what covers the page."""
        for _ in range(4):
            if not any(self._busy()):
                break
            self.page.keyboard.press("Escape")
        assert not any(self._busy()), "Esc does not lead back to the page"
        if self.mode != self.labeler.root.get_attribute("data-mode"):
            self.page.keyboard.press("v")
            expect(self.labeler.root).to_have_attribute("data-mode", self.mode)
        self.labeler.ready()

    mode = "single"

    def _busy(self) -> Iterator[bool]:
        yield self.page.evaluate(
            "document.activeElement.matches('textarea, input:not([type=range])')"
        )
        yield self.labeler.root.locator(":scope > [inert]").count() > 0

    def _drag(self, x: float, y: float) -> None:
        mouse = self.page.mouse
        mouse.down()
        mouse.move(x + 60, y + 8, steps=4)
        mouse.up()


def answered(labeler: Labeler) -> Callable[[], None]:
    """The key answers the sample on screen: another one comes, and the kernel has one more."""

    def counts() -> None:
        sample_id = labeler.sample
        labeler.press("2")
        expect(labeler.part("sample")).not_to_have_attribute("data-sample-id", sample_id)
        labeler.ready()

    return counts


def taken_up(labeler: Labeler) -> Callable[[], None]:
    """The key of a class is taken up: it is set, or the class of what is marked."""

    def counts() -> None:
        one, two = (labeler.part("class").nth(at) for at in (0, 1))
        key, changes = ("2", two) if one.get_attribute("aria-pressed") == "true" else ("1", one)
        former = changes.get_attribute("aria-pressed")
        labeler.press(key)
        expect(changes).to_have_attribute("aria-pressed", "false" if former == "true" else "true")

    return counts


def relabelled(labeler: Labeler) -> Callable[[], None]:
    """In verify mode the key names the tile that is meant."""

    def counts() -> None:
        current = labeler.page.locator(".dalt-tile.dalt-current")
        if current.count() == 0:
            labeler.press("ArrowRight")
        expect(current).to_have_count(1)
        for key in ("1", "2"):
            name = str(labeler.part("class").nth(int(key) - 1).get_attribute("data-class"))
            labeler.press(key)
            expect(current).to_have_attribute("data-class", name)

    return counts
