"""What an owner changes on their page: people, guideline, classes; and the file that they get."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from accessible import check_everywhere
from all_shown import ALL_SHOWN
from labeler import Labeler, Store
from playwright.sync_api import Browser, Locator, Page, expect
from ports import free_port
from running_servers import Server

import dalt
from dalt.core.records import Suggestion
from dalt.server.serve import Service, running
from dalt.storage.accounts import Annotators, is_password

OWNER = '[data-dalt="owner"]'
PASSWORDS = {"olga": "owner of it all", "ana": "correct horse"}
TEXTS = [f"text {i}" for i in range(12)]


@pytest.fixture(scope="module")
def server(environment: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A project of texts, of which ana has labelled two; olga is its owner."""
    folder = tmp_path_factory.mktemp("team") / "texts.dalt"
    with dalt.Project.create(
        folder, classes=["short", "long"], guideline="Look.", settings=ALL_SHOWN
    ) as project:
        project.add_texts(TEXTS, progress=False)
        with project.session("ana") as session:
            for label in ("short", "long"):
                assignment = session.next()
                assert assignment is not None
                session.submit(assignment, label)
    people = Annotators(folder.parent / "team.json")
    for name, password in PASSWORDS.items():
        people.add(name, password, owner=name == "olga")
    port = free_port()
    with running(Service(folder, annotators=people.path, port=port)) as process:
        yield Server(f"http://127.0.0.1:{port}/", Store(folder / "labels.db"), {}, process)


def logged_in(page: Page, server: Server, name: str, password: str, path: str = "") -> Page:
    page.goto(server.address + path)
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(password)
    page.keyboard.press("Enter")
    return page


