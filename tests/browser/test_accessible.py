"""The labeling page for everyone: axe-core, focus, languages; in Voilà."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from accessible import check
from labeler import Labeler
from playwright.sync_api import Browser, Page, expect
from running_servers import Digits, Server
from test_verify import label_some


@pytest.fixture(scope="module")
def server(
    serve: Callable[[Path], Server], digits: Digits, tmp_path_factory: pytest.TempPathFactory
) -> Server:
    folder = tmp_path_factory.mktemp("accessible") / "digits.dalt"
    shutil.copytree(digits.folder, folder)
    settings = folder / "project.toml"  # enough uniform draws for a learning curve
    settings.write_text(settings.read_text().replace("uniform_share = 0.1", "uniform_share = 0.4"))
    label_some(folder, digits.truth, 80)
    server = serve(folder)
    server.truth = digits.truth
    return server


@pytest.fixture
def visit(browser: Browser, server: Server) -> Iterator[Callable[..., Labeler]]:
    """The page as somebody opens it: with a width, a theme, a language."""
    contexts = []

    def open_page(width: int = 1280, **wanted: str) -> Labeler:
        context = browser.new_context(viewport={"width": width, "height": 900}, **wanted)  # type: ignore[arg-type]
        context.set_default_timeout(60_000)
        contexts.append(context)
        page = context.new_page()
        page.goto(server.address)
        return Labeler(page, server.store, server.truth).ready()

    yield open_page
    for context in contexts:
        context.close()


def fits(page: Page) -> bool:
    """Nothing is cut off at the side."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def to_the_end(page: Page) -> None:
    page.evaluate("document.querySelector('#rendered_cells').scrollTop = 1e6")


@pytest.mark.parametrize(
    ("width", "theme"),
    [
        (1280, "light"),
        pytest.param(1280, "dark", marks=pytest.mark.slow),
        pytest.param(390, "light", marks=pytest.mark.slow),
        pytest.param(390, "dark", marks=pytest.mark.slow),
    ],
)
def test_axe_core_finds_nothing(visit: Callable[..., Labeler], width: int, theme: str) -> None:
    labeler = visit(width, color_scheme=theme)
    expect(labeler.root).to_have_attribute("data-theme", theme)
    # What greets who comes for the first time.
    expect(labeler.part("guideline-panel")).to_be_visible()
    expect(labeler.part("guideline-panel").locator("img").first).to_be_visible()
    expect(labeler.part("coach")).to_be_visible()
    check(labeler.page)
    assert fits(labeler.page)
    labeler.part("guideline-close").click()
    check(labeler.page)  # on a phone the guideline lay over the coach
    # On a phone what accepts sticks to the lower edge, above classes that are scrolled to.
    to_the_end(labeler.page)
    check(labeler.page)
    assert fits(labeler.page)
    labeler.label()
    if width == 390:
        labeler.part("more").click()
        expect(labeler.part("history")).to_be_visible()
        check(labeler.page)
    labeler.part("history").click()
    expect(labeler.part("reopen").first).to_be_visible()
    labeler.part("reopen").first.click()
    expect(labeler.part("answered")).to_be_visible()
    to_the_end(labeler.page)
    check(labeler.page)
    labeler.press("Escape")
    labeler.press("?")
    expect(labeler.page.get_by_role("dialog")).to_be_visible()
    check(labeler.page)
    labeler.press("Escape")
    labeler.press("v")
    expect(labeler.root).to_have_attribute("data-mode", "verify")
    labeler.ready()
    labeler.part("tile").first.click()
    check(labeler.page)
    assert fits(labeler.page)


PANELS = ["guideline", "history", "review", "progress-button"]


