"""The owner's page, as `dalt serve` shows it at /review."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from accessible import check, check_everywhere
from playwright.sync_api import Browser, Locator, Page, expect
from running_servers import Digits, Server
from waiting import until

import dalt
from dalt.core.records import Suggestion

OWNER = '[data-dalt="owner"]'
TOKEN = "olgas"
LABELLED = 60
DISPUTED = 5
NO_DATA = re.compile(r"\b(nan|none|null|undefined|DALT_\w+)\b", re.IGNORECASE)


def answer_all(folder: Path, truth: dict[str, str]) -> None:
    """Three people answer the same samples; cem is wrong on some, and two are doubtful."""
    with dalt.Project.open(folder) as project:
        for name in ("ana", "ben", "cem"):
            with project.session(name) as session:
                for number, (sample_id, true) in enumerate(list(truth.items())[:LABELLED]):
                    wrong = name == "cem" and number < DISPUTED
                    label = str((int(true) + 3) % 10) if wrong else true
                    session.answer(
                        sample_id,
                        label,
                        key=f"{name}{number}",
                        suggestion=Suggestion(),
                        active_seconds=1.0 + number % 3,
                    )
        project.trainer.wait(60)


@pytest.fixture(scope="module")
def server(
    serve: Callable[..., Server], digits: Digits, tmp_path_factory: pytest.TempPathFactory
) -> Server:
    folder = tmp_path_factory.mktemp("owner") / "digits.dalt"
    shutil.copytree(digits.folder, folder)
    answer_all(folder, digits.truth)
    server = serve(folder, owner_token=TOKEN)
    server.truth = digits.truth
    return server


@pytest.fixture(scope="module")
def opened(browser: Browser, server: Server) -> Iterator[Page]:
    """The page, opened once for all tests of this module."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-US")
    context.set_default_timeout(60_000)
    page = context.new_page()
    open_page(page, server)
    yield page
    context.close()


def open_page(page: Page, server: Server) -> None:
    page.goto(f"{server.address}review?token={TOKEN}")
    expect(page.locator(f'{OWNER}[data-state="ready"]')).to_be_visible()
    expect(section(page, "people").locator("tbody tr")).to_have_count(3)
    expect(part(page, "owner-doubt").first).to_be_visible()


def part(page: Page, name: str) -> Locator:
    return page.locator(f'[data-dalt="{name}"]')


def section(page: Page, name: str) -> Locator:
    return page.locator(f'[data-dalt="owner-section"][data-section="{name}"]')


def figure(page: Page, name: str) -> Locator:
    return page.locator(f'[data-figure="{name}"] .dalt-figure-value')


def decisions(server: Server) -> dict[str, str]:
    return dict(server.store.rows("SELECT sample_id, label FROM decisions"))


def test_it_shows_the_project_and_follows_labels_by_itself(opened: Page, server: Server) -> None:
    expect(figure(opened, "labelled")).to_have_text(f"{LABELLED} of 400")
    expect(figure(opened, "alpha")).to_have_text(re.compile(r"^0\.9\d$"))
    expect(section(opened, "agreement").locator("tbody td:not(.dalt-matrix-none)")).to_have_count(6)
    cem = section(opened, "people").locator('tr[data-annotator="cem"]')
    agreement = (LABELLED - DISPUTED) / LABELLED
    expect(cem).to_contain_text(f"{agreement:.0%}".replace("%", "\u202f%"))
    expect(cem.locator("td").nth(4)).to_have_text("–")  # no gold
    expect(section(opened, "confusion").locator("table")).to_have_count(3)
    expect(part(opened, "owner-dispute")).to_have_count(DISPUTED)
    assert not NO_DATA.search(opened.locator(OWNER).inner_text())
    opened.evaluate("window.stays = true")
    with dalt.Project.open(server.store.path.parent) as project, project.session("dan") as session:
        asked = session.next()
        assert asked is not None
        session.submit(asked, server.truth[asked.sample.id])
    expect(figure(opened, "labelled")).to_have_text(f"{LABELLED + 1} of 400")
    expect(section(opened, "people").locator('tr[data-annotator="dan"]')).to_be_visible()
    assert opened.evaluate("window.stays")


def test_sections_and_orders_are_reached_by_keys(opened: Page) -> None:
    way = part(opened, "owner-way").filter(has_text="People")
    way.focus()
    opened.keyboard.press("Enter")
    expect(section(opened, "people").get_by_role("heading", name="People")).to_be_focused()
    opened.keyboard.press("Tab")
    opened.keyboard.press("Tab")
    expect(part(opened, "owner-sort").first).to_be_focused()
    opened.keyboard.press("Enter")
    names = section(opened, "people").locator("tbody th")
    expect(names.first).to_have_text("ana")
    opened.keyboard.press("Enter")
    expect(names.first).not_to_have_text("ana")
    expect(part(opened, "to-labeling")).to_have_attribute("href", "./")


def test_the_owner_decides_and_says_what_is_right(opened: Page, server: Server) -> None:
    first = part(opened, "owner-dispute").first
    sample_id = str(first.get_attribute("data-sample-id"))
    first.focus()
    opened.keyboard.press("Enter")
    expect(part(opened, "disputed")).to_have_attribute("data-sample-id", sample_id)
    check(opened, OWNER)
    opened.keyboard.press(server.truth[sample_id])
    until(lambda: decisions(server) == {sample_id: server.truth[sample_id]}, "not recorded")
    expect(part(opened, "disputed")).not_to_have_attribute("data-sample-id", sample_id)
    opened.keyboard.press("Escape")
    expect(part(opened, "adjudication")).to_be_hidden()
    expect(section(opened, "disputed").get_by_role("heading")).to_be_focused()
    expect(part(opened, "owner-dispute")).to_have_count(DISPUTED - 1)
    expect(figure(opened, "adjudicated")).to_have_text("1")
    right = part(opened, "owner-confirm")
    n = right.count()
    right.first.click()
    expect(right).to_have_count(n - 1)
    confirmed = "SELECT count(*) FROM confirmations"
    until(lambda: server.store.rows(confirmed) == [(1,)], "the confirmation was not recorded")


@pytest.mark.slow
def test_axe_core_finds_nothing(opened: Page) -> None:
    if shots := os.environ.get("DALT_SHOTS"):
        opened.screenshot(path=f"{shots}/owner.png", full_page=True)
    check_everywhere(opened, root=OWNER)