@pytest.fixture(scope="module")
def overview(browser: Browser, server: Server) -> Iterator[Page]:
    """The owner's page, opened once for all tests of this file."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-US")
    context.set_default_timeout(60_000)
    page = logged_in(context.new_page(), server, "olga", PASSWORDS["olga"], "review")
    expect(page.locator(OWNER)).to_have_attribute("data-state", "ready", timeout=90_000)
    expect(part(page, "owner-account")).to_have_count(2)
    yield page
    context.close()


def part(page: Page, name: str) -> Locator:
    return page.locator(f'[data-dalt="{name}"]')


def folder_of(server: Server) -> Path:
    return server.store.path.parent


def account(page: Page, name: str) -> Locator:
    return page.locator(f'[data-dalt="owner-account"][data-name="{name}"]')


def of_class(page: Page, name: str) -> Locator:
    return page.locator(f'[data-dalt="owner-class"][data-class="{name}"]')


# --- people -------------------------------------------------------------------------------------


def test_a_person_who_is_added_can_log_in(overview: Page, server: Server, page: Page) -> None:
    expect(part(overview, "owner-address")).to_have_value(server.address)
    part(overview, "owner-account-name").fill("ben")
    overview.keyboard.press("Enter")
    password = part(overview, "owner-password")
    expect(password).to_have_value(re.compile(r"^(\w{4}-){3}\w{4}$"))
    expect(part(overview, "owner-password-copy")).to_be_focused()
    expect(account(overview, "ben")).to_be_visible()
    logged_in(page, server, "ben", password.input_value())
    Labeler(page, server.store).ready()
    part(overview, "owner-password-done").click()
    expect(password).to_have_count(0)
    expect(part(overview, "owner-account-name")).to_be_focused()
    # A name of somebody else is not another password for them.
    part(overview, "owner-account-name").fill("ana")
    part(overview, "owner-account-password").fill("taken over by me")
    overview.keyboard.press("Enter")
    alert = part(overview, "owner-account-form").get_by_role("alert")
    expect(alert).to_have_text("Somebody named 'ana' can log in already; choose another name.")
    ana = Annotators(folder_of(server).parent / "team.json").find("ana")
    assert ana is not None and is_password(ana.password, PASSWORDS["ana"])
    # Who is removed is out, and asked about before.
    account(overview, "ben").get_by_role("button", name="Remove").click()
    overview.keyboard.press("Escape")
    remove = account(overview, "ben").get_by_role("button", name="Remove")
    expect(remove).to_be_focused()
    remove.click()
    part(overview, "owner-account-yes").click()
    expect(account(overview, "ben")).to_have_count(0)
    page.reload()
    expect(page.get_by_label("Password")).to_be_visible()
    # Nobody removes themselves.
    expect(account(overview, "olga").get_by_role("button")).to_have_text(["New password"])


# --- the task -----------------------------------------------------------------------------------


def test_open_pages_show_another_guideline_and_a_new_class(
    overview: Page, server: Server, page: Page
) -> None:
    logged_in(page, server, "ana", PASSWORDS["ana"])
    labeler = Labeler(page, server.store).ready()
    part(overview, "owner-guideline").fill("Look.\n\nA <b>long</b> text is long.")
    part(overview, "owner-guideline-save").click()
    expect(part(overview, "owner-guideline-save")).to_have_attribute("aria-disabled", "true")
    part(overview, "owner-class-new").click()
    expect(part(overview, "owner-class-name")).to_be_focused()
    part(overview, "owner-class-name").fill("short")
    overview.keyboard.press("Enter")
    alert = part(overview, "owner-class-form").get_by_role("alert")
    expect(alert).to_have_text("There is a class 'short' already.")
    part(overview, "owner-class-name").fill("middling")
    part(overview, "owner-class-key").fill("m")
    part(overview, "owner-class-description").fill("Neither.")
    part(overview, "owner-class-save").click()
    expect(of_class(overview, "middling")).to_contain_text("Neither.")
    # It follows at the next thing that happens.
    labeler.press("1")
    labeler.expect_acknowledged(1)
    middling = page.locator('[data-dalt="class"][data-class="middling"]')
    expect(middling).to_have_count(1)
    labeler.press("m")
    labeler.expect_acknowledged(2)
    assert labeler.events()[-1][2] == "middling"
    expect(part(page, "guideline-changed")).to_be_visible()
    with dalt.Project.open(folder_of(server), thin=True) as project:
        assert project.settings.guideline == "Look.\n\nA <b>long</b> text is long."
    # What has labels stays.
    of_class(overview, "middling").get_by_role("button", name="Remove").click()
    part(overview, "owner-class-yes").click()
    alert = overview.locator('[data-section="task"]').get_by_role("alert").first
    expect(alert).to_contain_text("The class 'middling' has 1 label and stays")
    expect(of_class(overview, "middling").get_by_role("button", name="Remove")).to_be_focused()


def test_what_somebody_else_changed_meanwhile_is_not_written_over(
    overview: Page, server: Server
) -> None:
    text = part(overview, "owner-guideline")
    text.fill("Mine.")
    of_class(overview, "long").get_by_role("button", name="Edit").click()
    part(overview, "owner-class-description").fill("My words.")
    with dalt.Project.open(folder_of(server), thin=True) as project:
        project.set_guideline("Theirs.")
        project.change_class("long", description="Their words.")
    conflict = part(overview, "owner-guideline-conflict")
    expect(conflict).to_contain_text("Theirs.")
    expect(text).to_have_value("Mine.")
    part(overview, "owner-guideline-mine").click()
    expect(text).to_be_focused()
    part(overview, "owner-guideline-save").click()
    expect(part(overview, "owner-guideline-save")).to_have_attribute("aria-disabled", "true")
    expect(part(overview, "owner-class-description")).to_have_value("My words.")
    part(overview, "owner-class-theirs").click()
    expect(part(overview, "owner-class-description")).to_have_value("Their words.")
    overview.keyboard.press("Escape")
    expect(of_class(overview, "long").get_by_role("button", name="Edit")).to_be_focused()
    with dalt.Project.open(folder_of(server), thin=True) as project:
        assert project.settings.guideline == "Mine."
        assert project.classes[1].description == "Their words."


# --- files --------------------------------------------------------------------------------------


def test_a_class_is_moved_to_the_top_and_gets_no_key_of_an_action(overview: Page) -> None:
    names = part(overview, "owner-class").locator(".dalt-edit-name")
    before = names.all_inner_texts()
    moved = before[-1]
    first = of_class(overview, moved).get_by_role("button", name=f"Move {moved} to the top")
    first.click()
    expect(names).to_have_text([moved, *before[:-1]])
    expect(first).to_be_focused()
    expect(first).to_have_attribute("aria-disabled", "true")
    of_class(overview, moved).get_by_role("button", name="Edit").click()
    form = part(overview, "owner-class-form")
    form.get_by_label("Key").fill("s")
    overview.keyboard.press("Enter")
    expect(form.get_by_role("alert")).to_have_text(
        "The labeling page uses the key s for an action; choose another."
    )
    overview.keyboard.press("Escape")
    expect(form).to_have_count(0)


def test_a_long_name_of_a_person_fits_a_phone(overview: Page, server: Server) -> None:
    name = "a_long_name@" + "of-an-institute." * 5
    with dalt.Project.open(folder_of(server)) as project:
        sample_ids = list(project.labels().sample_id)
        with project.session(name) as session:
            for sample_id in sample_ids:
                session.answer(sample_id, "short", key=sample_id, suggestion=Suggestion())
    confusion = part(overview, "owner-confusion")
    expect(confusion).to_contain_text(name)
    overview.set_viewport_size({"width": 390, "height": 844})
    assert overview.evaluate("document.documentElement.scrollWidth") <= 390
    overview.set_viewport_size({"width": 1280, "height": 900})


def test_an_export_comes_down_whole(overview: Page, server: Server, tmp_path: Path) -> None:
    with overview.expect_download() as begun:
        part(overview, "owner-export").click()
    assert begun.value.suggested_filename == "texts-labels.csv"
    begun.value.save_as(tmp_path / "down.csv")
    with dalt.Project.open(folder_of(server), thin=True) as project:
        n_labels = project.export(tmp_path / "labels.csv", progress=False)
    assert (tmp_path / "down.csv").read_bytes() == (tmp_path / "labels.csv").read_bytes()
    with (tmp_path / "down.csv").open(encoding="utf-8-sig") as file:
        assert len(list(csv.DictReader(file))) == n_labels
    expect(part(overview, "owner-export-said")).to_contain_text(f"{n_labels} labels")
    expect(part(overview, "owner-export")).to_be_focused()


@pytest.mark.slow
def test_axe_core_finds_nothing_in_what_is_open(overview: Page) -> None:
    part(overview, "owner-account-name").fill("eva")
    overview.keyboard.press("Enter")
    expect(part(overview, "owner-password")).to_be_visible()
    of_class(overview, "long").get_by_role("button", name="Edit").click()
    check_everywhere(overview, root=OWNER)