def look_at(labeler: Labeler, mode: str) -> Iterator[str]:
    """Open each thing that the page can open in a mode, one after the other."""
    narrow = (labeler.page.viewport_size or {"width": 0})["width"] < 560

    def opened(name: str) -> None:
        if narrow and labeler.part("more").get_attribute("aria-expanded") == "false":
            labeler.part("more").click()
        labeler.part(name).click()

    yield "the page"
    if narrow:
        labeler.part("more").click()
        expect(labeler.part("history")).to_be_visible()
        yield "the rest of the actions"
    for name in PANELS:
        opened(name)
        expect(labeler.part(name)).to_have_attribute("aria-expanded", "true")
        yield name
        labeler.press("Escape")
        expect(labeler.part(name)).to_have_attribute("aria-expanded", "false")
    if mode == "verify":
        labeler.press("ArrowRight")
        yield "a tile that keys speak of"
        labeler.press("Space")
        yield "a tile that is left out"
        labeler.press("Space")
        labeler.press("+")
        expect(labeler.part("closeup")).to_be_visible()
        yield "a closer look"
        labeler.press("Escape")
        labeler.press("ArrowRight")
    labeler.press("c")
    expect(labeler.part("comment-field")).to_be_visible()
    yield "a comment"
    labeler.press("Escape")
    for key, part in (("?", "help"), ("Control+k", "palette")):
        labeler.press(key)
        dialog = labeler.page.get_by_role("dialog")
        expect(dialog).to_be_visible()
        yield part
        labeler.press("Escape")
        expect(dialog).to_be_hidden()
    if not narrow:
        labeler.part("class").last.hover()
        expect(labeler.part("class-guide")).to_be_visible()
        yield "what a class means"
        labeler.press("Escape")


def begun(labeler: Labeler) -> Labeler:
    """Past the guideline and the first steps."""
    labeler.part("guideline-close").click()
    labeler.press("Escape")
    return labeler


def test_panels_and_the_grid_are_accessible(visit: Callable[..., Labeler]) -> None:
    """A few of what the slow test below looks at in every way."""
    labeler = begun(visit())
    for name in PANELS[1:]:
        labeler.part(name).click()
        expect(labeler.part(name)).to_have_attribute("aria-expanded", "true")
        check(labeler.page)
    labeler.press("Escape")
    labeler.press("v")
    expect(labeler.root).to_have_attribute("data-mode", "verify")
    labeler.ready()
    labeler.press("ArrowRight")
    labeler.press("+")
    expect(labeler.part("closeup")).to_be_visible()
    check(labeler.page)


