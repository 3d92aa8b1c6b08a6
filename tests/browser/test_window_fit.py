"""The sample has the window, every control is within reach, and nothing moves while labeling."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import soundfile
from accessible import check, check_everywhere
from all_shown import ALL_SHOWN
from kernel_here import opened
from playwright.sync_api import Browser, Page, expect
from scenes import scenes
from sounds import tone

import dalt
from dalt.data.readers.audio import RATE

BASE = ["cat", "dog", "horse", "red fox", "hedgehog", "common kingfisher", "badger"]
BASE += ["wood pigeon", "otter", "roe deer"]
TASKS = ["image", "several", "text", "table", "audio", "spans", "boxes", "polygons", "points"]
WIDE = [(1024, 640), (1366, 768), (1920, 1080), (2560, 1440), (960, 540)]
"""The last one is a zoom of 200 % in a window of 1920 × 1080."""
SMALL = [(390, 844), (640, 360), (844, 390), (768, 1024)]
"""A phone, a zoom of 300 %, a phone held across, a tablet."""
LEAST = 0.55
TEXT = "The hotel in Oslo was quiet, and Ana at the desk spoke Korean. " * 9
GUIDELINE = "Which animal is it?\n\nGo by the largest one.\n\n" + "Skip what you cannot see. " * 60

MEASURED = """() => {
  const box = (node) => {
    const { left, top, right, bottom } = node.getBoundingClientRect();
    return { left, top, right, bottom };
  };
  const { clientWidth: width, clientHeight: height } = document.documentElement;
  const inside = ({ left, top, right, bottom }, of) => left >= of.left - 0.5
    && top >= of.top - 0.5 && right <= of.right + 0.5 && bottom <= of.bottom + 0.5;
  const scrolls = (node) => /auto|scroll/.test(getComputedStyle(node).overflowY)
    && node.scrollHeight > node.clientHeight;
  const scroller = (node) => {
    for (let up = node.parentElement; up; up = up.parentElement) if (scrolls(up)) return up;
    return null;
  };
  const window = { left: 0, top: 0, right: width, bottom: height };
  const lost = [...document.querySelectorAll(".dalt :is(button, input, textarea)")]
    .filter((node) => node.checkVisibility({ visibilityProperty: true }))
    .filter((node) => {
      const within = scroller(node);
      return within ? !inside(box(within), window) : !inside(box(node), window);
    })
    .map((node) => node.dataset.dalt ?? node.className);
  const stage = box(document.querySelector(".dalt-stage"));
  const around = ".dalt-toolbar, .dalt-tool-row, .dalt-head, .dalt-side, .dalt-status";
  const over = [...document.querySelectorAll(around)].filter((node) => {
    const { left, top, right, bottom } = box(node);
    return node.checkVisibility() && right > stage.left + 0.5 && left < stage.right - 0.5
      && bottom > stage.top + 0.5 && top < stage.bottom - 0.5;
  }).map((node) => node.className);
  const all = [...document.querySelectorAll("html, body, #rendered_cells, .dalt")];
  const list = box(document.querySelector(".dalt-list"));
  return {
    bars: all.filter((node) => node.scrollHeight > node.clientHeight + 1
      || node.scrollWidth > node.clientWidth + 1).map((node) => node.className || node.tagName),
    share: (stage.right - stage.left) * (stage.bottom - stage.top) / (width * height),
    stage, lost, over,
    list: list.bottom - list.top,
  };
}"""


def names(n: int) -> list[str]:
    return [BASE[at % 10] + (f" {at // 10 + 1}" if n > 10 else "") for at in range(n)]


@contextmanager
def project_of(
    task: str, folder: Path, classes: Any, *, taught: bool = True, **how: Any
) -> Iterator[dalt.Project]:
    """A project with samples; where they have classes as wholes, with suggestions once taught."""
    kind: Any = task if task in ("spans", "boxes", "polygons", "points") else "classes"
    several: Any = {"multi_label": True} if task == "several" else {}
    how = {"settings": ALL_SHOWN, **how}
    with dalt.Project.create(folder, classes=classes, task=kind, seed=0, **several, **how) as made:
        if task in ("text", "spans"):
            ids = made.add_texts([f"{n}: {TEXT}" for n in range(60)], progress=False).ids
        elif task == "table":
            rows = [{f"column {at}": f"{n * at} units" for at in range(16)} for n in range(60)]
            ids = made.add_table(pd.DataFrame(rows), progress=False).ids
        elif task == "audio":
            (sounds := folder.with_suffix(".sounds")).mkdir()
            for n in range(12):
                soundfile.write(sounds / f"{n}.wav", tone(0.3, hertz=200 + 10 * n), RATE)
            ids = made.add_audio(sounds, progress=False).ids
        else:
            ids = made.add_images(scenes(60, 3)[0], progress=False).ids
        if kind == "classes":
            vectors = np.random.default_rng(0).normal(size=(len(ids), 8)).astype(np.float32)
            made.add_embeddings(vectors, ids)
            if taught:
                teach(made, several=bool(several))
        yield made


def teach(project: dalt.Project, several: bool = False) -> None:
    known = [spec.name for spec in project.classes]
    with project.session("ben") as session:
        for at in range(6):
            assignment = session.next()
            assert assignment is not None
            label = known[at % 3]
            session.submit(assignment, [label] if several else label)
        project.trainer.wait(60)


def resized(page: Page, width: int, height: int) -> dict[str, Any]:
    """What is measured once a window has another size; two frames later it has been laid out."""
    page.set_viewport_size({"width": width, "height": height})
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    measured: dict[str, Any] = page.evaluate(MEASURED)
    return measured


def fits(page: Page, sizes: list[tuple[int, int]]) -> None:
    for width, height in sizes:
        found = resized(page, width, height)
        what = (width, height, found)
        assert not found["bars"], what
        assert not found["lost"], what
        assert not found["over"], what
        assert found["list"] >= 40, what
        if (width, height) in WIDE:
            assert found["share"] >= LEAST, what
        else:
            assert found["share"] >= 0.3, what


@contextmanager
def page_of(
    browser: Browser, task: str, folder: Path, classes: Any, *, guideline: str = "", **how: Any
) -> Iterator[Page]:
    with project_of(task, folder, classes, guideline=guideline) as project:
        context = browser.new_context(viewport={"width": 1366, "height": 768}, **how)
        with opened(context, project) as page:
            yield page
        context.close()


@pytest.mark.parametrize("task", ["image", "boxes"])
def test_the_sample_has_the_window(browser: Browser, tmp_path: Path, task: str) -> None:
    with page_of(browser, task, tmp_path / "p.dalt", names(10)) as page:
        fits(page, [(1024, 640), (1920, 1080), (390, 844)])


@pytest.mark.slow
@pytest.mark.parametrize("n", [3, 10, 100])
@pytest.mark.parametrize("task", TASKS)
def test_it_has_it_in_every_task_with_any_number_of_classes(
    browser: Browser, tmp_path: Path, task: str, n: int
) -> None:
    with page_of(browser, task, tmp_path / "p.dalt", names(n)) as page:
        fits(page, [*WIDE, *SMALL])
        if n == 10:
            check_everywhere(page)


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("key", ["guideline", "history", "review", "progress"])
def test_panels_open_where_they_are_seen(
    browser: Browser, tmp_path: Path, key: str, language: str
) -> None:
    letter = key[0]
    classes = names(10)
    with page_of(
        browser, "image", tmp_path / "p.dalt", classes, guideline=GUIDELINE, locale=language
    ) as page:
        close = page.locator('[data-dalt="guideline-close"]')
        expect(close).to_be_visible()  # it opens by itself
        page.keyboard.press("g")
        root, panel = (
            page.locator(".dalt"),
            page.locator(f".dalt-panel:has([data-dalt={key}-close])"),
        )
        opener = page.locator(f'[data-dalt="{key}{"-button" if key == "progress" else ""}"]')
        for n in range(3):
            page.keyboard.press(str(n + 1))
            page.evaluate("look()")
        for size in [*WIDE, *SMALL]:
            resized(page, *size)
            expect(panel).to_be_hidden()
            page.keyboard.press(letter)
            expect(panel).to_be_visible()
            page.evaluate("look()")
            expect(opener).to_have_attribute("aria-expanded", "true")
            layout = panel.get_attribute("data-layout")
            assert layout == ("beside" if size in WIDE else "sheet")
            expect(panel.locator(".dalt-panel-head")).to_be_in_viewport(ratio=1)
            expect(panel.locator(f"[data-dalt={key}-close]")).to_be_in_viewport(ratio=1)
            found = resized(page, *size)
            assert not found["bars"] and (layout == "sheet" or not found["lost"]), (size, found)
            if layout == "beside":
                assert found["list"] >= 40, (size, found)
                assert found["share"] >= (LEAST if size[0] >= 1_366 else 0.5), (size, found)
            if size in [(1024, 640), (1920, 1080), (390, 844)]:
                check(page)
            page.keyboard.press("Escape")
            expect(panel).to_be_hidden()
            expect(root).to_be_focused()
            expect(opener).to_have_attribute("aria-expanded", "false")


@pytest.mark.slow
def test_one_panel_is_open_at_a_time_and_gives_the_focus_back(
    browser: Browser, tmp_path: Path
) -> None:
    with page_of(browser, "image", tmp_path / "p.dalt", names(3)) as page:
        history, progress = (
            page.locator(f".dalt-{name}") for name in ("history", "progress-panel")
        )
        page.keyboard.press("h")
        expect(history).to_be_visible()
        page.keyboard.press("p")
        expect(history).to_be_hidden()
        expect(progress).to_be_visible()
        page.set_viewport_size({"width": 700, "height": 700})
        expect(progress).to_be_hidden()  # it would cover the page all of a sudden
        page.locator('[data-dalt="more"]').focus()
        page.keyboard.press("Enter")
        page.locator('[data-dalt="history"]').click()
        expect(history).to_have_attribute("data-layout", "sheet")
        expect(history.get_by_role("dialog")).to_be_focused()
        page.keyboard.press("1")  # answers wait behind it
        page.keyboard.press("Escape")
        expect(history).to_be_hidden()
        expect(page.locator(".dalt")).to_have_attribute("data-acknowledged", "0")
        assert page.locator(".dalt [inert], .dalt > [inert]").count() == 0


HARD = [
    {
        "name": (f"{n} " + "a name that goes on and on " * 8)[:199] + "x",
        "group": f"Group {n // 20} " + "of many things " * 4 + "more",
        "description": "What it means, at length. " * 12 + "End.",
    }
    for n in range(300)
]
SAID = """() => {
  const put = (name, text) => { document.querySelector(name).textContent = text; };
  document.querySelector(".dalt-alerts").hidden = false;
  for (const name of ["offline", "notice"]) {
    document.querySelector(`[data-dalt=${name}]`).hidden = false;
    put(`[data-dalt=${name}] p`, "Something went wrong, which takes long to explain. ".repeat(4));
  }
  document.querySelector(".dalt-answered").hidden = false;
  put(".dalt-answered p", "You answered a name that goes on. ".repeat(9));
  put(".dalt-title", "A project that somebody has named after the whole of a grant. ".repeat(4));
  put(".dalt-learning", "Training failed: a message that takes long. ".repeat(6));
  put(".dalt-last", "Last: a name that goes on and on. ".repeat(6));
  put(".dalt-sending", "Saving 128 answers…");
  const details = document.querySelector(".dalt-details");
  details.hidden = false;
  details.innerHTML = "<li><span class='dalt-detail-name'>source</span> <span class='dalt-detail'>"
    + "a value ".repeat(20) + "</span></li>".repeat(12);
}"""


@pytest.mark.slow
def test_whatever_is_said_has_its_place(browser: Browser, tmp_path: Path) -> None:
    with page_of(browser, "image", tmp_path / "p.dalt", HARD, guideline="") as page:
        for width, height in [*WIDE, *SMALL]:
            found = resized(page, width, height)
            assert not found["bars"] and not found["lost"] and not found["over"], (width, found)
            assert found["share"] >= (LEAST if (width, height) in WIDE else 0.3), (width, found)
        page.evaluate(SAID)
        for width, height in [*WIDE, *SMALL]:
            found = resized(page, width, height)
            assert not found["bars"] and not found["lost"] and not found["over"], (width, found)
            assert found["stage"]["bottom"] - found["stage"]["top"] >= 60, (width, found)
            check(page)


@pytest.mark.parametrize("task", ["boxes", "spans"])
def test_a_zoom_of_300_percent_leaves_the_sample_its_room(
    browser: Browser, tmp_path: Path, task: str
) -> None:
    with page_of(browser, task, tmp_path / "p.dalt", names(10)) as page:
        for width, height in [(455, 256), (341, 213)]:  # of 1366 × 768, and of 1024 × 640
            stage = resized(page, width, height)["stage"]
            assert stage["bottom"] - stage["top"] >= 130, (width, stage)
            assert stage["right"] - stage["left"] >= 200, (width, stage)


def test_an_alert_in_a_small_window_leaves_the_sample_its_room(
    browser: Browser, tmp_path: Path
) -> None:
    with page_of(browser, "boxes", tmp_path / "p.dalt", names(10)) as page:
        before = resized(page, 360, 480)["stage"]
        page.evaluate("""() => {
          document.querySelector(".dalt-alerts").hidden = false;
          const alert = document.querySelector("[data-dalt=notice]");
          alert.hidden = false;
          alert.querySelector("p").textContent = "Something went wrong, at length. ".repeat(9);
        }""")
        after = resized(page, 360, 480)["stage"]
        lost = before["bottom"] - before["top"] - (after["bottom"] - after["top"])
        assert 0 < lost <= 30, (before, after)


# --- nothing moves --------------------------------------------------------------------------

WATCH = """() => {
  const controls = "button, input, textarea, .dalt-tool-row, .dalt-strip, .dalt-list";
  window.moved = [];
  new PerformanceObserver((list) => {
    for (const { sources, hadRecentInput } of list.getEntries()) {
      for (const { node, previousRect, currentRect } of sources) {
        const of = node instanceof Element ? node : node?.parentElement;
        if (!of || of.closest(".dalt-stage")) continue;
        if (of.matches(controls) || of.querySelector(controls)) {
          const [from, to] = [previousRect.toJSON(), currentRect.toJSON()];
          window.moved.push([of.className, hadRecentInput, from, to]);
        }
      }
    }
  }).observe({ type: "layout-shift", buffered: true });
}"""
BOXES = """() => [...document.querySelectorAll(
    ".dalt button, .dalt-stage, .dalt-list, .dalt-toolbar")]
  .filter((node) => node.checkVisibility({ visibilityProperty: true }))
  .filter((node) => node.dataset.dalt !== "redo" && !node.closest(".dalt-coach"))
  .map((node) => {
    const { x, y, width, height } = node.getBoundingClientRect();
    const name = node.className.replace(/ dalt-(likely|flash|none)/g, "");
    return [name, node.dataset.class, x, y, width, height];
  })"""
SENTENCES = """([learning, last, sending, accuracy]) => {
  const put = (name, text) => { document.querySelector(name).textContent = text; };
  put(".dalt-learning", learning);
  put(".dalt-last", last);
  put(".dalt-sending", sending);
  put(".dalt-accuracy", accuracy);
}"""


@pytest.mark.parametrize(
    "size",
    [
        (1366, 768),
        *(pytest.param(each, marks=pytest.mark.slow) for each in [(390, 844), (844, 390)]),
    ],
)
def test_no_control_moves_while_labeling(
    browser: Browser, tmp_path: Path, size: tuple[int, int]
) -> None:
    classes = ["a", "dog", "a horse of some other colour than the last one", "red fox"]
    classes += ["hedgehog", "the common kingfisher, an adult", "badger", "x" * 60]
    with (
        dalt.Project.create(
            tmp_path / "p.dalt", classes=classes, seed=0, settings=ALL_SHOWN
        ) as project,
    ):
        ids = project.add_images(scenes(60)[0], progress=False).ids
        vectors = np.random.default_rng(0).normal(size=(60, 8)).astype(np.float32)
        project.add_embeddings(vectors, ids)
        context = browser.new_context(viewport={"width": size[0], "height": size[1]})
        with opened(context, project) as page:
            page.evaluate(WATCH)
            before = page.evaluate(BOXES)
            for n in range(40):
                page.keyboard.press(str(n % 8 + 1))
                page.evaluate("look()")
                if n in (12, 25):
                    project.trainer.wait(60)  # suggestions come, and change
                    page.evaluate("look()")
                if n % 10 == 7:
                    page.keyboard.press("u")
                    page.evaluate("look()")
            # Those with suggestions have more buttons: what stood there before stands there still.
            after = page.evaluate(BOXES)
            stays = [each for each in before if "dalt-top" not in each[0]]
            assert [each for each in stays if each not in after] == []
            expect(page.locator("[data-dalt=accept]")).to_be_enabled()  # with a suggestion
            long = "a sentence that is longer than whatever the page says " * 3
            said = [["", "", "", ""], [long] * 4, ["ok"] * 4]
            for texts in said:
                page.evaluate(SENTENCES, texts)
                page.evaluate(
                    "new Promise((done) => requestAnimationFrame(() => setTimeout(done)))"
                )
                assert [each for each in after if each not in page.evaluate(BOXES)] == []
            assert page.evaluate("window.moved") == []
        context.close()


@pytest.mark.slow
def test_the_order_of_tab_is_the_order_of_sight(browser: Browser, tmp_path: Path) -> None:
    with page_of(browser, "image", tmp_path / "p.dalt", names(3)) as page:
        page.keyboard.press("h")
        page.locator(".dalt").focus()
        regions = []
        for _ in range(40):
            page.keyboard.press("Tab")
            region = page.evaluate(
                "document.activeElement.closest('.dalt > *')?.className.split(' ')[0] ?? ''"
            )
            if not region:
                break
            regions.append(region)
        seen = [regions[0], *(two for one, two in pairwise(regions) if one != two)]
        assert seen == ["dalt-head", "dalt-main", "dalt-panels", "dalt-side"]
