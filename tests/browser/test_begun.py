"""What is begun in a sample outlasts a reload; what the page says of it is said once, and true."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from kernel_here import opened
from playwright.sync_api import Browser, Page, expect
from test_first_paint import SHIFTS
from test_window_fit import names, project_of, teach

READY = '[data-dalt="page"][data-state="ready"]'


def draw(page: Page, left: float, top: float) -> None:
    """A box over a part of the picture, by mouse."""
    box = page.locator(".dalt-regions-surface").bounding_box()
    assert box
    x, y = box["x"] + box["width"] * left, box["y"] + box["height"] * top
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 60, y + 60, steps=4)
    page.mouse.up()


def test_boxes_that_were_drawn_outlast_a_reload(browser: Browser, tmp_path: Path) -> None:
    with project_of("boxes", tmp_path / "p.dalt", names(3)) as project:
        context = browser.new_context(viewport={"width": 1366, "height": 768})
        with opened(context, project) as page:
            draw(page, 0.4, 0.3)
            draw(page, 0.5, 0.6)
            page.keyboard.press("2")
            marks = page.locator(".dalt-regions-list .dalt-span")
            expect(marks).to_have_count(2)
            shown = page.locator(".dalt-stage").get_attribute("data-sample-id")
            before = marks.all_inner_texts()
            page.reload()
            page.locator(READY).wait_for()
            assert page.locator(".dalt-stage").get_attribute("data-sample-id") == shown
            assert marks.all_inner_texts() == before
            page.keyboard.press("Enter")
            expect(page.locator(".dalt-stage")).not_to_have_attribute("data-sample-id", shown or "")
            expect(marks).to_have_count(0)
            page.reload()
            page.locator(READY).wait_for()
            expect(marks).to_have_count(0)
        context.close()


def test_classes_that_were_set_outlast_a_reload(browser: Browser, tmp_path: Path) -> None:
    with project_of("several", tmp_path / "p.dalt", names(5)) as project:
        context = browser.new_context(viewport={"width": 1366, "height": 768})
        with opened(context, project) as page:
            accept = page.locator('[data-dalt="accept"]')
            for key in "123":
                page.keyboard.press(key)
            said = accept.get_attribute("data-label")
            page.reload()
            page.locator(READY).wait_for()
            expect(accept).to_have_attribute("data-label", said or "")
            # Here Enter accepts no suggestion, and the palette does not say so.
            page.keyboard.press("Control+k")
            first = page.locator(".dalt-palette-option").first
            expect(first).to_have_text(re.compile("^Submit the selected classes"))
            page.keyboard.press("Escape")
            page.keyboard.press("Enter")
            page.keyboard.press("u")
            expect(page.locator('[data-dalt="redo"]')).to_be_enabled()
            page.keyboard.press("Control+k")
            page.keyboard.type("redo")
            expect(first.locator("kbd")).to_have_text("⇧ U")
        context.close()


@pytest.mark.parametrize("task", ["spans", "boxes"])
def test_how_to_mark_is_said_once(browser: Browser, tmp_path: Path, task: str) -> None:
    with project_of(task, tmp_path / "p.dalt", names(3)) as project:
        context = browser.new_context(viewport={"width": 1366, "height": 768})
        with opened(context, project) as page:
            hint = page.locator(".dalt-spans-list").get_attribute("data-hint")
            assert hint
            seen = page.evaluate(
                """(hint) => {
                  const list = document.querySelector(".dalt-spans-list");
                  const below = getComputedStyle(list, "::before").visibility === "visible";
                  const others = ".dalt-coach p > *, .dalt-regions-hint";
                  const said = [...document.querySelectorAll(others)]
                    .filter((node) => node.textContent === hint)
                    .filter((node) => node.checkVisibility({ opacityProperty: true }));
                  return said.length + below;
                }""",
                hint,
            )
            assert seen == 1
        context.close()


def test_a_sample_from_before_the_first_model_says_so(browser: Browser, tmp_path: Path) -> None:
    classes = ["cat", "dog", "red fox"]
    with project_of("image", tmp_path / "p.dalt", classes, taught=False) as project:
        context = browser.new_context(viewport={"width": 1366, "height": 768})
        with opened(context, project) as page:
            accept = page.locator('[data-dalt="accept"]')
            expect(accept).to_contain_text("after a few labels")
            teach(project)
            page.evaluate("window.look()")
            learned = page.locator(".dalt-snapshot")
            for _ in range(100):
                if "learned from" in learned.inner_text():
                    break
                page.wait_for_timeout(50)
                page.evaluate("window.look()")
            expect(learned).to_contain_text("learned from")
            expect(accept).not_to_contain_text("after a few labels")
        context.close()


def test_the_last_answer_is_read_or_gives_way(browser: Browser, tmp_path: Path) -> None:
    """In a narrow cell of a notebook the page asks for a click beside it."""
    with project_of("spans", tmp_path / "p.dalt", names(3)) as project:
        context = browser.new_context(viewport={"width": 390, "height": 844})
        with opened(context, project, body="") as page:
            page.locator('[data-dalt="skip"]').click()
            last = page.locator(".dalt-last")
            expect(last).to_have_text("Last: skipped")
            page.evaluate("""() => {
              const cell = document.body.appendChild(document.createElement("input"));
              cell.focus();
            }""")
            focus = page.locator(".dalt-focus")
            expect(focus).to_be_visible()
            cut = """([one, other]) => {
              const told = one.parentElement.getBoundingClientRect();
              const { top } = one.getBoundingClientRect();
              return [top >= told.bottom || one.scrollWidth <= one.clientWidth,
                other.getBoundingClientRect().bottom <= told.bottom + 1];
            }"""
            pair = [last.element_handle(), focus.element_handle()]
            assert page.evaluate(cut, pair) == [True, True]
        context.close()


@pytest.mark.parametrize("task", ["image", "boxes", "spans"])
def test_nothing_jumps_when_the_first_sample_comes(
    browser: Browser, tmp_path: Path, task: str
) -> None:
    with project_of(task, tmp_path / "p.dalt", names(3)) as project:
        context = browser.new_context(viewport={"width": 1366, "height": 768})
        context.add_init_script(f"({SHIFTS})()")
        with opened(context, project) as page:
            expect(page.locator(".dalt-coach")).to_have_attribute("data-step", "choose")
            shifts = page.evaluate("window.shifts")
            assert sum(value for value, _ in shifts) < 0.001, shifts
        context.close()