@pytest.mark.slow
@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("locale", ["en-US", "ko-KR"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_core_finds_nothing_in_anything_that_opens(
    visit: Callable[..., Labeler], theme: str, locale: str, width: int
) -> None:
    labeler = begun(visit(width, color_scheme=theme, locale=locale))
    for mode in ("single", "verify"):
        if mode == "verify":
            labeler.press("v")
            expect(labeler.root).to_have_attribute("data-mode", "verify")
            labeler.ready()
        for opened in look_at(labeler, mode):
            try:
                check(labeler.page)
            except AssertionError as error:
                raise AssertionError(f"{mode}, {opened}: {error}") from error
            assert fits(labeler.page), f"{mode}, {opened}"


def bounds_told_apart(page: Page) -> set[tuple[str, str]]:
    """What a tile looks like without its colours: its border and its words, by what was said."""
    return {
        tuple(each)
        for each in page.locator(".dalt-tile").evaluate_all(
            """(tiles) => tiles.map((tile) => {
              const { borderTopStyle } = getComputedStyle(tile);
              const mark = getComputedStyle(tile.querySelector(".dalt-tile-said"), "::before");
              return [tile.dataset.said, `${borderTopStyle} ${mark.content}`];
            })"""
        )
    }


@pytest.mark.slow
def test_tiles_are_told_apart_without_colours(visit: Callable[..., Labeler]) -> None:
    labeler = begun(visit(forced_colors="active", reduced_motion="reduce"))
    labeler.press("v")
    expect(labeler.root).to_have_attribute("data-mode", "verify")
    labeler.ready()
    label = labeler.page.locator(".dalt-verify").get_attribute("data-class")
    labeler.press("ArrowRight")
    labeler.press("Space")
    labeler.press("ArrowRight")
    labeler.press("0" if label != "0" else "1")
    looks = dict(bounds_told_apart(labeler.page))
    assert set(looks) == {"right", "out", "other"}
    assert len(set(looks.values())) == 3, looks
    outline = labeler.page.locator(".dalt-current").evaluate(
        "(tile) => getComputedStyle(tile).outlineStyle"
    )
    assert outline == "solid"


def focused_class(labeler: Labeler) -> str | None:
    found: str | None = labeler.page.evaluate("document.activeElement.dataset.class ?? null")
    return found


def test_a_list_is_one_stop_for_tab_and_arrows_go_through_it(
    visit: Callable[..., Labeler],
) -> None:
    labeler = begun(visit())
    for _ in range(30):
        labeler.press("Tab")
        if focused_class(labeler) is not None:
            break
    sample_id = labeler.sample
    assert focused_class(labeler) == "0"
    for key, name in (("ArrowDown", "1"), ("End", "9"), ("ArrowDown", "9"), ("Home", "0")):
        labeler.press(key)
        assert focused_class(labeler) == name, key
    labeler.press("ArrowRight")
    assert focused_class(labeler) == "1"
    labeler.press("Tab")
    assert focused_class(labeler) is None, "the list is one stop"
    labeler.press("Shift+Tab")
    assert focused_class(labeler) == "1", "where it was left"
    labeler.expect_sample(sample_id)
    labeler.press("Enter")
    labeler.expect_acknowledged(1)
    assert labeler.events() == [("label", sample_id, "1")]
    labeler.press("h")
    answers = labeler.part("reopen")
    expect(answers.first).to_be_visible()
    answers.first.focus()
    labeler.press("Enter")
    expect(labeler.part("answered")).to_be_visible()
    labeler.expect_sample(sample_id)


@pytest.mark.slow
def test_the_page_speaks_what_the_browser_asks_for(visit: Callable[..., Labeler]) -> None:
    labeler = visit(locale="ko-KR")
    expect(labeler.root).to_have_attribute("lang", "ko")
    expect(labeler.part("skip")).to_contain_text("건너뛰기")
    sample_id = labeler.sample
    labeler.part("language").click()
    expect(labeler.root).to_have_attribute("lang", "en")
    expect(labeler.part("skip")).to_contain_text("Skip")
    expect(labeler.part("sample")).to_have_attribute("aria-label", "Sample to label")
    labeler.expect_sample(sample_id)
    assert labeler.label() == labeler.events()[0]
    labeler.page.reload()
    labeler.ready()
    expect(labeler.root).to_have_attribute("lang", "en")  # as it was told last


@pytest.mark.slow
def test_the_project_says_what_is_spoken_and_the_person_has_the_last_word(
    serve: Callable[[Path], Server], digits: Digits, tmp_path: Path, page: Page
) -> None:
    folder = shutil.copytree(digits.folder, tmp_path / "digits.dalt")
    path = folder / "project.toml"
    path.write_text(path.read_text("utf-8").replace("[page]", '[page]\nlanguage = "ko"'), "utf-8")
    server = serve(folder)
    page.goto(server.address)
    labeler = Labeler(page, server.store).ready()
    expect(labeler.root).to_have_attribute("lang", "ko")
    labeler.part("language").click()
    expect(labeler.root).to_have_attribute("lang", "en")
    page.reload()
    labeler.ready()
    expect(labeler.root).to_have_attribute("lang", "en")


def test_tab_goes_through_the_page_and_help_gives_the_focus_back(
    visit: Callable[..., Labeler],
) -> None:
    labeler = visit()
    labeler.part("guideline-close").click()
    labeler.press("Escape")  # and the first steps are over
    seen = []
    for _ in range(30):
        labeler.press("Tab")
        seen.append(labeler.page.evaluate("document.activeElement.dataset.dalt ?? null"))
    assert seen[:5] == ["mode", "palette-button", "guideline", "history", "review"]
    assert "accept" in seen
    labeler.press("?")
    expect(labeler.part("close")).to_be_focused()
    labeler.press("Escape")
    expect(labeler.root).to_be_focused()


@pytest.mark.slow
def test_progress_is_told_and_follows(visit: Callable[..., Labeler]) -> None:
    labeler = visit()
    for _ in range(11):
        labeler.label()
    labeler.press("p")
    panel = labeler.part("progress-panel")
    expect(panel).to_contain_text("At this pace one person")
    counts = panel.locator("li[data-class]")
    expect(counts).to_have_count(10)
    holds = dict(labeler.store.rows("SELECT label, count(*) FROM answers GROUP BY label"))
    shown = {
        str(row.get_attribute("data-class")): int(row.locator(".dalt-percent").inner_text())
        for row in counts.all()
    }
    assert shown == {name: holds.get(name, 0) for name in shown}
    expect(panel.get_by_role("img")).to_have_count(1)
    check(labeler.page)
    _, _, label = labeler.label()
    bar = panel.locator(f'li[data-class="{label}"] .dalt-percent')
    expect(bar).to_have_text(str(shown[label] + 1))
